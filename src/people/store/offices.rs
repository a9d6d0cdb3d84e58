//! Rows of authorities, offices and mandates.

use jiff::civil::Date;
use serde_json::json;

use super::Id;
use crate::engine::definition::language::Agencies;
use crate::kernel::{OrganisationId, PersonId, Result};
use crate::postgres::{Tx, sql};

/// Who may sign for an organisation on `day`, at most a thousand.
///
/// # Errors
/// Those of the database.
pub async fn signatories(tx: &mut Tx, organisation: OrganisationId, day: Date) -> Result<Vec<PersonId>> {
    let text = "SELECT DISTINCT person AS id FROM mandates WHERE organisation = $1 \
                AND daterange(from_day, until_day, '[]') @> $2 ORDER BY person LIMIT 1000";
    let rows: Vec<Id> = tx.rows(sql(text).uuid(organisation.0).day(day)).await?;
    Ok(rows.into_iter().map(|r| PersonId(r.id)).collect())
}

/// Whether a person may sign for an organisation on `day`. The last day of a mandate counts.
///
/// # Errors
/// Those of the database.
pub async fn may_sign(tx: &mut Tx, person: PersonId, organisation: OrganisationId, day: Date) -> Result<bool> {
    let text = "SELECT person AS id FROM mandates WHERE person = $1 AND organisation = $2 \
                AND daterange(from_day, until_day, '[]') @> $3 LIMIT 1";
    let row: Option<Id> = tx.row(sql(text).uuid(person.0).uuid(organisation.0).day(day)).await?;
    Ok(row.is_some())
}

/// Writes authorities and offices as `_agencies` has them. One that is left out there stays: old cases name it.
///
/// # Errors
/// Those of the database.
pub async fn publish_agencies(tx: &mut Tx, agencies: &Agencies) -> Result<()> {
    let authorities = &agencies.authorities;
    let text = "INSERT INTO authorities (id, names, time_zone, main_office) SELECT * FROM unnest($1, $2, $3, $4) \
                ON CONFLICT (id) DO UPDATE SET names = excluded.names, time_zone = excluded.time_zone, \
                main_office = excluded.main_office";
    let statement = sql(text)
        .texts(authorities.keys().cloned().collect::<Vec<_>>())
        .jsons(authorities.values().map(|a| json!(a.name)).collect::<Vec<_>>())
        .texts(authorities.values().map(|a| a.time_zone.clone()).collect::<Vec<_>>())
        .texts(authorities.values().map(|a| a.main_office.clone()).collect::<Vec<_>>());
    tx.execute(statement).await?;
    let offices = &agencies.offices;
    let text = "INSERT INTO offices (id, authority, names, area, parent) SELECT * FROM unnest($1, $2, $3, $4, $5) \
                ON CONFLICT (id) DO UPDATE SET authority = excluded.authority, names = excluded.names, \
                area = excluded.area, parent = excluded.parent";
    let statement = sql(text)
        .texts(offices.keys().cloned().collect::<Vec<_>>())
        .texts(offices.values().map(|o| o.authority.clone()).collect::<Vec<_>>())
        .jsons(offices.values().map(|o| json!(o.name)).collect::<Vec<_>>())
        .texts_or_null(offices.values().map(|o| o.area.clone()).collect::<Vec<_>>())
        .texts_or_null(offices.values().map(|o| o.parent.clone()).collect::<Vec<_>>());
    tx.execute(statement).await?;
    Ok(())
}

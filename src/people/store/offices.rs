//! Rows of authorities and offices.

use serde_json::json;

use crate::engine::definition::language::Agencies;
use crate::kernel::Result;
use crate::postgres::{Tx, sql};

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

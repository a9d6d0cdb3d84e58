//! What the database knows of a caller: person, posts, mandates, suspensions. A post that ended today opens nothing,
//! however long its holder's token lasts.

use diesel::QueryableByName;
use diesel::sql_types::{Bool, Date, Jsonb, Nullable, Uuid as SqlUuid};
use jiff::Timestamp;
use serde_json::Value;
use uuid::Uuid;

use super::callers::Standing;
use crate::kernel::{OrganisationId, PersonId, Result};
use crate::postgres::{Tx, sql};

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    person: Option<Uuid>,
    #[diesel(sql_type = Bool)]
    suspended: bool,
    #[diesel(sql_type = Jsonb)]
    posts: Value,
}

/// The person whom this issuer calls by this subject, and the posts that the person holds at this moment: the day is
/// that of the authority, and the last day counts; 200 at most. Somebody who has died signs in no more.
///
/// # Errors
/// Those of the database.
pub async fn standing(
    tx: &mut Tx,
    issuer: &str,
    subject: &str,
    client: Option<&str>,
    at: Timestamp,
) -> Result<Standing> {
    let text = "WITH moment AS (SELECT $1::timestamptz AS now),
            who AS (SELECT i.person FROM identities i JOIN persons p ON p.id = i.person
                WHERE i.issuer = $2 AND i.subject = $3 AND p.died_at IS NULL)
        SELECT (SELECT person FROM who) AS person,
            EXISTS (SELECT FROM suspensions s, moment WHERE (s.client = $4 OR s.person = (SELECT person FROM who))
                AND s.from_at <= now AND (s.until_at IS NULL OR s.until_at > now)) AS suspended,
            coalesce((SELECT jsonb_agg(f) FROM (
                SELECT p.role, p.office, p.authority, p.until_day AS until
                FROM moment, posts p JOIN authorities a ON a.id = p.authority
                WHERE p.person = (SELECT person FROM who) AND p.from_day <= (now AT TIME ZONE a.time_zone)::date
                    AND coalesce(p.until_day, 'infinity') >= (now AT TIME ZONE a.time_zone)::date
                ORDER BY p.authority, p.office, p.role LIMIT 200) f), '[]') AS posts";
    let statement = sql(text).at(at).text(issuer).text(subject).text_or_null(client.map(str::to_owned));
    let Some(row) = tx.row::<Found>(statement).await? else { return Ok(Standing::default()) };
    let posts = serde_json::from_value(row.posts)?;
    Ok(Standing { person: row.person.map(PersonId), posts, suspended: row.suspended })
}

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Bool)]
    holds: bool,
}

/// Whether the person may sign for the organisation at this moment. One deployment is one jurisdiction: the day is
/// that of its authorities. An organisation that has ended is signed for by nobody.
///
/// # Errors
/// Those of the database.
pub async fn may_sign(tx: &mut Tx, person: PersonId, organisation: OrganisationId, at: Timestamp) -> Result<bool> {
    let text = "SELECT EXISTS (SELECT FROM mandates m JOIN organisations o ON o.id = m.organisation, \
                (SELECT ($1 AT TIME ZONE coalesce((SELECT min(time_zone) FROM authorities), 'UTC'))::date AS today) AS d \
                WHERE m.person = $2 AND m.organisation = $3 AND o.ended_at IS NULL \
                AND m.from_day <= today AND coalesce(m.until_day, 'infinity') >= today) AS holds";
    let row: Option<Answer> = tx.row(sql(text).at(at).uuid(person.0).uuid(organisation.0)).await?;
    Ok(row.is_some_and(|answer| answer.holds))
}

/// An organisation that somebody may sign for.
#[derive(Debug, Clone)]
pub struct Mandate {
    pub organisation: OrganisationId,
    /// As they are kept: one for each script.
    pub names: Value,
    /// The last day.
    pub until: Option<jiff::civil::Date>,
}

#[derive(QueryableByName)]
struct MandateRow {
    #[diesel(sql_type = SqlUuid)]
    organisation: Uuid,
    #[diesel(sql_type = Jsonb)]
    names: Value,
    #[diesel(sql_type = Nullable<Date>)]
    until_day: Option<jiff_diesel::Date>,
}

/// The organisations that the person may sign for at this moment, as [`may_sign`] sees it; at most 200.
///
/// # Errors
/// Those of the database.
pub async fn mandates_of(tx: &mut Tx, person: PersonId, at: Timestamp) -> Result<Vec<Mandate>> {
    let text = "SELECT o.id AS organisation, o.names, \
                nullif(max(coalesce(m.until_day, 'infinity')), 'infinity') AS until_day \
                FROM mandates m JOIN organisations o ON o.id = m.organisation, \
                (SELECT ($1 AT TIME ZONE coalesce((SELECT min(time_zone) FROM authorities), 'UTC'))::date AS today) AS d \
                WHERE m.person = $2 AND o.ended_at IS NULL \
                AND m.from_day <= today AND coalesce(m.until_day, 'infinity') >= today \
                GROUP BY o.id, o.names ORDER BY o.id LIMIT 200";
    let rows: Vec<MandateRow> = tx.rows(sql(text).at(at).uuid(person.0)).await?;
    let mandate = |row: MandateRow| Mandate {
        organisation: OrganisationId(row.organisation),
        names: row.names,
        until: row.until_day.map(jiff_diesel::Date::to_jiff),
    };
    Ok(rows.into_iter().map(mandate).collect())
}

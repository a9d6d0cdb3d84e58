//! Rows of the people of a demonstration: each is written once.

use std::collections::BTreeMap;

use diesel::sql_types::{Text, Uuid as SqlUuid};
use jiff::civil::Date;
use uuid::Uuid;

use crate::kernel::{Result, random};
use crate::postgres::{Tx, sql};

#[derive(diesel::QueryableByName)]
struct Known {
    #[diesel(sql_type = Text)]
    subject: String,
    #[diesel(sql_type = SqlUuid)]
    person: Uuid,
}

/// Who may sign in through this issuer: subject → person.
pub async fn identities(tx: &mut Tx, issuer: &str) -> Result<BTreeMap<String, Uuid>> {
    let text = "SELECT subject, person FROM identities WHERE issuer = $1 LIMIT 10000";
    let known: Vec<Known> = tx.rows(sql(text).text(issuer)).await?;
    Ok(known.into_iter().map(|k| (k.subject, k.person)).collect())
}

pub async fn identify(tx: &mut Tx, issuer: &str, named: Vec<(String, Uuid)>) -> Result<()> {
    let text =
        "INSERT INTO identities (issuer, subject, person) SELECT $1, * FROM unnest($2, $3) ON CONFLICT DO NOTHING";
    let (subjects, persons): (Vec<_>, Vec<_>) = named.into_iter().unzip();
    tx.execute(sql(text).text(issuer).texts(subjects).uuids(persons)).await?;
    Ok(())
}

/// `mandates`: person and organisation.
pub async fn mandate(tx: &mut Tx, since: Date, mandates: Vec<(Uuid, Uuid)>) -> Result<()> {
    let text =
        "INSERT INTO mandates (person, organisation, from_day) SELECT *, $1 FROM unnest($2, $3) ON CONFLICT DO NOTHING";
    let (persons, organisations): (Vec<_>, Vec<_>) = mandates.into_iter().unzip();
    tx.execute(sql(text).day(since).uuids(persons).uuids(organisations)).await?;
    Ok(())
}

/// `posts`: person, role and office. An office that is not there has no posts.
pub async fn post(tx: &mut Tx, since: Date, posts: &[(Uuid, String, String)]) -> Result<()> {
    let text = "INSERT INTO posts (id, person, role, office, authority, from_day) \
                SELECT p.id, p.person, p.role, p.office, o.authority, $1 \
                FROM unnest($2, $3, $4, $5) AS p (id, person, role, office) JOIN offices o ON o.id = p.office \
                ON CONFLICT (person, role, office, from_day) DO NOTHING";
    let statement = sql(text)
        .day(since)
        .uuids(posts.iter().map(|_| random::uuid()).collect::<Vec<_>>())
        .uuids(posts.iter().map(|(person, ..)| *person).collect::<Vec<_>>())
        .texts(posts.iter().map(|(_, role, _)| role.clone()).collect::<Vec<_>>())
        .texts(posts.iter().map(|(.., office)| office.clone()).collect::<Vec<_>>());
    tx.execute(statement).await?;
    Ok(())
}

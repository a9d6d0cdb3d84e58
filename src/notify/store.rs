//! Rows of messages, as far as notices go.

use diesel::sql_types::{Bool, Text, Uuid as SqlUuid};
use uuid::Uuid;

use super::Notice;
use crate::kernel::{Result, random};
use crate::postgres::{Tx, sql};

/// A message that was not there before.
#[derive(diesel::QueryableByName)]
pub(super) struct Made {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub case_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub person: Uuid,
    #[diesel(sql_type = Bool)]
    pub has_email: bool,
}

/// What an e-mail is made of.
#[derive(diesel::QueryableByName)]
pub(super) struct Letter {
    #[diesel(sql_type = Text)]
    pub email: String,
    #[diesel(sql_type = Text)]
    pub subject: String,
    #[diesel(sql_type = Text)]
    pub body: String,
    #[diesel(sql_type = Text)]
    pub language: String,
}

pub(super) async fn insert(tx: &mut Tx, notices: &[Notice]) -> Result<Vec<Made>> {
    if notices.is_empty() {
        return Ok(Vec::new());
    }
    let text = "WITH made AS (INSERT INTO messages (id, case_id, seq, about, person, subject, body, language, sent_at) \
                SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) \
                ON CONFLICT (case_id, seq, about, person) WHERE seq IS NOT NULL DO NOTHING \
                RETURNING id, case_id, person) \
                SELECT made.id, made.case_id, made.person, (p.email IS NOT NULL AND p.died_at IS NULL) AS has_email \
                FROM made JOIN persons p ON p.id = made.person";
    let statement = sql(text)
        .uuids(notices.iter().map(|_| random::uuid()).collect::<Vec<_>>())
        .uuids(notices.iter().map(|n| n.case.0).collect::<Vec<_>>())
        .ints(notices.iter().map(|n| n.seq).collect::<Vec<_>>())
        .texts(notices.iter().map(|n| n.about.clone()).collect::<Vec<_>>())
        .uuids(notices.iter().map(|n| n.person.0).collect::<Vec<_>>())
        .texts(notices.iter().map(|n| n.words.subject.clone()).collect::<Vec<_>>())
        .texts(notices.iter().map(|n| n.words.body.clone()).collect::<Vec<_>>())
        .texts(notices.iter().map(|n| n.language.clone()).collect::<Vec<_>>())
        .instants(notices.iter().map(|n| n.at).collect::<Vec<_>>());
    tx.rows(statement).await
}

pub(super) async fn letter(tx: &mut Tx, message: Uuid) -> Result<Option<Letter>> {
    let text = "SELECT p.email, m.subject, m.body, m.language FROM messages m JOIN persons p ON p.id = m.person \
                WHERE m.id = $1 AND p.email IS NOT NULL AND p.died_at IS NULL";
    tx.row(sql(text).uuid(message)).await
}

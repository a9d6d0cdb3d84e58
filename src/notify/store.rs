//! Rows of messages, as far as notices go, and of what became of them.

mod public;

pub use public::{PublicRow, board, publish};

use diesel::sql_types::{Array, Bool, Nullable, Text, Uuid as SqlUuid};
use jiff::Timestamp;
use uuid::Uuid;

use super::Notice;
use crate::engine::definition::Channel;
use crate::kernel::{CaseId, PersonId, Result};
use crate::postgres::{Tx, sql};

/// A message that was not there before, and how its addressee is reached.
#[derive(diesel::QueryableByName)]
pub(super) struct Made {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Bool)]
    pub has_email: bool,
    #[diesel(sql_type = Bool)]
    pub has_phone: bool,
    /// What the person chose.
    #[diesel(sql_type = Nullable<Array<Text>>)]
    pub channels: Option<Vec<String>>,
}

/// A message that is to go out.
pub(super) struct Delivery {
    pub message: Uuid,
    pub case: CaseId,
    pub person: PersonId,
    pub channel: Channel,
    /// Where they are others than those of the message.
    pub words: Option<String>,
    pub at: Timestamp,
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

/// What an SMS is made of.
#[derive(diesel::QueryableByName)]
pub(super) struct Short {
    #[diesel(sql_type = Nullable<Text>)]
    pub phone: Option<String>,
    #[diesel(sql_type = Text)]
    pub words: String,
    #[diesel(sql_type = Text)]
    pub service: String,
    #[diesel(sql_type = Text)]
    pub version: String,
    /// The person's own quiet hours.
    #[diesel(sql_type = Nullable<Text>)]
    pub quiet_from: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    pub quiet_until: Option<String>,
}

/// Somebody who can still be told by e-mail.
#[derive(diesel::QueryableByName)]
pub(super) struct Reached {
    #[diesel(sql_type = SqlUuid)]
    pub case_id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub person: Uuid,
    #[diesel(sql_type = Text)]
    pub service: String,
    #[diesel(sql_type = Text)]
    pub version: String,
}

/// Puts notices into boxes under these ids, save those that are there already.
pub(super) async fn insert(tx: &mut Tx, notices: &[Notice], ids: &[Uuid]) -> Result<Vec<Made>> {
    if notices.is_empty() {
        return Ok(Vec::new());
    }
    let text = "WITH made AS (INSERT INTO messages (id, case_id, seq, about, person, subject, body, language, sent_at) \
                SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9) \
                ON CONFLICT (case_id, seq, about, person) WHERE seq IS NOT NULL DO NOTHING \
                RETURNING id, person) \
                SELECT made.id, (p.email IS NOT NULL AND p.died_at IS NULL) AS has_email, \
                    (p.phone IS NOT NULL AND p.died_at IS NULL) AS has_phone, c.channels \
                FROM made JOIN persons p ON p.id = made.person LEFT JOIN contact_choices c ON c.person = made.person";
    let statement = sql(text)
        .uuids(ids.to_vec())
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

pub(super) async fn insert_deliveries(tx: &mut Tx, all: &[Delivery]) -> Result<()> {
    let statement = sql("INSERT INTO message_deliveries (message, channel, state, words, at)
        SELECT u.message, u.channel, 'queued', u.words, u.at
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::timestamptz[]) AS u (message, channel, words, at)
        ON CONFLICT (message, channel) DO NOTHING")
    .uuids(all.iter().map(|d| d.message).collect::<Vec<_>>())
    .texts(all.iter().map(|d| d.channel.word().to_owned()).collect::<Vec<_>>())
    .texts_or_null(all.iter().map(|d| d.words.clone()).collect::<Vec<_>>())
    .instants(all.iter().map(|d| d.at).collect::<Vec<_>>());
    tx.execute(statement).await.map(drop)
}

/// None where it was erased, or is not to be sent any more: it was, or the addressee died or has no address. A job of an
/// older server has a message alone.
pub(super) async fn letter(tx: &mut Tx, message: Uuid) -> Result<Option<Letter>> {
    let text = "SELECT p.email, m.subject, m.body, m.language FROM messages m JOIN persons p ON p.id = m.person
            LEFT JOIN message_deliveries d ON d.message = m.id AND d.channel = 'email'
        WHERE m.id = $1 AND p.email IS NOT NULL AND p.died_at IS NULL AND coalesce(d.state, 'queued') = 'queued'";
    tx.row(sql(text).uuid(message)).await
}

/// The same of an SMS.
pub(super) async fn short(tx: &mut Tx, message: Uuid) -> Result<Option<Short>> {
    let text = "SELECT p.phone, coalesce(d.words, m.subject) AS words, c.service, c.version,
            to_char(o.quiet_from, 'HH24:MI') AS quiet_from, to_char(o.quiet_until, 'HH24:MI') AS quiet_until
        FROM message_deliveries d JOIN messages m ON m.id = d.message JOIN persons p ON p.id = m.person
            JOIN cases c ON c.id = m.case_id LEFT JOIN contact_choices o ON o.person = m.person
        WHERE d.message = $1 AND d.channel = 'sms' AND d.state = 'queued' AND p.died_at IS NULL";
    tx.row(sql(text).uuid(message)).await
}

/// It was taken. A receipt may have come first: then only the number is new.
pub(super) async fn sent(
    tx: &mut Tx,
    message: Uuid,
    channel: Channel,
    reference: Option<String>,
    at: Timestamp,
) -> Result<()> {
    let statement = sql("UPDATE message_deliveries SET reference = coalesce(reference, $1),
            at = CASE WHEN state = 'queued' THEN $2 ELSE at END, state = CASE WHEN state = 'queued' THEN 'sent' ELSE state END
        WHERE message = $3 AND channel = $4")
    .text_or_null(reference)
    .at(at)
    .uuid(message)
    .text(channel.word());
    tx.execute(statement).await.map(drop)
}

/// It has arrived, and nothing changes that any more.
pub(super) async fn delivered(tx: &mut Tx, message: Uuid, channel: Channel, at: Timestamp) -> Result<()> {
    let statement = sql("UPDATE message_deliveries SET state = 'delivered', at = $1
        WHERE message = $2 AND channel = $3 AND state <> 'delivered'")
    .at(at)
    .uuid(message)
    .text(channel.word());
    tx.execute(statement).await.map(drop)
}

/// It cannot go out (any more): whoever it is for has no address, or died.
pub(super) async fn unreached(tx: &mut Tx, message: Uuid, channel: Channel, at: Timestamp) -> Result<()> {
    let statement = sql("UPDATE message_deliveries SET state = 'failed', at = $1
        WHERE message = $2 AND channel = $3 AND state = 'queued'")
    .at(at)
    .uuid(message)
    .text(channel.word());
    tx.execute(statement).await.map(drop)
}

/// It never will arrive. Gives whether that was open before.
pub(super) async fn failed(tx: &mut Tx, message: Uuid, channel: Channel, at: Timestamp) -> Result<bool> {
    let statement = sql("UPDATE message_deliveries SET state = 'failed', at = $1
        WHERE message = $2 AND channel = $3 AND state IN ('queued', 'sent')")
    .at(at)
    .uuid(message)
    .text(channel.word());
    Ok(tx.execute(statement).await? > 0)
}

/// Whom the message is for, where it has not gone out by e-mail and can.
pub(super) async fn still_by_mail(tx: &mut Tx, message: Uuid) -> Result<Option<Reached>> {
    let text = "SELECT m.case_id, m.person, c.service, c.version
        FROM messages m JOIN persons p ON p.id = m.person JOIN cases c ON c.id = m.case_id
        WHERE m.id = $1 AND p.email IS NOT NULL AND p.died_at IS NULL
            AND NOT EXISTS (SELECT FROM message_deliveries d WHERE d.message = m.id AND d.channel = 'email')";
    tx.row(sql(text).uuid(message)).await
}

#[derive(diesel::QueryableByName)]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// The message that went out by SMS under this id or, where none is given, this number of the gateway's: the newest.
pub(super) async fn by_sms(tx: &mut Tx, id: Option<Uuid>, reference: Option<&str>) -> Result<Option<Uuid>> {
    let statement = match (id, reference) {
        (Some(id), _) => {
            sql("SELECT message AS id FROM message_deliveries WHERE message = $1 AND channel = 'sms'").uuid(id)
        }
        (None, Some(reference)) => sql("SELECT message AS id FROM message_deliveries
            WHERE reference = $1 AND channel = 'sms' ORDER BY message DESC LIMIT 1")
        .text(reference),
        (None, None) => return Ok(None),
    };
    Ok(tx.row::<Id>(statement).await?.map(|row| row.id))
}

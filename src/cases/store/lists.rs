//! Lists: keyset pages, bounded, without personal data save where the caller says so.

use diesel::QueryableByName;
use diesel::sql_types::{Bool, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use jiff::Timestamp;
use uuid::Uuid;

use crate::access::{APPLICANT, Permit, Scope};
use crate::kernel::{CaseId, MessageId, PersonId, Result};
use crate::postgres::{Tx, sql};

#[derive(Debug, Clone, QueryableByName)]
pub struct CaseLine {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Text)]
    pub reference: String,
    #[diesel(sql_type = Text)]
    pub service: String,
    #[diesel(sql_type = Text)]
    pub version: String,
    #[diesel(sql_type = Text)]
    pub office: String,
    #[diesel(sql_type = Text)]
    pub status: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub ending: Option<String>,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub created_at: Timestamp,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    pub submitted_at: Option<Timestamp>,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    pub closed_at: Option<Timestamp>,
}

/// Cases of the scope, newest first, before an id.
///
/// # Errors
/// Those of the database.
pub async fn cases_of(
    tx: &mut Tx,
    scope: &Scope,
    status: Option<&str>,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<CaseLine>> {
    let Scope::Person { person, organisation, .. } = scope else { return Ok(Vec::new()) };
    let before = before.unwrap_or(Uuid::max());
    // Each arm reads its own index; what both find is one row after the union.
    let statement = sql("SELECT c.id, c.reference, c.service, c.version, c.office, c.status, c.ending, c.created_at,
            c.submitted_at, c.closed_at
        FROM (SELECT case_id FROM (SELECT p.case_id FROM case_parties p WHERE p.person = $1 AND p.role = 'applicant' AND $2::uuid IS NULL
                UNION SELECT p.case_id FROM case_parties p WHERE p.represented_by = $3 AND $4::uuid IS NULL
                UNION SELECT p.case_id FROM case_parties p WHERE p.organisation = $5 AND p.role = 'applicant') o) q
        JOIN cases c ON c.id = q.case_id
        WHERE c.id < $6 AND ($7::text IS NULL OR c.status = $8) ORDER BY c.id DESC LIMIT $9")
    .uuid(person.0)
    .uuid(organisation.map(|o| o.0))
    .uuid(person.0)
    .uuid(organisation.map(|o| o.0))
    .uuid(organisation.map(|o| o.0))
    .uuid(before)
    .text_or_null(status.map(str::to_owned))
    .text_or_null(status.map(str::to_owned))
    .big(limit);
    tx.rows(statement).await
}

#[derive(Debug, Clone, QueryableByName)]
pub struct TaskLine {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub case_id: Uuid,
    #[diesel(sql_type = Text)]
    pub reference: String,
    #[diesel(sql_type = Text)]
    pub service: String,
    #[diesel(sql_type = Text)]
    pub version: String,
    #[diesel(sql_type = Text)]
    pub step: String,
    #[diesel(sql_type = Text)]
    pub office: String,
    #[diesel(sql_type = Text)]
    pub role: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub holder: Option<Uuid>,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub entered_at: Timestamp,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub due_at: Timestamp,
    #[diesel(sql_type = Bool)]
    pub overdue: bool,
}

/// What a queue may be narrowed to.
#[derive(Debug, Default, Clone)]
pub struct QueueFilter {
    pub service: Option<String>,
    pub step: Option<String>,
    /// Tasks that this person holds.
    pub mine: Option<PersonId>,
    /// Tasks that nobody holds.
    pub free: bool,
    pub overdue: bool,
}

/// A page from each desk by its index, then the first of all: the cost is that of the page, not of the queue.
macro_rules! queue {
    ($each:literal, $all:literal) => {
        concat!(
            "SELECT q.id, q.case_id, c.reference, q.service, q.version, q.step, q.office, q.role, q.holder,
                q.entered_at, q.due_at, q.overdue
            FROM unnest($1::text[], $2::text[]) o(role, office) CROSS JOIN LATERAL (
                SELECT t.id, t.case_id, t.service, t.version, t.step, t.office, t.role, t.holder, t.entered_at, t.due_at,
                    t.overdue
                FROM tasks t
                WHERE t.state = 'open' AND t.kind = 'task' AND t.office = o.office AND t.role = o.role
                    AND (t.due_at, t.id) > ($3, $4)
                    AND ($5::text IS NULL OR t.service = $6) AND ($7::text IS NULL OR t.step = $8)
                    AND ($9::uuid IS NULL OR t.holder = $10) AND (NOT $11::boolean OR t.holder IS NULL)
                    AND (NOT $12::boolean OR t.overdue)
                ORDER BY t.due_at, t.id LIMIT ",
            $each,
            ") q
            JOIN cases c ON c.id = q.case_id
            ORDER BY q.due_at, q.id LIMIT ",
            $all
        )
    };
}

/// Rows of a page where nobody asks for another number, and one that says whether there are more. That bound stands in the
/// statement, so that it is planned once: with a parameter there, each page is planned anew.
const USUAL_PAGE: i64 = 51;

/// Open tasks at the desks of the scope, the most urgent first, after a place in that order.
///
/// # Errors
/// Those of the database.
pub async fn tasks_at(
    tx: &mut Tx,
    scope: &Scope,
    filter: &QueueFilter,
    after: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<TaskLine>> {
    let Scope::Desks { roles, offices, .. } = scope else { return Ok(Vec::new()) };
    let (due, id) = after.unwrap_or((Timestamp::UNIX_EPOCH, Uuid::nil()));
    let usual = limit == USUAL_PAGE;
    let statement = sql(if usual { queue!("51", "51") } else { queue!("$13", "$14") })
        .texts(roles.clone())
        .texts(offices.clone())
        .at(due)
        .uuid(id)
        .text_or_null(filter.service.clone())
        .text_or_null(filter.service.clone())
        .text_or_null(filter.step.clone())
        .text_or_null(filter.step.clone())
        .uuid(filter.mine.map(|p| p.0))
        .uuid(filter.mine.map(|p| p.0))
        .flag(filter.free)
        .flag(filter.overdue);
    tx.rows(if usual { statement } else { statement.big(limit).big(limit) }).await
}

#[derive(Debug, Clone, QueryableByName)]
pub struct MessageRow {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub case_id: Uuid,
    #[diesel(sql_type = Text)]
    pub reference: String,
    #[diesel(sql_type = Text)]
    pub about: String,
    #[diesel(sql_type = Nullable<Text>)]
    pub office: Option<String>,
    /// The side that wrote to the office, or that the office wrote to.
    #[diesel(sql_type = Nullable<Text>)]
    pub party: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub author: Option<Uuid>,
    #[diesel(sql_type = Text)]
    pub subject: String,
    #[diesel(sql_type = Text)]
    pub body: String,
    #[diesel(sql_type = Text)]
    pub language: String,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub sent_at: Timestamp,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    pub read_at: Option<Timestamp>,
}

/// A person's box, newest first, before an id.
///
/// # Errors
/// Those of the database.
pub async fn messages_of_person(
    tx: &mut Tx,
    scope: &Scope,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<MessageRow>> {
    let Scope::Person { person, .. } = scope else { return Ok(Vec::new()) };
    let text =
        "SELECT m.id, m.case_id, c.reference, m.about, m.office, m.party, m.author, m.subject, m.body, m.language,
            m.sent_at, m.read_at
        FROM messages m JOIN cases c ON c.id = m.case_id WHERE m.person = $1 AND m.id < $2 ORDER BY m.id DESC LIMIT $3";
    tx.rows(sql(text).uuid(person.0).uuid(before.unwrap_or(Uuid::max())).big(limit)).await
}

/// Notes when a box was read.
///
/// # Errors
/// Those of the database.
pub async fn read_messages(tx: &mut Tx, scope: &Scope, ids: Vec<Uuid>, at: Timestamp) -> Result<()> {
    let Scope::Person { person, .. } = scope else { return Ok(()) };
    let text = "UPDATE messages SET read_at = $1 WHERE id = ANY($2) AND person = $3 AND read_at IS NULL";
    tx.execute(sql(text).at(at).uuids(ids).uuid(person.0)).await?;
    Ok(())
}

/// Words between the sides of a case, newest first. A side sees what it wrote and what was written to it.
///
/// # Errors
/// Those of the database.
pub async fn messages_of_case(
    tx: &mut Tx,
    permit: &Permit,
    case: CaseId,
    person: Option<PersonId>,
    before: Option<Uuid>,
    limit: i64,
) -> Result<Vec<MessageRow>> {
    let only = person.filter(|_| permit.post.is_none()).map(|p| p.0);
    let sides = permit.narrowed_to.clone().unwrap_or_else(|| vec![APPLICANT.to_owned()]);
    let statement = sql("SELECT m.id, m.case_id, c.reference, m.about, m.office, m.party, m.author, m.subject, m.body, m.language,
             m.sent_at, m.read_at
        FROM messages m JOIN cases c ON c.id = m.case_id
        WHERE m.case_id = $1 AND m.about = 'message' AND m.author IS NOT NULL AND m.id < $2 AND ($3::uuid IS NULL OR m.person = $4 OR m.author = $5 OR m.party = ANY($6))
        ORDER BY m.id DESC LIMIT $7")
    .uuid(case.0)
    .uuid(before.unwrap_or(Uuid::max()))
    .uuid(only)
    .uuid(only)
    .uuid(only)
    .texts(sides)
    .big(limit);
    tx.rows(statement).await
}

/// Whether somebody is this party of a case.
///
/// # Errors
/// Those of the database.
pub async fn has_party(tx: &mut Tx, _permit: &Permit, case: CaseId, party: &str) -> Result<bool> {
    let statement = sql("SELECT role AS word FROM case_parties WHERE case_id = $1 AND role = $2 LIMIT 1");
    Ok(tx.row::<super::Word>(statement.uuid(case.0).text(party)).await?.is_some_and(|row| row.word == party))
}

/// Words that somebody wrote.
pub struct NewMessage<'a> {
    pub id: MessageId,
    pub case: CaseId,
    /// Of what goes to the office; else it is for the party.
    pub office: Option<String>,
    pub party: &'a str,
    pub author: PersonId,
    pub body: &'a str,
    pub language: &'a str,
    pub at: Timestamp,
}

/// # Errors
/// Those of the database.
pub async fn post_message(tx: &mut Tx, new: NewMessage<'_>) -> Result<()> {
    let statement =
        sql("INSERT INTO messages (id, case_id, about, office, party, author, subject, body, language, sent_at)
        VALUES ($1, $2, 'message', $3, $4, $5, '', $6, $7, $8)")
        .uuid(new.id.0)
        .uuid(new.case.0)
        .text_or_null(new.office)
        .text(new.party)
        .uuid(new.author.0)
        .text(new.body)
        .text(new.language)
        .at(new.at);
    tx.execute(statement).await?;
    Ok(())
}

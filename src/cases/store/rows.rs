//! One case and what hangs on it.

use diesel::QueryableByName;
use diesel::sql_types::{
    Array, Bigint, Binary, Bool, Date as SqlDate, Integer, Jsonb, Nullable, Numeric, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use super::Word;
use crate::access::{Desk, Facts, Permit, Relation, TaskFacts, TaskKind};
use crate::cases::act::{Row, unpack};
use crate::engine::workflow::{Case, DocumentFact, Flow};
use crate::kernel::{Actor, CaseId, DemandId, DocumentId, OrganisationId, PersonId, Result, TaskId};
use crate::postgres::{Tx, sql};

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// The id of a case by its reference.
///
/// # Errors
/// Those of the database.
pub async fn find(tx: &mut Tx, reference: &str) -> Result<Option<CaseId>> {
    let statement = sql("SELECT id FROM cases WHERE reference = $1").text(reference);
    Ok(tx.row::<Id>(statement).await?.map(|row| CaseId(row.id)))
}

#[derive(QueryableByName)]
struct FactRow {
    #[diesel(sql_type = Text)]
    service: String,
    #[diesel(sql_type = Text)]
    version: String,
    #[diesel(sql_type = Text)]
    authority: String,
    #[diesel(sql_type = Text)]
    office: String,
    #[diesel(sql_type = SmallInt)]
    level: i16,
    #[diesel(sql_type = Text)]
    status: String,
    #[diesel(sql_type = Bool)]
    starter: bool,
    #[diesel(sql_type = Bool)]
    signatory: bool,
    #[diesel(sql_type = Bool)]
    represented: bool,
    #[diesel(sql_type = Array<Text>)]
    parties: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    roles: Vec<String>,
    #[diesel(sql_type = Array<Text>)]
    offices: Vec<String>,
    #[diesel(sql_type = Array<Bool>)]
    open: Vec<bool>,
    #[diesel(sql_type = Nullable<Text>)]
    task_kind: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    task_role: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    task_office: Option<String>,
    #[diesel(sql_type = Nullable<Text>)]
    task_party: Option<String>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    task_holder: Option<Uuid>,
}

/// What the policy needs to know, and which version of the service the case has. No personal data.
pub struct Seen {
    pub facts: Facts,
    pub version: String,
}

/// How an actor stands to a case, and to a task of it.
///
/// # Errors
/// Those of the database.
pub async fn facts(tx: &mut Tx, actor: &Actor, case: CaseId, task: Option<TaskId>) -> Result<Option<Seen>> {
    let statement = sql("SELECT c.service, c.version, c.authority, c.office, c.level, c.status,
            coalesce(c.started_by = a.person AND c.organisation IS NULL, false) AS starter,
            coalesce(c.organisation = a.organisation, false) AS signatory,
            (EXISTS (SELECT FROM case_parties p WHERE p.case_id = c.id AND p.represented_by = a.person)
                OR coalesce(c.helper = a.person, false)) AS represented,
            ARRAY(SELECT DISTINCT p.role FROM case_parties p WHERE p.case_id = c.id
                AND (p.person = a.person OR p.organisation = a.organisation)) AS parties,
            coalesce(d.roles, '{}') AS roles, coalesce(d.offices, '{}') AS offices, coalesce(d.open, '{}') AS open,
            t.kind AS task_kind, t.role AS task_role, t.office AS task_office, t.party AS task_party, t.holder AS task_holder
        FROM (SELECT $1::uuid AS person, $2::uuid AS organisation) a
        JOIN cases c ON c.id = $3
        LEFT JOIN tasks t ON t.case_id = c.id AND t.id = $4
        LEFT JOIN LATERAL (SELECT array_agg(g.role) AS roles, array_agg(g.office) AS offices, array_agg(g.open) AS open FROM (
            SELECT w.role, w.office, bool_or(w.state = 'open') AS open FROM tasks w
            WHERE w.case_id = c.id AND w.kind = 'task' GROUP BY w.role, w.office) g) d ON true")
    .uuid(actor.person.map(|p| p.0))
    .uuid(actor.acting_for.map(|o| o.0))
    .uuid(case.0)
    .uuid(task.map(|t| t.0));
    Ok(tx.row::<FactRow>(statement).await?.map(|row| seen(row, case)))
}

fn seen(row: FactRow, case: CaseId) -> Seen {
    let mut relations: Vec<Relation> = row.parties.into_iter().map(Relation::Party).collect();
    let more = [(row.starter, Relation::Starter), (row.signatory, Relation::Signatory), (row.represented, Relation::Represented)];
    relations.extend(more.into_iter().filter_map(|(is, relation)| is.then_some(relation)));
    let desks = row.roles.into_iter().zip(row.offices).zip(row.open);
    let kind = row.task_kind.map(|kind| match kind.as_str() {
        "ask" => TaskKind::Ask,
        "charge" => TaskKind::Charge,
        _ => TaskKind::Task,
    });
    let task = kind.map(|kind| TaskFacts {
        kind,
        role: row.task_role,
        office: row.task_office,
        party: row.task_party,
        holder: row.task_holder.map(PersonId),
    });
    let facts = Facts {
        case: Some(case),
        service: row.service,
        authority: row.authority,
        office: row.office,
        level: row.level,
        status: row.status,
        relations,
        party_may: Vec::new(),
        party_sees: false,
        desks: desks.map(|((role, office), open)| Desk { role, office, open }).collect(),
        task,
    };
    Seen { facts, version: row.version }
}

#[derive(QueryableByName)]
struct CaseRow {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Text)]
    reference: String,
    #[diesel(sql_type = Text)]
    service: String,
    #[diesel(sql_type = Text)]
    version: String,
    #[diesel(sql_type = Text)]
    authority: String,
    #[diesel(sql_type = Text)]
    office: String,
    #[diesel(sql_type = SmallInt)]
    level: i16,
    #[diesel(sql_type = Text)]
    language: String,
    #[diesel(sql_type = SqlUuid)]
    started_by: Uuid,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    organisation: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    helper: Option<Uuid>,
    #[diesel(sql_type = Jsonb)]
    flow: Value,
    #[diesel(sql_type = Integer)]
    revision: i32,
    #[diesel(sql_type = Timestamptz)]
    created_at: jiff_diesel::Timestamp,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    draft_until: Option<jiff_diesel::Timestamp>,
    #[diesel(sql_type = Nullable<Integer>)]
    key_id: Option<i32>,
    #[diesel(sql_type = Nullable<Binary>)]
    bytes: Option<Vec<u8>>,
    #[diesel(sql_type = Array<SqlUuid>)]
    persons: Vec<Uuid>,
}

/// A case with its data.
#[derive(Clone)]
pub struct Loaded {
    pub row: Row,
    pub case: Case,
    /// Everybody whose data the case holds: the subjects of what is done with it.
    pub subjects: Vec<PersonId>,
}

/// A case with what people stated. The permit says that somebody may see it.
///
/// # Errors
/// Those of the database.
pub async fn load(tx: &mut Tx, _permit: &Permit, id: CaseId) -> Result<Option<Loaded>> {
    let statement = sql("SELECT c.id, c.reference, c.service, c.version, c.authority, c.office, c.level, c.language, c.started_by,
            c.organisation, c.helper, c.flow, c.revision, c.created_at, c.draft_until, d.key_id, d.bytes,
            ARRAY(SELECT p.person FROM case_parties p WHERE p.case_id = c.id AND p.person IS NOT NULL
                UNION SELECT c.started_by) AS persons
        FROM cases c LEFT JOIN case_data d ON d.case_id = c.id AND d.revision = c.revision WHERE c.id = $1")
    .uuid(id.0);
    let Some(row) = tx.row::<CaseRow>(statement).await? else { return Ok(None) };
    let flow: Flow = serde_json::from_value(row.flow)?;
    let data = row.bytes.map(|bytes| unpack(row.key_id.unwrap_or(0), &bytes)).transpose()?.unwrap_or_default();
    let subjects = row.persons.into_iter().map(PersonId).collect();
    let row = Row {
        id: CaseId(row.id),
        reference: row.reference,
        service: row.service,
        version: row.version,
        authority: row.authority,
        office: row.office,
        level: row.level,
        language: row.language,
        started_by: PersonId(row.started_by),
        organisation: row.organisation.map(OrganisationId),
        helper: row.helper.map(PersonId),
        revision: row.revision,
        created_at: row.created_at.to_jiff(),
        draft_until: row.draft_until.map(jiff_diesel::Timestamp::to_jiff),
    };
    Ok(Some(Loaded { row, case: Case { flow, data }, subjects }))
}

/// Keeps a draft's form: a new revision, without an event. The event sequence does not move.
///
/// # Errors
/// Those of the database.
pub async fn put_draft(tx: &mut Tx, row: &Row, data: &crate::engine::workflow::Data) -> Result<bool> {
    let (key, bytes) = crate::cases::act::pack(data)?;
    let statement = sql("WITH c AS (UPDATE cases SET revision = revision + 1 WHERE id = $1 AND revision = $2 RETURNING id, revision)
        INSERT INTO case_data (case_id, revision, key_id, bytes) SELECT c.id, c.revision, $3, $4 FROM c")
    .uuid(row.id.0)
    .int(row.revision)
    .int(key)
    .bytes(bytes);
    Ok(tx.execute(statement).await? == 1)
}

/// Drafts whose time has passed.
///
/// # Errors
/// Those of the database.
pub async fn expired_drafts(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<CaseId>> {
    let statement = sql("SELECT id FROM cases WHERE status = 'draft' AND draft_until <= $1 LIMIT $2").at(now).big(limit);
    Ok(tx.rows::<Id>(statement).await?.into_iter().map(|row| CaseId(row.id)).collect())
}

/// Removes a draft that expired, with everything on it. Nothing else is ever removed so.
///
/// # Errors
/// Those of the database.
pub async fn remove_draft(tx: &mut Tx, id: CaseId, now: Timestamp) -> Result<bool> {
    let statement = sql("DELETE FROM cases WHERE id = $1 AND status = 'draft' AND draft_until <= $2").uuid(id.0).at(now);
    Ok(tx.execute(statement).await? == 1)
}

/// Cases that are to be woken, the most overdue first.
///
/// # Errors
/// Those of the database.
pub async fn due_cases(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<CaseId>> {
    let statement = sql("SELECT id FROM cases WHERE next_due <= $1 ORDER BY next_due LIMIT $2").at(now).big(limit);
    Ok(tx.rows::<Id>(statement).await?.into_iter().map(|row| CaseId(row.id)).collect())
}

#[derive(QueryableByName)]
pub struct TaskOf {
    #[diesel(sql_type = SqlUuid)]
    pub case_id: Uuid,
    #[diesel(sql_type = Integer)]
    pub token: i32,
}

/// The case and token of a task.
///
/// # Errors
/// Those of the database.
pub async fn task_of(tx: &mut Tx, task: TaskId) -> Result<Option<TaskOf>> {
    tx.row(sql("SELECT case_id, token FROM tasks WHERE id = $1").uuid(task.0)).await
}

#[derive(QueryableByName)]
pub struct TaskId2 {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Integer)]
    pub token: i32,
}

/// Ids of the tasks of a case, by token.
///
/// # Errors
/// Those of the database.
pub async fn tasks_of_case(tx: &mut Tx, _permit: &Permit, case: CaseId) -> Result<Vec<TaskId2>> {
    tx.rows(sql("SELECT id, token FROM tasks WHERE case_id = $1 ORDER BY token DESC LIMIT 500").uuid(case.0)).await
}

/// Whether a person has a post of that role in that office on that day.
///
/// # Errors
/// Those of the database.
pub async fn colleague(tx: &mut Tx, person: PersonId, role: &str, office: &str, day: Date) -> Result<bool> {
    let statement = sql("SELECT role AS word FROM posts WHERE person = $1 AND role = $2 AND office = $3 AND from_day <= $4
        AND (until_day IS NULL OR until_day >= $5) LIMIT 1")
    .uuid(person.0)
    .text(role)
    .text(office)
    .day(day)
    .day(day);
    Ok(tx.row::<Word>(statement).await?.is_some_and(|word| word.word == role))
}

#[derive(Debug, QueryableByName)]
pub struct EventRow {
    #[diesel(sql_type = Integer)]
    pub seq: i32,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub at: Timestamp,
    #[diesel(sql_type = Text)]
    pub kind: String,
    #[diesel(sql_type = Jsonb)]
    pub body: Value,
    #[diesel(sql_type = Jsonb)]
    pub actor: Value,
}

/// Events of a case after a number, in order.
///
/// # Errors
/// Those of the database.
pub async fn events_of_case(tx: &mut Tx, _permit: &Permit, case: CaseId, after: i32, limit: i64) -> Result<Vec<EventRow>> {
    let text = "SELECT seq, at, kind, body, actor FROM case_events WHERE case_id = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    tx.rows(sql(text).uuid(case.0).int(after).big(limit)).await
}

#[derive(Debug, Clone, QueryableByName)]
pub struct DocumentRow {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub case_id: Uuid,
    #[diesel(sql_type = Text)]
    pub authority: String,
    #[diesel(sql_type = SmallInt)]
    pub level: i16,
    #[diesel(sql_type = Text)]
    pub kind: String,
    #[diesel(sql_type = Integer)]
    pub ordinal: i32,
    #[diesel(sql_type = Text)]
    pub file_name: String,
    #[diesel(sql_type = Text)]
    pub media_type: String,
    #[diesel(sql_type = Bigint)]
    pub size: i64,
    #[diesel(sql_type = Binary)]
    pub sha256: Vec<u8>,
    #[diesel(sql_type = Text)]
    pub state: String,
    #[diesel(sql_type = Nullable<SqlDate>)]
    pub issued: Option<jiff_diesel::Date>,
    #[diesel(sql_type = SqlUuid)]
    pub added_by: Uuid,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub added_at: Timestamp,
}

impl DocumentRow {
    /// What the rules see of it: the newest of a kind and person counts.
    #[must_use]
    pub fn fact(&self) -> DocumentFact {
        let of = u32::try_from(self.ordinal).unwrap_or(0);
        DocumentFact { kind: self.kind.clone(), of, issued: self.issued.map(jiff_diesel::Date::to_jiff) }
    }
}

/// Most documents of one case.
pub const DOCUMENTS_MAX: i64 = 500;

/// All documents of a case, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn documents_of_case(tx: &mut Tx, _permit: &Permit, case: CaseId) -> Result<Vec<DocumentRow>> {
    let text = "SELECT id, case_id, authority, level, kind, ordinal, file_name, media_type, size, sha256, state, issued,
        added_by, added_at FROM documents WHERE case_id = $1 ORDER BY id LIMIT $2";
    tx.rows(sql(text).uuid(case.0).big(DOCUMENTS_MAX)).await
}

/// Which case a document is of, and itself. Says nothing of its content; who may see it is asked with the case.
///
/// # Errors
/// Those of the database.
pub async fn document(tx: &mut Tx, id: DocumentId) -> Result<Option<DocumentRow>> {
    let text = "SELECT id, case_id, authority, level, kind, ordinal, file_name, media_type, size, sha256, state, issued,
        added_by, added_at FROM documents WHERE id = $1";
    tx.row(sql(text).uuid(id.0)).await
}

/// Adds a document to a case that has fewer than [`DOCUMENTS_MAX`].
///
/// # Errors
/// Those of the database.
pub async fn add_document(tx: &mut Tx, row: &DocumentRow) -> Result<bool> {
    let statement = sql("INSERT INTO documents (id, case_id, authority, level, kind, ordinal, file_name, media_type, size, sha256,
            state, issued, added_by, added_at)
        SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14
        WHERE (SELECT count(*) FROM documents WHERE case_id = $15) < $16")
    .uuid(row.id)
    .uuid(row.case_id)
    .text(&*row.authority)
    .small(row.level)
    .text(&*row.kind)
    .int(row.ordinal)
    .text(&*row.file_name)
    .text(&*row.media_type)
    .big(row.size)
    .bytes(row.sha256.clone())
    .text(&*row.state)
    .day(row.issued.map(jiff_diesel::Date::to_jiff))
    .uuid(row.added_by)
    .at(row.added_at)
    .uuid(row.case_id)
    .big(DOCUMENTS_MAX);
    Ok(tx.execute(statement).await? == 1)
}

#[derive(QueryableByName)]
pub struct Unscanned {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Binary)]
    pub sha256: Vec<u8>,
}

/// Documents that no scanner has seen.
///
/// # Errors
/// Those of the database.
pub async fn unscanned(tx: &mut Tx, limit: i64) -> Result<Vec<Unscanned>> {
    tx.rows(sql("SELECT id, sha256 FROM documents WHERE state = 'received' ORDER BY id LIMIT $1").big(limit)).await
}

/// What the scanner found.
///
/// # Errors
/// Those of the database.
pub async fn set_document_state(tx: &mut Tx, id: Uuid, state: &str) -> Result<()> {
    tx.execute(sql("UPDATE documents SET state = $1 WHERE id = $2 AND state = 'received'").text(state).uuid(id)).await?;
    Ok(())
}

#[derive(Debug, Clone, QueryableByName)]
pub struct DemandRow {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = SqlUuid)]
    pub case_id: Uuid,
    #[diesel(sql_type = Integer)]
    pub token: i32,
    #[diesel(sql_type = Text)]
    pub fee: String,
    #[diesel(sql_type = Numeric)]
    pub amount: Decimal,
    #[diesel(sql_type = Text)]
    pub currency: String,
    #[diesel(sql_type = Jsonb)]
    pub items: Value,
    #[diesel(sql_type = Text)]
    pub state: String,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub until: Option<jiff_diesel::Timestamp>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub task: Option<Uuid>,
}

/// What a case was asked to pay.
///
/// # Errors
/// Those of the database.
pub async fn demands_of_case(tx: &mut Tx, _permit: &Permit, case: CaseId) -> Result<Vec<DemandRow>> {
    let text = "SELECT d.id, d.case_id, d.token, d.fee, d.amount, d.currency, d.items, d.state, d.until, t.id AS task
        FROM demands d LEFT JOIN tasks t ON t.case_id = d.case_id AND t.token = d.token
        WHERE d.case_id = $1 ORDER BY d.token LIMIT 500";
    tx.rows(sql(text).uuid(case.0)).await
}

/// One demand, with the task that waits for it.
///
/// # Errors
/// Those of the database.
pub async fn demand(tx: &mut Tx, id: DemandId) -> Result<Option<DemandRow>> {
    let text = "SELECT d.id, d.case_id, d.token, d.fee, d.amount, d.currency, d.items, d.state, d.until, t.id AS task
        FROM demands d LEFT JOIN tasks t ON t.case_id = d.case_id AND t.token = d.token WHERE d.id = $1";
    tx.row(sql(text).uuid(id.0)).await
}

#[derive(Debug, Clone, QueryableByName)]
pub struct CertificateRow {
    #[diesel(sql_type = Text)]
    pub code: String,
    #[diesel(sql_type = SqlUuid)]
    pub case_id: Uuid,
    #[diesel(sql_type = Text)]
    pub authority: String,
    #[diesel(sql_type = Text)]
    pub service: String,
    #[diesel(sql_type = Text)]
    pub version: String,
    #[diesel(sql_type = Text)]
    pub template: String,
    #[diesel(sql_type = Jsonb)]
    pub content: Value,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub issued_at: Timestamp,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub valid_until: Option<jiff_diesel::Timestamp>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub revoked_at: Option<jiff_diesel::Timestamp>,
}

/// A certificate by its code. Public: who has the code has the paper.
///
/// # Errors
/// Those of the database.
pub async fn certificate(tx: &mut Tx, code: &str) -> Result<Option<CertificateRow>> {
    let text = "SELECT code, case_id, authority, service, version, template, content, issued_at, valid_until, revoked_at
        FROM certificates WHERE code = $1";
    tx.row(sql(text).text(code)).await
}

/// What a case issued.
///
/// # Errors
/// Those of the database.
pub async fn certificates_of_case(tx: &mut Tx, _permit: &Permit, case: CaseId) -> Result<Vec<CertificateRow>> {
    let text = "SELECT code, case_id, authority, service, version, template, content, issued_at, valid_until, revoked_at
        FROM certificates WHERE case_id = $1 ORDER BY id LIMIT 100";
    tx.rows(sql(text).uuid(case.0)).await
}

/// Marks a certificate as revoked; false where it was already.
///
/// # Errors
/// Those of the database.
pub async fn add_revocation(tx: &mut Tx, code: &str, reason: &str, at: Timestamp) -> Result<bool> {
    let statement = sql("UPDATE certificates SET revoked_at = $1, revoked_for = $2 WHERE code = $3 AND revoked_at IS NULL")
        .at(at)
        .text(reason)
        .text(code);
    Ok(tx.execute(statement).await? == 1)
}

/// The demand of a token.
///
/// # Errors
/// Those of the database.
pub async fn demand_of(tx: &mut Tx, case: CaseId, token: i32) -> Result<Option<DemandRow>> {
    let text = "SELECT d.id, d.case_id, d.token, d.fee, d.amount, d.currency, d.items, d.state, d.until, NULL::uuid AS task
        FROM demands d WHERE d.case_id = $1 AND d.token = $2";
    tx.row(sql(text).uuid(case.0).int(token)).await
}

//! One case and what hangs on it.

use diesel::QueryableByName;
use diesel::sql_types::{Array, Binary, Bool, Integer, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid as SqlUuid};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;
use uuid::Uuid;

use super::Word;
use crate::access::{Desk, Facts, Permit, Relation, TaskFacts, TaskKind};
use crate::cases::act::{Row, unpack};
use crate::engine::workflow::{Case, Flow};
use crate::kernel::{Actor, CaseId, OrganisationId, PersonId, Result, TaskId};
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
    let more = [
        (row.starter, Relation::Starter),
        (row.signatory, Relation::Signatory),
        (row.represented, Relation::Represented),
    ];
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
    let statement =
        sql("SELECT c.id, c.reference, c.service, c.version, c.authority, c.office, c.level, c.language, c.started_by,
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
    let statement = sql(
        "WITH c AS (UPDATE cases SET revision = revision + 1 WHERE id = $1 AND revision = $2 RETURNING id, revision)
        INSERT INTO case_data (case_id, revision, key_id, bytes) SELECT c.id, c.revision, $3, $4 FROM c",
    )
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
    let statement =
        sql("SELECT id FROM cases WHERE status = 'draft' AND draft_until <= $1 LIMIT $2").at(now).big(limit);
    Ok(tx.rows::<Id>(statement).await?.into_iter().map(|row| CaseId(row.id)).collect())
}

/// Removes a draft that expired, with everything on it. Nothing else is ever removed so.
///
/// # Errors
/// Those of the database.
pub async fn remove_draft(tx: &mut Tx, id: CaseId, now: Timestamp) -> Result<bool> {
    let statement =
        sql("DELETE FROM cases WHERE id = $1 AND status = 'draft' AND draft_until <= $2").uuid(id.0).at(now);
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
pub struct TaskRef {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Integer)]
    pub token: i32,
}

/// Ids of the tasks of a case, by token.
///
/// # Errors
/// Those of the database.
pub async fn tasks_of_case(tx: &mut Tx, _permit: &Permit, case: CaseId) -> Result<Vec<TaskRef>> {
    tx.rows(sql("SELECT id, token FROM tasks WHERE case_id = $1 ORDER BY token DESC LIMIT 500").uuid(case.0)).await
}

/// Whether a person has a post of that role in that office on that day.
///
/// # Errors
/// Those of the database.
pub async fn colleague(tx: &mut Tx, person: PersonId, role: &str, office: &str, day: Date) -> Result<bool> {
    let statement =
        sql("SELECT role AS word FROM posts WHERE person = $1 AND role = $2 AND office = $3 AND from_day <= $4
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
pub async fn events_of_case(
    tx: &mut Tx,
    _permit: &Permit,
    case: CaseId,
    after: i32,
    limit: i64,
) -> Result<Vec<EventRow>> {
    let text =
        "SELECT seq, at, kind, body, actor FROM case_events WHERE case_id = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    tx.rows(sql(text).uuid(case.0).int(after).big(limit)).await
}

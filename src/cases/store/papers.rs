//! What hangs on a case: documents, demands, certificates.

use diesel::QueryableByName;
use diesel::sql_types::{
    Bigint, Binary, Date as SqlDate, Integer, Jsonb, Nullable, Numeric, SmallInt, Text, Timestamptz, Uuid as SqlUuid,
};
use jiff::Timestamp;
use jiff::civil::Date;
use rust_decimal::Decimal;
use serde_json::Value;
use uuid::Uuid;

use crate::access::Permit;
use crate::cases::act::Party;
use crate::engine::workflow::DocumentFact;
use crate::kernel::{CaseId, DemandId, DocumentId, OrganisationId, PersonId, Result, TaskId};
use crate::postgres::{Tx, sql};

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
    #[diesel(sql_type = Nullable<SqlDate>, deserialize_as = jiff_diesel::NullableDate)]
    pub issued: Option<Date>,
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
        DocumentFact { kind: self.kind.clone(), of, issued: self.issued }
    }
}

/// Most documents of one case.
pub const DOCUMENTS_MAX: i64 = 500;

/// All documents of a case, oldest first.
///
/// # Errors
/// Those of the database.
pub async fn documents_of_case(tx: &mut Tx, _permit: &Permit, case: CaseId) -> Result<Vec<DocumentRow>> {
    let text =
        "SELECT id, case_id, authority, level, kind, ordinal, file_name, media_type, size, sha256, state, issued,
        added_by, added_at FROM documents WHERE case_id = $1 ORDER BY id LIMIT $2";
    tx.rows(sql(text).uuid(case.0).big(DOCUMENTS_MAX)).await
}

/// Which case a document is of, and itself. Says nothing of its content; who may see it is asked with the case.
///
/// # Errors
/// Those of the database.
pub async fn document(tx: &mut Tx, id: DocumentId) -> Result<Option<DocumentRow>> {
    let text =
        "SELECT id, case_id, authority, level, kind, ordinal, file_name, media_type, size, sha256, state, issued,
        added_by, added_at FROM documents WHERE id = $1";
    tx.row(sql(text).uuid(id.0)).await
}

/// Keeps a case as it is until the end of the transaction. Of what happens with its documents the rules are told in the
/// same transaction; nobody is to move the case in between.
///
/// # Errors
/// Those of the database.
pub async fn hold(tx: &mut Tx, case: CaseId) -> Result<()> {
    tx.execute(sql("SELECT FROM cases WHERE id = $1 FOR NO KEY UPDATE").uuid(case.0)).await.map(drop)
}

/// Adds a document to a case that has fewer than [`DOCUMENTS_MAX`].
///
/// # Errors
/// Those of the database.
pub async fn add_document(tx: &mut Tx, row: &DocumentRow) -> Result<bool> {
    let statement =
        sql("INSERT INTO documents (id, case_id, authority, level, kind, ordinal, file_name, media_type, size, sha256,
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
        .day(row.issued)
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
    #[diesel(sql_type = SqlUuid)]
    pub case_id: Uuid,
    #[diesel(sql_type = Binary)]
    pub sha256: Vec<u8>,
    #[diesel(sql_type = SqlUuid)]
    pub added_by: Uuid,
}

/// Documents that no scanner has seen, after an id.
///
/// # Errors
/// Those of the database.
pub async fn unscanned(tx: &mut Tx, after: Uuid, limit: i64) -> Result<Vec<Unscanned>> {
    let text = "SELECT id, case_id, sha256, added_by FROM documents WHERE state = 'received' AND id > $1
        ORDER BY id LIMIT $2";
    tx.rows(sql(text).uuid(after).big(limit)).await
}

/// What the scanner found; false where another replica was told first.
///
/// # Errors
/// Those of the database.
pub async fn set_document_state(tx: &mut Tx, id: Uuid, state: &str) -> Result<bool> {
    let statement = sql("UPDATE documents SET state = $1 WHERE id = $2 AND state = 'received'").text(state).uuid(id);
    Ok(tx.execute(statement).await? == 1)
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
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    pub until: Option<Timestamp>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    pub task: Option<Uuid>,
    /// Who is to pay.
    #[diesel(sql_type = Nullable<Text>)]
    pub party: Option<String>,
}

/// What a case was asked to pay.
///
/// # Errors
/// Those of the database.
pub async fn demands_of_case(tx: &mut Tx, _permit: &Permit, case: CaseId) -> Result<Vec<DemandRow>> {
    let text = "SELECT d.id, d.case_id, d.token, d.fee, d.amount, d.currency, d.items, d.state, d.until, t.id AS task,
            t.party
        FROM demands d LEFT JOIN tasks t ON t.case_id = d.case_id AND t.token = d.token
        WHERE d.case_id = $1 ORDER BY d.token LIMIT 500";
    tx.rows(sql(text).uuid(case.0)).await
}

/// One demand, with the task that waits for it.
///
/// # Errors
/// Those of the database.
pub async fn demand(tx: &mut Tx, id: DemandId) -> Result<Option<DemandRow>> {
    let text = "SELECT d.id, d.case_id, d.token, d.fee, d.amount, d.currency, d.items, d.state, d.until, t.id AS task,
            t.party
        FROM demands d LEFT JOIN tasks t ON t.case_id = d.case_id AND t.token = d.token WHERE d.id = $1";
    tx.row(sql(text).uuid(id.0)).await
}

#[derive(Debug, Clone, QueryableByName)]
pub struct CertificateRow {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
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
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    pub valid_until: Option<Timestamp>,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    pub revoked_at: Option<Timestamp>,
}

/// A certificate by its code. Public: who has the code has the paper.
///
/// # Errors
/// Those of the database.
pub async fn certificate(tx: &mut Tx, code: &str) -> Result<Option<CertificateRow>> {
    let text =
        "SELECT id, code, case_id, authority, service, version, template, content, issued_at, valid_until, revoked_at
        FROM certificates WHERE code = $1";
    tx.row(sql(text).text(code)).await
}

/// What a case issued.
///
/// # Errors
/// Those of the database.
pub async fn certificates_of_case(tx: &mut Tx, _permit: &Permit, case: CaseId) -> Result<Vec<CertificateRow>> {
    let text =
        "SELECT id, code, case_id, authority, service, version, template, content, issued_at, valid_until, revoked_at
        FROM certificates WHERE case_id = $1 ORDER BY id LIMIT 100";
    tx.rows(sql(text).uuid(case.0)).await
}

/// The demand of a token.
///
/// # Errors
/// Those of the database.
pub async fn demand_of(tx: &mut Tx, case: CaseId, token: i32) -> Result<Option<DemandRow>> {
    let text =
        "SELECT d.id, d.case_id, d.token, d.fee, d.amount, d.currency, d.items, d.state, d.until, NULL::uuid AS task,
            NULL::text AS party
        FROM demands d WHERE d.case_id = $1 AND d.token = $2";
    tx.row(sql(text).uuid(case.0).int(token)).await
}

/// Ids of everybody whose data a case holds: for the log.
///
/// # Errors
/// Those of the database.
pub async fn people_of_case(tx: &mut Tx, case: CaseId) -> Result<Vec<PersonId>> {
    let statement = sql("SELECT person FROM case_parties WHERE case_id = $1 AND person IS NOT NULL
        UNION SELECT started_by FROM cases WHERE id = $2 LIMIT 1000")
    .uuid(case.0)
    .uuid(case.0);
    Ok(tx.rows::<Somebody>(statement).await?.into_iter().map(|row| PersonId(row.person)).collect())
}

#[derive(QueryableByName)]
struct PartyRow {
    #[diesel(sql_type = Text)]
    role: String,
    #[diesel(sql_type = Integer)]
    ordinal: i32,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    person: Option<Uuid>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    organisation: Option<Uuid>,
    #[diesel(sql_type = Nullable<Numeric>)]
    share: Option<Decimal>,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    represented_by: Option<Uuid>,
}

/// The parties of a case, as an act that is about to be written needs them.
///
/// # Errors
/// Those of the database.
pub async fn parties_of_case(tx: &mut Tx, case: CaseId) -> Result<Vec<Party>> {
    let statement = sql("SELECT role, ordinal, person, organisation, share, represented_by FROM case_parties
        WHERE case_id = $1 ORDER BY role, ordinal LIMIT 10000")
    .uuid(case.0);
    let party = |row: PartyRow| Party {
        role: row.role,
        ordinal: row.ordinal,
        person: row.person.map(PersonId),
        organisation: row.organisation.map(OrganisationId),
        share: row.share,
        represented_by: row.represented_by.map(PersonId),
    };
    Ok(tx.rows::<PartyRow>(statement).await?.into_iter().map(party).collect())
}

/// The case of a task: for the log, which asks no policy.
///
/// # Errors
/// Those of the database.
pub async fn case_of_task(tx: &mut Tx, task: TaskId) -> Result<Option<CaseId>> {
    #[derive(QueryableByName)]
    struct Of {
        #[diesel(sql_type = SqlUuid)]
        case_id: Uuid,
    }
    let row: Option<Of> = tx.row(sql("SELECT case_id FROM tasks WHERE id = $1").uuid(task.0)).await?;
    Ok(row.map(|row| CaseId(row.case_id)))
}

#[derive(QueryableByName)]
struct Somebody {
    #[diesel(sql_type = SqlUuid)]
    person: Uuid,
}

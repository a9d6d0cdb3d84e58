//! Documents of a case: the content first, durably; the row second; then the rules see it.

use std::time::Duration;

use futures_util::Stream;
use futures_util::stream::BoxStream;
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;
use uuid::Uuid;

use super::act::RequestKey;
use super::context::Context;
use super::perform::{Admitted, Request, admitted, at_counter, perform};
use super::prepare::Order;
use super::store::{self, DocumentRow, Sought};
use super::view;
use crate::access::{Action, Permit};
use crate::audit::{self, Entry};
use crate::engine::definition::Definition;
use crate::files::{self, Chunk, Limits, Verdict};
use crate::kernel::{Actor, CaseId, DocumentId, Error, Result};

/// A document as it is listed.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct DocumentView {
    pub id: Uuid,
    /// Its name in the definition.
    #[schema(example = "deed")]
    pub kind: String,
    /// Which one of the party it is about, from 0.
    pub of: i32,
    pub file_name: String,
    pub media_type: String,
    pub size: i64,
    /// Hexadecimal.
    pub sha256: String,
    /// `received`, `scanned` or `refused`.
    pub state: String,
    pub issued: Option<Date>,
    pub added_at: Timestamp,
}

impl From<&DocumentRow> for DocumentView {
    fn from(row: &DocumentRow) -> Self {
        Self {
            id: row.id,
            kind: row.kind.clone(),
            of: row.ordinal,
            file_name: row.file_name.clone(),
            media_type: row.media_type.clone(),
            size: row.size,
            sha256: row.sha256.iter().map(|b| format!("{b:02x}")).collect(),
            state: row.state.clone(),
            issued: row.issued,
            added_at: row.added_at,
        }
    }
}

/// A document to be added.
#[derive(Debug, Clone, Default)]
pub struct NewDocument {
    pub kind: String,
    pub of: u32,
    pub issued: Option<Date>,
    pub file_name: String,
    /// The media type that the client says it is.
    pub declared: Option<String>,
}

/// Most of one kind in a party: the ordinal of a document.
const OF_MAX: u32 = 999;

/// Takes a document in. The stream is read only after the policy said yes.
///
/// # Errors
/// [`Error::TooLarge`], [`Error::UnsupportedType`], faults of its name or kind; refusals; those of the database.
#[tracing::instrument(level = "debug", name = "document.add", skip_all)]
pub async fn add_document<S, B, E>(
    ctx: &Context,
    actor: &Actor,
    case: CaseId,
    new: NewDocument,
    stream: S,
    key: Option<RequestKey>,
) -> Result<DocumentView>
where
    S: Stream<Item = Result<B, E>>,
    B: AsRef<[u8]>,
    E: std::fmt::Display,
{
    match add(ctx, actor, case, new, stream, key).await {
        Ok(row) => Ok(DocumentView::from(&row)),
        Err(error) => ctx.refuse(actor, "document.add", Some(case), error).await,
    }
}

async fn add<S, B, E>(
    ctx: &Context,
    actor: &Actor,
    case: CaseId,
    new: NewDocument,
    stream: S,
    key: Option<RequestKey>,
) -> Result<DocumentRow>
where
    S: Stream<Item = Result<B, E>>,
    B: AsRef<[u8]>,
    E: std::fmt::Display,
{
    let file_name = files::file_name(&new.file_name)?;
    let mut tx = ctx.db.single().await?;
    store::check_key(&mut tx, key.as_ref()).await?;
    let Admitted { permit, def, loaded, .. } =
        admitted(ctx, &mut tx, actor, Sought::Case(case), Action::AddDocument).await?;
    drop(tx);
    if loaded.case.flow.status.word() == "closed" {
        return Err(Error::Conflict("closed".into()));
    }
    let (max, types) = limits(ctx, &def, &new)?;
    let limits = Limits {
        max,
        allowed: &types,
        declared: new.declared.as_deref(),
        file_name: &file_name,
        patience: Duration::from_secs(ctx.settings.request_seconds.into()),
    };
    let stored = ctx.files.receive(stream, limits).await?;
    let mut tx = ctx.db.begin().await?;
    files::pin(&mut tx, &ctx.files, &stored.sha256).await?;
    let row = DocumentRow {
        id: DocumentId::make().0,
        case_id: case.0,
        authority: loaded.row.authority.clone(),
        level: loaded.row.level,
        kind: new.kind,
        ordinal: i32::try_from(new.of).unwrap_or(0),
        file_name,
        media_type: stored.media_type.to_owned(),
        size: i64::try_from(stored.size).unwrap_or(i64::MAX),
        sha256: stored.sha256.to_vec(),
        state: "received".into(),
        issued: new.issued,
        added_by: actor.person.ok_or(Error::Forbidden("unknown_person"))?.0,
        added_at: ctx.clock.now(),
    };
    if !store::add_document(&mut tx, &row).await? {
        return Err(Error::Conflict("too_many_documents".into()));
    }
    store::keep_key(&mut tx, key.as_ref(), row.id).await?;
    log(ctx, &mut tx, &at_counter(ctx, actor, &loaded), &permit, &loaded, "document.add", row.id).await?;
    tx.commit().await?;
    if loaded.case.flow.status.word() == "open" {
        reconsider(ctx, actor, case).await?;
    }
    Ok(row)
}

/// Lets the rules see the documents as they are now.
async fn reconsider(ctx: &Context, actor: &Actor, case: CaseId) -> Result<()> {
    let order = Order::Documents;
    let request = Request {
        sought: Sought::Case(case),
        action: Action::AddDocument,
        name: "case.documents",
        order,
        key: None,
        expects: None,
    };
    match perform(ctx, actor, &request).await {
        // Closed meanwhile: the document is kept with the case all the same.
        Err(Error::Conflict(_)) => Ok(()),
        other => other.map(drop),
    }
}

fn limits(ctx: &Context, def: &Definition, new: &NewDocument) -> Result<(u64, Vec<String>)> {
    let Some(rule) = def.documents.get(&new.kind) else { return Err(Error::invalid("/kind", "unknown")) };
    if new.of > OF_MAX {
        return Err(Error::invalid("/of", "maximum"));
    }
    Ok((rule.max.min(ctx.settings.max_upload), rule.types.clone()))
}

async fn log(
    ctx: &Context,
    tx: &mut crate::postgres::Tx,
    actor: &Actor,
    permit: &Permit,
    loaded: &store::Loaded,
    name: &'static str,
    document: Uuid,
) -> Result<()> {
    let entry = Entry {
        purpose: Some(permit.purpose.clone()),
        case: Some(loaded.row.id),
        post: permit.post.clone(),
        subjects: loaded.subjects.clone(),
        details: json!({"document": document}),
        ..Entry::done(name)
    };
    audit::append(tx, &[audit::seal(actor, entry, ctx.clock.now())]).await
}

/// The documents of a case.
///
/// # Errors
/// Refusals of the policy; those of the database.
#[tracing::instrument(level = "debug", name = "document.list", skip_all)]
pub async fn list_documents(ctx: &Context, actor: &Actor, case: CaseId) -> Result<Vec<DocumentView>> {
    let mut read = view::read(ctx, actor, case, Action::ReadDocument, "document.list").await?;
    let rows = store::documents_of_case(&mut read.tx, &read.permit, case).await?;
    let view::Read { permit, loaded, tx, .. } = read;
    drop(tx);
    view::record(ctx, actor, &permit, &loaded, "document.list").await?;
    Ok(rows.iter().map(DocumentView::from).collect())
}

/// One document and its content.
///
/// # Errors
/// [`Error::NotFound`], also for one that the scanner refused; refusals of the policy; those of the store.
#[tracing::instrument(level = "debug", name = "document.read", skip_all)]
pub async fn open_document(
    ctx: &Context,
    actor: &Actor,
    id: DocumentId,
) -> Result<(DocumentView, BoxStream<'static, Result<Chunk>>)> {
    let mut tx = ctx.db.single().await?;
    let found = store::document(&mut tx, id).await?;
    drop(tx);
    let Some(row) = found else { return ctx.refuse(actor, "document.read", None, Error::NotFound).await };
    let case = CaseId(row.case_id);
    let view::Read { permit, loaded, tx, .. } =
        view::read(ctx, actor, case, Action::ReadDocument, "document.read").await?;
    drop(tx);
    if row.state == "refused" {
        return ctx.refuse(actor, "document.read", Some(case), Error::NotFound).await;
    }
    let hash: [u8; 32] = row.sha256.clone().try_into().map_err(|_| Error::internal("a hash has 32 bytes"))?;
    view::record(ctx, actor, &permit, &loaded, "document.read").await?;
    Ok((DocumentView::from(&row), ctx.files.read(&hash).await?))
}

/// Documents that are scanned in one round.
const ROUND: i64 = 20;

/// Asks the scanner about documents that it has not seen. Without a scanner they stay `received`.
///
/// # Errors
/// Those of the database, the store and the scanner: the next round tries again.
pub async fn scan_waiting(ctx: &Context) -> Result<usize> {
    let Some(scanner) = &ctx.scanner else { return Ok(0) };
    let mut tx = ctx.db.single().await?;
    let waiting = store::unscanned(&mut tx, ROUND).await?;
    drop(tx);
    for document in &waiting {
        let hash: [u8; 32] = document.sha256.clone().try_into().map_err(|_| Error::internal("a hash has 32 bytes"))?;
        let state = match scanner.scan(ctx.files.read(&hash).await?).await? {
            Verdict::Clean => "scanned",
            Verdict::Infected(_) => "refused",
        };
        let mut tx = ctx.db.single().await?;
        store::set_document_state(&mut tx, document.id, state).await?;
    }
    Ok(waiting.len())
}

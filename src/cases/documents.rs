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
use super::perform::{Admitted, KEY_IN_USE, Request, SIMULTANEOUS, admitted, at_counter, attempt_on, known};
use super::prepare::Order;
use super::reading;
use super::sees::Sees;
use super::store::{self, Committed, DocumentRow, Loaded, Sought};
use crate::access::Action;
use crate::audit::{self, Entry};
use crate::engine::definition::{DOCUMENT, Definition};
use crate::engine::workflow::Status;
use crate::files::{self, Chunk, Limits, Stored};
use crate::kernel::{Actor, CaseId, DocumentId, Error, Result};
use crate::postgres::Tx;

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
    let new = NewDocument { file_name: files::file_name(&new.file_name)?, ..new };
    let mut tx = ctx.db.single().await?;
    if let Err(known) = store::check_key(&mut tx, key.as_ref()).await {
        drop(tx);
        let sent = files::digest(stream, ctx.settings.max_upload, patience(ctx)).await?;
        return Err(repeated(ctx, known, &sent).await?);
    }
    let Admitted { def, loaded, .. } = admitted(ctx, &mut tx, actor, Sought::Case(case), Action::AddDocument).await?;
    drop(tx);
    takes_documents(&def, &loaded)?;
    let (max, types) = limits(ctx, &def, &new)?;
    let limits = Limits {
        max,
        allowed: &types,
        declared: new.declared.as_deref(),
        file_name: &new.file_name,
        patience: patience(ctx),
    };
    let stored = ctx.files.receive(stream, limits).await?;
    for _ in 0..TRIES {
        let mut tx = ctx.db.begin().await?;
        let error = match keep(ctx, &mut tx, actor, case, &new, &stored, key.as_ref()).await {
            Ok(row) => return tx.commit().await.map(|()| row),
            Err(error) => error,
        };
        tx.rollback().await;
        match known(ctx, key.as_ref(), error).await {
            Error::Conflict(code) if code == SIMULTANEOUS || code == KEY_IN_USE => {}
            error => return Err(repeated(ctx, error, &stored.sha256).await?),
        }
    }
    Err(Error::Conflict(SIMULTANEOUS.into()))
}

/// How often a document is tried again whose case somebody else changed at that moment.
const TRIES: usize = 8;

/// A repeat is one of the same file only. What is known before the file has arrived is compared with the key; its
/// content with that of the document that the key made.
async fn repeated(ctx: &Context, error: Error, sent: &[u8; 32]) -> Result<Error> {
    let Error::Replayed(replay) = error else { return Ok(error) };
    let made = store::document(&mut ctx.db.single().await?, DocumentId(replay.resource)).await?;
    Ok(match made {
        Some(made) if made.sha256 != sent => Error::KeyReused,
        _ => Error::Replayed(replay),
    })
}

/// How long a sender may be silent.
fn patience(ctx: &Context) -> Duration {
    Duration::from_secs(ctx.settings.request_seconds.into())
}

/// A closed case takes them only where they may reopen it.
pub(super) fn takes_documents(def: &Definition, loaded: &Loaded) -> Result<()> {
    match &loaded.case.flow.status {
        Status::Closed { end, .. } if !def.reopens(DOCUMENT, end) => Err(Error::Conflict("closed".into())),
        _ => Ok(()),
    }
}

/// The row, and what the rules make of it, in one transaction. An upload takes its time: whether the case still takes
/// documents from this actor is asked again.
async fn keep(
    ctx: &Context,
    tx: &mut Tx,
    actor: &Actor,
    case: CaseId,
    new: &NewDocument,
    stored: &Stored,
    key: Option<&RequestKey>,
) -> Result<DocumentRow> {
    files::pin(tx, &ctx.files, &stored.sha256).await?;
    store::hold(tx, case).await?;
    let Admitted { permit, def, loaded, .. } =
        admitted(ctx, tx, actor, Sought::Case(case), Action::AddDocument).await?;
    takes_documents(&def, &loaded)?;
    let row = DocumentRow {
        id: DocumentId::make().0,
        case_id: case.0,
        authority: loaded.row.authority.clone(),
        level: loaded.row.level,
        kind: new.kind.clone(),
        ordinal: i32::try_from(new.of).unwrap_or(0),
        file_name: new.file_name.clone(),
        media_type: stored.media_type.to_owned(),
        size: i64::try_from(stored.size).unwrap_or(i64::MAX),
        sha256: stored.sha256.to_vec(),
        state: "received".into(),
        issued: new.issued,
        added_by: actor.person.ok_or(Error::Forbidden("unknown_person"))?.0,
        added_at: ctx.clock.now(),
    };
    if !store::add_document(tx, &row).await? {
        return Err(Error::Conflict("too_many_documents".into()));
    }
    store::keep_key(tx, key, row.id).await?;
    let entry = Entry {
        purpose: Some(permit.purpose.clone()),
        case: Some(case),
        post: permit.post.clone(),
        subjects: loaded.subjects.clone(),
        details: json!({"document": row.id}),
        ..Entry::done("document.add")
    };
    audit::append(tx, &[audit::seal(&at_counter(ctx, actor, &loaded), entry, ctx.clock.now())]).await?;
    if loaded.case.flow.status.word() != "draft" {
        reconsider(ctx, tx, actor, case, true).await?;
    }
    Ok(row)
}

/// Lets the rules see the documents as they are now, in the caller's transaction.
pub(super) async fn reconsider(ctx: &Context, tx: &mut Tx, actor: &Actor, case: CaseId, added: bool) -> Result<()> {
    let order = Order::Documents { added };
    let request = Request {
        sought: Sought::Case(case),
        action: Action::AddDocument,
        name: "case.documents",
        order,
        key: None,
        expects: None,
    };
    // Looked at within the transaction, which has just changed what the rules are to see.
    let sight = store::look(tx, actor, request.sought).await?;
    match attempt_on(ctx, tx, actor, &request, sight).await?.0 {
        Committed::Written => Ok(()),
        _ => Err(Error::Conflict(SIMULTANEOUS.into())),
    }
}

fn limits(ctx: &Context, def: &Definition, new: &NewDocument) -> Result<(u64, Vec<String>)> {
    let Some(rule) = def.documents.get(&new.kind) else { return Err(Error::invalid("/kind", "unknown")) };
    if new.of > OF_MAX {
        return Err(Error::invalid("/of", "maximum"));
    }
    Ok((rule.max.min(ctx.settings.max_upload), rule.types.clone()))
}

/// The documents of a case.
///
/// # Errors
/// Refusals of the policy; those of the database.
#[tracing::instrument(level = "debug", name = "document.list", skip_all)]
pub async fn list_documents(ctx: &Context, actor: &Actor, case: CaseId) -> Result<Vec<DocumentView>> {
    let mut read = reading::read(ctx, actor, case, Action::ReadDocument, "document.list").await?;
    let rows = store::documents_of_case(&mut read.tx, &read.permit, case).await?;
    let reading::Read { permit, def, loaded, tx } = read;
    drop(tx);
    reading::record(ctx, actor, &permit, &loaded, "document.list").await?;
    let sees = Sees::of(&def, &permit);
    let shown = rows.iter().filter(|row| sees.has(&format!("documents.{}", row.kind)));
    Ok(shown.map(DocumentView::from).collect())
}

/// One document and its content.
///
/// # Errors
/// [`Error::NotFound`], also for one that the scanner refused; [`Error::Conflict`] for one that it has not seen yet;
/// refusals of the policy; those of the store.
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
    let reading::Read { permit, def, loaded, tx } =
        reading::read(ctx, actor, case, Action::ReadDocument, "document.read").await?;
    drop(tx);
    let withheld = match row.state.as_str() {
        _ if !Sees::of(&def, &permit).has(&format!("documents.{}", row.kind)) => Some(Error::NotFound),
        "refused" => Some(Error::NotFound),
        // Where there is a scanner, nobody opens what it has not seen.
        "received" if ctx.scanner.is_some() => Some(Error::Conflict("not_scanned_yet".into())),
        _ => None,
    };
    if let Some(error) = withheld {
        return ctx.refuse(actor, "document.read", Some(case), error).await;
    }
    let hash: [u8; 32] = row.sha256.clone().try_into().map_err(|_| Error::internal("a hash has 32 bytes"))?;
    reading::record(ctx, actor, &permit, &loaded, "document.read").await?;
    Ok((DocumentView::from(&row), ctx.files.read(&hash).await?))
}

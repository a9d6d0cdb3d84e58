//! What the scanner says of documents: a good word lets them be read, a bad one takes them out of the case again.

use serde_json::json;
use uuid::Uuid;

use super::act::NOTICE;
use super::context::Context;
use super::documents::{reconsider, takes_documents};
use super::perform::{Admitted, SIMULTANEOUS, admitted};
use super::store::{self, Sought, Unscanned};
use crate::access::Action;
use crate::audit::{self, Entry};
use crate::files::{Scanner, Verdict};
use crate::kernel::{Actor, CaseId, Error, PersonId, Result};
use crate::postgres::Tx;
use crate::queue::{self, Job};

/// Documents that are looked up at once.
const PAGE: i64 = 20;
/// Documents that are scanned in one round.
const ROUND_MAX: usize = 1_000;
/// Failures one after the other that end a round: the scanner is away, not the document bad.
const FAILURES_MAX: usize = 50;
/// How often a verdict is tried again whose case somebody else changed at that moment.
const TRIES: usize = 8;

/// Asks the scanner about documents that it has not seen. Without a scanner they stay `received`. A document that it
/// cannot judge waits for the next round and keeps none of the others. Gives how many were judged.
///
/// # Errors
/// Those of the database.
pub async fn scan_waiting(ctx: &Context) -> Result<usize> {
    let Some(scanner) = &ctx.scanner else { return Ok(0) };
    let (mut after, mut seen, mut judged, mut failures) = (Uuid::nil(), 0, 0, 0);
    while seen < ROUND_MAX {
        let waiting = store::unscanned(&mut ctx.db.single().await?, after, PAGE).await?;
        let Some(last) = waiting.last() else { break };
        after = last.id;
        seen += waiting.len();
        for document in &waiting {
            match scan(ctx, scanner, document).await {
                Ok(()) => (judged, failures) = (judged + 1, 0),
                Err(error) => {
                    failures += 1;
                    let error = &error as &dyn std::error::Error;
                    tracing::warn!(document = %document.id, error, "a document could not be scanned");
                }
            }
            if failures >= FAILURES_MAX {
                return Ok(judged);
            }
        }
    }
    Ok(judged)
}

async fn scan(ctx: &Context, scanner: &Scanner, document: &Unscanned) -> Result<()> {
    let hash: [u8; 32] = document.sha256.clone().try_into().map_err(|_| Error::internal("a hash has 32 bytes"))?;
    let found = match scanner.scan(ctx.files.read(&hash).await?).await? {
        Verdict::Clean => {
            return store::set_document_state(&mut ctx.db.single().await?, document.id, "scanned").await.map(drop);
        }
        Verdict::Infected(found) => found,
    };
    for _ in 0..TRIES {
        let mut tx = ctx.db.begin().await?;
        match refuse(ctx, &mut tx, document, &found).await {
            Ok(()) => return tx.commit().await,
            // Somebody else moved the case, or closed it meanwhile.
            Err(Error::Conflict(_)) => tx.rollback().await,
            Err(error) => {
                tx.rollback().await;
                return Err(error);
            }
        }
    }
    Err(Error::Conflict(SIMULTANEOUS.into()))
}

/// The document counts no more: the rules see that, the log has it, and who added it is told.
async fn refuse(ctx: &Context, tx: &mut Tx, document: &Unscanned, found: &str) -> Result<()> {
    let (case, system) = (CaseId(document.case_id), Actor::system("scan"));
    store::hold(tx, case).await?;
    if !store::set_document_state(tx, document.id, "refused").await? {
        return Ok(());
    }
    let Admitted { permit, def, loaded, .. } =
        admitted(ctx, tx, &system, Sought::Case(case), Action::AddDocument).await?;
    let counts = loaded.case.flow.status.word() != "draft" && takes_documents(&def, &loaded).is_ok();
    let mut subjects = loaded.subjects;
    subjects.push(PersonId(document.added_by));
    let entry = Entry {
        purpose: Some(permit.purpose),
        case: Some(case),
        subjects,
        details: json!({"document": document.id, "found": found}),
        ..Entry::done("document.refuse")
    };
    audit::append(tx, &[audit::seal(&system, entry, ctx.clock.now())]).await?;
    let payload = json!({"about": ABOUT, "document": document.id, "to": document.added_by,
        "seq": below_zero(document.id)});
    let job = Job::of_case(case, NOTICE, format!("document:{}", document.id), payload);
    queue::enqueue(tx, &[job]).await?;
    if counts {
        reconsider(ctx, tx, &system, case, false).await?;
    }
    Ok(())
}

/// The text of the notice, without `notice-`.
pub const ABOUT: &str = "document_refused";

/// What is no event of the case has a notice with a number below zero, drawn from an id: it keeps the notices about two
/// of them apart and makes one about the same thing the same.
pub fn below_zero(id: Uuid) -> i32 {
    let [.., a, b, c, d] = *id.as_bytes();
    -1 - i32::from_be_bytes([a & 0x7F, b, c, d])
}

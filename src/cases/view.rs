//! What somebody is shown of a case: its state, its deadlines, and what this caller may do next.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::context::Context;
use super::done::{After, Done};
use super::linked::{LodgedView, OpenedByView, OpenedView, RemedyInView};
use super::reading::{Read, read, record};
use super::sees::Sees;
use super::showing::Showing;
use super::store::{self, CertificateRow, Loaded};
use crate::access::{Action, Permit, Purpose, permit};
use crate::engine::definition::{Decision, Definition, Mode};
use crate::engine::workflow::Status;
use crate::kernel::{Actor, CaseId, Result};
use crate::postgres::Tx;

/// A text and what it stands for.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Named {
    pub id: String,
    pub title: String,
}

/// A case as the caller may see it.
#[derive(Debug, Serialize, ToSchema)]
pub struct CaseView {
    pub id: Uuid,
    #[schema(example = "LM-26-7K3F-9QXD-M")]
    pub reference: String,
    pub service: Named,
    pub version: String,
    pub authority: String,
    /// The competent office. This and what follows is absent where another party than the applicant may not know it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub office: Option<Named>,
    #[schema(example = "open")]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// How it ended.
    pub end: Option<Named>,
    pub decision: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Timestamp>,
    pub submitted_at: Option<Timestamp>,
    pub closed_at: Option<Timestamp>,
    pub deadline: Option<DeadlineView>,
    /// The steps that are open.
    pub steps: Vec<StepView>,
    /// What this caller may do next.
    pub actions: Vec<ActionView>,
    pub certificates: Vec<IssuedView>,
    /// True where the case stands still: until a remedy is decided, or the office lifts its holds.
    pub held: bool,
    /// On which grounds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<Named>,
    /// Remedies that were lodged in it, the first first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remedies: Vec<LodgedView>,
    /// The case that this one is a remedy in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy_in: Option<RemedyInView>,
    /// Cases of other services that its steps opened, the first first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub opened: Vec<OpenedView>,
    /// The case that opened this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opened_by: Option<OpenedByView>,
    /// What another party than the applicant sees of `form`, `parties`, `steps`, `documents`, `fees` and `case`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Object)]
    pub excerpt: Option<Value>,
    /// The number of events so far: the strong part of the ETag.
    pub seq: u32,
}

/// The legal limit.
#[derive(Debug, Serialize, ToSchema)]
pub struct DeadlineView {
    /// `running`, `suspended` or `stopped`.
    pub state: String,
    pub limit: u32,
    /// `working_days` or `days`.
    pub unit: String,
    /// The last day; none while it stands or has stopped.
    pub last_day: Option<Date>,
    pub passed: bool,
}

/// An open step.
#[derive(Debug, Serialize, ToSchema)]
pub struct StepView {
    pub id: String,
    pub title: String,
    #[schema(example = "task")]
    pub kind: String,
    pub task: Option<Uuid>,
    pub office: Option<Named>,
    pub entered_at: Timestamp,
    /// The officer's target or, for a party, the last moment.
    pub due_at: Option<Timestamp>,
    pub overdue: bool,
    /// How many officers have come to an outcome, where several do it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub votes: Option<usize>,
    /// The appointment that it is done at, where one was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub appointment: Option<AppointmentView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct AppointmentView {
    pub at: Timestamp,
    pub until: Timestamp,
    /// `in_person` or `online`.
    #[schema(value_type = String, example = "in_person")]
    pub mode: Mode,
}

/// Something that this caller may do now.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActionView {
    #[schema(example = "complete")]
    pub action: String,
    #[schema(example = "POST")]
    pub method: String,
    pub href: String,
    pub step: Option<String>,
    pub task: Option<Uuid>,
    /// The event that can be raised.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event: Option<Named>,
    /// The remedy that can be lodged.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remedy: Option<Named>,
    /// The ground on which the case can be held, or is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<Named>,
    /// What the rules would have the officer do.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advice: Option<AdviceView>,
    /// The outcomes to choose from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<OutcomeView>,
    /// What is asked for: `form`, `documents`, `answers`, `signature`; with a claim `no_ties`, that nothing ties the caller to anybody in the
    /// case.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub wants: Vec<String>,
    /// Members of the form that are asked for, where it is not the whole form.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<String>,
    /// The digest of the form that is to be signed: SHA-256 of its canonical form (RFC 8785), in hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
}

/// What a table advises: to be followed, or overruled with grounds.
#[derive(Debug, Serialize, ToSchema)]
pub struct AdviceView {
    /// The outcome; none where the rules leave it open.
    pub outcome: Option<Named>,
    /// The rows of the table that fit, from 1, and what they were read upon.
    pub rows: Vec<u64>,
    #[schema(value_type = Object)]
    pub inputs: Value,
    pub table: String,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct OutcomeView {
    pub id: String,
    pub title: String,
    pub decision: Option<String>,
    /// Codes of which at least one is given, with grounds in words.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<Named>,
    /// False where a rule does not allow it as the case stands.
    pub offered: bool,
}

/// A certificate that the case issued.
#[derive(Debug, Serialize, ToSchema)]
pub struct IssuedView {
    pub code: String,
    pub template: String,
    pub title: String,
    pub issued_at: Timestamp,
    pub revoked: bool,
}

/// What was read, and by whom it may be changed: for answers with an `ETag`.
pub struct Shown<T> {
    pub view: T,
    pub seq: u32,
    pub language: String,
}

/// A case, its deadlines, and what the caller may do next.
///
/// # Errors
/// Refusals of the policy; those of the database.
#[tracing::instrument(level = "debug", name = "case.read", skip_all)]
pub async fn show(ctx: &Context, actor: &Actor, id: CaseId, accept: &str) -> Result<Shown<CaseView>> {
    let Read { permit, def, loaded, mut tx } = read(ctx, actor, id, Action::ReadCase, "case.read").await?;
    let certificates = certificates(&mut tx, &permit, &loaded).await?;
    drop(tx);
    let shown = present(ctx, actor, &permit, &def, &loaded, &certificates, accept)?;
    record(ctx, actor, &permit, &loaded, "case.read").await?;
    Ok(shown)
}

/// The case as the actor's own act left it. Shown from what was written; the entry of the act says that the actor
/// knows it.
///
/// # Errors
/// Refusals of the policy; those of the database.
#[tracing::instrument(level = "debug", name = "case.show", skip_all)]
pub async fn show_after(ctx: &Context, actor: &Actor, done: Done, accept: &str) -> Result<Shown<CaseView>> {
    let Some(after) = done.after else { return show(ctx, actor, done.case, accept).await };
    let After { def, facts, loaded } = *after;
    let permit = permit(actor, Action::ReadCase, &facts, Purpose::OwnCase)?;
    let certificates = if loaded.row.around.certified {
        certificates(&mut ctx.db.single().await?, &permit, &loaded).await?
    } else {
        Vec::new()
    };
    present(ctx, actor, &permit, &def, &loaded, &certificates, accept)
}

async fn certificates(tx: &mut Tx, permit: &Permit, loaded: &Loaded) -> Result<Vec<CertificateRow>> {
    if loaded.row.around.certified {
        store::certificates_of_case(tx, permit, loaded.row.id).await
    } else {
        Ok(Vec::new())
    }
}

fn present(
    ctx: &Context,
    actor: &Actor,
    permit: &Permit,
    def: &Definition,
    loaded: &Loaded,
    certificates: &[CertificateRow],
    accept: &str,
) -> Result<Shown<CaseView>> {
    let language = language(def, accept);
    let shown = Showing { ctx, def, case: &loaded.case, language: &language, around: &loaded.row.around };
    let flow = &loaded.case.flow;
    let sees = Sees::of(def, permit);
    let certificates = certificates.iter().filter(|_| permit.narrowed_to.is_none()).map(|c| IssuedView {
        code: c.code.clone(),
        template: c.template.clone(),
        title: def
            .templates
            .get(&c.template)
            .map_or_else(|| c.template.clone(), |t| shown.text(&t.head().kind_text, None)),
        issued_at: c.issued_at,
        revoked: c.revoked_at.is_some(),
    });
    let view = CaseView {
        id: loaded.row.id.0,
        reference: loaded.row.reference.clone(),
        service: Named { id: def.id.clone(), title: shown.text("service", None) },
        version: loaded.row.version.clone(),
        authority: loaded.row.authority.clone(),
        office: sees.only("case.office", shown.office(&loaded.row.office)),
        status: sees.only("case.status", flow.status.word().to_owned()),
        end: sees.only("case.end", shown.end()).flatten(),
        decision: sees.only("case.decision", flow.decision.map(decision_word)).flatten(),
        created_at: sees.only("case.opened", loaded.row.created_at),
        submitted_at: sees.only("case.submitted", flow.marks.get("submitted").copied()).flatten(),
        closed_at: match &flow.status {
            Status::Closed { at, .. } => sees.only("case.end", *at),
            _ => None,
        },
        deadline: sees.only("case", shown.deadline()).flatten(),
        steps: shown.steps(&sees),
        actions: shown.actions(actor, permit, loaded)?,
        certificates: certificates.collect(),
        held: sees.only("case.status", flow.is_held()).unwrap_or_default(),
        holds: sees.only("case.status", shown.holds()).unwrap_or_default(),
        remedies: shown.lodged(permit),
        remedy_in: flow.link.as_deref().map(|link| RemedyInView {
            case: link.of.0,
            reference: link.reference.clone(),
            remedy: link.remedy.clone(),
            level: link.level,
        }),
        opened: shown.opened(permit),
        opened_by: flow.parent.as_deref().filter(|_| permit.narrowed_to.is_none()).map(|parent| OpenedByView {
            case: parent.case.0,
            reference: parent.reference.clone(),
            service: parent.service.clone(),
        }),
        excerpt: sees.excerpt(def, &loaded.case, ctx.clock.now()),
        seq: flow.seq,
    };
    Ok(Shown { view, seq: flow.seq, language })
}

/// The language of a service that fits best.
#[must_use]
pub fn language(def: &Definition, accept: &str) -> String {
    crate::engine::texts::negotiate(accept, &def.languages)
}

#[must_use]
pub fn decision_word(decision: Decision) -> String {
    match decision {
        Decision::Favourable => "favourable".into(),
        Decision::Adverse => "adverse".into(),
    }
}

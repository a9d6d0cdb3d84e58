//! How the work of an office stands, for whoever supervises it: what waits and what is late, and beside how fast it decides how
//! often it is complained of. Counts alone, of no case in particular.

use jiff::{Timestamp, ToSpan};
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use super::context::Context;
use super::store;
use super::view::Named;
use crate::access::{Action, Facts, Purpose, permit};
use crate::audit::{self, Entry};
use crate::engine::check::text_id;
use crate::engine::definition::language::Agencies;
use crate::engine::texts::negotiate;
use crate::kernel::clock::machine_now;
use crate::kernel::{Actor, Error, Result};

/// Days that are looked back for speed and complaints.
pub const DAYS: i64 = 90;
/// Offices above one another.
const DEPTH_MAX: usize = 50;

/// The work of an office.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfficeView {
    pub office: Named,
    /// What waits at its desks, the step with the most that is late first.
    pub load: Vec<LoadView>,
    pub waiting: i64,
    pub overdue: i64,
    /// Where the most is late or, where nothing is, where the most waits; none where nothing waits.
    pub bottleneck: Option<LoadView>,
    pub results: ResultsView,
}

/// A step of a service at this office.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LoadView {
    pub service: Named,
    pub step: Named,
    pub waiting: i64,
    /// Held by nobody.
    pub unclaimed: i64,
    pub overdue: i64,
    /// Since when the oldest waits.
    pub oldest: Option<Timestamp>,
}

/// What became of the cases of the last 90 days. Speed is never told without the complaints.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResultsView {
    pub days: i64,
    pub opened: i64,
    pub decided: i64,
    /// Days from submission to decision, of those decided.
    pub median_days: Option<f64>,
    /// Decided after the last day of the legal limit, or past it and not decided.
    pub late: i64,
    /// Remedies that were lodged, and how many of them led to a change.
    pub complaints: i64,
    pub changed_by_complaints: i64,
}

/// The roles and offices from which an office is overseen: its own, and those above it.
pub(super) fn overseers(agencies: &Agencies, office: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut at = Some(office);
    for _ in 0..DEPTH_MAX {
        let Some((id, known)) = at.and_then(|id| Some((id, agencies.offices.get(id)?))) else { break };
        let supervises = |role: &&String| agencies.roles.get(*role).is_some_and(|r| r.supervises);
        found.extend(known.roles.iter().filter(supervises).map(|role| (role.clone(), id.to_owned())));
        at = known.parent.as_deref();
    }
    found
}

/// How the work of an office stands.
///
/// # Errors
/// [`Error::NotFound`] where there is no such office; [`Error::Forbidden`] for who does not supervise it; those of the
/// database.
#[tracing::instrument(level = "debug", name = "office.oversee", skip_all)]
pub async fn oversee(ctx: &Context, actor: &Actor, office: &str, accept: &str) -> Result<OfficeView> {
    let agencies = &ctx.catalogue.country().agencies;
    let Some(known) = agencies.offices.get(office) else {
        return ctx.refuse(actor, "office.oversee", None, Error::NotFound).await;
    };
    let facts = Facts { office: office.to_owned(), overseen_by: overseers(agencies, office), ..Facts::default() };
    let permit = match permit(actor, Action::Oversee, &facts, Purpose::OwnCase) {
        Ok(permit) => permit,
        Err(error) => return ctx.refuse(actor, "office.oversee", None, error).await,
    };
    let now = ctx.clock.now();
    // Ids are made by the machine's clock.
    let since = machine_now().checked_sub((DAYS * 24).hours()).unwrap_or(Timestamp::MIN);
    let mut tx = ctx.db.single().await?;
    let load = store::load_of(&mut tx, &permit, office).await?;
    let results = store::results_of(&mut tx, &permit, office, since).await?;
    drop(tx);
    let languages = ctx.catalogue.on_offer(now).next().map(|def| def.languages.clone()).unwrap_or_default();
    let language = negotiate(accept, &languages);
    let title = |names: &std::collections::BTreeMap<String, String>, id: &str| {
        names.get(&language).or(names.values().next()).cloned().unwrap_or_else(|| id.to_owned())
    };
    let load: Vec<LoadView> = load.into_iter().map(|row| loaded(ctx, row, &language, now)).collect();
    let bottleneck = load.iter().max_by_key(|row| (row.overdue, row.waiting)).cloned();
    let entry = Entry {
        post: permit.post.clone(),
        purpose: Some(permit.purpose.clone()),
        details: json!({"office": office}),
        ..Entry::done("office.oversee")
    };
    ctx.recorder.record(audit::seal(actor, entry, now)).await?;
    Ok(OfficeView {
        office: Named { id: office.to_owned(), title: title(&known.name, office) },
        waiting: load.iter().map(|row| row.waiting).sum(),
        overdue: load.iter().map(|row| row.overdue).sum(),
        bottleneck,
        load,
        results,
    })
}

fn loaded(ctx: &Context, row: store::LoadRow, language: &str, now: Timestamp) -> LoadView {
    let def = ctx.catalogue.in_force(&row.service, now);
    let text = |id: &str, fallback: &str| {
        let found = def.and_then(|def| def.texts.format(language, id, None, &Default::default()));
        found.unwrap_or_else(|| fallback.to_owned())
    };
    LoadView {
        service: Named { title: text("service", &row.service), id: row.service },
        step: Named { title: text(&text_id("step", &row.step), &row.step), id: row.step },
        waiting: row.waiting,
        unclaimed: row.unclaimed,
        overdue: row.overdue,
        oldest: row.oldest,
    }
}

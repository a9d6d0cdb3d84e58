//! What happened in a case, and what was decided and why.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use utoipa::ToSchema;

use super::context::Context;
use super::reading;
use super::showing::Showing;
use super::store::{self, EventRow};
use super::view::{self, Named};
use crate::access::Action;
use crate::engine::check::{decided_text, text_id};
use crate::engine::definition::MESSAGE;
use crate::engine::workflow::TokenId;
use crate::kernel::{Actor, CaseId, Result};

/// Something that happened. Names no person otherwise than by id.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventView {
    pub seq: i32,
    /// When it took effect.
    pub at: Timestamp,
    #[schema(example = "step_entered")]
    pub kind: String,
    /// Codes and ids that belong to this kind.
    #[schema(value_type = Object)]
    pub details: Value,
    /// Role, office and channel under which it was done.
    #[schema(value_type = Object)]
    pub by: Value,
}

/// Events of a case, oldest first.
///
/// # Errors
/// Refusals of the policy; those of the database.
#[tracing::instrument(level = "debug", name = "case.read_events", skip_all)]
pub async fn events(ctx: &Context, actor: &Actor, case: CaseId, after: i32, limit: i64) -> Result<Vec<EventView>> {
    let mut read = reading::read(ctx, actor, case, Action::ReadEvents, "case.read_events").await?;
    let rows = store::events_of_case(&mut read.tx, &read.permit, case, after, limit).await?;
    let reading::Read { permit, loaded, tx, .. } = read;
    drop(tx);
    reading::record(ctx, actor, &permit, &loaded, "case.read_events").await?;
    // Who acted is told to staff by id; to a citizen, by role and office.
    let whole = permit.post.is_some();
    Ok(rows.into_iter().map(|row| event(row, whole)).collect())
}

fn event(row: EventRow, whole: bool) -> EventView {
    let mut details = row.body;
    if let Value::Object(members) = &mut details {
        members.remove("kind");
        if !whole {
            for who in ["by", "person", "recused", "excluded"] {
                members.remove(who);
            }
            // That another side wrote to the office is its own affair.
            if members.get("event").is_some_and(|event| event == MESSAGE) {
                members.remove("event");
            }
        }
    }
    let shown: &[&str] =
        if whole { &["person", "acting_for", "role", "office", "channel"] } else { &["role", "office", "channel"] };
    let by = shown.iter().filter_map(|name| Some(((*name).to_owned(), row.actor.get(*name)?.clone())));
    let by = Value::Object(by.filter(|(_, v)| !v.is_null()).collect());
    EventView { seq: row.seq, at: row.at, kind: row.kind, details, by }
}

/// A decision with its reasons, and what can be done against it.
#[derive(Debug, Serialize, ToSchema)]
pub struct DecisionView {
    pub at: Timestamp,
    #[schema(example = "adverse")]
    pub decision: String,
    pub step: Named,
    pub outcome: Option<Named>,
    /// Codes with their legal ground.
    pub reasons: Vec<ReasonView>,
    /// The decider's own words.
    pub grounds: Option<String>,
    /// Role and office that decided; none where a rule did.
    pub role: Option<String>,
    pub office: Option<Named>,
    pub remedies: Vec<RemedyView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct ReasonView {
    pub id: String,
    pub title: String,
    pub legal_ground: String,
}

/// What the person may do against a decision.
#[derive(Debug, Serialize, ToSchema)]
pub struct RemedyView {
    pub id: String,
    pub title: String,
    /// The service whose case it becomes; none where it is lodged elsewhere.
    pub service: Option<String>,
    /// To whom, first instance first.
    pub role: String,
    /// The last day on which it can be lodged with the first; the others count from the decision of the one below.
    pub until: Option<Date>,
    pub within: String,
}

/// Every event of a case is read for its decisions; a case has some hundred at most.
const EVENTS_MAX: i64 = 5_000;

/// What was decided in a case, oldest first.
///
/// # Errors
/// Refusals of the policy; those of the database.
#[tracing::instrument(level = "debug", name = "case.read_decisions", skip_all)]
pub async fn decisions(ctx: &Context, actor: &Actor, case: CaseId, accept: &str) -> Result<Vec<DecisionView>> {
    let mut read = reading::read(ctx, actor, case, Action::ReadDecisions, "case.read_decisions").await?;
    let rows = store::events_of_case(&mut read.tx, &read.permit, case, 0, EVENTS_MAX).await?;
    let reading::Read { permit, def, loaded, tx } = read;
    drop(tx);
    let language = view::language(&def, accept);
    let showing = Showing { ctx, def: &def, case: &loaded.case, language: &language, around: &loaded.row.around };
    // Of each decision its own round: a step may be decided again.
    let chosen: BTreeMap<u64, &str> =
        rows.iter().filter(|row| row.kind == "step_answered").filter_map(answered).collect();
    let views = rows.iter().filter(|row| row.kind == "decided").map(|row| decision(&showing, row, &chosen)).collect();
    reading::record(ctx, actor, &permit, &loaded, "case.read_decisions").await?;
    Ok(views)
}

/// Token and outcome of a step that was answered.
fn answered(row: &EventRow) -> Option<(u64, &str)> {
    Some((row.body.get("token")?.as_u64()?, row.body.get("outcome")?.as_str()?))
}

fn decision(showing: &Showing<'_>, row: &EventRow, chosen: &BTreeMap<u64, &str>) -> DecisionView {
    let text = |name: &str| row.body.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
    let step = text("step");
    let token: TokenId =
        row.body.get("token").and_then(Value::as_u64).and_then(|t| u32::try_from(t).ok()).unwrap_or_default();
    let grounds = showing.case.data.grounds.get(&token);
    let codes: Vec<String> =
        row.body.get("reasons").and_then(|r| serde_json::from_value(r.clone()).ok()).unwrap_or_default();
    let reason = |code: &String| ReasonView {
        title: showing.text(&text_id("reason", code), None),
        legal_ground: showing.def.reasons.get(code).cloned().unwrap_or_default(),
        id: code.clone(),
    };
    let outcome = chosen.get(&u64::from(token)).map(|outcome| (*outcome).to_owned());
    let actor = |name: &str| row.actor.get(name).and_then(Value::as_str).map(str::to_owned);
    let is_final = row.body.get("final").and_then(Value::as_bool).unwrap_or_default();
    let by_person = row.body.get("by").is_some();
    DecisionView {
        at: row.at,
        decision: text("decision"),
        outcome: outcome.map(|o| {
            // Only what an officer chooses has a name of its own.
            let title = showing.outcome(&step, &o);
            Named { id: o, title }
        }),
        reasons: codes.iter().map(reason).collect(),
        grounds: grounds.map(|g| g.words.clone()).filter(|w| !w.is_empty()),
        role: actor("role").filter(|_| by_person),
        office: actor("office").filter(|_| by_person).map(|o| showing.office(&o)),
        remedies: if is_final { Vec::new() } else { remedies(showing, &step, row.at) },
        step: Named { title: showing.text(&decided_text(showing.def, &step), None), id: step },
    }
}

/// What is open against a decision of this step, with its last day. Where the case is a remedy itself, the instances are
/// those that are left of it.
#[must_use]
pub fn remedies(showing: &Showing<'_>, step: &str, at: Timestamp) -> Vec<RemedyView> {
    let (def, link) = (showing.def, showing.case.flow.link.as_deref());
    let mut views = Vec::new();
    for (id, remedy) in def.remedies.iter().filter(|(_, r)| r.against.iter().any(|s| s == step)) {
        let first = link.filter(|_| remedy.from_link).and_then(|link| {
            let root = showing.ctx.catalogue.version(&link.service, &link.version)?;
            Some((root.remedies.get(&link.remedy)?, usize::try_from(link.level).unwrap_or(usize::MAX)))
        });
        let (rules, passed) = first.unwrap_or((remedy, 0));
        for (nth, level) in rules.levels.iter().skip(passed).enumerate() {
            let last = || def.time.day_of(level.within.end(at, &def.time)).yesterday().ok();
            views.push(RemedyView {
                id: id.clone(),
                title: showing.text(&text_id("remedy", id), None),
                service: rules.service.clone(),
                role: level.role.clone(),
                until: if nth == 0 { last() } else { None },
                within: level.within.to_string(),
            });
        }
    }
    views
}

//! Rows of tasks and demands that events made or changed.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{DemandRow, TaskRow, never};
use crate::engine::definition::{Definition, Verb};
use crate::engine::workflow::{DemandState, Event, Flow, StepKind, TokenId, What};
use crate::kernel::random;

/// The tokens that the events touched, as they are afterwards.
pub fn task_rows(def: &Definition, before: Option<&Flow>, after: &Flow, events: &[Event]) -> Vec<TaskRow> {
    let mut rows: BTreeMap<TokenId, TaskRow> = BTreeMap::new();
    // What time is left after a hold, is that of each step.
    let touched = events.iter().flat_map(|event| tokens_of(&event.what).into_iter().map(move |token| (token, event)));
    for (token, event) in touched {
        if let What::StepEntered { step, verb, office, target, expires, .. } = &event.what {
            rows.extend(
                new_task(def, after, token, step, *verb, office.clone(), event.at, target.or(*expires))
                    .map(|t| (token, t)),
            );
            continue;
        }
        if let std::collections::btree_map::Entry::Vacant(row) = rows.entry(token) {
            let Some(old) = before.and_then(|f| f.tokens.get(&token)) else { continue };
            let due = old.target.or(old.expires);
            let Some(mut task) = new_task(def, after, token, &old.step, old.kind, old.office.clone(), old.entered, due)
            else {
                continue;
            };
            (task.holder, task.overdue) = (old.holder, old.overdue);
            row.insert(task);
        }
        if let Some(row) = rows.get_mut(&token) {
            change_task(row, &event.what, event.at);
        }
    }
    for (token, row) in &mut rows {
        if let Some(now) = after.tokens.get(token).filter(|_| row.state == "open") {
            row.due_at = now.target.or(now.expires).unwrap_or(row.due_at);
        }
    }
    rows.into_values().collect()
}

fn tokens_of(what: &What) -> Vec<TokenId> {
    match what {
        What::Unheld { moved, .. } => moved.iter().map(|moved| moved.token).collect(),
        What::StepEntered { token, .. }
        | What::StepAnswered { token, .. }
        | What::StepExpired { token, .. }
        | What::StepOverdue { token, .. }
        | What::StepCancelled { token, .. }
        | What::Claimed { token, .. }
        | What::Transferred { token, .. }
        | What::Voted { token, .. }
        | What::Released { token } => vec![*token],
        _ => Vec::new(),
    }
}

#[expect(clippy::too_many_arguments, reason = "the columns of a row")]
fn new_task(
    def: &Definition,
    flow: &Flow,
    token: TokenId,
    step: &str,
    kind: StepKind,
    office: Option<String>,
    entered_at: Timestamp,
    due: Option<Timestamp>,
) -> Option<TaskRow> {
    let verb = def.steps.get(step).map(|s| &s.verb);
    let (kind, role, party) = match (kind, verb) {
        (StepKind::Task, Some(Verb::Task { role, .. })) => ("task", Some(flow.role_for(role).to_owned()), None),
        (StepKind::Ask, Some(Verb::Ask { of, .. })) => ("ask", None, Some(of.clone())),
        (StepKind::Charge, Some(Verb::Charge { of, .. })) => ("charge", None, Some(of.clone())),
        _ => return None,
    };
    let (step, due_at) = (step.to_owned(), due.unwrap_or_else(never));
    let state = "open";
    let (holder, overdue, outcome, done_at) = (None, false, None, None);
    Some(TaskRow {
        id: random::uuid(),
        token,
        step,
        kind,
        office,
        role,
        party,
        state,
        holder,
        entered_at,
        due_at,
        overdue,
        outcome,
        done_at,
    })
}

fn change_task(row: &mut TaskRow, what: &What, at: Timestamp) {
    match what {
        What::StepAnswered { outcome, .. } => {
            (row.state, row.outcome, row.done_at) = ("done", Some(outcome.clone()), Some(at));
        }
        What::StepExpired { .. } | What::StepCancelled { .. } => (row.state, row.done_at) = ("cancelled", Some(at)),
        What::StepOverdue { .. } => row.overdue = true,
        What::Claimed { by, .. } => row.holder = Some(*by),
        What::Released { .. } | What::Voted { .. } => row.holder = None,
        What::Transferred { office, .. } => (row.office, row.holder) = (Some(office.clone()), None),
        _ => {}
    }
}

/// Demands that the events made or moved.
pub fn demand_rows(after: &Flow, events: &[Event]) -> Vec<DemandRow> {
    let mut touched: BTreeSet<TokenId> = BTreeSet::new();
    let mut made: BTreeMap<TokenId, (Value, Option<Timestamp>)> = BTreeMap::new();
    for event in events {
        match &event.what {
            What::StepEntered { token, charge: Some(charge), expires, .. } => {
                made.insert(*token, (json!(charge.items), *expires));
                touched.insert(*token);
            }
            What::PaymentSettled { demand } | What::PaymentReturned { demand, .. } => drop(touched.insert(*demand)),
            What::StepExpired { token, .. } | What::StepCancelled { token, .. } => drop(touched.insert(*token)),
            _ => {}
        }
    }
    let row = |token: TokenId| {
        let demand = after.demands.get(&token)?;
        let state = match demand.state {
            DemandState::Due => "due",
            DemandState::Paid => "paid",
            DemandState::Void => "void",
            DemandState::Returned => "returned",
        };
        let (items, until) = made.get(&token).cloned().unwrap_or((Value::Null, None));
        Some(DemandRow { token, fee: demand.fee.clone(), amount: demand.amount, items, state, until })
    };
    touched.into_iter().filter_map(row).collect()
}

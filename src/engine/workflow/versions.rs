//! A case under another version of its service: whether it fits, and how it is taken there.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::decide::Turn;
use super::event::What;
use super::refusal::Refusal;
use super::state::{Case, StepKind};
use crate::engine::definition::{Definition, Moves, Verb};

/// Why a case does not fit another version, in sentences; none where it does. `old` is the version that it has.
#[must_use]
pub fn misfits(old: &Definition, new: &Definition, case: &Case, now: Timestamp) -> Vec<String> {
    let flow = &case.flow;
    let Some(moves) = new.moves.get(&old.version) else {
        return vec![format!("version {} says nothing of cases of {}", new.version, old.version)];
    };
    let mut found = Vec::new();
    if !flow.is_open() {
        found.push("it is not open".to_owned());
    }
    if flow.is_held() {
        found.push("it stands still".to_owned());
    }
    if flow.next_due().is_some_and(|due| due <= now) {
        found.push("something has fallen due, which comes first".to_owned());
    }
    for token in flow.tokens.values() {
        let to = moved(moves, &token.step);
        let (Some(was), Some(is)) = (old.steps.get(&token.step), new.steps.get(to)) else {
            found.push(format!("the step `{}` has no place in it", token.step));
            continue;
        };
        if super::settle::kind(&is.verb) != token.kind {
            found.push(format!("the step `{to}` is of another kind than `{}`", token.step));
        }
        let opened = token.place.scope.and_then(|scope| flow.tokens.get(&scope)).map(|t| moved(moves, &t.step));
        if new.branch_of(to) != opened {
            found.push(format!("the step `{to}` is not in the same branch there"));
        }
        let differs = match (&was.verb, &is.verb) {
            (Verb::Task { need: was, .. }, Verb::Task { need, .. }) => was != need,
            (Verb::Ask { need: had, signature: signed, own: stated, .. }, Verb::Ask { need, signature, own, .. }) => {
                had != need || signed != signature || stated.is_some() != own.is_some()
            }
            _ => false,
        };
        if differs && !token.votes.is_empty() {
            found.push(format!("the step `{to}` needs another number of people, and some have come to an outcome"));
        }
        for outcome in was.outcomes.keys().filter(|outcome| !is.outcomes.contains_key(*outcome)) {
            found.push(format!("the step `{to}` has no outcome `{outcome}`"));
        }
        let fee = flow.demands.iter().find(|(id, _)| flow.tokens.get(id) == Some(token)).map(|(_, d)| &d.fee);
        if let Some(fee) = fee.filter(|fee| token.kind == StepKind::Charge && !new.fees.contains_key(*fee)) {
            found.push(format!("the fee `{fee}` that is due is not there"));
        }
    }
    if let Some(form) = new.form.as_ref().filter(|_| case.data.form.is_object()) {
        let faults = form.check(&case.data.form);
        found.extend(faults.iter().take(5).map(|fault| format!("the form: {} at {}", fault.code, fault.pointer)));
    }
    found
}

fn moved<'a>(moves: &'a Moves, step: &'a str) -> &'a str {
    moves.get(step).map_or(step, String::as_str)
}

impl Turn<'_> {
    /// Takes the case over to the version at hand. Whether it fits was looked at, with the old one, by the caller; what must
    /// hold in any case is looked at again.
    pub(super) fn migrate(&mut self) -> Result<(), Refusal> {
        self.open()?;
        let (def, from) = (self.def, self.case.flow.version.clone());
        let moves = def.moves.get(&from).ok_or(Refusal::WrongVersion)?;
        for token in self.case.flow.tokens.values() {
            let step = def.steps.get(moved(moves, &token.step)).ok_or_else(|| Refusal::NoRoute(token.step.clone()))?;
            if super::settle::kind(&step.verb) != token.kind {
                return Err(Refusal::NoRoute(token.step.clone()));
            }
        }
        let data = &mut self.case.data;
        let renamed = |name: String| moved(moves, &name).to_owned();
        data.steps = std::mem::take(&mut data.steps).into_iter().map(|(step, v)| (renamed(step), v)).collect();
        data.history = std::mem::take(&mut data.history).into_iter().map(|(step, v)| (renamed(step), v)).collect();
        self.restated = true;
        let steps: BTreeMap<String, String> = moves.clone();
        self.emit(What::Migrated { version: def.version.clone(), steps });
        Ok(())
    }
}

//! Remedies: what is open against a decision, a case that is lodged as one, and what its end does to this one.

use std::collections::BTreeSet;

use serde_json::json;

use super::decide::Turn;
use super::event::{Doer, What};
use super::links::MOOT;
use super::refusal::Refusal;
use super::state::{Flow, TokenId};
use crate::engine::calendar::Duration;
use crate::engine::definition::{Arrow, Definition, EndResult, Level, Remedy};
use crate::kernel::{CaseId, PersonId};

/// Stands for the visit to a step where a decision comes from outside of all.
pub const OUTSIDE: TokenId = TokenId::MAX >> 1;
/// How many remedies a case takes, over all generations.
const REMEDIES_MAX: usize = 100;

/// What can be done against the last decision, and by whom: whether it is too late is for the instance to say, whose time
/// may stand elsewhere.
pub fn open_remedies<'d>(def: &'d Definition, flow: &Flow) -> impl Iterator<Item = (&'d str, &'d Remedy)> {
    let step = flow.decided_in.clone().filter(|_| flow.decision.is_some() && !flow.is_final);
    let open = move |remedy: &Remedy| step.as_ref().is_some_and(|step| remedy.against.contains(step));
    def.remedies.iter().filter(move |(_, remedy)| open(remedy)).map(|(id, remedy)| (id.as_str(), remedy))
}

/// Who hears a remedy, in which service, and what it has effect on.
#[derive(Debug, Clone)]
pub struct Instance {
    /// The case on which it has effect, and the rules of that one.
    pub root: CaseId,
    pub root_service: String,
    pub root_version: String,
    /// What the remedy is called there.
    pub remedy: String,
    pub level: u32,
    pub rule: Level,
    /// The service whose case it is.
    pub service: String,
}

/// The instance that hears a remedy against the decision of a case: the first, or where the case is a remedy itself the
/// next. `version` finds the rules of the first case.
///
/// # Errors
/// [`Refusal::NoRemedy`] where there is no (further) instance, or it is none of ours.
pub fn instance<'d>(
    def: &'d Definition,
    flow: &Flow,
    of: CaseId,
    remedy: &str,
    version: impl FnOnce(&str, &str) -> Option<&'d Definition>,
) -> Result<Instance, Refusal> {
    let own = def.remedies.get(remedy).ok_or(Refusal::NoRemedy)?;
    let (root, root_service, root_version, remedy, level, rules) = match flow.link.as_deref() {
        Some(link) if own.from_link => {
            let first = version(&link.service, &link.version).and_then(|def| def.remedies.get(&link.remedy));
            let service = (link.service.clone(), link.version.clone());
            (link.root, service.0, service.1, link.remedy.clone(), link.level + 1, first.ok_or(Refusal::NoRemedy)?)
        }
        _ => (of, def.id.clone(), def.version.clone(), remedy.to_owned(), 1, own),
    };
    let at = usize::try_from(level - 1).unwrap_or(usize::MAX);
    let rule = rules.levels.get(at).cloned().ok_or(Refusal::NoRemedy)?;
    let service = rules.service.clone().ok_or(Refusal::NoRemedy)?;
    Ok(Instance { root, root_service, root_version, remedy, level, rule, service })
}

/// Who hears nothing of a remedy against the decision of a case: whoever decided it, and was shut out from it already.
#[must_use]
pub fn excluded(flow: &Flow) -> Vec<PersonId> {
    flow.deciders.union(&flow.recused).copied().collect()
}

impl Turn<'_> {
    /// A remedy against what was decided last. The time runs from the decision.
    pub(super) fn lodge(
        &mut self,
        case: CaseId,
        remedy: &str,
        level: u32,
        within: Duration,
        party: &str,
        by: Doer,
    ) -> Result<(), Refusal> {
        let decided = self.case.flow.decided.ok_or(Refusal::NotDecided)?;
        let def = self.def;
        let (_, rule) = open_remedies(def, &self.case.flow).find(|(id, _)| *id == remedy).ok_or(Refusal::NoRemedy)?;
        if !rule.by.iter().any(|may| may == party) {
            return Err(Refusal::NoRemedy);
        }
        let flow = &self.case.flow;
        if flow.pending().is_some() {
            return Err(Refusal::AppealPending);
        }
        let same =
            |a: &&super::links::Appeal| a.remedy == remedy && a.party == party && a.generation == flow.generation;
        if flow.appeals.iter().any(|a| same(&a)) {
            return Err(Refusal::AlreadyLodged);
        }
        if within.end(decided, &def.time) <= self.at {
            return Err(Refusal::TooLate);
        }
        self.lodged(case, remedy, level, party, by)?;
        if rule.suspends && self.case.flow.is_open() {
            self.emit(What::Held { hold: remedy.to_owned(), by: None });
        }
        Ok(())
    }

    /// A remedy of this case goes to the next instance.
    pub(super) fn further(
        &mut self,
        case: CaseId,
        remedy: &str,
        level: u32,
        party: &str,
        by: Doer,
    ) -> Result<(), Refusal> {
        let rule = self.def.remedies.get(remedy).ok_or(Refusal::NoRemedy)?;
        if self.case.flow.pending().is_some() {
            return Err(Refusal::AppealPending);
        }
        self.lodged(case, remedy, level, party, by)?;
        if rule.suspends && self.case.flow.is_open() {
            self.emit(What::Held { hold: remedy.to_owned(), by: None });
        }
        Ok(())
    }

    fn lodged(&mut self, case: CaseId, remedy: &str, level: u32, party: &str, by: Doer) -> Result<(), Refusal> {
        if self.case.flow.appeals.len() >= REMEDIES_MAX {
            return Err(Refusal::TooMany);
        }
        let (remedy, party) = (remedy.to_owned(), party.to_owned());
        self.emit(What::AppealLodged { case, remedy, level, party, by });
        Ok(())
    }

    /// A remedy has ended. That of another case, or of one that is not pending any more, does nothing.
    pub(super) fn settled(&mut self, case: CaseId, end: &str, deciders: &[PersonId]) -> Result<(), Refusal> {
        let Some(pending) = self.case.flow.pending().filter(|p| p.case == case).cloned() else { return Ok(()) };
        let def = self.def;
        let kept = self.case.data.events.entry(pending.remedy.clone()).or_default();
        kept.push(json!({"at": self.at, "level": pending.level, "end": end}));
        self.restated = true;
        let arrows = def.remedies.get(&pending.remedy).and_then(|remedy| remedy.then.get(end));
        let arrow = self.arrow(arrows.map_or(&[], Vec::as_slice))?;
        // Whose decision does not stand does not decide again, nor does who heard the remedy.
        let mut recused: BTreeSet<PersonId> = deciders.iter().copied().collect();
        if arrow.is_some() {
            recused.extend(&self.case.flow.deciders);
        }
        let recused = recused.into_iter().collect();
        self.emit(What::AppealSettled { case, end: end.to_owned(), recused, effective: arrow.is_some() });
        self.unhold(&pending.remedy, None);
        match arrow {
            Some(arrow) => self.led(&pending.remedy, arrow),
            None => Ok(()),
        }
    }

    /// Goes where something from outside the steps leads: a remedy that was decided, or silence.
    pub(super) fn led(&mut self, by: &str, arrow: &Arrow) -> Result<(), Refusal> {
        if !self.case.flow.is_open() {
            self.emit(What::Reopened);
        }
        if let Some(decision) = arrow.decision {
            self.decided(decision, by, OUTSIDE, arrow.reasons.clone(), None, arrow.last.is_some());
        }
        self.turn_to(arrow, &[])
    }

    /// The remedy that is pending, if one is, has nothing left that it could be against.
    pub(super) fn end_pending(&mut self) {
        if let Some((case, remedy)) = self.case.flow.pending().map(|appeal| (appeal.case, appeal.remedy.clone())) {
            self.emit(What::AppealMoot { case });
            self.unhold(&remedy, None);
        }
    }

    /// This case is a remedy against what is not there any more: it ends without a decision.
    pub(super) fn moot(&mut self) -> Result<(), Refusal> {
        if self.case.flow.is_open() {
            self.end_pending();
            self.close(MOOT, EndResult::Neutral);
        }
        Ok(())
    }
}

//! What a decider hands in besides the facts: which outcome, for which reasons, on what grounds.

use super::command::Completion;
use super::refusal::Refusal;
use super::state::Grounds;
use crate::engine::definition::Arrow;
use crate::kernel::Fault;

/// The outcome meant: the one given, or the only one.
pub(super) fn chosen<'s>(step: &'s crate::engine::definition::Step, given: Option<&str>) -> Result<&'s str, Refusal> {
    match given {
        Some(name) => step.outcomes.get_key_value(name).map(|(n, _)| n.as_str()).ok_or(Refusal::NoSuchOutcome),
        None if step.outcomes.len() == 1 => {
            step.outcomes.keys().next().map(String::as_str).ok_or(Refusal::NoSuchOutcome)
        }
        None => Err(Refusal::Invalid(vec![Fault::new("/outcome", "required")])),
    }
}

/// Reasons are among those that the arrow lists, and are given in words as well.
pub(super) fn check_grounds(arrow: &Arrow, done: &Completion) -> Result<Option<Grounds>, Refusal> {
    let words = done.grounds.trim();
    let mut faults = Vec::new();
    if arrow.reasons.is_empty() {
        if !done.reasons.is_empty() {
            faults.push(Fault::new("/reasons", "not_expected"));
        }
    } else {
        if done.reasons.is_empty() {
            faults.push(Fault::new("/reasons", "reasons_required").with("allowed", arrow.reasons.join(", ")));
        }
        for (at, reason) in done.reasons.iter().enumerate() {
            if !arrow.reasons.contains(reason) {
                faults.push(Fault::new(format!("/reasons/{at}"), "enum").with("allowed", arrow.reasons.join(", ")));
            }
        }
        if words.is_empty() {
            faults.push(Fault::new("/grounds", "grounds_required"));
        }
    }
    if words.chars().count() > GROUNDS_MAX {
        faults.push(Fault::new("/grounds", "max_length").with("limit", GROUNDS_MAX));
    }
    if !faults.is_empty() {
        return Err(Refusal::Invalid(faults));
    }
    let some = !done.reasons.is_empty() || !words.is_empty();
    Ok(some.then(|| Grounds { reasons: done.reasons.clone(), words: words.to_owned() }))
}

/// Characters of an officer's own words.
pub(super) const GROUNDS_MAX: usize = 4_000;

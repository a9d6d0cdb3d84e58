//! Four eyes: who did one step may not do another.

use super::event::Doer;
use super::state::Flow;
use crate::engine::definition::{Definition, Verb};
use crate::kernel::PersonId;

/// The step that keeps somebody from this one. `not_by` works in both directions, over every visit, for the one acting
/// and the one acted for.
pub(super) fn barred<'f>(def: &Definition, flow: &'f Flow, step: &str, not_by: &[String], by: Doer) -> Option<&'f str> {
    by.persons().find_map(|person| {
        let done = flow.did.iter().filter(|(_, p)| *p == person).map(|(done, _)| done);
        let bars = |done: &&String| {
            let other = match def.steps.get(*done).map(|s| &s.verb) {
                Some(Verb::Task { not_by, .. }) => not_by.iter().any(|s| s == step),
                _ => false,
            };
            other || not_by.contains(done)
        };
        done.into_iter().find(bars).map(String::as_str)
    })
}

/// Whether an officer has still to say, before doing a task, that nothing ties him to anybody in the case.
#[must_use]
pub fn undeclared(def: &Definition, flow: &Flow, step: &str, person: PersonId) -> bool {
    let asks = matches!(def.steps.get(step).map(|s| &s.verb), Some(Verb::Task { declare: true, .. }));
    asks && !flow.declared.contains(&person)
}

/// Whether four eyes leave a task to this person.
#[must_use]
pub fn may_take(def: &Definition, flow: &Flow, step: &str, by: Doer) -> bool {
    match def.steps.get(step).map(|s| &s.verb) {
        Some(Verb::Task { not_by, .. }) => {
            let recused = by.persons().any(|person| flow.recused.contains(&person));
            !recused && !flow.has_voted(step, by) && barred(def, flow, step, not_by, by).is_none()
        }
        _ => false,
    }
}

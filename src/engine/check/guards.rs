//! Guards that overlap so far that an arrow is never taken, or an outcome never on offer.

use crate::engine::definition::{Arrow, Definition, Findings};
use crate::engine::feel::Expression;

pub fn check(def: &Definition, findings: &mut Findings<'_>) {
    let main = format!("{}/service.yaml", def.id);
    for (id, step) in &def.steps {
        for (outcome, arrows) in &step.outcomes {
            if let Some(guard) = never_taken(arrows) {
                let sentence = format!(
                    "of `{id}`, the arrow of `{outcome}` guarded by `{guard}` is never taken: one before it holds whenever it does"
                );
                findings.add_on(&main, &["steps", id], guard, sentence);
            }
        }
    }
    for (id, remedy) in &def.remedies {
        for (end, arrows) in &remedy.then {
            if let Some(guard) = never_taken(arrows) {
                let sentence = format!(
                    "of `{end}`, the arrow guarded by `{guard}` is never taken: one before it holds whenever it does"
                );
                findings.add_on(&main, &["remedies", id], guard, sentence);
            }
        }
    }
}

/// The first arrow that those before it leave nothing to.
fn never_taken(arrows: &[Arrow]) -> Option<&str> {
    let guards: Vec<&Expression> = arrows.iter().filter_map(|arrow| arrow.when.as_ref()).collect();
    let sources: Vec<&str> = guards.iter().map(|guard| guard.source()).collect();
    let covered = |at: &usize| {
        Expression::is_covered(sources.get(..*at).unwrap_or_default(), sources.get(*at).copied().unwrap_or_default())
    };
    (1..sources.len()).find(covered).and_then(|at| sources.get(at).copied())
}

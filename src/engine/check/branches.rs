//! Branches that run at once: they are entered by what opens them alone, and left by `done`, by giving up their sisters, or
//! by the end of the case.

use std::collections::BTreeSet;

use crate::engine::definition::{Definition, Findings, Step, Target, Verb};

/// `line`: the steps of the main line.
pub fn check(def: &Definition, line: &BTreeSet<&str>, main: &str, findings: &mut Findings<'_>) {
    let branches = def.branches();
    let mut fault = |step: &str, sentence: String| findings.add(main, &["steps", step], sentence);
    for (at, branch) in branches.iter().enumerate() {
        for step in branch.steps.iter().filter(|step| line.contains(**step)) {
            let sentence =
                format!("the step `{step}` is in a branch of `{}` and is reached from outside it", branch.of);
            fault(step, sentence);
        }
        let others = branches.iter().skip(at + 1);
        for step in others.flat_map(|other| branch.steps.intersection(&other.steps)) {
            fault(step, format!("the step `{step}` is in two branches"));
        }
        if branch.steps.contains(branch.of) {
            fault(branch.of, format!("a branch of `{}` leads back into it", branch.of));
        }
        let arrows = || branch.steps.iter().filter_map(|id| def.steps.get(*id)).flat_map(Step::arrows);
        if !arrows().any(|arrow| arrow.leave || matches!(arrow.to, Target::Done | Target::End(_))) {
            fault(branch.first, format!("the branch that begins with `{}` never ends: `done`", branch.first));
        }
        // Of several that run at once none decides for all, unless it ends them.
        if arrows().any(|a| a.decision.is_some() && !a.leave && !matches!(a.to, Target::End(_))) {
            let sentence = format!(
                "in the branch of `{}` something is decided: that is done behind `{}`",
                branch.first, branch.of
            );
            fault(branch.first, sentence);
        }
    }
    for (id, step) in &def.steps {
        if step.arrows().any(|arrow| arrow.leave) && def.branch_of(id).is_none() {
            fault(id, format!("`{id}` is in no branch that could be left"));
        }
    }
    for (at, reaction) in def.reactions.iter().enumerate() {
        let Some(Target::Step(to)) = reaction.arrow.as_ref().map(|arrow| &arrow.to) else { continue };
        let same =
            |step: &String| branches.iter().any(|b| b.steps.contains(step.as_str()) && b.steps.contains(to.as_str()));
        let is_in = |step: &String| def.branch_of(step).is_some();
        let crosses = match reaction.steps.is_empty() {
            true => is_in(to),
            false => reaction.steps.iter().any(|step| (is_in(step) || is_in(to)) && !same(step)),
        };
        if crosses {
            let sentence = "an event leads into or out of a branch: `while` names what opens the branches, or steps of the same one";
            findings.add(main, &["events", &at.to_string()], sentence);
        }
    }
    for (id, step) in &def.steps {
        if let (Verb::Charge { .. }, Some(crate::engine::definition::Silence::Outcome(_))) =
            (&step.verb, step.expires.as_ref().map(|expires| &expires.takes))
        {
            findings.add(main, &["steps", id], "silence pays nothing: what expires goes somewhere (`go`)");
        }
    }
}

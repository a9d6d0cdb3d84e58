//! Branches that run at once: compiled, and which steps lie in which.

use std::collections::BTreeSet;

use super::compile::Compiler;
use super::language::{self as raw, Needed};
use super::model::{Arrow, Definition, Target, Verb};

/// Branches of one step.
const BRANCHES_MAX: usize = 20;

/// A branch: the steps that are reached from its first one until it ends.
#[derive(Debug)]
pub struct Branch<'d> {
    /// The step that opens it.
    pub of: &'d str,
    pub first: &'d str,
    pub steps: BTreeSet<&'d str>,
}

impl Definition {
    /// Every branch. The branches of a step that lies in one are their own, not part of it.
    #[must_use]
    pub fn branches(&self) -> Vec<Branch<'_>> {
        let mut found = Vec::new();
        for (of, step) in &self.steps {
            let Verb::Together { branches, .. } = &step.verb else { continue };
            found.extend(branches.iter().map(|first| Branch { of, first, steps: self.branch(first) }));
        }
        found
    }

    fn branch<'d>(&'d self, first: &'d str) -> BTreeSet<&'d str> {
        let mut steps = BTreeSet::from([first]);
        let mut todo = vec![first];
        while let Some(at) = todo.pop() {
            let arrows = self.steps.get(at).into_iter().flat_map(|step| step.arrows());
            for to in arrows.filter(|arrow| !arrow.leave).flat_map(led_to) {
                if steps.insert(to) {
                    todo.push(to);
                }
            }
        }
        steps
    }

    /// The step in one of whose branches a step lies.
    #[must_use]
    pub fn branch_of(&self, step: &str) -> Option<&str> {
        self.branches().into_iter().find(|branch| branch.steps.contains(step)).map(|branch| branch.of)
    }
}

/// The steps that an arrow leads to, those beside included.
fn led_to(arrow: &Arrow) -> impl Iterator<Item = &str> {
    let to = match &arrow.to {
        Target::Step(to) => Some(to.as_str()),
        Target::End(_) | Target::Done => None,
    };
    to.into_iter().chain(arrow.also.iter().map(String::as_str))
}

impl Compiler<'_> {
    pub(super) fn together(&mut self, id: &str, together: &raw::Branches, clock: raw::ClockRule) -> Verb {
        let path = ["steps", id, "together"];
        let branches = &together.branches;
        for first in branches {
            self.step_id(&path, first);
        }
        if !(2..=BRANCHES_MAX).contains(&branches.len()) {
            self.fault(&path, format!("there are 2 to {BRANCHES_MAX} branches"));
        }
        if branches.iter().collect::<BTreeSet<_>>().len() < branches.len() {
            self.fault(&path, "a branch is named twice");
        }
        if let Needed::Number(need) = together.need
            && !(1..=branches.len()).contains(&usize::try_from(need).unwrap_or(usize::MAX))
        {
            self.fault(&path, "`need` is `all`, `any`, or a number of the branches");
        }
        if clock == raw::ClockRule::Stands {
            self.fault(&path, "whether the limit stands is said in the steps of its branches");
        }
        Verb::Together { branches: branches.clone(), need: together.need }
    }
}

//! The slowest lawful path: whether the times of the steps together leave the office within its legal limit. Counted in
//! working days, each loop once, without steps in which the limit stands; what is not known before a case is there (a time
//! worked out from its form) counts as nothing, so that what is found is true.

use std::collections::BTreeSet;

use crate::engine::calendar::{Duration, Unit};
use crate::engine::definition::{Definition, Expiry, Findings, Span, Step, Target, Verb};

/// Working days of a week of five.
const OF_A_WEEK: (u32, u32) = (5, 7);

pub fn check(def: &Definition, findings: &mut Findings<'_>) {
    let Some(limit) = def.time_limit.as_ref().and_then(|limit| known(def, &limit.within)) else { return };
    let allowed = match limit.unit() {
        Unit::WorkingDays => limit.count(),
        _ => days(limit).saturating_mul(OF_A_WEEK.0).div_ceil(OF_A_WEEK.1),
    };
    let walk = Walk { def };
    let mut slowest: Option<(u32, Vec<&str>)> = None;
    for first in begins(def) {
        let found = walk.longest(first, 0);
        if slowest.as_ref().is_none_or(|(most, _)| found.0 > *most) {
            slowest = Some(found);
        }
    }
    if let Some((most, path)) = slowest.filter(|(most, _)| *most > allowed) {
        let main = format!("{}/service.yaml", def.id);
        let sentence = format!(
            "the slowest lawful path takes {most} working days, the limit is {allowed}: {}",
            path.into_iter().filter(|step| walk.own(step) > 0).collect::<Vec<_>>().join(", ")
        );
        findings.add(&main, &["time_limit"], sentence);
    }
}

/// Where the limit begins: behind the arrows that mark the submission, or with the first step.
fn begins(def: &Definition) -> Vec<&str> {
    let starts = def.time_limit.as_ref().map_or("submitted", |limit| limit.starts.as_str());
    let marked = def.arrows().filter(|arrow| arrow.mark.as_deref() == Some(starts));
    let to = marked.filter_map(|arrow| match &arrow.to {
        Target::Step(to) => Some(to.as_str()),
        _ => None,
    });
    let found: Vec<&str> = to.collect();
    if found.is_empty() { vec![def.start.first.as_str()] } else { found }
}

/// A length that stands in the definition, or the newest value of its param.
fn known(def: &Definition, span: &Span) -> Option<Duration> {
    match span {
        Span::Fixed(duration) => Some(*duration),
        Span::Computed(expression) => {
            let param = expression.source().trim().strip_prefix("params.").and_then(|name| def.params.get(name))?;
            param.values.last().and_then(|(_, value, _)| Duration::parse(value.as_str()?))
        }
    }
}

fn days(duration: Duration) -> u32 {
    let each = match duration.unit() {
        Unit::Hours => return duration.count() / 24,
        Unit::Days | Unit::WorkingDays => 1,
        Unit::Weeks => 7,
        Unit::Months => 30,
        Unit::Years => 365,
    };
    duration.count().saturating_mul(each)
}

struct Walk<'d> {
    def: &'d Definition,
}

impl<'d> Walk<'d> {
    /// What a step may take of the limit, in working days.
    fn own(&self, id: &str) -> u32 {
        let Some(step) = self.def.steps.get(id).filter(|step| !step.stands) else { return 0 };
        let span = step.within.as_ref().or(step.expires.as_ref().and_then(Expiry::after));
        span.and_then(|span| known(self.def, span)).map_or(0, |span| match span.unit() {
            Unit::WorkingDays => span.count(),
            _ => days(span).saturating_mul(OF_A_WEEK.0) / OF_A_WEEK.1,
        })
    }

    /// The longest way on from a step to a decision or an end, and the steps on it. Steps that lead to one another are
    /// passed once, all of them together. `deep`: in how many branches of branches it is.
    fn longest(&self, from: &'d str, deep: usize) -> (u32, Vec<&'d str>) {
        let together = self.together_with(from);
        let (mut takes, mut path) = (0_u32, Vec::new());
        let mut best: (u32, Vec<&str>) = (0, Vec::new());
        for id in &together {
            let Some(step) = self.def.steps.get(*id) else { continue };
            let (inside, within) = self.inside(step, deep);
            takes = takes.saturating_add(self.own(id).max(inside));
            path.push(*id);
            path.extend(within);
            for to in next(step).into_iter().filter(|to| !together.contains(to)) {
                let found = self.longest(to, deep);
                if found.0 > best.0 {
                    best = found;
                }
            }
        }
        path.extend(best.1);
        (takes.saturating_add(best.0), path)
    }

    /// The slowest of the branches that a step opens.
    fn inside(&self, step: &'d Step, deep: usize) -> (u32, Vec<&'d str>) {
        match &step.verb {
            Verb::Together { branches, .. } if deep < DEEPEST => {
                let all = branches.iter().map(|first| self.longest(first, deep + 1));
                all.max_by_key(|(most, _)| *most).unwrap_or_default()
            }
            _ => (0, Vec::new()),
        }
    }

    /// The step and those of the loops that it is in.
    fn together_with(&self, from: &'d str) -> BTreeSet<&'d str> {
        let reached = self.reach(from);
        let mut found: BTreeSet<&str> = reached.into_iter().filter(|to| self.reach(to).contains(from)).collect();
        found.insert(from);
        found
    }

    fn reach(&self, from: &'d str) -> BTreeSet<&'d str> {
        let (mut seen, mut todo) = (BTreeSet::new(), vec![from]);
        while let Some(step) = todo.pop().and_then(|at| self.def.steps.get(at)) {
            todo.extend(next(step).into_iter().filter(|to| seen.insert(*to)));
        }
        seen
    }
}

/// Where a step leads without a decision; each place once.
fn next(step: &Step) -> BTreeSet<&str> {
    let undecided = step.arrows().filter(|arrow| arrow.decision.is_none() && !arrow.leave);
    let to = undecided.filter_map(|arrow| match &arrow.to {
        Target::Step(to) => Some(to.as_str()),
        _ => None,
    });
    to.collect()
}

/// Branches within branches.
const DEEPEST: usize = 10;

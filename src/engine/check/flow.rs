//! Where cases can go: steps that nothing leads to, steps that lead nowhere, loops that nobody is asked in, decisions.

use std::collections::{BTreeMap, BTreeSet};

use crate::engine::definition::{Arrow, Decision, Definition, EndResult, Findings, Reaction, Step, Target, Verb};

/// The graph of a definition, by names of steps and ends.
struct Graph<'a> {
    def: &'a Definition,
    out: BTreeMap<&'a str, BTreeSet<&'a str>>,
    /// Where events lead, which somebody raises.
    raised: BTreeMap<&'a str, BTreeSet<&'a str>>,
}

impl<'a> Graph<'a> {
    fn of(def: &'a Definition) -> Self {
        let mut out: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (id, step) in &def.steps {
            let branches = branches(step).map(String::as_str);
            let to = step.arrows().flat_map(targets).chain(branches).collect();
            out.insert(id, to);
        }
        let mut raised: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (reaction, arrow) in def.reactions.iter().filter_map(|r| Some((r, r.arrow.as_ref()?))) {
            for place in places(def, reaction) {
                raised.entry(place).or_default().extend(targets(arrow));
            }
        }
        Self { def, out, raised }
    }

    fn reach(&self, from: &'a str) -> BTreeSet<&'a str> {
        let mut seen = BTreeSet::from([from]);
        let mut todo = vec![from];
        while let Some(at) = todo.pop() {
            for to in self.out.get(at).into_iter().chain(self.raised.get(at)).flatten() {
                if seen.insert(to) {
                    todo.push(to);
                }
            }
        }
        seen
    }
}

/// Steps and ends at which an event counts.
fn places<'a>(def: &'a Definition, reaction: &'a Reaction) -> Vec<&'a str> {
    let named: Vec<&str> = reaction.steps.iter().chain(&reaction.ends).map(String::as_str).collect();
    if named.is_empty() { def.steps.keys().map(String::as_str).collect() } else { named }
}

/// The first steps of its branches.
fn branches(step: &Step) -> impl Iterator<Item = &String> {
    match &step.verb {
        Verb::Together { branches, .. } => branches.as_slice(),
        _ => &[],
    }
    .iter()
}

fn targets(arrow: &Arrow) -> impl Iterator<Item = &str> {
    let to = match &arrow.to {
        Target::Step(to) | Target::End(to) => Some(to.as_str()),
        Target::Done => None,
    };
    to.into_iter().chain(arrow.also.iter().map(String::as_str))
}

pub fn check(def: &Definition, findings: &mut Findings<'_>) {
    let main = format!("{}/service.yaml", def.id);
    let graph = Graph::of(def);
    let mut reached = graph.reach(&def.start.first);
    for to in def.from_outside().flat_map(targets) {
        reached.extend(graph.reach(to));
    }
    for step in def.steps.keys().filter(|s| !reached.contains(s.as_str())) {
        findings.add(&main, &["steps", step], format!("nothing leads to the step `{step}`"));
    }
    for end in def.ends.keys().filter(|e| !reached.contains(e.as_str())) {
        findings.add(&main, &["ends", end], format!("nothing leads to the end `{end}`"));
    }
    let beside = opened_beside(def);
    for step in def.steps.keys().filter(|s| reached.contains(s.as_str())) {
        let ends = graph.reach(step).iter().any(|at| def.ends.contains_key(*at));
        // A step beside others may end in `done`: the case goes on with the others.
        let in_branch = def.branch_of(step).is_some();
        if !ends && !in_branch && !beside.iter().any(|b| graph.reach(b).contains(step.as_str())) {
            findings.add(&main, &["steps", step], format!("from the step `{step}` no end can be reached"));
        }
    }
    check_beside(&graph, &beside, &main, findings);
    loops(&graph, &main, findings);
    for (id, step) in &def.steps {
        step_rules(def, id, step, &main, findings);
    }
    ends(&graph, &main, findings);
    reopenings(&graph, &main, findings);
}

fn opened_beside(def: &Definition) -> BTreeSet<&str> {
    def.arrows().flat_map(|a| a.also.iter().map(String::as_str)).collect()
}

/// `done` ends what was opened beside; the main line may not run into it, or nothing would be left open.
fn check_beside(graph: &Graph<'_>, beside: &BTreeSet<&str>, main: &str, findings: &mut Findings<'_>) {
    let led = graph.def.reactions.iter().filter_map(|r| match r.arrow.as_ref().map(|a| &a.to) {
        Some(Target::Step(to)) => Some(to.as_str()),
        _ => None,
    });
    let outside = graph.def.from_outside().filter_map(|arrow| match &arrow.to {
        Target::Step(to) => Some(to.as_str()),
        _ => None,
    });
    let left = graph.def.steps.values().flat_map(Step::arrows).filter(|arrow| arrow.leave);
    let left = left.filter_map(|arrow| match &arrow.to {
        Target::Step(to) if graph.def.branch_of(to).is_none() => Some(to.as_str()),
        _ => None,
    });
    let led = led.filter(|to| graph.def.branch_of(to).is_none());
    let mut line: BTreeSet<&str> = led.chain(outside).chain(left).chain([graph.def.start.first.as_str()]).collect();
    let mut todo: Vec<&str> = line.iter().copied().collect();
    while let Some(at) = todo.pop() {
        let Some(step) = graph.def.steps.get(at) else { continue };
        for arrow in step.arrows() {
            match &arrow.to {
                Target::Step(to) if line.insert(to) => todo.push(to),
                Target::Done => {
                    let sentence = format!("the step `{at}` ends in `done`, but is not opened beside another");
                    findings.add(main, &["steps", at], sentence);
                }
                _ => {}
            }
        }
    }
    super::branches::check(graph.def, &line, main, findings);
    for step in beside.iter().filter(|b| line.contains(**b)) {
        let sentence = format!("the step `{step}` is opened beside others and is on the main line as well");
        findings.add(main, &["steps", step], sentence);
    }
}

/// A loop in which nobody is asked and nothing is waited for would never come to rest.
fn loops(graph: &Graph<'_>, main: &str, findings: &mut Findings<'_>) {
    let waits = |verb: &Verb| matches!(verb, Verb::Task { .. } | Verb::Ask { .. } | Verb::Wait { until: Some(_), .. });
    let of = |id: &str| graph.def.steps.get(id);
    // What has branches waits where each of them begins with somebody.
    let all_wait = |step: &Step| {
        matches!(step.verb, Verb::Together { .. }) && branches(step).all(|b| of(b).is_some_and(|s| waits(&s.verb)))
    };
    let rests = |id: &str| of(id).is_none_or(|s| waits(&s.verb) || all_wait(s));
    for start in graph.def.steps.keys().filter(|s| !rests(s)) {
        let mut seen = BTreeSet::new();
        let mut todo: Vec<&str> = graph.out.get(start.as_str()).into_iter().flatten().copied().collect();
        while let Some(at) = todo.pop() {
            if at == start.as_str() {
                let sentence = format!("from `{start}` the case can run in a loop in which nobody acts");
                findings.add(main, &["steps", start], sentence);
                break;
            }
            if !rests(at) && seen.insert(at) {
                todo.extend(graph.out.get(at).into_iter().flatten());
            }
        }
    }
}

fn step_rules(def: &Definition, id: &str, step: &Step, main: &str, findings: &mut Findings<'_>) {
    let path = ["steps", id];
    for (outcome, arrows) in &step.outcomes {
        for arrow in arrows {
            let by_machine = !matches!(step.verb, Verb::Task { .. });
            if arrow.decision == Some(Decision::Adverse) && by_machine && def.legal_basis.automated.is_none() {
                let sentence = format!(
                    "`{outcome}` decides against the applicant without an officer; that needs `legal_basis.automated`"
                );
                findings.add(main, &path, sentence);
            }
            if arrow.decision == Some(Decision::Adverse)
                && arrow.last.is_none()
                && !def.remedies.values().any(|r| r.against.iter().any(|s| s == id))
            {
                let sentence = format!("against the decision of `{id}` the definition names no remedy");
                findings.add(main, &path, sentence);
            }
        }
    }
    if let Verb::Task { role, not_by, .. } = &step.verb
        && not_by.iter().any(|s| s == id)
    {
        findings.add(main, &path, format!("the {role} who does `{id}` is shut out from it by its own `not_by`"));
    }
    if let (Verb::Charge { .. } | Verb::Ask { .. }, None) = (&step.verb, &step.expires)
        && !def.steps.values().any(|s| s.expires.is_some())
        && def.time_limit.is_none()
    {
        findings.add(
            main,
            &path,
            format!("nobody has to answer `{id}`, ever: it does not expire and there is no time limit"),
        );
    }
}

/// An end in favour follows a favourable decision, one against an adverse one: each path to it passes such an arrow.
fn ends(graph: &Graph<'_>, main: &str, findings: &mut Findings<'_>) {
    for (end, rule) in &graph.def.ends {
        let wanted = match rule.result {
            EndResult::Favourable => Decision::Favourable,
            EndResult::Adverse => Decision::Adverse,
            EndResult::Neutral => continue,
        };
        if reaches_without(graph.def, end, wanted) {
            let (result, word) = match wanted {
                Decision::Favourable => ("favourable", "in favour"),
                Decision::Adverse => ("adverse", "against"),
            };
            findings.add(
                main,
                &["ends", end],
                format!("the end `{end}` is {result}, yet can be reached without a decision {word}"),
            );
        }
    }
}

/// Whether an end can be reached while the last decision, if any, is not the one wanted.
fn reaches_without(def: &Definition, end: &str, wanted: Decision) -> bool {
    let mut seen: BTreeSet<(&str, Option<bool>)> = BTreeSet::new();
    let mut todo = vec![(def.start.first.as_str(), None)];
    // What comes from outside finds a case that was decided in either way.
    for arrow in def.from_outside() {
        let state = if arrow.afresh { None } else { Some(arrow.decision == Some(wanted)) };
        if matches!(&arrow.to, Target::End(to) if to == end && state != Some(true)) {
            return true;
        }
        todo.extend(targets(arrow).map(|to| (to, state)));
    }
    while let Some((at, state)) = todo.pop() {
        if !seen.insert((at, state)) {
            continue;
        }
        todo.extend(def.steps.get(at).into_iter().flat_map(branches).map(|first| (first.as_str(), state)));
        let raised = def.reactions.iter().filter(|r| places(def, r).contains(&at)).filter_map(|r| r.arrow.as_ref());
        for arrow in def.steps.get(at).into_iter().flat_map(Step::arrows).chain(raised) {
            let state = if arrow.afresh { None } else { arrow.decision.map(|d| d == wanted).or(state) };
            match &arrow.to {
                Target::End(to) if to == end && state != Some(true) => return true,
                Target::Step(to) | Target::End(to) => todo.push((to, state)),
                Target::Done => {}
            }
            todo.extend(arrow.also.iter().map(|to| (to.as_str(), state)));
        }
    }
    false
}

/// A case that is reopened before its decision begins anew, or it would be decided twice; one that is reopened behind it
/// does not, or nothing would be decided.
fn reopenings(graph: &Graph<'_>, main: &str, findings: &mut Findings<'_>) {
    for (at, reaction) in graph.def.reactions.iter().enumerate().filter(|(_, r)| !r.ends.is_empty()) {
        let Some(Arrow { to: Target::Step(to), afresh, .. }) = &reaction.arrow else { continue };
        let decides = graph
            .reach(to)
            .into_iter()
            .filter_map(|id| graph.def.steps.get(id))
            .any(|step| step.arrows().any(|a| a.decision.is_some()));
        let decided =
            reaction.ends.iter().any(|e| graph.def.ends.get(e).is_some_and(|e| e.result != EndResult::Neutral));
        let sentence = match (decides, afresh) {
            (true, false) if decided => {
                format!("after a decision the case is reopened at `{to}` and decided again: `clock: restart`")
            }
            (false, true) => format!("behind `{to}` nothing is decided any more: without `clock: restart`"),
            _ => continue,
        };
        findings.add(main, &["events", &at.to_string()], sentence);
    }
}

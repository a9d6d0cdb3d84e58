//! The small model: from what the scenarios of a service state, every way that a case can take is walked by the engine
//! itself, with three officers for each role, until nothing new is found or the bound is reached. Finds states in which
//! nobody can go on, from which no end can be reached, and rules that lead nowhere. Reads no clock: how long it may go on
//! is for the caller to say, and that it did not come to the end is told, never passed over.

mod asks;
mod returns;
mod states;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::Value;

use super::run::{MAIN, World};
use super::{Line, Officer, Paper, Scenario};
use crate::engine::definition::{Definition, Files, Finding, Findings, Verb};
use crate::engine::workflow::{Command, Refusal, StepKind, TokenId, meeting, slots};
use states::{States, key};

/// How far it came.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Explored {
    pub states: usize,
    /// There are more: what was not reached is not known.
    pub capped: bool,
}

/// States of one service, whose cases are all held in memory until they were looked at.
const STATES_MAX: usize = 50_000;
/// Officers of each role.
const OFFICERS: usize = 3;
/// Forms that are tried in one step, and beginnings of a case.
const FORMS_MAX: usize = 3;
const BEGINNINGS_MAX: usize = 6;
/// Copies of a document of each kind.
const COPIES: u32 = 5;
/// Findings of one service: behind the first there are many of the same.
const FINDINGS_MAX: usize = 5;

/// Explores a service that is otherwise in order. `go_on` is asked, with the number of states so far, before each.
///
/// # Errors
/// What was found: the place, and a way that leads there.
pub fn explore(
    def: &Definition,
    linked: &BTreeMap<String, Definition>,
    files: &Files,
    go_on: &mut dyn FnMut(usize) -> bool,
) -> Result<Explored, Vec<Finding>> {
    let mut findings = Findings::new(files);
    let stories = stories(def, files);
    let forms = Forms::of(&stories);
    let (mut explored, mut begun) = (Explored::default(), BTreeSet::new());
    for scenario in &stories {
        let Some(mut world) = beginning(def, linked, scenario) else { continue };
        if begun.len() >= BEGINNINGS_MAX
            || !begun.insert(format!("{:?}{:?}", scenario.given.registers, first_form(scenario)))
        {
            continue;
        }
        let walk = Walk { def, forms: &forms, states: States::default() };
        let done = walk.all(&mut world, explored.states, go_on, &mut findings);
        explored.states += done.states;
        explored.capped |= done.capped;
        if findings.count() >= FINDINGS_MAX {
            break;
        }
    }
    // What other cases give is not known here: what lies behind a guard over it was not seen.
    let given = |arrow: &crate::engine::definition::Arrow| {
        arrow.when.as_ref().is_some_and(|guard| guard.source().contains(".given"))
    };
    explored.capped |= def.arrows().any(given);
    if findings.is_empty() { Ok(explored) } else { Err(findings.into_sorted()) }
}

/// The scenarios, in which every role has its officers.
fn stories(def: &Definition, files: &Files) -> Vec<Scenario> {
    let folder = format!("{}/scenarios/", def.id);
    let texts = files.iter().filter(|(path, _)| path.starts_with(&folder));
    let read = |text: &String| serde_saphyr::from_str::<Scenario>(text).ok();
    let mut stories: Vec<Scenario> = texts.filter_map(|(_, text)| read(text)).collect();
    for story in &mut stories {
        for role in roles(def) {
            for n in 1..=OFFICERS {
                story.given.officers.insert(officer(&role, n), Officer::Role(role.clone()));
            }
        }
    }
    stories
}

fn roles(def: &Definition) -> BTreeSet<String> {
    let of = |step: &'_ crate::engine::definition::Step| match &step.verb {
        Verb::Task { role, .. } => Some(role.clone()),
        _ => None,
    };
    def.steps.values().filter_map(of).collect()
}

fn officer(role: &str, n: usize) -> String {
    format!("{role} {n}")
}

/// What is stated first, wherever in the story that is.
fn first_form(scenario: &Scenario) -> Option<&Value> {
    scenario.story.iter().find_map(|line| line.form.as_ref())
}

/// A world in which the case of a story has just begun.
fn beginning<'a>(
    def: &'a Definition,
    linked: &'a BTreeMap<String, Definition>,
    scenario: &'a Scenario,
) -> Option<World<'a>> {
    let mut world = World::new(def, linked, scenario).ok()?;
    world.is_walk = true;
    for line in &scenario.story {
        let starts = line.start.is_some();
        if starts && line.name.is_some() || line.expect.is_some() || line.advance.is_some() {
            return None;
        }
        world.line(line).ok()?;
        if starts {
            return world.refused.take().is_none().then_some(world);
        }
    }
    None
}

/// What people stated in each step, and with each event.
struct Forms<'a> {
    steps: BTreeMap<&'a str, Vec<&'a Value>>,
    events: BTreeMap<&'a str, Vec<&'a Value>>,
    first: Vec<&'a Value>,
}

impl<'a> Forms<'a> {
    fn of(stories: &'a [Scenario]) -> Self {
        let (mut steps, mut events) = (BTreeMap::<_, Vec<_>>::new(), BTreeMap::<_, Vec<_>>::new());
        let mut first: Vec<&Value> = Vec::new();
        for line in stories.iter().flat_map(|story| &story.story) {
            let Some(form) = &line.form else { continue };
            let of = match (&line.step, &line.event, &line.start) {
                (Some(step), _, _) => steps.entry(step.as_str()).or_default(),
                (_, Some(event), _) => events.entry(event.as_str()).or_default(),
                (_, _, Some(_)) => &mut first,
                _ => continue,
            };
            if of.len() < FORMS_MAX && !of.contains(&form) {
                of.push(form);
            }
        }
        Self { steps, events, first }
    }
}

/// A walk from one beginning.
struct Walk<'f> {
    def: &'f Definition,
    forms: &'f Forms<'f>,
    states: States,
}

impl Walk<'_> {
    fn all(
        mut self,
        begun: &mut World<'_>,
        before: usize,
        go_on: &mut dyn FnMut(usize) -> bool,
        findings: &mut Findings<'_>,
    ) -> Explored {
        let main = format!("{}/service.yaml", self.def.id);
        let mut todo = VecDeque::new();
        let first = self.states.found(key(begun), None);
        todo.extend(first.map(|at| (at, begun.clone())));
        let mut capped = false;
        while let Some((at, world)) = todo.pop_front() {
            let full = before + self.states.count() >= STATES_MAX;
            if full || !go_on(before + self.states.count()) {
                capped = true;
                // What nobody looked at may lead anywhere.
                self.states.open(at);
                todo.iter().for_each(|(at, _)| self.states.open(*at));
                break;
            }
            let Some(played) = world.cases.get(MAIN) else { continue };
            if !played.case.flow.is_open() {
                self.states.end(at);
                continue;
            }
            let mut moved = false;
            for (word, outcome) in self.moves(&world) {
                match outcome {
                    Ok(next) => {
                        moved = true;
                        let known = self.states.lead(at, key(&next), word);
                        todo.extend(known.map(|at| (at, next)));
                    }
                    Err(sentence) => {
                        let place = place(&world);
                        let sentence = format!("{sentence}, after {}", self.states.way(at, Some(&word)));
                        findings.add(&main, &["steps", &place], sentence);
                    }
                }
            }
            if !moved {
                let sentence = format!("nobody can go on, after {}", self.states.way(at, None));
                findings.add(&main, &["steps", &place(&world)], sentence);
            }
            self.states.place(at, place(&world));
            if findings.count() >= FINDINGS_MAX {
                return Explored { states: self.states.count(), capped: true };
            }
        }
        if let Some((place, way)) = self.states.without_an_end() {
            findings.add(&main, &["steps", &place], format!("from here no end can be reached, after {way}"));
        }
        Explored { states: self.states.count(), capped }
    }

    /// Everything that can be done: what it is called, and the world after it, or what is wrong with the rules.
    fn moves<'w>(&self, world: &World<'w>) -> Vec<(String, Result<World<'w>, String>)> {
        let mut moves = Vec::new();
        let Some(flow) = world.cases.get(MAIN).map(|played| &played.case.flow) else { return moves };
        for (token, found) in flow.tokens.iter().filter(|(_, t)| t.ready.is_none()) {
            match found.kind {
                StepKind::Task => self.task(world, *token, &found.step, &mut moves),
                StepKind::Ask => self.asked(world, *token, &found.step, &mut moves),
                StepKind::Open => self.returns(world, *token, &found.step, &mut moves),
                StepKind::Charge => {
                    self.tried(world, format!("{}: paid", found.step), &mut moves, |w| {
                        w.command(None, &Command::Paid { demand: *token })
                    });
                }
                _ => {}
            }
        }
        if let Some(due) = flow.next_due() {
            self.tried(world, "time passes".to_owned(), &mut moves, |w| {
                w.now = w.now.max(due);
                w.command(None, &Command::Tick)
            });
        }
        moves.extend(self.events(world));
        moves
    }

    /// Every outcome of a task, by the first officer who may.
    fn task<'w>(
        &self,
        world: &World<'w>,
        token: TokenId,
        step: &str,
        moves: &mut Vec<(String, Result<World<'w>, String>)>,
    ) {
        let Some(rule) = self.def.steps.get(step) else { return };
        let Verb::Task { role, form, .. } = &rule.verb else { return };
        let stated = self.forms.steps.get(step).cloned().unwrap_or_default();
        let stated: Vec<Option<&Value>> =
            if form.is_some() { stated.into_iter().map(Some).collect() } else { vec![None] };
        for (outcome, arrows) in &rule.outcomes {
            for form in &stated {
                // The reasons of the arrow that is taken, which is known when it was: of each, and of none.
                for reasons in arrows.iter().map(|arrow| arrow.reasons.clone()).collect::<BTreeSet<_>>() {
                    let grounds = if reasons.is_empty() { String::new() } else { "As the law says.".to_owned() };
                    let line = Line {
                        step: Some(step.to_owned()),
                        outcome: Some(outcome.clone()),
                        form: (*form).cloned(),
                        reasons,
                        grounds,
                        ..Line::default()
                    };
                    for n in 1..=OFFICERS {
                        let by = officer(role, n);
                        let before = moves.len();
                        let shut_out = self.tried(world, format!("{step}: {outcome}"), moves, |w| {
                            self.meet(w, &by, token, step)?;
                            w.complete(&by, step, &line)
                        });
                        if moves.len() > before || !shut_out {
                            break;
                        }
                    }
                }
            }
        }
    }

    /// The first appointment that there can be is made, and its time comes.
    fn meet(&self, world: &mut World<'_>, by: &str, token: TokenId, step: &str) -> Result<(), String> {
        let (Some(meeting), Some(found)) =
            (meeting(self.def, step), world.case(None)?.case.flow.tokens.get(&token).cloned())
        else {
            return Ok(());
        };
        let Some((at, _)) = slots(self.def, &found, meeting, world.now).first().copied() else { return Ok(()) };
        let mode = meeting.slots.modes.first().copied().ok_or("there is no way to meet")?;
        let by = world.worker(by);
        world.command(None, &Command::Book { token, at, mode, by })?;
        if world.refused.is_none() {
            world.now = world.now.max(at);
            world.command(None, &Command::Tick)?;
        }
        Ok(())
    }

    /// Events that somebody raises, once each.
    fn events<'w>(&self, world: &World<'w>) -> Vec<(String, Result<World<'w>, String>)> {
        let mut moves = Vec::new();
        let Some(played) = world.cases.get(MAIN) else { return moves };
        let raised: BTreeSet<&str> =
            self.def.reactions.iter().filter(|r| !r.by.is_empty()).map(|r| r.event.as_str()).collect();
        for event in raised.into_iter().filter(|event| !played.case.data.events.contains_key(*event)) {
            let form = self.forms.events.get(event).and_then(|forms| forms.first()).map(|form| (*form).clone());
            let line = Line { event: Some(event.to_owned()), form, ..Line::default() };
            let given = &world.scenario.given;
            for by in given.people.names().into_iter().chain(given.officers.keys().cloned()) {
                let before = moves.len();
                self.tried(world, event.to_owned(), &mut moves, |w| w.event(&by, event, &line));
                if moves.len() > before {
                    break;
                }
            }
        }
        self.written(world, &mut moves);
        self.hears(world, &mut moves);
        moves
    }

    /// Does it in a world of its own. What is refused is no move; gives whether that was for who it is.
    fn tried<'w>(
        &self,
        world: &World<'w>,
        word: String,
        moves: &mut Vec<(String, Result<World<'w>, String>)>,
        act: impl FnOnce(&mut World<'w>) -> Result<(), String>,
    ) -> bool {
        let mut next = world.clone();
        let done = act(&mut next);
        match (done, next.refused.take()) {
            (Err(sentence), _) => moves.push((word, Err(sentence))),
            (Ok(()), None) => {
                if let Some(played) = next.cases.get_mut(MAIN) {
                    played.forget();
                }
                moves.push((word, Ok(next)));
            }
            (Ok(()), Some(refusal @ (Refusal::NoRoute(_) | Refusal::Runaway | Refusal::Defect(_)))) => {
                moves.push((word, Err(super::refusals::words(&refusal))));
            }
            (Ok(()), Some(Refusal::FourEyes(_) | Refusal::Recused)) => return true,
            (Ok(()), Some(_)) => {}
        }
        false
    }

    /// Everything that the service could want, issued today.
    fn papers(&self, world: &World<'_>) -> Vec<Paper> {
        let issued = Some(self.def.time.day_of(world.now));
        self.def.documents.keys().map(|name| Paper::Full { name: name.clone(), issued, count: COPIES }).collect()
    }
}

/// The step that is waited for, for where a finding stands.
fn place(world: &World<'_>) -> String {
    let flow = world.cases.get(MAIN).map(|played| &played.case.flow);
    let waiting = flow.and_then(|flow| flow.tokens.values().find(|t| t.kind != StepKind::Together));
    waiting.map(|t| t.step.clone()).unwrap_or_default()
}

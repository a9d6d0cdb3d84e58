//! Invariants 15 to 17, which look ahead from a state of a case: whatever is open can be left, an end can be reached, and it
//! does not matter which of two open steps is done first. Each with definitions and deciders that are wrong.

use guichet::engine::definition::{Country, Definition, compile};
use guichet::engine::workflow::{
    Case, Command, Event, Plan, Refusal, Run, StepKind, TokenId, What, decide, kept_items, meeting,
};
use jiff::Timestamp;
use serde_json::{Value, json};

use super::bench::{begun, does, kit};
use super::branches;
use super::invariants::{broken, hold, hold_for};
use super::laws::{self, Verdict};
use super::play::{Decide, World};
use super::scene::Kit;

/// Strangers to the case, one for each of two steps.
const ONE: u128 = 2_001;
const OTHER: u128 = 2_002;
/// Outcomes, and answers with each, that are tried in one step.
const TRIES: usize = 4;

/// 15: every step of an open case that does not stand still can be left: somebody with its role does it, it is paid, its time
/// ends it; a wait and what has branches are left when that which they wait for comes.
pub fn can_leave(world: &World<'_>) -> Verdict {
    let flow = &world.case.flow;
    if !flow.is_open() || flow.is_held() || world.turns.last().is_some_and(|turn| !turn.rests) {
        return Ok(());
    }
    let world = &lean(world);
    for (id, token) in &flow.tokens {
        let left = match token.kind {
            StepKind::Together => flow.tokens.values().any(|t| t.place.scope == Some(*id)),
            StepKind::Wait => token.expires.is_some() || comes(world, *id),
            StepKind::Open => token.expires.is_some() || returns(world, *id),
            _ => leaves(world, *id),
        };
        if !left {
            return Err(format!("`{}` cannot be left", token.step));
        }
    }
    Ok(())
}

/// Whether the ends of all that it opened lead on.
fn returns(world: &World<'_>, id: TokenId) -> bool {
    let mut next = world.clone();
    let count = kept_items(&world.case, id).map_or(0, |(_, items)| items.len());
    for index in 0..u32::try_from(count).expect("few") {
        let (end, result) = ("fine".to_owned(), "favourable".to_owned());
        let _ = next.send(Command::Returned { token: id, index, end, result, given: Default::default() });
    }
    gone(&next, id)
}

fn leaves(world: &World<'_>, id: TokenId) -> bool {
    let token = &world.case.flow.tokens[&id];
    let outcomes = world.def.steps[&token.step].outcomes.len();
    for (outcome, how) in (0..outcomes).flat_map(|outcome| (0..TRIES).map(move |how| (outcome, how))) {
        let mut next = world.clone();
        let completion = next.completion(&token.step, outcome, how);
        // Refused or not: on the way to an appointment its time may have ended.
        let _ = next.forward(id, ONE, completion);
        if gone(&next, id) {
            return true;
        }
    }
    token.expires.is_some_and(|expires| {
        let mut next = world.clone();
        next.now = next.now.max(expires);
        next.send(Command::Tick).is_ok() && gone(&next, id)
    })
}

fn gone(world: &World<'_>, id: TokenId) -> bool {
    !world.case.flow.tokens.contains_key(&id)
}

/// What is waited for comes: a moment, papers, or what is done in another step.
fn comes(world: &World<'_>, id: TokenId) -> bool {
    let ended = |next: &World<'_>| gone(next, id) && next.case.flow.is_open();
    let after = |act: &dyn Fn(&mut World<'_>) -> Result<(), Refusal>| {
        let mut next = world.clone();
        act(&mut next).is_ok() && ended(&next)
    };
    let moment = |next: &mut World<'_>| {
        next.now = next.case.flow.next_due().unwrap_or(next.now).max(next.now);
        next.send(Command::Tick)
    };
    let papers = |next: &mut World<'_>| next.send(Command::Documents { documents: next.documents(), added: true });
    after(&moment)
        || after(&papers)
        || world.open().into_iter().filter(|other| *other != id).any(|other| {
            after(&|next: &mut World<'_>| {
                let completion = next.completion(&next.case.flow.tokens[&other].step.clone(), 0, 0);
                next.forward(other, ONE, completion)
            })
        })
}

/// The same case without its history, which the way on takes no part in.
fn lean<'k>(world: &World<'k>) -> World<'k> {
    World { turns: Vec::new(), sent: Vec::new(), ..world.clone() }
}

/// What is done in one of several open steps.
#[derive(Clone, Copy)]
struct Act {
    token: TokenId,
    outcome: usize,
    by: u128,
}

/// 17: of two open steps either may be done first: the case comes to the same, or the second is refused because the first left
/// nothing to be done. Where one opens what the other ends it counts which came first: a step is open once.
pub fn commute(world: &World<'_>) -> Verdict {
    let flow = &world.case.flow;
    if !flow.is_open() || flow.is_held() {
        return Ok(());
    }
    let open: Vec<TokenId> =
        flow.tokens.iter().filter(|(_, t)| is_done(world.def, t.kind, &t.step)).map(|t| *t.0).collect();
    let world = &lean(world);
    let ways = |token: TokenId, by| {
        let outcomes = world.def.steps[&world.case.flow.tokens[&token].step].outcomes.len();
        (0..outcomes.min(TRIES)).map(move |outcome| Act { token, outcome, by })
    };
    for (at, first) in open.iter().enumerate() {
        for second in &open[at + 1..] {
            for one in ways(*first, ONE) {
                ways(*second, OTHER).try_for_each(|other| either_first(world, one, other))?;
            }
        }
    }
    Ok(())
}

/// Whether somebody does it, at once: the time of an appointment would have to come first.
fn is_done(def: &Definition, kind: StepKind, step: &str) -> bool {
    matches!(kind, StepKind::Task | StepKind::Ask | StepKind::Charge) && meeting(def, step).is_none()
}

fn either_first(world: &World<'_>, one: Act, other: Act) -> Verdict {
    let (Some(ab), Some(ba)) = (both(world, one, other), both(world, other, one)) else { return Ok(()) };
    let (Ok(ab), Ok(ba)) = (ab, ba) else { return Ok(()) };
    let steps = [one.token, other.token].map(|token| world.case.flow.tokens[&token].step.as_str());
    let opened = |log: &[Event]| {
        log.iter().any(|e| matches!(&e.what, What::StepEntered { step, .. } if steps.contains(&step.as_str())))
    };
    if opened(&ab.log()) || opened(&ba.log()) {
        return Ok(());
    }
    let (left, right) = (standing(&ab), standing(&ba));
    if left == right { Ok(()) } else { Err(format!("{steps:?} do not commute:\n{left}\n{right}")) }
}

/// Two acts in this order. None where the first cannot be done at all, an error where nothing of the second is left; any other
/// refusal of it is no answer that semantics allow.
fn both<'k>(world: &World<'k>, first: Act, second: Act) -> Option<Result<World<'k>, Refusal>> {
    let mut next = world.clone();
    let mut act = |Act { token, outcome, by }: Act| {
        let step = world.case.flow.tokens[&token].step.clone();
        let completion = next.completion(&step, outcome, 0);
        next.forward(token, by, completion)
    };
    act(first).ok()?;
    match act(second) {
        Ok(()) => Some(Ok(next)),
        Err(left @ (Refusal::NoLongerActive | Refusal::Closed | Refusal::NotOffered)) => Some(Err(left)),
        // What it cannot do either way.
        Err(_) if both_alone_fails(world, second) => None,
        Err(other) => panic!("{other:?} after another step was done"),
    }
}

fn both_alone_fails(world: &World<'_>, act: Act) -> bool {
    let mut next = world.clone();
    let step = world.case.flow.tokens[&act.token].step.clone();
    let completion = next.completion(&step, act.outcome, 0);
    next.forward(act.token, act.by, completion).is_err()
}

/// How a case stands, without the numbers of visits and without the order in which things came about.
fn standing(world: &World<'_>) -> Value {
    let (flow, data) = (&world.case.flow, &world.case.data);
    let sorted = |mut all: Vec<Value>| {
        all.sort_by_key(ToString::to_string);
        all
    };
    let tokens = flow
        .tokens
        .values()
        .map(|t| json!([t.step, t.office, t.target, t.expires, t.stands, t.earliest, t.arrived, t.votes]));
    let demands = flow.demands.values().map(|d| json!([d.fee, d.amount.to_string(), format!("{:?}", d.state)]));
    let grounds = data.grounds.values().map(|g| json!(g));
    let clock = &flow.clock;
    let today = world.def.time.day_of(world.now);
    let running = match (clock.run, clock.since) {
        (Run::Running, Some(since)) if clock.working => world.def.time.working_between(since, today),
        (Run::Running, Some(since)) => u32::try_from((today - since).get_days()).unwrap_or(0),
        _ => 0,
    };
    json!({
        "status": flow.status, "tokens": sorted(tokens.collect()), "results": flow.results, "did": flow.did,
        "deciders": flow.deciders, "decision": flow.decision, "decided_in": flow.decided_in, "changed": flow.changed,
        "marks": flow.marks, "children": flow.children.len(), "demands": sorted(demands.collect()), "holds": flow.holds,
        "clock": [json!(format!("{:?}", clock.run)), json!(clock.limit), json!(clock.counted + running), json!(clock.due)],
        "steps": data.steps, "form": data.form, "grounds": sorted(grounds.collect()), "registers": world.scene.registers,
    })
}

#[test]
fn whatever_is_open_can_be_left() {
    hold(can_leave);
}

#[test]
fn either_of_two_steps_may_be_done_first() {
    hold(commute);
    hold_for(&kit(branches::STORY), &commute).expect("in branches as well");
}

/// A service as it is in `services/`, but for some of its lines.
fn doctored(id: &str, changes: &[(&str, &str)]) -> Kit {
    Kit::of(definition(id, changes))
}

fn definition(id: &str, changes: &[(&str, &str)]) -> Definition {
    let mut files = super::files();
    let text = files.get_mut(&format!("{id}/service.yaml")).expect("the service");
    for (from, to) in changes {
        assert!(text.contains(from), "{id} has no `{from}`");
        *text = text.replacen(from, to, 1);
    }
    let country = Country::read(&files).expect("the country is in order");
    compile(id, &files, &country).unwrap_or_else(|f| panic!("{f:#?}"))
}

/// Beside the order, which brings the case to its end, something waits for what never comes.
#[test]
fn a_wait_that_nothing_ends_is_caught() {
    let story = "
start: {by: [person], first: fork, needs: []}
steps:
  fork: {next: {go: order, also: [stuck]}}
  stuck: {wait: {when: documents.paper.present}, next: done}
  order: {task: {role: chief}, next: lapsed}
";
    let whole = kit(story);
    can_leave(&begun(&whole)).expect("the paper may come");
    let kit = kit(&story.replace("documents.paper.present", "'case.decided != null'"));
    let world = begun(&kit);
    laws::can_close(&world).expect("invariant 16 alone does not see it");
    assert!(can_leave(&world).is_err_and(|sentence| sentence.contains("`stuck`")));
}

/// Takes whoever was not there from the beginning for shut out.
fn aloof(def: &Definition, case: &Case, command: &Command, now: Timestamp) -> Result<Plan, Refusal> {
    match command {
        Command::Assign { .. } => Err(Refusal::Recused),
        _ => decide(def, case, command, now),
    }
}

#[test]
fn a_decider_that_lets_nobody_act_is_caught() {
    let kit = kit(branches::STORY);
    let mut world = begun(&kit);
    can_leave(&world).expect("nothing is wrong with it");
    world.decide = aloof as Decide;
    assert!(can_leave(&world).is_err());
    assert!(laws::can_close(&world).is_err());
}

/// A clerk who sends the case to himself for ever.
const ENDLESS: [(&str, &str); 2] = [
    ("confirm: {go: issue, decision: favourable}", "confirm: check"),
    ("refuse: {go: refused,", "refuse: {when: 'steps.check.rounds = 0', go: refused,"),
];

/// One desk does it all, by four people of whom there are three.
const FOUR_PEOPLE: [(&str, &str); 4] = [
    ("task: {role: clerk}", "task: {role: licence-officer}"),
    ("role: inspector", "role: licence-officer"),
    ("        go: pay_licence\n", "        go: second\n"),
    (
        "  pay_licence:\n",
        "  second: {task: {role: licence-officer, not_by: [check, inspection, decision]}, next: pay_licence}\n  pay_licence:\n",
    ),
];

#[test]
fn a_service_that_never_ends_is_caught() {
    let kit = doctored("residence-certificate", &ENDLESS);
    let law = |world: &World<'_>| if world.case.flow.is_open() { laws::can_close(world) } else { Ok(()) };
    assert!(broken(&kit, &law).is_some_and(|sentence| sentence.contains("no end can be reached")));
}

/// Of two branches the one that is done first decides what the other may lead to.
#[test]
fn a_definition_in_which_the_first_wins_is_caught() {
    let raced = branches::STORY.replace(
        "{fine: done, never: {go: order, leave: true}}",
        "{fine: [{when: 'steps.water.outcome = null', go: done}, {go: order, leave: true}], never: {go: order, leave: true}}",
    );
    let kit = kit(&raced);
    let mut world = begun(&kit);
    does(&mut world, "check", "on", 0).expect("checked");
    assert!(commute(&world).is_err_and(|sentence| sentence.contains("do not commute")));
}

/// Keeps nothing but what was done last.
fn forgetful(def: &Definition, case: &Case, command: &Command, now: Timestamp) -> Result<Plan, Refusal> {
    let mut plan = decide(def, case, command, now)?;
    if let Command::Complete { token, .. } = command
        && let Some(step) = case.flow.tokens.get(token).map(|t| t.step.clone())
    {
        plan.case.flow.results.retain(|name, result| *name == step || result.outcome.is_none());
    }
    Ok(plan)
}

#[test]
fn a_decider_that_forgets_the_other_step_is_caught() {
    let kit = kit(branches::STORY);
    let mut world = begun(&kit);
    does(&mut world, "check", "on", 0).expect("checked");
    commute(&world).expect("nothing is wrong with it");
    world.decide = forgetful as Decide;
    assert!(commute(&world).is_err_and(|sentence| sentence.contains("do not commute")));
}

/// 15, 16 by the explorer: three officers a role, all that people state in scenarios, as far as it comes in this time.
#[test]
fn the_explorer_finds_nothing_in_the_services_and_something_in_doctored_ones() {
    let explored = |id: &str, changes: &[(&str, &str)], most: usize| {
        let mut files = super::files();
        let text = files.get_mut(&format!("{id}/service.yaml")).expect("the service");
        for (from, to) in changes {
            *text = text.replacen(from, to, 1);
        }
        let country = Country::read(&files).expect("the country is in order");
        let found = guichet::engine::check::explore(id, &files, &country, &mut |states| states <= most);
        found.err().unwrap_or_default().into_iter().map(|f| f.sentence).collect::<Vec<_>>()
    };
    for id in guichet::engine::check::services(&super::files()) {
        assert_eq!(explored(&id, &[], 300), Vec::<String>::new(), "{id}");
    }
    let found = explored("trade-licence", &FOUR_PEOPLE, 3_000);
    assert!(found.iter().any(|f| f.contains("nobody can go on, after check")), "{found:#?}");
    let found = explored("residence-certificate", &ENDLESS, 3_000);
    assert!(found.iter().any(|f| f.contains("from here no end can be reached")), "{found:#?}");
}

//! The checks of the invariants, shown what they must catch: logs that were doctored, and deciders that are wrong.

use guichet::engine::calendar::Duration;
use guichet::engine::definition::{Decision, Definition};
use guichet::engine::workflow::{Case, Command, Completion, DemandState, Event, Plan, Refusal, Status, What, decide};
use guichet::kernel::CaseId;
use jiff::{Timestamp, ToSpan};

use super::bench::{at, begun, kit};
use super::laws;
use super::play::{CITIZEN, Decide, World, doer};
use super::scene::Kit;

const STORY: &str = "
start: {by: [person], first: check, needs: []}
time_limit: {within: 5 working days}
steps:
  check:
    task: {role: clerk}
    within: 2 working days
    outcomes: {on: order, papers: papers}
  papers: {ask: {of: applicant, for: [documents]}, clock: stands, next: check, expires: {after: 3 days, go: order}}
  order:
    task: {role: chief, not_by: [check]}
    outcomes:
      approve: {go: pay, decision: favourable}
      refuse: {go: refused, decision: adverse, reasons: [bad]}
      again: check
  pay: {charge: {fee: final}, next: granted, expires: {after: 7 days, go: lapsed}}
";

/// Asked for papers, supplied, approved, paid: the longest way. The same officer acts where `alone`.
fn granted(kit: &Kit, decide: Decide, alone: bool) -> World<'_> {
    let mut world = World { decide, ..World::new(kit, 0) };
    world.submit().expect("submitted");
    for (day, step, outcome) in [(4, "check", 1), (6, "papers", 0), (9, "check", 0), (10, "order", 0), (11, "pay", 0)] {
        world.now = at(&format!("2026-08-{day:02}T11:00"));
        let officer = u128::from(!alone && step == "order");
        let completion = Completion { reasons: vec![], ..world.completion(step, outcome, 0) };
        world.forward(world.token(step), officer, completion).expect("it goes on");
    }
    assert_eq!(world.case.flow.status.word(), "closed");
    world
}

fn honest(kit: &Kit) -> (World<'_>, Vec<Event>) {
    let world = granted(kit, decide, false);
    laws::all(&world).expect("nothing is wrong with it");
    laws::repeated(&world).expect("nothing is wrong with it");
    laws::late_timer(&world, decide).expect("nothing is wrong with it");
    let log = world.log();
    (world, log)
}

fn place(log: &[Event], name: &str) -> usize {
    log.iter().position(|e| e.what.name() == name).unwrap_or_else(|| panic!("no {name}"))
}

#[test]
fn the_check_of_replay_can_fail() {
    let kit = kit(STORY);
    let (world, log) = honest(&kit);
    for left_out in 0..log.len() {
        let mut doctored = log.clone();
        doctored.remove(left_out);
        assert!(laws::replay(&doctored, &world.case.flow).is_err(), "nobody misses {:?}", log[left_out]);
    }
}

#[test]
fn the_check_of_tokens_can_fail() {
    let kit = kit(STORY);
    let (_, log) = honest(&kit);
    for name in ["step_entered", "step_left"] {
        let at = place(&log, name);
        let (mut twice, mut never) = (log.clone(), log.clone());
        twice.insert(at, log[at].clone());
        never.remove(at);
        assert!(laws::tokens(&twice).is_err(), "{name} twice");
        assert!(laws::tokens(&never).is_err(), "{name} left out");
    }
}

#[test]
fn the_check_of_time_can_fail() {
    let kit = kit(STORY);
    let (_, mut log) = honest(&kit);
    let at = place(&log, "decided");
    log.swap(0, at);
    assert!(laws::time(&log).is_err());
}

#[test]
fn the_check_of_ends_can_fail() {
    let kit = kit(STORY);
    let (_, log) = honest(&kit);
    let end = log.last().expect("an end").clone();
    assert!(matches!(end.what, What::Closed { .. }));
    let mut twice = log.clone();
    twice.push(end);
    assert!(laws::ends(&twice).is_err(), "closed twice");
    let mut after = log.clone();
    after.push(log[place(&log, "claimed")].clone());
    assert!(laws::ends(&after).is_err(), "claimed after the end");
    let mut turned = log.clone();
    let at = place(&log, "decided");
    if let What::Decided { decision, .. } = &mut turned[at].what {
        *decision = Decision::Adverse;
    }
    assert!(laws::ends(&turned).is_err(), "granted against the decision");
    turned.remove(at);
    assert!(laws::ends(&turned).is_err(), "granted without a decision");
}

/// Forgets who did what before it decides.
fn forgetful(def: &Definition, case: &Case, command: &Command, now: Timestamp) -> Result<Plan, Refusal> {
    let mut case = case.clone();
    case.flow.did.clear();
    decide(def, &case, command, now)
}

#[test]
fn the_check_of_four_eyes_can_fail() {
    let kit = kit(STORY);
    let world = granted(&kit, forgetful, true);
    let found = laws::four_eyes(&kit.def, &world.log());
    assert!(found.is_err_and(|sentence| sentence.contains("did `check` as well")));
}

#[test]
fn the_check_of_elapsed_days_can_fail() {
    let kit = kit(STORY);
    let (world, log) = honest(&kit);
    let mut flow = world.case.flow.clone();
    flow.clock.counted += 1;
    assert!(laws::days(&kit.def, &log, &flow).is_err(), "a day too many");
    // The clock taken as running through the wait for papers.
    let asked = place(&log, "clock_suspended");
    let mut through = log;
    for event in &mut through[asked - 1..asked] {
        if let What::StepEntered { stands, .. } = &mut event.what {
            *stands = false;
        }
    }
    assert!(laws::days(&kit.def, &through, &world.case.flow).is_err(), "the limit did not stand");
}

/// Takes a payment as if the demand were still due, as a callback that is not recognised would be.
fn greedy(def: &Definition, case: &Case, command: &Command, now: Timestamp) -> Result<Plan, Refusal> {
    let mut case = case.clone();
    if let Command::Paid { demand } = command
        && let Some(found) = case.flow.demands.get_mut(demand)
    {
        found.state = DemandState::Due;
    }
    decide(def, &case, command, now)
}

#[test]
fn the_check_of_double_payment_can_fail() {
    let kit = kit(STORY);
    let mut world = granted(&kit, greedy, false);
    assert!(laws::repeated(&world).is_err(), "paid again, it says so");
    let (demand, _) = world.case.flow.demands.last_key_value().expect("a demand");
    world.send(Command::Paid { demand: *demand }).expect("taken twice");
    assert!(laws::money(&world.log()).is_err());
}

/// Keeps the money that comes for a step that has ended.
fn keeping(def: &Definition, case: &Case, command: &Command, now: Timestamp) -> Result<Plan, Refusal> {
    let mut case = case.clone();
    case.flow.demands.values_mut().filter(|d| d.state == DemandState::Void).for_each(|d| d.state = DemandState::Paid);
    decide(def, &case, command, now)
}

#[test]
fn the_check_of_money_that_comes_too_late_can_fail() {
    let kit = kit("
start: {by: [person], first: pay, needs: []}
steps:
  pay: {charge: {fee: entry}, next: lapsed, expires: {after: 7 days, go: lapsed}}
  order: {task: {role: chief}, next: lapsed}
");
    let mut world = begun(&kit);
    world.send(Command::Withdraw { by: doer(CITIZEN) }).expect("withdrawn");
    laws::repeated(&world).expect("it is given back once");
    world.decide = keeping;
    assert!(laws::repeated(&world).is_err());
}

/// Applies deadlines on ticks only.
fn sleepy(def: &Definition, case: &Case, command: &Command, now: Timestamp) -> Result<Plan, Refusal> {
    if matches!(command, Command::Tick) {
        return decide(def, case, command, now);
    }
    let mut awake = case.clone();
    awake.flow.tokens.values_mut().for_each(|t| (t.target, t.expires) = (None, None));
    awake.flow.clock.due = None;
    decide(def, &awake, command, now)
}

/// Applies each deadline when the timer comes, at that moment instead of its own.
fn unpunctual(def: &Definition, case: &Case, command: &Command, now: Timestamp) -> Result<Plan, Refusal> {
    let mut plan = decide(def, case, command, now)?;
    plan.events.iter_mut().for_each(|e| e.at = now);
    Ok(plan)
}

#[test]
fn the_check_of_late_timers_can_fail() {
    let kit = kit(STORY);
    let mut world = begun(&kit);
    for (day, outcome) in [(4, 1), (20, 0)] {
        world.now = at(&format!("2026-08-{day:02}T11:00"));
        while let Some(due) = world.case.flow.next_due().filter(|due| *due <= world.now) {
            let until = std::mem::replace(&mut world.now, due);
            world.send(Command::Tick).expect("a tick");
            world.now = until;
        }
        let token = world.open()[0];
        let step = world.case.flow.tokens[&token].step.clone();
        let completion = Completion { reasons: vec![], ..world.completion(&step, outcome, 0) };
        world.forward(token, u128::from(step == "order"), completion).expect("it goes on");
    }
    laws::late_timer(&world, decide).expect("a late timer changes nothing");
    assert!(laws::late_timer(&world, sleepy).is_err(), "deadlines were passed over");
    assert!(laws::late_timer(&world, unpunctual).is_err(), "deadlines at the wrong instant");
}

#[test]
fn the_check_of_rest_can_fail() {
    let kit = kit(STORY);
    let (world, _) = honest(&kit);
    let open = world.turns.iter().find(|t| t.flow.is_open()).expect("an open turn");
    let closed = world.turns.last().expect("a turn");
    let mut nothing = open.clone();
    nothing.flow.tokens.clear();
    assert!(laws::rest(&kit.def, &nothing).is_err(), "open, and nothing is");
    let mut left = closed.clone();
    left.flow.tokens.clone_from(&open.flow.tokens);
    assert!(laws::rest(&kit.def, &left).is_err(), "closed, and something is");
    let mut owed = closed.clone();
    owed.flow.demands.values_mut().for_each(|d| d.state = DemandState::Due);
    assert!(laws::rest(&kit.def, &owed).is_err(), "due, and nobody waits");
    let mut overdue = open.clone();
    overdue.now = overdue.now.checked_add(2_000.hours()).expect("a later time");
    assert!(laws::rest(&kit.def, &overdue).is_err(), "running, and past its day");
    let mut standing = open.clone();
    standing.flow.tokens.values_mut().for_each(|t| t.stands = true);
    assert!(laws::rest(&kit.def, &standing).is_err(), "running, and nobody is at work");
    let mut lost = closed.clone();
    lost.outcome = Err(Refusal::NoRoute("check".into()));
    assert!(laws::rest(&kit.def, &lost).is_err(), "no way on");
}

#[test]
fn the_search_for_an_end_can_fail() {
    // Two clerks who send it to each other for ever: the checker would not let it pass.
    let kit = kit("
start: {by: [person], first: one, needs: []}
steps:
  one: {task: {role: clerk}, next: order}
  order: {task: {role: chief}, outcomes: {back: one, shut: {when: 'case.status = \"closed\"', go: lapsed}}}
");
    let world = begun(&kit);
    assert_eq!(world.case.flow.status, Status::Open);
    assert!(laws::can_close(&world).is_err());
}

const DISPUTED: &str = "
start: {by: [person], first: talk, needs: []}
steps:
  talk: {task: {role: clerk, meeting: {slots: talk, notice: 1 days}}, next: order}
  order: {task: {role: chief}, outcomes: {approve: {go: pay, decision: favourable}}}
  pay: {charge: {fee: final}, next: granted, expires: {after: 30 days, go: lapsed}}
remedies:
  appeal:
    against: [order]
    service: other
    suspends: true
    levels: [{role: chief, within: 30 days}]
    then: {set_aside: {go: refused, decision: adverse, reasons: [bad]}}
";

/// Met, approved, appealed against, and paid when that was dismissed nine days later.
fn disputed(kit: &Kit) -> (World<'_>, Vec<Event>) {
    let mut world = begun(kit);
    world.forward(world.token("talk"), 0, world.completion("talk", 0, 0)).expect("met");
    world.forward(world.token("order"), 1, world.completion("order", 0, 0)).expect("approved");
    let case = CaseId(uuid::Uuid::from_u128(1));
    let within = Duration::parse("30 days").expect("a time");
    let (remedy, party, by) = ("appeal".to_owned(), "applicant".to_owned(), doer(CITIZEN));
    world.send(Command::Lodge { case, remedy, level: 1, within, party, by }).expect("lodged");
    world.now = world.now.checked_add((9 * 24).hours()).expect("later");
    world.send(Command::Settle { case, end: "dismissed".into(), deciders: Vec::new() }).expect("settled");
    laws::all(&world).expect("nothing is wrong with it");
    let log = world.log();
    (world, log)
}

#[test]
fn the_check_of_holds_can_fail() {
    let kit = kit(DISPUTED);
    let (_, log) = disputed(&kit);
    let at = place(&log, "unheld");
    for days in [-1, 1] {
        let mut doctored = log.clone();
        if let What::Unheld { moved, .. } = &mut doctored[at].what {
            let expires = &mut moved[0].expires;
            *expires = expires.map(|at| at.checked_add((days * 24).hours()).expect("a day"));
        }
        assert!(laws::holds(&kit.def, &doctored).is_err(), "{days} days");
    }
}

#[test]
fn the_check_of_remedies_can_fail() {
    let kit = kit(DISPUTED);
    let (_, log) = disputed(&kit);
    for name in ["appeal_lodged", "appeal_settled"] {
        let at = place(&log, name);
        let mut twice = log.clone();
        twice.insert(at, log[at].clone());
        assert!(laws::remedies(&twice).is_err(), "{name} twice");
    }
}

#[test]
fn the_check_of_recusal_can_fail() {
    let kit = kit(DISPUTED);
    let (_, log) = disputed(&kit);
    let mut shut_out = log.clone();
    let at = log[0].at;
    shut_out.insert(1, Event { at, what: What::Recused { person: super::play::person(1) } });
    assert!(laws::recused(&kit.def, &shut_out).is_err());
}

#[test]
fn the_check_of_meetings_can_fail() {
    let kit = kit(DISPUTED);
    let (_, log) = disputed(&kit);
    let at = place(&log, "booked");
    let mut never = log.clone();
    never.remove(at);
    assert!(laws::meetings(&kit.def, &never).is_err(), "nobody met");
    let mut later = log.clone();
    if let What::Booked { booking, .. } = &mut later[at].what {
        booking.at = booking.at.checked_add(1.hours()).expect("later");
    }
    assert!(laws::meetings(&kit.def, &later).is_err(), "before they met");
    let mut sooner = log;
    if let What::Booked { booking, .. } = &mut sooner[at].what {
        booking.at = booking.at.checked_sub((5 * 24).hours()).expect("sooner");
    }
    assert!(laws::meetings(&kit.def, &sooner).is_err(), "within the notice");
}

/// Forgets that what waits is in branches: the case would wait for ever, or go on with a branch still open.
#[test]
fn the_check_of_branches_can_fail() {
    let kit = kit(super::branches::STORY);
    let mut world = begun(&kit);
    super::bench::does(&mut world, "check", "on", 0).expect("checked");
    laws::branches(&world.case.flow).expect("nothing is wrong with it");
    let mut deserted = world.case.flow.clone();
    deserted.tokens.retain(|_, t| t.place.scope.is_none());
    assert!(laws::branches(&deserted).is_err(), "waits for branches that are not there");
    let mut orphaned = world.case.flow.clone();
    orphaned.tokens.retain(|_, t| t.step != "views");
    assert!(laws::branches(&orphaned).is_err(), "in branches of what is not there");
}

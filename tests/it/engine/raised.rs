//! What comes in any step: who may raise it, when it counts, where the case goes, and how one that ended is reopened.

use guichet::engine::definition::Decision;
use guichet::engine::workflow::{Command, DocumentFact, Refusal, Run, Worker};
use serde_json::{Value, json};

use super::bench::{at, begun, bench_files, code, does, faults, kit};
use super::laws;
use super::play::{CITIZEN, World, doer};
use super::scene::Kit;

const STORY: &str = "
start: {by: [person], first: check, needs: []}
time_limit: {within: 20 working days}
steps:
  check: {task: {role: clerk}, outcomes: {on: order, poor: {go: refused, decision: adverse, reasons: [bad]}}}
  survey: {task: {role: clerk}, next: done}
  order:
    task: {role: chief, not_by: [check]}
    outcomes:
      approve: {go: pay, decision: favourable}
      reject: {go: refused, decision: adverse, reasons: [bad]}
  pay: {charge: {fee: final}, next: granted, expires: {after: 7 days, go: lapsed}}
events:
  - {event: document, while: [refused], go: check, clock: restart}
  - {event: objection, by: [clerk], while: [order], when: 'count(events.objection) > 1', go: check, mark: disputed}
  - {event: objection, by: [clerk, chief], while: [check, order]}
  - {event: objection, by: [clerk], while: [pay], refuse: true}
  - {event: doubt, by: [applicant], while: [order], also: [survey]}
  - {event: late_payment, by: [applicant], while: [lapsed], go: pay}
  - {event: withdrawal, while: [order], when: 'case.disputed = null', refuse: true}
remedies: {appeal: {against: [check, order], service: other, levels: [{role: chief, within: 30 days}]}}
";

fn raise(world: &mut World<'_>, event: &str, by: u128, roles: &[&str], answers: Option<Value>) -> Result<(), Refusal> {
    let roles = roles.iter().map(|r| (*r).to_owned()).collect();
    world.send(Command::Raise { event: event.into(), by: Worker { doer: doer(by), roles }, answers })
}

fn open<'w>(world: &'w World<'_>) -> Vec<&'w str> {
    world.case.flow.tokens.values().map(|t| t.step.as_str()).collect()
}

fn paper() -> DocumentFact {
    DocumentFact { kind: "paper".into(), of: 0, issued: None }
}

/// The case was refused: the clerk found it poor.
fn refused(kit: &Kit) -> World<'_> {
    let mut world = begun(kit);
    world.now = at("2026-08-10T11:00");
    does(&mut world, "check", "poor", 0).expect("refused");
    assert_eq!(world.case.flow.status.word(), "closed");
    world
}

#[test]
fn who_may_raise_what_and_when() {
    let kit = kit(STORY);
    let mut world = World::new(&kit, 0);
    assert_eq!(code(raise(&mut world, "objection", 1, &["clerk"], None)), "not_submitted");
    world.submit().expect("submitted");
    assert_eq!(code(raise(&mut world, "rain", 1, &["clerk"], None)), "no_such_event");
    assert_eq!(code(raise(&mut world, "document", 1, &["clerk"], None)), "no_such_event");
    assert_eq!(code(raise(&mut world, "objection", 1, &["applicant"], None)), "wrong_role");
    assert_eq!(code(raise(&mut world, "doubt", CITIZEN, &["applicant"], None)), "not_now");
    let stated = Some(json!({"words": "No"}));
    assert_eq!(faults(raise(&mut world, "objection", 1, &["clerk"], stated)), ["not_expected at /answers"]);
    let seq = world.case.flow.seq;
    assert_eq!(code(raise(&mut world, "objection", 1, &["clerk"], None)), "taken");
    // Kept, and nothing moves.
    assert_eq!((world.case.flow.seq, open(&world)), (seq + 1, vec!["check"]));
    let kept = &world.case.data.events["objection"];
    assert_eq!(kept[0]["by"], json!(doer(1).person));
    assert_eq!(kept[0]["at"], json!(world.now));
    does(&mut world, "check", "poor", 0).expect("refused");
    assert_eq!(code(raise(&mut world, "objection", 1, &["clerk"], None)), "closed");
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn the_first_entry_whose_guard_holds_says_where_it_goes() {
    let kit = kit(STORY);
    let mut world = begun(&kit);
    does(&mut world, "check", "on", 0).expect("checked");
    raise(&mut world, "objection", 1, &["clerk"], None).expect("taken in");
    assert_eq!(open(&world), ["order"]);
    // The entry that leads back is the clerks' alone.
    raise(&mut world, "objection", 2, &["chief"], None).expect("taken in");
    assert_eq!(open(&world), ["order"]);
    raise(&mut world, "objection", 1, &["clerk"], None).expect("taken in");
    assert_eq!(open(&world), ["check"]);
    assert!(world.case.flow.marks.contains_key("disputed"));
    assert_eq!(world.case.flow.results["check"].rounds, 2);
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn what_is_refused_writes_nothing() {
    let kit = kit(STORY);
    let mut world = begun(&kit);
    does(&mut world, "check", "on", 0).expect("checked");
    assert_eq!(code(world.send(Command::Withdraw { by: doer(CITIZEN) })), "not_now");
    does(&mut world, "order", "approve", 1).expect("approved");
    let before = world.case.clone();
    assert_eq!(code(raise(&mut world, "objection", 1, &["clerk"], None)), "not_now");
    assert_eq!(world.case, before);
    // Where the guard of the refusal does not hold, it is a withdrawal like any other.
    let mut other = begun(&kit);
    does(&mut other, "check", "on", 0).expect("checked");
    raise(&mut other, "objection", 1, &["clerk"], None).expect("taken in");
    raise(&mut other, "objection", 1, &["clerk"], None).expect("taken in");
    does(&mut other, "check", "on", 0).expect("checked again");
    assert_eq!(code(other.send(Command::Withdraw { by: doer(CITIZEN) })), "taken");
    assert_eq!(other.case.flow.status.word(), "closed");
}

#[test]
fn a_step_is_opened_beside_the_others() {
    let kit = kit(STORY);
    let mut world = begun(&kit);
    does(&mut world, "check", "on", 0).expect("checked");
    raise(&mut world, "doubt", CITIZEN, &["applicant"], None).expect("taken in");
    assert_eq!(open(&world), ["order", "survey"]);
    does(&mut world, "survey", "done", 2).expect("surveyed");
    assert_eq!(open(&world), ["order"]);
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn an_event_comes_a_hundred_times_at_most() {
    let kit = kit(STORY);
    let mut world = begun(&kit);
    for _ in 0..100 {
        raise(&mut world, "objection", 1, &["chief"], None).expect("taken in");
    }
    assert_eq!(code(raise(&mut world, "objection", 1, &["chief"], None)), "too_many");
}

#[test]
fn papers_reopen_the_same_case_and_its_time_begins_anew() {
    let kit = kit(STORY);
    let mut world = refused(&kit);
    world.now = at("2026-08-20T11:00");
    // The scanner takes one out: nobody sent anything.
    world.send(Command::Documents { documents: vec![paper()], added: false }).expect("kept");
    assert_eq!(world.case.flow.status.word(), "closed");
    world.send(Command::Documents { documents: vec![paper()], added: true }).expect("reopened");
    let flow = &world.case.flow;
    assert_eq!((flow.status.word(), open(&world), flow.generation), ("open", vec!["check"], 2));
    assert_eq!((flow.decision, flow.decided, flow.deciders.len()), (None, None, 0));
    assert_eq!((flow.clock.run, flow.clock.counted, flow.clock.limit), (Run::Running, 0, 20));
    // Who did what is never forgotten: the clerk who checked does not order.
    does(&mut world, "check", "on", 0).expect("checked by the same clerk");
    assert_eq!(code(does(&mut world, "order", "approve", 0)), "four_eyes");
    does(&mut world, "order", "approve", 1).expect("approved");
    assert_eq!(world.case.flow.decision, Some(Decision::Favourable));
    laws::all(&world).expect("the invariants hold");
    laws::late_timer(&world, guichet::engine::workflow::decide).expect("late or not");
}

#[test]
fn what_is_required_must_be_there_before_the_case_is_reopened() {
    let demanding = STORY.replace("start:", "documents: {paper: {}, other: {}}\nstart:");
    let mut files = bench_files(&demanding);
    let service = files.get_mut("bench/service.yaml").expect("the service");
    *service = service.replace("documents: {paper: {required: false}}\n", "");
    let country = guichet::engine::definition::Country::read(&files).expect("a country");
    let def = guichet::engine::definition::compile("bench", &files, &country).unwrap_or_else(|f| panic!("{f:?}"));
    let kit = Kit { def, scenes: kit(STORY).scenes };
    let mut world = refused(&kit);
    let other = DocumentFact { kind: "other".into(), ..paper() };
    world.send(Command::Documents { documents: vec![paper()], added: true }).expect("kept");
    assert_eq!((world.case.flow.status.word(), world.case.data.documents.len()), ("closed", 1));
    world.send(Command::Documents { documents: vec![paper(), other], added: true }).expect("reopened");
    assert_eq!(open(&world), ["check"]);
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn behind_the_decision_a_case_is_reopened_with_what_was_decided() {
    let kit = kit(STORY);
    let mut world = begun(&kit);
    does(&mut world, "check", "on", 0).expect("checked");
    does(&mut world, "order", "approve", 1).expect("approved");
    world.now = at("2026-09-20T11:00");
    world.send(Command::Tick).expect("it lapses");
    let stopped = world.case.flow.clock.clone();
    raise(&mut world, "late_payment", CITIZEN, &["applicant"], None).expect("reopened");
    let flow = &world.case.flow;
    assert_eq!((open(&world), flow.generation, flow.decision), (vec!["pay"], 1, Some(Decision::Favourable)));
    assert_eq!(flow.clock, stopped);
    let demand = *flow.tokens.keys().next().expect("a charge");
    world.send(Command::Paid { demand }).expect("paid");
    assert_eq!(world.case.flow.status.word(), "closed");
    laws::all(&world).expect("the invariants hold");
}

/// What reopens a case behind its decision does not begin anew: nothing would be decided in the new generation.
#[test]
fn the_checker_knows_where_a_case_is_decided() {
    let found = |story: &str| -> Vec<String> {
        let files = bench_files(story);
        let country = guichet::engine::definition::Country::read(&files).expect("a country");
        let found = guichet::engine::check::check("bench", &files, &country).err().unwrap_or_default();
        found.into_iter().filter(|f| f.file.ends_with("service.yaml")).map(|f| f.sentence).collect()
    };
    assert_eq!(found(STORY), Vec::<String>::new());
    let afresh = found(&STORY.replace("while: [lapsed], go: pay", "while: [lapsed], go: pay, clock: restart"));
    assert!(afresh.iter().any(|s| s.contains("behind `pay` nothing is decided any more")), "{afresh:?}");
    let again = found(&STORY.replace("go: check, clock: restart", "go: check"));
    assert!(again.iter().any(|s| s.contains("reopened at `check` and decided again")), "{again:?}");
}

/// Each law that knows of reopening misses what is left out, or put in.
#[test]
fn the_checks_of_reopening_can_fail() {
    let kit = kit(STORY);
    let mut world = refused(&kit);
    world.now = at("2026-08-20T11:00");
    world.send(Command::Documents { documents: vec![paper()], added: true }).expect("reopened");
    world.now = at("2026-08-26T11:00");
    world.send(Command::Claim { token: 1, by: super::play::officer(&kit.def, 0), untied: false }).expect("claimed");
    let log = world.log();
    laws::all(&world).expect("nothing is wrong with it");
    let place = |name: &str| log.iter().position(|e| e.what.name() == name).expect("it is in the log");
    let without = |name: &str| {
        let mut doctored = log.clone();
        doctored.remove(place(name));
        doctored
    };
    assert!(laws::ends(&without("reopened")).is_err());
    assert!(laws::days(&kit.def, &without("begun_anew"), &world.case.flow).is_err());
    let mut twice = log.clone();
    twice.insert(place("reopened"), log[place("reopened")].clone());
    assert!(laws::ends(&twice).is_err());
    for name in ["reopened", "begun_anew"] {
        assert!(laws::replay(&without(name), &world.case.flow).is_err(), "{name}");
    }
}

//! What a case waits for: a moment, worked out again whenever something happens, or something that becomes true.

use guichet::engine::workflow::{Command, DocumentFact, What};

use super::bench::{at, begun, does, kit};
use super::checker::finds;
use super::laws;
use super::play::World;
use super::scene::Kit;

const STORY: &str = "
start: {by: [person], first: check, needs: [form]}
time_limit: {within: 60 working days}
steps:
  check: {task: {role: clerk}, outcomes: {on: rest, more: proof}}
  rest: {wait: {until: steps.check.done + 3 working days}, clock: stands, next: order}
  proof: {wait: {when: documents.paper.present}, next: order, expires: {after: 10 days, go: lapsed}}
  order: {task: {role: chief}, outcomes: {approve: {go: granted, decision: favourable}, again: check}}
";

fn open(world: &World<'_>) -> Vec<String> {
    world.case.flow.tokens.values().map(|t| t.step.clone()).collect()
}

fn tick(world: &mut World<'_>, now: &str) {
    world.now = at(now);
    world.send(Command::Tick).expect("a tick is never refused");
}

fn paper() -> Command {
    let paper = DocumentFact { kind: "paper".into(), of: 0, issued: None };
    Command::Documents { documents: vec![paper], added: true }
}

fn without_papers(kit: &Kit) -> World<'_> {
    let mut world = begun(kit);
    world.send(Command::Documents { documents: vec![], added: false }).expect("taken out");
    world
}

#[test]
fn a_moment_is_reached_at_its_own_instant_however_late_the_timer_is() {
    let kit = kit(STORY);
    let mut world = begun(&kit);
    world.now = at("2026-08-04T11:00");
    does(&mut world, "check", "on", 0).expect("checked");
    assert_eq!(open(&world), ["rest"]);
    // Three working days after Tuesday: Wednesday, Thursday and, behind the weekend, Sunday.
    assert_eq!(world.case.flow.next_due(), Some(at("2026-08-10T00:00")));
    tick(&mut world, "2026-08-09T23:59");
    assert_eq!(open(&world), ["rest"]);
    tick(&mut world, "2026-08-20T08:00");
    assert_eq!(open(&world), ["order"]);
    let log = world.log();
    let answered = log.iter().rfind(|e| matches!(e.what, What::StepAnswered { .. })).expect("the wait is over");
    assert_eq!(answered.at, at("2026-08-10T00:00"));
    laws::all(&world).expect("the invariants hold");
    laws::late_timer(&world, guichet::engine::workflow::decide).expect("late or not");
}

#[test]
fn a_moment_moves_with_what_it_is_worked_out_from() {
    let story = STORY
        .replace("until: steps.check.done + 3 working days", "until: steps.survey.done + 2 days")
        .replace("outcomes: {on: rest, more: proof}", "outcomes: {on: {go: rest, also: [survey]}, more: proof}")
        + "  survey: {task: {role: clerk}, next: done}\n";
    let kit = kit(&story);
    let mut world = begun(&kit);
    does(&mut world, "check", "on", 0).expect("checked");
    assert_eq!(world.case.flow.next_due(), None.or(world.case.flow.clock.due), "nothing is known yet of the survey");
    world.now = at("2026-08-05T09:00");
    does(&mut world, "survey", "done", 1).expect("surveyed");
    assert!(world.log().iter().any(|e| matches!(e.what, What::DueMoved { until: Some(_), .. })));
    assert_eq!(world.case.flow.next_due(), Some(at("2026-08-08T00:00")));
    tick(&mut world, "2026-08-08T00:00");
    assert_eq!(open(&world), ["order"]);
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn a_moment_that_has_passed_holds_nobody_up() {
    let kit = kit(&STORY.replace("steps.check.done + 3 working days", "case.opened"));
    let mut world = begun(&kit);
    does(&mut world, "check", "on", 0).expect("checked");
    assert_eq!(open(&world), ["order"]);
}

#[test]
fn what_becomes_true_ends_the_wait() {
    let kit = kit(STORY);
    let mut world = without_papers(&kit);
    does(&mut world, "check", "more", 0).expect("checked");
    assert_eq!(open(&world), ["proof"]);
    world.send(paper()).expect("taken");
    assert_eq!(open(&world), ["order"]);
    // Entered when it holds already, it is passed at once.
    does(&mut world, "order", "again", 1).expect("sent back");
    does(&mut world, "check", "more", 0).expect("checked");
    assert_eq!(open(&world), ["order"]);
    laws::all(&world).expect("the invariants hold");
    // And what never becomes true expires.
    let mut other = without_papers(&kit);
    does(&mut other, "check", "more", 0).expect("checked");
    tick(&mut other, "2026-08-14T00:00");
    assert_eq!(other.case.flow.status.word(), "closed");
}

#[test]
fn the_checker_knows_waits() {
    let from = "{wait: {until: steps.check.done + 3 working days}, clock: stands,";
    let found = |wait: &str, words: &str| finds(STORY, from, wait, words);
    found("{wait: {},", "either `until` a moment or for `when`");
    found("{wait: {until: case.opened, when: documents.paper.present},", "either `until` a moment or for `when`");
    found("{wait: {until: form.size},", "neither a day nor an instant");
    found("{wait: {until: today + 3 days},", "never reached");
    found("{wait: {when: 'today > date(\"2026-01-01\")'},", "becomes true by time alone");
    found("{wait: {until: case.opened}, expires: {after: 3 days, go: lapsed},", "it does not expire");
    found("{wait: {when: documents.paper.present}, within: 3 days,", "waits for nobody");
    found("{wait: {until: case.opened}, task: {role: clerk},", "more than one verb");
}

#[test]
fn a_step_expires_at_a_moment_that_the_case_knows() {
    let story =
        STORY.replace("expires: {after: 10 days, go: lapsed}", "expires: {at: case.submitted + 20 days, go: lapsed}");
    let kit = kit(&story);
    let mut world = without_papers(&kit);
    world.now = at("2026-08-10T11:00");
    does(&mut world, "check", "more", 0).expect("checked");
    tick(&mut world, "2026-08-23T23:59");
    assert_eq!(open(&world), ["proof"], "whenever it was entered, the day is counted from the submission");
    tick(&mut world, "2026-08-24T00:00");
    assert!(open(&world).is_empty());
    laws::all(&world).expect("the invariants hold");
    finds(
        &story,
        "expires: {at: case.submitted + 20 days,",
        "expires: {",
        "either `after` a duration or `at` a moment",
    );
    finds(&story, "{at: case.submitted + 20 days,", "{at: today,", "moves on with the days");
}

#[test]
fn the_limit_begins_with_the_mark_that_it_names() {
    let story = STORY.replace("{within: 60 working days}", "{within: 60 working days, starts: case.proven}").replace(
        "when: documents.paper.present}, next: order",
        "when: documents.paper.present}, next: {go: order, mark: proven}",
    );
    let kit = kit(&story);
    let mut world = without_papers(&kit);
    does(&mut world, "check", "more", 0).expect("checked");
    assert_eq!(world.case.flow.clock.due, None, "the office waits for a proof");
    world.now = at("2026-08-06T11:00");
    world.send(paper()).expect("it is there");
    assert_eq!(open(&world), ["order"]);
    let begun = world.log().iter().find(|e| matches!(e.what, What::ClockStarted { .. })).map(|e| e.at);
    assert_eq!(begun, Some(at("2026-08-06T11:00")));
    finds(&story, "case.proven", "case.published", "`case.published` is no mark");
}

#[test]
fn what_is_decided_has_no_limit_any_more() {
    let story = STORY
        .replace("{within: 60 working days}", "{within: 60 working days, starts: case.proven}")
        .replace("go: granted, decision: favourable}", "go: check, decision: favourable, mark: proven}");
    let kit = kit(&story);
    let mut world = begun(&kit);
    does(&mut world, "check", "on", 0).expect("checked");
    tick(&mut world, "2026-08-20T00:00");
    does(&mut world, "order", "approve", 1).expect("decided");
    assert!(world.case.flow.marks.contains_key("proven") && world.case.flow.clock.due.is_none());
}

#[test]
fn the_moment_at_which_a_step_expires_is_worked_out_again() {
    let story = STORY
        .replace("expires: {after: 10 days, go: lapsed}", "expires: {at: steps.order.entered + 5 days, go: lapsed}")
        .replace("outcomes: {on: rest, more: proof}", "outcomes: {on: rest, more: {go: proof, also: [beside]}}")
        .replace("  order: {task", "  beside: {task: {role: clerk}, next: done}\n  order: {task");
    let kit = kit(&story.replace("steps.order.entered", "steps.beside.done"));
    let mut world = without_papers(&kit);
    does(&mut world, "check", "more", 0).expect("checked");
    assert!(world.case.flow.tokens.values().all(|t| t.expires.is_none()), "nobody knows when yet");
    does(&mut world, "beside", "done", 1).expect("done");
    assert!(world.case.flow.tokens.values().any(|t| t.expires.is_some()));
}

//! What happens by itself: at a moment, every so often, or when something becomes true; each at its own instant, and once.

use guichet::engine::workflow::{Command, DocumentFact, What};
use serde_json::Value;

use super::bench::{at, begun, does, kit};
use super::checker::finds;
use super::laws;
use super::play::World;

const STORY: &str = "
start: {by: [person], first: check, needs: [form]}
time_limit: {within: 60 working days}
steps:
  check: {task: {role: clerk}, outcomes: {on: papers, more: order}}
  papers: {ask: {of: applicant, for: [documents]}, next: check, expires: {after: 30 days, go: lapsed}}
  order: {task: {role: chief}, outcomes: {approve: {go: granted, decision: favourable}, again: check}}
  look: {task: {role: clerk}, next: done}
events:
  - {event: reminder, at: steps.papers.entered + 10 days, while: [papers], do: [{tell: {who: applicant, text: hurry}}]}
  - {event: nag, every: 7 days, until: steps.papers.entered + 20 days, while: [papers], when: 'count(events.nag) < 5'}
  - {event: contested, when: 'documents.paper.count > 1', while: [papers, order], also: look}
";

fn happened(world: &World<'_>, name: &str) -> Vec<jiff::Timestamp> {
    let is_it = |what: &What| matches!(what, What::Happened { event } if event == name);
    world.log().iter().filter(|e| is_it(&e.what)).map(|e| e.at).collect()
}

fn tick(world: &mut World<'_>, now: &str) {
    world.now = at(now);
    world.send(Command::Tick).expect("a tick is never refused");
}

fn papers(world: &mut World<'_>, count: u32) {
    let one = |of| DocumentFact { kind: "paper".into(), of, issued: None };
    let documents = (0..count).map(one).collect();
    world.send(Command::Documents { documents, added: false }).expect("taken");
}

#[test]
fn at_its_moment_once_and_however_late_the_timer_is() {
    let kit = kit(STORY);
    let mut world = begun(&kit);
    papers(&mut world, 0);
    does(&mut world, "check", "on", 0).expect("checked");
    // Ten days after the third end at midnight after the thirteenth.
    assert_eq!(world.case.flow.alarms["reminder"].due, Some(at("2026-08-14T00:00")));
    tick(&mut world, "2026-08-13T23:00");
    assert!(happened(&world, "reminder").is_empty());
    tick(&mut world, "2026-08-17T09:00");
    tick(&mut world, "2026-08-18T09:00");
    assert_eq!(happened(&world, "reminder"), [at("2026-08-14T00:00")]);
    let told = world.log().iter().filter(|e| matches!(&e.what, What::Told { text, .. } if text == "hurry")).count();
    assert_eq!(told, 1);
    laws::all(&world).expect("the invariants hold");
    laws::late_timer(&world, guichet::engine::workflow::decide).expect("late or not");
    // A second round of the step has a moment of its own.
    does(&mut world, "papers", "done", 0).expect("supplied");
    papers(&mut world, 0);
    does(&mut world, "check", "on", 0).expect("checked");
    tick(&mut world, "2026-08-29T09:00");
    assert_eq!(happened(&world, "reminder").len(), 2);
}

#[test]
fn every_so_often_while_it_counts_and_until_its_last_moment() {
    let kit = kit(STORY);
    let mut world = begun(&kit);
    papers(&mut world, 0);
    does(&mut world, "check", "on", 0).expect("checked");
    tick(&mut world, "2026-09-01T09:00");
    // Weekly from the third, but not after the twentieth day.
    assert_eq!(happened(&world, "nag"), [at("2026-08-11T00:00"), at("2026-08-19T00:00")]);
    assert_eq!(world.case.data.events["nag"].len(), 2);
    assert_eq!(world.case.data.events["nag"][0]["by"], Value::Null);
    laws::all(&world).expect("the invariants hold");
    laws::late_timer(&world, guichet::engine::workflow::decide).expect("late or not");
    // When its step is left it is not due any more.
    does(&mut world, "papers", "done", 0).expect("supplied");
    assert_eq!(world.case.flow.alarms["nag"].due, None);
}

#[test]
fn what_becomes_true_happens_once_or_each_time() {
    for (again, times) in [(false, 1), (true, 2)] {
        let story =
            STORY.replace("while: [papers, order], also", &format!("again: {again}, while: [papers, order], also"));
        let kit = kit(&story);
        let mut world = begun(&kit);
        papers(&mut world, 0);
        does(&mut world, "check", "on", 0).expect("checked");
        for count in [1, 2, 3, 1, 2] {
            papers(&mut world, count);
            if world.case.flow.tokens.values().any(|t| t.step == "look") {
                does(&mut world, "look", "done", 3).expect("looked");
            }
        }
        assert_eq!(happened(&world, "contested").len(), times, "again: {again}");
        laws::all(&world).expect("the invariants hold");
    }
}

#[test]
fn the_checker_knows_what_happens_by_itself() {
    let found = |from: &str, to: &str, words: &str| finds(STORY, from, to, words);
    found("every: 7 days,", "every: 7 days, at: case.opened,", "`at` a moment or `every` so often");
    found("at: steps.papers.entered + 10 days,", "at: today,", "never reached");
    found("when: 'documents.paper.count > 1'", "when: 'today > date(\"2026-01-01\")'", "by time alone");
    found("every: 7 days,", "every: 7 days, again: true,", "`again` is for");
    found("at: steps.papers.entered + 10 days,", "at: case.opened, by: [clerk],", "nobody raises it");
    found("at: steps.papers.entered + 10 days,", "at: case.opened, until: case.opened,", "`until` is for");
    found("{event: nag, every", "{event: reminder, every", "it has one entry");
}

const RECURS: &str = "
start: {by: [person], first: check, needs: [form]}
steps:
  check: {task: {role: clerk}, next: order}
  order: {task: {role: chief}, outcomes: {approve: {go: granted, decision: favourable}}}
events:
  - {event: monthly, every: 1 months, day: 31, until: case.opened + 8 months}
  - {event: weekly, every: 2 weeks, day: sunday, until: case.opened + 5 weeks}
";

fn days(world: &World<'_>, name: &str) -> Vec<String> {
    happened(world, name).into_iter().map(|at| at.to_zoned(world.def.time.zone().clone()).date().to_string()).collect()
}

#[test]
fn on_that_day_of_the_month_or_of_the_week() {
    let kit = kit(RECURS);
    let mut world = begun(&kit);
    assert_eq!(world.case.flow.alarms["weekly"].due, Some(at("2026-08-09T00:00")), "the next one");
    tick(&mut world, "2027-06-01T10:00");
    let monthly = ["2026-08-31", "2026-09-30", "2026-10-31", "2026-11-30", "2026-12-31", "2027-01-31", "2027-02-28"];
    assert_eq!(days(&world, "monthly")[..7], monthly);
    assert_eq!(days(&world, "weekly"), ["2026-08-09", "2026-08-23", "2026-09-06"]);
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn a_day_that_no_period_has_is_found() {
    let found = |to: &str, words: &str| finds(RECURS, "every: 1 months, day: 31", to, words);
    found("every: 1 months, day: 32", "is no day of a month");
    found("every: 1 months, day: friday", "goes with `every` so many months");
    found("every: 30 days, day: 3", "goes with `every` so many months");
    found("every: 1 weeks, day: 3", "goes with `every` so many months");
    found("at: case.opened + 1 days, day: 3", "`day` is for what happens `every` so often");
}

const AFTER: &str = "
start: {by: [person], first: order, needs: [form]}
steps:
  order: {task: {role: clerk}, outcomes: {grant: {go: granted, decision: favourable}, stop: lapsed}}
  review: {task: {role: chief}, next: lapsed}
events:
  - {event: anew, at: case.opened + 1 years, while: [granted], go: review}
  - {event: more, when: 'events.anew[1].at = null and documents.paper.count > 5', while: [granted], go: review}
  - {event: document, while: [lapsed], when: false, go: order}
  - {event: reminder, at: case.opened + 5 days, while: [order], do: [{tell: {who: applicant, text: hurry}}]}
";

#[test]
fn after_an_end_the_same_case_is_taken_up_by_itself_once() {
    let kit = kit(AFTER);
    let mut world = begun(&kit);
    does(&mut world, "order", "grant", 0).expect("granted");
    let due = world.case.flow.next_due();
    assert_eq!(due, Some(at("2027-08-04T00:00")), "the reminder of an open step counts no more");
    tick(&mut world, "2026-09-01T10:00");
    assert!(happened(&world, "reminder").is_empty());
    tick(&mut world, "2027-08-05T10:00");
    assert_eq!(happened(&world, "anew"), [at("2027-08-04T00:00")]);
    let open: Vec<_> = world.case.flow.tokens.values().map(|t| t.step.as_str()).collect();
    assert_eq!(open, ["review"]);
    does(&mut world, "review", "done", 1).expect("reviewed");
    assert_eq!(world.case.flow.next_due(), None);
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn another_end_is_not_left_by_itself() {
    let kit = kit(AFTER);
    let mut world = begun(&kit);
    does(&mut world, "order", "stop", 0).expect("stopped");
    assert_eq!(world.case.flow.next_due(), None);
    tick(&mut world, "2028-08-05T10:00");
    assert!(happened(&world, "anew").is_empty());
}

#[test]
fn what_was_to_happen_in_a_step_does_not_happen_after_the_end() {
    let kit = kit(AFTER);
    let mut world = begun(&kit);
    // As it was kept before ends put such things to rest.
    let due = world.case.flow.alarms["reminder"].due;
    assert!(due.is_some());
    does(&mut world, "order", "stop", 0).expect("stopped");
    world.case.flow.alarms.entry("reminder".into()).or_default().due = due;
    tick(&mut world, "2026-12-01T10:00");
    assert!(happened(&world, "reminder").is_empty());
    assert!(!world.case.flow.is_open(), "it is not taken up again, without a step");
    assert_eq!(world.case.flow.next_due(), None);
}

#[test]
fn what_took_the_case_up_again_does_not_do_so_for_ever() {
    let story = AFTER
        .replace("review: {task: {role: chief}, next: lapsed}", "review: {lookup: {register: plots, key: '\"p1\"', take: [size], purpose: x}, outcomes: {done: granted, none: granted, down: granted}}")
        .replace("count > 5', while", "count > 1', again: true, while");
    let kit = kit(&story);
    let mut world = begun(&kit);
    does(&mut world, "order", "grant", 0).expect("granted");
    assert_eq!(happened(&world, "more").len(), 1, "it has not become true anew");
    assert!(!world.case.flow.is_open());
}

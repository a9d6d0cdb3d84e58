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
    found(
        "at: steps.papers.entered + 10 days, while: [papers]",
        "at: case.opened + 1 days, while: [lapsed]",
        "needs stage 2",
    );
    found("when: 'documents.paper.count > 1'", "when: 'today > date(\"2026-01-01\")'", "by time alone");
    found("every: 7 days,", "every: 7 days, again: true,", "`again` is for");
    found("at: steps.papers.entered + 10 days,", "at: case.opened, by: [clerk],", "nobody raises it");
    found("at: steps.papers.entered + 10 days,", "at: case.opened, until: case.opened,", "`until` is for");
    found("{event: nag, every", "{event: reminder, every", "it has one entry");
}

//! Branches that run at once: they end one by one, the case goes on when enough of them have, and nothing of them is left.

use guichet::engine::workflow::{Command, Status, What};

use super::bench::{at, begun, does, kit};
use super::checker::finds;
use super::laws;
use super::play::World;

pub const STORY: &str = "
start: {by: [person], first: check, needs: [form]}
time_limit: {within: 60 working days}
steps:
  check: {task: {role: clerk}, outcomes: {on: views, more: check}}
  views: {together: {branches: [roads, water, heirs]}, next: order}
  roads: {task: {role: clerk}, outcomes: {fine: done, never: {go: order, leave: true}}, expires: {after: 10 days, as: fine}}
  water: {task: {role: chief}, outcomes: {fine: done, survey: [{go: level, also: [photo]}]}}
  level: {task: {role: clerk}, next: done}
  photo: {task: {role: clerk}, next: done}
  heirs: {together: {branches: [son, aunt], need: any}, next: done}
  son: {task: {role: clerk}, clock: stands, next: done}
  aunt: {task: {role: clerk}, clock: stands, next: done}
  order: {task: {role: chief}, outcomes: {approve: {go: granted, decision: favourable}, again: views}}
";

fn open(world: &World<'_>) -> Vec<String> {
    world.case.flow.tokens.values().map(|t| t.step.clone()).collect()
}

fn in_branches(story: &str, then: impl FnOnce(&mut World<'_>)) {
    let kit = kit(story);
    let mut world = begun(&kit);
    does(&mut world, "check", "on", 0).expect("checked");
    then(&mut world);
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn the_case_goes_on_when_the_last_branch_has_ended() {
    in_branches(STORY, |world| {
        assert_eq!(open(world), ["views", "roads", "water", "heirs", "son", "aunt"]);
        does(world, "roads", "fine", 1).expect("done");
        does(world, "water", "survey", 2).expect("done");
        // One of the inner two is enough, and the other is given up.
        does(world, "aunt", "done", 3).expect("done");
        let mut left = open(world);
        left.sort();
        assert_eq!(left, ["level", "photo", "views"]);
        does(world, "level", "done", 3).expect("done");
        assert_eq!(open(world), ["views", "photo"], "what was opened beside in a branch is waited for");
        does(world, "photo", "done", 3).expect("done");
        assert_eq!(open(world), ["order"]);
        let ended = world.log().iter().filter(|e| matches!(e.what, What::BranchEnded { .. })).count();
        assert_eq!(ended, 4, "three branches and one of the inner two");
        // A second round opens them all anew.
        does(world, "order", "again", 4).expect("done");
        assert_eq!(open(world), ["views", "roads", "water", "heirs", "son", "aunt"]);
    });
}

#[test]
fn whoever_leaves_gives_up_the_sisters() {
    in_branches(STORY, |world| {
        does(world, "water", "survey", 2).expect("done");
        does(world, "roads", "never", 1).expect("done");
        assert_eq!(open(world), ["order"]);
        assert_eq!(world.case.flow.results["views"].outcome, None, "the opinions were not all heard");
    });
}

#[test]
fn silence_is_an_answer_that_guards_read() {
    in_branches(STORY, |world| {
        world.now = at("2026-08-20T09:00");
        world.send(Command::Tick).expect("a tick");
        let roads = &world.case.flow.results["roads"];
        assert_eq!((roads.outcome.as_deref(), roads.by), (Some("fine"), None));
        assert!(!open(world).contains(&"roads".to_owned()));
        laws::late_timer(world, guichet::engine::workflow::decide).expect("late or not");
    });
}

#[test]
fn the_limit_stands_where_all_branches_that_are_left_stand() {
    in_branches(STORY, |world| {
        let run = |world: &World<'_>| world.case.flow.clock.due.is_some();
        does(world, "roads", "fine", 1).expect("done");
        assert!(run(world));
        does(world, "water", "fine", 2).expect("done");
        assert_eq!(open(world), ["views", "heirs", "son", "aunt"]);
        assert!(!run(world), "only the heirs are waited for");
        does(world, "son", "done", 3).expect("done");
        assert_eq!(open(world), ["order"]);
        assert!(run(world));
    });
}

#[test]
fn a_number_of_branches_is_enough() {
    in_branches(
        &STORY.replace("branches: [roads, water, heirs]}", "branches: [roads, water, heirs], need: 2}"),
        |world| {
            does(world, "roads", "fine", 1).expect("done");
            assert!(open(world).contains(&"views".to_owned()));
            does(world, "son", "done", 3).expect("done");
            assert_eq!(open(world), ["order"]);
        },
    );
}

#[test]
fn an_end_and_a_withdrawal_leave_nothing_open() {
    in_branches(STORY, |world| {
        world.send(Command::Withdraw { by: super::play::doer(super::play::CITIZEN) }).expect("withdrawn");
        assert!(open(world).is_empty() && matches!(world.case.flow.status, Status::Closed { .. }));
    });
}

#[test]
fn what_takes_the_place_of_a_step_in_a_branch_is_in_that_branch() {
    let story = format!("{STORY}events: [{{event: stop, by: [clerk], while: [water], go: level}}]\n");
    in_branches(&story, |world| {
        let by = super::play::officer(world.def, 1);
        world.send(Command::Raise { event: "stop".into(), by: by.clone(), answers: None }).expect("raised");
        assert_eq!(open(world), ["views", "roads", "heirs", "son", "aunt", "level"]);
        does(world, "level", "done", 1).expect("done");
        does(world, "roads", "fine", 1).expect("done");
        does(world, "son", "done", 1).expect("done");
        assert_eq!(open(world), ["order"]);
    });
}

#[test]
fn the_checker_knows_branches() {
    let found = |from: &str, to: &str, words: &str| finds(STORY, from, to, words);
    found("more: check}", "more: level}", "is reached from outside it");
    found("level: {task: {role: clerk}, next: done}", "level: {task: {role: clerk}, next: son}", "is in two branches");
    found(
        "level: {task: {role: clerk}, next: done}",
        "level: {task: {role: clerk}, next: views}",
        "leads back into it",
    );
    found("need: any}", "need: 3}", "a number of the branches");
    found("need: any}", "need: most}", "`all`, `any` or a number");
    found("branches: [son, aunt]", "branches: [son]", "2 to 20 branches");
    found("fine: done, never", "fine: {go: done, decision: favourable}, never", "that is done behind `views`");
    found("again: views", "again: {go: views, leave: true}", "is in no branch");
    found("next: order}\n  roads", "next: order, clock: stands}\n  roads", "in the steps of its branches");
    found(
        "steps:\n  check",
        "events: [{event: stop, by: [clerk], while: [water], go: order}]\nsteps:\n  check",
        "an event leads into or out of a branch",
    );
}

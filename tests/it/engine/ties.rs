//! Tasks whose officer says first that nothing ties him to anybody in the case.

use guichet::engine::workflow::{Command, Completion, Refusal, What};

use super::bench::{begun, kit};
use super::laws;
use super::play::{World, officer, person};

const STORY: &str = "
start: {by: [person], first: order, needs: [form]}
time_limit: {within: 60 working days}
steps:
  order:
    task: {role: chief, declare: true}
    outcomes:
      grant: {go: granted, decision: favourable}
      refuse: {go: refused, decision: adverse, reasons: [bad]}
      back: order
";

fn claims(world: &mut World<'_>, token: u32, who: u128, untied: bool) -> Result<(), Refusal> {
    let by = officer(world.def, who);
    world.send(Command::Claim { token, by, untied })
}

fn completes(world: &mut World<'_>, token: u32, who: u128, outcome: &str) -> Result<(), Refusal> {
    let (by, outcome) = (officer(world.def, who), Some(outcome.to_owned()));
    let completion = Box::new(Completion { outcome, ..Completion::default() });
    world.send(Command::Complete { token, by, completion })
}

#[test]
fn who_takes_it_says_first_that_nothing_ties_him() {
    let kit = kit(STORY);
    let mut world = begun(&kit);
    assert_eq!(claims(&mut world, 0, 1, false), Err(Refusal::NotDeclared));
    assert!(world.case.flow.tokens[&0].holder.is_none(), "nothing is half done");
    claims(&mut world, 0, 1, true).expect("he says so, and has it");
    assert!(world.case.flow.declared.contains(&person(1)));
    // Said once, it holds for the case: the next round asks no more of him, and of another it does.
    completes(&mut world, 0, 1, "back").expect("again");
    assert_eq!(claims(&mut world, 1, 2, false), Err(Refusal::NotDeclared));
    claims(&mut world, 1, 1, false).expect("he has said so");
    let said = world.log().iter().filter(|e| matches!(e.what, What::Declared { .. })).count();
    assert_eq!(said, 1);
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn who_was_given_it_says_so_before_it_is_done() {
    let kit = kit(STORY);
    let mut world = begun(&kit);
    let to = officer(world.def, 1);
    world.send(Command::Assign { token: 0, to }).expect("given to him by others");
    assert_eq!(completes(&mut world, 0, 1, "grant"), Err(Refusal::NotDeclared));
    assert_eq!(claims(&mut world, 0, 2, true), Err(Refusal::AlreadyClaimed));
    assert!(world.case.flow.declared.is_empty(), "who does not get it has said nothing");
    claims(&mut world, 0, 1, true).expect("he says so");
    completes(&mut world, 0, 1, "grant").expect("and decides");
    assert!(!world.case.flow.is_open());
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn of_others_he_says_it_anew() {
    let amended = STORY.replace("first: order", "first: begin").replace(
        "steps:\n",
        "steps:\n  begin: {next: {go: order, also: [amend]}}\n  amend: {ask: {of: applicant, for: [form]}, next: done, expires: {after: 9 days, go: done}}\n",
    );
    let kit = kit(&amended);
    let mut world = begun(&kit);
    let order = world.token("order");
    claims(&mut world, order, 1, true).expect("he says so");
    super::bench::does(&mut world, "amend", "done", 0).expect("somebody else may be in it now");
    assert_eq!(completes(&mut world, order, 1, "grant"), Err(Refusal::NotDeclared));
    claims(&mut world, order, 1, true).expect("he says so again");
    completes(&mut world, order, 1, "grant").expect("and decides");
}

#[test]
fn where_nothing_is_asked_nothing_is_said() {
    let kit = kit(&STORY.replace(", declare: true", ""));
    let mut world = begun(&kit);
    claims(&mut world, 0, 1, true).expect("his");
    assert!(world.case.flow.declared.is_empty());
    completes(&mut world, 0, 1, "grant").expect("decided");
}

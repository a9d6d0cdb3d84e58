//! A task that several officers do: each for himself, until enough of them have come to the same outcome.

use guichet::engine::workflow::{Command, Refusal, Status, What};

use super::bench::{begun, code, does, kit};
use super::checker::finds;
use super::laws;
use super::play::World;

const STORY: &str = "
start: {by: [person], first: check, needs: [form]}
time_limit: {within: 60 working days}
steps:
  check: {task: {role: clerk}, next: order}
  order:
    task: {role: chief, need: 2}
    outcomes:
      grant: {go: granted, decision: favourable}
      refuse: {go: refused, decision: adverse, reasons: [bad]}
      back: check
      never: {when: form.size > 1000, go: granted, decision: favourable}
";

fn before_the_panel(then: impl FnOnce(&mut World<'_>)) {
    let kit = kit(STORY);
    let mut world = begun(&kit);
    does(&mut world, "check", "done", 0).expect("checked");
    then(&mut world);
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn two_of_three_who_say_the_same_decide_and_all_are_known() {
    before_the_panel(|world| {
        does(world, "order", "grant", 1).expect("one");
        assert!(world.case.flow.decision.is_none() && world.case.flow.tokens.values().all(|t| t.holder.is_none()));
        // Nobody has two says, and one that is not on offer is none.
        assert_eq!(code(does(world, "order", "grant", 1)), "four_eyes");
        assert_eq!(code(does(world, "order", "never", 2)), "not_offered");
        does(world, "order", "refuse", 2).expect("two, with reasons");
        assert!(world.case.flow.decision.is_none(), "they do not agree");
        does(world, "order", "grant", 3).expect("three");
        assert!(matches!(&world.case.flow.status, Status::Closed { end, .. } if end == "granted"));
        assert_eq!(world.case.flow.deciders.len(), 3, "who was outvoted decided as well, and hears no appeal");
        assert_eq!(world.case.data.events["vote"].len(), 3);
        let voted = world.log().iter().filter(|e| matches!(e.what, What::Voted { .. })).count();
        assert_eq!(voted, 3);
    });
}

#[test]
fn a_new_round_is_a_new_vote() {
    before_the_panel(|world| {
        does(world, "order", "back", 1).expect("one");
        does(world, "order", "back", 2).expect("two");
        does(world, "check", "done", 0).expect("checked again");
        does(world, "order", "grant", 1).expect("he has a say again");
        assert!(world.case.flow.is_open());
        let again: Result<(), Refusal> = does(world, "order", "grant", 2);
        again.expect("and she");
        assert!(!world.case.flow.is_open());
    });
}

#[test]
fn whoever_keeps_out_had_no_say() {
    before_the_panel(|world| {
        does(world, "order", "grant", 1).expect("one");
        let token = *world.case.flow.tokens.keys().next().expect("the task");
        let by = super::play::officer(world.def, 1);
        world.send(Command::Recuse { token, by }).expect("recused");
        does(world, "order", "grant", 2).expect("the first that counts");
        assert!(world.case.flow.is_open(), "one of two is left");
        does(world, "order", "grant", 3).expect("the second");
        assert_eq!(world.case.flow.deciders, [super::play::person(2), super::play::person(3)].into());
    });
}

#[test]
fn what_one_of_several_states_is_no_answer_of_the_step() {
    before_the_panel(|world| {
        does(world, "order", "grant", 1).expect("one");
        assert!(!world.case.data.steps.contains_key("order") && world.case.flow.results["order"].outcome.is_none());
        let vote = &world.case.data.events["vote"][0];
        assert_eq!((&vote["step"], &vote["outcome"]), (&"order".into(), &"grant".into()));
    });
}

#[test]
fn the_checker_knows_how_many_there_can_be() {
    finds(STORY, "need: 2", "need: 0", "`need` is 1 to 20 officers");
}

//! What the legal limit comes to: an extension, and silence of the office. And who keeps out of a case.

use guichet::engine::definition::Decision;
use guichet::engine::workflow::{Command, Refusal, Status};

use super::bench::{at, begun, does, kit};
use super::laws;
use super::play::{World, officer};

const STORY: &str = "
start: {by: [person], first: check, needs: []}
time_limit:
  within: 10 working days
  extend: {by: 5 working days, role: chief}
  then: {go: granted, decision: favourable}
steps:
  check: {task: {role: clerk}, outcomes: {on: order, papers: papers}}
  papers: {ask: {of: applicant, for: [documents]}, clock: stands, next: check, expires: {after: 30 days, go: check}}
  order:
    task: {role: chief}
    outcomes: {approve: {go: granted, decision: favourable}, refuse: {go: refused, decision: adverse, reasons: [bad]}}
remedies: {appeal: {against: [order], service: other, levels: [{role: chief, within: 30 days}]}}
";

fn extend(world: &mut World<'_>, by: u128, reason: &str) -> Result<(), Refusal> {
    let by = officer(world.def, by);
    world.send(Command::Extend { by, reason: reason.into() })
}

/// Ten working days from Monday 3 August end with Monday 17, five more with Monday 24: the week ends on Friday and Saturday.
#[test]
fn it_is_extended_once_and_before_it_has_passed() {
    let kit = kit(STORY);
    let mut world = begun(&kit);
    assert_eq!(world.case.flow.clock.due, Some(at("2026-08-18T00:00")));
    assert_eq!(extend(&mut world, 6, "Flood."), Err(Refusal::WrongRole), "who has no role");
    assert!(matches!(extend(&mut world, 0, " "), Err(Refusal::Invalid(_))), "without a reason");
    world.now = at("2026-08-06T11:00");
    extend(&mut world, 0, "Flood.").expect("extended");
    assert_eq!(world.case.flow.clock.due, Some(at("2026-08-25T00:00")));
    assert_eq!(extend(&mut world, 0, "Flood again."), Err(Refusal::ClockNotOpen), "once");
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn while_it_stands_it_is_extended_too() {
    let kit = kit(STORY);
    let mut world = begun(&kit);
    does(&mut world, "check", "papers", 0).expect("asked");
    extend(&mut world, 0, "Flood.").expect("extended");
    assert_eq!(world.case.flow.clock.due, None);
    world.now = at("2026-08-11T11:00");
    does(&mut world, "papers", "done", 0).expect("answered");
    // Fifteen days, none of them used up.
    assert_eq!(world.case.flow.clock.due, Some(at("2026-09-02T00:00")));
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn silence_decides_at_its_own_instant_and_nobody_after_it() {
    let kit = kit(STORY);
    let mut world = begun(&kit);
    does(&mut world, "check", "on", 0).expect("checked");
    let order = world.token("order");
    world.now = at("2026-08-20T09:00");
    // The timer has not come yet, and the officer is too late all the same.
    let completion = Box::new(world.completion("order", 1, 0));
    let late = world.send(Command::Complete { token: order, by: officer(&kit.def, 1), completion });
    assert_eq!(late, Err(Refusal::Closed));
    world.send(Command::Tick).expect("a tick is never refused");
    let flow = &world.case.flow;
    assert_eq!((flow.decision, flow.decided_in.as_deref()), (Some(Decision::Favourable), Some("silence")));
    assert_eq!(flow.decided, Some(at("2026-08-18T00:00")));
    assert!(matches!(&flow.status, Status::Closed { end, .. } if end == "granted"));
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn who_keeps_out_gives_back_what_he_had_and_gets_nothing_more() {
    let kit = kit(STORY);
    let mut world = begun(&kit);
    let clerk = officer(&kit.def, 0);
    world.send(Command::Claim { token: 0, by: clerk.clone(), untied: false }).expect("claimed");
    world.send(Command::Recuse { token: 0, by: clerk.clone() }).expect("out");
    assert_eq!(world.case.flow.tokens[&0].holder, None);
    assert_eq!(world.send(Command::Claim { token: 0, by: clerk.clone(), untied: false }), Err(Refusal::Recused));
    assert_eq!(world.send(Command::Assign { token: 0, to: officer(&kit.def, 7) }), Err(Refusal::Recused), "for him");
    assert_eq!(world.send(Command::Recuse { token: 0, by: officer(&kit.def, 6) }), Err(Refusal::WrongRole));
    let seen = world.log().len();
    world.send(Command::Recuse { token: 0, by: clerk }).expect("known already");
    assert_eq!(world.log().len(), seen);
    laws::all(&world).expect("the invariants hold");
}

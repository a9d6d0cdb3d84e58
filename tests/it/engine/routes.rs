//! Where a case goes: answers of registers, guards, deadlines before everything else, and money.

use guichet::engine::workflow::{Answer, Command, Completion, DemandState, DocumentFact, Status};
use rust_decimal::Decimal;
use serde_json::json;

use super::bench::{at, begun, code, does, kit, last};
use super::decider::ORDER;
use super::laws;
use super::play::{CITIZEN, World, doer};
use super::scene::Kit;

#[test]
fn machines_may_be_late_and_people_are_told() {
    let kit = kit(LOOK);
    let mut world = begun(&kit);
    let answer = || Command::Answered { token: 0, answer: Answer::Down };
    let before = world.case.clone();
    world.send(answer()).expect("late, and no harm");
    assert!(last(&world).is_empty());
    assert_eq!(world.case, before);
    world.send(Command::Withdraw { by: doer(CITIZEN) }).expect("withdrawn");
    world.send(answer()).expect("late, and no harm");
    assert!(last(&world).is_empty());
}

const LOOK: &str = "
start: {by: [person], first: look, needs: []}
steps:
  look:
    lookup: {register: plots, key: '\"p1\"', take: [size], purpose: trial}
    outcomes: {done: order, none: order, down: order}
  order:
    task: {role: clerk}
    outcomes:
      again: look
      grant: {when: 'steps.look.found and steps.look.size > 5', go: write, decision: favourable}
      refuse: {go: refused, decision: adverse, reasons: [bad]}
  write:
    do: [{record: {register: plots, key: '\"p1\"', change: used, set: {size: '1'}, expects: steps.look.version}}]
    outcomes: {done: granted, conflict: {go: look, do: [{tell: {who: applicant, text: changed}}]}}
";

#[test]
fn what_an_earlier_answer_said_is_forgotten_when_the_register_is_down() {
    let kit = kit(LOOK);
    let mut world = begun(&kit);
    assert_eq!(world.case.data.steps["look"]["size"], json!(7));
    world.down = true;
    does(&mut world, "order", "again", 0).expect("asked again");
    assert_eq!(code(does(&mut world, "order", "grant", 0)), "not_offered");
    world.down = false;
    does(&mut world, "order", "again", 0).expect("asked again");
    assert_eq!(code(does(&mut world, "order", "grant", 0)), "taken");
    assert_eq!(world.scene.registers["plots"]["p1"], (2, json!({"size": 1})));
}

#[test]
fn a_conflict_is_an_answer_and_nothing_was_written() {
    let kit = kit(LOOK);
    let mut world = begun(&kit);
    world.scene.registers.get_mut("plots").and_then(|r| r.get_mut("p1")).expect("a plot").0 = 4;
    does(&mut world, "order", "grant", 0).expect("granted on what was seen");
    let said: Vec<String> = world.log().iter().map(super::bench::word).collect();
    assert!(said.contains(&"told changed".to_owned()), "{said:?}");
    assert!(!world.case.flow.changed);
    assert_eq!(world.scene.registers["plots"]["p1"], (4, json!({"size": 7})));
    does(&mut world, "order", "grant", 0).expect("and on what is there now");
    assert_eq!(world.case.flow.status.word(), "closed");
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn the_arrow_that_was_decided_is_the_one_that_is_taken() {
    let kit = kit("
start: {by: [person], first: order, needs: []}
steps:
  order:
    task: {role: chief}
    outcomes:
      approve:
        - {when: 'case.decided = null', go: granted, decision: favourable}
        - {go: refused, decision: adverse, reasons: [bad]}
");
    let mut world = begun(&kit);
    let completion = Completion { reasons: vec![], ..world.completion("order", 0, 0) };
    world.forward(0, 0, completion).expect("approved");
    assert!(
        matches!(&world.case.flow.status, Status::Closed { end, .. } if end == "granted"),
        "{:?}",
        world.case.flow.status
    );
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn at_one_instant_the_step_comes_before_the_limit() {
    let kit = kit("
start: {by: [person], first: check, needs: []}
time_limit: {within: 3 days}
steps:
  check: {task: {role: clerk}, within: 3 days, next: lapsed, expires: {after: 3 days, go: order}}
  order: {task: {role: chief}, within: 3 days, next: lapsed}
");
    let mut world = begun(&kit);
    world.now = at("2026-08-20T10:00");
    world.send(Command::Tick).expect("a tick");
    let said = [
        "step_overdue check",
        "step_expired check",
        "step_left check",
        "step_entered order",
        "clock_expired",
        "step_overdue order",
    ];
    assert_eq!(last(&world), said);
    let instants: Vec<String> = world.log().iter().rev().take(6).map(|e| e.at.to_string()).collect();
    let (first, second) = (at("2026-08-07T00:00").to_string(), at("2026-08-11T00:00").to_string());
    assert_eq!(instants, [&second, &first, &first, &first, &first, &first].map(String::as_str));
}

#[test]
fn time_comes_before_what_is_handed_in() {
    let kit = kit("
start: {by: [person], first: open, needs: []}
steps:
  open: {task: {role: clerk}, next: {go: first, also: [second]}}
  first: {ask: {of: applicant, for: [documents]}, next: done, expires: {after: 2 days, go: fork}}
  second: {ask: {of: applicant, for: [documents]}, next: order}
  fork: {next: [{when: documents.paper.present, go: order}, {go: late}]}
  late: {task: {role: clerk}, next: lapsed}
  order: {task: {role: chief}, next: lapsed}
");
    let mut world = begun(&kit);
    does(&mut world, "open", "done", 0).expect("opened");
    world.send(Command::Documents { documents: vec![], added: false }).expect("taken back");
    // The paper comes after the first ask has expired, though no timer has said so yet.
    world.now = at("2026-08-10T10:00");
    let paper = DocumentFact { kind: "paper".into(), of: 0, issued: None };
    world.send(Command::Documents { documents: vec![paper], added: true }).expect("taken");
    let open: Vec<&str> = world.case.flow.tokens.values().map(|t| t.step.as_str()).collect();
    assert_eq!(open, ["second", "late"]);
}

fn pay_kit() -> Kit {
    kit("
start: {by: [person], first: pay, needs: []}
steps:
  pay: {charge: {fee: entry}, next: order, expires: {after: 7 days, go: lapsed}}
  order: {task: {role: chief}, outcomes: {close: {go: lapsed, do: [{refund: entry}]}, keep: lapsed}}
")
}

fn demand(world: &World<'_>) -> (DemandState, Decimal) {
    let (_, demand) = world.case.flow.demands.last_key_value().expect("a demand");
    (demand.state, demand.amount)
}

#[test]
fn money_that_comes_too_late_goes_back_once() {
    let kit = pay_kit();
    // Seven days from the 3rd: the midnight after the 10th, and that instant is too late.
    for (when, paid) in [("2026-08-10T23:59", true), ("2026-08-11T00:00", false), ("2026-08-20T10:00", false)] {
        let mut world = begun(&kit);
        world.now = at(when);
        world.send(Command::Paid { demand: 0 }).expect("money is never refused");
        let wanted = if paid { DemandState::Paid } else { DemandState::Returned };
        assert_eq!(demand(&world), (wanted, Decimal::from(20)), "{when}");
        assert_eq!(world.case.flow.is_open(), paid);
        world.send(Command::Paid { demand: 0 }).expect("money is never refused");
        assert!(last(&world).is_empty(), "the second time nothing happens: {:?}", last(&world));
        laws::all(&world).expect("the invariants hold");
    }
}

#[test]
fn a_refund_gives_back_what_was_paid() {
    let kit = pay_kit();
    for (outcome, state) in [("close", DemandState::Returned), ("keep", DemandState::Paid)] {
        let mut world = begun(&kit);
        world.send(Command::Paid { demand: 0 }).expect("paid");
        does(&mut world, "order", outcome, 0).expect("closed");
        assert_eq!(demand(&world).0, state);
    }
}

#[test]
fn what_was_paid_before_is_deducted() {
    let kit = kit(ORDER);
    let mut world = begun(&kit);
    does(&mut world, "check", "on", 0).expect("checked");
    does(&mut world, "order", "approve", 1).expect("approved");
    assert_eq!(demand(&world), (DemandState::Due, Decimal::from(20)));
    world.send(Command::Paid { demand: world.token("pay") }).expect("paid");
    does(&mut world, "sign", "stop", 2).expect("stopped");
    does(&mut world, "order", "approve", 1).expect("approved again");
    // 20 and, in the second round, 50 more; 20 are there already.
    assert_eq!(demand(&world), (DemandState::Due, Decimal::from(50)));
    world.send(Command::Paid { demand: world.token("pay") }).expect("paid");
    does(&mut world, "sign", "stop", 2).expect("stopped");
    does(&mut world, "order", "approve", 1).expect("and again");
    // Nothing is left to pay: no demand, and the step is passed.
    assert_eq!(world.case.flow.demands.len(), 2);
    world.token("sign");
    does(&mut world, "sign", "stop", 2).expect("stopped");
    does(&mut world, "order", "reject", 1).expect("rejected");
    assert!(world.case.flow.demands.values().all(|d| d.state == DemandState::Returned));
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn a_withdrawal_ends_everything() {
    let kit = pay_kit();
    let mut world = begun(&kit);
    world.send(Command::Withdraw { by: doer(CITIZEN) }).expect("withdrawn");
    assert_eq!(last(&world), ["step_cancelled pay", "closed withdrawn"]);
    assert_eq!(demand(&world).0, DemandState::Void);
    assert_eq!(world.case.flow.next_due(), None);
}

#[test]
fn on_the_way_out_a_step_is_not_one_of_the_open_ones() {
    let kit = kit("
start: {by: [person], first: open, needs: []}
steps:
  open: {task: {role: clerk}, next: {go: order, also: [check]}}
  check: {task: {role: clerk}, next: {go: done, do: [{tell: {who: applicant, text: alone}, when: case.alone}]}}
  order: {task: {role: chief}, next: {go: lapsed, do: [{tell: {who: applicant, text: last}, when: case.alone}]}}
");
    let mut world = begun(&kit);
    does(&mut world, "open", "done", 0).expect("opened");
    does(&mut world, "check", "done", 0).expect("checked");
    assert_eq!(last(&world), ["step_answered check", "step_left check"], "the order is open still");
    does(&mut world, "order", "done", 1).expect("ordered");
    assert_eq!(last(&world), ["step_answered order", "step_left order", "told last", "closed lapsed"]);
}

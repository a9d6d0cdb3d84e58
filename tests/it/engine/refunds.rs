//! Fees that go back, whole or in part: never more than was paid.

use guichet::engine::workflow::{Command, DemandState, What};
use rust_decimal::Decimal;
use serde_json::json;

use super::bench::{begun, does, kit};
use super::checker::finds;
use super::laws;
use super::play::World;

const STORY: &str = "
start: {by: [person], first: pay, needs: [form]}
steps:
  pay: {charge: {fee: entry}, next: order}
  order:
    task: {role: clerk}
    outcomes:
      half: {go: order, do: [{refund: {fee: entry, amount: 'fees.entry.paid / 2'}}]}
      much: {go: order, do: [{refund: {fee: entry, amount: '500'}}]}
      none: {go: order, do: [{refund: {fee: entry, amount: 'form.size - 5'}}]}
      each: {go: order, do: [{refund: {fee: entry, amount: item}, each: '[1, 2]'}]}
      all: {go: order, do: [{refund: entry}]}
      again: pay
      grant: {go: granted, decision: favourable}
";

fn paid(world: &mut World<'_>) {
    let demand = world.token("pay");
    world.send(Command::Paid { demand }).expect("paid");
}

fn back(world: &World<'_>) -> Vec<Decimal> {
    let log = world.log();
    let back = log.iter().filter_map(|e| match &e.what {
        What::PaymentReturned { amount, .. } => Some(*amount),
        _ => None,
    });
    back.collect()
}

fn done(world: &mut World<'_>, outcome: &str) {
    does(world, "order", outcome, 0).expect("done");
}

#[test]
fn a_part_goes_back_and_the_rest_counts_as_paid() {
    let kit = kit(STORY);
    let mut world = begun(&kit);
    paid(&mut world);
    done(&mut world, "none");
    assert!(back(&world).is_empty(), "nothing is no refund");
    done(&mut world, "half");
    assert_eq!(back(&world), [Decimal::from(10)]);
    assert_eq!(world.case.flow.paid("entry"), Decimal::from(10));
    done(&mut world, "each");
    assert_eq!(back(&world)[1..], [Decimal::from(1), Decimal::from(2)]);
    // What went back is due again when the fee is charged again.
    does(&mut world, "order", "again", 0).expect("charged");
    let again = world.token("pay");
    assert_eq!(world.case.flow.demands[&again].amount, Decimal::from(13));
    paid(&mut world);
    // First what was paid last; no more than is there.
    done(&mut world, "much");
    assert_eq!(back(&world)[3..], [Decimal::from(13), Decimal::from(7)]);
    assert!(world.case.flow.demands.values().all(|d| d.state == DemandState::Returned));
    done(&mut world, "all");
    assert_eq!(back(&world).len(), 5, "there is nothing left");
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn what_a_demand_was_stays_as_it_was_stored_before() {
    let stored = json!({"fee": "entry", "amount": "20", "state": "paid"});
    let demand: guichet::engine::workflow::Demand = serde_json::from_value(stored.clone()).expect("a demand");
    assert_eq!(serde_json::to_value(&demand).expect("JSON")["returned"], json!(null));
    assert_eq!(demand.left(), Decimal::from(20));
}

#[test]
fn what_is_no_part_of_a_fee_is_found() {
    let found = |to: &str, words: &str| finds(STORY, "refund: {fee: entry, amount: '500'}", to, words);
    found("refund: {fee: exit, amount: '500'}", "there is no fee `exit`");
    found("refund: {fee: entry, amount: '\"much\"'}", "is no amount");
    found("refund: {fee: entry}", "amount");
}

//! What semantics ask of the land mutation beside the numbered invariants: no rejection without a hearing since the last
//! report, no khatian without its fee, both decisions as long as nothing is decided, and a register that says what was decided.

use std::collections::BTreeSet;

use guichet::engine::definition::{Country, Decision, compile};
use guichet::engine::workflow::{DemandState, Event, Status, TokenId, What};

use super::invariants::{broken, hold_for};
use super::laws::Verdict;
use super::play::World;
use super::scene::Kit;

fn must(holds: bool, sentence: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(sentence()) }
}

fn last(log: &[Event], step: &str) -> Option<usize> {
    log.iter().rposition(|e| matches!(&e.what, What::StepAnswered { step: s, .. } if s == step))
}

/// L2: an order that refuses was made after a hearing that was held after the last report from the field.
fn heard_before_a_rejection(world: &World<'_>) -> Verdict {
    let log = world.log();
    for (at, event) in log.iter().enumerate() {
        if !matches!(&event.what, What::Decided { decision: Decision::Adverse, step, .. } if step == "order") {
            continue;
        }
        let (heard, reported) = (last(&log[..at], "hearing"), last(&log[..at], "field_report"));
        must(heard > reported, || format!("refused at {at}, heard at {heard:?}, reported at {reported:?}"))?;
    }
    Ok(())
}

/// L4: when the khatian is issued, its fee is paid and was not given back.
fn paid_before_the_khatian(world: &World<'_>) -> Verdict {
    let (mut paid, mut fees) = (BTreeSet::<TokenId>::new(), BTreeSet::<TokenId>::new());
    for event in world.log() {
        match &event.what {
            What::StepEntered { token, step, .. } if step == "pay_dcr" => drop(fees.insert(*token)),
            What::PaymentSettled { demand } => drop(paid.insert(*demand)),
            What::PaymentReturned { demand, .. } => drop(paid.remove(demand)),
            What::Issued { template, .. } if template.ends_with("khatian") => {
                must(paid.intersection(&fees).next().is_some(), || {
                    format!("a khatian is issued and not paid: {event:?}")
                })?;
            }
            _ => {}
        }
    }
    let owed = |d: &guichet::engine::workflow::Demand| d.fee == "dcr" && d.state == DemandState::Due;
    let closed = !world.case.flow.is_open();
    must(!(closed && world.case.flow.demands.values().any(owed)), || "it is closed and a fee is due".into())
}

/// L6: when the case is closed, a change of the register stands if and only if it ended with a khatian; or an officer put it
/// right by hand, because somebody had built upon it.
fn register_says_what_was_decided(world: &World<'_>) -> Verdict {
    let Status::Closed { end, .. } = &world.case.flow.status else { return Ok(()) };
    let changed = world.case.flow.changed;
    let by_hand =
        world.case.flow.results.get("restore_by_hand").is_some_and(|r| r.outcome.as_deref() == Some("cleared"));
    must(changed == (end == "issued") || by_hand, || {
        format!("it ended in `{end}`, a change of the register stands: {changed}")
    })
}

/// L5: as long as nothing is decided, the case can come to either decision where the register bears it out: no step on the
/// way leads to one of them alone. What is looked at is each state in which the order is open.
fn order_is_free(world: &World<'_>) -> Verdict {
    let flow = &world.case.flow;
    let Some((token, _)) = flow.tokens.iter().find(|(_, t)| t.step == "order" && t.ready.is_none()) else {
        return Ok(());
    };
    if flow.is_held() {
        return Ok(());
    }
    let refused = |at: &World<'_>| act(at, "order", "reject").is_some();
    let heard =
        || act(world, "order", "hear").and_then(|at| act(&at, "hearing", "held")).is_some_and(|at| refused(&at));
    must(refused(world) || heard(), || format!("the order {token} can only approve"))
}

/// Somebody new does an open step.
fn act<'k>(at: &World<'k>, step: &str, name: &str) -> Option<World<'k>> {
    let mut next = at.clone();
    let token = next.case.flow.tokens.iter().find(|(_, t)| t.step == step).map(|(id, _)| *id)?;
    let outcome = next.def.steps[step].outcomes.get_index_of(name)?;
    let completion = next.completion(step, outcome, 0);
    next.forward(token, 3_000, completion).ok()?;
    Some(next)
}

fn doctored(changes: &[(&str, &str)]) -> Kit {
    let mut files = super::files();
    let text = files.get_mut("land-mutation/service.yaml").expect("the service");
    for (from, to) in changes {
        assert!(text.contains(from), "there is no `{from}`");
        *text = text.replace(from, to);
    }
    let country = Country::read(&files).expect("the country is in order");
    Kit::of(compile("land-mutation", &files, &country).unwrap_or_else(|f| panic!("{f:#?}")))
}

fn caught(changes: &[(&str, &str)], law: &dyn Fn(&World<'_>) -> Verdict) {
    hold_for(&doctored(&[]), law).unwrap_or_else(|sentence| panic!("{sentence}"));
    assert!(broken(&doctored(changes), law).is_some(), "nobody misses {changes:?}");
}

#[test]
fn nobody_is_refused_unheard() {
    let rule = "        when: 'steps.hearing.outcome = \"held\" and steps.hearing.done > steps.field_report.done'\n";
    caught(&[(rule, "")], &heard_before_a_rejection);
}

#[test]
fn no_khatian_is_issued_unpaid() {
    caught(&[("        go: pay_dcr\n", "        go: finalise\n")], &paid_before_the_khatian);
}

#[test]
fn the_order_may_refuse_as_well_as_approve() {
    caught(&[("      hear: hearing\n", "")], &order_is_free);
}

#[test]
fn the_register_says_what_was_decided() {
    caught(&[("          undo: true\n", ""), (", undo: true}", "}")], &register_says_what_was_decided);
}

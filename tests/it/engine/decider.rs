//! The decider's rules one by one: what is refused and why, four eyes, and events whose stored form stays.

use guichet::engine::workflow::{Answer, Command, Completion, Doer, Refusal, Statement, Worker, decide};
use guichet::kernel::PersonId;
use serde_json::json;

use super::bench::{at, begun, code, definition, does, faults, kit, last};
use super::laws;
use super::play::{CITIZEN, World, doer, officer, person};
use super::scene::Kit;

pub const ORDER: &str = "
start: {by: [person], first: check, needs: []}
time_limit: {within: 20 working days}
steps:
  check:
    task: {role: clerk}
    within: 2 working days
    outcomes:
      on: order
      second: {when: 'steps.check.rounds > 1', go: order}
      papers: papers
  papers: {ask: {of: applicant, for: [documents]}, next: check, expires: {after: 10 days, go: lapsed}}
  order:
    task: {role: chief, not_by: [check]}
    outcomes:
      approve: {go: pay, decision: favourable}
      reject: {go: refused, decision: adverse, reasons: [bad, worse], do: [{refund: final}]}
      again: check
  pay:
    charge: {fee: final}
    next: sign
    expires: {after: 7 days, go: lapsed}
  sign: {task: {role: clerk}, outcomes: {sign: granted, stop: order}}
";

fn complete(world: &mut World<'_>, token: u32, by: u128, completion: Completion) -> Result<(), Refusal> {
    let by = officer(world.def, by);
    world.send(Command::Complete { token, by, completion: Box::new(completion) })
}

fn outcome(name: &str) -> Completion {
    Completion { outcome: Some(name.to_owned()), ..Completion::default() }
}

#[test]
fn each_refusal_has_its_code() {
    let kit = kit(ORDER);
    let mut world = World::new(&kit, 0);
    assert_eq!(code(world.send(Command::Tick)), "not_submitted");
    assert_eq!(code(world.send(Command::Withdraw { by: doer(CITIZEN) })), "not_submitted");
    world.submit().expect("submitted");
    assert_eq!(code(world.submit()), "already_submitted");
    let by = |n| officer(&kit.def, n);
    assert_eq!(code(world.send(Command::Claim { token: 9, by: by(0), untied: false })), "no_such_token");
    assert_eq!(code(world.send(Command::Answered { token: 9, answer: Answer::None })), "no_such_token");
    assert_eq!(code(world.send(Command::Answered { token: 0, answer: Answer::None })), "wrong_kind");
    assert_eq!(code(world.send(Command::Paid { demand: 0 })), "unknown_demand");
    assert_eq!(code(world.send(Command::Claim { token: 0, by: by(6), untied: false })), "wrong_role");
    assert_eq!(code(complete(&mut world, 0, 0, outcome("on"))), "not_holder");
    assert_eq!(code(world.send(Command::Claim { token: 0, by: by(0), untied: false })), "taken");
    assert_eq!(code(world.send(Command::Claim { token: 0, by: by(1), untied: false })), "already_claimed");
    assert_eq!(code(world.send(Command::Release { token: 0, by: person(1) })), "not_holder");
    assert_eq!(code(complete(&mut world, 0, 1, outcome("on"))), "not_holder");
    assert_eq!(code(complete(&mut world, 0, 0, outcome("sideways"))), "no_such_outcome");
    assert_eq!(code(complete(&mut world, 0, 0, outcome("second"))), "not_offered");
    assert_eq!(faults(complete(&mut world, 0, 0, Completion::default())), ["required at /outcome"]);
    assert_eq!(code(complete(&mut world, 0, 0, outcome("on"))), "taken");
    assert_eq!(code(complete(&mut world, 0, 0, outcome("on"))), "no_longer_active");
    assert_eq!(code(world.send(Command::Claim { token: 1, by: by(0), untied: false })), "four_eyes");
    does(&mut world, "order", "approve", 1).expect("approved");
    assert_eq!(code(world.send(Command::Withdraw { by: doer(CITIZEN) })), "already_decided");
    assert_eq!(code(world.send(Command::Claim { token: 2, by: by(0), untied: false })), "wrong_kind");
    assert_eq!(code(complete(&mut world, 2, 0, Completion::default())), "wrong_kind");
    world.now = at("2026-09-30T10:00");
    world.send(Command::Tick).expect("it lapses");
    assert_eq!(code(complete(&mut world, 2, 0, Completion::default())), "closed");
    assert_eq!(code(world.send(Command::Documents { documents: vec![], added: false })), "closed");
    assert_eq!(code(world.send(Command::Withdraw { by: doer(CITIZEN) })), "closed");
}

#[test]
fn another_version_or_a_shut_start_is_refused() {
    let kit = kit(ORDER);
    let world = begun(&kit);
    let mut other = definition(ORDER);
    other.version = "2".into();
    let refused = decide(&other, &world.case, &Command::Tick, world.now).map(|_| ());
    assert_eq!(code(refused), "wrong_version");
    let shut = super::bench::kit(&ORDER.replace("needs: []", "needs: [], when: 'today < date(\"2020-01-01\")'"));
    assert_eq!(code(World::new(&shut, 0).submit()), "start_refused");
}

#[test]
fn a_decision_against_gives_reasons_and_grounds() {
    let kit = kit(ORDER);
    let mut world = begun(&kit);
    does(&mut world, "check", "on", 0).expect("checked");
    world.send(Command::Claim { token: 1, by: officer(&kit.def, 1), untied: false }).expect("claimed");
    let mut reject = |reasons: &[&str], grounds: &str| {
        let reasons = reasons.iter().map(|r| (*r).to_owned()).collect();
        complete(&mut world, 1, 1, Completion { reasons, grounds: grounds.into(), ..outcome("reject") })
    };
    assert_eq!(faults(reject(&[], " ")), ["reasons_required at /reasons", "grounds_required at /grounds"]);
    assert_eq!(faults(reject(&["bad", "ugly"], "So.")), ["enum at /reasons/1"]);
    assert_eq!(faults(reject(&["bad"], &"x".repeat(4_001))), ["max_length at /grounds"]);
    assert_eq!(code(reject(&["bad", "worse"], "So.")), "taken");
    assert_eq!(world.case.data.grounds[&1].reasons, ["bad", "worse"]);
    let mut other = begun(&kit);
    other.send(Command::Claim { token: 0, by: officer(&kit.def, 1), untied: false }).expect("claimed");
    let given = Completion { reasons: vec!["bad".into()], ..outcome("on") };
    assert_eq!(faults(complete(&mut other, 0, 1, given)), ["not_expected at /reasons"]);
}

#[test]
fn a_form_that_nobody_asked_for_is_not_laid_over() {
    let kit = kit(ORDER);
    let mut world = begun(&kit);
    does(&mut world, "check", "papers", 0).expect("asked");
    let token = world.token("papers");
    let statement = Statement { form: Some(json!({"size": 1_000_000})), ..Statement::default() };
    let by = Worker { doer: doer(CITIZEN), roles: vec![] };
    let completion = Box::new(Completion { statement, ..Completion::default() });
    assert_eq!(faults(world.send(Command::Complete { token, by, completion })), ["not_expected at /form"]);
}

#[test]
fn a_form_that_is_given_before_it_is_asked_for_is_held_to_the_same_rules() {
    let kit = kit("
start: {by: [person], first: fill, needs: []}
offices: {competent: {choose: 'if form.size > 3 then \"hall\" else null'}}
steps:
  fill: {ask: {of: applicant, for: [form]}, next: order, expires: {after: 9 days, go: lapsed}}
  order: {task: {role: chief}, next: lapsed}
");
    let submit = |form| {
        let mut world = World::new(&kit, 0);
        let statement = world.statement(form);
        let command = Command::Submit { by: doer(CITIZEN), reference: "reference".into(), statement, linked: None };
        (world.send(command), world.case)
    };
    assert_eq!(faults(submit(Some(json!({"size": "big"}))).0), ["type at /form/size"]);
    let (outcome, case) = submit(Some(json!({"size": 5})));
    assert_eq!((code(outcome), &case.data.form), ("taken".into(), &json!({"size": 5})));
    assert_eq!(case.flow.offices.get("competent").map(String::as_str), Some("hall"));
    let (outcome, case) = submit(None);
    assert_eq!((code(outcome), &case.data.form, case.flow.offices.len()), ("taken".into(), &json!(null), 0));
}

#[test]
fn four_eyes_in_either_direction_and_for_whom_one_acts() {
    let kit = kit(ORDER);
    let mut world = begun(&kit);
    // 7 acts for 0, so 0 has checked as well.
    does(&mut world, "check", "on", 7).expect("checked");
    for officer in [0, 7] {
        assert_eq!(code(does(&mut world, "order", "again", officer)), "four_eyes");
    }
    does(&mut world, "order", "again", 1).expect("sent back");
    // Only `order` names `check`: who ordered may not check, either.
    assert_eq!(code(does(&mut world, "check", "on", 1)), "four_eyes");
    assert_eq!(code(does(&mut world, "check", "on", 2)), "taken");
    laws::all(&world).expect("the invariants hold");
}

const BESIDE: &str = "
start: {by: [person], first: open, needs: []}
steps:
  open: {task: {role: clerk}, next: {go: order, also: [check, papers]}}
  check: {task: {role: clerk}, next: done}
  papers: {ask: {of: applicant, for: [documents]}, next: done, expires: {after: 5 days, go: done}}
  order: {task: {role: chief, not_by: [check, papers]}, outcomes: {close: lapsed, again: open}}
";

#[test]
fn four_eyes_is_looked_at_again_on_completion() {
    let kit = kit(BESIDE);
    let mut world = begun(&kit);
    does(&mut world, "open", "done", 0).expect("opened");
    let order = world.token("order");
    world
        .send(Command::Claim { token: order, by: officer(&kit.def, 0), untied: false })
        .expect("nothing speaks against it yet");
    does(&mut world, "check", "done", 0).expect("checked");
    assert_eq!(code(complete(&mut world, order, 0, outcome("close"))), "four_eyes");
    world.send(Command::Assign { token: order, to: officer(&kit.def, 1) }).expect("somebody else gets it");
    assert_eq!(code(complete(&mut world, order, 1, outcome("close"))), "taken");
}

#[test]
fn an_officer_does_not_answer_what_was_asked_in_the_case() {
    let kit = kit(BESIDE);
    let mut world = begun(&kit);
    does(&mut world, "open", "done", 0).expect("opened");
    does(&mut world, "order", "again", 3).expect("ordered");
    let papers = world.token("papers");
    assert_eq!(code(complete(&mut world, papers, 3, Completion::default())), "four_eyes");
    assert_eq!(code(complete(&mut world, papers, CITIZEN, Completion::default())), "taken");
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn steps_beside_end_alone_and_a_close_takes_them_along() {
    let kit = kit(BESIDE);
    let mut world = begun(&kit);
    does(&mut world, "open", "done", 0).expect("opened");
    assert_eq!(world.open().len(), 3);
    does(&mut world, "check", "done", 0).expect("checked");
    assert_eq!(last(&world), ["step_answered check", "step_left check"]);
    // Back to the start: `papers` is open still, and is not opened twice.
    does(&mut world, "order", "again", 1).expect("again");
    does(&mut world, "open", "done", 0).expect("opened");
    assert_eq!(world.case.flow.tokens.values().filter(|t| t.step == "papers").count(), 1);
    does(&mut world, "order", "close", 1).expect("closed");
    assert_eq!(
        last(&world),
        ["step_answered order", "step_left order", "step_cancelled papers", "step_cancelled check", "closed lapsed"]
    );
}

#[test]
fn the_doers_of_a_step_are_both_persons() {
    let both: Vec<PersonId> = Doer { person: person(1), behalf: Some(person(2)) }.persons().collect();
    assert_eq!(both, [person(1), person(2)]);
    let kit = kit(ORDER);
    let mut world = begun(&kit);
    does(&mut world, "check", "on", 7).expect("checked");
    let did: Vec<&str> = world.case.flow.did.iter().filter(|(_, p)| *p == person(0)).map(|(s, _)| s.as_str()).collect();
    assert_eq!(did, ["check"]);
}

/// The events of a land mutation from submission to the record of rights, as they are stored. A change here is a change
/// of what is kept for ever: old cases must still be read.
#[test]
fn the_stored_form_of_events_is_stable() {
    let kit = Kit::named("land-mutation");
    let scene =
        kit.scenes.iter().position(|s| s.forms.first().is_some_and(|f| f["quantity"] == json!(10))).expect("a sale");
    let mut world = World::new(&kit, scene);
    world.now = at("2026-08-03T10:00");
    world.submit().expect("submitted");
    for _ in 0..20 {
        let Some(token) = world.open().first().copied() else { break };
        let step = world.case.flow.tokens[&token].step.clone();
        let by = kit.def.steps.get_index_of(&step).expect("a step") as u128;
        let completion = Completion { reasons: vec![], grounds: String::new(), ..world.completion(&step, 0, 0) };
        world.forward(token, by, completion).expect("it goes on");
    }
    assert_eq!(world.case.flow.status.word(), "closed");
    let log = world.log();
    let lines: Vec<String> = log.iter().map(|e| serde_json::to_string(e).expect("an event")).collect();
    let found = lines.join("\n") + "\n";
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/engine/land-mutation.events.jsonl");
    if std::env::var("GUICHET_BLESS").is_ok_and(|v| v == "1") {
        std::fs::write(&path, &found).expect("the list is written");
    }
    let kept = std::fs::read_to_string(&path).expect("the list is there");
    for (n, (kept, found)) in kept.lines().zip(found.lines()).enumerate() {
        let (kept, found): (serde_json::Value, serde_json::Value) =
            (serde_json::from_str(kept).expect("JSON"), serde_json::from_str(found).expect("JSON"));
        assert_eq!(kept, found, "event {n}");
    }
    assert_eq!(kept.lines().count(), lines.len());
}

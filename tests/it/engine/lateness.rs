//! Time that was missed, registers that are asked late, rules that cannot be worked out: the case goes on, as if the timer
//! had been in time.

use guichet::engine::workflow::{Answer, Call, Command, Course, DocumentFact, Worker};
use serde_json::{Value, json};

use super::bench::{at, begun, code, kit, last, word};
use super::laws;
use super::play::{CITIZEN, World, doer};
use super::scene::Kit;

const ASKED: &str = "
start: {by: [person], first: papers, needs: []}
time_limit: {within: 60 days}
steps:
  papers: {ask: {of: applicant, for: [documents]}, next: look, expires: {after: 2 days, go: look}}
  look:
    lookup: {register: plots, key: '\"p1\"', take: [size], purpose: trial}
    outcomes: {done: write, none: lapsed, down: lapsed}
  write:
    do: [{record: {register: plots, key: '\"p1\"', change: used, set: {size: '6'}, expects: steps.look.version}}]
    outcomes: {done: sign, conflict: lapsed}
  sign: {task: {role: clerk}, within: 3 days, next: order, expires: {after: 10 days, go: lapsed}}
  order: {task: {role: chief}, next: lapsed}
";

#[test]
fn what_a_late_timer_comes_to_ask_is_answered_as_of_that_instant() {
    let kit = kit(ASKED);
    let mut world = begun(&kit);
    world.now = at("2026-09-20T10:00");
    world.send(Command::Tick).expect("a tick");
    let log = world.log();
    let when = |name: &str| {
        let found = log.iter().find(|e| word(e) == name);
        found.unwrap_or_else(|| panic!("no {name}: {:?}", log.iter().map(word).collect::<Vec<_>>())).at
    };
    let expired = at("2026-08-06T00:00");
    for name in ["step_answered look", "register_changed", "step_answered write", "step_entered sign"] {
        assert_eq!(when(name), expired, "{name}");
    }
    assert_eq!(when("step_overdue sign"), at("2026-08-10T00:00"));
    assert_eq!(when("closed lapsed"), at("2026-08-17T00:00"));
    laws::all(&world).expect("the invariants hold");
    // What somebody does then comes after all of it.
    let mut world = begun(&kit);
    world.now = at("2026-08-07T10:00");
    let documents = vec![DocumentFact { kind: "paper".into(), of: 0, issued: None }];
    world.send(Command::Documents { documents, added: true }).expect("taken");
    assert_eq!(world.token("sign"), 3);
    assert_eq!(last(&world), ["documents_received"]);
}

#[test]
fn more_than_one_transaction_holds_is_caught_up_with_in_portions() {
    let kit = kit("
start: {by: [person], first: papers, needs: []}
steps:
  papers: {ask: {of: applicant, for: [documents]}, next: order, expires: {after: 1 hours, go: papers}}
  order: {task: {role: chief}, next: lapsed}
");
    let mut world = begun(&kit);
    world.now = world.now.checked_add(jiff::SignedDuration::from_hours(600)).expect("an instant");
    assert_eq!(code(world.send(Command::Withdraw { by: doer(CITIZEN) })), "behind");
    let mut ticks = 0;
    while world.case.flow.next_due().is_some_and(|due| due <= world.now) {
        world.send(Command::Tick).expect("a tick is never refused");
        ticks += 1;
    }
    assert_eq!(ticks, 3, "256, 256 and the rest");
    assert_eq!(world.case.flow.results["papers"].rounds, 601);
    world.send(Command::Withdraw { by: doer(CITIZEN) }).expect("withdrawn");
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn a_rule_that_cannot_be_worked_out_leaves_an_answer() {
    let dear = "count(for i in 1..1000, j in 1..1000 return 1)";
    let kit = kit(&ASKED.replace("set: {size: '6'}", &format!("set: {{size: '{dear}'}}")));
    let world = begun(&kit);
    let by = Worker { doer: doer(CITIZEN), roles: vec![] };
    let complete = Command::Complete { token: 0, by, completion: Box::default() };
    let mut course = Course::new(world.case.clone(), complete, world.now);
    let (call, _) = course.next(&kit.def).expect("it goes on").expect("the register is asked");
    let Call::Lookup { token, .. } = call else { panic!("{call:?}") };
    course.answer(&kit.def, token, Answer::Found { record: json!({"size": 7}), version: 1 }).expect("answered");
    let (call, _) = course.next(&kit.def).expect("it goes on").expect("it is to be written");
    let Call::Defect { token, sentence, answer } = call else { panic!("{call:?}") };
    assert!(sentence.contains("`write`") && answer == Answer::Conflict, "{sentence}");
    course.answer(&kit.def, token, answer).expect("answered");
    assert!(course.next(&kit.def).expect("it rests").is_none());
    assert_eq!(course.case.flow.status.word(), "closed");
}

/// The rules of the record hold for the largest khatian that the register takes, and for as many buyers as the form does.
#[test]
fn the_largest_khatian_is_written() {
    let kit = Kit::named("land-mutation");
    let plain = |s: &&super::scene::Scene| s.forms.first().is_some_and(|f| f["quantity"] == json!(10));
    let mut scene = kit.scenes.iter().find(plain).expect("a sale").clone();
    let person = |n: usize| json!({"type": "national-id", "value": format!("{:010}", 5_000_000_000_usize + n)});
    let buyers = |n| json!({"name": format!("Buyer {n}"), "identifier": person(n), "share": 0.05});
    scene.forms[0]["applicants"] = (0..20).map(buyers).collect();
    let (key, seller) = (scene.forms[0]["khatian"].clone(), scene.forms[0]["seller"].clone());
    let record = &mut scene
        .registers
        .get_mut("khatians")
        .expect("khatians")
        .get_mut(key.as_str().expect("a key"))
        .expect("it")
        .1;
    let plot = |n: usize| json!({"dag": n.to_string(), "land_class": "arable", "quantity": 33});
    record["plots"] = (0..200).map(plot).collect();
    let other = |n: usize| json!({"name": "Somebody", "identifier": person(1_000 + n), "dag": "118", "quantity": 0.01});
    let mut holders: Vec<Value> = (0..499).map(other).collect();
    holders.push(json!({"name": seller["name"], "identifier": seller["identifier"], "dag": "118", "quantity": 30}));
    record["holders"] = Value::Array(holders);
    let mut world = World { begun: scene.clone(), now: scene.now, scene, ..World::new(&kit, 0) };
    world.submit().expect("submitted");
    for _ in 0..20 {
        let Some(token) = world.open().first().copied() else { break };
        let step = world.case.flow.tokens[&token].step.clone();
        let by = kit.def.steps.get_index_of(&step).expect("a step") as u128;
        let completion = world.completion(&step, 0, 0);
        let mut completion = guichet::engine::workflow::Completion { reasons: vec![], ..completion };
        let each =
            |kind: &str| (0..20).map(|of| DocumentFact { kind: kind.into(), of, issued: None }).collect::<Vec<_>>();
        completion.statement.documents.extend(each("photo").into_iter().chain(each("identity")));
        world.forward(token, by, completion).unwrap_or_else(|r| panic!("{step}: {r:?}"));
    }
    assert_eq!(world.case.flow.status.word(), "closed");
    let made = &world.scene.registers["khatians"]["K-2026-000001"].1;
    assert_eq!(made["holders"].as_array().map(Vec::len), Some(20));
    assert_eq!(made["holders"][19]["quantity"], json!(0.5));
}

//! What a case hears of registers that other cases change.

use guichet::engine::workflow::{Command, Refusal, What, watched};
use serde_json::{Value, json};

use super::bench::{begun, does, kit};
use super::checker::finds;
use super::laws;
use super::play::World;

const STORY: &str = "
start: {by: [person], first: check, needs: [form]}
time_limit: {within: 60 working days}
steps:
  check: {task: {role: clerk}, next: order}
  second: {task: {role: clerk}, next: order}
  order: {task: {role: chief}, outcomes: {grant: {go: granted, decision: favourable}, back: check}}
events:
  - {event: registers.plots.sold, key: '\"p\" + string(form.size)', while: [check], when: record.size > 8, go: second}
";

fn hears(world: &mut World<'_>, key: &str, change: &str, version: i64, size: u32) {
    let (register, key, change) = ("plots".to_owned(), key.to_owned(), change.to_owned());
    let heard = Command::Heard { register, key, change, version, record: json!({"size": size}) };
    world.send(heard).expect("a register is not refused");
}

fn open(world: &World<'_>) -> String {
    world.case.flow.tokens.values().map(|t| t.step.clone()).collect()
}

fn known(world: &World<'_>) -> usize {
    world.case.data.events.get("registers.plots.sold").map_or(0, Vec::len)
}

#[test]
fn a_change_of_its_record_leads_where_the_definition_says_once() {
    let kit = kit(STORY);
    let mut world = begun(&kit);
    hears(&mut world, "p6", "sold", 2, 9);
    hears(&mut world, "p5", "split", 2, 9);
    assert_eq!((open(&world).as_str(), known(&world)), ("check", 0), "another record, another change");
    hears(&mut world, "p5", "sold", 2, 7);
    assert_eq!((open(&world).as_str(), known(&world)), ("check", 1), "kept, and the guard does not hold");
    hears(&mut world, "p5", "sold", 3, 9);
    assert_eq!((open(&world).as_str(), known(&world)), ("second", 2));
    // Told of again, and where it does not count any more, nothing happens.
    hears(&mut world, "p5", "sold", 3, 9);
    hears(&mut world, "p5", "sold", 4, 9);
    assert_eq!((open(&world).as_str(), known(&world)), ("second", 2));
    does(&mut world, "second", "done", 0).expect("checked");
    does(&mut world, "order", "back", 1).expect("back");
    hears(&mut world, "p5", "sold", 3, 9);
    assert_eq!(open(&world), "check", "that version was heard of");
    let happened = world.log().iter().filter(|e| matches!(e.what, What::Happened { .. })).count();
    assert_eq!(happened, 2);
    // Of the record the case keeps which it was, and nothing of what it says.
    let kept: &Value = &world.case.data.events["registers.plots.sold"][0];
    assert_eq!((kept["key"].clone(), kept["version"].clone(), kept.get("record")), (json!("p5"), json!(2), None));
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn a_case_that_stands_still_hears_when_it_goes_on() {
    let kit = kit(&format!("{STORY}holds: {{court: {{by: [chief], section: s. 9}}}}\n"));
    let mut world = begun(&kit);
    let by = super::play::officer(world.def, 1);
    world.send(Command::Hold { hold: "court".into(), by: by.clone(), reason: "An order".into() }).expect("held");
    let (register, key, change) = ("plots".to_owned(), "p5".to_owned(), "sold".to_owned());
    let heard = Command::Heard { register, key, change, version: 2, record: json!({"size": 9}) };
    assert_eq!(world.send(heard.clone()), Err(Refusal::Held));
    assert_eq!((open(&world).as_str(), known(&world)), ("check", 0), "nothing moves");
    world.send(Command::Resume { hold: "court".into(), by }).expect("it goes on");
    world.send(heard).expect("it hears");
    assert_eq!((open(&world).as_str(), known(&world)), ("second", 1));
}

#[test]
fn what_was_heard_is_read_by_rules() {
    let guard = "count(events.registers.plots.sold) > 0";
    let kit = kit(&STORY.replace("grant: {go", &format!("grant: {{when: '{guard}', go")));
    let mut world = begun(&kit);
    hears(&mut world, "p5", "sold", 2, 1);
    does(&mut world, "check", "done", 0).expect("checked");
    does(&mut world, "order", "grant", 1).expect("the guard holds");
}

#[test]
fn a_case_is_woken_for_its_own_records_while_it_is_open() {
    let kit = kit(STORY);
    let mut world = begun(&kit);
    let records =
        |world: &World<'_>| watched(world.def, &world.case, world.now).expect("a key").into_iter().collect::<Vec<_>>();
    assert_eq!(records(&world), [("plots".to_owned(), "p5".to_owned())]);
    does(&mut world, "check", "done", 0).expect("checked");
    assert_eq!(records(&world).len(), 1, "the step may be opened again");
    does(&mut world, "order", "grant", 1).expect("granted");
    assert!(records(&world).is_empty());
    hears(&mut world, "p5", "sold", 2, 9);
    assert_eq!(known(&world), 0);
}

#[test]
fn no_record_has_a_key_without_end() {
    let kit = kit(&STORY.replace("string(form.size)", "substring(string(form.size) + case.reference, 1, 300)"));
    let mut world = begun(&kit);
    let records = |world: &World<'_>| watched(world.def, &world.case, world.now).expect("a key").len();
    world.case.data.reference = "r".repeat(150);
    assert_eq!(records(&world), 1);
    world.case.data.reference = "r".repeat(250);
    assert_eq!(records(&world), 0);
}

#[test]
fn what_no_register_can_raise_is_found() {
    let event = "{event: registers.plots.sold, key: '\"p\" + string(form.size)', while: [check], when: record.size > 8, go: second}";
    let found = |to: &str, sentence: &str| finds(STORY, event, to, sentence);
    found("{event: registers.fields.sold, key: form.size, go: second}", "there is no register `fields`");
    found("{event: registers.plots.sold, go: second}", "which record concerns the case: `key`");
    found("{event: registers.plots.Sold, key: form.size, go: second}", "`Sold` is no name of a change");
    found("{event: registers.plots.sold, key: form.size, refuse: true}", "is not refused");
    found(
        "{event: registers.plots.sold, key: form.size, by: [applicant], go: second}",
        "it has neither `by` nor `form`",
    );
    found("{event: registers.plots.sold, key: form.size = 5, go: second}", "is no key");
    found("{event: registers.plots.sold, key: form.size, when: record.colour = 1, go: second}", "colour");
    found("{event: told, by: [applicant], key: form.size, go: second}", "only what a register raises");
    found("{event: cases.other.dismissed, key: form.size, go: second}", "needs a later stage");
}

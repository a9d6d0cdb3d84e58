//! What a case hears of registers that other cases change.

use guichet::engine::workflow::{Command, Refusal, What, Worker, watched};
use guichet::kernel::MessageId;
use serde_json::{Value, json};

use super::bench::{begun, bench_files, does, kit};
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

const EVENT: &str = "{event: registers.plots.sold, key: '\"p\" + string(form.size)', while: [check], when: record.size > 8, go: second}";

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
    let found = |to: &str, sentence: &str| finds(STORY, EVENT, to, sentence);
    found("{event: registers.fields.sold, key: form.size, go: second}", "there is no register `fields`");
    found("{event: registers.plots.sold, go: second}", "which record or case concerns this one: `key`");
    found("{event: registers.plots.Sold, key: form.size, go: second}", "`Sold` is no name of a change");
    found("{event: registers.plots.sold, key: form.size, refuse: true}", "is not refused");
    found(
        "{event: registers.plots.sold, key: form.size, by: [applicant], go: second}",
        "it has neither `by` nor `form`",
    );
    found("{event: registers.plots.sold, key: form.size = 5, go: second}", "is no key");
    found("{event: registers.plots.sold, key: form.size, when: record.colour = 1, go: second}", "colour");
    found("{event: told, by: [applicant], key: form.size, go: second}", "only what a register or another case raises");
    found("{event: cases.nothing.dismissed, key: form.size, go: second}", "there is no service `nothing`");
    found("{event: cases.other.lost, key: form.size, go: second}", "`other` does not end in `lost`");
    found("{event: cases.other.dismissed, key: form.size, when: record.size = 1, go: second}", "size");
    found("{event: cases.other.dismissed, go: second}", "`key`");
    found("{event: message, by: [applicant], go: second}", "it has neither `by` nor `form`");
    found("{event: message, refuse: true}", "is not refused");
    found("{event: payment, refuse: true}", "is not refused");
    found("{event: payment, while: [lapsed], go: second}", "money that comes after an end goes back");
    found("{event: cases, by: [applicant], go: second}", "needs a later stage");
    found("{event: payment, when: event.party = \"applicant\", go: second}", "party");
}

#[test]
fn a_register_tells_of_no_other_changes_than_it_says() {
    let findings = |events: &str| {
        let mut files = bench_files(STORY);
        let register = files.get_mut("bench/registers/plots.yaml").expect("a register");
        register.push_str(events);
        let country = guichet::engine::definition::Country::read(&files).expect("a country");
        let compiled = guichet::engine::definition::compile("bench", &files, &country);
        compiled.err().map(|found| format!("{found:?}")).unwrap_or_default()
    };
    assert_eq!(findings("\nevents: [sold, split]\n"), "");
    assert!(findings("\nevents: [split]\n").contains("tells of no `sold`, but of split"));
    assert!(findings("\nevents: [Sold]\n").contains("`Sold` is no name of a change"));
}

const OF_A_CASE: &str =
    "{event: cases.other.dismissed, key: '\"r\" + string(form.size)', when: record.result = \"adverse\", go: second}";

#[test]
fn the_end_of_a_case_that_concerns_it_leads_on_once() {
    let kit = kit(&STORY.replace(EVENT, OF_A_CASE));
    let mut world = begun(&kit);
    let mut ends = |key: &str, end: &str, version: i64| {
        let record = json!({"reference": key, "end": end, "result": "adverse"});
        let (register, key, change) = ("cases.other".to_owned(), key.to_owned(), end.to_owned());
        world.send(Command::Heard { register, key, change, version, record }).expect("it is not refused");
        let known = world.case.data.events.get("cases.other.dismissed").map_or(0, Vec::len);
        (open(&world), known)
    };
    assert_eq!(ends("r6", "dismissed", 9), ("check".to_owned(), 0), "another case");
    assert_eq!(ends("r5", "varied", 9), ("check".to_owned(), 0), "another end");
    assert_eq!(ends("r5", "dismissed", 9), ("second".to_owned(), 1));
    assert_eq!(ends("r5", "dismissed", 9), ("second".to_owned(), 1), "told of again");
    let watching = watched(world.def, &world.case, world.now).expect("a key").into_iter().collect::<Vec<_>>();
    assert_eq!(watching, [("cases.other".to_owned(), "r5".to_owned())]);
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn what_was_heard_of_a_case_is_read_by_rules() {
    let guard = "count(events.cases.other.dismissed) > 0";
    let story = STORY.replace(EVENT, OF_A_CASE).replace("grant: {go", &format!("grant: {{when: '{guard}', go"));
    let kit = kit(&story);
    let mut world = begun(&kit);
    let record = json!({"reference": "r5", "end": "dismissed", "result": "neutral"});
    let (register, key, change) = ("cases.other".to_owned(), "r5".to_owned(), "dismissed".to_owned());
    world.send(Command::Heard { register, key, change, version: 4, record }).expect("it hears");
    assert_eq!(open(&world), "check", "its guard does not hold");
    does(&mut world, "check", "done", 0).expect("checked");
    does(&mut world, "order", "grant", 1).expect("the guard holds");
}

#[test]
fn a_message_of_a_party_leads_on_once() {
    let event = "{event: message, while: [check, second], when: event.party = \"applicant\", go: second}";
    let kit = kit(&STORY.replace(EVENT, event));
    let mut world = begun(&kit);
    let mut writes = |message: u128, party: &str| {
        let message = MessageId(uuid::Uuid::from_u128(message));
        world
            .send(Command::Message { message, party: party.to_owned(), asked: Vec::new() })
            .expect("a message is not refused");
        (open(&world), world.case.data.events.get("message").map_or(0, Vec::len))
    };
    assert_eq!(writes(1, "neighbour"), ("check".to_owned(), 1), "kept, and the guard does not hold");
    assert_eq!(writes(2, "applicant"), ("second".to_owned(), 2));
    assert_eq!(writes(2, "applicant"), ("second".to_owned(), 2), "told of again");
    laws::all(&world).expect("the invariants hold");
    // Where no entry counts it is passed over.
    does(&mut world, "second", "done", 0).expect("done");
    world
        .send(Command::Message { message: MessageId(uuid::Uuid::nil()), party: "applicant".into(), asked: Vec::new() })
        .expect("taken");
    assert_eq!((open(&world).as_str(), world.case.data.events["message"].len()), ("order", 2));
}

#[test]
fn a_case_hears_of_no_more_messages_than_it_keeps() {
    let kit = kit(&STORY.replace(EVENT, "{event: message}"));
    let mut world = begun(&kit);
    for message in 0..120 {
        let message = MessageId(uuid::Uuid::from_u128(message));
        world
            .send(Command::Message { message, party: "applicant".into(), asked: Vec::new() })
            .expect("a message is not refused");
    }
    assert_eq!(world.case.data.events["message"].len(), 100);
}

const PAYS: &str = "
start: {by: [person], first: pay, needs: [form]}
steps:
  pay: {charge: {fee: entry}, next: order}
  order: {task: {role: clerk}, outcomes: {grant: {go: granted, decision: favourable}}}
  thank: {task: {role: clerk}, next: order}
events:
  - {event: payment, when: 'event.fee = \"entry\" and event.amount = 20', go: thank}
";

#[test]
fn money_that_comes_leads_on() {
    let kit = kit(PAYS);
    let mut world = begun(&kit);
    paid(&mut world);
    assert_eq!(open(&world), "thank");
    assert_eq!(world.case.data.events["payment"][0]["amount"], json!(20));
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn money_for_a_case_that_stands_still_is_kept() {
    let kit = kit(&format!("{PAYS}holds: {{court: {{by: [chief], section: s. 9}}}}\n"));
    let mut world = begun(&kit);
    let chief = super::play::officer(world.def, 1);
    let by = Worker { roles: vec!["chief".into()], ..chief };
    world.send(Command::Hold { hold: "court".into(), by, reason: "An order".into() }).expect("held");
    paid(&mut world);
    assert_eq!(world.case.data.events["payment"].len(), 1);
    assert_eq!(world.case.flow.tokens.values().filter(|t| t.step == "thank").count(), 0, "nothing moves");
}

fn paid(world: &mut World<'_>) {
    let demand = world.token("pay");
    world.send(Command::Paid { demand }).expect("money is never refused");
}

const APPEALED: &str = "
start: {by: [person], first: order, needs: [form]}
steps:
  order: {task: {role: clerk}, outcomes: {grant: {go: pay, decision: favourable}}}
  pay: {charge: {fee: entry}, next: look}
  look: {task: {role: chief}, next: granted}
remedies: {appeal: {against: [order], service: other, levels: [{role: chief, within: 30 days}]}}
events:
  - {event: payment, do: [{tell: {who: applicant, text: hurry}}]}
  - {event: message, do: [{tell: {who: clerk, text: hurry}}]}
";

#[test]
fn neither_money_nor_a_message_ends_an_appeal() {
    let kit = kit(APPEALED);
    let mut world = begun(&kit);
    does(&mut world, "order", "grant", 0).expect("granted");
    let case = guichet::kernel::CaseId(uuid::Uuid::from_u128(1));
    let within = guichet::engine::calendar::Duration::parse("30 days").expect("a time");
    let (remedy, party, by) = ("appeal".to_owned(), "applicant".to_owned(), super::play::doer(0));
    world.send(Command::Lodge { case, remedy, level: 1, within, party, by }).expect("lodged");
    world
        .send(Command::Message { message: MessageId(uuid::Uuid::nil()), party: "applicant".into(), asked: Vec::new() })
        .expect("told");
    paid(&mut world);
    assert_eq!(open(&world), "look");
    let told = world.log().iter().filter(|e| matches!(e.what, What::Told { .. })).count();
    assert_eq!(told, 2);
    assert!(!world.log().iter().any(|e| matches!(e.what, What::AppealMoot { .. })), "it is still to be heard");
}

//! Cases that a step opens: what they are opened with, how long the step waits for them, and what their ends tell.

use guichet::engine::workflow::{Command, NOT_OPENED, Refusal, Status, What, is_to_open, kept_items};
use guichet::kernel::CaseId;
use serde_json::{Value, json};
use uuid::Uuid;

use super::bench::{begun, does, kit};
use super::checker::finds;
use super::laws;
use super::play::World;

pub const STORY: &str = "
start: {by: [person], first: check, needs: [form]}
time_limit: {within: 60 working days}
steps:
  check: {task: {role: clerk}, outcomes: {on: parts, none: beside, more: check}}
  parts:
    open: {service: part, each: 'if form.size > 2 then [1, 2, 3] else []', with: {form: {size: form.size + item}}}
    within: 5 working days
    outcomes:
      done:
        - {when: 'every part in steps.parts.items satisfies part.end = \"fine\" and part.given.more > 3', go: order}
        - {go: check}
    expires: {after: 30 days, go: order}
  beside: {open: {service: part, with: {form: {size: 1}}, wait: none}, next: order}
  order: {task: {role: chief}, outcomes: {approve: {go: granted, decision: favourable}, again: parts}}
";

fn with_parts(story: &str, then: impl FnOnce(&mut World<'_>)) {
    let kit = kit(story);
    let mut world = begun(&kit);
    then(&mut world);
    laws::all(&world).expect("the invariants hold");
}

fn open(world: &World<'_>) -> Vec<String> {
    world.case.flow.tokens.values().map(|t| t.step.clone()).collect()
}

/// The visit that opened the newest cases.
fn visit(world: &World<'_>, step: &str) -> u32 {
    world.case.data.steps[step]["token"].as_u64().and_then(|token| u32::try_from(token).ok()).expect("a visit")
}

fn case(n: u128) -> CaseId {
    CaseId(Uuid::from_u128(n))
}

fn opened(world: &mut World<'_>, index: u32) -> Result<(), Refusal> {
    let token = visit(world, "parts");
    let reference = format!("P-{index}");
    world.send(Command::Opened { token, index, case: case(index.into()), reference })
}

fn returned(world: &mut World<'_>, token: u32, index: u32, end: &str, more: i64) {
    let given = json!({"more": more}).as_object().cloned().unwrap_or_default();
    let (end, result) = (end.to_owned(), "favourable".to_owned());
    world.send(Command::Returned { token, index, end, result, given }).expect("machines are not refused");
}

#[test]
fn it_waits_for_all_of_them_and_reads_what_their_ends_give() {
    with_parts(STORY, |world| {
        does(world, "check", "on", 0).expect("checked");
        assert_eq!(open(world), ["parts"]);
        let token = visit(world, "parts");
        let forms: Vec<Value> =
            kept_items(&world.case, token).expect("kept").1.iter().map(|item| item["form"]["size"].clone()).collect();
        assert_eq!(forms, [json!(6), json!(7), json!(8)], "one for each item, filled in");
        opened(world, 0).expect("there");
        opened(world, 1).expect("there");
        assert_eq!(opened(world, 1), Err(Refusal::NoLongerActive), "a case is opened once");
        returned(world, token, 0, "fine", 4);
        // Told of twice, it has ended once.
        returned(world, token, 0, "fine", 4);
        returned(world, token, 2, "fine", 6);
        returned(world, token, 2, "fine", 6);
        assert_eq!(open(world), ["parts"], "the second has not ended");
        returned(world, token, 1, "fine", 5);
        assert_eq!(open(world), ["order"]);
        assert_eq!(world.case.flow.children.iter().filter(|child| child.end.is_some()).count(), 2);
        let told = world.log().iter().filter(|e| matches!(e.what, What::ChildReturned { .. })).count();
        assert_eq!(told, 3);
        // In a new round the ones before have nothing to say.
        does(world, "order", "again", 4).expect("again");
        let second = visit(world, "parts");
        assert_ne!(second, token);
        returned(world, token, 0, "bad", 0);
        assert_eq!(open(world), ["parts"]);
        for index in 0..3 {
            assert!(is_to_open(&world.case.flow, guichet::engine::definition::Awaited::All, second, index));
            returned(world, second, index, if index == 1 { NOT_OPENED } else { "fine" }, 9);
        }
        assert_eq!(open(world), ["check"], "one could not be opened: a person looks");
    });
}

#[test]
fn one_is_enough_where_one_is_enough() {
    with_parts(
        &STORY.replace("with: {form: {size: form.size + item}}}", "with: {form: {size: item}}, wait: any}"),
        |world| {
            does(world, "check", "on", 0).expect("checked");
            let token = visit(world, "parts");
            opened(world, 0).expect("there");
            opened(world, 1).expect("there");
            returned(world, token, 1, "fine", 9);
            assert_ne!(open(world), ["parts"]);
            // The third is not opened any more, and what comes late leads nowhere.
            assert_eq!(opened(world, 2), Err(Refusal::NoLongerActive));
            let before = open(world);
            returned(world, token, 0, "fine", 9);
            assert_eq!(open(world), before);
        },
    );
}

#[test]
fn one_that_was_never_there_is_none_of_any() {
    let story = STORY.replace("with: {form: {size: form.size + item}}}", "with: {form: {size: item}}, wait: any}");
    with_parts(&story, |world| {
        does(world, "check", "on", 0).expect("checked");
        let token = visit(world, "parts");
        returned(world, token, 0, NOT_OPENED, 0);
        assert_eq!(open(world), ["parts"], "the others may still be opened");
        opened(world, 1).expect("there");
        returned(world, token, 1, NOT_OPENED, 0);
        returned(world, token, 2, NOT_OPENED, 0);
        assert_ne!(open(world), ["parts"], "none is left to wait for");
    });
}

#[test]
fn nothing_to_open_and_nothing_to_wait_for_go_on_at_once() {
    with_parts(
        &STORY.replace("if form.size > 2 then [1, 2, 3] else []", "if form.size > 2 then [] else [1]"),
        |world| {
            does(world, "check", "on", 0).expect("checked");
            assert_eq!(open(world), ["order"], "nothing was to be opened");
        },
    );
    with_parts(STORY, |world| {
        does(world, "check", "none", 0).expect("checked");
        assert_eq!(open(world), ["order"]);
        does(world, "order", "approve", 4).expect("approved");
        assert!(matches!(world.case.flow.status, Status::Closed { .. }));
        // It is opened after the end as well: nobody waits for it.
        let token = visit(world, "beside");
        let reference = "P-9".to_owned();
        world.send(Command::Opened { token, index: 0, case: case(9), reference }).expect("there");
        assert_eq!(world.case.flow.children.len(), 1);
    });
}

#[test]
fn time_and_a_withdrawal_end_the_wait() {
    with_parts(STORY, |world| {
        does(world, "check", "on", 0).expect("checked");
        opened(world, 0).expect("there");
        world.now = super::bench::at("2026-12-31T09:00");
        world.send(Command::Tick).expect("a tick");
        assert_eq!(open(world), ["order"]);
        assert_eq!(opened(world, 1), Err(Refusal::NoLongerActive));
        world.send(Command::Withdraw { by: super::play::doer(super::play::CITIZEN) }).expect("withdrawn");
        assert!(open(world).is_empty());
    });
}

#[test]
fn the_checker_knows_what_can_be_opened() {
    let found = |from: &str, to: &str, words: &str| finds(STORY, from, to, words);
    found("service: part, each", "service: nowhere, each", "there is no service `nowhere`");
    found("service: part, each", "service: bench, each", "does not open another one of its own service");
    found("service: part, each", "service: other, each", "hears remedies");
    found("{size: form.size + item}", "{length: form.size + item}", "the form of `part` has no `length`");
    found("{size: form.size + item}", "{}", "nothing is said for `size`");
    found("{size: form.size + item}", "{size: '\"large\"'}", "is of another kind");
    found("each: 'if form.size > 2 then [1, 2, 3] else []'", "each: form.size", "gives no list");
    found(
        "wait: none}, next: order}",
        "wait: none}, within: 2 days, next: order}",
        "it does not wait for what it opens",
    );
    found(
        "ends: {granted: favourable,",
        "ends: {granted: {result: favourable, gives: {size: form.size}},",
        "only a service that another case opens",
    );
}

#[test]
fn cases_do_not_open_one_another_without_end() {
    let mut files = super::bench::bench_files(STORY);
    let part = files.get_mut("part/service.yaml").expect("the service");
    *part = part.replace(
        "next: fine}",
        "next: round}\n  round: {open: {service: bench, with: {form: {size: 1}}, wait: none}, next: fine}",
    );
    let bench = files.get_mut("bench/service.yaml").expect("the service");
    *bench = bench.replace("by: [person]", "by: [person, case]");
    let found = super::checker::findings("bench", &files);
    assert!(found.iter().any(|f| f.sentence.contains("without end")), "{found:#?}");
}

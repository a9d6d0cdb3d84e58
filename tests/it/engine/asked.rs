//! Members of the form that a party is asked to state anew: the rest stays as it was.

use guichet::engine::workflow::{Command, Completion, Refusal, Statement};
use guichet::kernel::MessageId;
use serde_json::{Value, json};

use super::bench::{begun, bench_files, does, faults};
use super::checker::finds;
use super::laws;
use super::play::{World, officer};
use super::scene::{Kit, Scene};

const STORY: &str = "
start: {by: [person], first: check, needs: [form]}
steps:
  check: {task: {role: clerk}, outcomes: {correct: correct, good: order}}
  correct: {ask: {of: applicant, for: [form.size, form.colour]}, next: check, expires: {after: 9 days, go: lapsed}}
  order: {task: {role: chief}, outcomes: {grant: {go: granted, decision: favourable}}}
";
const FORM: &str = r#"{"type": "object", "required": ["size"], "additionalProperties": false, "properties": {
    "size": {"type": "number", "maximum": 9}, "colour": {"type": "string"}, "name": {"type": "string"}}}"#;

fn kit() -> Kit {
    let mut files = bench_files(STORY);
    files.insert("bench/form.schema.json".into(), FORM.into());
    let country = guichet::engine::definition::Country::read(&files).expect("a country");
    let def = guichet::engine::definition::compile("bench", &files, &country).unwrap_or_else(|f| panic!("{f:?}"));
    let now = super::bench::at("2026-08-03T10:00");
    let forms = vec![json!({"size": 5, "name": "Rahim"})];
    Kit { def, scenes: vec![Scene { now, forms, ..Scene::default() }] }
}

fn corrects(world: &mut World<'_>, form: Value) -> Result<(), Refusal> {
    let token = world.token("correct");
    let statement = Statement { form: Some(form), ..Statement::default() };
    let completion = Box::new(Completion { statement, ..Completion::default() });
    let by = officer(world.def, 0);
    world.send(Command::Complete { token, by, completion })
}

#[test]
fn what_is_asked_for_is_stated_and_the_rest_stays() {
    let kit = kit();
    let mut world = begun(&kit);
    does(&mut world, "check", "correct", 1).expect("to be corrected");
    assert_eq!(
        faults(corrects(&mut world, json!({"size": 6, "name": "Karim"}))),
        ["not_asked at /form/name"],
        "the name is nobody's to change now"
    );
    assert_eq!(faults(corrects(&mut world, json!({"size": 12, "name": "Rahim"}))), ["maximum at /form/size"]);
    corrects(&mut world, json!({"size": 6, "colour": "red", "name": "Rahim"})).expect("corrected");
    assert_eq!(world.case.data.form, json!({"size": 6, "colour": "red", "name": "Rahim"}));
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn what_the_form_does_not_have_is_not_asked_for() {
    let story = STORY.replace(", form.colour", "");
    let found = |to: &str, words: &str| finds(&story, "for: [form.size]", to, words);
    found("for: [form.weight]", "the form has no member `weight`");
    found("for: [form, form.size]", "members of the form, or for a whole form");
    found("for: [letter]", "`letter` is not `form`");
}

const WRITTEN: &str = "
start: {by: [person], first: ask, needs: []}
steps:
  ask: {ask: {of: applicant, for: [message]}, next: check, expires: {after: 9 days, go: lapsed}}
  check: {task: {role: clerk}, outcomes: {unclear: ask, good: order}}
  order: {task: {role: chief}, outcomes: {grant: {go: granted, decision: favourable}}}
";

#[test]
fn whoever_is_asked_for_a_letter_answers_by_writing_once_for_each_round() {
    let kit = super::bench::kit(WRITTEN);
    let mut world = begun(&kit);
    let told = |world: &mut World<'_>, message: u128, party: &str, asked: Vec<u32>| {
        let (message, party) = (MessageId(uuid::Uuid::from_u128(message)), party.to_owned());
        world.send(Command::Message { message, party, asked }).expect("a message is not refused");
    };
    let writes = |world: &mut World<'_>, message: u128, party: &str| {
        let asked = world.case.flow.tokens.keys().copied().collect();
        told(world, message, party, asked);
    };
    let open = |world: &World<'_>| world.case.flow.tokens.values().map(|t| t.step.clone()).collect::<Vec<_>>();
    // Saying that one has written is not writing.
    let (token, by) = (world.token("ask"), officer(world.def, 0));
    let said = Command::Complete { token, by, completion: Box::default() };
    assert_eq!(faults(world.send(said)), ["required at /message"]);
    writes(&mut world, 1, "neighbour");
    assert_eq!(open(&world), ["ask"], "it was not asked");
    writes(&mut world, 2, "applicant");
    assert_eq!(open(&world), ["check"]);
    does(&mut world, "check", "unclear", 1).expect("asked again");
    told(&mut world, 2, "applicant", vec![token]);
    assert_eq!(open(&world), ["ask"], "it was an answer to the round before");
    writes(&mut world, 3, "applicant");
    assert_eq!(open(&world), ["check"]);
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn a_letter_is_asked_for_alone_and_of_whom_may_write() {
    let found = |to: &str, words: &str| finds(WRITTEN, "for: [message]", to, words);
    found("for: [message, documents]", "a message is asked for in a step of its own");
    finds(
        WRITTEN,
        "ask: {of: applicant, for: [message]}",
        "ask: {of: respondent, for: [message]}",
        "and may not: `may: [message]`",
    );
}

//! Members of the form that a party is asked to state anew: the rest stays as it was.

use guichet::engine::workflow::{Command, Completion, Refusal, Statement};
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

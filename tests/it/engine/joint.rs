//! What several of a party are asked: each answers for himself.

use guichet::engine::definition::{About, Country, Decision, Definition, Files, compile};
use guichet::engine::workflow::{Command, Completion, Doer, Effect, Refusal, What, Worker, effects, misfits};
use serde_json::{Value, json};

use super::bench::{at, bench_files, code, does};
use super::checker::findings;
use super::laws;
use super::play::{World, person};
use super::scene::{Kit, Scene};

const STORY: &str = "
parties: {applicant: {from: form.owners, many: true}}
start: {by: [person], first: begin, needs: [form]}
time_limit: {within: 60 working days}
steps:
  begin: {next: {go: sign, also: [amend]}}
  amend: {ask: {of: applicant, for: [form]}, next: done, expires: {after: 9 days, go: done}}
  sign:
    ask: {of: applicant, for: [signature], need: all}
    next: order
    expires: {after: 20 days, go: lapsed}
  order:
    task: {role: chief}
    outcomes:
      grant: {when: 'count(steps.sign.answers) > 1', go: granted, decision: favourable}
      refuse: {go: refused, decision: adverse, reasons: [bad]}
      back: sign
";
const FORM: &str = r#"{"type": "object", "required": ["owners"], "additionalProperties": false, "properties": {
    "owners": {"type": "array", "minItems": 1, "title": "Owners", "items": {"$ref": "guichet:person"}}}}"#;

fn files(body: &str) -> Files {
    let mut files = bench_files(body);
    files.insert("bench/form.schema.json".into(), FORM.into());
    files.insert("bench/forms/opinion.schema.json".into(), OPINION.into());
    files
}

const OPINION: &str = r#"{"type": "object", "required": ["agrees"], "additionalProperties": false,
    "properties": {"agrees": {"type": "boolean", "title": "Agrees"}}}"#;

fn kit(body: &str) -> Kit {
    let files = files(body);
    let country = Country::read(&files).unwrap_or_else(|f| panic!("{f:?}"));
    let def = compile("bench", &files, &country).unwrap_or_else(|f| panic!("{f:?}"));
    let owner = |n: u32| json!({"name": format!("Owner {n}"), "identifier": {"type": "national-id", "value": format!("471000020{n}")}});
    let form = json!({"owners": [owner(1), owner(2), owner(3)]});
    let scene = Scene { now: at("2026-08-03T10:00"), forms: vec![form], ..Scene::default() };
    Kit { def, scenes: vec![scene] }
}

/// Three owners, 21 to 23, are asked.
fn asked(kit: &Kit) -> World<'_> {
    let mut world = World::new(kit, 0);
    world.submit().expect("it is submitted");
    let owners: Vec<Value> = (21..=23).map(|n| json!({"id": person(n).to_string()})).collect();
    world.case.data.parties.insert("applicant".into(), Value::Array(owners));
    world
}

fn answers(world: &mut World<'_>, who: u128, behalf: Option<u128>, completion: Completion) -> Result<(), Refusal> {
    let token = world.token("sign");
    let by = Worker { doer: Doer { person: person(who), behalf: behalf.map(person) }, roles: Vec::new() };
    world.send(Command::Complete { token, by, completion: Box::new(completion) })
}

fn signs(world: &mut World<'_>, who: u128, behalf: Option<u128>, what: &str) -> Result<(), Refusal> {
    answers(world, who, behalf, Completion { signed: Some(what.to_owned()), ..Completion::default() })
}

/// The form is handed in once more, and the owners stay who they are.
fn restate(world: &mut World<'_>) {
    let owners = world.case.data.parties["applicant"].clone();
    does(world, "amend", "done", 0).expect("stated anew");
    world.case.data.parties.insert("applicant".into(), owners);
}

fn open(world: &World<'_>) -> String {
    world.case.flow.tokens.values().map(|t| t.step.clone()).collect()
}

#[test]
fn it_goes_on_when_all_have_signed_the_same() {
    let kit = kit(STORY);
    let mut world = asked(&kit);
    let nothing = answers(&mut world, 21, None, Completion::default());
    assert!(matches!(nothing, Err(Refusal::Invalid(faults)) if faults[0].pointer == "/signature"));
    signs(&mut world, 21, None, "one").expect("the first");
    assert_eq!(signs(&mut world, 21, None, "one"), Err(Refusal::AlreadyAnswered));
    // Somebody acts for the second; the form is another one by the time the third signs.
    signs(&mut world, 30, Some(22), "one").expect("somebody acts for the second");
    let given = &world.case.data.steps["sign"]["answers"];
    assert_eq!((given[1]["by"].clone(), given[1]["statement"].clone()), (json!(person(22).to_string()), json!("one")));
    // The form is another one by the time the third would sign: all sign anew.
    restate(&mut world);
    assert!(!world.case.data.steps.contains_key("sign"), "no rule reads what was said of another form");
    let again = world.log().into_iter().filter(|e| matches!(e.what, What::AskedAgain { .. })).collect::<Vec<_>>();
    assert!(matches!(&effects(&again[0])[..], [Effect::Notify { about: About::Step, .. }]), "they are told");
    for who in [23, 21] {
        signs(&mut world, who, None, "two").expect("as it is now");
        assert!(open(&world).contains("sign"), "the others have signed another form");
    }
    signs(&mut world, 22, None, "two").expect("again");
    assert_eq!(open(&world), "order");
    assert_eq!(world.case.data.steps["sign"]["answers"].as_array().map(Vec::len), Some(3));
    assert_eq!(world.case.data.history["sign"][0]["answers"].as_array().map(Vec::len), Some(2), "they are kept");
    does(&mut world, "order", "grant", 1).expect("what they said is read by rules");
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn what_all_agree_to_may_be_what_decides() {
    let kit = kit(&STORY.replace("next: order\n    expires", "next: {go: granted, decision: favourable}\n    expires"));
    let mut world = asked(&kit);
    for who in 21..=23 {
        assert!(world.case.flow.decision.is_none());
        signs(&mut world, who, None, "one").expect("signed");
    }
    assert_eq!(world.case.flow.decision, Some(Decision::Favourable));
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn a_new_round_asks_everybody_again() {
    let kit = kit(STORY);
    let mut world = asked(&kit);
    for who in 21..=23 {
        signs(&mut world, who, None, "one").expect("signed");
    }
    does(&mut world, "order", "back", 1).expect("back");
    assert!(!world.case.data.steps.contains_key("sign"), "the round before is over");
    signs(&mut world, 21, None, "one").expect("asked again");
    assert!(open(&world).contains("sign"));
    assert_eq!(world.case.data.steps["sign"]["answers"].as_array().map(Vec::len), Some(1), "of this round");
    assert_eq!(world.case.data.history["sign"].len(), 1, "the round before is kept");
}

#[test]
fn two_of_three_are_enough_where_two_are_needed() {
    let story = STORY.replace("for: [signature], need: all", "for: [form], form: forms/opinion.schema.json, need: 2");
    let kit = kit(&story);
    let mut world = asked(&kit);
    let says = |agrees: bool| Completion { answers: Some(json!({"agrees": agrees})), ..Completion::default() };
    let unasked = Completion { signed: Some("one".into()), ..says(true) };
    assert!(matches!(answers(&mut world, 21, None, unasked), Err(Refusal::Invalid(_))));
    assert_eq!(answers(&mut world, 40, None, says(true)), Err(Refusal::NotAsked), "he is none of them");
    answers(&mut world, 21, None, says(true)).expect("the first");
    assert!(open(&world).contains("sign"));
    answers(&mut world, 22, None, says(false)).expect("the second");
    assert!(open(&world).contains("order"));
    let voted = world.log().iter().filter(|e| matches!(e.what, What::Voted { .. })).count();
    assert_eq!(voted, 2);
    assert_eq!(code(does(&mut world, "order", "grant", 1)), "taken");
}

#[test]
fn what_cannot_be_asked_of_several_is_found() {
    let found = |from: &str, to: &str, sentence: &str| {
        let found = findings("bench", &files(&STORY.replace(from, to)));
        assert!(found.iter().any(|f| f.sentence.contains(sentence)), "wanted {sentence}, found {found:#?}");
    };
    found("for: [signature]", "for: [form]", "are handed in once: `need` is for answers and signatures");
    found("for: [signature]", "for: [form, signature]", "what is signed has been stated before");
    found("need: all", "need: 0", "`need` is `any`, `all` or a number from 1");
    found("many: true}", "many: true, is: organisation}", "`need` is for a party of several persons");
    found("many: true}", "many: true, sees: [case]}", "`applicant` signs the form, and does not see it");
    let taken = STORY.replace("for: [signature]", "for: [form, signature], form: forms/opinion.schema.json");
    let mut files = files(&taken.replace("for: [form, signature]", "for: [signature]"));
    files.insert("bench/forms/opinion.schema.json".into(), OPINION.replace("agrees", "by"));
    assert!(findings("bench", &files).iter().any(|f| f.sentence.contains("`by` cannot be stated")));
}

/// The same service in its next version, with other words in it.
fn next(from: &str, to: &str) -> Definition {
    let mut files = files(&STORY.replace(from, to));
    let service = files.get_mut("bench/service.yaml").expect("the service");
    *service = service.replacen("version: \"1\"", "version: \"2\"", 1);
    files.insert("bench/moves/1.yaml".into(), "steps: {}".into());
    let country = Country::read(&files).unwrap_or_else(|f| panic!("{f:?}"));
    compile("bench", &files, &country).unwrap_or_else(|f| panic!("{f:?}"))
}

#[test]
fn what_was_answered_is_no_signature_in_the_next_version() {
    let answers_alone = "for: [form], form: forms/opinion.schema.json, need: all";
    let kit = kit(&STORY.replace("for: [signature], need: all", answers_alone));
    let mut world = asked(&kit);
    let signed =
        next("for: [signature], need: all", "for: [form, signature], form: forms/opinion.schema.json, need: all");
    let fits = |world: &World<'_>, new: &Definition| misfits(world.def, new, &world.case, world.now);
    assert!(fits(&world, &signed).is_empty(), "nobody has answered yet: {:?}", fits(&world, &signed));
    let says = Completion { answers: Some(json!({"agrees": true})), ..Completion::default() };
    answers(&mut world, 21, None, says).expect("the first");
    assert!(fits(&world, &signed).iter().any(|why| why.contains("some have come to an outcome")));
    let same = next("for: [signature], need: all", answers_alone);
    assert!(fits(&world, &same).is_empty(), "{:?}", fits(&world, &same));
}

#[test]
fn of_all_nobody_is_left_out_because_nobody_knows_who_it_is() {
    let kit = kit(STORY);
    let mut world = asked(&kit);
    let owners = world.case.data.parties.get_mut("applicant").and_then(Value::as_array_mut).expect("owners");
    owners.push(json!({"name": "Somebody"}));
    for owner in 21..=23 {
        signs(&mut world, owner, None, "form").expect("signed");
    }
    assert!(world.case.flow.tokens.values().any(|t| t.step == "sign"), "one has not signed");
    laws::all(&world).expect("the invariants hold");
}

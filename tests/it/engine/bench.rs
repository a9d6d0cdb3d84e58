//! Small definitions written down in a test, in a country with one office and no holidays, where the week ends on Friday
//! and Saturday.

use guichet::engine::definition::{Country, Definition, Files, compile};
use guichet::engine::workflow::{Event, Refusal, What};
use jiff::Timestamp;
use serde_json::json;

use super::play::World;
use super::scene::{Kit, Registers, Scene};

const AGENCIES: &str = "
authorities: {city: {name: {en: City}, time_zone: Asia/Dhaka, calendar: plain, main_office: hall}}
offices: {hall: {authority: city, name: {en: Hall}, roles: [clerk, chief]}}
roles: {clerk: {name: {en: Clerk}}, chief: {name: {en: Chief}}}
";
const CALENDAR: &str = "{from: 2020-01-01, until: 2030-12-31, weekend: [friday, saturday], holidays: []}";
const PARAMS: &str = "
small: {values: [{from: 2020-01-01, value: 20, basis: Tariff}]}
large: {values: [{from: 2020-01-01, value: 50, basis: Tariff}]}
";
const HEAD: &str = r#"
guichet: 1
id: bench
version: "1"
kind: G2C
authority: city
languages: [en]
currency: BDT
legal_basis: {act: Act, sections: ["1"], automated: "2"}
documents: {paper: {required: false}}
fees:
  entry: {items: {entry: params.small}}
  final: {items: {final: params.small, more: {amount: params.large, when: 'steps.order.rounds > 1'}}}
ends: {granted: favourable, refused: adverse, lapsed: neutral}
reasons: {bad: "s. 1", worse: "s. 2"}
"#;
const FORM: &str = r#"{"type": "object", "required": ["size"], "additionalProperties": false,
    "properties": {"size": {"type": "number", "title": "Size"}}}"#;
const REGISTER: &str = "
owner: city
key: id
number: P-{000001}
schema: {type: object, additionalProperties: false, properties: {size: {type: number, title: Size}}}
";

/// Slots of half an hour, from ten to twelve.
const POOLS: &str = r#"
talk: {slots: {from: "10:00", until: "12:00", minutes: 30, capacity: 2, open_ahead: 20 days, modes: [in_person, online]}}
"#;

/// What remedies against decisions of the bench become.
const OTHER: &str = r#"
guichet: 1
id: other
version: "1"
kind: G2C
authority: city
languages: [en]
legal_basis: {act: Act, sections: ["1"]}
start: {by: [case], first: hear, needs: []}
parties: {respondent: {from: link.others, many: true}}
steps:
  hear:
    task: {role: link.role, office: link.office}
    outcomes:
      set_aside: {go: set_aside, decision: favourable}
      remit: {go: remitted, decision: favourable}
      vary: {go: varied, decision: favourable}
      dismiss: {go: dismissed, decision: adverse, reasons: [bad]}
ends: {set_aside: favourable, remitted: favourable, varied: favourable, dismissed: adverse}
reasons: {bad: "s. 1"}
remedies: {appeal: {against: [hear], from_link: true}}
"#;

/// What a step of the bench opens.
const PART: &str = r#"
guichet: 1
id: part
version: "1"
kind: G2C
authority: city
languages: [en]
legal_basis: {act: Act, sections: ["1"]}
start: {by: [person, case], first: look, needs: [form]}
steps:
  look: {task: {role: clerk}, next: fine}
ends: {fine: {result: favourable, gives: {more: form.size}}}
"#;

pub fn bench_files(body: &str) -> Files {
    [
        ("_agencies/agencies.yaml", AGENCIES.to_owned()),
        ("_calendar/plain.yaml", CALENDAR.to_owned()),
        ("bench/service.yaml", format!("{HEAD}{body}")),
        ("bench/params.yaml", PARAMS.to_owned()),
        ("bench/form.schema.json", FORM.to_owned()),
        ("bench/registers/plots.yaml", REGISTER.to_owned()),
        ("bench/texts/en.ftl", "service = Bench\n".to_owned()),
        ("bench/pools.yaml", POOLS.to_owned()),
        ("other/service.yaml", OTHER.to_owned()),
        ("other/texts/en.ftl", "service = Other\n".to_owned()),
        ("part/service.yaml", PART.to_owned()),
        ("part/form.schema.json", FORM.to_owned()),
        ("part/texts/en.ftl", "service = Part\n".to_owned()),
    ]
    .map(|(path, text)| (path.to_owned(), text))
    .into()
}

pub fn definition(body: &str) -> Definition {
    let files = bench_files(body);
    let country = Country::read(&files).unwrap_or_else(|f| panic!("{f:?}"));
    compile("bench", &files, &country).unwrap_or_else(|f| panic!("{f:?}"))
}

/// The first day of every story: a Monday, ten in the morning.
pub fn kit(body: &str) -> Kit {
    let plots = [("p1".to_owned(), (1, json!({"size": 7})))].into();
    let registers: Registers = [("plots".to_owned(), plots)].into();
    let scene = Scene { now: at("2026-08-03T10:00"), registers, forms: vec![json!({"size": 5})], ..Scene::default() };
    Kit { def: definition(body), scenes: vec![scene] }
}

/// A case of the kit that was submitted.
pub fn begun(kit: &Kit) -> World<'_> {
    let mut world = World::new(kit, 0);
    world.submit().expect("it is submitted");
    world
}

/// Office time to an instant; Dhaka is six hours ahead.
pub fn at(local: &str) -> Timestamp {
    format!("{local}:00+06:00").parse().expect("an instant")
}

pub fn code(outcome: Result<(), Refusal>) -> String {
    outcome.err().map_or_else(|| "taken".to_owned(), |r| r.code().to_owned())
}

/// The faults of a statement that was refused, as `code at pointer`.
pub fn faults(outcome: Result<(), Refusal>) -> Vec<String> {
    match outcome {
        Err(Refusal::Invalid(faults)) => faults.iter().map(|f| format!("{} at {}", f.code, f.pointer)).collect(),
        other => panic!("not refused as invalid: {other:?}"),
    }
}

/// An event in a word or two, with its step where it has one.
pub fn word(event: &Event) -> String {
    let about = match &event.what {
        What::StepEntered { step, .. }
        | What::StepAnswered { step, .. }
        | What::StepExpired { step, .. }
        | What::StepOverdue { step, .. }
        | What::StepLeft { step, .. }
        | What::StepCancelled { step, .. } => step.as_str(),
        What::Closed { end, .. } => end.as_str(),
        What::Told { text, .. } => text.as_str(),
        What::Issued { template, .. } => template.as_str(),
        What::Marked { mark } => mark.as_str(),
        _ => "",
    };
    format!("{} {about}", event.what.name()).trim_end().to_owned()
}

/// What the last command came to.
pub fn last(world: &World<'_>) -> Vec<String> {
    let events = world.turns.last().and_then(|t| t.outcome.as_ref().ok());
    events.into_iter().flatten().map(word).collect()
}

/// A person takes an open step on by one of its outcomes.
pub fn does(world: &mut World<'_>, step: &str, outcome: &str, by: u128) -> Result<(), Refusal> {
    let at = world.def.steps[step].outcomes.get_index_of(outcome).unwrap_or_default();
    let completion = world.completion(step, at, 0);
    world.forward(world.token(step), by, completion)
}

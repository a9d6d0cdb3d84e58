//! How long the engine takes for what every act asks of it, on one thread: `cargo bench --bench micro`.
//!
//! The files in `micro/` hold a rule of twelve rows, a form of thirty fields and an answer to it; the case that is
//! decided is one of `services/land-mutation`, played as the tests of the engine play theirs.

#[expect(dead_code, reason = "the tests of the engine use the rest")]
#[path = "../tests/it/engine/bench.rs"]
mod bench;
#[expect(dead_code, reason = "the tests of the engine use the rest")]
#[path = "../tests/it/engine/play.rs"]
mod play;
#[path = "../tests/it/engine/scene.rs"]
mod scene;

use std::hint::black_box;
use std::path::Path;

use divan::Bencher;
use divan::counter::ItemsCount;
use guichet::engine::definition::{Country, Definition, Files, compile};
use guichet::engine::forms::Form;
use guichet::engine::workflow::{Case, Command, Data, Event, Flow, View, decide, evolve};
use jiff::Timestamp;
use play::{World, officer};
use scene::Kit;
use serde_json::{Value, json};

/// The server's.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

/// Every definition file of the checkout, by its path under `services/`.
fn files() -> Files {
    guichet::catalogue::folder::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("services"))
        .expect("the definitions can be read")
}

/// A mutation whose plot the surveyor has just measured, and the report that ends the survey.
fn surveyed(kit: &Kit) -> (World<'_>, Command) {
    const SURVEYOR: u128 = 2;
    let mut world = World::new(kit, 0);
    world.submit().expect("submitted");
    for (step, by) in [("pay_court", 0), ("fill", 0), ("pay_notice", 0), ("admit", 0), ("field_report", 1)] {
        let completion = world.completion(step, 0, 0);
        world.forward(world.token(step), by, completion).unwrap_or_else(|refusal| panic!("{step}: {refusal:?}"));
    }
    let (token, by) = (world.token("survey"), officer(&kit.def, SURVEYOR));
    world.send(Command::Assign { token, to: by.clone() }).expect("assigned");
    let completion = Box::new(world.completion("survey", 0, 0));
    (world, Command::Complete { token, by, completion })
}

/// The survey ends, the records are looked at next: the command is decided, and its events are replayed on the flow.
#[divan::bench]
fn completion_decided_and_replayed(bencher: Bencher<'_, '_>) {
    let kit = Kit::named("land-mutation");
    let (world, command) = surveyed(&kit);
    let plan = decide(&kit.def, &world.case, &command, world.now).expect("decided");
    assert!(plan.case.flow.tokens.values().any(|t| t.step == "records"), "the survey led elsewhere");
    bencher.with_inputs(|| world.case.flow.clone()).bench_local_values(|flow| {
        let plan = decide(&kit.def, black_box(&world.case), black_box(&command), world.now).expect("decided");
        replayed(flow, &plan.events)
    });
}

/// The same, without the replay.
#[divan::bench]
fn completion_decided(bencher: Bencher<'_, '_>) {
    let kit = Kit::named("land-mutation");
    let (world, command) = surveyed(&kit);
    bencher.bench_local(|| drop(decide(&kit.def, black_box(&world.case), black_box(&command), world.now)));
}

/// The replay alone.
#[divan::bench]
fn completion_replayed(bencher: Bencher<'_, '_>) {
    let kit = Kit::named("land-mutation");
    let (world, command) = surveyed(&kit);
    let events = decide(&kit.def, &world.case, &command, world.now).expect("decided").events;
    bencher.with_inputs(|| world.case.flow.clone()).bench_local_values(|flow| replayed(flow, black_box(&events)));
}

fn replayed(mut flow: Flow, events: &[Event]) -> Flow {
    for event in events {
        evolve(&mut flow, event);
    }
    flow
}

/// The twelve rows, and twelve cases of which each comes to the row of its number.
fn rows() -> (Definition, Vec<Case>) {
    let mut files = bench::bench_files(include_str!("micro/rows.yaml"));
    let field = |kind: Value| json!({"title": "Input", "type": kind});
    let form = json!({"type": "object", "additionalProperties": false, "properties": {
        "kind": field(json!("string")), "food": field(json!("boolean")), "area": field(json!("number")),
        "staff": field(json!("integer")), "capital": field(json!("number")),
        "since": {"title": "Input", "type": "string", "format": "date"},
    }});
    files.insert("bench/form.schema.json".into(), form.to_string());
    let country = Country::read(&files).expect("the country is in order");
    let def = compile("bench", &files, &country).unwrap_or_else(|findings| panic!("{findings:?}"));
    let row = |n: usize| {
        let kind = if n < 6 { "shop" } else { "workshop" };
        let area = [12.5, 42.25, 118.0][n % 3];
        json!({"kind": kind, "food": n / 3 % 2 == 1, "area": area, "staff": 4, "capital": 75_000.5,
            "since": "2021-06-30"})
    };
    let cases = (0..12).map(row).map(|form| Case { data: Data { form, ..Data::default() }, ..Case::default() });
    (def, cases.collect())
}

/// Which of the twelve arrows is taken; none but the row of its number fits a case.
fn arrow_of(def: &Definition, case: &Case) -> usize {
    let arrows = &def.steps["order"].outcomes["rated"];
    let arrow = View::new(def, case, Timestamp::UNIX_EPOCH).arrow(arrows).expect("within the budget");
    arrows.iter().position(|a| arrow.is_some_and(|found| std::ptr::eq(a, found))).expect("one fits")
}

/// Each of the twelve rows is found once: 6.5 are tried for one decision.
#[divan::bench]
fn twelve_rows_each_found_once(bencher: Bencher<'_, '_>) {
    let (def, cases) = rows();
    let found: Vec<usize> = cases.iter().map(|case| arrow_of(&def, case)).collect();
    assert_eq!(found, Vec::from_iter(0..12));
    bencher.counter(ItemsCount::new(cases.len())).bench_local(|| {
        for case in &cases {
            black_box(arrow_of(&def, black_box(case)));
        }
    });
}

/// All twelve are tried.
#[divan::bench]
fn twelve_rows_the_last_found(bencher: Bencher<'_, '_>) {
    let (def, cases) = rows();
    bencher.counter(ItemsCount::new(1_usize)).bench_local(|| arrow_of(&def, black_box(&cases[11])));
}

/// The form of thirty fields, two lists of texts besides, and an answer in which each has a value.
fn thirty_fields() -> (Form, Value) {
    let schema = serde_json::from_str(include_str!("micro/form.schema.json")).expect("JSON");
    let form = Form::compile("form", &schema, &|_| None).unwrap_or_else(|fault| panic!("{fault}"));
    let plain = form.fields().iter().filter(|field| !matches!(field.kind, "object" | "list"));
    assert_eq!(plain.count(), 30);
    (form, serde_json::from_str(include_str!("micro/answer.json")).expect("JSON"))
}

#[divan::bench]
fn thirty_fields_in_order(bencher: Bencher<'_, '_>) {
    let (form, answer) = thirty_fields();
    assert_eq!(form.check(&answer), []);
    bencher.bench_local(|| form.check(black_box(&answer)));
}

/// Every fault is told, each at its own place.
#[divan::bench]
fn thirty_fields_with_three_faults(bencher: Bencher<'_, '_>) {
    let (form, mut answer) = thirty_fields();
    answer["ward"] = json!("seven");
    answer["owners"][1]["email"] = json!("salma");
    answer["hygiene"]["water"] = json!("river");
    assert_eq!(form.check(&answer).len(), 3);
    bencher.bench_local(|| form.check(black_box(&answer)));
}

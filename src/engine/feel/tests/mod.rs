//! What expressions give, what is refused, and what stays bounded.

mod bounds;
mod faults;
mod language;
mod logic;
mod random;

use jiff::tz::TimeZone;
use serde_json::json;

use super::{Bindings, Expression, Names, Type, Value};

/// A case as expressions see it.
fn scope() -> Bindings {
    let data = json!({
        "form": {"kind": "sale", "copies": 3, "price": 10.10, "born": "2000-02-29", "until": "2026-08-31", "note": null,
            "paid": "0.1234567890123456789", "yes": true, "plots": [{"no": "1", "area": 2.5}, {"no": "2", "area": 4}],
            "tags": ["a", "b", "a"]},
        "steps": {"order": {"done": "2026-08-03T20:00:00Z", "rounds": 0}, "hearing": null},
        "loose": {"list": [{"x": 1}, {"x": 2}, {"x": 3}], "nested": [[1, 2], [3, [4]]], "n": 2, "day": "2026-08-03"},
        "age": "15 days",
    });
    let mut bindings = Bindings { time_zone: Some(TimeZone::fixed(jiff::tz::offset(6))), ..Bindings::default() };
    if let serde_json::Value::Object(fields) = data {
        bindings.json = fields.into_iter().collect();
    }
    let today = jiff::civil::date(2026, 8, 4);
    bindings.values.insert("today".into(), Value::Date(today));
    bindings
}

fn names() -> Names {
    let plot = Type::closed([("no", Type::Text), ("area", Type::Number)]);
    let form = Type::closed([
        ("kind", Type::Text),
        ("copies", Type::Number),
        ("price", Type::Number),
        ("born", Type::Date),
        ("until", Type::Text),
        ("note", Type::Text),
        ("paid", Type::Number),
        ("yes", Type::Bool),
        ("plots", Type::list(plot)),
        ("tags", Type::list(Type::Text)),
    ]);
    let order = Type::closed([("done", Type::Instant), ("rounds", Type::Number)]);
    Names::new()
        .with("form", form)
        .with("steps", Type::open([("order", order), ("hearing", Type::Any)]))
        .with("loose", Type::Any)
        .with("age", Type::Text)
        .with("today", Type::Date)
}

fn compile(text: &str) -> Expression {
    Expression::compile(text, &names()).unwrap_or_else(|fault| panic!("{text}: {fault}"))
}

/// The result as JSON.
fn result(text: &str) -> serde_json::Value {
    match compile(text).evaluate(&scope()) {
        Ok(value) => value.to_json(),
        Err(exhausted) => panic!("{text}: {exhausted}"),
    }
}

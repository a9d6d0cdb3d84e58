//! Expressions and what they give.

use serde_json::{Value as Json, json};

use super::super::{Expression, Type, Value};
use super::{compile, names, result, scope};

fn all(cases: &[(&str, Json)]) {
    for (text, wanted) in cases {
        assert_eq!(result(text), *wanted, "{text}");
    }
}

#[test]
fn arithmetic_is_exact() {
    all(&[
        ("0.1 + 0.2", json!(0.3)),
        ("form.price * form.copies", json!(30.3)),
        ("form.paid + 0", json!("0.1234567890123456789")),
        ("1 + 2 * 3 ** 2 - -4", json!(23)),
        ("-2 ** 2", json!(4)),
        ("2 ** 3 ** 2", json!(64)),
        ("2 ** -1", json!(0.5)),
        ("1 / 3 * 3 = 1", json!(false)),
        ("7 - 2 - 1", json!(4)),
        ("1 / 0", Json::Null),
        ("10 ** 40", Json::Null),
        ("\"a\" + \"b\\u00e9\\n\"", json!("abé\n")),
        (".5 + 1.50", json!(2)),
    ]);
}

#[test]
fn null_makes_a_comparison_null_and_logic_has_three_values() {
    all(&[
        ("form.note = \"x\"", Json::Null),
        ("form.note != \"x\"", Json::Null),
        ("form.note = null", json!(true)),
        ("null != form.kind", json!(true)),
        ("not(form.note = \"x\")", Json::Null),
        ("steps.hearing.rounds > 0", Json::Null),
        ("steps.hearing.rounds > 0 and false", json!(false)),
        ("steps.hearing.rounds > 0 or true", json!(true)),
        ("steps.hearing.rounds > 0 or false", Json::Null),
        ("if steps.hearing.rounds > 0 then 1 else 2", json!(2)),
        ("form.kind = \"sale\" and not(form.yes)", json!(false)),
        ("loose.n = \"2\"", Json::Null),
        ("{a: null, b: [1]} = {b: [1.0], a: null}", json!(true)),
        ("[1, null] = [1, 2]", json!(false)),
    ]);
    assert_eq!(compile("form.note = \"x\"").is_true(&scope()), Ok(false));
    assert_eq!(compile("form.kind = \"sale\"").is_true(&scope()), Ok(true));
}

#[test]
fn membership_and_ranges() {
    all(&[
        ("3 between 1 and 3", json!(true)),
        ("form.copies in [1..3]", json!(true)),
        ("form.copies in [1..3)", json!(false)),
        ("form.copies in [1..3[", json!(false)),
        ("form.copies in ]3..4]", json!(false)),
        ("form.copies in (2..4)", json!(true)),
        ("form.copies in (< 2, > 2)", json!(true)),
        ("form.kind in (\"gift\", \"sale\")", json!(true)),
        ("form.kind in [\"gift\", \"decree\"]", json!(false)),
        ("form.kind in not(\"sale\")", json!(false)),
        ("form.note in (\"a\", null)", json!(true)),
        ("form.note in (\"a\")", Json::Null),
        ("form.tags[1] in form.tags", json!(true)),
        ("form.copies in (? > 2)", json!(true)),
        ("\"2026-08-10\" in [today..today + duration(\"P7D\")]", json!(true)),
    ]);
}

#[test]
fn lists_contexts_and_loops() {
    all(&[
        ("form.plots.area", json!([2.5, 4])),
        ("sum(form.plots.area)", json!(6.5)),
        ("form.plots[area > 3].no", json!(["2"])),
        ("form.plots[item.area > form.copies][1].no", json!("2")),
        ("form.plots[-1].no", json!("2")),
        ("form.plots[3]", Json::Null),
        ("loose.list[x >= 2].x", json!([2, 3])),
        ("loose.list[loose.n].x", json!(2)),
        ("for i in 1..3 return i * i", json!([1, 4, 9])),
        ("for i in 2..1, j in [10, 20] return i + j", json!([12, 22, 11, 21])),
        (
            "for p in form.plots return {no: p.no, twice: p.area * 2, more: twice + 1}",
            json!([{"no": "1", "twice": 5, "more": 6}, {"no": "2", "twice": 8, "more": 9}]),
        ),
        ("some p in form.plots satisfies p.area > 3", json!(true)),
        ("every p in form.plots satisfies p.area > 3", json!(false)),
        ("every p in [] satisfies p", json!(true)),
        ("for x in steps.hearing.items return x", Json::Null),
        ("{a: 1, b: a + 1}.b", json!(2)),
        ("(for x in form.tags return upper case(x))[1]", json!("A")),
        ("for i in [1..3] return i", json!([1, 2, 3])),
    ]);
}

#[test]
fn functions_of_lists_and_contexts() {
    all(&[
        ("count(form.plots)", json!(2)),
        ("count(steps.hearing)", Json::Null),
        ("count([])", json!(0)),
        ("sum([])", Json::Null),
        ("min(3, 1, 2)", json!(1)),
        ("max(form.tags)", json!("b")),
        ("mean([1, 2])", json!(1.5)),
        ("append([1], 2, 3)", json!([1, 2, 3])),
        ("concatenate([1], [2], [1])", json!([1, 2, 1])),
        ("union([1], [2], [1])", json!([1, 2])),
        ("flatten(loose.nested)", json!([1, 2, 3, 4])),
        ("list contains(form.tags, \"b\")", json!(true)),
        ("distinct values(form.tags)", json!(["a", "b"])),
        ("index of(form.tags, \"a\")", json!([1, 3])),
        ("all([true, null])", Json::Null),
        ("any(true, null)", json!(true)),
        ("get value(form, \"kind\")", json!("sale")),
        ("context put({a: 1}, \"b\", 2)", json!({"a": 1, "b": 2})),
        ("context put({a: 1}, \"a\", 2).a", json!(2)),
        ("get entries({a: 1})", json!([{"key": "a", "value": 1}])),
        ("is defined(form.note)", json!(false)),
    ]);
}

#[test]
fn functions_of_texts_and_numbers() {
    all(&[
        ("contains(\"foobar\", \"oba\")", json!(true)),
        ("starts with(\"foo\", \"f\") and ends with(\"foo\", \"o\")", json!(true)),
        ("upper case(\"aé\") + lower case(\"B\")", json!("AÉb")),
        ("string length(\"কখ\")", json!(2)),
        ("substring(\"foobar\", 3)", json!("obar")),
        ("substring(\"foobar\", -2, 1)", json!("a")),
        ("string(1.50) + string(true)", json!("1.5true")),
        ("number(\"1.5\") + number(\"2\")", json!(3.5)),
        ("number(form.kind)", Json::Null),
        ("floor(-1.5) + ceiling(1.2)", json!(0)),
        ("round half up(2.345, 2)", json!(2.35)),
        ("round half up(-2.5)", json!(-3)),
        ("round half down(2.5, 0)", json!(2)),
        ("round up(1.01, 0) - round down(1.99, 0)", json!(1)),
        ("decimal(2.5, 0)", json!(2)),
        ("abs(-3) + modulo(-12, 5) + modulo(12, -5)", json!(3)),
        ("modulo(1, 0)", Json::Null),
        ("normalise(\"  Ａbdul   KARIM\")", json!("abdul karim")),
        ("similar(\"Karim\", \" karim\")", json!(1)),
        ("similar(\"karim\", \"karem\")", json!(0.6667)),
        ("similar(\"ab\", \"xy\")", json!(0)),
    ]);
}

#[test]
fn dates_and_durations() {
    all(&[
        ("today + duration(\"P15D\")", json!("2026-08-19")),
        ("date(\"2026-01-31\") + duration(\"P1M\")", json!("2026-02-28")),
        ("date(2024, 2, 29) + @\"P1Y\"", json!("2025-02-28")),
        ("date(2025, 2, 29)", Json::Null),
        ("today - age", json!("2026-07-20")),
        ("(today - form.born).days > 9000", json!(true)),
        ("form.until - today = duration(\"P27D\")", json!(true)),
        ("form.until > today", json!(true)),
        ("loose.day < today", json!(true)),
        ("loose.n < today", Json::Null),
        ("form.born.year + form.born.month", json!(2002)),
        ("today.weekday", json!(2)),
        // 20:00 UTC is two o'clock of the next day in the office's time zone.
        ("date(steps.order.done)", json!("2026-08-04")),
        ("steps.order.done <= today and steps.order.done = today", json!(true)),
        ("steps.order.done.hour", json!(2)),
        ("date and time(\"2026-08-04T02:00\") = steps.order.done", json!(true)),
        ("steps.order.done + duration(\"PT36H\")", json!("2026-08-05T08:00:00Z")),
        ("years and months duration(form.born, today).years", json!(26)),
        ("duration(\"P1DT12H\") * 2", json!("P3D")),
        ("duration(\"P1Y\") / duration(\"P3M\")", json!(4)),
        ("-duration(\"P1Y2M\")", json!("-P1Y2M")),
        ("string(duration(\"PT0S\"))", json!("PT0S")),
        ("max([form.born, today])", json!("2026-08-04")),
        ("date(\"9999-12-31\") + duration(\"P1D\")", Json::Null),
    ]);
}

#[test]
fn cells_of_decision_tables() {
    let number = |n: i64| Value::Number(n.into());
    let text = |t: &str| Value::Text(t.into());
    for (cell, input, holds) in [
        ("-", Value::Null, true),
        ("< 5", number(4), true),
        ("[1..10]", number(11), false),
        ("1, 2, > 9", number(10), true),
        ("\"a\", \"b\"", text("b"), true),
        ("not(\"a\", \"b\")", text("b"), false),
        ("not(\"a\")", Value::Null, false),
        ("null", Value::Null, true),
        ("form.copies", number(3), true),
        ("? > form.copies and form.yes", number(4), true),
        ("-1", number(-1), true),
    ] {
        let tests = Expression::compile_unary_tests(cell, &names(), &Type::Any);
        let tests = tests.unwrap_or_else(|fault| panic!("{cell}: {fault}"));
        assert_eq!(tests.matches(&input, &scope()), Ok(holds), "{cell}");
    }
}

#[test]
fn what_is_read_is_known() {
    let paths = |text: &str| -> Vec<String> { compile(text).paths().iter().map(|path| path.join(".")).collect() };
    assert_eq!(paths("form.kind = \"sale\" and today > form.born"), ["form.born", "form.kind", "today"]);
    assert_eq!(paths("form.born.year"), ["form.born"]);
    assert_eq!(paths("form.plots[area > 3].no"), ["form.plots", "form.plots.area", "form.plots.no"]);
    assert_eq!(
        paths("for h in steps.khatian.holders return h.name"),
        ["steps.khatian.holders", "steps.khatian.holders.name"]
    );
    assert_eq!(paths("get value(form, \"kind\")"), ["form", "form.kind"]);
}

#[test]
fn results_have_types() {
    for (text, ty) in [
        ("form.copies + 1", Type::Number),
        ("form.plots.no", Type::list(Type::Text)),
        ("form.plots[1].no", Type::Text),
        ("today - form.born", Type::DayDuration),
        ("loose.x + 1", Type::Number),
        ("if form.yes then 1 else null", Type::Number),
        ("form.plots[area > 1][1].area", Type::Number),
    ] {
        assert_eq!(*compile(text).result(), ty, "{text}");
    }
}

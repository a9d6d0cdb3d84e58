//! Nothing is deep, long or dear enough to hang or to break.

use serde_json::json;

use super::super::{Bindings, Budget, Exhausted, Expression};
use super::{compile, names};

#[test]
fn nesting_and_length_are_faults() {
    for text in [
        format!("{}1{}", "(".repeat(4_000), ")".repeat(4_000)),
        "(".repeat(8_000),
        "-".repeat(8_000),
        "[".repeat(8_000),
        "]".repeat(8_000),
        "1 in ".repeat(1_600),
        "not(".repeat(2_000),
        "1 in (".repeat(1_300),
        "if ".repeat(2_700),
        format!("1{}", "+1".repeat(4_000)),
        format!("a{}", "[1]".repeat(2_700)),
        format!("\"{}\"", "x".repeat(9_000)),
    ] {
        let short: String = text.chars().take(12).collect();
        assert!(Expression::compile(&text, &names()).is_err(), "{short}");
        assert!(Expression::compile_unary_tests(&text, &names(), &super::Type::Any).is_err());
    }
    // Long chains of `or` are no nesting.
    let text = format!("false{}", " or false".repeat(800));
    assert_eq!(compile(&text).is_true(&Bindings::default()), Ok(false));
}

#[test]
fn a_budget_is_never_exceeded() {
    let scope = Bindings {
        json: [("loose".to_owned(), json!({"long": "x".repeat(60_000), "many": vec![1; 20_000]}))].into(),
        ..Bindings::default()
    };
    for (text, wanted) in [
        ("for i in 1..1000000000000 return i", Exhausted::List),
        ("count(for i in 1..1000, j in 1..1000 return 1)", Exhausted::List),
        ("some i in 1..999999999999 satisfies false", Exhausted::Steps),
        ("loose.long + loose.long", Exhausted::Text),
        ("for i in 1..1000 return upper case(loose.long)", Exhausted::Steps),
        ("loose.many.x", Exhausted::List),
        ("for i in [1..1000000000] return i", Exhausted::List),
        ("distinct values(for i in 1..3000 return i)", Exhausted::Steps),
        (
            "{a: [1,1,1,1,1,1,1,1], b: [a,a,a,a,a,a,a,a], c: [b,b,b,b,b,b,b,b], d: [c,c,c,c,c,c,c,c], \
          e: [d,d,d,d,d,d,d,d], f: [e,e,e,e,e,e,e,e], g: [f,f,f,f,f,f,f,f]}",
            Exhausted::Steps,
        ),
    ] {
        assert_eq!(compile(text).evaluate(&scope), Err(wanted), "{text}");
    }
    let small = Budget { steps: 2, ..Budget::DEFAULT };
    assert_eq!(compile("1 + 1").evaluate_within(&scope, small), Err(Exhausted::Steps));
}

#[test]
fn deep_data_are_refused_not_followed() {
    let mut deep = json!(1);
    for _ in 0..100 {
        deep = json!([deep]);
    }
    let scope = Bindings { json: [("loose".to_owned(), json!({"a": deep}))].into(), ..Bindings::default() };
    for text in ["loose.a", "loose.a = loose.a", "flatten(loose.a)", "loose.a.x"] {
        assert_eq!(compile(text).evaluate(&scope), Err(Exhausted::Depth), "{text}");
    }
    assert_eq!(compile("count(loose.a) = 1").is_true(&scope), Ok(true));
}

#[test]
fn the_deepest_expression_needs_little_stack() {
    // A worker's stack may be smaller than the main one; this is half of what threads usually get.
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(|| {
        let text = format!("{}true{}", "not(".repeat(62), ")".repeat(62));
        let nested = format!("{}1{}", "[{a: if true then ".repeat(15), " else 2}]".repeat(15));
        let value = compile(&nested).evaluate(&Bindings::default());
        (compile(&text).is_true(&Bindings::default()), value.is_ok())
    });
    let outcome = thread.map(|thread| thread.join());
    assert!(matches!(outcome, Ok(Ok((Ok(true), true)))), "{outcome:?}");
}

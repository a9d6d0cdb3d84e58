//! What is refused when an expression is read, and in which words.

use super::super::{Expression, Type};
use super::names;

fn fault(text: &str) -> (usize, String) {
    match Expression::compile(text, &names()) {
        Err(fault) => (fault.offset, fault.message),
        Ok(expression) => panic!("{text} was taken for {expression:?}"),
    }
}

#[test]
fn faults_name_the_place_and_what_was_meant() {
    for (text, offset, part) in [
        ("form.knd = \"x\"", 5, "Did you mean “kind”?"),
        ("fom.kind", 0, "Did you mean “form”?"),
        ("form.plots[aera > 1]", 11, "Did you mean “area”?"),
        ("1 + form.kind", 2, "cannot be added"),
        ("form.kind < 5", 10, "cannot be compared"),
        ("form.copies and true", 0, "true or false"),
        ("not(form.copies)", 4, "needs a truth value"),
        ("form.kind.x", 10, "this is a text"),
        ("coun(form.plots)", 0, "Did you mean “count”?"),
        ("round half sideways(1)", 0, "“round half sideways”"),
        ("count()", 0, "takes 1 argument, and 0"),
        ("date(2026, 1)", 0, "1 or 3"),
        ("substring(\"a\")", 0, "2 or 3"),
        ("sum(form.tags)", 4, "numbers"),
        ("date(\"2026-02-30\")", 5, "is not a date"),
        ("duration(\"3 working days\")", 9, "Working days"),
        ("today > \"soon\"", 8, "is not one"),
        ("time(\"10:00\")", 0, "not supported"),
        ("today()", 0, "without brackets"),
        ("function(x) x", 0, "cannot be defined"),
        ("(form.kind instance of text)", 11, "instance of"),
        ("form.kind instance of text", 10, "instance of"),
        ("matches(form.kind, \"a\")", 0, "Patterns"),
        ("1 < 2 < 3", 6, "chained"),
        ("form.kind == \"x\"", 10, "one equals sign"),
        ("form.kind = 'x'", 12, "double quotes"),
        ("true && false", 5, "Write “and”"),
        ("\"open", 0, "closing quote"),
        ("", 0, "a value"),
        ("1 2", 2, "the end"),
        ("for x in form.kind return x", 9, "A list is needed"),
        ("form.plots[\"x\"]", 11, "condition or a place"),
        ("form.yes < true", 9, "neither smaller nor larger"),
        ("?", 0, "decision table"),
        ("{a: 1, a: 2}", 7, "twice"),
        ("substring(string: \"a\", start: 1)", 10, "by their place"),
        ("12345678901234567890123456789012", 0, "digits"),
        ("2 ** 0.5", 5, "whole number"),
        ("[1..\"a\"]", 0, "range"),
        ("form.kind in (1, 2)", 14, "cannot be compared"),
    ] {
        let (at, message) = fault(text);
        assert!(message.contains(part), "{text}: {message}");
        assert_eq!(at, offset, "{text}: {message}");
    }
}

#[test]
fn cells_are_checked_against_their_input() {
    for (cell, input) in [("< 5", Type::Text), ("\"a\"", Type::Number), ("[1..2]", Type::Bool), ("<", Type::Any)] {
        assert!(Expression::compile_unary_tests(cell, &names(), &input).is_err(), "{cell}");
    }
}

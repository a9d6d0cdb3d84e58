//! Random sources: none panics, all end; and arithmetic agrees with decimals that are computed directly.

use proptest::prelude::*;
use rust_decimal::Decimal;

use super::super::{Expression, Names, Type, Value};
use super::{names, scope};

fn token() -> impl Strategy<Value = String> {
    let words = "form kind copies plots loose list today 1 2.5 -3 \"a\" \"2026-01-01\" + - * / ** ( ) [ ] { } , : . .. = \
        != < <= > >= and or not( if then else for some every in return satisfies between null true false x item ? @ \
        count( sum( min( date( duration( date and time( append( flatten( similar( substring( context put( get value( \
        round half up( string( index of( concatenate( normalise( \"P1D\" instance of";
    let words: Vec<String> = words.split_whitespace().map(str::to_owned).collect();
    prop::sample::select(words)
}

/// An expression with all its brackets, and its value if it has one.
fn arithmetic() -> impl Strategy<Value = (String, Option<Decimal>)> {
    let leaf = (-9_999_i64..9_999, 0_u32..4).prop_map(|(digits, scale)| {
        let number = Decimal::new(digits, scale);
        (number.to_string(), Some(number))
    });
    leaf.prop_recursive(6, 40, 2, |inner| {
        (inner.clone(), 0..4_usize, inner).prop_map(|((a, x), operator, (b, y))| {
            let value = x.zip(y).and_then(|(x, y)| match operator {
                0 => x.checked_add(y),
                1 => x.checked_sub(y),
                2 => x.checked_mul(y),
                _ => x.checked_div(y),
            });
            (format!("({a} {} {b})", ["+", "-", "*", "/"][operator]), value)
        })
    })
}

proptest! {
    #[test]
    fn any_tokens_end_without_panic(tokens in prop::collection::vec(token(), 0..25)) {
        let source = tokens.join(" ");
        if let Ok(expression) = Expression::compile(&source, &names()) {
            let _ = expression.evaluate(&scope());
        }
        if let Ok(tests) = Expression::compile_unary_tests(&source, &names(), &Type::Any) {
            let _ = tests.matches(&Value::Number(Decimal::TWO), &scope());
        }
    }

    #[test]
    fn any_text_ends_without_panic(source in "\\PC{0,60}") {
        let _ = Expression::compile(&source, &names());
        let _ = Expression::compile_unary_tests(&source, &names(), &Type::Text);
    }

    #[test]
    fn arithmetic_agrees_with_decimals((source, wanted) in arithmetic()) {
        let expression = Expression::compile(&source, &Names::new());
        prop_assert!(expression.is_ok(), "{source}");
        if let Ok(expression) = expression {
            let value = expression.evaluate(&scope());
            prop_assert_eq!(value, Ok(wanted.map_or(Value::Null, Value::Number)));
        }
    }

    #[test]
    fn numbers_survive_json(digits in any::<i64>(), scale in 0_u32..20) {
        let number = Decimal::new(digits, scale);
        let json = Value::Number(number).to_json();
        let scope = serde_json::json!({"n": json});
        let names = Names::new().with("n", Type::Number);
        let read = Expression::compile("n", &names).map(|n| n.evaluate(&scope));
        prop_assert_eq!(read, Ok(Ok(Value::Number(number))));
    }

    #[test]
    fn a_number_is_the_decimal_that_is_written(digits in -999_999_999_999_999_i64..=999_999_999_999_999, scale in 0_u32..12) {
        let number = Decimal::new(digits, scale);
        let json: serde_json::Value = serde_json::from_str(&number.to_string()).expect("a number");
        prop_assert_eq!(Value::from_json(&json), Value::Number(number));
    }

    #[test]
    fn a_double_is_its_shortest_decimal(double in prop::num::f64::NORMAL) {
        let json = serde_json::json!(double);
        let wanted = super::super::value::number_text(&json.to_string());
        prop_assert_eq!(Value::from_json(&json), wanted.map_or(Value::Null, Value::Number));
    }
}

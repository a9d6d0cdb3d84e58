//! JSON in its one canonical form, RFC 8785 (JCS): the same value gives the same bytes in every implementation, so that
//! a commitment can be checked by somebody who has only the value. No spaces, members sorted by the UTF-16 code units
//! of their names, numbers as ECMAScript writes them.

use serde_json::{Number, Value};

/// The canonical bytes of a value. As the RFC has it, every number is an IEEE 754 double: whole numbers beyond 2⁵³ lose
/// digits and belong into a text. Values nest as deep as their parser allowed (128 levels for `serde_json`).
#[must_use]
pub fn canonical(value: &Value) -> Vec<u8> {
    let mut out = String::new();
    write(value, &mut out);
    out.into_bytes()
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(true) => out.push_str("true"),
        Value::Bool(false) => out.push_str("false"),
        Value::Number(number) => out.push_str(&written(number)),
        Value::String(text) => write_text(text, out),
        Value::Array(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            // By UTF-16 code units, which is not the order of UTF-8 bytes beyond the basic plane.
            members.sort_unstable_by(|a, b| a.0.encode_utf16().cmp(b.0.encode_utf16()));
            out.push('{');
            for (at, (name, member)) in members.into_iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                write_text(name, out);
                out.push(':');
                write(member, out);
            }
            out.push('}');
        }
    }
}

/// RFC 8785, 3.2.2.2: only what JSON must escape is escaped, by its short form where there is one.
fn write_text(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn written(number: &Number) -> String {
    // A number of `serde_json` is never infinite nor NaN: those cannot be made.
    number.as_f64().map_or_else(|| number.to_string(), ecmascript)
}

/// ECMA-262, Number::toString: the fewest digits that read back as the same double, laid out by their magnitude.
fn ecmascript(number: f64) -> String {
    if number == 0.0 {
        return "0".into(); // Minus zero too.
    }
    let sign = if number < 0.0 { "-" } else { "" };
    let scientific = shortest(number.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let digits = mantissa.replace('.', "");
    let count = i32::try_from(digits.len()).unwrap_or(i32::MAX);
    // Where the decimal point stands, counted from the first digit: the `n` of the standard.
    let point = exponent.parse::<i32>().unwrap_or_default() + 1;
    let zeros = |count: i32| "0".repeat(usize::try_from(count).unwrap_or_default());
    let body = if (count..=21).contains(&point) {
        format!("{digits}{}", zeros(point - count))
    } else if (1..=21).contains(&point) {
        let (whole, fraction) = digits.split_at(usize::try_from(point).unwrap_or_default());
        format!("{whole}.{fraction}")
    } else if (-5..=0).contains(&point) {
        format!("0.{}{digits}", zeros(-point))
    } else {
        format!("{mantissa}e{:+}", point - 1)
    };
    format!("{sign}{body}")
}

/// The fewest digits that read back as the same double, such as `1.2345e-7`; of several with as few digits the closest,
/// and of two as close the even one.
fn shortest(number: f64) -> String {
    // Rust counts the digits right, yet of two equally close it takes the upper. Rounding the exact value to as many
    // digits takes the even one; next to a power of two that may be another double, and then there was no choice.
    let fewest = format!("{number:e}");
    let places = fewest.bytes().take_while(|b| *b != b'e').filter(u8::is_ascii_digit).count().saturating_sub(1);
    let closest = format!("{number:.places$e}");
    if closest.parse() == Ok(number) { closest } else { fewest }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn of(text: &str) -> String {
        let value: Value = serde_json::from_str(text).expect("JSON");
        String::from_utf8(canonical(&value)).expect("UTF-8")
    }

    /// RFC 8785, 3.2.2 and 3.2.3.
    #[test]
    fn the_example_of_the_rfc() {
        let input = r#"{
          "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
          "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
          "literals": [null, true, false]
        }"#;
        let expected = "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],\
                        \"string\":\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}";
        assert_eq!(of(input), expected);
    }

    /// RFC 8785, 3.2.3: the order of the names, and that it is not the order of their bytes.
    #[test]
    fn names_are_sorted_by_utf_16_code_units() {
        let input = r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh",
            "1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#;
        let expected = "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u{80}\":\"Control\",\
                        \"ö\":\"Latin Small Letter O With Diaeresis\",\"€\":\"Euro Sign\",\
                        \"😀\":\"Emoji: Grinning Face\",\"\u{fb33}\":\"Hebrew Letter Dalet With Dagesh\"}";
        assert_eq!(of(input), expected);
    }

    /// RFC 8785, appendix B: IEEE 754 bits and their text.
    #[test]
    fn the_numbers_of_appendix_b() {
        for (bits, expected) in [
            (0x0000_0000_0000_0000_u64, "0"),
            (0x8000_0000_0000_0000, "0"),
            (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"),
            (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"),
            (0xc340_0000_0000_0000, "-9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"),
            (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"),
            (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
            (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"),
            (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
            (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"),
            (0x41b3_de43_5555_5554, "333333333.33333325"),
            (0x41b3_de43_5555_5555, "333333333.3333333"),
            (0x41b3_de43_5555_5556, "333333333.3333334"),
            (0x41b3_de43_5555_5557, "333333333.33333343"),
            (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
            (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
        ] {
            assert_eq!(ecmascript(f64::from_bits(bits)), expected, "{bits:016x}");
        }
    }

    #[test]
    fn whole_numbers_are_doubles_too() {
        assert_eq!(
            of("[9007199254740993, -1, 10, 1.0, 18446744073709551615]"),
            "[9007199254740992,-1,10,1,18446744073709552000]"
        );
        assert_eq!(of(r#"{"b":{},"a":[],"":""}"#), r#"{"":"","a":[],"b":{}}"#);
    }

    proptest! {
        #[test]
        fn it_reads_back_as_the_same_number(bits in any::<u64>()) {
            let number = f64::from_bits(bits);
            prop_assume!(number.is_finite());
            prop_assert_eq!(ecmascript(number).parse::<f64>().expect("a number"), number);
        }

        #[test]
        fn it_is_json_and_canonical_already(a in ".{0,20}", b in ".{0,20}", n in any::<f64>()) {
            let value = json!({a.clone(): b, b.clone(): [a, n, {"x": null}]});
            let once = canonical(&value);
            let again: Value = serde_json::from_slice(&once).expect("JSON");
            prop_assert_eq!(canonical(&again), once);
        }
    }
}

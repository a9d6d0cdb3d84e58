use serde_json::{Value, json};

use super::*;

fn none(_: &str) -> Option<Value> {
    None
}

fn form(schema: Value) -> Form {
    Form::compile("test", &schema, &none).unwrap_or_else(|fault| panic!("{fault}"))
}

fn fault(schema: Value) -> String {
    Form::compile("test", &schema, &none).expect_err("a fault").to_string()
}

fn closed(properties: Value) -> Value {
    json!({"type": "object", "additionalProperties": false, "properties": properties})
}

fn faults(form: &Form, answer: Value) -> Vec<(String, &'static str)> {
    form.check(&answer).into_iter().map(|error| (error.pointer, error.code)).collect()
}

fn expect(form: &Form, answer: Value, wanted: &[(&str, &'static str)]) {
    let wanted: Vec<_> = wanted.iter().map(|(at, code)| ((*at).to_owned(), *code)).collect();
    assert_eq!(faults(form, answer), wanted);
}

/// A sale needs a deed, a gift a year; what belongs to the other is not expected.
fn mutation() -> Form {
    form(json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "unevaluatedProperties": false,
        "required": ["kind", "applicants"],
        "properties": {
            "kind": {"enum": ["sale", "gift"]},
            "applicants": {"type": "array", "minItems": 1, "maxItems": 20, "items": {"$ref": "guichet:person"}},
            "phone_a/b~c": {"type": "string"}
        },
        "allOf": [
            {"if": {"required": ["kind"], "properties": {"kind": {"const": "sale"}}},
             "then": {"required": ["deed", "price"], "properties": {
                 "deed": {"$ref": "#/$defs/deed"},
                 "price": {"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.01}}}},
            {"if": {"required": ["kind"], "properties": {"kind": {"const": "gift"}}},
             "then": {"required": ["year"], "properties": {"year": {"type": "integer", "minimum": 1900}}}}
        ],
        "$defs": {"deed": {"type": "object", "additionalProperties": false, "required": ["number", "date"],
            "properties": {"number": {"type": "string", "minLength": 1}, "date": {"type": "string", "format": "date"}}}}
    }))
}

fn rahim() -> Value {
    json!({"name": "Rahim", "identifier": {"type": "national-id", "value": "1234567890"}})
}

#[test]
fn a_right_answer_has_no_faults() {
    let sale = json!({"kind": "sale", "applicants": [rahim()], "price": 1170.1,
        "deed": {"number": "7", "date": "2026-02-28"}});
    expect(&mutation(), sale, &[]);
    expect(&mutation(), json!({"kind": "gift", "applicants": [rahim()], "year": 1999}), &[]);
}

#[test]
fn every_fault_is_told_at_once_at_its_own_place() {
    let answer = json!({"kind": "sale", "applicants": [
            {"name": "", "identifier": {"type": "library-card", "value": "1"}, "email": "x", "nick": 1},
            7
        ],
        "deed": {"date": "2026-02-30"}, "colour": "red"});
    expect(
        &mutation(),
        answer,
        &[
            ("/applicants/0/email", "format"),
            ("/applicants/0/identifier/type", "enum"),
            ("/applicants/0/identifier/value", "min_length"),
            ("/applicants/0/name", "min_length"),
            ("/applicants/0/name", "pattern"),
            ("/applicants/0/nick", "not_expected"),
            ("/applicants/1", "type"),
            ("/colour", "not_expected"),
            ("/deed/date", "format"),
            ("/deed/number", "required"),
            ("/price", "required"),
        ],
    );
}

#[test]
fn a_failed_section_does_not_make_its_own_members_unexpected() {
    let form = mutation();
    // The deed is right, the price is missing: only that is told.
    let deed = json!({"number": "7", "date": "2026-02-28"});
    expect(&form, json!({"kind": "sale", "applicants": [rahim()], "deed": deed}), &[("/price", "required")]);
    // The other section's members stay unexpected, though this one fails.
    expect(
        &form,
        json!({"kind": "sale", "applicants": [rahim()], "deed": deed, "year": 1999}),
        &[("/price", "required"), ("/year", "not_expected")],
    );
    expect(
        &form,
        json!({"kind": "gift", "applicants": [rahim()], "deed": deed, "year": 1}),
        &[("/deed", "not_expected"), ("/year", "minimum")],
    );
}

#[test]
fn nested_sections_of_list_items_work_alike() {
    let item = json!({"type": "object", "unevaluatedProperties": false, "required": ["kind"],
        "properties": {"kind": {"enum": ["a", "b"]}},
        "if": {"properties": {"kind": {"const": "a"}}},
        "then": {"required": ["x", "y"], "properties": {"x": {"type": "number"}, "y": {"type": "number"}}},
        "else": {"properties": {"z": {"type": "number"}}}});
    let form = form(closed(json!({"items": {"type": "array", "items": item}})));
    expect(
        &form,
        json!({"items": [{"kind": "a", "x": 1}, {"kind": "b", "x": 1, "z": "1"}, {"kind": "a", "x": 1, "y": 2}]}),
        &[("/items/0/y", "required"), ("/items/1/x", "not_expected"), ("/items/1/z", "type")],
    );
}

#[test]
fn pointers_are_escaped_and_arguments_given() {
    let form = mutation();
    let errors = form.check(&json!({"kind": "x", "applicants": [], "phone_a/b~c": 1, "a/b": 1}));
    let pointers: Vec<_> = errors.iter().map(|error| error.pointer.as_str()).collect();
    assert_eq!(pointers, ["/applicants", "/a~1b", "/kind", "/phone_a~1b~0c"]);
    assert_eq!(errors[0].args["limit"], "1");
    assert_eq!(errors[2].args["options"], "sale, gift");
    assert_eq!(errors[3].args["expected"], "string");
}

#[test]
fn every_keyword_has_its_code() {
    let form = form(closed(json!({
        "a": {"type": "number", "maximum": 5, "multipleOf": 0.1}, "b": {"type": "number", "exclusiveMaximum": 5},
        "c": {"type": "string", "maxLength": 2}, "d": {"const": "yes"},
        "e": {"type": "array", "uniqueItems": true, "maxItems": 2, "items": {"type": "integer"}},
        "f": {"type": "string", "format": "uuid"}, "g": {"type": "string", "format": "uri"},
        "h": {"type": "string", "format": "date-time"},
        "i": {"oneOf": [{"type": "string", "minLength": 3}, {"type": "number", "minimum": 3}]},
        "j": {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "pattern": "^[0-9]{4}$"}]},
        "k": {"type": "string", "not": {"const": "no"}}
    })));
    expect(
        &form,
        json!({"a": 5.15, "b": 5, "c": "ééé", "d": "no", "e": [1, 1, 2.5], "f": "x", "g": "x", "h": "2026-01-01",
        "i": 1, "j": "19", "k": "no"}),
        &[
            ("/a", "maximum"),
            ("/a", "multiple_of"),
            ("/b", "exclusive_maximum"),
            ("/c", "max_length"),
            ("/d", "const"),
            ("/e", "max_items"),
            ("/e", "unique_items"),
            ("/e/2", "type"),
            ("/f", "format"),
            ("/g", "format"),
            ("/h", "format"),
            ("/i", "minimum"),
            ("/j", "any_of"),
            ("/k", "not"),
        ],
    );
    expect(&form, json!({"a": 4.7, "c": "éé", "j": "1971", "i": "abc"}), &[]);
    expect(&form, json!([]), &[("", "type")]);
}

#[test]
fn dependent_members_are_missing_at_their_own_place() {
    let mut schema = closed(json!({"card": {"type": "string"}, "expiry": {"type": "string"}}));
    schema["dependentRequired"] = json!({"card": ["expiry"]});
    expect(&form(schema), json!({"card": "1"}), &[("/expiry", "required")]);
}

#[test]
fn the_number_and_depth_of_faults_are_bounded() {
    let form = mutation();
    let many: serde_json::Map<String, Value> = (0..500).map(|n| (format!("m{n}"), json!(1))).collect();
    assert_eq!(form.check(&Value::Object(many)).len(), 100);
    let deep = (0..60).fold(json!(1), |inner, _| json!([inner]));
    let errors = form.check(&json!({"applicants": deep}));
    assert_eq!(errors.len(), 1);
    assert_eq!(errors[0].code, "too_deep");
    assert_eq!(faults(&form, json!({"kind": "a\u{0}b"})), [("/kind".to_owned(), "control_character")]);
}

#[test]
fn open_objects_are_refused() {
    let open = json!({"type": "object", "properties": {"x": {"type": "string"}}});
    assert!(fault(open.clone()).contains("unknown fields would be accepted at the top"));
    assert!(
        fault(closed(json!({"applicants": {"type": "array", "items": open}})))
            .contains("unknown fields would be accepted at /applicants/*")
    );
    assert!(fault(closed(json!({"x": {}}))).contains("anything would be accepted at /x"));
    assert!(fault(closed(json!({"x": {"minLength": 1}}))).contains("anything would be accepted at /x"));
    assert!(fault(closed(json!({"x": {"type": "array"}}))).contains("anything would be accepted at /x/*"));
    assert!(
        fault(closed(json!({"x": {"properties": {}, "additionalProperties": false}})))
            .contains("\"object\" is missing at /x")
    );
    assert!(fault(json!({"type": "string"})).contains("a form is an object"));
}

#[test]
fn schemas_that_do_not_mean_what_they_say_are_refused() {
    let with = |member: &str, value: Value| {
        let mut schema = closed(json!({"x": {"type": "string"}}));
        schema[member] = value;
        schema
    };
    assert!(fault(with("patternProperties", json!({}))).contains("not supported"));
    assert!(fault(with("additionalProperties", json!(true))).contains("only false"));
    assert!(fault(with("required", json!(["y"]))).contains("/y is relied on"));
    assert!(fault(with("required", json!("x"))).contains("array"), "{}", fault(with("required", json!("x"))));
    assert!(fault(with("then", json!({}))).contains("\"if\" needs"));
    let misspelt = json!({"if": {"properties": {"kynd": {"const": 1}}}, "then": {"required": ["x"]}});
    assert!(fault(with("allOf", json!([misspelt]))).contains("/kynd is relied on"));
    let hidden =
        json!({"if": {"properties": {"x": {"const": "1"}}}, "then": {"properties": {"y": {"type": "string"}}}});
    assert!(fault(with("allOf", json!([hidden]))).contains("/y could never be given"));
    assert!(fault(closed(json!({"x": {"type": "null"}}))).contains("leave the member out"));
    assert!(fault(closed(json!({"x": {"type": "string", "format": "colour"}}))).contains("only date"));
    assert!(fault(closed(json!({"x": {"type": "string", "enum": [1]}}))).contains("no listed value"));
    assert!(fault(closed(json!({"x": {"type": "string", "pattern": "(a+)+\\1"}}))).contains("pattern"));
    assert!(fault(closed(json!({"x": {"type": "string", "pattern": "(?=a)b"}}))).contains("pattern"));
    assert!(fault(closed(json!({"x": {"type": "string", "pattern": "[a-z]{1000}{1000}"}}))).contains("pattern"));
    assert!(fault(closed(json!({"x": true}))).contains("object with keywords"));
    let deep = (0..20).fold(json!({"type": "string"}), |inner, _| closed(json!({"x": inner})));
    assert!(fault(deep).contains("nested"));
    let large = closed(json!({"x": {"type": "string", "description": "x".repeat(300_000)}}));
    assert!(fault(large).contains("larger than"));
}

#[test]
fn references_stay_inside() {
    let to = |target: &str| closed(json!({"x": {"$ref": target}}));
    for target in [
        "https://example.org/x.json",
        "file:///etc/passwd",
        "other.json",
        "#",
        "#/properties/x",
        "guichet:../x",
        "#/$defs/a/b",
        "http:x",
    ] {
        assert!(fault(to(target)).contains("cannot be referred to"), "{target}");
    }
    assert!(fault(to("guichet:animal")).contains("no \"guichet:animal\""));
    assert!(fault(to("shared:plot")).contains("no \"shared:plot\""));
    assert!(fault(to("#/$defs/y")).contains("no #/$defs/y"));
    let mut cycle = to("#/$defs/y");
    cycle["$defs"] = json!({"y": closed(json!({"y": {"$ref": "#/$defs/y"}}))});
    assert!(fault(cycle).contains("contains itself"));
    let mut bomb = to("#/$defs/d0");
    for n in 0..12 {
        let next = json!({"$ref": format!("#/$defs/d{}", n + 1)});
        bomb["$defs"][format!("d{n}")] = closed(json!({"a": next, "b": next, "c": next, "d": next}));
    }
    assert!(Form::compile("bomb", &bomb, &none).is_err());
}

#[test]
fn shared_forms_bring_their_own_definitions() {
    let shared = |name: &str| {
        (name == "plot").then(|| {
            json!({"$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object", "additionalProperties": false, "required": ["dag"],
            "properties": {"dag": {"$ref": "#/$defs/dag"}, "at": {"$ref": "guichet:address"}},
            "$defs": {"dag": {"type": "string", "pattern": "^[0-9]+$"}}})
        })
    };
    let schema = closed(json!({"plots": {"type": "array", "items": {"$ref": "shared:plot"}}}));
    let form = Form::compile("test", &schema, &shared).unwrap_or_else(|fault| panic!("{fault}"));
    expect(
        &form,
        json!({"plots": [{"dag": "12"}, {"dag": "x"}, {"at": {"lines": []}}]}),
        &[("/plots/1/dag", "pattern"), ("/plots/2/at/lines", "min_items"), ("/plots/2/dag", "required")],
    );
}

#[test]
fn shape_and_fields_are_those_of_the_schema() {
    let form = mutation();
    let field = |pointer: &str| {
        let found = form.fields().iter().find(|field| field.pointer == pointer);
        found.map(|field| (field.kind, field.required))
    };
    assert_eq!(field("/kind"), Some(("text", true)));
    assert_eq!(field("/applicants"), Some(("list", true)));
    assert_eq!(field("/applicants/*/birth_date"), Some(("text", false)));
    assert_eq!(field("/applicants/*/address/lines"), Some(("list", true)));
    assert_eq!(field("/deed"), Some(("object", false)), "under a condition");
    assert_eq!(field("/deed/date"), Some(("date", true)), "wherever there is a deed");
    assert_eq!(field("/year"), Some(("number", false)));
    assert_eq!(field("/nothing"), None);
    let Shape::Object(members) = form.shape() else { panic!("an object") };
    assert_eq!(members["price"], (Shape::Number, false));
}

#[test]
fn a_multiple_is_one_of_decimals_not_of_doubles() {
    for digits in 1..=8_u32 {
        let unit = format!("0.{}1", "0".repeat(digits as usize - 1));
        let schema = format!("{{\"q\": {{\"type\": \"number\", \"multipleOf\": {unit}}}}}");
        let form = form(closed(serde_json::from_str(&schema).expect("a schema")));
        let scale = 10_u64.pow(digits);
        // Up to a hundred thousand with all their digits: fifteen at most, which JSON numbers hold.
        let most = (100_000 * scale).min(10_u64.pow(14));
        let mut count = 1_u64;
        while count < most {
            let number = format!("{}.{:0width$}", count / scale, count % scale, width = digits as usize);
            let given =
                |text: &str| -> Value { serde_json::from_str(&format!("{{\"q\": {text}}}")).expect("a number") };
            assert!(form.check(&given(&number)).is_empty(), "{number} is a multiple of {unit}");
            let finer = format!("{number}5");
            assert!(!form.check(&given(&finer)).is_empty(), "{finer} is no multiple of {unit}");
            count = count * 7 / 3 + 1;
        }
    }
}

#[test]
fn a_person_is_stated_outside_of_a_form_as_in_one() {
    let rahim = json!({"name": "Rahim", "identifier": {"type": "national-id", "value": "4710000101"}});
    assert_eq!(person_faults(&rahim), []);
    let mut odd = rahim.clone();
    odd["identifier"]["type"] = json!("x".repeat(4096));
    odd["surplus"] = json!(1);
    let pointers: Vec<String> = person_faults(&odd).into_iter().map(|e| e.pointer).collect();
    assert_eq!(pointers, ["/identifier/type", "/surplus"]);
    assert!(!person_faults(&json!("Rahim")).is_empty());
}

//! The schema for editors is the one that is kept, and says what the reader of definitions says.

use std::path::{Path, PathBuf};

use guichet::engine::schema::definition_schema;
use serde_json::Value;

use super::files;

fn kept() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/service-definition.schema.json")
}

/// `GUICHET_BLESS=1` writes it anew.
#[test]
fn the_schema_that_is_kept_is_current() {
    if std::env::var("GUICHET_BLESS").is_ok_and(|v| v == "1") {
        std::fs::write(kept(), definition_schema()).expect("the schema is written");
    }
    let found = std::fs::read_to_string(kept()).expect("the schema is there");
    assert!(found == definition_schema(), "the definition language has changed: run the test with GUICHET_BLESS=1");
}

fn reads(part: &str, document: &Value) -> Result<(), String> {
    let mut schema: Value = serde_json::from_str(&definition_schema()).expect("the schema is JSON");
    schema["$ref"] = format!("#/$defs/{part}").into();
    let validator = jsonschema::validator_for(&schema).expect("the schema is one");
    validator.validate(document).map_err(|e| format!("{}: {e}", e.instance_path()))
}

#[test]
fn every_definition_fits_the_schema() {
    for (path, text) in files() {
        let part = match path.as_str() {
            p if p.ends_with("/service.yaml") => "Service",
            p if p.ends_with("params.yaml") => "Params",
            p if p.contains("/registers/") && p.ends_with(".yaml") => "Register",
            p if p.starts_with("_agencies/") => "Agencies",
            _ => continue,
        };
        let document: Value = serde_saphyr::from_str(&text).expect("YAML");
        reads(part, &document).unwrap_or_else(|e| panic!("{path}: {e}"));
    }
}

#[test]
fn a_wrong_word_does_not_fit() {
    let text = &files()["residence-certificate/service.yaml"];
    for (from, to) in [
        ("role: clerk", "rolle: clerk"),
        ("kind: G2C", "kind: G2X"),
        ("decision: adverse", "decision: against"),
        ("guichet: 1", "guichet: one"),
    ] {
        let document: Value = serde_saphyr::from_str(&text.replace(from, to)).expect("YAML");
        assert!(reads("Service", &document).is_err(), "`{to}` fits");
    }
}

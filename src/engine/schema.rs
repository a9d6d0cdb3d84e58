//! The JSON Schema of the definition language, for editors: what may be written in `service.yaml`, in `params.yaml`, in
//! a register and in the agencies. Generated from the types that read those files, so the two cannot drift apart; what
//! the words mean is checked elsewhere.

use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

use super::definition::language::{Agencies, Params, Register, Service};

/// One document in JSON Schema 2020-12, indented, with a line end. It describes `service.yaml`; the other files are
/// under `$defs` by the names `Params`, `Register` and `Agencies`. The same text on every call.
#[must_use]
pub fn definition_schema() -> String {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let service = generator.subschema_for::<Service>();
    let params = generator.subschema_for::<Params>();
    generator.subschema_for::<Register>();
    generator.subschema_for::<Agencies>();
    let mut definitions = generator.take_definitions(true);
    definitions.insert("Params".to_owned(), params.to_value());
    let mut document = Map::new();
    document.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    document.insert("title".to_owned(), json!("Service definition"));
    document.insert("description".to_owned(), json!("What may be written in the files of a service of Guichet."));
    if let Value::Object(root) = service.to_value() {
        document.extend(root);
    }
    document.insert("$defs".to_owned(), Value::Object(definitions));
    format!("{:#}\n", sorted(Value::Object(document)))
}

/// Members in the order of their names: whether maps keep the order of insertion is decided by features of other crates.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let mut members: Vec<(String, Value)> = members.into_iter().map(|(k, v)| (k, sorted(v))).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

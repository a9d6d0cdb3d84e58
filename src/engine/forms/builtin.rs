//! The parts of a form that every service uses: a person, an organisation, an address.
//! What belongs to one country (which identifiers exist) stays as wide as the people's registers.

use serde_json::{Value, json};

/// The schema behind `guichet:<name>`.
pub(super) fn schema(name: &str) -> Option<Value> {
    match name {
        "person" => Some(person()),
        "organisation" => Some(organisation()),
        "address" => Some(address()),
        _ => None,
    }
}

fn person() -> Value {
    json!({
        "type": "object",
        "required": ["name", "identifier"],
        "additionalProperties": false,
        "properties": {
            "name": text(200),
            "identifier": identifier(&["national-id", "birth-certificate", "passport", "tax-number"]),
            // Many people know the year of their birth only.
            "birth_date": {"anyOf": [
                {"type": "string", "format": "date"},
                {"type": "string", "pattern": "^[0-9]{4}$"}
            ]},
            "sex": {"enum": ["female", "male", "other"]},
            // E.164 has 15 digits; local numbers, spaces and an extension stay readable.
            "phone": {"type": "string", "pattern": "^[+]?[0-9][0-9 ()/.-]{2,30}$"},
            // RFC 5321, section 4.5.3.1.3: a path has 256 octets with its brackets.
            "email": {"type": "string", "format": "email", "maxLength": 254},
            "share": {"type": "number", "exclusiveMinimum": 0},
            "address": {"$ref": "guichet:address"}
        }
    })
}

fn organisation() -> Value {
    json!({
        "type": "object",
        "required": ["name", "identifier"],
        "additionalProperties": false,
        "properties": {
            "name": text(200),
            "identifier": identifier(&["registration-number", "tax-number"]),
            "address": {"$ref": "guichet:address"}
        }
    })
}

fn address() -> Value {
    json!({
        "type": "object",
        "required": ["lines"],
        "additionalProperties": false,
        "properties": {
            "lines": {"type": "array", "minItems": 1, "maxItems": 6, "items": text(200)},
            "area": text(40),
            "postcode": text(20)
        }
    })
}

fn identifier(types: &[&str]) -> Value {
    json!({
        "type": "object",
        "required": ["type", "value"],
        "additionalProperties": false,
        "properties": {
            "type": {"enum": types},
            "value": {"type": "string", "minLength": 4, "maxLength": 40}
        }
    })
}

/// Text of which something can be seen: spaces alone are no name.
fn text(most: u32) -> Value {
    json!({"type": "string", "minLength": 1, "maxLength": most, "pattern": "\\S"})
}

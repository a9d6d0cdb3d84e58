//! The keywords that work in a form, and the refusal of all others.

use serde_json::Value;

use super::{
    FormFault, token,
    walk::{Walk, object},
};

/// Texts for people, without effect on what is accepted; and what has a place of its own here.
const SPEAKING: [&str; 5] = ["$schema", "$comment", "title", "description", "examples"];
const SUPPORTED: [&str; 32] = [
    "$ref",
    "type",
    "enum",
    "const",
    "pattern",
    "format",
    "minLength",
    "maxLength",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "items",
    "properties",
    "required",
    "additionalProperties",
    "unevaluatedProperties",
    "minProperties",
    "maxProperties",
    "dependentRequired",
    "if",
    "then",
    "else",
    "allOf",
    "anyOf",
    "oneOf",
    "not",
    "$defs",
];
const FORMATS: [&str; 5] = ["date", "date-time", "email", "uri", "uuid"];

impl Walk<'_> {
    /// Every keyword below `schema` is one that works. Looks at unused `$defs` too.
    pub(super) fn vocabulary(&mut self, schema: &Value, place: &str, depth: usize) -> Result<(), FormFault> {
        self.enter(place, depth)?;
        let members = object(schema, place)?;
        for (name, member) in members {
            let at = format!("{place}/{}", token(name));
            match name.as_str() {
                "items" | "if" | "then" | "else" | "not" => {
                    self.vocabulary(member, &at, depth + 1)?;
                }
                "properties" | "$defs" => {
                    for (name, part) in object(member, &at)? {
                        // What is drawn in stands at the top, whoever asked for it.
                        let below = if name.contains(':') { 0 } else { depth + 1 };
                        self.vocabulary(part, &format!("{at}/{}", token(name)), below)?;
                    }
                }
                "allOf" | "anyOf" | "oneOf" => {
                    let parts = member.as_array().map(Vec::as_slice).unwrap_or_default();
                    for (index, part) in parts.iter().enumerate() {
                        self.vocabulary(part, &format!("{at}/{index}"), depth + 1)?;
                    }
                }
                "additionalProperties" | "unevaluatedProperties" if member != &Value::Bool(false) => {
                    return Err(FormFault::at(&at, "only false is supported"));
                }
                "format" if !member.as_str().is_some_and(|name| FORMATS.contains(&name)) => {
                    return Err(FormFault::at(&at, format!("only {}", FORMATS.join(", "))));
                }
                name if SUPPORTED.contains(&name) || SPEAKING.contains(&name) => {}
                name if name.starts_with("x-") => {}
                _ => return Err(FormFault::at(&at, "this keyword is not supported")),
            }
        }
        if members.contains_key("if") != (members.contains_key("then") || members.contains_key("else")) {
            return Err(FormFault::at(place, "\"if\" needs \"then\" or \"else\", and they need \"if\""));
        }
        Ok(())
    }
}

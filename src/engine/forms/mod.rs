//! Forms: what people state, as JSON Schema 2020-12 that comes from a service's folder.
//! Promises that every fault of an answer is told at once, each at its own place; that no member
//! is accepted that the schema does not name; that checking reads nothing but its arguments and
//! takes time linear in the answer. What a form means to a case, and the texts of the codes, do
//! not belong here.
//!
//! `compile` refuses whatever would not work as its author thinks: keywords that are not known
//! here, open objects, references out of the service, patterns that no linear engine can run.

mod builtin;
mod check;
mod place;
mod references;
mod sections;
mod shape;
mod vocabulary;
mod walk;

#[cfg(test)]
mod tests;

use std::{collections::BTreeMap, fmt, sync::LazyLock};

use jsonschema::{PatternOptions, Validator};
use serde::Serialize;
use serde_json::Value;

pub use shape::Shape;

/// Largest schema, in bytes of compact JSON, its references put in.
const SCHEMA_BYTES_MAX: usize = 256 * 1024;
/// Largest compiled pattern, in bytes.
const PATTERN_BYTES_MAX: usize = 256 * 1024;

/// A form that can be checked against.
pub struct Form {
    name: String,
    schema: Value,
    validator: Validator,
    fields: Vec<Field>,
    shape: Shape,
}

/// Why a schema cannot be a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormFault {
    /// JSON pointer into the schema.
    pub place: String,
    /// What is wrong, for the author.
    pub sentence: String,
}

/// One fault of an answer.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct FormError {
    /// RFC 6901; for a missing or an unexpected member, the place of that member.
    pub pointer: String,
    /// Stable, snake_case; texts are found by it.
    pub code: &'static str,
    /// What a text may name, such as `limit`.
    pub args: BTreeMap<String, String>,
}

/// One property that a form may hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Field {
    /// Its place, `*` standing for any item: `/applicants/*/name`.
    pub pointer: String,
    /// `text`, `date`, `date_time`, `number`, `bool`, `list`, `object` or `any`.
    pub kind: &'static str,
    /// Whether it must be there, under no condition, wherever what surrounds it is.
    pub required: bool,
}

impl Form {
    /// `shared` gives the forms of `_shared/forms` by name, for `"$ref": "shared:<name>"`.
    pub fn compile(name: &str, schema: &Value, shared: &dyn Fn(&str) -> Option<Value>) -> Result<Self, FormFault> {
        let schema = references::gathered(schema, shared)?;
        if schema.to_string().len() > SCHEMA_BYTES_MAX {
            return Err(FormFault::at("", format!("larger than {SCHEMA_BYTES_MAX} bytes")));
        }
        let (shape, fields) = walk::walk(&schema)?;
        if !matches!(shape, Shape::Object(_)) {
            return Err(FormFault::at("", "a form is an object: \"type\": \"object\" is missing"));
        }
        let validator = jsonschema::draft202012::options()
            .should_validate_formats(true)
            .should_ignore_unknown_formats(false)
            .with_pattern_options(PatternOptions::regex().size_limit(PATTERN_BYTES_MAX))
            .offline()
            .build(&schema)
            .map_err(|error| FormFault::at(error.instance_path().as_str(), error.to_string()))?;
        Ok(Self { name: name.to_owned(), schema, validator, fields, shape })
    }

    /// Every fault at once, sorted by pointer, a hundred at most; empty where there is none.
    #[must_use]
    pub fn check(&self, answer: &Value) -> Vec<FormError> {
        check::errors(&self.schema, &self.validator, answer)
    }

    /// Its name in the service.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The schema, whole in itself: references to other forms are put in under `$defs`.
    #[must_use]
    pub fn schema(&self) -> &Value {
        &self.schema
    }

    /// All properties, those under a condition too, sorted by pointer.
    #[must_use]
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// What an accepted answer looks like, for the types of expressions.
    #[must_use]
    pub fn shape(&self) -> &Shape {
        &self.shape
    }
}

/// Faults of a person who is stated outside of any form, as `guichet:person` has it.
#[must_use]
pub fn person_faults(stated: &Value) -> Vec<FormError> {
    static PERSON: LazyLock<Result<Form, FormFault>> = LazyLock::new(|| {
        let schema = serde_json::json!({"$ref": "guichet:person"});
        Form::compile("person", &schema, &|_| None)
    });
    match &*PERSON {
        Ok(form) => form.check(stated),
        // A test compiles it; without it nobody would be in order.
        Err(fault) => vec![FormError { pointer: fault.place.clone(), code: "type", args: BTreeMap::new() }],
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Form").field("name", &self.name).finish_non_exhaustive()
    }
}

impl FormFault {
    fn at(place: &str, sentence: impl Into<String>) -> Self {
        Self { place: place.to_owned(), sentence: sentence.into() }
    }
}

impl fmt::Display for FormFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.place.is_empty() {
            write!(f, "{}", self.sentence)
        } else {
            write!(f, "{}: {}", self.place, self.sentence)
        }
    }
}

impl std::error::Error for FormFault {}

/// A member's name as one token of a JSON pointer (RFC 6901).
fn token(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

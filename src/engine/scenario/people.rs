//! People and papers of a story, who need no register: the same name gives the same id.

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Paper, People};
use crate::engine::workflow::DocumentFact;
use crate::kernel::PersonId;

pub fn papers(paper: &Paper) -> Vec<DocumentFact> {
    let (name, issued, count) = match paper {
        Paper::Name(name) => (name, None, 1),
        Paper::Full { name, issued, count } => (name, *issued, *count),
    };
    (0..count.min(100)).map(|of| DocumentFact { kind: name.clone(), of, issued }).collect()
}

/// A stated party with its id: that of one of the story's people, or one that is the same for the same identifier.
pub fn identified(stated: &Value, people: &People) -> Value {
    let mut stated = stated.clone();
    let number = stated.pointer("/identifier/value").and_then(Value::as_str).unwrap_or_default();
    let known = people.with_number(number).map(str::to_owned);
    let name = known.unwrap_or_else(|| stated.get("identifier").map(Value::to_string).unwrap_or_default());
    if let Value::Object(fields) = &mut stated {
        fields.insert("id".into(), json!(person(&name).to_string()));
    }
    stated
}

/// The same id for the same name: a story's people need no register.
pub fn person(name: &str) -> PersonId {
    PersonId(Uuid::from_u128(hash(name)))
}

/// FNV-1a, 128 bits.
pub fn hash(text: &str) -> u128 {
    let step = |hash: u128, byte: u8| (hash ^ u128::from(byte)).wrapping_mul(0x0000_0000_0100_0000_0000_0000_0000_013B);
    text.bytes().fold(0x6c62_272e_07bb_0142_62b8_2175_6295_c58d, step)
}

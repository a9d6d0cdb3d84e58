//! Conditional sections: which members a failed part would have accepted.

use std::collections::BTreeSet;

use jsonschema::ValidationError;
use serde_json::{Map, Value};

use super::walk::target;

/// Parts within parts that are followed; more than `compile` lets through.
const DEPTH_MAX: usize = 32;

/// A part of a schema that fails (a `then` in which something is missing) counts as if it had
/// named no members, so all its members would be told as unexpected besides. These are the names.
pub(super) fn named_by_failed_parts<'a>(
    root: &'a Value,
    finding: &ValidationError<'_>,
    all: &[ValidationError<'_>],
) -> BTreeSet<&'a str> {
    let mut names = BTreeSet::new();
    let path = finding.evaluation_path().as_str();
    let Some(base) = path.strip_suffix("/unevaluatedProperties") else {
        return names;
    };
    let mut schema = Some(root);
    let mut steps = base.split('/').skip(1);
    while let (Some(at), Some(step)) = (schema, steps.next()) {
        schema = stepped(root, at, step);
    }
    let Some(schema) = schema else { return names };
    let here = finding.instance_path().as_str();
    for other in all {
        let below = other.instance_path().as_str().strip_prefix(here);
        let steps = other.evaluation_path().as_str().strip_prefix(base);
        if let (Some(below), Some(steps)) = (below, steps)
            && (below.is_empty() || below.starts_with('/'))
            && steps.starts_with('/')
        {
            follow(root, schema, &steps[1..], &mut names);
        }
    }
    names
}

/// Goes along a finding's path as long as it stays at the same place of the answer.
fn follow<'a>(root: &'a Value, schema: &'a Value, steps: &str, names: &mut BTreeSet<&'a str>) {
    let mut at = schema;
    let mut steps = steps.split('/').peekable();
    while let Some(step) = steps.next() {
        let next = match step {
            "then" | "else" | "$ref" => stepped(root, at, step),
            "allOf" => at.get(step).zip(steps.next()).and_then(|(at, step)| stepped(root, at, step)),
            "anyOf" | "oneOf" => {
                for branch in at.get(step).and_then(Value::as_array).into_iter().flatten() {
                    name(root, branch, 0, names);
                }
                None
            }
            _ => None,
        };
        let Some(next) = next else { return };
        at = next;
        name(root, at, 0, names);
    }
}

/// All names that a schema may give to members of its place.
fn name<'a>(root: &'a Value, schema: &'a Value, depth: usize, names: &mut BTreeSet<&'a str>) {
    let Some(members) = schema.as_object().filter(|_| depth <= DEPTH_MAX) else {
        return;
    };
    if let Some(properties) = members.get("properties").and_then(Value::as_object) {
        names.extend(properties.keys().map(String::as_str));
    }
    for keyword in ["$ref", "then", "else"] {
        if let Some(part) = stepped(root, schema, keyword) {
            name(root, part, depth + 1, names);
        }
    }
    for keyword in ["allOf", "anyOf", "oneOf"] {
        for part in members.get(keyword).and_then(Value::as_array).into_iter().flatten() {
            name(root, part, depth + 1, names);
        }
    }
}

/// One step of a schema path; over a reference it leads to what is referred to.
fn stepped<'a>(root: &'a Value, at: &'a Value, step: &str) -> Option<&'a Value> {
    match at {
        Value::Array(items) => items.get(step.parse::<usize>().ok()?),
        Value::Object(members) => match member(members, step)? {
            Value::String(reference) if step == "$ref" => target(root, reference),
            other => Some(other),
        },
        _ => None,
    }
}

fn member<'a>(members: &'a Map<String, Value>, step: &str) -> Option<&'a Value> {
    members.get(step).or_else(|| members.get(&step.replace("~1", "/").replace("~0", "~")))
}

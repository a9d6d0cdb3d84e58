//! Through whose eyes a case is seen: the whole of it, or what the definition lists for another party (`sees`).

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde_json::{Map, Value};

use crate::access::Permit;
use crate::engine::definition::{Definition, Verb};
use crate::engine::workflow::{Case, View};

/// What a caller sees.
pub struct Sees<'a> {
    permit: &'a Permit,
    /// Paths of the definition, as a tree; none: the whole.
    listed: Option<Branch>,
}

/// Members that are seen; none of them: all that there is.
#[derive(Default)]
struct Branch(BTreeMap<String, Branch>);

impl<'a> Sees<'a> {
    pub fn of(def: &Definition, permit: &'a Permit) -> Self {
        let listed = permit.narrowed_to.as_ref().map(|names| {
            Branch::of(names.iter().filter_map(|name| def.parties.get(name)).flat_map(|party| &party.sees))
        });
        Self { permit, listed }
    }

    /// Whether something is seen, whole or in part of what is listed above it.
    pub fn has(&self, path: &str) -> bool {
        let Some(root) = &self.listed else { return true };
        let mut at = root;
        for (depth, member) in path.split('.').enumerate() {
            match at.0.get(member) {
                Some(next) => at = next,
                // Whatever stands below what is listed whole.
                None => return depth > 0 && at.0.is_empty(),
            }
        }
        at.0.is_empty()
    }

    /// What stands under a path, where it is seen.
    pub fn only<T>(&self, path: &str, value: T) -> Option<T> {
        self.has(path).then_some(value)
    }

    /// Whether an open step is seen: as one of the steps, or because it asks this caller.
    pub fn step(&self, def: &Definition, step: &str) -> bool {
        let asked = match def.steps.get(step).map(|s| &s.verb) {
            Some(Verb::Ask { of, .. } | Verb::Charge { of, .. }) => self.permit.speaks_for(of),
            _ => false,
        };
        asked || self.has(&format!("steps.{step}"))
    }

    /// What another party sees of what was stated and found out; none for whom the whole is open.
    pub fn excerpt(&self, def: &Definition, case: &Case, now: Timestamp) -> Option<Value> {
        self.listed.as_ref().map(|root| part(def, case, now, root))
    }
}

/// What stands under these paths.
pub fn excerpt(def: &Definition, case: &Case, now: Timestamp, paths: &[String]) -> Value {
    part(def, case, now, &Branch::of(paths))
}

/// What of it stands under these paths.
pub fn within(value: &Value, paths: &[String]) -> Value {
    value.as_object().map(|all| Value::Object(members(all, &Branch::of(paths)))).unwrap_or_default()
}

fn part(def: &Definition, case: &Case, now: Timestamp, root: &Branch) -> Value {
    let snapshot: Map<String, Value> =
        View::new(def, case, now).snapshot().into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    Value::Object(members(&snapshot, root))
}

impl Branch {
    fn of<'a>(paths: impl IntoIterator<Item = &'a String>) -> Self {
        let mut root = Self::default();
        // The short ones first: what is seen whole is not narrowed by a longer path into it.
        let mut paths: Vec<&str> = paths.into_iter().map(String::as_str).collect();
        paths.sort_by_key(|path| path.len());
        for path in paths {
            root.add(path);
        }
        root
    }

    fn add(&mut self, path: &str) {
        let mut at = self;
        let mut fresh = true;
        for member in path.split('.') {
            let known = at.0.contains_key(member);
            if known && at.0[member].0.is_empty() {
                return;
            }
            fresh = !known;
            at = at.0.entry(member.to_owned()).or_default();
        }
        if !fresh {
            at.0.clear();
        }
    }
}

/// Lists are gone through: `form.plots.dag` is that of every plot.
fn seen(value: &Value, branch: &Branch) -> Option<Value> {
    match value {
        _ if branch.0.is_empty() => Some(value.clone()),
        Value::Object(all) => Some(Value::Object(members(all, branch))),
        Value::Array(items) => Some(Value::Array(items.iter().filter_map(|item| seen(item, branch)).collect())),
        _ => None,
    }
}

fn members(all: &Map<String, Value>, branch: &Branch) -> Map<String, Value> {
    let member = |(name, below): (&String, &Branch)| Some((name.clone(), seen(all.get(name)?, below)?));
    branch.0.iter().filter_map(member).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn tree(paths: &[&str]) -> Branch {
        let mut root = Branch::default();
        paths.iter().for_each(|path| root.add(path));
        root
    }

    #[test]
    fn a_path_is_followed_to_its_end_and_through_lists() {
        let value = json!({"form": {"plots": [{"dag": "1", "price": 5}, {"dag": "2", "price": 6}],
            "buyer": {"name": "Rahim", "phone": "1"}, "note": "secret"}});
        let show = |paths: &[&str]| seen(&value, &tree(paths));
        assert_eq!(
            show(&["form.plots.dag", "form.buyer.name"]),
            Some(json!({"form": {"plots": [{"dag": "1"}, {"dag": "2"}], "buyer": {"name": "Rahim"}}}))
        );
        assert_eq!(show(&["form.buyer"]), Some(json!({"form": {"buyer": {"name": "Rahim", "phone": "1"}}})));
        assert_eq!(show(&["form.buyer", "form.buyer.name"]), show(&["form.buyer"]));
        assert_eq!(show(&["form.note.deeper", "messages"]), Some(json!({"form": {}})));
    }
}

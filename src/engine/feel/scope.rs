//! Where an expression finds its names.

use std::collections::BTreeMap;

use jiff::tz::TimeZone;
use serde_json::{Map, Value as Json};

use super::value::Value;

/// What the top-level names stand for. A name that is found nowhere is null.
pub trait Scope {
    /// Data, which are read in place. Asked first.
    fn json(&self, name: &str) -> Option<&Json>;

    /// Values that are not JSON, such as `today` and `now`.
    fn value(&self, name: &str) -> Option<Value> {
        let _ = name;
        None
    }

    /// Where the day of an instant begins and ends: the office's time zone.
    fn time_zone(&self) -> TimeZone {
        TimeZone::UTC
    }
}

/// The top-level fields of an object are the names.
impl Scope for Json {
    fn json(&self, name: &str) -> Option<&Json> {
        self.get(name)
    }
}

impl Scope for Map<String, Json> {
    fn json(&self, name: &str) -> Option<&Json> {
        self.get(name)
    }
}

/// A scope that owns what is in it.
#[derive(Debug, Clone, Default)]
pub struct Bindings {
    pub json: BTreeMap<String, Json>,
    pub values: BTreeMap<String, Value>,
    /// UTC if there is none.
    pub time_zone: Option<TimeZone>,
}

impl Scope for Bindings {
    fn json(&self, name: &str) -> Option<&Json> {
        self.json.get(name)
    }

    fn value(&self, name: &str) -> Option<Value> {
        self.values.get(name).cloned()
    }

    fn time_zone(&self) -> TimeZone {
        self.time_zone.clone().unwrap_or(TimeZone::UTC)
    }
}

/// A scope with one name more, such as `item` or `record`. It hides the same name underneath.
#[derive(Clone, Copy)]
pub struct Overlay<'a> {
    pub under: &'a dyn Scope,
    pub name: &'a str,
    pub json: &'a Json,
}

impl Scope for Overlay<'_> {
    fn json(&self, name: &str) -> Option<&Json> {
        if name == self.name { Some(self.json) } else { self.under.json(name) }
    }

    fn value(&self, name: &str) -> Option<Value> {
        self.under.value(name)
    }

    fn time_zone(&self) -> TimeZone {
        self.under.time_zone()
    }
}

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

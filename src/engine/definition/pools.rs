//! What there is a limited number of, by key: a name that one may bear, a grant that so many may have.

use super::compile::Compiler;
use super::country::parse;
use super::language as raw;
use super::model::Span;
use crate::engine::feel::Expression;

/// A place that is claimed.
#[derive(Debug)]
pub struct Reserve {
    pub pool: Places,
    pub key: Expression,
    /// How long it is kept for a case that has not ended.
    pub hold: Option<Span>,
}

/// Places for each key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// By which places are told apart from those of other pools.
    pub pool: String,
    pub capacity: u32,
    /// A register whose record by that key takes a place as well.
    pub taken_in: Option<String>,
}

/// Most places for one key.
const CAPACITY_MAX: u32 = 10_000;

impl Compiler<'_> {
    /// A pool of the service, or one that services share: its file, its name among all, and what it says.
    pub(super) fn pool_of(&mut self, path: &[&str], name: &str) -> Option<(String, String, raw::Pool)> {
        let own = format!("{}/pools.yaml", self.id);
        let shared = "_shared/pools.yaml".to_owned();
        let (files, country) = (self.files, self.country);
        for (file, text, owner) in
            [(&own, files.get(&own), self.id), (&shared, country.shared.get("pools.yaml"), "_shared")]
        {
            let pools = text.and_then(|text| parse::<raw::Pools>(file, text, &mut self.findings));
            let Some(pool) = pools.and_then(|mut pools| pools.shift_remove(name)) else { continue };
            if pool.slots.is_some() == pool.capacity.is_some() {
                self.findings.add(file, &[name], "a pool has either `slots` or a `capacity`");
            }
            return Some((file.clone(), format!("{owner}/{name}"), pool));
        }
        self.fault(path, format!("there is no pool `{name}` in `pools.yaml`"));
        None
    }

    pub(super) fn reserve(&mut self, id: &str, reserve: &raw::Reserve) -> Option<Reserve> {
        let path = ["steps", id, "reserve"];
        let key = self.key(&path, &reserve.key);
        let hold = reserve.hold.as_ref().and_then(|hold| self.span(&path, hold));
        let (file, pool, rule) = self.pool_of(&path, &reserve.pool)?;
        let Some(capacity) = rule.capacity else {
            self.fault(&path, format!("`{}` has slots, which are booked for a `meeting`", reserve.pool));
            return None;
        };
        if !(1..=CAPACITY_MAX).contains(&capacity) {
            self.findings.add(&file, &[&reserve.pool], format!("`capacity` is 1 to {CAPACITY_MAX}"));
        }
        if let Some(register) = rule.taken_in.as_ref().filter(|register| !self.registers.contains_key(*register)) {
            self.findings.add(&file, &[&reserve.pool], format!("there is no register `{register}`"));
        }
        Some(Reserve { pool: Places { pool, capacity, taken_in: rule.taken_in }, key: key?, hold })
    }
}

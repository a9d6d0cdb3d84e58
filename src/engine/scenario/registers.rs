//! The registers of a story: they answer look-ups and take writes as our own registers do.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::run::World;
use crate::engine::workflow::{Answer, Call, Case, Command, Expects, Key, Write, Written};

impl World<'_> {
    pub(super) fn answer(&mut self, case: &Case, call: Call) -> Command {
        match call {
            Call::Lookup { token, register, key, .. } => {
                let step = case.flow.tokens.get(&token).map(|t| t.step.as_str()).unwrap_or_default();
                let found = key.and_then(|key| self.registers.get(&register)?.get(&key).cloned());
                let answer = match (self.forced.get(step).map(String::as_str), found) {
                    (Some("down"), _) => Answer::Down,
                    (Some("none"), _) | (_, None) => Answer::None,
                    (_, Some((version, record))) => Answer::Found { record, version },
                };
                Command::Answered { token, answer }
            }
            Call::Record { token, writes } => {
                let before = self.registers.clone();
                let written: Option<Vec<Written>> = writes.into_iter().map(|write| self.write(write)).collect();
                let answer = written.map_or_else(
                    || {
                        self.registers = before;
                        Answer::Conflict
                    },
                    Answer::Written,
                );
                Command::Answered { token, answer }
            }
        }
    }

    fn write(&mut self, write: Write) -> Option<Written> {
        let records = self.registers.entry(write.register.clone()).or_default();
        let (key, new) = match write.key {
            Key::Is(key) => (key, false),
            Key::Next => {
                let number = self.numbers.entry(write.register.clone()).or_default();
                *number += 1;
                let pattern = self.def.registers.get(&write.register).and_then(|r| r.number.as_ref())?;
                (pattern.key(self.def.time.day_of(self.now).year(), *number), true)
            }
        };
        let (version, mut record) = match (write.expects, records.get(&key)) {
            (Expects::Nothing, None) => (1, Value::Object(Map::new())),
            (Expects::Version(expected), Some((version, record))) if *version == expected => {
                (version + 1, record.clone())
            }
            _ => return None,
        };
        if let Value::Object(fields) = &mut record {
            fields.extend(write.set);
        }
        let valid = self.def.registers.get(&write.register).is_some_and(|r| r.schema.check(&record).is_empty());
        if !valid {
            return None;
        }
        records.insert(key.clone(), (version, record));
        Some(Written { register: write.register, key, change: write.change, version, new })
    }

    pub(super) fn change(
        &mut self,
        register: &str,
        key: &str,
        set: Option<&BTreeMap<String, Value>>,
    ) -> Result<(), String> {
        let record = self.registers.get_mut(register).and_then(|r| r.get_mut(key));
        let (version, record) = record.ok_or_else(|| format!("there is no `{key}` in `{register}`"))?;
        *version += 1;
        if let (Value::Object(fields), Some(set)) = (record, set) {
            fields.extend(set.clone());
        }
        Ok(())
    }
}

//! The registers of a story: they answer look-ups and take writes as our own registers do.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value};

use super::run::World;
use crate::engine::workflow::{Answer, Call, Case, Expects, Key, TokenId, Write, Written};

impl World<'_> {
    pub(super) fn answer(&mut self, case: &Case, call: Call, at: Timestamp) -> Result<(TokenId, Answer), String> {
        match call {
            Call::Defect { sentence, .. } => Err(sentence),
            Call::Lookup { token, register, key, .. } => {
                let step = case.flow.tokens.get(&token).map(|t| t.step.as_str()).unwrap_or_default();
                let found = key.and_then(|key| self.registers.get(&register)?.get(&key).cloned());
                let answer = match (self.forced.get(step).map(String::as_str), found) {
                    (Some("down"), _) => Answer::Down,
                    (Some("none"), _) | (_, None) => Answer::None,
                    (_, Some((version, record))) => Answer::Found { record, version },
                };
                Ok((token, answer))
            }
            Call::Record { token, writes } => {
                let before = self.registers.clone();
                let day = self.def.time.day_of(at);
                let written: Result<Option<Vec<Written>>, String> = writes
                    .into_iter()
                    .map(|write| self.write(write, day).transpose())
                    .collect::<Option<_>>()
                    .transpose();
                let answer = match written? {
                    Some(written) => Answer::Written(written),
                    None => {
                        self.registers = before;
                        Answer::Conflict
                    }
                };
                Ok((token, answer))
            }
        }
    }

    /// None on a conflict. What the register's schema refuses is a fault of the service, which a story must not pass over.
    fn write(&mut self, write: Write, day: Date) -> Result<Option<Written>, String> {
        let register = self.def.registers.get(&write.register);
        let register = register.ok_or_else(|| format!("there is no register `{}`", write.register))?;
        let records = self.registers.entry(write.register.clone()).or_default();
        let (key, new) = match write.key {
            Key::Is(key) => (key, false),
            Key::Next => {
                let number = self.numbers.entry(write.register.clone()).or_default();
                *number += 1;
                let pattern = register.number.as_ref().ok_or("the register gives no numbers to new records")?;
                (pattern.key(day.year(), *number), true)
            }
        };
        let (version, mut record) = match (write.expects, records.get(&key)) {
            (Expects::Nothing, None) => (1, Value::Object(Map::new())),
            (Expects::Version(expected), Some((version, record))) if *version == expected => {
                (version + 1, record.clone())
            }
            _ => return Ok(None),
        };
        if let Value::Object(fields) = &mut record {
            fields.extend(write.set);
        }
        if let Some(fault) = register.schema.check(&record).first() {
            return Err(format!(
                "the change `{}` makes a record that the schema of `{}` refuses: {} at {}",
                write.change, write.register, fault.code, fault.pointer
            ));
        }
        records.insert(key.clone(), (version, record.clone()));
        self.written = record;
        Ok(Some(Written { register: write.register, key, change: write.change, version, new }))
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

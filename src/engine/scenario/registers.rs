//! The registers of a story: they answer look-ups and take writes as our own registers do.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Map, Value};

use super::people::identified;
use super::run::World;
use crate::engine::definition::{EndResult, Places, Verb};
use crate::engine::workflow::{Answer, Call, Case, Command, Event, Expects, Key, TokenId, What, Write, Written};

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
            Call::Reserve { token, pool, key, until } => {
                let taken = key.is_some_and(|key| self.reserve(&pool, &key, &case.data.reference, until, at));
                Ok((token, if taken { Answer::Reserved } else { Answer::Conflict }))
            }
            Call::Record { token, writes } => {
                let before = (self.registers.clone(), self.numbers.clone());
                let day = self.def.time.day_of(at);
                let written: Result<Option<Vec<Written>>, String> = writes
                    .into_iter()
                    .map(|write| self.write(write, day).transpose())
                    .collect::<Option<_>>()
                    .transpose();
                let answer = match written? {
                    Some(written) => Answer::Written(written),
                    None => {
                        self.changes.clear();
                        (self.registers, self.numbers) = before;
                        Answer::Conflict
                    }
                };
                Ok((token, answer))
            }
        }
    }

    fn reserve(&mut self, pool: &Places, key: &str, case: &str, until: Option<Timestamp>, at: Timestamp) -> bool {
        for ((of, held), taken) in &mut self.places {
            let is_it = *of == pool.pool;
            taken.retain(|(by, until)| {
                !(is_it && (by == case || held == key && until.is_some_and(|until| until <= at)))
            });
        }
        let record = pool.taken_in.as_ref().and_then(|register| self.registers.get(register)?.get(key));
        let taken = self.places.entry((pool.pool.clone(), key.to_owned())).or_default();
        let count = taken.len() + usize::from(record.is_some());
        let is_free = u32::try_from(count).is_ok_and(|count| count < pool.capacity);
        if is_free {
            taken.push((case.to_owned(), until));
        }
        is_free
    }

    /// What an ended case had in pools is free again, save at a favourable end where no record takes the place.
    pub(super) fn give_back(&mut self, case: &Case, events: &[Event]) {
        let Some(result) = events.iter().rev().find_map(|event| match &event.what {
            What::Closed { result, .. } => Some(*result),
            _ => None,
        }) else {
            return;
        };
        let kept = |pool: &str| {
            result == EndResult::Favourable
                && self.def.steps.values().any(|step| {
                    matches!(&step.verb, Verb::Reserve(of) if of.pool.pool == pool && of.pool.taken_in.is_none())
                })
        };
        for ((pool, _), taken) in &mut self.places {
            if !kept(pool) {
                taken.retain(|(by, _)| *by != case.data.reference);
            }
        }
    }

    /// Whom a register named as parties are the story's people.
    pub(super) fn identify(&self, case: &mut Case) {
        for (name, _) in self.def.parties.iter().filter(|(_, party)| party.learned.is_some()) {
            let named = case.data.parties.get_mut(name);
            let list = match named {
                Some(Value::Array(list)) => list.iter_mut().collect(),
                one => one.into_iter().filter(|one| one.is_object()).collect::<Vec<_>>(),
            };
            for one in list {
                *one = identified(one, &self.scenario.given.people);
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
                let pattern = register.number.as_ref().ok_or("the register gives no numbers to new records")?;
                // One that is taken is passed over, as on the database.
                loop {
                    *number += 1;
                    let key = pattern.key(day.year(), *number);
                    if !records.contains_key(&key) {
                        break (key, true);
                    }
                }
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
        let same = |fields: &Vec<String>| {
            let given = fields.iter().all(|field| record.get(field).is_some_and(|value| !value.is_null()));
            let others = || records.iter().filter(|(other, _)| **other != key);
            given && others().any(|(_, (_, other))| fields.iter().all(|field| other.get(field) == record.get(field)))
        };
        if register.unique.iter().any(same) {
            return Ok(None);
        }
        records.insert(key.clone(), (version, record.clone()));
        self.written = record.clone();
        self.changed(&write.register, &key, &write.change, version, record);
        Ok(Some(Written { register: write.register, key, change: write.change, version, new }))
    }

    pub(super) fn change(
        &mut self,
        register: &str,
        key: &str,
        set: Option<&BTreeMap<String, Value>>,
        change: Option<&str>,
    ) -> Result<(), String> {
        let record = self.registers.get_mut(register).and_then(|r| r.get_mut(key));
        let (version, record) = record.ok_or_else(|| format!("there is no `{key}` in `{register}`"))?;
        *version += 1;
        if let (Value::Object(fields), Some(set)) = (&mut *record, set) {
            fields.extend(set.clone());
        }
        let (version, record) = (*version, record.clone());
        if let Some(change) = change {
            self.changed(register, key, change, version, record);
        }
        self.tell(None)
    }

    pub(super) fn changed(&mut self, register: &str, key: &str, change: &str, version: i64, record: Value) {
        let (register, key, change) = (register.to_owned(), key.to_owned(), change.to_owned());
        self.changes.push(Command::Heard { register, key, change, version, record });
    }

    /// Cases hear of what others have changed in registers; those that stand still, once they go on.
    pub(super) fn tell(&mut self, by: Option<&str>) -> Result<(), String> {
        for command in std::mem::take(&mut self.changes) {
            let Command::Heard { register, change, .. } = &command else { continue };
            let hears = |name: &String| {
                let def = self.def_of(name);
                def.reactions.iter().any(|r| r.heard.as_ref().is_some_and(|heard| heard.is(register, change)))
            };
            let names = self.cases.keys().filter(|name| Some(name.as_str()) != by && hears(name));
            let untold: Vec<_> = names.map(|name| (name.clone(), command.clone())).collect();
            self.untold.extend(untold);
        }
        for (name, command) in std::mem::take(&mut self.untold) {
            if self.cases.get(&name).is_some_and(|played| played.case.flow.is_held()) {
                self.untold.push((name, command));
            } else {
                self.command(Some(&name), &command)?;
            }
        }
        Ok(())
    }
}

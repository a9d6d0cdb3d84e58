//! What a case hears of: registers that other cases change, other cases that end.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::decide::Turn;
use super::event::What;
use super::raised::{RAISED_MAX, counts};
use super::refusal::Refusal;
use super::state::{Case, Status};
use super::view::View;
use crate::engine::definition::{Definition, Heard, Reaction, of_cases};

/// Records that one entry is about, and characters of the key of one: no record has a longer one.
const KEYS_MAX: usize = 100;
const LONGEST_KEY: usize = 200;

/// The records that concern a case as it stands, each by its register and key.
///
/// # Errors
/// Where an expression costs too much.
pub fn watched(def: &Definition, case: &Case, now: Timestamp) -> Result<BTreeSet<(String, String)>, Refusal> {
    let mut found = BTreeSet::new();
    let view = View::new(def, case, now);
    for reaction in &def.reactions {
        // A step may be opened yet in which it counts; an end stays.
        let may_count = match &case.flow.status {
            Status::Draft => false,
            Status::Open => reaction.ends.is_empty(),
            Status::Closed { end, .. } => reaction.ends.contains(end),
        };
        let Some(heard) = reaction.heard.as_ref().filter(|_| may_count) else { continue };
        found.extend(keys(&view, heard)?.into_iter().map(|key| (heard.register.clone(), key)));
    }
    Ok(found)
}

/// The keys of the records that an entry is about.
fn keys(view: &View<'_>, heard: &Heard) -> Result<Vec<String>, Refusal> {
    let word = |value: &Value| match value {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    let is_key = |key: &String| key.chars().count() <= LONGEST_KEY;
    Ok(match view.eval(&heard.key)?.to_json() {
        Value::Array(list) => list.iter().filter_map(word).filter(is_key).take(KEYS_MAX).collect(),
        one => word(&one).into_iter().filter(is_key).collect(),
    })
}

impl Turn<'_> {
    /// Once for each version of a record. What does not concern the case, or not any more, is passed over; while it stands still,
    /// nothing is heard.
    pub(super) fn heard(
        &mut self,
        register: &str,
        key: &str,
        change: &str,
        version: i64,
        record: &Value,
    ) -> Result<(), Refusal> {
        let def = self.def;
        if self.case.flow.is_held() {
            return Err(Refusal::Held);
        }
        let view = self.view();
        let mut concerned = false;
        for reaction in def.reactions.iter().filter(|reaction| counts(&self.case.flow, reaction)) {
            concerned |= concerns(&view, reaction, register, key, change)?;
        }
        drop(view);
        let name = match of_cases(register) {
            Some(_) => format!("{register}.{change}"),
            None => format!("registers.{register}.{change}"),
        };
        let known = self.case.data.events.get(&name).map_or(&[][..], Vec::as_slice);
        let again = known.iter().any(|told| told["key"] == key && told["version"] == version);
        if !concerned || again || known.len() >= RAISED_MAX {
            return Ok(());
        }
        self.note_event(&name, json!({"at": self.at, "key": key, "version": version}))?;
        self.emit(What::Happened { event: name.clone() });
        let mut found = None;
        let view = self.view().with("record", record.clone());
        for reaction in def.reactions.iter().filter(|reaction| counts(&self.case.flow, reaction)) {
            if concerns(&view, reaction, register, key, change)? && view.holds(reaction.when.as_ref())? {
                found = Some(reaction);
                break;
            }
        }
        drop(view);
        match found {
            Some(Reaction { arrow: Some(arrow), steps, .. }) => self.turn_to(arrow, steps),
            _ => Ok(()),
        }
    }
}

fn concerns(view: &View<'_>, reaction: &Reaction, register: &str, key: &str, change: &str) -> Result<bool, Refusal> {
    match reaction.heard.as_ref().filter(|heard| heard.is(register, change)) {
        Some(heard) => Ok(keys(view, heard)?.iter().any(|of| of == key)),
        None => Ok(false),
    }
}

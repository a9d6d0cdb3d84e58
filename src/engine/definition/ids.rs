//! Ids as they may be written, and names that are taken: what would hide something else, or be hidden.

use super::compile::Compiler;
use super::language as raw;
use super::names::marks;
use crate::engine::dmn;
use crate::engine::forms::Shape;

/// What every step has beside what is stated or taken in it.
const OF_STEPS: [&str; 5] = ["rounds", "entered", "done", "by", "outcome"];
/// What is kept of a decision by a table.
const OF_TABLES: [&str; 4] = ["rows", "inputs", "table", "version"];
const OF_ADVISED: [&str; 1] = [super::names::ADVICE];
const OF_LOOKUPS: [&str; 2] = ["found", "version"];
/// What a case has beside its marks.
const OF_CASES: [&str; 10] =
    ["reference", "status", "started_by", "office", "decided", "decision", "end", "alone", "changed", "opened"];

impl Compiler<'_> {
    pub(super) fn check_ids(&mut self) {
        let service = self.service;
        let named: [(&str, Vec<&String>); 9] = [
            ("offices", service.offices.keys().collect()),
            ("parties", service.parties.keys().collect()),
            ("documents", service.documents.keys().collect()),
            ("fees", service.fees.keys().collect()),
            ("steps", service.steps.keys().collect()),
            ("ends", service.ends.keys().collect()),
            ("reasons", service.reasons.keys().collect()),
            ("remedies", service.remedies.keys().collect()),
            ("holds", service.holds.keys().collect()),
        ];
        for (part, ids) in named {
            for id in ids.into_iter().filter(|id| !is_id(id)) {
                self.fault(&[part, id], format!("`{id}` is no id: small letters, digits and `_`, a letter first"));
            }
        }
        for (fee, rule) in &service.fees {
            for item in rule.items.keys().filter(|id| !is_id(id)) {
                self.fault(&["fees", fee, item], format!("`{item}` is no id: small letters, digits and `_`"));
            }
        }
        for name in self.params.keys().filter(|id| !is_id(id)) {
            let file = format!("{}/params.yaml", self.id);
            self.findings.add(&file, &[name], format!("`{name}` is no id: small letters, digits and `_`"));
        }
        for (id, step) in &service.steps {
            self.check_step(id, step);
        }
        for (at, mark) in service.events.iter().enumerate().filter_map(|(at, e)| Some((at, e.mark.as_ref()?))) {
            self.check_mark(&["events", &at.to_string()], mark);
        }
    }

    fn check_mark(&mut self, path: &[&str], mark: &str) {
        if OF_CASES.contains(&mark) || !is_id(mark) {
            self.fault(path, format!("`{mark}` cannot be a mark: `case.{mark}` is something else"));
        }
    }

    fn check_step(&mut self, id: &str, step: &raw::Step) {
        if matches!(id, "start" | "done" | super::remedies::SILENCE) {
            self.fault(&["steps", id], format!("`{id}` cannot be the name of a step: it means something of its own"));
        }
        for outcome in step.outcomes.iter().flat_map(|o| o.keys()).filter(|o| !is_id(o)) {
            self.fault(&["steps", id, "outcomes"], format!("`{outcome}` is no id: small letters, digits and `_`"));
        }
        for mark in marks(step) {
            self.check_mark(&["steps", id], &mark);
        }
        let mut stated: Vec<String> = match self.step_forms.get(id).map(|f| f.shape().clone()) {
            Some(Shape::Object(members)) => members.into_keys().collect(),
            _ => Vec::new(),
        };
        let mut taken = OF_STEPS.to_vec();
        if let Some(lookup) = &step.lookup {
            stated.extend(lookup.take.iter().chain(lookup.test.keys()).cloned());
            taken.extend(OF_LOOKUPS);
        }
        if step.task.as_ref().is_some_and(|task| task.advice.is_some()) {
            taken.extend(OF_ADVISED);
        }
        if let Some(sheet) = step.decide.as_ref().and_then(|decide| self.sheets.get(&decide.table)) {
            stated.extend(dmn::outputs(sheet).into_iter().map(|(name, _)| name));
            taken.extend(OF_TABLES);
        }
        for name in stated.iter().filter(|n| taken.contains(&n.as_str())) {
            self.fault(&["steps", id], format!("`{name}` cannot be stated or taken: `steps.{id}.{name}` is taken"));
        }
    }
}

/// `[a-z][a-z0-9_]*`
pub(super) fn is_id(text: &str) -> bool {
    let mut letters = text.bytes();
    letters.next().is_some_and(|b| b.is_ascii_lowercase())
        && letters.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

//! Cases that a step opens: the other service takes them, and what it is to be filled in with is known there.

use std::collections::BTreeMap;

use crate::engine::definition::{Definition, Document, Files, Findings, Verb, misfit};
use crate::engine::forms::Shape;

pub fn check(def: &Definition, linked: &BTreeMap<String, Definition>, files: &Files, findings: &mut Findings<'_>) {
    let main = format!("{}/service.yaml", def.id);
    for (id, step) in &def.steps {
        let Verb::Open(opening) = &step.verb else { continue };
        let mut add = |sentence: String| findings.add(&main, &["steps", id, "open"], sentence);
        let service = &opening.service;
        if !files.contains_key(&format!("{service}/service.yaml")) {
            add(format!("there is no service `{service}`"));
        }
        // One that is not in order is told of where it itself is checked.
        let Some(other) = linked.get(service) else { continue };
        if !other.is_for_cases() {
            add(format!("`{service}` is not opened by other cases: its `start.by` does not say `case`"));
        }
        if other.is_remedy() {
            add(format!("`{service}` hears remedies, each before the office of an instance: nothing else opens one"));
        }
        let needs = |document: &Document| document.required && document.held_by.is_none();
        if other.start.needs_documents && other.documents.values().any(needs) {
            add(format!("`{service}` needs documents at first, and what is opened has none yet"));
        }
        let members = match other.form.as_ref().map(crate::engine::forms::Form::shape) {
            Some(Shape::Object(members)) => members.clone(),
            _ => Default::default(),
        };
        for member in opening.form.keys().filter(|member| !members.contains_key(*member)) {
            add(format!("the form of `{service}` has no `{member}`"));
        }
        for (member, value) in &opening.form {
            let shape = members.get(member).map(|(shape, _)| shape);
            if let Some(wrong) = shape.and_then(|shape| misfit(value.result(), shape, member)) {
                add(format!("the form of `{service}`: {wrong}"));
            }
        }
        if other.start.needs_form {
            let needed = members.iter().filter(|(_, (_, required))| *required).map(|(member, _)| member);
            for member in needed.filter(|member| !opening.form.contains_key(*member)) {
                add(format!("`{service}` is opened with a complete form, and nothing is said for `{member}`"));
            }
        }
    }
}

//! Whether what was handed in is in order: forms and documents, every fault at once.

use jiff::Timestamp;
use serde_json::Value;

use super::refusal::Refusal;
use super::state::Case;
use super::view::View;
use super::writes::text;
use crate::engine::definition::{Definition, Document};
use crate::engine::forms::Form;
use crate::kernel::Fault;

/// Faults of the service's form, under `/form`.
#[must_use]
pub fn form_faults(def: &Definition, case: &Case) -> Vec<Fault> {
    match &def.form {
        Some(form) => faults("/form", form, &case.data.form),
        None if case.data.form.is_null() => Vec::new(),
        None => vec![Fault::new("/form", "not_expected")],
    }
}

/// Faults of the answers to a step's own form, under `/answers`.
#[must_use]
pub fn answer_faults(form: Option<&Form>, answers: Option<&Value>) -> Vec<Fault> {
    match (form, answers) {
        (None, None) => Vec::new(),
        (None, Some(_)) => vec![Fault::new("/answers", "not_expected")],
        (Some(form), None) => faults("/answers", form, &Value::Object(serde_json::Map::new())),
        (Some(form), Some(answers)) => faults("/answers", form, answers),
    }
}

fn faults(under: &str, form: &Form, value: &Value) -> Vec<Fault> {
    let errors = form.check(value).into_iter();
    errors.map(|e| Fault { pointer: format!("{under}{}", e.pointer), code: e.code.to_owned(), args: e.args }).collect()
}

/// Documents that are required and not there, or too old, under `/documents`.
///
/// # Errors
/// Where a guard costs too much.
pub fn document_faults(def: &Definition, case: &Case, view: &View<'_>) -> Result<Vec<Fault>, Refusal> {
    let mut found = Vec::new();
    for (name, rule) in &def.documents {
        if is_required(rule, view)? && !given_instead(rule, case) && !case.data.held.contains(name) {
            found.extend(missing(name, rule, case));
        }
        let Some(age) = &rule.not_older_than else { continue };
        let age = view.span(age)?;
        for document in case.data.documents.iter().filter(|d| d.kind == *name) {
            let pointer = || format!("/documents/{name}");
            match document.issued {
                None => found.push(Fault::new(pointer(), "issued_required")),
                Some(issued) => {
                    let last = age.end(def.time.start_of(issued), &def.time);
                    if def.time.start_of(view.today()) >= last {
                        found.push(Fault::new(pointer(), "document_too_old").with("issued", issued));
                    }
                }
            }
        }
    }
    Ok(found)
}

/// Documents that are wanting and that a register may hold: name, register and key. A key that comes to nothing is none, and the
/// document is asked for.
///
/// # Errors
/// Where an expression costs too much.
pub fn held_documents(def: &Definition, case: &Case, now: Timestamp) -> Result<Vec<(String, String, String)>, Refusal> {
    let view = View::new(def, case, now);
    let mut found = Vec::new();
    for (name, rule) in &def.documents {
        let Some((register, key)) = &rule.held_by else { continue };
        let wanting = is_required(rule, &view)? && !given_instead(rule, case) && !missing(name, rule, case).is_empty();
        if let (true, Some(key)) = (wanting, text(&view.eval(key)?)) {
            found.push((name.clone(), register.clone(), key));
        }
    }
    Ok(found)
}

/// Whether a document must be there, as the case stands.
///
/// # Errors
/// Where the guard costs too much.
pub fn is_required(rule: &Document, view: &View<'_>) -> Result<bool, Refusal> {
    Ok(rule.required && view.holds(rule.when.as_ref())?)
}

fn given_instead(rule: &Document, case: &Case) -> bool {
    rule.or.as_ref().is_some_and(|other| case.data.documents.iter().any(|d| d.kind == *other))
}

/// One for each of the party, where the rule says so.
fn missing(name: &str, rule: &Document, case: &Case) -> Vec<Fault> {
    let has = |of: u32| case.data.documents.iter().any(|d| d.kind == name && d.of == of);
    let Some(party) = &rule.per else {
        let any = case.data.documents.iter().any(|d| d.kind == name);
        return if any { Vec::new() } else { vec![Fault::new(format!("/documents/{name}"), "document_missing")] };
    };
    let count = match case.data.parties.get(party) {
        Some(Value::Array(list)) => u32::try_from(list.len()).unwrap_or(u32::MAX).min(1_000),
        _ => 1,
    };
    let pointer = |of: u32| if count == 1 { format!("/documents/{name}") } else { format!("/documents/{name}/{of}") };
    (0..count).filter(|of| !has(*of)).map(|of| Fault::new(pointer(of), "document_missing")).collect()
}

/// A form in which these members alone are stated anew, and what else was stated anew, which nobody asked for.
#[must_use]
pub fn amended(form: &Value, fields: &[String], given: &Value) -> (Value, Vec<Fault>) {
    let mut amended = form.as_object().cloned().unwrap_or_default();
    let mut faults = Vec::new();
    for (member, value) in given.as_object().into_iter().flatten() {
        if fields.contains(member) {
            amended.insert(member.clone(), value.clone());
        } else if form.get(member) != Some(value) {
            faults.push(Fault::new(format!("/form/{}", member.replace('~', "~0").replace('/', "~1")), "not_asked"));
        }
    }
    (Value::Object(amended), faults)
}

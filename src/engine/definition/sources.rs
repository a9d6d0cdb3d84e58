//! The files of a service, read: params, forms, registers, templates and texts.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use super::country::{Country, parse};
use super::finding::{Files, Findings, placed};
use super::language as raw;
use crate::engine::certificate::Template;
use crate::engine::dmn::{self, Sheet};
use crate::engine::forms::{Form, Shape};
use crate::engine::numbering::Pattern;
use crate::engine::texts::Texts;

pub(super) fn read_params(id: &str, files: &Files, country: &Country, findings: &mut Findings<'_>) -> raw::Params {
    let mut all = raw::Params::new();
    let own = format!("{id}/params.yaml");
    let shared = country.shared.get("params.yaml").map(|text| ("_shared/params.yaml".to_owned(), text));
    for (file, text) in shared.into_iter().chain(files.get(&own).map(|text| (own.clone(), text))) {
        let read: raw::Params = parse(&file, text, findings).unwrap_or_default();
        for (name, param) in &read {
            let at = [name.as_str()];
            if param.values.is_empty() {
                findings.add(&file, &at, format!("`{name}` has no value"));
            }
            if param.values.windows(2).any(|w| w[0].from >= w[1].from) {
                findings.add(&file, &at, format!("the values of `{name}` are not in the order of their first days"));
            }
            if param.values.iter().any(|v| v.basis.trim().is_empty()) {
                findings.add(&file, &at, format!("a value of `{name}` does not say what it is based on"));
            }
        }
        all.extend(read);
    }
    all
}

/// A form of the service, or one that several services share.
pub(super) fn read_form(
    id: &str,
    files: &Files,
    country: &Country,
    name: &str,
    findings: &mut Findings<'_>,
) -> Option<Form> {
    let file = format!("{id}/{name}");
    let text = files.get(&file)?;
    let schema: Value = match serde_json::from_str(text) {
        Ok(schema) => schema,
        Err(error) => {
            findings.add_at(&file, error.line(), error.to_string());
            return None;
        }
    };
    compile_form(&file, &schema, country, findings)
}

/// A form that stands under this path of the service, which must be there.
fn named_form(
    id: &str,
    files: &Files,
    country: &Country,
    name: &str,
    path: &[&str],
    findings: &mut Findings<'_>,
) -> Option<Form> {
    if !files.contains_key(&format!("{id}/{name}")) {
        findings.add(&format!("{id}/service.yaml"), path, format!("there is no file `{name}`"));
        return None;
    }
    read_form(id, files, country, name, findings)
}

fn compile_form(file: &str, schema: &Value, country: &Country, findings: &mut Findings<'_>) -> Option<Form> {
    let shared = |name: &str| {
        let text = country.shared.get(&format!("forms/{name}.schema.json"))?;
        serde_json::from_str(text).ok()
    };
    match Form::compile(file, schema, &shared) {
        Ok(form) => Some(form),
        Err(fault) => {
            let path: Vec<&str> = fault.place.split('/').filter(|p| !p.is_empty()).collect();
            findings.add(file, &path, format!("{} (at `{}`)", fault.sentence, fault.place));
            None
        }
    }
}

pub(super) fn read_step_forms(
    id: &str,
    files: &Files,
    country: &Country,
    service: &raw::Service,
    findings: &mut Findings<'_>,
) -> BTreeMap<String, Form> {
    let mut forms = BTreeMap::new();
    for (step, raw) in &service.steps {
        let named = raw.task.as_ref().and_then(|t| t.form.as_ref()).or(raw.ask.as_ref().and_then(|a| a.form.as_ref()));
        let form = named.and_then(|name| named_form(id, files, country, name, &["steps", step, "form"], findings));
        forms.extend(form.map(|form| (step.clone(), form)));
    }
    forms
}

pub(super) fn read_event_forms(
    id: &str,
    files: &Files,
    country: &Country,
    service: &raw::Service,
    findings: &mut Findings<'_>,
) -> BTreeMap<String, Arc<Form>> {
    let mut forms = BTreeMap::new();
    for (at, name) in service.events.iter().enumerate().filter_map(|(at, e)| e.form.as_ref().map(|name| (at, name))) {
        if forms.contains_key(name) {
            continue;
        }
        let form = named_form(id, files, country, name, &["events", &at.to_string(), "form"], findings);
        forms.extend(form.map(|form| (name.clone(), Arc::new(form))));
    }
    forms
}

/// A register that the service knows.
#[derive(Debug)]
pub struct Register {
    pub owner: String,
    pub key: String,
    /// How new records are numbered.
    pub number: Option<Pattern>,
    /// Documents that say what a record says.
    pub proves: Vec<String>,
    /// Fields of which no two records have the same together.
    pub unique: Vec<Vec<String>>,
    /// Fields that anybody may read.
    pub public: Vec<String>,
    /// The changes that it tells of; empty: any.
    pub events: Vec<String>,
    pub schema: Form,
}

pub(super) fn read_registers(
    id: &str,
    files: &Files,
    country: &Country,
    findings: &mut Findings<'_>,
) -> BTreeMap<String, Register> {
    let own = format!("{id}/registers/");
    let shared = country
        .shared
        .iter()
        .filter_map(|(p, t)| p.strip_prefix("registers/").map(|name| (format!("_shared/{p}"), name.to_owned(), t)));
    let own = files.iter().filter_map(|(p, t)| p.strip_prefix(&own).map(|name| (p.clone(), name.to_owned(), t)));
    let mut registers = BTreeMap::new();
    for (file, name, text) in shared.chain(own) {
        let Some(name) = name.strip_suffix(".yaml") else { continue };
        let Some(raw) = parse::<raw::Register>(&file, text, findings) else { continue };
        if !country.agencies.authorities.contains_key(&raw.owner) {
            findings.add(&file, &["owner"], format!("there is no authority `{}`", raw.owner));
        }
        let number = raw.number.as_deref().map(Pattern::parse);
        if let Some(Err(_)) = number {
            findings.add(&file, &["number"], "a pattern for numbers looks like `K-{year}-{000001}`");
        }
        if let Some(schema) = compile_form(&file, &raw.schema, country, findings) {
            let number = number.and_then(Result::ok);
            let unique: Vec<Vec<String>> = raw.unique.iter().map(|fields| fields.iter().cloned().collect()).collect();
            let known = |field: &String| match schema.shape() {
                Shape::Object(members) => members.contains_key(field),
                _ => false,
            };
            for (at, field) in [("unique", unique.concat()), ("public", raw.public.clone())]
                .iter()
                .flat_map(|(at, fields)| fields.iter().map(move |field| (*at, field)))
                .filter(|(_, field)| !known(field))
            {
                findings.add(&file, &[at], format!("a record has no field `{field}`"));
            }
            if let Shape::Object(members) = schema.shape() {
                let whole = |field: &&String| {
                    !members.get(*field).is_some_and(|(shape, _)| matches!(shape, Shape::List(_) | Shape::Object(_)))
                };
                if let Some(field) = unique.iter().flatten().find(|field| !whole(field)) {
                    findings.add(
                        &file,
                        &["unique"],
                        format!("`{field}` is a list or an object: a single value is unique"),
                    );
                }
            }
            for change in raw.events.iter().filter(|change| !super::ids::is_id(change)) {
                findings.add(&file, &["events"], format!("`{change}` is no name of a change"));
            }
            let raw::Register { owner, key, proves, public, events, .. } = raw;
            let register = Register { owner, key, number, proves, unique, public, events, schema };
            registers.insert(name.to_owned(), register);
        }
    }
    registers
}

pub(super) fn read_templates(id: &str, files: &Files, findings: &mut Findings<'_>) -> BTreeMap<String, Template> {
    let folder = format!("{id}/");
    let mut templates = BTreeMap::new();
    for (path, text) in files.iter().filter(|(p, _)| p.starts_with(&format!("{id}/certificates/"))) {
        let name = path.strip_prefix(&folder).and_then(|p| p.strip_suffix(".html"));
        let Some(name) = name else {
            findings.add_at(path, 1, "a certificate template ends in `.html`");
            continue;
        };
        match Template::compile(name, text) {
            Ok(template) => drop(templates.insert(name.to_owned(), template)),
            Err(sentence) => {
                let (line, sentence) = placed(&sentence);
                findings.add_at(path, line, sentence);
            }
        }
    }
    templates
}

/// Decision tables, by the name of the file; not yet understood.
pub(super) fn read_tables(id: &str, files: &Files, findings: &mut Findings<'_>) -> BTreeMap<String, Sheet> {
    let folder = format!("{id}/");
    let mut tables = BTreeMap::new();
    for (path, text) in files.iter().filter(|(p, _)| p.starts_with(&format!("{id}/decisions/"))) {
        let Some(name) = path.strip_prefix(&folder).filter(|name| name.ends_with(".dmn")) else {
            findings.add_at(path, 1, "a decision table ends in `.dmn`");
            continue;
        };
        match dmn::read(text) {
            Ok(sheet) => drop(tables.insert(name.to_owned(), sheet)),
            Err((line, sentence)) => findings.add_at(path, line, sentence),
        }
    }
    tables
}

pub(super) fn read_texts(
    id: &str,
    files: &Files,
    country: &Country,
    service: &raw::Service,
    findings: &mut Findings<'_>,
) -> Option<Texts> {
    let mut sources = Vec::new();
    for language in &service.languages {
        if let Some(text) = country.shared.get(&format!("texts/{language}.ftl")) {
            sources.push((language.clone(), format!("_shared/texts/{language}.ftl"), text.clone()));
        }
        let file = format!("{id}/texts/{language}.ftl");
        match files.get(&file) {
            Some(text) => sources.push((language.clone(), file, text.clone())),
            None => findings.add(
                &format!("{id}/service.yaml"),
                &["languages"],
                format!("there are no texts in `{language}`: {file}"),
            ),
        }
    }
    match Texts::load(&service.languages, &sources) {
        Ok(texts) => Some(texts),
        Err(faults) => {
            for fault in faults {
                findings.add_at(&fault.file, fault.line, fault.sentence);
            }
            None
        }
    }
}

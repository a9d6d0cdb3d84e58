//! Which names an expression may read in a service, and of what type: from the forms, registers and steps declared.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::language as raw;
use super::reactions::{MESSAGE, PAYMENT};
use super::sources::Register;
use crate::engine::dmn::{self, Sheet};
use crate::engine::feel::{Names, Type};
use crate::engine::forms::{Form, Shape};

/// What a step keeps of the advice on it, and the output of a table that names an outcome.
pub const ADVICE: &str = "advice";
pub const ADVISED: &str = "outcome";

/// The type of what a form accepts.
#[must_use]
pub fn of_shape(shape: &Shape) -> Type {
    match shape {
        Shape::Any => Type::Any,
        Shape::Bool => Type::Bool,
        Shape::Number => Type::Number,
        Shape::Text => Type::Text,
        Shape::Date => Type::Date,
        Shape::DateTime => Type::Instant,
        Shape::List(items) => Type::list(of_shape(items)),
        Shape::Object(members) => {
            Type::closed(members.iter().map(|(name, (shape, _))| (name.clone(), of_shape(shape))))
        }
    }
}

/// What is known while a service is compiled.
pub struct Known<'a> {
    pub service: &'a raw::Service,
    pub params: &'a raw::Params,
    pub form: Option<&'a Form>,
    pub step_forms: &'a BTreeMap<String, Form>,
    pub event_forms: &'a BTreeMap<String, Arc<Form>>,
    pub registers: &'a BTreeMap<String, Register>,
    pub sheets: &'a BTreeMap<String, Sheet>,
}

/// The names in scope of every expression of a service.
#[must_use]
pub fn names(known: &Known<'_>) -> Names {
    let service = known.service;
    let form = known.form.map_or(Type::Null, |f| of_shape(f.shape()));
    let mut parties: BTreeMap<String, Type> = BTreeMap::new();
    for (name, party) in &service.parties {
        let stated = party.from.as_deref().filter(|path| path.starts_with("form."));
        let stated = stated.and_then(|path| at_path(&form, path)).unwrap_or(Type::Any);
        parties.insert(name.clone(), with_id(stated));
    }
    parties.entry("applicant".into()).or_insert(Type::Any);
    let document = || Type::closed([("present", Type::Bool), ("count", Type::Number), ("issued", Type::Date)]);
    let fee = || Type::closed([("due", Type::Number), ("paid", Type::Number), ("open", Type::Number)]);
    let mut about = BTreeMap::from([
        ("reference".to_owned(), Type::Text),
        ("status".to_owned(), Type::Text),
        ("office".to_owned(), Type::Text),
        ("started_by".to_owned(), Type::Text),
        ("decided".to_owned(), Type::Instant),
        ("decision".to_owned(), Type::Text),
        ("end".to_owned(), Type::Text),
        ("alone".to_owned(), Type::Bool),
        ("changed".to_owned(), Type::Bool),
        ("opened".to_owned(), Type::Instant),
        ("submitted".to_owned(), Type::Instant),
    ]);
    about.extend(service.marks().map(|mark| (mark, Type::Instant)));
    let mut events: BTreeMap<String, Type> = BTreeMap::new();
    // A remedy that was decided is known by its instance and its end.
    for remedy in service.remedies.iter().filter(|(_, r)| r.service.is_some()).map(|(id, _)| id) {
        let settled = Type::closed([("at", Type::Instant), ("level", Type::Number), ("end", Type::Text)]);
        events.insert(remedy.clone(), Type::list(settled));
    }
    let kept = |e: &&raw::OnEvent| !e.is_the_engines() || [MESSAGE, PAYMENT].contains(&e.event.as_str());
    for event in service.events.iter().filter(kept) {
        events.insert(event.event.clone(), Type::list(of_event(event, known)));
    }
    for (root, heard) in of_heard(service) {
        events.insert(root.into(), heard);
    }
    let steps = service.steps.iter().map(|(id, step)| (id.clone(), of_step(id, step, known)));
    let link = ["case", "service", "step", "remedy", "role", "office"].map(|name| (name, Type::Text));
    let link = Type::closed(link.into_iter().chain([("level", Type::Number)]));
    let names = Names::new();
    // What another case opened knows which.
    let names = if service.start.by.contains(&raw::Starter::Case) { names.with("link", link) } else { names };
    names
        .with("form", form)
        .with("parties", Type::closed(parties))
        .with("steps", Type::closed(steps.collect::<Vec<_>>()))
        .with("events", Type::closed(events))
        .with("documents", Type::closed(service.documents.keys().map(|k| (k.clone(), document()))))
        .with("fees", Type::closed(service.fees.keys().map(|k| (k.clone(), fee()))))
        .with("params", Type::closed(known.params.iter().map(|(k, p)| (k.clone(), of_param(p)))))
        .with("case", Type::closed(about))
        .with("today", Type::Date)
        .with("now", Type::Instant)
}

/// What was heard of registers and of other cases: of each change which record it was.
fn of_heard(service: &raw::Service) -> Vec<(&'static str, Type)> {
    let mut heard: BTreeMap<&str, BTreeMap<String, BTreeMap<String, Type>>> = BTreeMap::new();
    let told = || Type::list(Type::closed([("at", Type::Instant), ("key", Type::Text), ("version", Type::Number)]));
    for event in &service.events {
        let found = event.of_register().map(|of| ("registers", of)).or(event.of_case().map(|of| ("cases", of)));
        let Some((root, (of, change))) = found else { continue };
        heard.entry(root).or_default().entry(as_name(of)).or_default().insert(change.to_owned(), told());
    }
    let closed = |of: BTreeMap<String, BTreeMap<String, Type>>| {
        Type::closed(of.into_iter().map(|(of, changes)| (of, Type::closed(changes))))
    };
    heard.into_iter().map(|(root, of)| (root, closed(of))).collect()
}

/// Of a case that has ended, as `record`.
pub(super) fn of_ended() -> Type {
    Type::closed(["reference", "end", "result"].map(|name| (name, Type::Text)))
}

/// An id as expressions read it: `land-appeal` would be a difference.
#[must_use]
pub fn as_name(id: &str) -> String {
    id.replace('-', "_")
}

fn of_param(param: &raw::Param) -> Type {
    let of = |value: &serde_json::Value| match value {
        serde_json::Value::Number(_) => Type::Number,
        serde_json::Value::String(_) => Type::Text,
        serde_json::Value::Bool(_) => Type::Bool,
        serde_json::Value::Array(_) => Type::list(Type::Any),
        _ => Type::Any,
    };
    let mut types = param.values.iter().map(|v| of(&v.value));
    let first = types.next().unwrap_or(Type::Any);
    if types.all(|t| t == first) { first } else { Type::Any }
}

fn at_path(form: &Type, path: &str) -> Option<Type> {
    let mut members = path.split('.').skip(1);
    members.try_fold(form.clone(), |at, member| match at {
        Type::Context { fields, .. } => fields.get(member).cloned(),
        _ => None,
    })
}

/// A party as stated, with the id that it has here.
fn with_id(stated: Type) -> Type {
    match stated {
        Type::List(items) => Type::list(with_id(*items)),
        Type::Context { mut fields, open } => {
            fields.insert("id".into(), Type::Text);
            Type::Context { fields, open }
        }
        other => other,
    }
}

fn of_step(id: &str, step: &raw::Step, known: &Known<'_>) -> Type {
    let mut fields = BTreeMap::from([
        ("rounds".to_owned(), Type::Number),
        ("entered".to_owned(), Type::Instant),
        ("done".to_owned(), Type::Instant),
        ("outcome".to_owned(), Type::Text),
        ("by".to_owned(), Type::Text),
    ]);
    let answers = match known.step_forms.get(id).map(|form| of_shape(form.shape())) {
        Some(Type::Context { fields: answers, .. }) => answers,
        _ => BTreeMap::new(),
    };
    let asked = step.ask.as_ref();
    if asked.is_some_and(|ask| ask.need != raw::Needed::Number(1) || ask.what.contains(&raw::Asked::Signature)) {
        let each = [("by", Type::Text), ("at", Type::Instant), ("statement", Type::Text)];
        let each = answers.into_iter().chain(each.map(|(name, of)| (name.to_owned(), of)));
        fields.insert("answers".into(), Type::list(Type::closed(each)));
    } else {
        fields.extend(answers);
    }
    if let Some(sheet) = step.task.as_ref().and_then(|task| known.sheets.get(task.advice.as_ref()?)) {
        let more = [("rows".to_owned(), Type::list(Type::Number)), ("followed".to_owned(), Type::Bool)];
        fields.insert(ADVICE.to_owned(), Type::closed(dmn::outputs(sheet).into_iter().chain(more)));
    }
    if let Some(lookup) = &step.lookup {
        let record = known.registers.get(&lookup.register).map(|r| of_shape(r.schema.shape()));
        for field in &lookup.take {
            let of = match &record {
                Some(Type::Context { fields, .. }) => fields.get(field).cloned().unwrap_or(Type::Any),
                _ => Type::Any,
            };
            fields.insert(field.clone(), of);
        }
        fields.extend(lookup.test.keys().map(|name| (name.clone(), Type::Bool)));
        fields.insert("found".into(), Type::Bool);
        fields.insert("version".into(), Type::Number);
    }
    if let Some(sheet) = step.decide.as_ref().and_then(|decide| known.sheets.get(&decide.table)) {
        fields.extend(dmn::outputs(sheet));
        fields.insert("rows".into(), Type::list(Type::Number));
    }
    if step.open.is_some() {
        let text = ["case", "end", "result"].map(|name| (name.to_owned(), Type::Text));
        let item = Type::closed(text.into_iter().chain([("given".to_owned(), Type::Any)]));
        fields.insert("items".into(), Type::list(item));
    }
    if step.acts.is_some() {
        fields.insert("version".into(), Type::Number);
        fields.insert("number".into(), Type::Text);
    }
    Type::closed(fields)
}

/// What was raised: when, by whom, and what was stated with it.
pub(super) fn of_event(event: &raw::OnEvent, known: &Known<'_>) -> Type {
    let of = |name: &str, of| (name.to_owned(), of);
    let at = of("at", Type::Instant);
    match event.event.as_str() {
        MESSAGE => return Type::closed([at, of("party", Type::Text)]),
        PAYMENT => return Type::closed([at, of("fee", Type::Text), of("amount", Type::Number)]),
        _ => {}
    }
    let mut fields = BTreeMap::from([at, of("by", Type::Text)]);
    let form = event.form.as_ref().and_then(|name| known.event_forms.get(name));
    if let Some(Type::Context { fields: stated, .. }) = form.map(|form| of_shape(form.shape())) {
        fields.extend(stated);
    }
    Type::closed(fields)
}

impl raw::Service {
    /// Every mark that something in it sets.
    pub(super) fn marks(&self) -> impl Iterator<Item = String> {
        let of_events = self.events.iter().filter_map(|e| e.mark.clone());
        let mut of_remedies = Vec::new();
        self.remedies.values().flat_map(|r| r.then.values()).for_each(|arrows| collect_marks(arrows, &mut of_remedies));
        let of_limit = self.time_limit.iter().filter_map(|limit| limit.then.as_ref()?.mark.clone());
        self.steps.values().flat_map(marks).chain(of_events).chain(of_remedies).chain(of_limit)
    }
}

/// The marks that its arrows set.
pub(super) fn marks(step: &raw::Step) -> Vec<String> {
    let mut found = Vec::new();
    for arrows in step.next.iter().chain(step.outcomes.iter().flat_map(|o| o.values())) {
        collect_marks(arrows, &mut found);
    }
    found.extend(step.expires.iter().filter_map(|e| e.mark.clone()));
    found
}

fn collect_marks(arrows: &raw::Arrows, found: &mut Vec<String>) {
    match arrows {
        raw::Arrows::To(_) => {}
        raw::Arrows::One(arrow) => found.extend(arrow.mark.clone()),
        raw::Arrows::List(list) => list.iter().for_each(|a| collect_marks(a, found)),
    }
}

//! What can come in any step: checked and compiled.

use std::sync::Arc;

use super::compile::Compiler;
use super::language as raw;
use super::model::Span;
use super::names::{Known, of_event};
use super::reactions::{Heard, MESSAGE, PAYMENT, Reaction, Trigger};
use crate::engine::calendar::Recurring;
use crate::engine::feel::{Expression, Type};
use crate::engine::forms::{Form, Shape};

/// Names that are, or will be, raised by the engine; a service's own event has another.
const OF_THE_ENGINE: [&str; 8] = ["deadline", "closed", "extension", "hold", "transfer", "vote", "cases", "registers"];
/// What every event has beside what is stated with it.
const OF_EVENTS: [&str; 2] = ["at", "by"];

impl Compiler<'_> {
    pub(super) fn reactions(&mut self) -> Vec<Reaction> {
        let service = self.service;
        for (at, event) in service.events.iter().enumerate() {
            let other = service.events.iter().take(at).find(|e| e.event == event.event && e.form != event.form);
            if other.is_some() {
                let sentence = format!("the entries of `{}` state it in different forms", event.event);
                self.fault(&["events", &at.to_string()], sentence);
            }
        }
        let all = service.events.iter().enumerate();
        all.filter_map(|(at, event)| self.reaction(&["events", &at.to_string()], event)).collect()
    }

    fn reaction(&mut self, path: &[&str], event: &raw::OnEvent) -> Option<Reaction> {
        let name = event.event.as_str();
        let is_heard = event.heard().is_some();
        if OF_THE_ENGINE.contains(&name) || (name.contains('.') && !is_heard) {
            self.fault(path, format!("the event `{name}` needs a later stage"));
            return None;
        }
        if self.service.remedies.contains_key(name) {
            self.fault(path, format!("`{name}` is a remedy, and what becomes of one is read as `events.{name}`"));
        }
        if !is_heard && !super::ids::is_id(name) {
            self.fault(path, format!("`{name}` is no id: small letters, digits and `_`, a letter first"));
        }
        let (mut steps, mut ends) = (Vec::new(), Vec::new());
        for place in event.within.iter() {
            if self.service.steps.contains_key(place) {
                steps.push(place.clone());
            } else if self.service.ends.contains_key(place) {
                ends.push(place.clone());
            } else {
                self.fault(path, format!("there is no step or end `{place}`"));
            }
        }
        if !steps.is_empty() && !ends.is_empty() {
            self.fault(path, "an event counts in steps or after ends: write an entry for each");
        }
        self.raised_by(path, event);
        let heard = self.heard(path, event);
        let (form, when) = (self.stated(path, event), self.event_guard(path, event));
        let leads = event.go.is_some() || !event.also.is_empty();
        let acts = leads || !event.acts.is_empty() || event.mark.is_some();
        if event.acts.iter().any(|act| act.issue.is_some()) {
            self.fault(path, "a certificate is issued in a step, to which it belongs");
        }
        if event.refuse && [MESSAGE, PAYMENT].contains(&name) {
            self.fault(path, "what has been written or paid is not refused");
        }
        if name == PAYMENT && !ends.is_empty() {
            self.fault(path, "money that comes after an end goes back: it raises nothing");
        }
        if event.refuse && acts {
            self.fault(path, "what is refused leads nowhere");
        }
        if !ends.is_empty() && !event.refuse && event.go.is_none() {
            self.fault(path, "after an end an event leads somewhere: `go`");
        }
        if event.clock.is_some() && event.go.is_none() {
            self.fault(path, "only where the case goes elsewhere does its time begin anew: `go`");
        }
        let arrow = raw::Arrow {
            go: event.go.clone(),
            also: event.also.clone(),
            acts: event.acts.clone(),
            clock: event.clock,
            mark: event.mark.clone(),
            ..raw::Arrow::default()
        };
        let arrow = match (acts, event.go.is_some()) {
            (false, _) => None,
            (true, true) => Some(self.arrow(path, &arrow)?),
            // The steps that are open stay so.
            (true, false) => Some(self.arrow(path, &raw::Arrow { go: Some("done".into()), ..arrow })?),
        };
        let trigger = self.trigger(path, event, when.as_ref());
        let by = event.by.iter().cloned().collect();
        let (event, refuse) = (event.event.clone(), event.refuse);
        Some(Reaction { event, steps, ends, by, form, when, refuse, arrow, trigger, heard })
    }

    /// The change of a register that raises it and the record that it is about, or the end of a case and which.
    fn heard(&mut self, path: &[&str], event: &raw::OnEvent) -> Option<Heard> {
        let Some((register, change)) = event.heard() else {
            if event.key.is_some() {
                self.fault(path, "only what a register or another case raises is about the one of a `key`");
            }
            return None;
        };
        if event.of_case().is_none() && !self.registers.contains_key(register) {
            self.fault(path, format!("there is no register `{register}`"));
        }
        if !super::ids::is_id(change) {
            self.fault(path, format!("`{change}` is no name of a change"));
        }
        self.tells(path, register, change);
        if event.refuse {
            self.fault(path, "what has happened elsewhere is not refused");
        }
        let Some(key) = &event.key else {
            self.fault(path, "it does not say which record or case concerns this one: `key`");
            return None;
        };
        let key = self.expression(path, key)?;
        self.weighed(path, &key);
        if super::waits::timed(&key) {
            self.fault(path, format!("`{}` is another one with time alone", key.source()));
        }
        let is_key = |of: &Type| matches!(of, Type::Any | Type::Text | Type::Number);
        let fits = match key.result() {
            Type::List(items) => is_key(items),
            of => is_key(of),
        };
        if !fits {
            self.fault(path, format!("`{}` is no key: a key is a text or a number", key.source()));
        }
        Some(Heard { register: register.to_owned(), change: change.to_owned(), key })
    }

    /// What makes it happen, where nobody raises it.
    fn trigger(&mut self, path: &[&str], event: &raw::OnEvent, when: Option<&Expression>) -> Option<Trigger> {
        if event.until.is_some() && event.every.is_none() {
            self.fault(path, "`until` is for what happens `every` so often");
        }
        if event.day.is_some() && event.every.is_none() {
            self.fault(path, "`day` is for what happens `every` so often");
        }
        if event.again && (event.at.is_some() || event.every.is_some() || !event.happens()) {
            self.fault(path, "`again` is for what happens when its `when` becomes true");
        }
        if !event.happens() {
            return None;
        }
        if event.form.is_some() || event.refuse || event.is_the_engines() || !event.by.is_empty() {
            self.fault(path, "what happens by itself is neither stated nor refused, and nobody raises it");
        }
        if self.service.events.iter().filter(|other| other.event == event.event).count() > 1 {
            self.fault(path, format!("`{}` happens by itself: it has one entry", event.event));
        }
        match (&event.at, &event.every) {
            (Some(_), Some(_)) => {
                self.fault(path, "it happens `at` a moment or `every` so often");
                None
            }
            (Some(at), None) => self.moment(path, at).map(Trigger::At),
            (None, Some(every)) => {
                let until = event.until.as_ref().and_then(|until| self.moment(path, until));
                let span = self.span(path, every)?;
                let day = event.day.as_ref().and_then(|day| self.recurring(path, day, &span));
                Some(Trigger::Every { span, day, until })
            }
            (None, None) => {
                if let Some(when) = when.filter(|when| super::waits::timed(when)) {
                    let sentence = format!("`{}` becomes true by time alone: `at` a moment", when.source());
                    self.fault(path, sentence);
                }
                Some(Trigger::Becomes { again: event.again })
            }
        }
    }

    fn recurring(&mut self, path: &[&str], day: &str, span: &Span) -> Option<Recurring> {
        let Some(recurring) = Recurring::parse(day) else {
            self.fault(path, format!("`{day}` is no day of a month (`15`) or of a week (`sunday`)"));
            return None;
        };
        match span {
            Span::Fixed(every) if recurring.is_of(*every) => Some(recurring),
            _ => {
                let sentence =
                    "`day` goes with `every` so many months or years (`15`) or weeks (`sunday`), written as a duration";
                self.fault(path, sentence);
                None
            }
        }
    }

    fn raised_by(&mut self, path: &[&str], event: &raw::OnEvent) {
        if event.is_the_engines() {
            if !event.by.is_empty() || event.form.is_some() {
                let sentence = format!("`{}` is raised by the engine: it has neither `by` nor `form`", event.event);
                self.fault(path, sentence);
            }
            return;
        }
        if event.by.is_empty() && !event.happens() {
            self.fault(path, format!("nobody may raise `{}`: `by` names parties or roles", event.event));
        }
        for by in event.by.iter() {
            let party = by == "applicant" || self.service.parties.contains_key(by);
            if !party && !self.country.agencies.roles.contains_key(by) {
                self.fault(path, format!("`{by}` is neither a party nor a role"));
            }
        }
    }

    fn stated(&mut self, path: &[&str], event: &raw::OnEvent) -> Option<Arc<Form>> {
        let form = self.event_forms.get(event.form.as_ref()?)?.clone();
        if let Shape::Object(members) = form.shape() {
            for taken in members.keys().filter(|m| OF_EVENTS.contains(&m.as_str())).cloned().collect::<Vec<_>>() {
                self.fault(path, format!("`{taken}` cannot be stated: every event has it already"));
            }
        }
        Some(form)
    }

    fn event_guard(&mut self, path: &[&str], event: &raw::OnEvent) -> Option<Expression> {
        let known = Known {
            service: self.service,
            params: self.params,
            form: None,
            step_forms: &self.step_forms,
            event_forms: &self.event_forms,
            registers: &self.registers,
            sheets: &self.sheets,
        };
        let before = self.names.clone();
        let stated = of_event(event, &known);
        self.names.insert("event", stated);
        if event.of_case().is_some() {
            self.names.insert("record", super::names::of_ended());
        }
        if let Some(register) = event.of_register().and_then(|(register, _)| self.registers.get(register)) {
            self.names.insert("record", super::names::of_shape(register.schema.shape()));
        }
        let guard = self.guard(path, event.when.as_ref());
        self.names = before;
        guard
    }
}

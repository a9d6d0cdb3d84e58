//! Who begins a case, and which changes of registers open one: checked and compiled.

use indexmap::IndexMap;

use super::compile::Compiler;
use super::language as raw;
use super::language::Starter;
use super::names::of_shape;
use crate::engine::feel::{Expression, Names, Type};
use crate::engine::forms::Shape;
use crate::kernel::Assurance;

#[derive(Debug)]
pub struct Start {
    pub by: Vec<Starter>,
    pub first: String,
    pub needs_form: bool,
    pub needs_documents: bool,
    pub helper: Option<String>,
    /// How sure a sign-in must be of who it is.
    pub assurance: Assurance,
    pub when: Option<Expression>,
    /// Changes of registers that open a case by themselves.
    pub opened_by: Vec<OpenedBy>,
}

/// A change of a register that opens a case, in which everything is read from the `record`.
#[derive(Debug)]
pub struct OpenedBy {
    pub register: String,
    pub change: String,
    pub when: Option<Expression>,
    /// Whose case it is: a person as forms state one.
    pub starter: Expression,
    /// What is filled in already.
    pub form: IndexMap<String, Expression>,
}

/// Changes that open cases of one service.
const CHANGES_MAX: usize = 20;

impl Compiler<'_> {
    pub(super) fn start(&mut self) -> Start {
        let start = &self.service.start;
        if start.by.is_empty() {
            self.fault(&["start", "by"], "nobody may start it");
        }
        if start.by.contains(&raw::Starter::Officer) {
            let documents = start.needs.as_ref().is_none_or(|needs| needs.contains(&raw::Need::Documents));
            if documents {
                let sentence = "an officer hands in no documents: `needs` asks for none at first";
                self.fault(&["start", "by"], sentence);
            }
            if !self.service.steps.values().any(|step| step.task.is_some()) {
                self.fault(&["start", "by"], "no officer has a task in it, so none may open a case");
            }
        }
        if let Some(role) = &start.helper {
            self.role(&["start", "helper"], role);
        }
        self.step_id(&["start", "first"], &start.first);
        let only_cases = start.by.iter().all(|by| *by == raw::Starter::Case);
        if start.by.contains(&raw::Starter::Case) && !only_cases && self.hears_remedies() {
            self.fault(&["start", "by"], "what is heard as a remedy is opened by nobody else");
        }
        let needs = start.needs.clone().unwrap_or_else(|| vec![raw::Need::Form, raw::Need::Documents]);
        Start {
            by: start.by.clone(),
            first: start.first.clone(),
            needs_form: needs.contains(&raw::Need::Form),
            needs_documents: needs.contains(&raw::Need::Documents),
            helper: start.helper.clone(),
            assurance: start.assurance.unwrap_or_default(),
            when: self.guard(&["start", "when"], start.when.as_ref()),
            opened_by: self.opened_by(),
        }
    }

    fn opened_by(&mut self) -> Vec<OpenedBy> {
        let all = &self.service.start.opened_by;
        if all.len() > CHANGES_MAX {
            self.fault(&["start", "opened_by"], format!("there are {CHANGES_MAX} at most"));
        }
        if !all.is_empty()
            && self.service.start.needs.as_ref().is_none_or(|needs| needs.contains(&raw::Need::Documents))
        {
            let sentence = "what a register opens has no documents yet: `needs` asks for none at first";
            self.fault(&["start", "opened_by"], sentence);
        }
        all.iter().filter_map(|one| self.opened(one)).collect()
    }

    fn opened(&mut self, one: &raw::OpenedBy) -> Option<OpenedBy> {
        let path = ["start", "opened_by"];
        let Some(register) = self.registers.get(&one.register) else {
            self.fault(&path, format!("there is no register `{}`", one.register));
            return None;
        };
        // Nothing of the case is there yet: only what is written in the record.
        let names = Names::new().with("record", of_shape(register.schema.shape())).with("today", Type::Date);
        let when = one.when.as_ref().and_then(|when| self.expression_with(&path, when, &names));
        if when.as_ref().is_some_and(|when| !when.result().fits(&Type::Bool)) {
            self.fault(&path, "`when` is neither true nor false");
        }
        when.iter().for_each(|when| self.weighed(&path, when));
        let starter = self.expression_with(&path, &one.starter, &names);
        let members = match self.form.map(crate::engine::forms::Form::shape) {
            Some(Shape::Object(members)) => members.clone(),
            _ => Default::default(),
        };
        let mut form = IndexMap::new();
        for (member, text) in &one.form {
            if !members.contains_key(member) {
                self.fault(&path, format!("the form has no `{member}`"));
            }
            form.extend(self.expression_with(&path, text, &names).map(|value| (member.clone(), value)));
        }
        self.tells(&path, &one.register, &one.change);
        let (register, change) = (one.register.clone(), one.change.clone());
        Some(OpenedBy { register, change, when, starter: starter?, form })
    }
}

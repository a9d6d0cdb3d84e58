//! Cases of another service that a step opens, and what these tell it at their ends.

use indexmap::IndexMap;

use super::compile::Compiler;
use super::language::{self as raw, Awaited};
use super::model::{Definition, Verb};
use super::remedies::{LINK_OFFICE, LINK_OTHERS, LINK_ROLE};
use crate::engine::feel::{Expression, Type};

/// Cases of another service that a step opens.
#[derive(Debug)]
pub struct Opening {
    pub service: String,
    /// Whose cases they are.
    pub party: String,
    /// A list: one case for each `item`; none: one.
    pub each: Option<Expression>,
    pub form: IndexMap<String, Expression>,
    pub wait: Awaited,
}

/// What one end tells.
const GIVEN_MAX: usize = 20;

impl Definition {
    /// Whether its cases are opened by others: as remedies, or by a step.
    #[must_use]
    pub fn is_for_cases(&self) -> bool {
        self.start.by.contains(&raw::Starter::Case)
    }

    /// Whether nobody else opens any.
    #[must_use]
    pub fn is_for_cases_alone(&self) -> bool {
        self.start.by.iter().all(|by| *by == raw::Starter::Case)
    }

    /// Whether its cases know the role, the office or the sides by which a remedy is heard: they are nothing but remedies.
    #[must_use]
    pub fn is_remedy(&self) -> bool {
        let of_link =
            |verb: &Verb| matches!(verb, Verb::Task { role, office, .. } if role == LINK_ROLE || office == LINK_OFFICE);
        self.steps.values().any(|step| of_link(&step.verb)) || self.parties.values().any(|party| party.is_other_side)
    }
}

impl Compiler<'_> {
    pub(super) fn hears_remedies(&self) -> bool {
        let of_link = |task: &raw::Task| task.role == LINK_ROLE || task.office.as_deref() == Some(LINK_OFFICE);
        self.service.steps.values().filter_map(|step| step.task.as_ref()).any(of_link)
            || self.service.parties.values().any(|party| party.from.as_deref() == Some(LINK_OTHERS))
    }

    pub(super) fn opening(&mut self, id: &str, open: &raw::Open, step: &raw::Step) -> Option<Opening> {
        let path = ["steps", id, "open"];
        if open.service == self.id {
            self.fault(&path, "a case does not open another one of its own service");
        }
        if open.wait == Awaited::None && (step.expires.is_some() || step.within.is_some()) {
            self.fault(&["steps", id], "it does not wait for what it opens: it has no `within` and does not expire");
        }
        let party = open.party.clone().unwrap_or_else(|| "applicant".into());
        self.party(&path, &party);
        if self.service.parties.get(&party).is_some_and(|rule| rule.many) {
            self.fault(&path, format!("there are several of the party `{party}`: a case is opened for one"));
        }
        let each = open.each.as_ref().and_then(|each| self.expression(&path, each));
        each.iter().for_each(|each| self.weighed(&path, each));
        let item = match each.as_ref().map(|each| each.result().clone()) {
            None => None,
            Some(Type::List(item)) => Some(*item),
            Some(Type::Any) => Some(Type::Any),
            Some(_) => {
                self.fault(&path, "`each` gives no list");
                return None;
            }
        };
        let names = item.map_or_else(|| self.names.clone(), |item| self.names.clone().with("item", item));
        let mut form = IndexMap::new();
        for (member, text) in &open.with.form {
            let value = self.expression_with(&["steps", id, "open", "with", "form", member], text, &names);
            form.extend(value.map(|value| (member.clone(), value)));
        }
        Some(Opening { service: open.service.clone(), party, each, form, wait: open.wait })
    }

    pub(super) fn gives(&mut self, end: &str, gives: &IndexMap<String, String>) -> IndexMap<String, Expression> {
        let path = ["ends", end, "gives"];
        if !gives.is_empty() && !self.is_for_cases() {
            self.fault(&path, "only a service that another case opens (`by: [case]`) tells it something");
        }
        if gives.len() > GIVEN_MAX {
            self.fault(&path, format!("{GIVEN_MAX} at most"));
        }
        let mut all = IndexMap::new();
        for (name, text) in gives {
            all.extend(self.expression(&path, text).map(|value| (name.clone(), value)));
        }
        all
    }
}

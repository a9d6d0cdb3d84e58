//! What is done at once: checked and compiled.

use indexmap::IndexMap;

use super::compile::Compiler;
use super::language as raw;
use super::model::{Act, ActVerb, Definition, Verb};
use super::reactions::PUBLIC;
use crate::engine::feel::{Expression, Type};

impl Definition {
    /// Every act that there is.
    pub fn acts(&self) -> impl Iterator<Item = &Act> {
        let done = self.steps.values().flat_map(|step| match &step.verb {
            Verb::Do(acts) => acts.as_slice(),
            _ => &[],
        });
        done.chain(self.arrows().flat_map(|arrow| arrow.acts.iter()))
    }

    /// What a text may name beside what every notice does.
    pub fn told_with(&self, told: &str) -> impl Iterator<Item = &IndexMap<String, Expression>> {
        self.acts().filter_map(move |act| match &act.verb {
            ActVerb::Tell { text, with, .. } if text == told => Some(with),
            _ => None,
        })
    }
}

impl Compiler<'_> {
    pub(super) fn acts(&mut self, path: &[&str], acts: &[raw::Act], in_step: bool) -> Vec<Act> {
        acts.iter().filter_map(|act| self.act(path, act, in_step)).collect()
    }

    fn act(&mut self, path: &[&str], act: &raw::Act, in_step: bool) -> Option<Act> {
        let each = act.each.as_ref().and_then(|each| self.expression(path, each));
        let before = self.names.clone();
        if let Some(each) = &each {
            self.weighed(path, each);
            let item = match each.result() {
                Type::List(items) => (**items).clone(),
                Type::Any => Type::Any,
                _ => {
                    self.fault(path, format!("`{}` is no list", each.source()));
                    Type::Any
                }
            };
            self.names.insert("item", item);
        }
        let when = self.guard(path, act.when.as_ref());
        let verb = self.act_verb(path, act, in_step);
        self.names = before;
        Some(Act { verb: verb?, when, each })
    }

    fn act_verb(&mut self, path: &[&str], act: &raw::Act, in_step: bool) -> Option<ActVerb> {
        match (&act.record, &act.issue, &act.revoke, &act.tell, &act.refund) {
            (Some(record), None, None, None, None) if in_step => self.record(path, record),
            (Some(_), None, None, None, None) => {
                self.fault(
                    path,
                    "a register is changed in a step of its own (`do`), which has an arrow for a conflict",
                );
                None
            }
            (None, Some(issue), None, None, None) => {
                self.template(path, issue);
                Some(ActVerb::Issue { template: issue.clone() })
            }
            (None, None, Some(revoke), None, None) => {
                self.template(path, &revoke.template);
                if !self.service.reasons.contains_key(&revoke.reason) {
                    self.fault(path, format!("the reason `{}` is not declared under `reasons`", revoke.reason));
                }
                Some(ActVerb::Revoke { template: revoke.template.clone(), reason: revoke.reason.clone() })
            }
            (None, None, None, Some(tell), None) => {
                let party = tell.who == "applicant" || self.service.parties.contains_key(&tell.who);
                let agencies = &self.country.agencies;
                let known = agencies.roles.contains_key(&tell.who) || agencies.authorities.contains_key(&tell.who);
                if !party && !known && tell.who != PUBLIC {
                    let sentence = format!("`{}` is neither a party, a role, an authority nor `public`", tell.who);
                    self.fault(path, sentence);
                }
                let mut with = IndexMap::new();
                for (name, source) in &tell.with {
                    if !super::ids::is_id(name) {
                        self.fault(path, format!("`{name}` is no id: small letters, digits and `_`, a letter first"));
                    }
                    with.extend(self.expression(path, source).map(|value| (name.clone(), value)));
                }
                if act.each.is_some() && !with.is_empty() {
                    self.fault(path, "what a text names is read when it is sent: there is no `item` then");
                }
                Some(ActVerb::Tell { who: tell.who.clone(), text: tell.text.clone(), with })
            }
            (None, None, None, None, Some(refund)) => Some(self.refund(path, refund)),
            _ => {
                self.fault(path, "an act is one of `record`, `issue`, `revoke`, `tell` and `refund`");
                None
            }
        }
    }

    fn refund(&mut self, path: &[&str], refund: &raw::Refund) -> ActVerb {
        let (fee, amount) = match refund {
            raw::Refund::Fee(fee) => (fee, None),
            raw::Refund::Part(part) => (&part.fee, self.expression(path, &part.amount)),
        };
        if !self.service.fees.contains_key(fee) {
            self.fault(path, format!("there is no fee `{fee}`"));
        }
        if let Some(amount) = amount.as_ref() {
            self.weighed(path, amount);
            if !matches!(amount.result(), Type::Number | Type::Any) {
                self.fault(path, format!("`{}` is no amount", amount.source()));
            }
        }
        ActVerb::Refund { fee: fee.clone(), amount }
    }

    fn template(&mut self, path: &[&str], template: &str) {
        if !self.templates.contains(template) {
            self.fault(path, format!("there is no template `{template}.html`"));
        }
    }
}

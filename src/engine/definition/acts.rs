//! What is done at once: checked and compiled.

use super::compile::Compiler;
use super::language as raw;
use super::model::{Act, ActVerb};
use crate::engine::feel::Type;

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
                if !party && !self.country.agencies.roles.contains_key(&tell.who) {
                    self.fault(path, format!("`{}` is neither a party nor a role", tell.who));
                }
                Some(ActVerb::Tell { who: tell.who.clone(), text: tell.text.clone() })
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

//! Steps, arrows and acts of a definition.

use indexmap::IndexMap;

use super::compile::Compiler;
use super::expiry::{Expiry, Silence, Until};
use super::language as raw;
use super::model::{ActVerb, Arrow, Step, Target, Verb};
use super::remedies::{LINK_OFFICE, LINK_ROLE};
use crate::engine::feel::Type;

/// Officers who do one task.
const OFFICERS_MAX: u32 = 20;
/// Outcome of a step that has only one.
const DONE: &str = "done";

impl Compiler<'_> {
    pub(super) fn steps(&mut self) -> IndexMap<String, Step> {
        let mut steps = IndexMap::new();
        for (id, step) in &self.service.steps {
            if let Some(compiled) = self.step(id, step) {
                steps.insert(id.clone(), compiled);
            }
        }
        steps
    }

    fn step(&mut self, id: &str, step: &raw::Step) -> Option<Step> {
        let path = ["steps", id];
        let count = [
            step.task.is_some(),
            step.ask.is_some(),
            step.charge.is_some(),
            step.lookup.is_some(),
            step.decide.is_some(),
            step.wait.is_some(),
            step.acts.is_some(),
            step.reserve.is_some(),
            step.together.is_some(),
            step.open.is_some(),
        ];
        if count.iter().filter(|c| **c).count() > 1 {
            self.fault(&path, format!("the step `{id}` has more than one verb"));
        }
        let verb = self.verb(id, step)?;
        let outcomes = self.outcomes(id, step, &verb);
        let within = step.within.as_ref().and_then(|w| self.span(&["steps", id, "within"], w));
        let expires = step.expires.as_ref().and_then(|e| self.expiry(id, e, &outcomes));
        let nobody =
            matches!(verb, Verb::Do(_) | Verb::Junction | Verb::Decide { .. } | Verb::Lookup { .. } | Verb::Reserve(_));
        if (nobody && (within.is_some() || step.expires.is_some()))
            || (matches!(verb, Verb::Wait { .. } | Verb::Together { .. }) && within.is_some())
        {
            self.fault(&path, format!("the step `{id}` waits for nobody: it has no `within` and does not expire"));
        }
        Some(Step { verb, outcomes, within, expires, stands: step.clock == raw::ClockRule::Stands })
    }

    fn verb(&mut self, id: &str, step: &raw::Step) -> Option<Verb> {
        if let Some(task) = &step.task {
            return Some(self.task(id, task));
        }
        if let Some(ask) = &step.ask {
            return self.ask(id, ask);
        }
        if let Some(charge) = &step.charge {
            if !self.service.fees.contains_key(&charge.fee) {
                self.fault(&["steps", id, "charge"], format!("there is no fee `{}`", charge.fee));
            }
            let of = charge.of.clone().unwrap_or_else(|| "applicant".into());
            self.party(&["steps", id, "charge"], &of);
            return Some(Verb::Charge { fee: charge.fee.clone(), of });
        }
        if let Some(lookup) = &step.lookup {
            return self.lookup(id, lookup);
        }
        if let Some(raw::Decide { table }) = &step.decide {
            if !self.sheets.contains_key(table) {
                self.fault(&["steps", id, "decide"], format!("there is no table `{table}`"));
            }
            return Some(Verb::Decide { table: table.clone() });
        }
        if let Some(wait) = &step.wait {
            return self.wait(id, wait, step.expires.is_some());
        }
        if let Some(reserve) = &step.reserve {
            return self.reserve(id, reserve).map(Verb::Reserve);
        }
        if let Some(together) = &step.together {
            return Some(self.together(id, together, step.clock));
        }
        if let Some(open) = &step.open {
            return Some(Verb::Open(Box::new(self.opening(id, open, step)?)));
        }
        match &step.acts {
            Some(acts) => Some(Verb::Do(self.acts(&["steps", id, "do"], acts, true))),
            None => Some(Verb::Junction),
        }
    }

    fn task(&mut self, id: &str, task: &raw::Task) -> Verb {
        let path = ["steps", id, "task"];
        let office = task.office.clone().unwrap_or_else(|| "competent".into());
        let (role_linked, office_linked) = (task.role == LINK_ROLE, office == LINK_OFFICE);
        if (role_linked || office_linked) && !self.is_for_cases() {
            self.fault(&path, "`link` is there only in a service that another case opens (`by: [case]`)");
        }
        if office != "competent" && !office_linked && !self.service.offices.contains_key(&office) {
            self.fault(&path, format!("`{office}` is not declared under `offices`"));
        }
        match (role_linked, office_linked) {
            (true, _) => {}
            (false, true) => self.role(&path, &task.role),
            (false, false) => self.role_at(&path, &task.role, &office),
        }
        for step in task.not_by.iter().filter(|s| *s != "start") {
            self.step_id(&path, step);
        }
        let form = self.step_forms.remove(id);
        let meeting = task.meeting.as_ref().and_then(|meeting| self.meeting(id, meeting));
        let advice = task.advice.clone();
        if let Some(table) = advice.as_ref().filter(|table| !self.sheets.contains_key(*table)) {
            self.fault(&path, format!("there is no table `{table}`"));
        }
        let need = task.need.unwrap_or(1);
        if !(1..=OFFICERS_MAX).contains(&need) {
            self.fault(&path, format!("`need` is 1 to {OFFICERS_MAX} officers"));
        }
        let (role, not_by, declare) = (task.role.clone(), task.not_by.clone(), task.declare);
        Verb::Task { role, office, not_by, need, declare, form, advice, meeting }
    }

    fn lookup(&mut self, id: &str, lookup: &raw::Lookup) -> Option<Verb> {
        let path = ["steps", id, "lookup"];
        for field in &lookup.take {
            self.register_field(&path, &lookup.register, field);
        }
        if !self.registers.contains_key(&lookup.register) {
            self.fault(&path, format!("there is no register `{}`", lookup.register));
        }
        if lookup.purpose.trim().is_empty() {
            self.fault(&path, "a look-up says its purpose");
        }
        let record =
            self.registers.get(&lookup.register).map_or(Type::Any, |r| super::names::of_shape(r.schema.shape()));
        let names = self.names.clone().with("record", record);
        let mut test = IndexMap::new();
        for (name, question) in &lookup.test {
            let compiled = self.expression_with(&path, question, &names);
            if compiled.as_ref().is_some_and(|c| !c.result().fits(&Type::Bool)) {
                self.fault(&path, format!("`{question}` is neither true nor false"));
            }
            compiled.iter().for_each(|question| self.weighed(&path, question));
            test.extend(compiled.map(|c| (name.clone(), c)));
        }
        let key = self.key(&path, &lookup.key)?;
        let (register, purpose) = (lookup.register.clone(), lookup.purpose.clone());
        Some(Verb::Lookup { register, key, take: lookup.take.clone(), test, purpose })
    }

    pub(super) fn party(&mut self, path: &[&str], party: &str) {
        if party != "applicant" && !self.service.parties.contains_key(party) {
            self.fault(path, format!("there is no party `{party}`"));
        }
    }

    fn outcomes(&mut self, id: &str, step: &raw::Step, verb: &Verb) -> IndexMap<String, Vec<Arrow>> {
        let mut outcomes = IndexMap::new();
        let path = ["steps", id, "outcomes"];
        let before = self.findings.count();
        match (&step.next, &step.outcomes) {
            (Some(_), Some(_)) => self.fault(&path, format!("the step `{id}` has both `next` and `outcomes`")),
            (None, None) => self.fault(&["steps", id], format!("nothing leads on from the step `{id}`")),
            (Some(next), None) => drop(outcomes.insert(DONE.to_owned(), self.arrows(&["steps", id, "next"], next))),
            (None, Some(named)) => {
                for (name, arrows) in named {
                    let compiled = self.arrows(&["steps", id, "outcomes", name], arrows);
                    outcomes.insert(name.clone(), compiled);
                }
            }
        }
        if self.findings.count() > before {
            // A guard that could not be read would look like none.
            return outcomes;
        }
        let records = matches!(verb, Verb::Do(acts) if acts.iter().any(|a| matches!(a.verb, ActVerb::Record(_))));
        let needed: &[&str] = match verb {
            Verb::Lookup { .. } => &["done", "none", "down"],
            Verb::Do(_) if records => &["done", "conflict"],
            Verb::Reserve(_) => &["done", "conflict"],
            Verb::Task { .. } => &[],
            _ => &["done"],
        };
        for outcome in needed.iter().filter(|o| !outcomes.contains_key(**o)) {
            self.fault(&["steps", id], format!("the step `{id}` has no arrow for the outcome `{outcome}`"));
        }
        if !needed.is_empty() {
            for extra in outcomes.keys().filter(|o| !needed.contains(&o.as_str())).cloned().collect::<Vec<_>>() {
                self.fault(&path, format!("the step `{id}` never has the outcome `{extra}`"));
            }
        }
        // Wherever somebody chooses among several, an outcome may be on offer or not; nowhere else may a case get stuck.
        let chosen = matches!(verb, Verb::Task { .. }) && outcomes.len() > 1;
        for (outcome, arrows) in outcomes.iter().filter(|_| !chosen) {
            if arrows.last().is_some_and(|a| a.when.is_some()) {
                let sentence = format!(
                    "of `{id}`, the last arrow of `{outcome}` has a guard: nothing leads on where it does not hold"
                );
                let path = ["steps", id, "outcomes", outcome.as_str()];
                let main = self.main();
                self.findings.add(&main, &path, sentence);
            }
        }
        let guarded = |arrows: &Vec<Arrow>| arrows.last().is_some_and(|a| a.when.is_some());
        if chosen && outcomes.values().all(guarded) {
            self.fault(&path, format!("every outcome of `{id}` has a guard: where none holds, nobody can go on"));
        }
        for arrows in outcomes.values() {
            let guarded = arrows.iter().position(|a| a.when.is_none());
            if guarded.is_some_and(|at| at + 1 < arrows.len()) {
                let main = self.main();
                self.findings.add(
                    &main,
                    &path,
                    format!("of `{id}`, an arrow after one without a guard is never taken"),
                );
            }
        }
        outcomes
    }

    pub(super) fn arrows(&mut self, path: &[&str], arrows: &raw::Arrows) -> Vec<Arrow> {
        match arrows {
            raw::Arrows::To(to) => self.target(path, to).map(simple).into_iter().collect(),
            raw::Arrows::One(arrow) => self.arrow(path, arrow).into_iter().collect(),
            raw::Arrows::List(list) => {
                if list.is_empty() {
                    self.fault(path, "a list of arrows without an arrow leads nowhere");
                }
                list.iter().flat_map(|one| self.arrows(path, one)).collect()
            }
        }
    }

    pub(super) fn arrow(&mut self, path: &[&str], arrow: &raw::Arrow) -> Option<Arrow> {
        let when = self.guard(path, arrow.when.as_ref());
        let acts = self.acts(path, &arrow.acts, false);
        let also: Vec<String> = arrow.also.iter().cloned().collect();
        for step in &also {
            self.step_id(path, step);
        }
        self.reasons(path, arrow.decision, &arrow.reasons);
        if arrow.last.is_some() && arrow.decision.is_none() {
            self.fault(path, "only a decision is `final`");
        }
        let Some(go) = &arrow.go else {
            self.fault(path, "an arrow says where it goes: `go`");
            return None;
        };
        let to = self.target(path, go)?;
        let (decision, reasons, mark) = (arrow.decision, arrow.reasons.clone(), arrow.mark.clone());
        let afresh = arrow.clock == Some(raw::ArrowClock::Restart);
        Some(Arrow {
            when,
            to,
            also,
            acts,
            decision,
            reasons,
            afresh,
            mark,
            leave: arrow.leave,
            last: arrow.last.clone(),
        })
    }

    fn reasons(&mut self, path: &[&str], decision: Option<raw::Decision>, reasons: &[String]) {
        if decision == Some(raw::Decision::Adverse) && reasons.is_empty() {
            self.fault(path, "an adverse decision lists the reasons that it may be given for");
        }
        for reason in reasons.iter().filter(|r| !self.service.reasons.contains_key(*r)).cloned().collect::<Vec<_>>() {
            self.fault(path, format!("the reason `{reason}` is not declared under `reasons`"));
        }
    }

    fn target(&mut self, path: &[&str], to: &str) -> Option<Target> {
        if self.service.steps.contains_key(to) {
            Some(Target::Step(to.to_owned()))
        } else if self.service.ends.contains_key(to) {
            Some(Target::End(to.to_owned()))
        } else if to == "done" {
            Some(Target::Done)
        } else {
            self.fault(path, format!("there is no step or end `{to}`"));
            None
        }
    }

    fn expiry(&mut self, id: &str, expiry: &raw::Expiry, outcomes: &IndexMap<String, Vec<Arrow>>) -> Option<Expiry> {
        let path = ["steps", id, "expires"];
        let until = match (&expiry.after, &expiry.at) {
            (Some(after), None) => self.span(&path, after).map(Until::After),
            (None, Some(at)) => self.moment(&path, at).map(Until::At),
            _ => {
                self.fault(&path, "it expires either `after` a duration or `at` a moment");
                None
            }
        };
        let takes = match (&expiry.outcome, &expiry.go) {
            (Some(outcome), None) => {
                match outcomes.get(outcome) {
                    None => self.fault(&path, format!("the step has no outcome `{outcome}`")),
                    Some(arrows) => self.silent_outcome(&path, outcome, arrows),
                }
                Silence::Outcome(outcome.clone())
            }
            (None, Some(go)) => {
                self.reasons(&path, expiry.decision, &expiry.reasons);
                if expiry.decision == Some(raw::Decision::Adverse) && self.service.legal_basis.automated.is_none() {
                    let sentence = "an adverse decision without an officer needs `legal_basis.automated`";
                    self.fault(&path, sentence);
                }
                let acts = self.acts(&path, &expiry.acts, false);
                let to = self.target(&path, go)?;
                let (decision, reasons, mark) = (expiry.decision, expiry.reasons.clone(), expiry.mark.clone());
                Silence::Arrow(Box::new(Arrow { acts, decision, reasons, mark, ..simple(to) }))
            }
            _ => {
                self.fault(&path, "what expires either goes somewhere (`go`) or counts as an outcome (`as`)");
                return None;
            }
        };
        Some(Expiry { until: until?, takes })
    }

    /// Silence waits for no guard and has no officer: what it counts as must lead on, and decide as the law allows.
    fn silent_outcome(&mut self, path: &[&str], outcome: &str, arrows: &[Arrow]) {
        if arrows.last().is_some_and(|a| a.when.is_some()) {
            let sentence = format!(
                "silence counts as `{outcome}`, whose last arrow has a guard: nothing leads on where it does not hold"
            );
            self.fault(path, sentence);
        }
        let adverse = arrows.iter().any(|a| a.decision == Some(raw::Decision::Adverse));
        if adverse && self.service.legal_basis.automated.is_none() {
            self.fault(path, "an adverse decision without an officer needs `legal_basis.automated`");
        }
    }
}

fn simple(to: Target) -> Arrow {
    let (also, acts, reasons) = (vec![], vec![], vec![]);
    Arrow { when: None, to, also, acts, decision: None, reasons, afresh: false, mark: None, leave: false, last: None }
}

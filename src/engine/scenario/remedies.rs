//! Remedies of a story: cases that are opened against what was decided in others, and what they come to there.

use serde_json::{Value, json};

use super::Line;
use super::people::person;
use super::run::{MAIN, World};
use crate::engine::definition::{Definition, Verb, cases_of};
use crate::engine::workflow::{
    Command, Event, Link, Linked, MOOT, Refusal, StepKind, What, Worker, excluded, instance,
};
use crate::kernel::CaseId;

/// The same id for the same case of a story.
pub(super) fn id_of(name: &str) -> CaseId {
    CaseId(person(&format!("case {name}")).0)
}

impl<'a> World<'a> {
    pub(super) fn def_of(&self, case: &str) -> &'a Definition {
        let service = self.cases.get(case).and_then(|played| played.service.as_ref());
        service.and_then(|service| self.linked.get(service)).unwrap_or(self.main)
    }

    pub(super) fn name_of(&self, case: CaseId) -> Option<String> {
        self.cases.keys().find(|name| id_of(name) == case).cloned()
    }

    /// The parties of a case that somebody is.
    pub(super) fn parties_of(&self, case: Option<&str>, by: &str) -> Result<Vec<String>, String> {
        let id = json!(person(by));
        // Whoever may sign for an organisation is on its side.
        let signs = |one: &str| {
            let of = |(organisation, signers): (&String, &Vec<String>)| {
                signers.iter().any(|signer| signer == by)
                    && (one == organisation || json!(one) == json!(person(organisation)))
            };
            self.scenario.given.organisations.iter().any(of)
        };
        let is = |stated: &Value| {
            stated.get("id").is_some_and(|one| *one == id || one.as_str().is_some_and(|one| one == by || signs(one)))
        };
        let parties = self.case(case)?.case.data.parties.iter().filter(|(_, stated)| match stated {
            Value::Array(list) => list.iter().any(is),
            one => is(one),
        });
        Ok(parties.map(|(party, _)| party.clone()).collect())
    }

    /// Lodges a remedy: nothing of it is done where any part of it is refused.
    pub(super) fn remedy(&mut self, by: &str, remedy: &str, line: &Line) -> Result<(), String> {
        let of = line.case.as_deref().unwrap_or(MAIN);
        let name = line.name.as_deref().ok_or("the case that is opened has no name: `as`")?;
        if self.cases.contains_key(name) {
            return Err(format!("there is a case `{name}` already"));
        }
        let (def, main, linked) = (self.def, self.main, self.linked);
        let case = self.case(Some(of))?.case.clone();
        let version = |service: &str, _: &str| if service == main.id { Some(main) } else { linked.get(service) };
        let found = match instance(def, &case.flow, id_of(of), remedy, version) {
            Ok(found) => found,
            Err(refusal) => {
                self.refused = Some(refusal);
                return Ok(());
            }
        };
        let mine = self.parties_of(Some(of), by)?;
        let may = def.remedies.get(remedy).map(|rule| rule.by.clone()).unwrap_or_default();
        let Some(party) = may.into_iter().find(|party| mine.contains(party)) else {
            self.refused = Some(Refusal::NoRemedy);
            return Ok(());
        };
        let before = self.cases.clone();
        let root = self.name_of(found.root).ok_or("the first case is none of the story")?;
        let (case_id, level, doer) = (id_of(name), found.level, self.doer(by));
        let (remedy, within) = (remedy.to_owned(), found.rule.within);
        let lodge = Command::Lodge { case: case_id, remedy, level, within, party: party.clone(), by: doer };
        self.command(Some(of), &lodge)?;
        if root != of && self.refused.is_none() {
            let remedy = found.remedy.clone();
            let further = Command::Further { case: case_id, remedy, level, party: party.clone(), by: doer };
            self.command(Some(&root), &further)?;
        }
        if self.refused.is_none() {
            let link = Link {
                of: id_of(of),
                reference: case.data.reference.clone(),
                root: found.root,
                service: found.root_service,
                version: found.root_version,
                remedy: found.remedy,
                level,
                role: found.rule.role,
                office: found.rule.office.unwrap_or_else(|| "upper".into()),
            };
            let linked = Linked::Remedy { link: Box::new(link), excluded: excluded(&case.flow) };
            let others =
                case.data.parties.iter().filter(|(name, _)| !mine.contains(name)).flat_map(
                    |(_, stated)| match stated {
                        Value::Array(list) => list.clone(),
                        Value::Null => Vec::new(),
                        one => vec![one.clone()],
                    },
                );
            self.open_linked(by, name, &found.service, linked, others.collect(), line)?;
        }
        if self.refused.is_some() {
            self.cases = before;
        }
        Ok(())
    }

    fn open_linked(
        &mut self,
        by: &str,
        name: &str,
        service: &str,
        linked: Linked,
        others: Vec<Value>,
        line: &Line,
    ) -> Result<(), String> {
        let played = self.cases.entry(name.to_owned()).or_default();
        played.service = Some(service.to_owned());
        self.def = self.def_of(name);
        let mut statement = match self.statement(line, Some(name), by, line.form.clone())? {
            Ok(statement) => statement,
            Err(refusal) => {
                self.refused = Some(refusal);
                return Ok(());
            }
        };
        for (party, _) in self.def.parties.iter().filter(|(_, rule)| rule.is_other_side) {
            statement.parties.insert(party.clone(), Value::Array(others.clone()));
        }
        let by = self.doer(by);
        let papers = statement.documents.clone();
        let submit = Command::Submit { by, reference: name.to_owned(), statement, linked: Some(linked) };
        self.command(Some(name), &submit)?;
        if let Some(played) = self.cases.get_mut(name) {
            played.papers = papers;
        }
        Ok(())
    }

    /// What follows in other cases: the end of a remedy where it has effect, and the end of one that became moot.
    pub(super) fn onwards(&mut self, name: &str, events: &[Event]) -> Result<(), String> {
        for event in events {
            match &event.what {
                What::Closed { end, result } => {
                    let case = &self.case(Some(name))?.case;
                    let (of, version) = (cases_of(&self.def_of(name).id), i64::from(case.flow.seq));
                    let reference = case.data.reference.clone();
                    let record = json!({"reference": reference, "end": end, "result": result.word()});
                    self.changed(&of, &reference, end, version, record);
                    if *end != MOOT {
                        self.settle(name, end)?;
                    }
                    self.tell_parent(name, end)?;
                }
                What::StepEntered { verb: StepKind::Open, token, step, .. } if !self.is_walk => {
                    self.open_children(name, step, *token)?;
                }
                What::StepLeft { token, step } | What::StepCancelled { token, step } => {
                    self.give_up_children(name, step, *token)?;
                }
                What::AppealMoot { case } => {
                    if let Some(other) = self.name_of(*case) {
                        self.command(Some(&other), &Command::Moot)?;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn settle(&mut self, name: &str, end: &str) -> Result<(), String> {
        let Some(played) = self.cases.get(name) else { return Ok(()) };
        let Some(link) = played.case.flow.link.clone() else { return Ok(()) };
        let deciders: Vec<_> = played.case.flow.deciders.iter().copied().collect();
        let mut told = vec![link.of];
        if link.root != link.of {
            told.push(link.root);
        }
        for case in told {
            let other = self.name_of(case).ok_or("a case that a remedy is against is none of the story")?;
            self.command(
                Some(&other),
                &Command::Settle { case: id_of(name), end: end.to_owned(), deciders: deciders.clone() },
            )?;
        }
        Ok(())
    }

    pub(super) fn recuse(&mut self, by: &str, step: &str, line: &Line) -> Result<(), String> {
        let flow = &self.case(line.case.as_deref())?.case.flow;
        let Some(token) = flow.tokens.iter().find(|(_, t)| t.step == step).map(|(id, _)| *id) else {
            self.refused = Some(Refusal::NoLongerActive);
            return Ok(());
        };
        let by = self.worker(by);
        self.command(line.case.as_deref(), &Command::Recuse { token, by })
    }

    pub(super) fn extend(&mut self, by: &str, reason: &str, line: &Line) -> Result<(), String> {
        let by = self.worker(by);
        self.command(line.case.as_deref(), &Command::Extend { by, reason: reason.to_owned() })
    }

    pub(super) fn worker(&self, by: &str) -> Worker {
        let roles = self.scenario.given.officers.get(by).map(super::Officer::roles).unwrap_or_default();
        Worker { doer: self.doer(by), roles }
    }

    /// Whether the step is one for officers.
    pub(super) fn is_task(&self, step: &str) -> bool {
        matches!(self.def.steps.get(step).map(|s| &s.verb), Some(Verb::Task { .. }))
    }
}

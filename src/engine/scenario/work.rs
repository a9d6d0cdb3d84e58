//! What people do in the steps of a story: they pay, and complete what is asked of them.

use super::Line;
use super::run::{MAIN, World};
use crate::engine::definition::{Mode, Verb};
use crate::engine::workflow::{Command, Completion, DemandState, Refusal, TokenId, amended};

/// What a story's people sign: a form does not change under their hands.
const SIGNED: &str = "form";

impl World<'_> {
    pub(super) fn pay(&mut self, step: &str, line: &Line) -> Result<(), String> {
        let name = line.case.as_deref();
        let case = &self.case(name)?.case;
        let tokens = case.flow.tokens.iter().filter(|(_, t)| t.step == step);
        let due =
            tokens.map(|(id, _)| *id).find(|id| case.flow.demands.get(id).is_some_and(|d| d.state == DemandState::Due));
        // Money may come for a step that has ended: its last demand.
        let fee = match self.def.steps.get(step).map(|s| &s.verb) {
            Some(Verb::Charge { fee, .. }) => fee,
            _ => return Err(format!("`{step}` charges nothing")),
        };
        let last = || case.flow.demands.iter().rev().find(|(_, d)| d.fee == *fee).map(|(id, _)| *id);
        let demand = due.or_else(last).ok_or_else(|| format!("nothing was ever demanded in `{step}`"))?;
        self.command(name, &Command::Paid { demand })
    }

    pub(super) fn complete(&mut self, by: &str, step: &str, line: &Line) -> Result<(), String> {
        let name = line.case.as_deref();
        let case = &self.case(name)?.case;
        let open = case.flow.tokens.iter().filter(|(_, t)| t.step == step).map(|(id, _)| *id).next();
        let Some(token) = open else {
            self.refused = Some(if case.flow.is_open() { Refusal::NoLongerActive } else { Refusal::Closed });
            return Ok(());
        };
        let verb = self.def.steps.get(step).map(|s| &s.verb);
        let own = matches!(verb, Some(Verb::Task { .. } | Verb::Ask { own: Some(_), .. }));
        let asks_form = matches!(verb, Some(Verb::Ask { form: true, .. }));
        let signed = matches!(verb, Some(Verb::Ask { signature: true, .. })).then(|| SIGNED.to_owned());
        let is_task = self.is_task(step);
        let draft = self.case(name)?.draft.clone().filter(|_| asks_form);
        let (form, answers) = if own { (None, line.form.clone()) } else { (line.form.clone().or(draft), None) };
        // Members of the form are stated alone.
        let form = match (verb, form) {
            (Some(Verb::Ask { fields, .. }), Some(given)) if !fields.is_empty() => {
                let (form, faults) = amended(&self.case(name)?.case.data.form, fields, &given);
                if !faults.is_empty() {
                    self.refused = Some(Refusal::Invalid(faults));
                    return Ok(());
                }
                Some(form)
            }
            (_, form) => form,
        };
        let stated = form.clone();
        let statement = match self.statement(line, name, by, form)? {
            Ok(statement) => statement,
            Err(refusal) => {
                self.refused = Some(refusal);
                return Ok(());
            }
        };
        let worker = self.worker(by);
        if is_task {
            let untied = line.declares.unwrap_or(true);
            self.command(name, &Command::Claim { token, by: worker.clone(), untied })?;
            if self.refused.is_some() {
                return Ok(());
            }
        }
        let completion = Completion {
            outcome: line.outcome.clone(),
            answers,
            statement,
            reasons: line.reasons.clone(),
            grounds: line.grounds.clone(),
            signed: signed.filter(|_| line.signs.unwrap_or(true)),
        };
        let papers = completion.statement.documents.clone();
        self.command(name, &Command::Complete { token, by: worker, completion: Box::new(completion) })?;
        if let Some(played) = self.cases.get_mut(name.unwrap_or(MAIN)) {
            played.draft = stated.or(played.draft.take());
            played.papers = papers;
        }
        Ok(())
    }
}

impl World<'_> {
    pub(super) fn book(&mut self, by: &str, step: &str, line: &Line) -> Result<(), String> {
        let at = line.at.ok_or("an appointment is `at` a day and a time")?;
        let at = self.def.time.instant(at)?;
        let Some(token) = self.token(step, line)? else { return Ok(()) };
        let mode = if line.online { Mode::Online } else { Mode::InPerson };
        let mut worker = self.worker(by);
        worker.roles.extend(self.parties_of(line.case.as_deref(), by)?);
        self.command(line.case.as_deref(), &Command::Book { token, at, mode, by: worker })
    }

    pub(super) fn unbook(&mut self, by: &str, step: &str, line: &Line) -> Result<(), String> {
        let Some(token) = self.token(step, line)? else { return Ok(()) };
        let by = self.worker(by);
        self.command(line.case.as_deref(), &Command::Unbook { token, by })
    }

    fn token(&mut self, step: &str, line: &Line) -> Result<Option<TokenId>, String> {
        let flow = &self.case(line.case.as_deref())?.case.flow;
        let found = flow.tokens.iter().find(|(_, t)| t.step == step).map(|(id, _)| *id);
        if found.is_none() {
            self.refused = Some(Refusal::NoLongerActive);
        }
        Ok(found)
    }
}

//! Who has a task in hand: claiming, giving back, handing over, and who may not.

use serde_json::json;

use super::clock::in_words;
use super::command::Worker;
use super::decide::Turn;
use super::event::{Doer, What};
use super::eyes::{barred, undeclared};
use super::refusal::Refusal;
use super::state::{StepKind, TokenId};
use crate::engine::definition::Verb;
use crate::kernel::PersonId;

/// The name of what is kept of tasks that went to another office among the events of the case.
const TRANSFER: &str = "transfer";

impl Turn<'_> {
    /// Whoever has the task already may still say that nothing ties him.
    pub(super) fn claim(&mut self, token: TokenId, by: &Worker, untied: bool) -> Result<(), Refusal> {
        self.open()?;
        let found = self.active(token)?;
        self.may_act(&found.step, by)?;
        if found.holder.is_some_and(|holder| holder != by.doer.person) {
            return Err(Refusal::AlreadyClaimed);
        }
        if untied && undeclared(self.def, &self.case.flow, &found.step, by.doer.person) {
            self.emit(What::Declared { person: by.doer.person });
        }
        self.declared(&found.step, by.doer.person)?;
        match found.holder {
            Some(_) => Ok(()),
            None => {
                self.emit(What::Claimed { token, by: by.doer.person });
                Ok(())
            }
        }
    }

    /// Where the task asks for it, whoever does it has said that nothing ties him to anybody in the case.
    pub(super) fn declared(&self, step: &str, person: PersonId) -> Result<(), Refusal> {
        if undeclared(self.def, &self.case.flow, step, person) { Err(Refusal::NotDeclared) } else { Ok(()) }
    }

    pub(super) fn release(&mut self, token: TokenId, by: PersonId) -> Result<(), Refusal> {
        self.open()?;
        match self.active(token)?.holder {
            Some(holder) if holder == by => {
                self.emit(What::Released { token });
                Ok(())
            }
            Some(_) => Err(Refusal::NotHolder),
            None => Ok(()),
        }
    }

    pub(super) fn assign(&mut self, token: TokenId, to: &Worker) -> Result<(), Refusal> {
        self.open()?;
        let found = self.active(token)?;
        self.may_act(&found.step, to)?;
        if found.holder != Some(to.doer.person) {
            self.emit(What::Claimed { token, by: to.doer.person });
        }
        Ok(())
    }

    /// The task goes to another office, for a reason in words: where nobody is left at its desk, say. An appointment that
    /// was made there is cancelled.
    pub(super) fn transfer(&mut self, token: TokenId, office: &str, by: Doer, reason: &str) -> Result<(), Refusal> {
        self.open()?;
        let found = self.active(token)?;
        if found.kind != StepKind::Task {
            return Err(Refusal::WrongKind);
        }
        in_words(reason)?;
        if found.office.as_deref() == Some(office) {
            return Ok(());
        }
        let transfer = json!({"at": self.at, "by": by.person, "step": found.step, "office": office, "reason": reason});
        self.note_event(TRANSFER, transfer)?;
        if let (Some(_), Some(meeting)) = (found.booked, super::meeting(self.def, &found.step)) {
            self.emit(What::Unbooked { token, with: meeting.with.clone(), by });
        }
        self.emit(What::Transferred { token, office: office.to_owned(), by });
        Ok(())
    }

    /// Role and four eyes: at claim, at assignment and again at completion. `not_by` works in both directions, over
    /// every visit, for the one acting and the one acted for.
    pub(super) fn may_act(&self, step: &str, by: &Worker) -> Result<(), Refusal> {
        let Some(Verb::Task { role, not_by, .. }) = self.def.steps.get(step).map(|s| &s.verb) else {
            return Err(Refusal::WrongKind);
        };
        if !by.roles.iter().any(|held| held == self.case.flow.role_for(role)) {
            return Err(Refusal::WrongRole);
        }
        // Of several officers, each has one say.
        if self.case.flow.has_voted(step, by.doer) {
            return Err(Refusal::FourEyes(step.to_owned()));
        }
        self.four_eyes(step, not_by, by)
    }

    /// Whoever keeps out does so for the whole case, and gives back what was claimed.
    pub(super) fn recuse(&mut self, token: TokenId, by: &Worker) -> Result<(), Refusal> {
        self.open()?;
        let found = self.active(token)?;
        match self.may_act(&found.step, by) {
            // Four eyes keep somebody from one step; recusal is for good.
            Ok(()) | Err(Refusal::FourEyes(_)) => {}
            Err(Refusal::Recused) => return Ok(()),
            Err(refusal) => return Err(refusal),
        }
        let person = by.doer.person;
        let held = self.case.flow.tokens.iter().filter(|(_, t)| t.ready.is_none() && t.holder == Some(person));
        for token in held.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.emit(What::Released { token });
        }
        self.emit(What::Recused { person });
        Ok(())
    }

    pub(super) fn four_eyes(&self, step: &str, not_by: &[String], by: &Worker) -> Result<(), Refusal> {
        if by.doer.persons().any(|person| self.case.flow.recused.contains(&person)) {
            return Err(Refusal::Recused);
        }
        match barred(self.def, &self.case.flow, step, not_by, by.doer) {
            Some(done) => Err(Refusal::FourEyes(done.to_owned())),
            None => Ok(()),
        }
    }
}

//! Cases that stand still: facts are taken in, nothing moves, and no time passes, until the last hold is lifted.

use jiff::{Timestamp, ToSpan};
use serde_json::json;

use super::clock::in_words;
use super::command::Worker;
use super::decide::Turn;
use super::event::{Doer, Moved, What};
use super::refusal::Refusal;

/// The name of what is kept of holds among the events of the case.
const HOLD: &str = "hold";

impl Turn<'_> {
    /// The office lets the case stand still, for a reason in words.
    pub(super) fn hold(&mut self, hold: &str, by: &Worker, reason: &str) -> Result<(), Refusal> {
        self.open()?;
        self.may_hold(hold, by)?;
        in_words(reason)?;
        if self.case.flow.holds.contains(hold) {
            return Err(Refusal::Held);
        }
        self.note_event(HOLD, json!({"at": self.at, "by": by.doer.person, "hold": hold, "reason": reason}))?;
        self.emit(What::Held { hold: hold.to_owned(), by: Some(by.doer) });
        Ok(())
    }

    /// And lets it go on.
    pub(super) fn resume(&mut self, hold: &str, by: &Worker) -> Result<(), Refusal> {
        self.open()?;
        self.may_hold(hold, by)?;
        if !self.case.flow.holds.contains(hold) {
            return Err(Refusal::NotHeld);
        }
        self.unhold(hold, Some(by.doer));
        Ok(())
    }

    fn may_hold(&self, hold: &str, by: &Worker) -> Result<(), Refusal> {
        let rule = self.def.holds.get(hold).ok_or(Refusal::NoSuchHold)?;
        if by.doer.persons().any(|person| self.case.flow.recused.contains(&person)) {
            return Err(Refusal::Recused);
        }
        if rule.by.iter().any(|role| by.roles.contains(role)) { Ok(()) } else { Err(Refusal::WrongRole) }
    }

    /// Lifts a hold, if it stands. With the last one, what a step had left of its time when the case came to stand still, or
    /// when it was entered if that was later, it has still.
    pub(super) fn unhold(&mut self, hold: &str, by: Option<Doer>) {
        let Some(since) = self.case.flow.held_since.filter(|_| self.case.flow.holds.contains(hold)) else { return };
        let is_last = self.case.flow.holds.len() == 1;
        let moved: Vec<Moved> = self
            .case
            .flow
            .tokens
            .iter()
            .filter(|(_, t)| t.ready.is_none() && (t.target.is_some() || t.expires.is_some()))
            .map(|(id, t)| {
                let from = since.max(t.entered);
                let move_on = |due: Option<Timestamp>| due.map(|due| self.later(due, from));
                let target = if t.overdue { t.target } else { move_on(t.target) };
                Moved { token: *id, target, expires: move_on(t.expires), remind: move_on(t.remind) }
            })
            .collect();
        let moved = if is_last { moved } else { Vec::new() };
        self.emit(What::Unheld { hold: hold.to_owned(), by, moved });
    }

    /// A deadline moved by the days from an instant until now.
    fn later(&self, due: Timestamp, from: Timestamp) -> Timestamp {
        let days = (self.def.time.day_of(self.at) - self.def.time.day_of(from)).get_days();
        let moved = due.to_zoned(self.def.time.zone().clone()).checked_add(days.days());
        moved.map_or(due, |moved| moved.timestamp())
    }
}

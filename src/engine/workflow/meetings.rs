//! Appointments: which slots there are for a task, who makes one, and that the task is not done before it.

use jiff::Timestamp;

use super::command::Worker;
use super::decide::Turn;
use super::event::What;
use super::refusal::Refusal;
use super::state::{Booking, Token, TokenId};
use crate::engine::definition::{Definition, Meeting, Mode, Verb};

/// The meeting of a step.
#[must_use]
pub fn meeting<'d>(def: &'d Definition, step: &str) -> Option<&'d Meeting> {
    match def.steps.get(step).map(|s| &s.verb) {
        Some(Verb::Task { meeting, .. }) => meeting.as_deref(),
        _ => None,
    }
}

/// The slots that a meeting can be in, as of now, free or not, earliest first.
#[must_use]
pub fn slots(def: &Definition, token: &Token, meeting: &Meeting, now: Timestamp) -> Vec<(Timestamp, Timestamp)> {
    let first = token.earliest.map_or(now, |earliest| earliest.max(now));
    let last = meeting.slots.open_ahead.end(first, &def.time);
    meeting.slots.between(first, last, &def.time)
}

impl<'d> Turn<'d> {
    pub(super) fn book(&mut self, token: TokenId, at: Timestamp, mode: Mode, by: &Worker) -> Result<(), Refusal> {
        self.open()?;
        let found = self.active(token)?;
        let meeting = self.booked_by(&found, by)?;
        if found.earliest.is_some_and(|earliest| at < earliest) || at < self.at {
            return Err(Refusal::TooEarly);
        }
        let slot = slots(self.def, &found, meeting, self.at).into_iter().find(|(begins, _)| *begins == at);
        let (_, until) = slot.filter(|_| meeting.slots.modes.contains(&mode)).ok_or(Refusal::NoSuchSlot)?;
        let booking = Booking { at, until, mode };
        if found.booked != Some(booking) {
            self.emit(What::Booked { token, booking, with: meeting.with.clone(), by: by.doer });
        }
        Ok(())
    }

    pub(super) fn unbook(&mut self, token: TokenId, by: &Worker) -> Result<(), Refusal> {
        self.open()?;
        let found = self.active(token)?;
        let meeting = self.booked_by(&found, by)?;
        if found.booked.is_some() {
            self.emit(What::Unbooked { token, with: meeting.with.clone(), by: by.doer });
        }
        Ok(())
    }

    /// Whoever has the role of the task, and the parties that may choose.
    fn booked_by(&self, found: &Token, by: &Worker) -> Result<&'d Meeting, Refusal> {
        let def = self.def;
        let meeting = meeting(def, &found.step).ok_or(Refusal::WrongKind)?;
        if by.roles.iter().any(|role| meeting.booked_by.contains(role)) {
            return Ok(meeting);
        }
        self.may_act(&found.step, by).map(|()| meeting)
    }

    /// A task that is a meeting is done when its appointment has begun.
    pub(super) fn has_met(&self, found: &Token) -> Result<(), Refusal> {
        if meeting(self.def, &found.step).is_none() {
            return Ok(());
        }
        match found.booked {
            None => Err(Refusal::NotBooked),
            Some(booking) if booking.at > self.at => Err(Refusal::TooEarly),
            Some(_) => Ok(()),
        }
    }
}

//! The legal clock. A day counts if the clock ran when it began: an interval (a, b] counts the days d with a < d <= b.

use jiff::Timestamp;
use serde_json::json;

use super::command::Worker;
use super::decide::Turn;
use super::event::What;
use super::grounds::GROUNDS_MAX;
use super::refusal::Refusal;
use super::state::{Run, StepKind, Token};
use crate::engine::calendar::{Duration, Unit};
use crate::kernel::Fault;

/// Under which name the reasons of extensions are kept beside what was raised.
const EXTENSION: &str = "extension";

/// A reason that somebody states in words, of a length that is kept.
pub(super) fn in_words(reason: &str) -> Result<(), Refusal> {
    if reason.trim().is_empty() {
        return Err(Refusal::Invalid(vec![Fault::new("/reason", "required")]));
    }
    if reason.chars().count() > GROUNDS_MAX {
        return Err(Refusal::Invalid(vec![Fault::new("/reason", "max_length").with("limit", GROUNDS_MAX)]));
    }
    Ok(())
}

impl Turn<'_> {
    pub(super) fn counted(&self) -> u32 {
        let clock = &self.case.flow.clock;
        let today = self.def.time.day_of(self.at);
        let running = match (clock.run, clock.since) {
            (Run::Running, Some(since)) => self.days_between(since, today),
            _ => 0,
        };
        clock.counted.saturating_add(running)
    }

    fn days_between(&self, after: jiff::civil::Date, until: jiff::civil::Date) -> u32 {
        if self.case.flow.clock.working {
            return self.def.time.working_between(after, until);
        }
        u32::try_from((until - after).get_days()).unwrap_or(0)
    }

    pub(super) fn start_clock(&mut self) -> Result<(), Refusal> {
        let Some(limit) = &self.def.time_limit else { return Ok(()) };
        let span = self.view().span(&limit.within)?;
        let day = self.def.time.day_of(self.at);
        let due = span.end(self.at, &self.def.time);
        let (limit, working) = match span.unit() {
            Unit::WorkingDays => (span.count(), true),
            // Weeks, months and years are the days that they come to from here.
            _ => {
                let last = self.def.time.day_of(due).yesterday().unwrap_or(day);
                (u32::try_from((last - day).get_days()).unwrap_or(0), false)
            }
        };
        self.emit(What::ClockStarted { limit, working, day, due });
        Ok(())
    }

    pub(super) fn stop_clock(&mut self) {
        if matches!(self.case.flow.clock.run, Run::Running | Run::Suspended) {
            let (counted, day) = (self.counted(), self.def.time.day_of(self.at));
            self.emit(What::ClockStopped { counted, day });
        }
    }

    /// Suspended if and only if a step waits for which the limit stands, and none for which it runs. Derived after each
    /// move, never toggled: the first of two answers must not resume it.
    pub(super) fn sync_clock(&mut self) {
        // What has branches waits for them, whose steps say whether the limit stands.
        let waits = |t: &&Token| t.ready.is_none() && t.kind != StepKind::Together;
        let waiting = || self.case.flow.tokens.values().filter(waits);
        let stands = waiting().any(|t| t.stands) && waiting().all(|t| t.stands) || self.case.flow.is_held();
        let day = self.def.time.day_of(self.at);
        match self.case.flow.clock.run {
            Run::Running if stands => {
                let counted = self.counted();
                self.emit(What::ClockSuspended { counted, day });
            }
            Run::Suspended if !stands => {
                let clock = &self.case.flow.clock;
                let due = (!clock.expired).then(|| self.due_after(day, clock.limit.saturating_sub(clock.counted)));
                self.emit(What::ClockResumed { day, due });
            }
            _ => {}
        }
    }

    /// Extends the limit, for a reason in words, as often as the definition lets it be in one run.
    pub(super) fn extend(&mut self, by: &Worker, reason: &str) -> Result<(), Refusal> {
        self.open()?;
        let rule = self.def.time_limit.as_ref().and_then(|limit| limit.extend.as_ref()).ok_or(Refusal::NotNow)?;
        if !by.roles.contains(&rule.role) {
            return Err(Refusal::WrongRole);
        }
        in_words(reason)?;
        let clock = &self.case.flow.clock;
        let is_open = matches!(clock.run, Run::Running | Run::Suspended) && !clock.expired;
        if !is_open || clock.extended >= rule.times {
            return Err(Refusal::ClockNotOpen);
        }
        let today = self.def.time.day_of(self.at);
        let last = self.def.time.day_of(rule.by.end(self.at, &self.def.time)).yesterday().unwrap_or(today);
        let days = match (rule.by.unit(), clock.working) {
            (Unit::WorkingDays, true) => rule.by.count(),
            _ => self.days_between(today, last),
        };
        let left = (clock.limit + days).saturating_sub(clock.counted);
        let due = clock.since.filter(|_| clock.run == Run::Running).map(|since| self.due_after(since, left));
        self.note_event(EXTENSION, json!({"at": self.at, "by": by.doer.person, "reason": reason}))?;
        self.emit(What::ClockExtended { days, due, by: by.doer });
        Ok(())
    }

    /// With nothing left the office still has one working day.
    fn due_after(&self, day: jiff::civil::Date, left: u32) -> Timestamp {
        let unit = if self.case.flow.clock.working { Unit::WorkingDays } else { Unit::Days };
        let span = if left == 0 { Duration::new(1, Unit::WorkingDays) } else { Duration::new(left, unit) };
        let from = self.def.time.start_of(day);
        span.map_or(from, |span| span.end(from, &self.def.time))
    }
}

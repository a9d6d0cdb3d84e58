//! The legal clock. A day counts if the clock ran when it began: an interval (a, b] counts the days d with a < d <= b.

use jiff::Timestamp;

use super::command::Refusal;
use super::decide::Turn;
use super::event::What;
use super::state::Run;
use crate::engine::calendar::{Duration, Unit};

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

    /// Suspended if and only if a step waits for which the limit stands, and none for which it runs. Derived after each
    /// move, never toggled: the first of two answers must not resume it.
    pub(super) fn sync_clock(&mut self) {
        let waiting = || self.case.flow.tokens.values().filter(|t| t.ready.is_none());
        let stands = waiting().any(|t| t.stands) && waiting().all(|t| t.stands);
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

    /// With nothing left the office still has one working day.
    fn due_after(&self, day: jiff::civil::Date, left: u32) -> Timestamp {
        let unit = if self.case.flow.clock.working { Unit::WorkingDays } else { Unit::Days };
        let span = if left == 0 { Duration::new(1, Unit::WorkingDays) } else { Duration::new(left, unit) };
        let from = self.def.time.start_of(day);
        span.map_or(from, |span| span.end(from, &self.def.time))
    }
}

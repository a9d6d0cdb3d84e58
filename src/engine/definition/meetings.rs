//! Tasks that are done at an appointment, and the slots that an office has for them: checked, compiled, and worked out.

use jiff::civil::{Date, Time};
use jiff::{Timestamp, ToSpan};

use super::compile::Compiler;
use super::language::{self as raw, Mode};
use super::model::Span;
use crate::engine::calendar::{Duration, OfficeTime, Unit};

/// An appointment at which a task is done.
#[derive(Debug)]
pub struct Meeting {
    pub slots: Slots,
    /// Parties that are invited.
    pub with: Vec<String>,
    /// How long before it they are told at the latest.
    pub notice: Option<Span>,
    /// Parties that may choose the slot.
    pub booked_by: Vec<String>,
}

/// The slots of an office.
#[derive(Debug, Clone)]
pub struct Slots {
    /// By which places are told apart from those of other pools.
    pub pool: String,
    pub from: Time,
    pub until: Time,
    pub minutes: u32,
    pub capacity: u32,
    pub open_ahead: Duration,
    pub modes: Vec<Mode>,
}

/// Most slots that are worked out at once, and days that are looked through for them.
const SLOTS_MAX: usize = 2_000;
const DAYS_MAX: usize = 400;
/// Most places in one slot.
const CAPACITY_MAX: u32 = 1_000;

impl Slots {
    /// The slots that begin in `[from, until)`, on working days, earliest first.
    #[must_use]
    pub fn between(&self, from: Timestamp, until: Timestamp, time: &OfficeTime) -> Vec<(Timestamp, Timestamp)> {
        let mut found = Vec::new();
        let mut day = time.day_of(from);
        for _ in 0..DAYS_MAX {
            if found.len() >= SLOTS_MAX || time.start_of(day) >= until {
                break;
            }
            if time.is_working(day) {
                found.extend(self.on(day, time).into_iter().filter(|(at, _)| *at >= from && *at < until));
            }
            let Ok(next) = day.tomorrow() else { break };
            day = next;
        }
        found.truncate(SLOTS_MAX);
        found
    }

    fn on(&self, day: Date, time: &OfficeTime) -> Vec<(Timestamp, Timestamp)> {
        let mut found = Vec::new();
        let (mut at, end) = (day.to_datetime(self.from), day.to_datetime(self.until));
        while let Ok(next) = at.checked_add(i64::from(self.minutes).minutes()) {
            if next > end {
                break;
            }
            if let (Ok(from), Ok(until)) = (time.instant(at), time.instant(next)) {
                found.push((from, until));
            }
            at = next;
        }
        found
    }
}

impl Compiler<'_> {
    pub(super) fn meeting(&mut self, id: &str, meeting: &raw::Meeting) -> Option<Box<Meeting>> {
        let path = ["steps", id, "task"];
        for party in meeting.with.iter().chain(&meeting.booked_by) {
            self.party(&path, party);
        }
        let notice = meeting.notice.as_ref().and_then(|notice| self.span(&path, notice));
        let slots = self.slots(&path, &meeting.slots)?;
        Some(Box::new(Meeting { slots, with: meeting.with.clone(), notice, booked_by: meeting.booked_by.clone() }))
    }

    fn slots(&mut self, path: &[&str], name: &str) -> Option<Slots> {
        let (file, pool, rule) = self.pool_of(path, name)?;
        let Some(slots) = rule.slots else {
            self.fault(path, format!("the pool `{name}` has no `slots`"));
            return None;
        };
        self.pool(&file, name, pool, &slots)
    }

    fn pool(&mut self, file: &str, name: &str, pool: String, slots: &raw::Slots) -> Option<Slots> {
        let mut fault = |sentence: &str| self.findings.add(file, &[name], sentence);
        let time = |text: &String| text.parse::<Time>().ok();
        let (from, until) = (time(&slots.from), time(&slots.until));
        if from.is_none() || until.is_none() || from >= until {
            fault("`from` and `until` are times of day such as \"10:00\", the first before the last");
        }
        if !(5..=24 * 60).contains(&slots.minutes) {
            fault("a slot has 5 minutes to a day");
        }
        let capacity = slots.capacity.unwrap_or(1);
        if !(1..=CAPACITY_MAX).contains(&capacity) {
            fault("`capacity` is 1 to 1000");
        }
        let open_ahead = Duration::parse(&slots.open_ahead).filter(|d| d.unit() != Unit::Hours);
        if open_ahead.is_none() {
            fault("`open_ahead` is a number of days such as `30 days`");
        }
        let modes = slots.modes.clone().unwrap_or_else(|| vec![Mode::InPerson]);
        if modes.is_empty() {
            fault("there is no way to meet: `modes`");
        }
        let (from, until, open_ahead) = (from?, until?, open_ahead?);
        Some(Slots { pool, from, until, minutes: slots.minutes, capacity, open_ahead, modes })
    }
}

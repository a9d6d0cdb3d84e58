//! A calendar in a time zone: from instants to days and back.

use std::sync::Arc;

use jiff::{
    Timestamp,
    civil::Date,
    tz::{AmbiguousOffset, TimeZone},
};

use super::Calendar;

/// The time of an office: its authority's calendar and zone.
#[derive(Debug, Clone)]
pub struct OfficeTime {
    calendar: Arc<Calendar>,
    zone: TimeZone,
}

impl OfficeTime {
    /// `zone` by its IANA name, such as `Asia/Dhaka`.
    pub fn new(calendar: Arc<Calendar>, zone: &str) -> Result<Self, String> {
        let zone = TimeZone::get(zone).map_err(|_| format!("\"{zone}\" is no IANA time zone"))?;
        Ok(Self { calendar, zone })
    }

    /// The working days.
    #[must_use]
    pub fn calendar(&self) -> &Arc<Calendar> {
        &self.calendar
    }

    /// The zone.
    #[must_use]
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The day on which that instant falls there.
    #[must_use]
    pub fn day_of(&self, instant: Timestamp) -> Date {
        self.zone.to_datetime(instant).date()
    }

    /// The first instant of that day there: midnight, or the moment of the change where the clocks
    /// jump over midnight.
    #[must_use]
    pub fn start_of(&self, day: Date) -> Timestamp {
        let midnight = self.zone.to_ambiguous_timestamp(day.at(0, 0, 0, 0));
        let in_gap = matches!(midnight.offset(), AmbiguousOffset::Gap { .. });
        let Ok(earlier) = midnight.earlier() else {
            return Timestamp::MAX;
        };
        if in_gap {
            // `earlier` reads midnight by the offset after the change, which is before the change.
            self.zone.following(earlier).next().map_or(earlier, |change| change.timestamp())
        } else {
            earlier
        }
    }

    /// Midnight after that day.
    #[must_use]
    pub fn end_of(&self, day: Date) -> Timestamp {
        day.tomorrow().map_or(Timestamp::MAX, |next| self.start_of(next))
    }

    /// The instant of a time of day there, as scenarios write it; skipped times are read as after
    /// the change, repeated ones as the first.
    pub fn instant(&self, local: jiff::civil::DateTime) -> Result<Timestamp, String> {
        self.zone.to_timestamp(local).map_err(|error| error.to_string())
    }

    /// Whether offices are open that day.
    #[must_use]
    pub fn is_working(&self, day: Date) -> bool {
        self.calendar.is_working(day)
    }

    /// Working days d with `after` < d ≤ `until`.
    #[must_use]
    pub fn working_between(&self, after: Date, until: Date) -> u32 {
        self.calendar.working_between(after, until)
    }

    /// The first instant after the `count`-th working day that follows `from`; for 0, the end of
    /// `from` itself.
    #[must_use]
    pub fn after_working(&self, from: Date, count: u32) -> Timestamp {
        self.end_of(self.calendar.nth_working_after(from, count))
    }
}

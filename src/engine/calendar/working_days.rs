//! Which days are working days, from a calendar file, and counting them without walking them.

use std::collections::BTreeMap;

use jiff::{
    Span,
    civil::{Date, Weekday},
};
use serde::Deserialize;

use super::Quiet;

/// Most holidays in one calendar: 40 a year for a hundred years.
const HOLIDAYS_MAX: usize = 4_000;

/// The weekend and the holidays of one place, for the days it covers. Outside of those only
/// weekends are known, so `covers` is to be asked before a far day is promised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Calendar {
    name: String,
    from: Date,
    until: Date,
    /// By days since Monday.
    weekend: [bool; 7],
    /// Day numbers (see `number`) of the holidays that are no weekend days, ascending.
    closed: Vec<i64>,
    /// All of them with their names by language, for display.
    holidays: BTreeMap<Date, BTreeMap<String, String>>,
    /// When nobody is disturbed who has not said otherwise.
    quiet: Option<Quiet>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    weekend: Vec<String>,
    #[serde(default)]
    holidays: Vec<Holiday>,
    from: Date,
    until: Date,
    quiet: Option<Hours>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Hours {
    from: String,
    until: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Holiday {
    date: Date,
    name: BTreeMap<String, String>,
}

impl Calendar {
    /// Reads `_calendar/<name>.yaml`. The error is a sentence after the line that it is about: `line 7: …`.
    pub fn parse(name: &str, text: &str) -> Result<Self, String> {
        let options = serde_saphyr::options! { with_snippet: false };
        let written: Written = serde_saphyr::from_str_with_options(text, options).map_err(|error| {
            let line = error.location().map_or(1, |l| l.line());
            format!("line {line}: {}", error.to_string().lines().next().unwrap_or("cannot be read"))
        })?;
        let line = |words: &str| text.lines().position(|l| l.contains(words)).map_or(1, |at| at + 1);
        let mut weekend = [false; 7];
        for day in &written.weekend {
            let place = WEEKDAYS
                .iter()
                .position(|name| name == day)
                .ok_or_else(|| format!("line {}: \"{day}\" is no day of the week (monday, tuesday, …)", line(day)))?;
            weekend[place] = true;
        }
        if weekend.iter().all(|off| *off) {
            let line = line("weekend");
            return Err(format!("line {line}: every day of the week is a weekend day, so no period would end"));
        }
        if written.until < written.from {
            return Err(format!("line {}: until {} is before from {}", line("until"), written.until, written.from));
        }
        if written.holidays.len() > HOLIDAYS_MAX {
            return Err(format!("more than {HOLIDAYS_MAX} holidays"));
        }
        let quiet = written.quiet.map(|hours| quiet(&hours)).transpose();
        let quiet = quiet.map_err(|sentence| format!("line {}: {sentence}", line("quiet")))?;
        let mut calendar = Self {
            name: name.to_owned(),
            from: written.from,
            until: written.until,
            weekend,
            closed: Vec::new(),
            holidays: BTreeMap::new(),
            quiet,
        };
        for holiday in written.holidays {
            let day = holiday.date.to_string();
            calendar
                .close(holiday.date, holiday.name)
                .map_err(|sentence| format!("line {}: {sentence}", line(&day)))?;
        }
        Ok(calendar)
    }

    /// The same calendar with further holidays, as a scenario sets them.
    pub fn with_holidays(&self, days: &[Date]) -> Result<Self, String> {
        let mut calendar = self.clone();
        for day in days.iter().filter(|day| !self.holidays.contains_key(day)) {
            calendar.close(*day, BTreeMap::new())?;
        }
        Ok(calendar)
    }

    fn close(&mut self, day: Date, name: BTreeMap<String, String>) -> Result<(), String> {
        if !self.covers(day) {
            return Err(format!("holiday {day} is outside {} to {}", self.from, self.until));
        }
        if self.holidays.insert(day, name).is_some() {
            return Err(format!("holiday {day} stands twice"));
        }
        let number = number(day);
        if !self.is_weekend(day)
            && let Err(place) = self.closed.binary_search(&number)
        {
            self.closed.insert(place, number);
        }
        Ok(())
    }

    /// The name of its file.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The last day whose holidays are known.
    #[must_use]
    pub fn until(&self) -> Date {
        self.until
    }

    /// The hours in which nobody is disturbed who has not said otherwise.
    #[must_use]
    pub fn quiet(&self) -> Option<Quiet> {
        self.quiet
    }

    /// Whether the holidays of that day are known.
    #[must_use]
    pub fn covers(&self, day: Date) -> bool {
        (self.from..=self.until).contains(&day)
    }

    /// The holidays with their names by language, in order.
    pub fn holidays(&self) -> impl Iterator<Item = (Date, &BTreeMap<String, String>)> {
        self.holidays.iter().map(|(day, names)| (*day, names))
    }

    /// Whether offices are open that day.
    #[must_use]
    pub fn is_working(&self, day: Date) -> bool {
        !self.is_weekend(day) && self.closed.binary_search(&number(day)).is_err()
    }

    /// Working days d with `after` < d ≤ `until`; 0 where `until` is not later.
    #[must_use]
    pub fn working_between(&self, after: Date, until: Date) -> u32 {
        let (first, last) = (number(after) + 1, number(until));
        if last < first {
            return 0;
        }
        let closed = self.closed.partition_point(|day| *day <= last) - self.closed.partition_point(|day| *day < first);
        let open = self.weekdays_between(first, last) - i64::try_from(closed).unwrap_or(i64::MAX);
        u32::try_from(open).unwrap_or_default()
    }

    /// The `count`-th working day after `from`; `from` itself for 0. The calendar's last day of
    /// all, in 9999, where there is none.
    #[must_use]
    pub fn nth_working_after(&self, from: Date, count: u32) -> Date {
        if count == 0 {
            return from;
        }
        // Each week has a working weekday at least, and each holiday takes away one at most.
        let weeks = i64::from(count) + i64::try_from(self.closed.len()).unwrap_or(0) + 1;
        let (mut low, mut high) = (0, weeks * 7);
        while low + 1 < high {
            let middle = low.midpoint(high);
            if self.working_between(from, shifted(from, middle)) >= count {
                high = middle;
            } else {
                low = middle;
            }
        }
        shifted(from, high)
    }

    pub(super) fn is_weekend(&self, day: Date) -> bool {
        self.weekend[usize::from(day.weekday().to_monday_zero_offset().unsigned_abs())]
    }

    /// Days from `first` to `last`, both included, that are no weekend days.
    fn weekdays_between(&self, first: i64, last: i64) -> i64 {
        let open_a_week = self.weekend.iter().map(|off| i64::from(!off)).sum::<i64>();
        let (weeks, rest) = ((last - first + 1) / 7, (last - first + 1) % 7);
        let in_rest = (0..rest).filter(|offset| {
            let place = usize::try_from((first + offset).rem_euclid(7)).unwrap_or_default();
            !self.weekend[place]
        });
        weeks * open_a_week + i64::try_from(in_rest.count()).unwrap_or_default()
    }
}

fn quiet(hours: &Hours) -> Result<Quiet, String> {
    let (from, until) = (&hours.from, &hours.until);
    match Quiet::parse(from, until) {
        None => Err(format!("quiet from \"{from}\" until \"{until}\": both are times of day such as \"21:00\"")),
        Some(quiet) if quiet.from == quiet.until => {
            Err("quiet hours that end when they begin are none: leave them out".into())
        }
        Some(quiet) => Ok(quiet),
    }
}

pub(super) const WEEKDAYS: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// Days since a Monday (1 January 1 was one), so that the remainder by 7 is the weekday.
fn number(day: Date) -> i64 {
    debug_assert_eq!(EPOCH.weekday(), Weekday::Monday);
    i64::from((day - EPOCH).get_days())
}

const EPOCH: Date = Date::constant(1, 1, 1);

/// That many days on, at most the last day that a date can be.
pub(super) fn shifted(day: Date, days: i64) -> Date {
    Span::new().try_days(days).map_or(Date::MAX, |span| day.saturating_add(span))
}

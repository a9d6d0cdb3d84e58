//! Periods as definitions write them, and when they end.

use std::fmt;

use jiff::{Span, Timestamp, ToSpan};
use serde::{Deserialize, Serialize};

use super::OfficeTime;

/// Longest period that can be written, in years.
const YEARS_MAX: u32 = 100;

/// What a period is counted in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Of 60 minutes each, whatever the clocks do.
    Hours,
    /// Calendar days.
    Days,
    /// Days on which the office is open.
    WorkingDays,
    /// Seven calendar days.
    Weeks,
    /// Calendar months: a month after 31 January is the last day of February.
    Months,
    /// Calendar years: a year after 29 February is 28 February.
    Years,
}

/// A period as definitions write it: `7 days`, `3 working days`, `2 weeks`, `6 months`, `1 years`,
/// `2 hours`. At least one of its unit, at most a hundred years.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Duration {
    count: u32,
    unit: Unit,
}

impl Duration {
    /// `None` for zero and for more than a hundred years.
    #[must_use]
    pub fn new(count: u32, unit: Unit) -> Option<Self> {
        let most = YEARS_MAX
            * match unit {
                Unit::Hours => 366 * 24,
                Unit::Days | Unit::WorkingDays => 366,
                Unit::Weeks => 53,
                Unit::Months => 12,
                Unit::Years => 1,
            };
        (1..=most).contains(&count).then_some(Self { count, unit })
    }

    /// Reads the written form; singular and plural alike.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut words = text.split(' ');
        let count = words.next().filter(|word| word.bytes().all(|b| b.is_ascii_digit()))?;
        let unit = match (words.next()?, words.next(), words.next()) {
            ("hour" | "hours", None, None) => Unit::Hours,
            ("day" | "days", None, None) => Unit::Days,
            ("week" | "weeks", None, None) => Unit::Weeks,
            ("month" | "months", None, None) => Unit::Months,
            ("year" | "years", None, None) => Unit::Years,
            ("working", Some("day" | "days"), None) => Unit::WorkingDays,
            _ => return None,
        };
        Self::new(count.parse().ok()?, unit)
    }

    /// How many.
    #[must_use]
    pub fn count(self) -> u32 {
        self.count
    }

    /// Of what.
    #[must_use]
    pub fn unit(self) -> Unit {
        self.unit
    }

    /// When a period that begins with the event at `from` is over: the midnight after its last
    /// day there. The day of the event does not count. Hours are exact.
    #[must_use]
    pub fn end(self, from: Timestamp, office: &OfficeTime) -> Timestamp {
        let count = i64::from(self.count);
        let day = office.day_of(from);
        let calendar = |span: Span| office.end_of(day.saturating_add(span));
        match self.unit {
            Unit::Hours => from.saturating_add(count.hours()).unwrap_or(Timestamp::MAX),
            Unit::Days => calendar(count.days()),
            Unit::Weeks => calendar(count.weeks()),
            Unit::Months => calendar(count.months()),
            Unit::Years => calendar(count.years()),
            Unit::WorkingDays => office.after_working(day, self.count),
        }
    }
}

impl fmt::Display for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            Unit::Hours => "hours",
            Unit::Days => "days",
            Unit::WorkingDays => "working days",
            Unit::Weeks => "weeks",
            Unit::Months => "months",
            Unit::Years => "years",
        };
        write!(f, "{} {unit}", self.count)
    }
}

impl From<Duration> for String {
    fn from(duration: Duration) -> Self {
        duration.to_string()
    }
}

impl TryFrom<String> for Duration {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        Self::parse(&text)
            .ok_or_else(|| format!("\"{text}\" is no period (such as 7 days, 3 working days, 2 weeks, 6 months)"))
    }
}

//! The days on which something recurs: one of each month, or one of each week.

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};

use super::period::{Duration, Unit};

/// One day of a month or of a week.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recurring {
    /// From 1 to 31; the last one where a month is shorter.
    Month(i8),
    Week(Weekday),
}

impl Recurring {
    /// `15`, or `sunday`; nothing where it is neither.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "monday" => Self::Week(Weekday::Monday),
            "tuesday" => Self::Week(Weekday::Tuesday),
            "wednesday" => Self::Week(Weekday::Wednesday),
            "thursday" => Self::Week(Weekday::Thursday),
            "friday" => Self::Week(Weekday::Friday),
            "saturday" => Self::Week(Weekday::Saturday),
            "sunday" => Self::Week(Weekday::Sunday),
            number => Self::Month(number.parse().ok().filter(|day| (1..=31).contains(day))?),
        })
    }

    /// Whether so long a period has such a day: months and years one of the month, weeks one of the week.
    #[must_use]
    pub fn is_of(self, every: Duration) -> bool {
        match self {
            Self::Month(_) => matches!(every.unit(), Unit::Months | Unit::Years),
            Self::Week(_) => every.unit() == Unit::Weeks,
        }
    }

    /// The first such day after that one.
    #[must_use]
    pub fn after(self, day: Date) -> Date {
        match self {
            Self::Month(_) => {
                let here = self.in_month_of(day);
                if here > day { here } else { self.in_month_of(later(day.first_of_month(), 1)) }
            }
            Self::Week(weekday) => day.nth_weekday(1, weekday).unwrap_or(Date::MAX),
        }
    }

    /// The one that is a period after such a day.
    #[must_use]
    pub fn next(self, day: Date, every: Duration) -> Date {
        let count = i32::try_from(every.count()).unwrap_or(i32::MAX);
        match every.unit() {
            Unit::Years => self.in_month_of(later(day.first_of_month(), count.saturating_mul(12))),
            Unit::Months => self.in_month_of(later(day.first_of_month(), count)),
            _ => day.checked_add(i64::from(count).weeks()).unwrap_or(Date::MAX),
        }
    }

    fn in_month_of(self, day: Date) -> Date {
        match self {
            Self::Month(number) => {
                let number = number.min(day.days_in_month());
                day.with().day(number).build().unwrap_or(day)
            }
            Self::Week(_) => day,
        }
    }
}

fn later(first: Date, months: i32) -> Date {
    first.checked_add(i64::from(months).months()).unwrap_or(Date::MAX)
}

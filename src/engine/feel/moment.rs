//! Days, instants and durations: reading, writing and calendar arithmetic.
//!
//! Adding months keeps the day of the month, or takes the last one of a shorter month (31 January and one month
//! is 28 February). A day of a duration is 24 hours: an instant plus `P1D` is the same instant a day on.

use std::fmt::Write;

use jiff::{SignedDuration, Span, Timestamp, civil, civil::Date, tz::TimeZone};

use super::value::Value;

pub(super) const DAY: i64 = 86_400;

/// `2026-08-03`, and nothing shorter or longer.
pub(super) fn read_date(text: &str) -> Option<Date> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    text.parse().ok()
}

/// An ISO 8601 date with a time. Without an offset it is read in `zone`.
pub(super) fn read_instant(text: &str, zone: impl FnOnce() -> TimeZone) -> Option<Timestamp> {
    if !looks_like_instant(text) {
        return None;
    }
    if let Ok(instant) = text.parse() {
        return Some(instant);
    }
    let local: civil::DateTime = text.parse().ok()?;
    Some(local.to_zoned(zone()).ok()?.timestamp())
}

fn looks_like_instant(text: &str) -> bool {
    let bytes = text.as_bytes();
    (16..=64).contains(&bytes.len()) && bytes[4] == b'-' && bytes[7] == b'-' && matches!(bytes[10], b'T' | b't' | b' ')
}

/// `P15D`, `PT36H`, `-P1Y6M`; also `15 days` and `6 months`, as definitions write durations. Working days need a
/// calendar, which an expression has not; so they are not read.
pub(super) fn read_duration(text: &str) -> Option<Value> {
    let text = text.trim();
    if text.len() > 64 {
        return None;
    }
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    match rest.strip_prefix('P') {
        Some(rest) => read_iso_duration(sign, rest),
        None => read_counted_duration(sign, rest),
    }
}

fn read_iso_duration(sign: i64, text: &str) -> Option<Value> {
    let (day, time) = match text.split_once('T') {
        Some((_, "")) => return None,
        Some((day, time)) => (day, time),
        None => (text, ""),
    };
    let (mut months, mut seconds) = (None, None);
    let calendar = [('Y', 12, true), ('M', 1, true), ('W', 7 * DAY, false), ('D', DAY, false)];
    let clock = [('H', 3_600, false), ('M', 60, false), ('S', 1, false)];
    for (part, units) in [(day, calendar.as_slice()), (time, clock.as_slice())] {
        let mut rest = part;
        for (unit, factor, is_months) in units {
            let Some((count, after)) = rest.split_once(*unit) else {
                continue;
            };
            let amount = whole(count)?.checked_mul(*factor)?.checked_mul(sign)?;
            let sum: &mut Option<i64> = if *is_months { &mut months } else { &mut seconds };
            *sum = Some(sum.unwrap_or(0).checked_add(amount)?);
            rest = after;
        }
        if !rest.is_empty() {
            return None;
        }
    }
    match (months, seconds) {
        (Some(months), None) => Some(Value::MonthDuration(months)),
        (None, Some(seconds)) => Some(Value::DayDuration(seconds)),
        _ => None,
    }
}

fn read_counted_duration(sign: i64, text: &str) -> Option<Value> {
    let (count, unit) = text.split_once(' ')?;
    let count = whole(count)?.checked_mul(sign)?;
    let seconds = |of: i64| count.checked_mul(of).map(Value::DayDuration);
    match unit.trim() {
        "day" | "days" => seconds(DAY),
        "week" | "weeks" => seconds(7 * DAY),
        "hour" | "hours" => seconds(3_600),
        "minute" | "minutes" => seconds(60),
        "month" | "months" => Some(Value::MonthDuration(count)),
        "year" | "years" => count.checked_mul(12).map(Value::MonthDuration),
        _ => None,
    }
}

fn whole(digits: &str) -> Option<i64> {
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| digits.parse().ok()).flatten()
}

pub(super) fn months_text(months: i64) -> String {
    let mut text = String::from(if months < 0 { "-P" } else { "P" });
    let all = months.unsigned_abs();
    let (years, rest) = (all / 12, all % 12);
    if years > 0 {
        let _ = write!(text, "{years}Y");
    }
    if rest > 0 || years == 0 {
        let _ = write!(text, "{rest}M");
    }
    text
}

pub(super) fn seconds_text(seconds: i64) -> String {
    let mut text = String::from(if seconds < 0 { "-P" } else { "P" });
    let all = seconds.unsigned_abs();
    let (days, time) = (all / 86_400, all % 86_400);
    if days > 0 {
        let _ = write!(text, "{days}D");
    }
    if time > 0 || days == 0 {
        text.push('T');
        for (amount, unit) in [(time / 3_600, 'H'), (time / 60 % 60, 'M'), (time % 60, 'S')] {
            if amount > 0 || (unit == 'S' && time == 0) {
                let _ = write!(text, "{amount}{unit}");
            }
        }
    }
    text
}

pub(super) fn add_months(date: Date, months: i64) -> Option<Date> {
    date.checked_add(Span::new().try_months(months).ok()?).ok()
}

/// A date and a part of a day have no sum that is a date: that is `None`.
pub(super) fn add_seconds(date: Date, seconds: i64) -> Option<Date> {
    if seconds % DAY != 0 {
        return None;
    }
    date.checked_add(Span::new().try_days(seconds / DAY).ok()?).ok()
}

pub(super) fn instant_plus_seconds(instant: Timestamp, seconds: i64) -> Option<Timestamp> {
    instant.checked_add(SignedDuration::from_secs(seconds)).ok()
}

/// Months of the calendar in `zone`.
pub(super) fn instant_plus_months(instant: Timestamp, months: i64, zone: TimeZone) -> Option<Timestamp> {
    let span = Span::new().try_months(months).ok()?;
    Some(instant.to_zoned(zone).checked_add(span).ok()?.timestamp())
}

/// Whole months from one day to another, rounded towards zero.
pub(super) fn months_between(from: Date, to: Date) -> i64 {
    let months = |d: Date| i64::from(d.year()) * 12 + i64::from(d.month());
    let gross = months(to) - months(from);
    match gross {
        1.. if to.day() < from.day() => gross - 1,
        ..=-1 if to.day() > from.day() => gross + 1,
        _ => gross,
    }
}

/// A property of a day, such as `year`; Monday is weekday 1.
pub(super) fn date_property(date: Date, name: &str) -> Option<i64> {
    match name {
        "year" => Some(i64::from(date.year())),
        "month" => Some(i64::from(date.month())),
        "day" => Some(i64::from(date.day())),
        "weekday" => Some(i64::from(date.weekday().to_monday_one_offset())),
        _ => None,
    }
}

/// A property of an instant on the clock of `zone`, other than those of its day.
pub(super) fn time_property(instant: Timestamp, zone: TimeZone, name: &str) -> Option<i64> {
    let local = instant.to_zoned(zone);
    match name {
        "hour" => Some(i64::from(local.hour())),
        "minute" => Some(i64::from(local.minute())),
        "second" => Some(i64::from(local.second())),
        _ => None,
    }
}

pub(super) fn day_of(instant: Timestamp, zone: TimeZone) -> Date {
    instant.to_zoned(zone).date()
}

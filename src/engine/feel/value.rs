//! What an expression gives, and how it stands in JSON.

use std::collections::BTreeMap;
use std::fmt::Write;

use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::moment;

/// The result of an expression, or a value put into scope. Owned; nothing in it refers to the data it came from.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    Number(Decimal),
    Text(String),
    Date(Date),
    Instant(Timestamp),
    /// Days and time, in seconds.
    DayDuration(i64),
    /// Years and months, in months.
    MonthDuration(i64),
    List(Vec<Value>),
    Context(BTreeMap<String, Value>),
    Range(Box<Range>),
}

/// From one value to another, with or without the ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Range {
    pub low: Value,
    pub low_closed: bool,
    pub high: Value,
    pub high_closed: bool,
}

impl Value {
    /// Numbers become exact decimals (what does not fit into 28 digits is rounded to them, what is too large is
    /// null); texts stay texts, also those that look like dates.
    #[must_use]
    pub fn from_json(json: &Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(truth) => Self::Bool(*truth),
            Json::Number(number) => decimal(number).map_or(Self::Null, Self::Number),
            Json::String(text) => Self::Text(text.clone()),
            Json::Array(items) => Self::List(items.iter().map(Self::from_json).collect()),
            Json::Object(fields) => {
                Self::Context(fields.iter().map(|(name, value)| (name.clone(), Self::from_json(value))).collect())
            }
        }
    }

    /// A number that JSON's double precision cannot hold exactly becomes a text, so that no money is lost;
    /// dates, instants and durations become ISO 8601 texts.
    #[must_use]
    pub fn to_json(&self) -> Json {
        match self {
            Self::Null => Json::Null,
            Self::Bool(truth) => Json::Bool(*truth),
            Self::Number(number) => number_to_json(*number),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Context(fields) => fields.iter().map(|(name, value)| (name.clone(), value.to_json())).collect(),
            other => Json::String(other.to_text()),
        }
    }

    /// The value as a text, as `string(…)` gives it. Null is empty.
    #[must_use]
    pub fn to_text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Bool(truth) => truth.to_string(),
            Self::Number(number) => number.normalize().to_string(),
            Self::Text(text) => text.clone(),
            Self::Date(date) => date.to_string(),
            Self::Instant(instant) => instant.to_string(),
            Self::DayDuration(seconds) => moment::seconds_text(*seconds),
            Self::MonthDuration(months) => moment::months_text(*months),
            Self::List(_) | Self::Context(_) => self.to_json().to_string(),
            Self::Range(range) => {
                let mut text = String::from(if range.low_closed { "[" } else { "(" });
                // Writing to a text cannot fail.
                let _ = write!(text, "{}..{}", range.low.to_text(), range.high.to_text());
                text.push(if range.high_closed { ']' } else { ')' });
                text
            }
        }
    }

    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }
}

/// A JSON number as the decimal that is written, not as the double nearest to it.
pub(super) fn decimal(number: &serde_json::Number) -> Option<Decimal> {
    if let Some(whole) = number.as_i64() {
        return Some(Decimal::from(whole));
    }
    number.as_f64().and_then(short_decimal).or_else(|| number_text(&number.to_string()))
}

/// Places after the point that are tried, and the powers of ten that go with them.
const TENS: [f64; 7] = [1.0, 10.0, 100.0, 1e3, 1e4, 1e5, 1e6];
/// Below this, a decimal has at most fifteen digits: a double stands for one of those only.
const FIFTEEN_DIGITS: f64 = 1e15;

/// The decimal of few places that a double stands for, where there is one; without the way over its text.
fn short_decimal(double: f64) -> Option<Decimal> {
    TENS.iter().zip(0..).find_map(|(ten, places)| {
        let digits = (double * ten).round();
        let exact = digits.abs() < FIFTEEN_DIGITS && digits / ten == double;
        #[expect(clippy::cast_possible_truncation, reason = "a whole number of at most fifteen digits")]
        exact.then(|| Decimal::new(digits as i64, places))
    })
}

/// `12`, `-3.50`, `1e21`.
pub(super) fn number_text(text: &str) -> Option<Decimal> {
    let text = text.trim();
    if text.contains(['e', 'E']) {
        Decimal::from_scientific(text).ok()
    } else if text.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-')) {
        text.parse().ok()
    } else {
        None
    }
}

fn number_to_json(number: Decimal) -> Json {
    let text = number.normalize().to_string();
    if let Ok(whole) = text.parse::<i64>() {
        return Json::from(whole);
    }
    let double = text.parse().ok().and_then(serde_json::Number::from_f64);
    match double.filter(|double| number_text(&double.to_string()) == Some(number)) {
        Some(double) => Json::Number(double),
        None => Json::String(text),
    }
}

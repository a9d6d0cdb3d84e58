//! Values while an expression is worked out. What comes from the data is borrowed, so a path into a large form
//! costs no copy; what the expression makes is shared.

use std::borrow::Cow;
use std::rc::Rc;

use jiff::{Timestamp, civil::Date};
use rust_decimal::Decimal;
use serde_json::{Map, Value as Json};

use super::value::{self, Value};

#[derive(Debug, Clone)]
pub(super) enum View<'a> {
    Null,
    Bool(bool),
    Number(Decimal),
    /// A text of the data or of the expression.
    Text(&'a str),
    /// A text that was made.
    Made(Rc<str>),
    Date(Date),
    Instant(Timestamp),
    DayDuration(i64),
    MonthDuration(i64),
    /// A list of the data.
    Array(&'a [Json]),
    List(Rc<Vec<View<'a>>>),
    /// A set of fields of the data.
    Object(&'a Map<String, Json>),
    Context(Rc<Entries<'a>>),
    Range(Rc<Bounds<'a>>),
}

pub(super) type Entries<'a> = Vec<(Cow<'a, str>, View<'a>)>;

#[derive(Debug)]
pub(super) struct Bounds<'a> {
    pub low: View<'a>,
    pub low_closed: bool,
    pub high: View<'a>,
    pub high_closed: bool,
}

impl<'a> View<'a> {
    pub(super) fn of_json(json: &'a Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(truth) => Self::Bool(*truth),
            Json::Number(number) => value::decimal(number).map_or(Self::Null, Self::Number),
            Json::String(text) => Self::Text(text),
            Json::Array(items) => Self::Array(items),
            Json::Object(fields) => Self::Object(fields),
        }
    }

    /// Of a value that outlives the evaluation.
    pub(super) fn of_value(value: &'a Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::Bool(*truth),
            Value::Number(number) => Self::Number(*number),
            Value::Text(text) => Self::Text(text),
            Value::Date(date) => Self::Date(*date),
            Value::Instant(instant) => Self::Instant(*instant),
            Value::DayDuration(seconds) => Self::DayDuration(*seconds),
            Value::MonthDuration(months) => Self::MonthDuration(*months),
            Value::List(items) => Self::list(items.iter().map(Self::of_value).collect()),
            Value::Context(fields) => {
                let entries = fields.iter();
                let entries = entries.map(|(name, of)| (Cow::Borrowed(name.as_str()), Self::of_value(of)));
                Self::Context(Rc::new(entries.collect()))
            }
            Value::Range(range) => Self::Range(Rc::new(Bounds {
                low: Self::of_value(&range.low),
                low_closed: range.low_closed,
                high: Self::of_value(&range.high),
                high_closed: range.high_closed,
            })),
        }
    }

    /// Of a value that the scope has made for this evaluation.
    pub(super) fn of_owned(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(truth) => Self::Bool(truth),
            Value::Number(number) => Self::Number(number),
            Value::Text(text) => Self::Made(text.into()),
            Value::Date(date) => Self::Date(date),
            Value::Instant(instant) => Self::Instant(instant),
            Value::DayDuration(seconds) => Self::DayDuration(seconds),
            Value::MonthDuration(months) => Self::MonthDuration(months),
            Value::List(items) => Self::list(items.into_iter().map(Self::of_owned).collect()),
            Value::Context(fields) => {
                let entries = fields.into_iter();
                let entries = entries.map(|(name, of)| (Cow::Owned(name), Self::of_owned(of)));
                Self::Context(Rc::new(entries.collect()))
            }
            Value::Range(range) => Self::Range(Rc::new(Bounds {
                low: Self::of_owned(range.low),
                low_closed: range.low_closed,
                high: Self::of_owned(range.high),
                high_closed: range.high_closed,
            })),
        }
    }

    pub(super) fn list(items: Vec<View<'a>>) -> Self {
        Self::List(Rc::new(items))
    }

    pub(super) fn is_null(&self) -> bool {
        matches!(self, Self::Null)
    }

    pub(super) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Made(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn number(&self) -> Option<Decimal> {
        match self {
            Self::Number(number) => Some(*number),
            _ => None,
        }
    }

    pub(super) fn truth(&self) -> Option<bool> {
        match self {
            Self::Bool(truth) => Some(*truth),
            _ => None,
        }
    }

    /// A number without a fraction that fits.
    pub(super) fn whole(&self) -> Option<i64> {
        let number = self.number()?;
        number.fract().is_zero().then(|| i64::try_from(number).ok()).flatten()
    }

    pub(super) fn is_moment(&self) -> bool {
        matches!(self, Self::Date(_) | Self::Instant(_))
    }

    pub(super) fn is_duration(&self) -> bool {
        matches!(self, Self::DayDuration(_) | Self::MonthDuration(_))
    }

    /// A field by its exact name; `None` if there is none, or this has no fields.
    pub(super) fn entry(&self, name: &str) -> Option<View<'a>> {
        match self {
            Self::Object(fields) => fields.get(name).map(Self::of_json),
            Self::Context(entries) => {
                let found = entries.iter().find(|(known, _)| known == name);
                found.map(|(_, value)| value.clone())
            }
            _ => None,
        }
    }

    /// All fields, in order of the data.
    pub(super) fn entries(&self) -> Option<Entries<'a>> {
        match self {
            Self::Object(fields) => {
                let fields = fields.iter();
                Some(fields.map(|(name, value)| (Cow::Borrowed(name.as_str()), Self::of_json(value))).collect())
            }
            Self::Context(entries) => Some(entries.to_vec()),
            _ => None,
        }
    }
}

/// What a list function goes through. A single value counts as a list of one; null is no list.
pub(super) enum Items<'a> {
    Array(&'a [Json]),
    List(Rc<Vec<View<'a>>>),
    One(View<'a>),
}

impl<'a> Items<'a> {
    pub(super) fn of(view: View<'a>) -> Option<Self> {
        match view {
            View::Null => None,
            View::Array(items) => Some(Self::Array(items)),
            View::List(items) => Some(Self::List(items)),
            other => Some(Self::One(other)),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Array(items) => items.len(),
            Self::List(items) => items.len(),
            Self::One(_) => 1,
        }
    }

    /// Null behind the end.
    pub(super) fn get(&self, index: usize) -> View<'a> {
        let found = match self {
            Self::Array(items) => items.get(index).map(View::of_json),
            Self::List(items) => items.get(index).cloned(),
            Self::One(only) => (index == 0).then(|| only.clone()),
        };
        found.unwrap_or(View::Null)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = View<'a>> {
        (0..self.len()).map(|index| self.get(index))
    }
}

//! The types that the checker knows, and what may meet what. Any value may be null, so null is no special case.

use std::collections::BTreeMap;
use std::fmt;

use super::value::Value;

/// What is known about a value before there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Type {
    /// Nothing is known: allowed everywhere.
    Any,
    /// Only null.
    Null,
    Bool,
    Number,
    Text,
    Date,
    Instant,
    DayDuration,
    MonthDuration,
    List(Box<Type>),
    Context {
        fields: BTreeMap<String, Type>,
        /// Whether there may be fields that are not declared; their type is [`Type::Any`].
        open: bool,
    },
    Range(Box<Type>),
}

impl Type {
    #[must_use]
    pub fn list(items: Type) -> Self {
        Self::List(Box::new(items))
    }

    /// A context that has these fields and no others.
    #[must_use]
    pub fn closed<N: Into<String>>(fields: impl IntoIterator<Item = (N, Type)>) -> Self {
        Self::Context { fields: fields.into_iter().map(|(n, t)| (n.into(), t)).collect(), open: false }
    }

    /// A context that has these fields and perhaps others.
    #[must_use]
    pub fn open<N: Into<String>>(fields: impl IntoIterator<Item = (N, Type)>) -> Self {
        Self::Context { fields: fields.into_iter().map(|(n, t)| (n.into(), t)).collect(), open: true }
    }

    /// Whether a value of this type may stand where `wanted` is asked for.
    #[must_use]
    pub fn fits(&self, wanted: &Type) -> bool {
        match (self, wanted) {
            (Self::Any | Self::Null, _) | (_, Self::Any | Self::Null) => true,
            (Self::List(a), Self::List(b)) | (Self::Range(a), Self::Range(b)) => a.fits(b),
            (Self::Context { .. }, Self::Context { .. }) => true,
            // In data a date is a text.
            (Self::Text, wanted) => wanted.is_moment() || *wanted == Self::Text,
            (a, b) => a == b,
        }
    }

    pub(super) fn unknown(&self) -> bool {
        matches!(self, Self::Any | Self::Null)
    }

    pub(super) fn is_moment(&self) -> bool {
        matches!(self, Self::Date | Self::Instant)
    }

    pub(super) fn is_duration(&self) -> bool {
        matches!(self, Self::DayDuration | Self::MonthDuration)
    }

    /// What both have in common.
    pub(super) fn unify(self, other: Type) -> Type {
        match (self, other) {
            (a, b) if a == b => a,
            (Self::Null, known) | (known, Self::Null) => known,
            (Self::List(a), Self::List(b)) => Self::list(a.unify(*b)),
            (Self::Context { fields: mut a, open: left }, Self::Context { fields: mut b, open: right }) => {
                let same = a.keys().eq(b.keys());
                a.retain(|name, _| b.contains_key(name));
                let fields = a
                    .into_iter()
                    .map(|(name, ty)| {
                        let met = ty.unify(b.remove(&name).unwrap_or(Type::Any));
                        (name, met)
                    })
                    .collect();
                Self::Context { fields, open: left || right || !same }
            }
            _ => Self::Any,
        }
    }

    /// Type of the items, if this can be gone through as a list.
    pub(super) fn items(&self) -> Option<Type> {
        match self {
            Self::Any | Self::Null => Some(Self::Any),
            Self::List(of) => Some((**of).clone()),
            // One person where a list of them may stand.
            Self::Context { .. } => Some(self.clone()),
            Self::Range(of) if **of == Self::Number => Some(Self::Number),
            _ => None,
        }
    }

    /// Whether `=` can ever be anything but null between the two.
    pub(super) fn equals(&self, other: &Type) -> bool {
        match (self, other) {
            (a, b) if a.unknown() || b.unknown() => true,
            (Self::List(a), Self::List(b)) | (Self::Range(a), Self::Range(b)) => a.equals(b),
            (Self::Context { .. }, Self::Context { .. }) | (Self::Bool, Self::Bool) => true,
            _ => self.orders(other),
        }
    }

    /// Whether `<` can ever be anything but null between the two.
    pub(super) fn orders(&self, other: &Type) -> bool {
        match (self, other) {
            (a, b) if a.unknown() => b.unknown() || b.is_ordered(),
            (a, b) if b.unknown() => a.is_ordered(),
            (Self::Text, b) if b.is_moment() || b.is_duration() => true,
            (a, Self::Text) if a.is_moment() || a.is_duration() => true,
            (a, b) if a.is_moment() && b.is_moment() => true,
            (a, b) => a == b && a.is_ordered(),
        }
    }

    fn is_ordered(&self) -> bool {
        matches!(self, Self::Number | Self::Text) || self.is_moment() || self.is_duration()
    }

    pub(super) fn of_value(value: &Value) -> Type {
        match value {
            Value::Null => Self::Null,
            Value::Bool(_) => Self::Bool,
            Value::Number(_) => Self::Number,
            Value::Text(_) => Self::Text,
            Value::Date(_) => Self::Date,
            Value::Instant(_) => Self::Instant,
            Value::DayDuration(_) => Self::DayDuration,
            Value::MonthDuration(_) => Self::MonthDuration,
            Value::List(items) => {
                let of = items.iter().map(Self::of_value).reduce(Self::unify);
                Self::list(of.unwrap_or(Self::Any))
            }
            Value::Context(fields) => Self::closed(fields.iter().map(|(n, v)| (n.clone(), Self::of_value(v)))),
            Value::Range(range) => Self::Range(Box::new(Self::of_value(&range.low).unify(Self::of_value(&range.high)))),
        }
    }
}

impl fmt::Display for Type {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Any => "any value",
            Self::Null => "null",
            Self::Bool => "a truth value",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Date => "a date",
            Self::Instant => "an instant",
            Self::DayDuration => "a duration in days",
            Self::MonthDuration => "a duration in months",
            Self::List(_) => "a list",
            Self::Context { .. } => "a set of fields",
            Self::Range(_) => "a range",
        })
    }
}

/// What is in scope at the top level of an expression: `form`, `case`, `today` …
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names(BTreeMap<String, Type>);

impl Names {
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The same names and one more, which replaces one of the same name.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, of: Type) -> Self {
        self.insert(name, of);
        self
    }

    pub fn insert(&mut self, name: impl Into<String>, of: Type) {
        self.0.insert(name.into(), of);
    }

    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Type> {
        self.0.get(name)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Type)> {
        self.0.iter().map(|(name, of)| (name.as_str(), of))
    }
}

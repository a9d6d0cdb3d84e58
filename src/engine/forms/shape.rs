//! What an accepted answer looks like, without its limits: enough to type expressions over it.

use std::collections::BTreeMap;

/// The kinds of values that may stand at a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shape {
    /// Of more than one kind.
    Any,
    /// True or false.
    Bool,
    /// A number, whole or not.
    Number,
    /// Text, and what is written as text save the two below.
    Text,
    /// A day, `format: date`.
    Date,
    /// A moment, `format: date-time`.
    DateTime,
    /// A list of such.
    List(Box<Shape>),
    /// Members by name; true where the member is always there.
    Object(BTreeMap<String, (Shape, bool)>),
}

impl Shape {
    /// Its name in the catalogue.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::Bool => "bool",
            Self::Number => "number",
            Self::Text => "text",
            Self::Date => "date",
            Self::DateTime => "date_time",
            Self::List(_) => "list",
            Self::Object(_) => "object",
        }
    }
}

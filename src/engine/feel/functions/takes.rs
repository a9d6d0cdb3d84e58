//! What the places of a call take.

use super::super::types::Type;

/// What may stand in a place of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Takes {
    Anything,
    Truth,
    Number,
    Text,
    /// A date, an instant, or a text with one.
    Moment,
    Context,
    List,
    ListOf(Scalar),
    /// A single value whose kind has a text form.
    Plain,
    /// A number or a duration.
    Amount,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Scalar {
    /// A number or a duration.
    Amount,
    Truth,
    /// What has an order.
    Ordered,
}

impl Takes {
    /// Whether a value of this type can be right here.
    pub(in super::super) fn accepts(self, ty: &Type) -> bool {
        if ty.unknown() {
            return true;
        }
        match self {
            Self::Anything => true,
            Self::Truth => *ty == Type::Bool,
            Self::Number => *ty == Type::Number,
            Self::Text => *ty == Type::Text,
            Self::Moment => ty.is_moment() || *ty == Type::Text,
            Self::Context => matches!(ty, Type::Context { .. }),
            Self::List => ty.items().is_some() && !matches!(ty, Type::Range(_)),
            Self::ListOf(_) if matches!(ty, Type::Range(_)) => false,
            Self::ListOf(of) => match ty.items() {
                Some(item) => of.accepts(&item),
                None => of.accepts(ty),
            },
            Self::Plain => !matches!(ty, Type::List(_) | Type::Context { .. } | Type::Range(_)),
            Self::Amount => *ty == Type::Number || ty.is_duration(),
        }
    }

    pub(in super::super) fn words(self) -> &'static str {
        match self {
            Self::Anything => "a value",
            Self::Truth => "a truth value",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Moment => "a date",
            Self::Context => "a set of fields",
            Self::List => "a list",
            Self::ListOf(Scalar::Amount) => "numbers or durations",
            Self::ListOf(Scalar::Truth) => "truth values",
            Self::ListOf(Scalar::Ordered) => "values that have an order",
            Self::Plain => "a single value",
            Self::Amount => "a number or a duration",
        }
    }
}

impl Scalar {
    fn accepts(self, ty: &Type) -> bool {
        ty.unknown()
            || match self {
                Self::Amount => *ty == Type::Number || ty.is_duration(),
                Self::Truth => *ty == Type::Bool,
                Self::Ordered => ty.orders(ty),
            }
    }
}

//! What the parts of a schema that concern one place say together. A part need not be complete
//! (a `then` may only require a member), so openness is judged on the whole, when it is settled.

use std::collections::{BTreeMap, BTreeSet};

use super::{FormFault, shape::Shape, token};

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Place {
    /// Nothing said yet.
    Open,
    /// A value that is neither list nor object; `Any` where of several kinds.
    Plain(Shape),
    List {
        typed: bool,
        items: Box<Place>,
    },
    Object(Box<Members>),
}

/// `typed`: `"type": "object"` was said. `closed`: the names beyond which none is accepted.
/// `mentioned`: names that a condition or `required` relies on.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Members {
    pub(super) typed: bool,
    pub(super) members: BTreeMap<String, Place>,
    pub(super) required: BTreeSet<String>,
    pub(super) mentioned: BTreeSet<String>,
    pub(super) closed: Option<BTreeSet<String>>,
}

impl Place {
    /// Both descriptions hold. `None` where they contradict each other.
    pub(super) fn both(self, other: Self) -> Option<Self> {
        Some(match (self, other) {
            (Self::Open, known) | (known, Self::Open) => known,
            (Self::Plain(one), Self::Plain(two)) => Self::Plain(exacter(one, two)?),
            (Self::List { typed, items }, Self::List { typed: also, items: others }) => {
                Self::List { typed: typed || also, items: Box::new(items.both(*others)?) }
            }
            (Self::Object(one), Self::Object(two)) => Self::Object(Box::new(one.both(*two)?)),
            _ => return None,
        })
    }

    /// One of the two holds.
    pub(super) fn either(self, other: Self) -> Self {
        match (self, other) {
            (Self::Plain(one), Self::Plain(two)) => Self::Plain(wider(one, two)),
            (Self::List { typed, items }, Self::List { typed: also, items: others }) => {
                Self::List { typed: typed && also, items: Box::new(items.either(*others)) }
            }
            (Self::Object(one), Self::Object(two)) => Self::Object(Box::new(one.either(*two))),
            (Self::Open, _) | (_, Self::Open) => Self::Open,
            _ => Self::Plain(Shape::Any),
        }
    }

    /// The other holds under a condition only: it names members, and refines them, but requires,
    /// types and closes nothing for certain that is known without it.
    pub(super) fn both_if(self, other: Self) -> Option<Self> {
        match (self, other) {
            (Self::Object(one), Self::Object(two)) => {
                let mut whole = *one;
                whole.mentioned.extend(two.mentioned);
                whole.mentioned.extend(two.required);
                for (name, place) in two.members {
                    let merged = match whole.members.remove(&name) {
                        Some(known) => known.both_if(place)?,
                        None => place,
                    };
                    whole.members.insert(name, merged);
                }
                Some(Self::Object(Box::new(whole)))
            }
            (Self::List { typed, items }, Self::List { items: others, .. }) => {
                Some(Self::List { typed, items: Box::new(items.both_if(*others)?) })
            }
            (Self::Open, _) => Some(Self::Open),
            (known, other) => known.clone().both(other).map(|_| known),
        }
    }

    /// The names that a condition relies on, as a part that says nothing else.
    pub(super) fn mention(self) -> Self {
        let Self::Object(it) = self else {
            return Self::Open;
        };
        let mut mentioned = it.mentioned;
        mentioned.extend(it.required);
        mentioned.extend(it.members.into_keys());
        Self::Object(Box::new(Members { mentioned, ..Members::default() }))
    }

    /// The shape of the place, or why too much would be accepted there. `pointer` is that of the
    /// answer, with `*` for any item.
    pub(super) fn settle(self, pointer: &str) -> Result<Shape, FormFault> {
        let here = if pointer.is_empty() { "the top" } else { pointer };
        let fault = |sentence: String| Err(FormFault::at("", sentence));
        match self {
            Self::Open => fault(format!("anything would be accepted at {here}: a type is missing")),
            Self::Plain(shape) => Ok(shape),
            Self::List { typed: false, .. } => fault(format!("\"type\": \"array\" is missing at {here}")),
            Self::List { items, .. } => Ok(Shape::List(Box::new(items.settle(&format!("{pointer}/*"))?))),
            Self::Object(it) if !it.typed => fault(format!("\"type\": \"object\" is missing at {here}")),
            Self::Object(it) => it.settle(pointer, here),
        }
    }
}

impl Members {
    fn both(self, other: Self) -> Option<Self> {
        let mut members = self.members;
        for (name, place) in other.members {
            let merged = match members.remove(&name) {
                Some(known) => known.both(place)?,
                None => place,
            };
            members.insert(name, merged);
        }
        let closed = match (self.closed, other.closed) {
            (Some(one), Some(two)) => Some(one.intersection(&two).cloned().collect()),
            (one, two) => one.or(two),
        };
        Some(Self {
            typed: self.typed || other.typed,
            members,
            required: self.required.union(&other.required).cloned().collect(),
            mentioned: self.mentioned.union(&other.mentioned).cloned().collect(),
            closed,
        })
    }

    fn either(self, mut other: Self) -> Self {
        let mut members = BTreeMap::new();
        for (name, place) in self.members {
            let merged = match other.members.remove(&name) {
                Some(known) => place.either(known),
                None => place,
            };
            members.insert(name, merged);
        }
        members.extend(other.members);
        let mut mentioned: BTreeSet<_> = self.mentioned.union(&other.mentioned).cloned().collect();
        mentioned.extend(self.required.union(&other.required).cloned());
        Self {
            typed: self.typed && other.typed,
            members,
            required: self.required.intersection(&other.required).cloned().collect(),
            mentioned,
            closed: match (self.closed, other.closed) {
                (Some(one), Some(two)) => Some(one.union(&two).cloned().collect()),
                _ => None,
            },
        }
    }

    fn settle(self, pointer: &str, here: &str) -> Result<Shape, FormFault> {
        let fault = |sentence: String| Err(FormFault::at("", sentence));
        let Some(closed) = self.closed else {
            return fault(format!(
                "unknown fields would be accepted at {here}: \"additionalProperties\": false is \
                 missing (or \"unevaluatedProperties\": false, where there are conditions)"
            ));
        };
        if let Some(name) = self.members.keys().find(|name| !closed.contains(*name)) {
            return fault(format!(
                "{pointer}/{name} could never be given: \"additionalProperties\" knows only the \
                 properties beside it; \"unevaluatedProperties\": false knows those of conditions too"
            ));
        }
        let mut relied = self.required.iter().chain(&self.mentioned);
        if let Some(name) = relied.find(|name| !self.members.contains_key(*name)) {
            return fault(format!("{pointer}/{name} is relied on, but stands in no properties"));
        }
        let mut shapes = BTreeMap::new();
        for (name, place) in self.members {
            let shape = place.settle(&format!("{pointer}/{}", token(&name)))?;
            let required = self.required.contains(&name);
            shapes.insert(name, (shape, required));
        }
        Ok(Shape::Object(shapes))
    }
}

fn exacter(one: Shape, two: Shape) -> Option<Shape> {
    Some(match (one, two) {
        (Shape::Any, known) | (known, Shape::Any) => known,
        (Shape::Text, exact @ (Shape::Date | Shape::DateTime))
        | (exact @ (Shape::Date | Shape::DateTime), Shape::Text) => exact,
        (one, two) if one == two => one,
        _ => return None,
    })
}

fn wider(one: Shape, two: Shape) -> Shape {
    let text = |shape: &Shape| matches!(shape, Shape::Text | Shape::Date | Shape::DateTime);
    match (one, two) {
        (one, two) if one == two => one,
        (one, two) if text(&one) && text(&two) => Shape::Text,
        _ => Shape::Any,
    }
}

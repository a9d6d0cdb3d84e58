//! Comparisons. With null, or between kinds that do not meet, there is no answer.
//!
//! A text that meets a date, an instant or a duration is read as one. An instant that meets a date counts as its
//! day in the time zone of the scope.

use std::cmp::Ordering;

use super::super::ast::Relation;
use super::super::fault::Exhausted;
use super::super::plan::Node;
use super::super::view::{Bounds, Items, View};
use super::paths::duration;
use super::{Outcome, Run, truth};

impl<'a> Run<'a> {
    pub(super) fn compare(
        &mut self,
        relation: Relation,
        a: &View<'a>,
        b: &View<'a>,
    ) -> Result<Option<bool>, Exhausted> {
        match relation {
            Relation::Equal => self.equal(a, b),
            Relation::Unequal => Ok(self.equal(a, b)?.map(|same| !same)),
            _ => {
                let Some(order) = self.order(a, b)? else {
                    return Ok(None);
                };
                Ok(Some(match relation {
                    Relation::Less => order.is_lt(),
                    Relation::LessOrEqual => order.is_le(),
                    Relation::Greater => order.is_gt(),
                    _ => order.is_ge(),
                }))
            }
        }
    }

    pub(super) fn between(&mut self, parts: &'a [Node; 3]) -> Outcome<'a> {
        let value = self.node(&parts[0])?;
        let bounds =
            Bounds { low: self.node(&parts[1])?, low_closed: true, high: self.node(&parts[2])?, high_closed: true };
        Ok(truth(self.within(&value, &bounds)?))
    }

    pub(super) fn within(&mut self, value: &View<'a>, bounds: &Bounds<'a>) -> Result<Option<bool>, Exhausted> {
        let low = self.order(&bounds.low, value)?;
        let high = self.order(value, &bounds.high)?;
        let holds = |order: Option<Ordering>, closed| order.map(|order| order.is_lt() || (closed && order.is_eq()));
        Ok(match (holds(low, bounds.low_closed), holds(high, bounds.high_closed)) {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        })
    }

    /// Equal to it, or one of it.
    pub(super) fn member(&mut self, value: &View<'a>, of: &View<'a>) -> Result<Option<bool>, Exhausted> {
        match of {
            View::Range(bounds) => self.within(value, bounds),
            View::Array(_) | View::List(_) if !value.is_null() => {
                let Some(items) = Items::of(of.clone()) else {
                    return Ok(None);
                };
                let mut known = true;
                for item in items.iter() {
                    self.purse.spend(1)?;
                    match self.equal(value, &item)? {
                        Some(true) => return Ok(Some(true)),
                        Some(false) => {}
                        None => known = false,
                    }
                }
                let whole = matches!(value, View::Array(_) | View::List(_));
                if whole && self.same(value, of, 0)? {
                    return Ok(Some(true));
                }
                Ok((known || whole).then_some(false))
            }
            _ => self.equal(value, of),
        }
    }

    pub(in super::super) fn order(&mut self, a: &View<'a>, b: &View<'a>) -> Result<Option<Ordering>, Exhausted> {
        if let (Some(left), Some(right)) = (a.text(), b.text()) {
            self.purse.bytes(if left.len() < right.len() { left } else { right })?;
            return Ok(Some(left.cmp(right)));
        }
        Ok(self.rank(a, b))
    }

    fn rank(&self, a: &View<'a>, b: &View<'a>) -> Option<Ordering> {
        match (a, b) {
            (View::Number(a), View::Number(b)) => Some(a.cmp(b)),
            (View::Date(a), View::Date(b)) => Some(a.cmp(b)),
            (View::Instant(a), View::Instant(b)) => Some(a.cmp(b)),
            (View::DayDuration(a), View::DayDuration(b)) | (View::MonthDuration(a), View::MonthDuration(b)) => {
                Some(a.cmp(b))
            }
            (a, b) if a.is_moment() && b.is_moment() => Some(self.day(a)?.cmp(&self.day(b)?)),
            (a, b) if b.text().is_some() => self.rank(b, a).map(Ordering::reverse),
            (a, b) => {
                let text = a.text()?;
                let read = if b.is_moment() {
                    self.moment(text)
                } else if b.is_duration() {
                    duration(text)
                } else {
                    None
                };
                self.rank(&read?, b)
            }
        }
    }

    pub(in super::super) fn equal(&mut self, a: &View<'a>, b: &View<'a>) -> Result<Option<bool>, Exhausted> {
        match (a, b) {
            (View::Null, _) | (_, View::Null) => Ok(None),
            (View::Bool(a), View::Bool(b)) => Ok(Some(a == b)),
            (a, b) if shape(a) != Shape::Scalar || shape(b) != Shape::Scalar => {
                if shape(a) != shape(b) {
                    return Ok(None);
                }
                self.same(a, b, 0).map(Some)
            }
            _ => Ok(self.order(a, b)?.map(Ordering::is_eq)),
        }
    }

    /// Equality by value, also of what is nested. Here null equals null, and nothing else.
    pub(in super::super) fn same(&mut self, a: &View<'a>, b: &View<'a>, depth: usize) -> Result<bool, Exhausted> {
        self.purse.spend(1)?;
        self.purse.level(depth)?;
        if shape(a) != shape(b) {
            return Ok(false);
        }
        match shape(a) {
            Shape::Null => Ok(true),
            Shape::Scalar => match (a, b) {
                (View::Bool(a), View::Bool(b)) => Ok(a == b),
                _ => Ok(self.order(a, b)? == Some(Ordering::Equal)),
            },
            Shape::List => {
                let (Some(left), Some(right)) = (Items::of(a.clone()), Items::of(b.clone())) else {
                    return Ok(false);
                };
                if left.len() != right.len() {
                    return Ok(false);
                }
                for (a, b) in left.iter().zip(right.iter()) {
                    if !self.same(&a, &b, depth + 1)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Shape::Context => {
                let (Some(left), Some(right)) = (a.entries(), b.entries()) else {
                    return Ok(false);
                };
                self.purse.items(left.len() + right.len())?;
                if left.len() != right.len() {
                    return Ok(false);
                }
                for (name, value) in &left {
                    self.purse.bytes(name)?;
                    match b.entry(name) {
                        Some(other) if self.same(value, &other, depth + 1)? => {}
                        _ => return Ok(false),
                    }
                }
                Ok(true)
            }
            Shape::Range => {
                let (View::Range(a), View::Range(b)) = (a, b) else {
                    return Ok(false);
                };
                let closed = a.low_closed == b.low_closed && a.high_closed == b.high_closed;
                Ok(closed && self.same(&a.low, &b.low, depth + 1)? && self.same(&a.high, &b.high, depth + 1)?)
            }
        }
    }
}

#[derive(PartialEq, Eq)]
enum Shape {
    Null,
    Scalar,
    List,
    Context,
    Range,
}

fn shape(of: &View<'_>) -> Shape {
    match of {
        View::Null => Shape::Null,
        View::Array(_) | View::List(_) => Shape::List,
        View::Object(_) | View::Context(_) => Shape::Context,
        View::Range(_) => Shape::Range,
        _ => Shape::Scalar,
    }
}

//! Working out a checked expression. Nothing fails here but the budget: what has no answer is null.

mod arithmetic;
mod compare;
mod loops;
mod paths;

use std::rc::Rc;

use jiff::tz::TimeZone;

use super::budget::{Budget, Purse, STEP};
use super::fault::Exhausted;
use super::functions::Function;
use super::plan::{Interval, Node, Test};
use super::scope::Scope;
use super::value::{Range, Value};
use super::view::{Bounds, View};

pub(super) use paths::duration;

pub(super) type Outcome<'a> = Result<View<'a>, Exhausted>;

pub(super) struct Run<'a> {
    scope: &'a dyn Scope,
    pub(super) purse: Purse,
    /// Local names. The checker has given each a place, and whoever pushes one takes it away again.
    slots: Vec<View<'a>>,
}

impl<'a> Run<'a> {
    pub(super) fn new(scope: &'a dyn Scope, budget: Budget) -> Self {
        Self { scope, purse: Purse::new(budget), slots: Vec::new() }
    }

    pub(super) fn zone(&self) -> TimeZone {
        self.scope.time_zone()
    }

    /// The tests of a cell. They find the input in the first slot.
    pub(super) fn cell(&mut self, tests: &'a [Test], input: View<'a>) -> Result<Option<bool>, Exhausted> {
        self.slots.push(input.clone());
        let outcome = self.any(tests, &input);
        self.slots.pop();
        outcome
    }

    /// What guards are made of; the rest stands apart, so that these need no room for it on the stack.
    pub(super) fn node(&mut self, node: &'a Node) -> Outcome<'a> {
        self.purse.spend(STEP)?;
        match node {
            Node::Constant(value) => Ok(View::of_value(value)),
            Node::Global(name) => Ok(self.global(name)),
            Node::Path(base, names) => {
                let mut value = self.node(base)?;
                for name in names {
                    value = self.field(&value, name, 0)?;
                }
                Ok(value)
            }
            Node::Read(reading, inner) => {
                let value = self.node(inner)?;
                self.read(*reading, value)
            }
            Node::Compare(relation, sides) => {
                let left = self.node(&sides[0])?;
                let right = self.node(&sides[1])?;
                Ok(truth(self.compare(*relation, &left, &right)?))
            }
            Node::And(parts) => self.joined(parts, false),
            Node::Or(parts) => self.joined(parts, true),
            Node::Call(Function::Not, arguments) if arguments.len() == 1 => {
                Ok(truth(self.node(&arguments[0])?.truth().map(|truth| !truth)))
            }
            other => self.other(other),
        }
    }

    #[inline(never)]
    fn other(&mut self, node: &'a Node) -> Outcome<'a> {
        Ok(match node {
            Node::Slot(slot) => self.slots.get(*slot).cloned().unwrap_or(View::Null),
            Node::Negate(inner) => arithmetic::negative(self.node(inner)?),
            Node::Arithmetic(operator, operands) => {
                let left = self.node(&operands[0])?;
                let right = self.node(&operands[1])?;
                self.arithmetic(*operator, &left, &right)?
            }
            Node::IsNull(inner) => View::Bool(self.node(inner)?.is_null()),
            Node::IsNotNull(inner) => View::Bool(!self.node(inner)?.is_null()),
            Node::Between(parts) => self.between(parts)?,
            Node::In(value, tests) => {
                let value = self.node(value)?;
                self.slots.push(value.clone());
                let held = self.any(tests, &value)?;
                self.slots.pop();
                truth(held)
            }
            Node::If(parts) => match self.node(&parts[0])?.truth() {
                Some(true) => self.node(&parts[1])?,
                _ => self.node(&parts[2])?,
            },
            Node::For(of) => self.each(of)?,
            Node::Some(of) => self.quantified(of, true)?,
            Node::Every(of) => self.quantified(of, false)?,
            Node::Filter(parts) => self.filter(&parts[0], &parts[1])?,
            Node::Index(parts) => self.index(&parts[0], &parts[1])?,
            Node::List(items) => {
                let mut made = Vec::with_capacity(items.len());
                for item in items {
                    made.push(self.node(item)?);
                }
                View::list(made)
            }
            Node::Context(entries) => self.context(entries)?,
            Node::Range(interval) => View::Range(Rc::new(self.bounds(interval)?)),
            Node::Call(function, arguments) => {
                let mut values = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    values.push(self.node(argument)?);
                }
                self.call(*function, values)?
            }
            // These are what guards are made of.
            Node::Constant(_)
            | Node::Global(_)
            | Node::Path(..)
            | Node::Read(..)
            | Node::Compare(..)
            | Node::And(_)
            | Node::Or(_) => View::Null,
        })
    }

    fn global(&self, name: &str) -> View<'a> {
        if let Some(json) = self.scope.json(name) {
            return View::of_json(json);
        }
        self.scope.value(name).map_or(View::Null, View::of_owned)
    }

    /// `and` and `or`: `decisive` settles it; else what is unknown makes the whole unknown.
    fn joined(&mut self, parts: &'a [Node], decisive: bool) -> Outcome<'a> {
        let mut known = true;
        for part in parts {
            match self.node(part)?.truth() {
                Some(truth) if truth == decisive => return Ok(View::Bool(decisive)),
                Some(_) => {}
                None => known = false,
            }
        }
        Ok(truth(known.then_some(!decisive)))
    }

    fn context(&mut self, entries: &'a [(Box<str>, Node)]) -> Outcome<'a> {
        let base = self.slots.len();
        let mut made = Vec::with_capacity(entries.len());
        for (name, node) in entries {
            let value = self.node(node)?;
            self.slots.push(value.clone());
            made.push(((&**name).into(), value));
        }
        self.slots.truncate(base);
        Ok(View::Context(Rc::new(made)))
    }

    fn bounds(&mut self, interval: &'a Interval) -> Result<Bounds<'a>, Exhausted> {
        Ok(Bounds {
            low: self.node(&interval.low)?,
            low_closed: interval.low_closed,
            high: self.node(&interval.high)?,
            high_closed: interval.high_closed,
        })
    }

    /// True if one of the tests holds; null if none does and one cannot be answered.
    fn any(&mut self, tests: &'a [Test], value: &View<'a>) -> Result<Option<bool>, Exhausted> {
        let mut known = true;
        for test in tests {
            match self.test(test, value)? {
                Some(true) => return Ok(Some(true)),
                Some(false) => {}
                None => known = false,
            }
        }
        Ok(known.then_some(false))
    }

    fn test(&mut self, test: &'a Test, value: &View<'a>) -> Result<Option<bool>, Exhausted> {
        self.purse.spend(1)?;
        match test {
            Test::Whatever => Ok(Some(true)),
            Test::Null => Ok(Some(value.is_null())),
            Test::Compare(relation, node) => {
                let other = self.node(node)?;
                self.compare(*relation, value, &other)
            }
            Test::Member(node) => {
                let other = self.node(node)?;
                self.member(value, &other)
            }
            Test::Within(interval) => {
                let bounds = self.bounds(interval)?;
                self.within(value, &bounds)
            }
            Test::Holds(node) => Ok(self.node(node)?.truth()),
            Test::Not(tests) => Ok(self.any(tests, value)?.map(|held| !held)),
        }
    }

    /// An owned copy of a result.
    pub(super) fn value(&mut self, view: &View<'a>, depth: usize) -> Result<Value, Exhausted> {
        self.purse.level(depth)?;
        self.purse.spend(1)?;
        Ok(match view {
            View::Null => Value::Null,
            View::Bool(truth) => Value::Bool(*truth),
            View::Number(number) => Value::Number(*number),
            View::Text(_) | View::Made(_) => {
                let text = view.text().unwrap_or_default();
                self.purse.bytes(text)?;
                Value::Text(text.to_owned())
            }
            View::Date(date) => Value::Date(*date),
            View::Instant(instant) => Value::Instant(*instant),
            View::DayDuration(seconds) => Value::DayDuration(*seconds),
            View::MonthDuration(months) => Value::MonthDuration(*months),
            View::Array(items) => {
                let items = items.iter().map(|item| self.value(&View::of_json(item), depth + 1));
                Value::List(items.collect::<Result<_, _>>()?)
            }
            View::List(items) => {
                let items = items.iter().map(|item| self.value(item, depth + 1));
                Value::List(items.collect::<Result<_, _>>()?)
            }
            View::Object(_) | View::Context(_) => {
                let entries = view.entries().unwrap_or_default();
                let entries = entries.into_iter().map(|(name, value)| {
                    self.purse.bytes(&name)?;
                    Ok((name.into_owned(), self.value(&value, depth + 1)?))
                });
                Value::Context(entries.collect::<Result<_, _>>()?)
            }
            View::Range(bounds) => Value::Range(Box::new(Range {
                low: self.value(&bounds.low, depth + 1)?,
                low_closed: bounds.low_closed,
                high: self.value(&bounds.high, depth + 1)?,
                high_closed: bounds.high_closed,
            })),
        })
    }
}

/// Null where there is no answer.
pub(super) fn truth<'a>(known: Option<bool>) -> View<'a> {
    known.map_or(View::Null, View::Bool)
}

//! Arithmetic and comparisons: which types meet, and what comes of it.

use super::super::ast::{Expr, Kind, Operator, Relation};
use super::super::fault::Fault;
use super::super::moment;
use super::super::plan::Node;
use super::super::types::Type;
use super::super::value::Value;
use super::{Checker, Typed, is_null};

impl Checker<'_> {
    pub(super) fn negate(&mut self, at: usize, inner: &Expr) -> Result<Typed, Fault> {
        let typed = self.expr(inner)?;
        let ty = typed.ty;
        if ty.unknown() || ty == Type::Number || ty.is_duration() {
            return Ok(Typed::new(Node::Negate(Box::new(typed.node)), ty));
        }
        Err(Fault::new(at, format!("Only a number or a duration can be negative, and this is {ty}.")))
    }

    pub(super) fn arithmetic(&mut self, at: usize, operator: Operator, operands: &[Expr; 2]) -> Result<Typed, Fault> {
        let left = self.expr(&operands[0])?;
        let right = self.expr(&operands[1])?;
        let Some(ty) = result(operator, &left.ty, &right.ty) else {
            let (a, b) = (&left.ty, &right.ty);
            return Err(Fault::new(
                at,
                match operator {
                    Operator::Add => format!("{a} and {b} cannot be added."),
                    Operator::Subtract => format!("{b} cannot be subtracted from {a}."),
                    Operator::Multiply => format!("{a} and {b} cannot be multiplied."),
                    Operator::Divide => format!("{a} cannot be divided by {b}."),
                    Operator::Power => format!("{a} cannot be raised to the power of {b}."),
                },
            ));
        };
        if let (Operator::Power, Kind::Literal(Value::Number(exponent))) = (operator, &operands[1].kind)
            && !exponent.fract().is_zero()
        {
            return Err(Fault::new(operands[1].at, "An exponent is a whole number."));
        }
        let nodes = Box::new([left.node, right.node]);
        Ok(Typed::new(Node::Arithmetic(operator, nodes), ty))
    }

    pub(super) fn compare(&mut self, at: usize, relation: Relation, sides: &[Expr; 2]) -> Result<Typed, Fault> {
        let left = self.expr(&sides[0])?;
        let right = self.expr(&sides[1])?;
        if is_null(&sides[0]) || is_null(&sides[1]) {
            let asked = if is_null(&sides[0]) { right } else { left };
            let node = Box::new(asked.node);
            return match relation {
                Relation::Equal => Ok(Typed::new(Node::IsNull(node), Type::Bool)),
                Relation::Unequal => Ok(Typed::new(Node::IsNotNull(node), Type::Bool)),
                _ => Err(Fault::new(at, "Nothing is smaller or larger than null.")),
            };
        }
        comparable(at, relation, &left.ty, &right.ty)?;
        readable(&sides[0], &right.ty)?;
        readable(&sides[1], &left.ty)?;
        let nodes = Box::new([left.node, right.node]);
        Ok(Typed::new(Node::Compare(relation, nodes), Type::Bool))
    }

    pub(super) fn between(&mut self, at: usize, parts: &[Expr; 3]) -> Result<Typed, Fault> {
        let [value, low, high] = parts;
        let value_typed = self.expr(value)?;
        let low_typed = self.expr(low)?;
        let high_typed = self.expr(high)?;
        for (end, typed) in [(low, &low_typed), (high, &high_typed)] {
            comparable(at, Relation::LessOrEqual, &value_typed.ty, &typed.ty)?;
            readable(end, &value_typed.ty)?;
        }
        let nodes = [value_typed.node, low_typed.node, high_typed.node];
        Ok(Typed::new(Node::Between(Box::new(nodes)), Type::Bool))
    }
}

/// A fault if the two can never be compared so.
pub(super) fn comparable(at: usize, relation: Relation, a: &Type, b: &Type) -> Result<(), Fault> {
    let equality = matches!(relation, Relation::Equal | Relation::Unequal);
    if if equality { a.equals(b) } else { a.orders(b) } {
        return Ok(());
    }
    let message = if a.equals(b) {
        let which = if a.unknown() { b } else { a };
        format!("{which} is neither smaller nor larger than another.")
    } else {
        format!("{a} and {b} cannot be compared.")
    };
    Err(Fault::new(at, message))
}

/// A text literal that meets a date or a duration has to be one.
pub(super) fn readable(expr: &Expr, other: &Type) -> Result<(), Fault> {
    let Kind::Literal(Value::Text(text)) = &expr.kind else {
        return Ok(());
    };
    let is_moment = || {
        let zone = || jiff::tz::TimeZone::UTC;
        moment::read_date(text).is_some() || moment::read_instant(text, zone).is_some()
    };
    let wrong =
        if other.is_moment() { !is_moment() } else { other.is_duration() && moment::read_duration(text).is_none() };
    if wrong {
        return Err(Fault::new(expr.at, format!("“{text}” is compared with {other}, and is not one.")));
    }
    Ok(())
}

/// The type of a sum, product …; `None` if there can be none. A text may be a date or a duration from the data.
fn result(operator: Operator, a: &Type, b: &Type) -> Option<Type> {
    match operator {
        Operator::Add => sum(a, b),
        Operator::Subtract => difference(a, b),
        Operator::Multiply => match (a, b) {
            (Type::Number, Type::Number) => Some(Type::Number),
            (d, Type::Number) | (Type::Number, d) if d.is_duration() => Some(d.clone()),
            (x, y) if x.unknown() || y.unknown() => {
                let other = if x.unknown() { y } else { x };
                match other {
                    d if d.is_duration() => Some(d.clone()),
                    Type::Number => Some(Type::Any),
                    t if t.unknown() => Some(Type::Any),
                    _ => None,
                }
            }
            _ => None,
        },
        Operator::Divide => match (a, b) {
            (Type::Number, Type::Number) => Some(Type::Number),
            (d, Type::Number) if d.is_duration() => Some(d.clone()),
            (x, y) if x.is_duration() && x == y => Some(Type::Number),
            (x, Type::Number) if x.unknown() => Some(Type::Any),
            (Type::Number, y) if y.unknown() => Some(Type::Number),
            (x, y) if y.unknown() && x.is_duration() => Some(Type::Any),
            (x, y) if x.unknown() && y.is_duration() => Some(Type::Number),
            (x, y) if x.unknown() && y.unknown() => Some(Type::Any),
            _ => None,
        },
        Operator::Power => {
            let number = |t: &Type| t.unknown() || *t == Type::Number;
            (number(a) && number(b)).then_some(Type::Number)
        }
    }
}

fn sum(a: &Type, b: &Type) -> Option<Type> {
    match (a, b) {
        (Type::Number, Type::Number) => Some(Type::Number),
        (Type::Text, Type::Text) => Some(Type::Text),
        (x, y) | (y, x) if x.is_moment() && (y.is_duration() || *y == Type::Text) => Some(x.clone()),
        (x, y) if x.is_duration() && x == y => Some(x.clone()),
        (Type::Text, d) | (d, Type::Text) if d.is_duration() => Some(Type::Any),
        (x, y) | (y, x) if x.unknown() => match y {
            Type::Number => Some(Type::Number),
            t if t.is_moment() => Some(t.clone()),
            Type::Text => Some(Type::Any),
            t if t.unknown() || t.is_duration() => Some(Type::Any),
            _ => None,
        },
        _ => None,
    }
}

fn difference(a: &Type, b: &Type) -> Option<Type> {
    match (a, b) {
        (Type::Number, Type::Number) => Some(Type::Number),
        (x, y) if x.is_moment() && y.is_moment() => Some(Type::DayDuration),
        (x, y) if x.is_moment() && y.is_duration() => Some(x.clone()),
        (x, y) if x.is_duration() && x == y => Some(x.clone()),
        // A date in the data, less a date or a duration; or a date less a duration in the data.
        (Type::Text, y) if y.is_moment() => Some(Type::DayDuration),
        (Type::Text, y) if y.is_duration() => Some(Type::Any),
        (x, Type::Text) if x.is_moment() || x.is_duration() => Some(Type::Any),
        (x, Type::Number) if x.unknown() => Some(Type::Number),
        (Type::Number, y) if y.unknown() => Some(Type::Number),
        (x, y) if x.unknown() && y.is_moment() => Some(Type::DayDuration),
        (x, y) if x.unknown() && (y.unknown() || y.is_duration() || *y == Type::Text) => Some(Type::Any),
        (x, y) if y.unknown() && (x.is_moment() || x.is_duration() || *x == Type::Text) => Some(Type::Any),
        _ => None,
    }
}

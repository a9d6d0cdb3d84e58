//! From what was written to what can be worked out: names are resolved, types checked, and what is read is noted.
//!
//! Only what is *certainly* wrong is a fault: [`Type::Any`] may stand everywhere. The rest is in `check/`.

mod calls;
mod loops;
mod membership;
mod names;
mod operators;

use std::collections::BTreeSet;

use super::ast::{Expr, Kind};
use super::fault::Fault;
use super::plan::{Interval, Node, Reading, Test};
use super::types::{Names, Type};
use super::value::Value;

pub(super) struct Checker<'n> {
    names: &'n Names,
    /// By slot.
    locals: Vec<Local>,
    reads: BTreeSet<Vec<String>>,
}

/// A name that the expression itself brings into scope.
struct Local {
    name: String,
    ty: Type,
    /// The path that it came from, so that what is read of it is known.
    origin: Option<Vec<String>>,
    /// Whether its fields are names of their own: the item of a filter.
    opened: bool,
    used: bool,
}

struct Typed {
    node: Node,
    ty: Type,
    origin: Option<Vec<String>>,
}

impl Typed {
    fn new(node: Node, ty: Type) -> Self {
        Self { node, ty, origin: None }
    }
}

/// What the checker has found out.
pub(super) struct Checked<T> {
    pub plan: T,
    pub ty: Type,
    pub reads: Vec<Vec<String>>,
}

pub(super) fn expression(expr: &Expr, names: &Names) -> Result<Checked<Node>, Fault> {
    let mut checker = Checker::new(names);
    let typed = checker.expr(expr)?;
    Ok(Checked { plan: typed.node, ty: typed.ty, reads: checker.reads.into_iter().collect() })
}

pub(super) fn unary_tests(
    tests: &[super::ast::Test],
    names: &Names,
    input: &Type,
) -> Result<Checked<Vec<Test>>, Fault> {
    let mut checker = Checker::new(names);
    checker.bind("?", input.clone(), None, false);
    let plan = checker.tests(tests, input)?;
    Ok(Checked { plan, ty: Type::Bool, reads: checker.reads.into_iter().collect() })
}

impl<'n> Checker<'n> {
    fn new(names: &'n Names) -> Self {
        Self { names, locals: Vec::new(), reads: BTreeSet::new() }
    }

    fn bind(&mut self, name: &str, ty: Type, origin: Option<Vec<String>>, opened: bool) {
        self.locals.push(Local { name: name.to_owned(), ty, origin, opened, used: false });
    }

    /// A value: what it reads is noted, and a text that is declared to be a date will be read as one.
    fn expr(&mut self, expr: &Expr) -> Result<Typed, Fault> {
        let mut typed = self.form(expr)?;
        if let Some(path) = &typed.origin {
            self.reads.insert(path.clone());
        }
        let of = match &typed.ty {
            Type::List(item) => item,
            ty => ty,
        };
        let reading = match of {
            Type::Number => Some(Reading::Number),
            ty if ty.is_moment() => Some(Reading::Moment),
            ty if ty.is_duration() => Some(Reading::Duration),
            _ => None,
        };
        let from_data =
            matches!(typed.node, Node::Global(_) | Node::Slot(_) | Node::Path(..) | Node::Index(_) | Node::Filter(_));
        if let (Some(reading), true) = (reading, from_data) {
            typed.node = Node::Read(reading, Box::new(typed.node));
        }
        Ok(typed)
    }

    fn form(&mut self, expr: &Expr) -> Result<Typed, Fault> {
        let at = expr.at;
        match &expr.kind {
            Kind::Literal(value) => Ok(Typed::new(Node::Constant(value.clone()), Type::of_value(value))),
            Kind::Name(name) => self.name(at, name),
            Kind::Path(base, fields) => self.path(base, fields),
            Kind::Negate(inner) => self.negate(at, inner),
            Kind::Arithmetic(operator, operands) => self.arithmetic(at, *operator, operands),
            Kind::Compare(relation, sides) => self.compare(at, *relation, sides),
            Kind::And(parts) => Ok(Typed::new(Node::And(self.truths(parts, "and")?), Type::Bool)),
            Kind::Or(parts) => Ok(Typed::new(Node::Or(self.truths(parts, "or")?), Type::Bool)),
            Kind::Between(parts) => self.between(at, parts),
            Kind::In(value, tests) => self.membership(value, tests),
            Kind::If(parts) => self.choice(parts),
            Kind::For(over, body) => self.each(over, body),
            Kind::Quantified { every, over, condition } => {
                let made = if *every { Node::Every } else { Node::Some };
                self.quantified(over, condition, made)
            }
            Kind::Filter(parts) => self.filter(at, &parts[0], &parts[1]),
            Kind::List(items) => self.list(items),
            Kind::Context(entries) => self.context(entries),
            Kind::Range { low_closed, high_closed, ends } => {
                let (interval, ty) = self.interval(at, *low_closed, *high_closed, ends)?;
                let node = Node::Range(Box::new(interval));
                Ok(Typed::new(node, Type::Range(Box::new(ty))))
            }
            Kind::Call(name, arguments) => self.call(at, name, arguments),
        }
    }

    /// A part that has to be true or false.
    fn truth(&mut self, expr: &Expr, place: &str) -> Result<Node, Fault> {
        let typed = self.expr(expr)?;
        if typed.ty.unknown() || typed.ty == Type::Bool {
            return Ok(typed.node);
        }
        Err(Fault::new(expr.at, format!("{place} needs something that is true or false, and this is {}.", typed.ty)))
    }

    fn truths(&mut self, parts: &[Expr], word: &str) -> Result<Box<[Node]>, Fault> {
        let place = format!("“{word}”");
        parts.iter().map(|part| self.truth(part, &place)).collect()
    }

    fn choice(&mut self, parts: &[Expr; 3]) -> Result<Typed, Fault> {
        let condition = self.truth(&parts[0], "“if”")?;
        let then = self.expr(&parts[1])?;
        let otherwise = self.expr(&parts[2])?;
        let nodes = [condition, then.node, otherwise.node];
        Ok(Typed::new(Node::If(Box::new(nodes)), then.ty.unify(otherwise.ty)))
    }

    fn list(&mut self, items: &[Expr]) -> Result<Typed, Fault> {
        let mut of = None;
        let mut nodes = Vec::with_capacity(items.len());
        for item in items {
            let typed = self.expr(item)?;
            of = Some(match of {
                None => typed.ty,
                Some(known) => Type::unify(known, typed.ty),
            });
            nodes.push(typed.node);
        }
        Ok(Typed::new(Node::List(nodes.into()), Type::list(of.unwrap_or(Type::Any))))
    }

    /// An entry sees those before it.
    fn context(&mut self, entries: &[(usize, String, Expr)]) -> Result<Typed, Fault> {
        let base = self.locals.len();
        let mut nodes = Vec::with_capacity(entries.len());
        let mut fields = Vec::with_capacity(entries.len());
        for (_, name, expr) in entries {
            let typed = self.expr(expr)?;
            self.bind(name, typed.ty.clone(), typed.origin, false);
            nodes.push((name.as_str().into(), typed.node));
            fields.push((name.clone(), typed.ty));
        }
        self.locals.truncate(base);
        Ok(Typed::new(Node::Context(nodes.into()), Type::closed(fields)))
    }

    fn interval(
        &mut self,
        at: usize,
        low_closed: bool,
        high_closed: bool,
        ends: &[Expr; 2],
    ) -> Result<(Interval, Type), Fault> {
        let low = self.expr(&ends[0])?;
        let high = self.expr(&ends[1])?;
        if !low.ty.orders(&high.ty) {
            let message = format!("A range cannot go from {} to {}.", low.ty, high.ty);
            return Err(Fault::new(at, message));
        }
        let interval = Interval { low: low.node, low_closed, high: high.node, high_closed };
        Ok((interval, low.ty.unify(high.ty)))
    }
}

fn is_null(expr: &Expr) -> bool {
    matches!(expr.kind, Kind::Literal(Value::Null))
}

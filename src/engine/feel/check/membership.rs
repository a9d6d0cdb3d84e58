//! `x in …` and the tests of cells.

use super::super::ast::{self, Expr, Kind, Relation};
use super::super::fault::Fault;
use super::super::plan::{Node, Test};
use super::super::types::Type;
use super::operators::{comparable, readable};
use super::{Checker, Typed, is_null};

impl Checker<'_> {
    pub(super) fn membership(&mut self, value: &Expr, tests: &[ast::Test]) -> Result<Typed, Fault> {
        let value = self.expr(value)?;
        let slot = self.locals.len();
        self.bind("?", value.ty.clone(), value.origin.clone(), false);
        let tests = self.tests(tests, &value.ty);
        self.locals.truncate(slot);
        let node = Node::In(Box::new(value.node), tests?.into());
        Ok(Typed::new(node, Type::Bool))
    }

    pub(super) fn tests(&mut self, tests: &[ast::Test], input: &Type) -> Result<Vec<Test>, Fault> {
        tests.iter().map(|test| self.test(test, input)).collect()
    }

    fn test(&mut self, test: &ast::Test, input: &Type) -> Result<Test, Fault> {
        match test {
            ast::Test::Whatever => Ok(Test::Whatever),
            ast::Test::Not(tests) => Ok(Test::Not(self.tests(tests, input)?.into())),
            ast::Test::Compare(at, relation, expr) => self.compared(*at, *relation, expr, input),
            ast::Test::Expr(expr) => self.member(expr, input),
        }
    }

    fn compared(&mut self, at: usize, relation: Relation, expr: &Expr, input: &Type) -> Result<Test, Fault> {
        if is_null(expr) {
            return match relation {
                Relation::Equal => Ok(Test::Null),
                Relation::Unequal => Ok(Test::Not(Box::new([Test::Null]))),
                _ => Err(Fault::new(at, "Nothing is smaller or larger than null.")),
            };
        }
        let typed = self.expr(expr)?;
        comparable(at, relation, input, &typed.ty)?;
        readable(expr, input)?;
        Ok(Test::Compare(relation, typed.node))
    }

    fn member(&mut self, expr: &Expr, input: &Type) -> Result<Test, Fault> {
        if is_null(expr) {
            return Ok(Test::Null);
        }
        if let Kind::Range { low_closed, high_closed, ends } = &expr.kind {
            let (interval, of) = self.interval(expr.at, *low_closed, *high_closed, ends)?;
            comparable(expr.at, Relation::LessOrEqual, input, &of)?;
            readable(&ends[0], input)?;
            readable(&ends[1], input)?;
            return Ok(Test::Within(interval));
        }
        let used_before = self.mark_input(false);
        let typed = self.expr(expr)?;
        let used = self.mark_input(used_before);
        let condition = typed.ty == Type::Bool && !matches!(input, Type::Bool | Type::Any | Type::Null);
        if used || condition {
            if !(typed.ty.unknown() || typed.ty == Type::Bool) {
                let message = format!("A test is true or false, and this is {}.", typed.ty);
                return Err(Fault::new(expr.at, message));
            }
            return Ok(Test::Holds(typed.node));
        }
        let possible = match &typed.ty {
            Type::List(of) => input.equals(of) || input.equals(&typed.ty),
            Type::Range(of) => input.orders(of) || input.equals(&typed.ty),
            of => input.equals(of),
        };
        if !possible {
            let message = format!("{input} and {} cannot be compared.", typed.ty);
            return Err(Fault::new(expr.at, message));
        }
        readable(expr, input)?;
        Ok(Test::Member(typed.node))
    }

    /// Sets whether the input `?` at hand has been used, and gives what it was before.
    fn mark_input(&mut self, used: bool) -> bool {
        let input = self.locals.iter_mut().rfind(|local| local.name == "?");
        input.is_some_and(|local| std::mem::replace(&mut local.used, used))
    }
}

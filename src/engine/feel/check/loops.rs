//! Loops and filters: what brings the items of a list into scope.

use super::super::ast::{Expr, Iterator};
use super::super::fault::Fault;
use super::super::plan::{Loop, Node, Source};
use super::super::types::Type;
use super::{Checker, Typed};

impl Checker<'_> {
    pub(super) fn quantified(
        &mut self,
        over: &[Iterator],
        condition: &Expr,
        made: fn(Box<Loop>) -> Node,
    ) -> Result<Typed, Fault> {
        let base = self.locals.len();
        let over = self.sources(over)?;
        let body = self.truth(condition, "“satisfies”")?;
        self.locals.truncate(base);
        Ok(Typed::new(made(Box::new(Loop { over, body })), Type::Bool))
    }

    pub(super) fn each(&mut self, over: &[Iterator], body: &Expr) -> Result<Typed, Fault> {
        let base = self.locals.len();
        let over = self.sources(over)?;
        let body = self.expr(body)?;
        self.locals.truncate(base);
        let made = Loop { over, body: body.node };
        Ok(Typed::new(Node::For(Box::new(made)), Type::list(body.ty)))
    }

    fn sources(&mut self, over: &[Iterator]) -> Result<Box<[Source]>, Fault> {
        let mut sources = Vec::with_capacity(over.len());
        for iterator in over {
            let typed = self.expr(&iterator.over)?;
            if let Some(upto) = &iterator.upto {
                let end = self.expr(upto)?;
                for (of, at) in [(&typed.ty, iterator.over.at), (&end.ty, upto.at)] {
                    if !of.unknown() && *of != Type::Number {
                        let message = format!("A loop counts from a number to a number, and this is {of}.");
                        return Err(Fault::new(at, message));
                    }
                }
                self.bind(&iterator.name, Type::Number, None, false);
                sources.push(Source::Numbers(typed.node, end.node));
                continue;
            }
            let Some(item) = typed.ty.items() else {
                let message = format!("A list is needed here, and this is {}.", typed.ty);
                return Err(Fault::new(iterator.over.at, message));
            };
            self.bind(&iterator.name, item, typed.origin, false);
            sources.push(Source::Items(typed.node));
        }
        Ok(sources.into())
    }

    pub(super) fn filter(&mut self, at: usize, list: &Expr, condition: &Expr) -> Result<Typed, Fault> {
        let list = self.expr(list)?;
        let Some(item) = list.ty.items() else {
            let message = format!("Only a list can be filtered, and this is {}.", list.ty);
            return Err(Fault::new(at, message));
        };
        let slot = self.locals.len();
        self.bind("item", item.clone(), list.origin.clone(), true);
        let inner = self.expr(condition)?;
        let used = self.locals.get(slot).is_some_and(|local| local.used);
        self.locals.truncate(slot);
        let origin = list.origin;
        let nodes = Box::new([list.node, inner.node]);
        let (node, ty) = match inner.ty {
            Type::Number if !used => (Node::Index(nodes), item),
            Type::Bool => (Node::Filter(nodes), Type::list(item)),
            Type::Any | Type::Null if used => (Node::Filter(nodes), Type::list(item)),
            Type::Any | Type::Null => (Node::Index(nodes), Type::Any),
            other => {
                let message = format!("A filter needs a condition or a place in the list, and this is {other}.");
                return Err(Fault::new(condition.at, message));
            }
        };
        Ok(Typed { node, ty, origin })
    }
}

//! FEEL, the language of rules: an expression is read and checked once, when a definition is loaded, and worked out
//! many times, whenever a case moves.
//!
//! Promises:
//! - What is not supported, cannot be read, or mixes types is a [`Fault`] of [`Expression::compile`]. Working an
//!   expression out fails only with [`Exhausted`]; what has no answer (a division by zero, a field that is absent, a
//!   day that does not exist) is null.
//! - Every evaluation is bounded by a [`Budget`], whatever the data; every source by its length and nesting.
//! - Numbers are exact decimals. Data are read in place.
//! - The same expression over the same scope always gives the same value: no clock, no chance, no outside world.
//!
//! Where this departs from the standard: null makes a comparison null, also `=`, except with the literal `null`,
//! which asks whether there is a value. A text that meets a date, an instant or a duration is read as one, because data
//! are JSON. An instant that meets a date counts as its day in the scope's time zone. Powers have whole exponents.
//! In a filter, a name of the surroundings is only hidden by a field that the item is known to have.
//!
//! What does not belong here: where values come from (the caller fills a [`Scope`]), and what a result leads to.

mod ast;
mod budget;
mod check;
mod eval;
mod fault;
mod functions;
mod lexer;
mod logic;
mod moment;
mod parser;
mod plan;
mod scope;
mod types;
mod value;
mod view;

#[cfg(test)]
mod tests;

use std::sync::Arc;

pub use budget::Budget;
pub use fault::{Exhausted, Fault};
pub use scope::{Bindings, Scope};
pub use types::{Names, Type};
pub use value::{Range, Value};

use eval::Run;
use view::View;

/// A checked expression. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct Expression {
    source: Arc<str>,
    plan: Arc<plan::Node>,
    result: Type,
    paths: Arc<[Vec<String>]>,
}

impl Expression {
    /// Reads and checks an expression over these names.
    ///
    /// # Errors
    /// The first fault found.
    pub fn compile(text: &str, names: &Names) -> Result<Self, Fault> {
        let tree = parser::expression(text)?;
        let checked = check::expression(&tree, names)?;
        Ok(Self { source: text.into(), plan: Arc::new(checked.plan), result: checked.ty, paths: checked.reads.into() })
    }

    /// Reads and checks the tests of a cell of a decision table, such as `< 5`, `[1..10]`, `"a", "b"`,
    /// `not("x")` or `-`, for an input of this type.
    ///
    /// # Errors
    /// The first fault found.
    pub fn compile_unary_tests(text: &str, names: &Names, input: &Type) -> Result<UnaryTests, Fault> {
        let tree = parser::unary_tests(text)?;
        let checked = check::unary_tests(&tree, names, input)?;
        Ok(UnaryTests { source: text.into(), plan: checked.plan.into(), paths: checked.reads.into() })
    }

    /// The text as it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What it gives, or null.
    #[must_use]
    pub fn result(&self) -> &Type {
        &self.result
    }

    /// Every path of the scope that is read, in order and without repetition: `form.kind`, `steps.khatian.holders`.
    #[must_use]
    pub fn paths(&self) -> &[Vec<String>] {
        &self.paths
    }

    /// Works the expression out within [`Budget::DEFAULT`].
    ///
    /// # Errors
    /// If that would cost more than the budget.
    pub fn evaluate(&self, scope: &dyn Scope) -> Result<Value, Exhausted> {
        self.evaluate_within(scope, Budget::DEFAULT)
    }

    /// Works the expression out within a budget.
    ///
    /// # Errors
    /// If that would cost more than the budget.
    pub fn evaluate_within(&self, scope: &dyn Scope, budget: Budget) -> Result<Value, Exhausted> {
        let mut run = Run::new(scope, budget);
        let view = run.node(&self.plan)?;
        run.value(&view, 0)
    }

    /// Whether it is true. Null is not true, and neither is anything that is no truth value.
    ///
    /// # Errors
    /// If that would cost more than [`Budget::DEFAULT`].
    pub fn is_true(&self, scope: &dyn Scope) -> Result<bool, Exhausted> {
        let view = Run::new(scope, Budget::DEFAULT).node(&self.plan)?;
        Ok(view.truth() == Some(true))
    }
}

/// The words of a text in FEEL that are neither numbers nor texts: names, members of what is named, and what the language has
/// itself; and members that `get value` names by a text. Nothing where it cannot be read.
#[must_use]
pub fn words(text: &str) -> Vec<String> {
    let tokens = lexer::tokens(text).unwrap_or_default();
    let by_text = text.contains("get value");
    let word = |(_, token)| match token {
        lexer::Token::Word(word) => Some(word),
        lexer::Token::Text(text) => by_text.then_some(text),
        _ => None,
    };
    tokens.into_iter().filter_map(word).collect()
}

/// The checked tests of one cell of a decision table. Cloning is cheap.
#[derive(Debug, Clone)]
pub struct UnaryTests {
    source: Arc<str>,
    plan: Arc<[plan::Test]>,
    paths: Arc<[Vec<String>]>,
}

impl UnaryTests {
    /// The text as it was written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Every path of the scope that is read.
    #[must_use]
    pub fn paths(&self) -> &[Vec<String>] {
        &self.paths
    }

    /// The values that the input is compared with; none where it is compared with what is not known beforehand.
    #[must_use]
    pub fn literals(&self) -> Option<Vec<Value>> {
        let mut found = Vec::new();
        self.plan.iter().all(|test| test.literals(&mut found)).then_some(found)
    }

    /// Whether one of the tests holds for the input. What cannot be answered does not hold.
    ///
    /// # Errors
    /// If that would cost more than [`Budget::DEFAULT`].
    pub fn matches(&self, input: &Value, scope: &dyn Scope) -> Result<bool, Exhausted> {
        let held = Run::new(scope, Budget::DEFAULT).cell(&self.plan, View::of_value(input))?;
        Ok(held == Some(true))
    }
}

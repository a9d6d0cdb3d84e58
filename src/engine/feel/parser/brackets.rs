//! Brackets: groups, lists, contexts and ranges, and `@"…"` literals.

use super::super::ast::{Expr, Kind};
use super::super::fault::Fault;
use super::super::lexer::Token;
use super::super::moment;
use super::super::value::Value;
use super::Parser;

impl Parser {
    /// `(value)` or `(low..high)`.
    pub(super) fn parenthesis(&mut self) -> Result<Expr, Fault> {
        let at = self.at();
        self.expect_sign("(")?;
        let inner = self.expression()?;
        if self.is_sign("..") {
            return self.range(at, false, inner);
        }
        self.expect_sign(")")?;
        Ok(inner)
    }

    /// `[a, b]` or `[low..high]`.
    pub(super) fn square(&mut self) -> Result<Expr, Fault> {
        let at = self.at();
        self.expect_sign("[")?;
        let mut items = Vec::new();
        if self.take_sign("]") {
            return Expr::new(at, Kind::List(items));
        }
        loop {
            items.push(self.expression()?);
            if self.is_sign("..")
                && items.len() == 1
                && let Some(low) = items.pop()
            {
                return self.range(at, true, low);
            }
            if !self.take_sign(",") {
                self.expect_sign("]")?;
                return Expr::new(at, Kind::List(items));
            }
        }
    }

    /// `]low..high[`: the bracket that looks away leaves the end out.
    pub(super) fn reversed_range(&mut self) -> Result<Expr, Fault> {
        let at = self.at();
        self.expect_sign("]")?;
        let low = self.endpoint()?;
        self.range(at, false, low)
    }

    /// The rest of a range, from the two points on.
    pub(super) fn range(&mut self, at: usize, low_closed: bool, low: Expr) -> Result<Expr, Fault> {
        self.expect_sign("..")?;
        let high = self.endpoint()?;
        let high_closed = self.is_sign("]");
        if !(high_closed || self.is_sign(")") || self.is_sign("[")) {
            return Err(self.unexpected("the bracket that closes the range"));
        }
        self.advance();
        Expr::new(at, Kind::Range { low_closed, high_closed, ends: Box::new([low, high]) })
    }

    /// An end of a range, or what stands behind `<` or `in`: anything that binds tighter than a comparison.
    pub(super) fn endpoint(&mut self) -> Result<Expr, Fault> {
        self.nested(Self::sum)
    }

    /// Tells the bracket of a filter from the one that closes `[low..high[`: only a filter has a value in it.
    pub(super) fn filter_follows(&self) -> bool {
        match self.token(1) {
            Token::Number(_) | Token::Text(_) => true,
            Token::Sign(sign) => matches!(*sign, "(" | "[" | "{" | "-" | "@" | "?"),
            Token::Word(word) => {
                !super::RESERVED.contains(&word.as_str()) || matches!(word.as_str(), "if" | "for" | "some" | "every")
            }
            Token::End => false,
        }
    }

    pub(super) fn context(&mut self) -> Result<Expr, Fault> {
        let at = self.at();
        self.expect_sign("{")?;
        let mut entries: Vec<(usize, String, Expr)> = Vec::new();
        if self.take_sign("}") {
            return Expr::new(at, Kind::Context(entries));
        }
        loop {
            let place = self.at();
            let name = match self.token(0).clone() {
                Token::Word(name) | Token::Text(name) => name,
                _ => return Err(self.unexpected("the name of an entry")),
            };
            if entries.iter().any(|(_, known, _)| *known == name) {
                return Err(self.fault(format!("The entry “{name}” is given twice.")));
            }
            self.advance();
            self.expect_sign(":")?;
            entries.push((place, name, self.expression()?));
            if !self.take_sign(",") {
                self.expect_sign("}")?;
                return Expr::new(at, Kind::Context(entries));
            }
        }
    }

    /// `@"2026-08-03"`, `@"2026-08-03T10:00:00Z"`, `@"P15D"`.
    pub(super) fn at_literal(&mut self) -> Result<Expr, Fault> {
        let at = self.at();
        self.expect_sign("@")?;
        let Token::Text(text) = self.token(0).clone() else {
            return Err(self.unexpected("a text with a date, an instant or a duration"));
        };
        let value = moment::read_date(&text)
            .map(Value::Date)
            .or_else(|| text.parse().ok().map(Value::Instant))
            .or_else(|| moment::read_duration(&text));
        let Some(value) = value else {
            return Err(self.fault(format!("“{text}” is neither a date, an instant with its offset, nor a duration.")));
        };
        self.advance();
        Expr::new(at, Kind::Literal(value))
    }
}

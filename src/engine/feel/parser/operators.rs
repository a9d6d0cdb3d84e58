//! Operators, from the loosest to the tightest: each level asks the next one for its operands.

use super::super::ast::{Expr, Kind, Operator, Relation};
use super::super::fault::Fault;
use super::super::lexer::Token;
use super::super::value::Value;
use super::Parser;

impl Parser {
    pub(super) fn disjunction(&mut self) -> Result<Expr, Fault> {
        let at = self.at();
        let first = self.conjunction()?;
        if !self.is_word("or") {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.take_word("or") {
            parts.push(self.conjunction()?);
        }
        Expr::new(at, Kind::Or(parts))
    }

    fn conjunction(&mut self) -> Result<Expr, Fault> {
        let at = self.at();
        let first = self.comparison()?;
        if !self.is_word("and") {
            return Ok(first);
        }
        let mut parts = vec![first];
        while self.take_word("and") {
            parts.push(self.comparison()?);
        }
        Expr::new(at, Kind::And(parts))
    }

    pub(super) fn relation(&self) -> Option<Relation> {
        let Token::Sign(sign) = self.token(0) else {
            return None;
        };
        match *sign {
            "=" => Some(Relation::Equal),
            "!=" => Some(Relation::Unequal),
            "<" => Some(Relation::Less),
            "<=" => Some(Relation::LessOrEqual),
            ">" => Some(Relation::Greater),
            ">=" => Some(Relation::GreaterOrEqual),
            _ => None,
        }
    }

    fn comparison(&mut self) -> Result<Expr, Fault> {
        let left = self.sum()?;
        let at = self.at();
        let compared = if let Some(relation) = self.relation() {
            self.advance();
            let right = self.sum()?;
            Kind::Compare(relation, Box::new([left, right]))
        } else if self.take_word("between") {
            let low = self.sum()?;
            self.expect_word("and")?;
            let high = self.sum()?;
            Kind::Between(Box::new([left, low, high]))
        } else if self.take_word("in") {
            let tests = self.nested(Self::membership)?;
            Kind::In(Box::new(left), tests)
        } else {
            return Ok(left);
        };
        if self.relation().is_some() || self.is_word("between") || self.is_word("in") {
            return Err(self.fault("Comparisons cannot be chained. Join them with “and”."));
        }
        Expr::new(at, compared)
    }

    pub(super) fn sum(&mut self) -> Result<Expr, Fault> {
        let mut left = self.product()?;
        loop {
            let at = self.at();
            let operator = if self.take_sign("+") {
                Operator::Add
            } else if self.take_sign("-") {
                Operator::Subtract
            } else {
                return Ok(left);
            };
            let right = self.product()?;
            left = Expr::new(at, Kind::Arithmetic(operator, Box::new([left, right])))?;
        }
    }

    fn product(&mut self) -> Result<Expr, Fault> {
        let mut left = self.power()?;
        loop {
            let at = self.at();
            let operator = if self.take_sign("*") {
                Operator::Multiply
            } else if self.take_sign("/") {
                Operator::Divide
            } else {
                return Ok(left);
            };
            let right = self.power()?;
            left = Expr::new(at, Kind::Arithmetic(operator, Box::new([left, right])))?;
        }
    }

    fn power(&mut self) -> Result<Expr, Fault> {
        let mut left = self.signed()?;
        loop {
            let at = self.at();
            if !self.take_sign("**") {
                return Ok(left);
            }
            let right = self.signed()?;
            left = Expr::new(at, Kind::Arithmetic(Operator::Power, Box::new([left, right])))?;
        }
    }

    pub(super) fn signed(&mut self) -> Result<Expr, Fault> {
        let at = self.at();
        if !self.take_sign("-") {
            let primary = self.primary()?;
            return self.postfix(primary);
        }
        let inner = self.nested(Self::signed)?;
        if let Kind::Literal(Value::Number(number)) = inner.kind {
            return Expr::new(at, Kind::Literal(Value::Number(-number)));
        }
        Expr::new(at, Kind::Negate(Box::new(inner)))
    }
}

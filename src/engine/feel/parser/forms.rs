//! What begins with a word of its own: `if`, `for`, `some`, `every`; the right side of `in`; cells.

use super::super::ast::{Expr, Iterator, Kind, Test};
use super::super::fault::Fault;
use super::super::lexer::Token;
use super::Parser;

impl Parser {
    pub(super) fn condition(&mut self) -> Result<Expr, Fault> {
        let at = self.at();
        self.expect_word("if")?;
        let condition = self.expression()?;
        self.expect_word("then")?;
        let then = self.expression()?;
        self.expect_word("else")?;
        let otherwise = self.expression()?;
        Expr::new(at, Kind::If(Box::new([condition, then, otherwise])))
    }

    pub(super) fn each(&mut self) -> Result<Expr, Fault> {
        let at = self.at();
        self.expect_word("for")?;
        let over = self.iterators()?;
        self.expect_word("return")?;
        let body = self.expression()?;
        Expr::new(at, Kind::For(over, Box::new(body)))
    }

    pub(super) fn quantified(&mut self, every: bool) -> Result<Expr, Fault> {
        let at = self.at();
        self.advance();
        let over = self.iterators()?;
        self.expect_word("satisfies")?;
        let condition = Box::new(self.expression()?);
        Expr::new(at, Kind::Quantified { every, over, condition })
    }

    fn iterators(&mut self) -> Result<Vec<Iterator>, Fault> {
        let mut found = Vec::new();
        loop {
            let name = match self.token(0).clone() {
                Token::Word(name) if !super::RESERVED.contains(&name.as_str()) => name,
                _ => return Err(self.unexpected("a name for the items")),
            };
            self.advance();
            self.expect_word("in")?;
            let over = self.expression()?;
            let upto = if self.take_sign("..") { Some(self.expression()?) } else { None };
            found.push(Iterator { name, over, upto });
            if !self.take_sign(",") {
                return Ok(found);
            }
        }
    }

    /// What stands behind `in`: a value, a test, or several in brackets.
    pub(super) fn membership(&mut self) -> Result<Vec<Test>, Fault> {
        let at = self.at();
        if !self.take_sign("(") {
            return Ok(vec![self.test(Self::endpoint)?]);
        }
        let mut tests = self.tests()?;
        if tests.len() == 1 && self.is_sign("..") {
            // It was the bracket of an open range.
            return match tests.pop() {
                Some(Test::Expr(low)) => Ok(vec![Test::Expr(self.range(at, false, low)?)]),
                _ => Err(self.unexpected("“)”")),
            };
        }
        self.expect_sign(")")?;
        match tests.pop() {
            Some(Test::Expr(only)) if tests.is_empty() => Ok(vec![Test::Expr(self.postfix(only)?)]),
            last => {
                tests.extend(last);
                Ok(tests)
            }
        }
    }

    /// A cell of a decision table.
    pub(super) fn cell(&mut self) -> Result<Vec<Test>, Fault> {
        if self.is_sign("-") && matches!(self.token(1), Token::End) {
            self.advance();
            return Ok(vec![Test::Whatever]);
        }
        self.tests()
    }

    fn tests(&mut self) -> Result<Vec<Test>, Fault> {
        let mut found = vec![self.test(Self::expression)?];
        while self.take_sign(",") {
            found.push(self.test(Self::expression)?);
        }
        Ok(found)
    }

    fn test(&mut self, value: fn(&mut Self) -> Result<Expr, Fault>) -> Result<Test, Fault> {
        let at = self.at();
        if let Some(relation) = self.relation() {
            self.advance();
            return Ok(Test::Compare(at, relation, self.endpoint()?));
        }
        if self.is_word("not") && matches!(self.token(1), Token::Sign("(")) {
            self.advance();
            self.advance();
            let tests = self.nested(Self::tests)?;
            self.expect_sign(")")?;
            return Ok(Test::Not(tests));
        }
        Ok(Test::Expr(value(self)?))
    }
}

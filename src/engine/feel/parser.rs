//! Tokens into a tree, by recursive descent with a bounded depth and without ever going back.
//!
//! Precedence, loosest first: `or`, `and`, comparisons with `between` and `in`, `+ -`, `* /`, `**`, the minus
//! sign, and then paths, filters and calls. What begins with a word of its own (`if`, `for`, `some`, `every`) is
//! in `parser/forms.rs`, operators in `parser/operators.rs`, brackets and ranges in `parser/brackets.rs`.

mod brackets;
mod forms;
mod operators;

use super::ast::{Expr, Kind, MAX_DEPTH, Test};
use super::fault::Fault;
use super::functions;
use super::lexer::{Token, tokens};
use super::value::Value;

/// Words that end an expression, so that they cannot be names.
const RESERVED: [&str; 12] =
    ["and", "between", "else", "every", "for", "if", "in", "or", "return", "satisfies", "some", "then"];

/// One expression, from the first character to the last.
pub(super) fn expression(source: &str) -> Result<Expr, Fault> {
    let mut parser = Parser::new(source)?;
    let expr = parser.expression()?;
    parser.end()?;
    Ok(expr)
}

/// The tests of a cell: separated by commas, any of which may hold.
pub(super) fn unary_tests(source: &str) -> Result<Vec<Test>, Fault> {
    let mut parser = Parser::new(source)?;
    let tests = parser.cell()?;
    parser.end()?;
    Ok(tests)
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    next: usize,
    depth: usize,
}

impl Parser {
    fn new(source: &str) -> Result<Self, Fault> {
        Ok(Self { tokens: tokens(source)?, next: 0, depth: 0 })
    }

    /// The last token is always `End`, and it is never passed.
    fn token(&self, ahead: usize) -> &Token {
        let last = self.tokens.len() - 1;
        &self.tokens[(self.next + ahead).min(last)].1
    }

    fn at(&self) -> usize {
        self.tokens[self.next.min(self.tokens.len() - 1)].0
    }

    fn advance(&mut self) {
        self.next = (self.next + 1).min(self.tokens.len() - 1);
    }

    fn is_sign(&self, sign: &str) -> bool {
        matches!(self.token(0), Token::Sign(found) if *found == sign)
    }

    fn is_word(&self, word: &str) -> bool {
        matches!(self.token(0), Token::Word(found) if found == word)
    }

    fn take_sign(&mut self, sign: &str) -> bool {
        let found = self.is_sign(sign);
        if found {
            self.advance();
        }
        found
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(word);
        if found {
            self.advance();
        }
        found
    }

    fn expect_sign(&mut self, sign: &str) -> Result<(), Fault> {
        if self.take_sign(sign) {
            return Ok(());
        }
        Err(self.unexpected(&format!("“{sign}”")))
    }

    fn expect_word(&mut self, word: &str) -> Result<(), Fault> {
        if self.take_word(word) {
            return Ok(());
        }
        Err(self.unexpected(&format!("“{word}”")))
    }

    fn fault(&self, message: impl Into<String>) -> Fault {
        Fault::new(self.at(), message)
    }

    fn unexpected(&self, wanted: &str) -> Fault {
        if self.is_word("instance") {
            return self.fault("“instance of” is not supported.");
        }
        let found = match self.token(0) {
            Token::End => "the expression ends".to_owned(),
            Token::Word(word) => format!("there is “{word}”"),
            Token::Sign(sign) => format!("there is “{sign}”"),
            Token::Number(number) => format!("there is the number {number}"),
            Token::Text(_) => "there is a text".to_owned(),
        };
        self.fault(format!("Here {found}, but {wanted} is expected."))
    }

    fn end(&self) -> Result<(), Fault> {
        match self.token(0) {
            Token::End => Ok(()),
            _ => Err(self.unexpected("the end of the expression")),
        }
    }

    /// Runs `parse` one level deeper.
    fn nested<T>(&mut self, parse: impl FnOnce(&mut Self) -> Result<T, Fault>) -> Result<T, Fault> {
        if self.depth >= MAX_DEPTH {
            return Err(self.fault("The expression is nested too deeply. Split it into smaller ones."));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn expression(&mut self) -> Result<Expr, Fault> {
        self.nested(Self::disjunction)
    }

    /// Paths and filters behind a value.
    fn postfix(&mut self, mut base: Expr) -> Result<Expr, Fault> {
        loop {
            let at = base.at;
            if self.is_sign(".") {
                let mut fields = Vec::new();
                while self.take_sign(".") {
                    fields.push((self.at(), self.field()?));
                }
                base = Expr::new(at, Kind::Path(Box::new(base), fields))?;
            } else if self.is_sign("[") && self.filter_follows() {
                self.advance();
                let condition = self.expression()?;
                self.expect_sign("]")?;
                base = Expr::new(at, Kind::Filter(Box::new([base, condition])))?;
            } else if self.is_sign("(") {
                return Err(self.fault("Only a function known by name can be called."));
            } else {
                return Ok(base);
            }
        }
    }

    /// Any word, also a reserved one, may name a field.
    fn field(&mut self) -> Result<String, Fault> {
        match self.token(0).clone() {
            Token::Word(name) => {
                self.advance();
                Ok(name)
            }
            _ => Err(self.unexpected("the name of a field")),
        }
    }

    fn primary(&mut self) -> Result<Expr, Fault> {
        let at = self.at();
        match self.token(0).clone() {
            Token::Number(number) => {
                self.advance();
                Expr::new(at, Kind::Literal(Value::Number(number)))
            }
            Token::Text(text) => {
                self.advance();
                Expr::new(at, Kind::Literal(Value::Text(text)))
            }
            Token::Sign("(") => self.parenthesis(),
            Token::Sign("[") => self.square(),
            Token::Sign("]") => self.reversed_range(),
            Token::Sign("{") => self.context(),
            Token::Sign("@") => self.at_literal(),
            Token::Sign("?") => {
                self.advance();
                Expr::new(at, Kind::Name("?".to_owned()))
            }
            Token::Word(word) => self.worded(&word),
            _ => Err(self.unexpected("a value")),
        }
    }

    fn worded(&mut self, word: &str) -> Result<Expr, Fault> {
        let at = self.at();
        if let Some((name, words)) = self.called_name() {
            // What follows would only give a fault that leads astray.
            if let Some(why) = functions::why_absent(&name) {
                return Err(self.fault(why));
            }
            for _ in 0..words {
                self.advance();
            }
            let arguments = self.arguments()?;
            return Expr::new(at, Kind::Call(name, arguments));
        }
        match word {
            "true" | "false" => {
                self.advance();
                Expr::new(at, Kind::Literal(Value::Bool(word == "true")))
            }
            "null" => {
                self.advance();
                Expr::new(at, Kind::Literal(Value::Null))
            }
            "if" => self.condition(),
            "for" => self.each(),
            "some" | "every" => self.quantified(word == "every"),
            _ if RESERVED.contains(&word) => Err(self.unexpected("a value")),
            _ => {
                self.advance();
                Expr::new(at, Kind::Name(word.to_owned()))
            }
        }
    }

    /// The words before a bracket, if they are called: the longest known name that begins here, else all the
    /// words (so that the fault about an unknown function can name it).
    fn called_name(&self) -> Option<(String, usize)> {
        let mut words = Vec::new();
        while let (Token::Word(word), true) = (self.token(words.len()), words.len() < 6) {
            words.push(word.as_str());
        }
        if !matches!(self.token(words.len()), Token::Sign("(")) {
            return None;
        }
        let name = words.join(" ");
        if functions::is_known(&name) {
            return Some((name, words.len()));
        }
        let plain = words.iter().all(|word| !RESERVED.contains(word));
        plain.then_some((name, words.len()))
    }

    fn arguments(&mut self) -> Result<Vec<Expr>, Fault> {
        self.expect_sign("(")?;
        let mut arguments = Vec::new();
        if self.take_sign(")") {
            return Ok(arguments);
        }
        loop {
            if matches!(self.token(1), Token::Sign(":")) {
                return Err(self.fault("Arguments are given by their place, not by name."));
            }
            arguments.push(self.expression()?);
            if !self.take_sign(",") {
                self.expect_sign(")")?;
                return Ok(arguments);
            }
        }
    }
}

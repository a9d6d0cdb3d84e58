//! Text into tokens. Knows nothing of grammar: `date and time` is three words here.

use rust_decimal::Decimal;

use super::fault::Fault;

/// The longest source text that is read, in bytes.
pub(super) const MAX_SOURCE: usize = 8 * 1024;

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Word(String),
    Number(Decimal),
    Text(String),
    Sign(&'static str),
    End,
}

/// Longest first, so that `..` is not read as two points.
const SIGNS: [&str; 23] = [
    "..", "**", "<=", ">=", "!=", "+", "-", "*", "/", "(", ")", "[", "]", "{", "}", ",", ":", ".", "=", "<", ">", "?",
    "@",
];

/// Tokens with their places (in characters); the last one is [`Token::End`].
pub(super) fn tokens(source: &str) -> Result<Vec<(usize, Token)>, Fault> {
    if source.len() > MAX_SOURCE {
        return Err(Fault::new(0, format!("The expression is longer than {MAX_SOURCE} bytes.")));
    }
    let mut lexer = Lexer { chars: source.chars().collect(), at: 0 };
    let mut found = Vec::new();
    loop {
        lexer.skip_blank()?;
        let at = lexer.at;
        let token = lexer.next()?;
        let ended = token == Token::End;
        found.push((at, token));
        if ended {
            return Ok(found);
        }
    }
}

struct Lexer {
    chars: Vec<char>,
    at: usize,
}

impl Lexer {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn starts_with(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(i, c)| self.peek(i) == Some(c))
    }

    fn skip_blank(&mut self) -> Result<(), Fault> {
        loop {
            if self.peek(0).is_some_and(char::is_whitespace) {
                self.at += 1;
            } else if self.starts_with("//") {
                while self.peek(0).is_some_and(|c| c != '\n') {
                    self.at += 1;
                }
            } else if self.starts_with("/*") {
                let from = self.at;
                while !self.starts_with("*/") {
                    if self.peek(0).is_none() {
                        return Err(Fault::new(from, "This comment has no end."));
                    }
                    self.at += 1;
                }
                self.at += 2;
            } else {
                return Ok(());
            }
        }
    }

    fn next(&mut self) -> Result<Token, Fault> {
        let Some(first) = self.peek(0) else {
            return Ok(Token::End);
        };
        let decimal_point = first == '.' && self.peek(1).is_some_and(|c| c.is_ascii_digit());
        if first.is_ascii_digit() || decimal_point {
            return self.number();
        }
        if first.is_alphabetic() || first == '_' {
            return Ok(self.word());
        }
        if first == '"' {
            return self.text();
        }
        if self.starts_with("==") {
            return Err(Fault::new(self.at, "Two values are compared with one equals sign."));
        }
        if let Some(sign) = SIGNS.iter().find(|sign| self.starts_with(sign)) {
            self.at += sign.len();
            return Ok(Token::Sign(sign));
        }
        let advice = match first {
            '\'' | '“' | '”' | '‘' | '’' => " A text stands in straight double quotes.",
            '&' => " Write “and”.",
            '|' => " Write “or”.",
            '!' => " Write “not(…)”.",
            '%' => " A percentage is a division by 100.",
            _ => "",
        };
        Err(Fault::new(self.at, format!("The character “{first}” has no meaning here.{advice}")))
    }

    fn word(&mut self) -> Token {
        let from = self.at;
        while self.peek(0).is_some_and(|c| c.is_alphanumeric() || c == '_') {
            self.at += 1;
        }
        Token::Word(self.chars[from..self.at].iter().collect())
    }

    fn number(&mut self) -> Result<Token, Fault> {
        let from = self.at;
        self.digits();
        // `1..5` is a range, so a point counts only with a digit behind it.
        if self.peek(0) == Some('.') && self.peek(1).is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
            self.digits();
        }
        if let Some(c) = self.peek(0).filter(|c| c.is_alphabetic() || *c == '_') {
            return Err(Fault::new(self.at, format!("A number cannot be followed at once by “{c}”.")));
        }
        let mut text: String = self.chars[from..self.at].iter().collect();
        if text.starts_with('.') {
            text.insert(0, '0');
        }
        Decimal::from_str_exact(&text)
            .map(Token::Number)
            .map_err(|_| Fault::new(from, "This number has more digits than can be kept exactly (28)."))
    }

    fn digits(&mut self) {
        while self.peek(0).is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
    }

    fn text(&mut self) -> Result<Token, Fault> {
        let from = self.at;
        self.at += 1;
        let mut made = String::new();
        loop {
            match self.peek(0) {
                None => return Err(Fault::new(from, "This text has no closing quote.")),
                Some('"') => {
                    self.at += 1;
                    return Ok(Token::Text(made));
                }
                Some('\\') => made.push(self.escape()?),
                Some(c) => {
                    made.push(c);
                    self.at += 1;
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, Fault> {
        let from = self.at;
        let kind = self.peek(1);
        self.at += 2;
        let unknown = || Fault::new(from, "This \\ sequence stands for no character.");
        match kind {
            Some('n') => Ok('\n'),
            Some('t') => Ok('\t'),
            Some('r') => Ok('\r'),
            Some(c @ ('"' | '\\' | '\'' | '/')) => Ok(c),
            Some('u') => {
                let high = self.hex(4).ok_or_else(unknown)?;
                let code = if (0xD800..0xDC00).contains(&high) && self.starts_with("\\u") {
                    self.at += 2;
                    let low = self.hex(4).ok_or_else(unknown)?;
                    let low = low.checked_sub(0xDC00).filter(|low| *low < 0x400);
                    0x10000 + ((high - 0xD800) << 10) + low.ok_or_else(unknown)?
                } else {
                    high
                };
                char::from_u32(code).ok_or_else(unknown)
            }
            Some('U') => self.hex(6).and_then(char::from_u32).ok_or_else(unknown),
            _ => Err(unknown()),
        }
    }

    fn hex(&mut self, digits: usize) -> Option<u32> {
        let mut code = 0;
        for _ in 0..digits {
            code = code * 16 + self.peek(0)?.to_digit(16)?;
            self.at += 1;
        }
        Some(code)
    }
}

//! The reference of a case, such as `LM-26-7K3F-9QXD-M`: what a citizen keeps, reads out on the
//! telephone and types again. Promises that no slip of one symbol, and no exchange of two symbols,
//! leads to another case's reference. Does not draw the random bits, nor make sure of uniqueness.
//!
//! A reference is a prefix (1 to 6 letters), the year (two digits), 40 random bits as 8 symbols
//! of Crockford's base 32 in two groups, and one check symbol from the same 32.
//!
//! The check symbol is not Crockford's own (modulo 37), since `* ~ $ =` are awkward to say.
//! Instead the symbols are elements of the field GF(32), and the weighted sum of all symbols is
//! zero, the weight of place i being αⁱ. As the weights of any two of up to 31 places differ and
//! none is zero, every wrong symbol and every exchange of two symbols shows, neighbours or not
//! (save an L of the prefix exchanged with a random symbol, where it may be read as 1).

use std::fmt;

use serde::{Deserialize, Serialize};

/// Crockford's base 32: without I, L, O (read as 1, 1, 0) and U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Longest prefix, in letters.
const PREFIX_MAX: usize = 6;
/// Random symbols: 8 of 5 bits.
const SYMBOLS: usize = 8;
/// Year, random symbols and check symbol.
const TAIL: usize = 2 + SYMBOLS + 1;
/// Longest text that `parse` looks at, in bytes, separators included.
const INPUT_MAX: usize = 64;

/// A well-formed reference with a right check symbol; held in its printed form.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Reference(String);

impl Reference {
    /// Random bits in a reference.
    pub const BITS: u32 = 40;

    /// `prefix`: 1 to 6 letters A to Z. `year`: of which the last two digits are shown.
    /// `bits`: below 2⁴⁰. `None` where one of them is not so.
    #[must_use]
    pub fn make(prefix: &str, year: i16, bits: u64) -> Option<Self> {
        if !Self::prefix_is_valid(prefix) || year < 0 || bits >> Self::BITS != 0 {
            return None;
        }
        let year = (year % 100).unsigned_abs();
        let mut body = String::with_capacity(PREFIX_MAX + TAIL);
        body.push_str(prefix);
        body.push_str(&format!("{year:02}"));
        for place in (0..SYMBOLS).rev() {
            let symbol = usize::try_from((bits >> (place * 5)) & 31).unwrap_or_default();
            body.push(char::from(ALPHABET[symbol]));
        }
        let check = check_symbol(body.as_bytes())?;
        body.push(char::from(check));
        Some(Self::printed(&body))
    }

    /// Reads what somebody typed: in either case, with or without dashes and spaces, with
    /// I and L for 1 and O for 0. `None` where it is no reference or a symbol is wrong.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > INPUT_MAX {
            return None;
        }
        let typed: Vec<u8> = text
            .bytes()
            .filter(|byte| !matches!(byte, b'-' | b' ' | b'\t' | b'\r' | b'\n'))
            .map(|byte| byte.to_ascii_uppercase())
            .collect();
        let prefix = typed.len().checked_sub(TAIL).filter(|n| (1..=PREFIX_MAX).contains(n))?;
        let mut body = String::with_capacity(typed.len());
        for (place, byte) in typed.iter().enumerate() {
            let read = if place < prefix { *byte } else { unmistakable(*byte) };
            let fits = match place {
                _ if place < prefix => read.is_ascii_uppercase(),
                _ if place < prefix + 2 => read.is_ascii_digit(),
                _ => ALPHABET.contains(&read),
            };
            if !fits {
                return None;
            }
            body.push(char::from(read));
        }
        let (symbols, check) = body.as_bytes().split_at(body.len() - 1);
        (check_symbol(symbols)? == check[0]).then(|| Self::printed(&body))
    }

    /// Whether `prefix` can open a reference.
    #[must_use]
    pub fn prefix_is_valid(prefix: &str) -> bool {
        (1..=PREFIX_MAX).contains(&prefix.len()) && prefix.bytes().all(|byte| byte.is_ascii_uppercase())
    }

    /// The printed form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn printed(body: &str) -> Self {
        let (prefix, tail) = body.split_at(body.len() - TAIL);
        Self(format!("{prefix}-{}-{}-{}-{}", &tail[..2], &tail[2..6], &tail[6..10], &tail[10..]))
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<Reference> for String {
    fn from(reference: Reference) -> Self {
        reference.0
    }
}

impl TryFrom<String> for Reference {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a reference")
    }
}

fn unmistakable(byte: u8) -> u8 {
    match byte {
        b'I' | b'L' => b'1',
        b'O' => b'0',
        other => other,
    }
}

/// The symbol that makes the weighted sum zero. Its own weight is 1, the place before it has α,
/// and so on. A symbol counts by its place in the alphabet; the letters that are not in it stand
/// in prefixes only, where there are no digits, and take the digits' elements.
fn check_symbol(body: &[u8]) -> Option<u8> {
    let prefix = body.len().checked_sub(TAIL - 1)?;
    let sum = body.iter().enumerate().try_fold(0, |sum, (place, byte)| {
        let element = match byte {
            b'O' if place < prefix => 0,
            b'I' if place < prefix => 1,
            b'L' if place < prefix => 2,
            b'U' if place < prefix => 3,
            _ => u8::try_from(ALPHABET.iter().position(|symbol| symbol == byte)?).ok()?,
        };
        Some(times_alpha(sum ^ element))
    })?;
    ALPHABET.get(usize::from(sum)).copied()
}

/// Multiplication by α in GF(32), reduced by x⁵ + x² + 1, which is primitive: α has order 31.
fn times_alpha(element: u8) -> u8 {
    let shifted = element << 1;
    if shifted & 0b10_0000 != 0 { shifted ^ 0b10_0101 } else { shifted }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reference() -> impl Strategy<Value = Reference> {
        ("[A-Z]{1,6}", 2000i16..2100, 0u64..1 << 40)
            .prop_filter_map("makes", |(prefix, year, bits)| Reference::make(&prefix, year, bits))
    }

    #[test]
    fn its_form_is_the_documented_one() {
        let made = Reference::make("LM", 2026, 0).expect("valid parts");
        assert!(made.as_str().starts_with("LM-26-0000-0000-"), "{made}");
        assert_eq!(made.as_str().len(), "LM-26-7K3F-9QXD-M".len());
        assert_eq!(Reference::make("lm", 2026, 0), None);
        assert_eq!(Reference::make("", 2026, 0), None);
        assert_eq!(Reference::make("LANDMUT", 2026, 0), None);
        assert_eq!(Reference::make("LM", 2026, 1 << 40), None);
        assert_eq!(Reference::make("LM", -1, 0), None);
    }

    #[test]
    fn alpha_has_order_31() {
        let mut element = 1;
        for step in 1..=31 {
            element = times_alpha(element);
            assert_eq!(element == 1, step == 31, "after {step} steps");
        }
    }

    #[test]
    fn typing_habits_are_forgiven() {
        let made = Reference::make("LOL", 2010, 0x01_0840_0421).expect("valid parts");
        let loose = made.as_str().to_lowercase().replace('-', " ");
        assert_eq!(Reference::parse(&loose), Some(made.clone()));
        let (prefix, tail) = made.as_str().split_at(3);
        let slips = format!("{prefix}{}", tail.replace('1', "l").replace('0', "o").replace('-', ""));
        assert_eq!(Reference::parse(&slips), Some(made));
        assert_eq!(Reference::parse(""), None);
        assert_eq!(Reference::parse(&"A".repeat(1000)), None);
        assert_eq!(Reference::parse("é-26-7K3F-9QXD-M"), None);
    }

    proptest! {
        #[test]
        fn what_is_printed_is_read_back(made in reference()) {
            prop_assert_eq!(Reference::parse(made.as_str()), Some(made.clone()));
            let json = serde_json::to_string(&made).expect("a string");
            prop_assert_eq!(serde_json::from_str::<Reference>(&json).expect("itself"), made);
        }

        /// Exhaustive for each reference drawn: every place, every other symbol.
        #[test]
        fn every_wrong_symbol_shows(made in reference()) {
            let text: Vec<char> = made.as_str().chars().collect();
            for place in (0..text.len()).filter(|&place| text[place] != '-') {
                for other in ('0'..='9').chain('A'..='Z') {
                    let mut wrong = text.clone();
                    wrong[place] = other;
                    let read = Reference::parse(&wrong.iter().collect::<String>());
                    prop_assert!(read.is_none_or(|read| read == made), "{:?}", wrong);
                }
            }
        }

        /// Stronger than neighbours: any two places.
        #[test]
        fn every_exchange_shows(made in reference()) {
            let text: Vec<char> = made.as_str().chars().filter(|c| *c != '-').collect();
            for first in 0..text.len() {
                for second in first + 1..text.len() {
                    if first < text.len() - TAIL && text[first] == 'L' && second - first > 1 {
                        continue;
                    }
                    let mut wrong = text.clone();
                    wrong.swap(first, second);
                    let read = Reference::parse(&wrong.iter().collect::<String>());
                    prop_assert!(read.is_none_or(|read| read == made), "{:?}", wrong);
                }
            }
        }

        #[test]
        fn no_text_panics(text in ".{0,80}") {
            let _ = Reference::parse(&text);
        }
    }
}

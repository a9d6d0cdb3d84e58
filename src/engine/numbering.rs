//! Numbers of new records, such as `K-2026-000041` by the pattern `K-{year}-{000001}`.

use crate::kernel::{Error, Result};

/// Characters of a pattern.
const LONGEST: usize = 60;
/// Digits to which a number is filled up.
const MOST_DIGITS: usize = 12;

/// How a register numbers its new records: text with one place for the number, which counts from 1, and at most one
/// for the year. With a year the count begins anew in each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Year,
    /// Filled up with zeros to so many digits; longer numbers stay whole.
    Number(usize),
}

impl Pattern {
    /// # Errors
    /// [`Error::Internal`] with a sentence where the pattern is not one.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = || Error::internal(format!("not a pattern for numbers: {text:?}"));
        if text.len() > LONGEST {
            return Err(wrong());
        }
        let mut parts = Vec::new();
        let mut rest = text;
        while !rest.is_empty() {
            let Some((before, after)) = rest.split_once('{') else {
                parts.push(Part::Text(rest.to_owned()));
                break;
            };
            if !before.is_empty() {
                parts.push(Part::Text(before.to_owned()));
            }
            let (place, after) = after.split_once('}').ok_or_else(wrong)?;
            parts.push(Part::place(place).ok_or_else(wrong)?);
            rest = after;
        }
        let count = |what: fn(&Part) -> bool| parts.iter().filter(|p| what(p)).count();
        let plain = |p: &Part| matches!(p, Part::Text(t) if t.contains('}') || t.chars().any(char::is_control));
        let numbers = count(|p| matches!(p, Part::Number(_)));
        if numbers != 1 || count(|p| *p == Part::Year) > 1 || parts.iter().any(plain) {
            return Err(wrong());
        }
        Ok(Self { parts })
    }

    /// Whether the count begins anew each year.
    #[must_use]
    pub fn is_yearly(&self) -> bool {
        self.parts.contains(&Part::Year)
    }

    /// The key of the record with this number.
    #[must_use]
    pub fn key(&self, year: i16, number: i64) -> String {
        let write = |part: &Part| match part {
            Part::Text(text) => text.clone(),
            Part::Year => format!("{year:04}"),
            Part::Number(digits) => format!("{number:0digits$}"),
        };
        self.parts.iter().map(write).collect()
    }
}

impl Part {
    fn place(text: &str) -> Option<Self> {
        if text == "year" {
            return Some(Self::Year);
        }
        let zeros = text.strip_suffix('1')?;
        (text.len() <= MOST_DIGITS && zeros.bytes().all(|b| b == b'0')).then_some(Self::Number(text.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_filled_up_and_never_cut() {
        let pattern = Pattern::parse("K-{year}-{000001}").unwrap();
        assert_eq!(pattern.key(2026, 41), "K-2026-000041");
        assert_eq!(pattern.key(2026, 12_345_678), "K-2026-12345678");
        assert!(pattern.is_yearly());
        let plain = Pattern::parse("{1}/TL").unwrap();
        assert_eq!((plain.key(2026, 7).as_str(), plain.is_yearly()), ("7/TL", false));
    }

    #[test]
    fn a_pattern_has_one_number_and_at_most_one_year() {
        let long = format!("{}{{1}}", "x".repeat(LONGEST));
        for wrong in [
            "",
            "K-{year}",
            "{1}{1}",
            "{year}{year}{1}",
            "K-{month}-{1}",
            "K-{1",
            "K}-{1}",
            "{2}",
            "{0000000000001}",
            &long,
        ] {
            assert!(Pattern::parse(wrong).is_err(), "{wrong}");
        }
    }
}

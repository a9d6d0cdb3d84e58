//! What can be wrong with an expression: a [`Fault`] when it is read, and [`Exhausted`] when it is worked out.
//! There is no third kind: what an expression cannot answer is null.

use std::fmt;

/// Why an expression cannot be accepted, in words for the author of a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// One or two sentences, without a position.
    pub message: String,
    /// Where in the source text, counted in characters from 0.
    pub offset: usize,
}

impl Fault {
    pub(super) fn new(offset: usize, message: impl Into<String>) -> Self {
        Self { message: message.into(), offset }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} (at character {})", self.message, self.offset + 1)
    }
}

impl std::error::Error for Fault {}

/// An evaluation that was stopped because it would have cost too much. The data, not the author, are usually the cause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Exhausted {
    #[error("the expression needs more steps than are allowed")]
    Steps,
    #[error("the expression meets data that are nested too deeply")]
    Depth,
    #[error("the expression makes a list that is too long")]
    List,
    #[error("the expression makes a text that is too long")]
    Text,
}

/// The known name that was most likely meant, if one is close enough.
pub(super) fn nearest<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Two letters that changed places are two edits.
    let allowed = match wanted.chars().count() {
        ..4 => 1,
        long => (long / 3).max(2),
    };
    known
        .map(|name| (edits(wanted, name), name))
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, name)| name)
}

/// ` Did you mean “x”?`, or nothing.
pub(super) fn suggestion<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest(wanted, known).map_or_else(String::new, |name| format!(" Did you mean “{name}”?"))
}

/// Levenshtein's distance. Names are short: what is longer than 64 characters is not compared.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    if a.len() > 64 || b.len() > 64 {
        return usize::MAX;
    }
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, left) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, right) in b.iter().enumerate() {
            let cost = diagonal + usize::from(left != *right);
            diagonal = row[j + 1];
            row[j + 1] = cost.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

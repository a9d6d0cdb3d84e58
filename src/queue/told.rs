//! What is kept and logged of an error. Errors of libraries repeat what they could not read, and that may be somebody's
//! name or number: here it is taken out, before anybody reads it.

use std::error::Error as _;

use crate::kernel::Error;

/// What stands for something that was taken out.
const GONE: &str = "…";
/// Digits in a row that may be somebody's number. Shorter ones are statuses, lines and counts.
const DIGITS: usize = 6;

/// The error with its cause, which `Internal` keeps to itself; without what a stranger may have stated.
pub(super) fn told(error: &Error) -> String {
    match error.source() {
        Some(source) => bare(&format!("{error}: {source}")),
        None => bare(&error.to_string()),
    }
}

/// Takes out what stands in quotes, unless it is a code of ours such as a column, and what looks like an address or a
/// number of somebody.
fn bare(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(['"', '`']) {
        let quote = &rest[at..=at];
        words(&rest[..at], &mut out);
        let inside = &rest[at + 1..];
        let Some(end) = inside.find(quote) else {
            // A quote that does not close: nobody knows what it is of.
            out.push_str(GONE);
            return out;
        };
        out.push_str(quote);
        out.push_str(if is_code(&inside[..end]) { &inside[..end] } else { GONE });
        out.push_str(quote);
        rest = &inside[end + 1..];
    }
    words(rest, &mut out);
    out
}

fn words(text: &str, out: &mut String) {
    for word in text.split_inclusive(char::is_whitespace) {
        let bare = word.trim_end();
        let digits = bare.split(|c: char| !c.is_alphanumeric() && c != '-').any(|part| {
            part.bytes().all(|b| b.is_ascii_digit() || b == b'-')
                && part.bytes().filter(u8::is_ascii_digit).count() >= DIGITS
        });
        if bare.contains('@') || digits {
            out.push_str(GONE);
            out.push_str(&word[bare.len()..]);
        } else {
            out.push_str(word);
        }
    }
}

/// A word of the product: of a name, somebody's own spelling has capitals, spaces or another script.
fn is_code(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_somebody_stated_is_taken_out_and_the_reason_stays() {
        for (text, kept) in [
            ("the mail server: answered 451", "the mail server: answered 451"),
            ("missing field `message` at line 1 column 2", "missing field `message` at line 1 column 2"),
            ("invalid type: string \"Rahim Uddin\", expected u32", "invalid type: string \"…\", expected u32"),
            ("invalid type: integer `4710000101`, expected a map", "invalid type: integer `…`, expected a map"),
            ("relation \"jobs\" does not exist", "relation \"jobs\" does not exist"),
            ("the box of rahim@sumwhere.example is full", "the box of … is full"),
            ("no person 4710000101 there", "no person … there"),
            ("refused: +8801711000001.", "refused: …"),
            ("no line to 0171-100-0001", "no line to …"),
            (
                "case 0199aa50-2c1e-7c3a-8a0e-0f6f3c1d2b4a is locked",
                "case 0199aa50-2c1e-7c3a-8a0e-0f6f3c1d2b4a is locked",
            ),
            ("unknown variant \"রহিম\"", "unknown variant \"…\""),
            ("it said \"Rahim", "it said …"),
        ] {
            assert_eq!(bare(text), kept);
        }
    }

    #[test]
    fn the_cause_is_told_too() {
        assert_eq!(told(&Error::internal("the handler panicked")), "internal error: the handler panicked");
        assert_eq!(told(&Error::Stale), "stale");
    }
}

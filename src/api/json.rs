//! Reads JSON that strangers send: depth, doubled names and the character U+0000 are looked at before anything is built
//! from it, and what does not fit is told with a pointer. Knows no HTTP.

use std::borrow::Cow;
use std::collections::HashSet;

use serde::de::DeserializeOwned;
use serde_json::error::Category;

use crate::kernel::{Error, Fault, Result};

/// Deepest nesting.
pub const DEPTH_MAX: usize = 32;

/// Reads a body.
///
/// # Errors
/// [`Error::Malformed`] where it is not UTF-8, not JSON, nested too deeply, says one thing twice or has a U+0000; [`Error::Invalid`]
/// with the place where it is JSON of another shape.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    let text = std::str::from_utf8(body)
        .map_err(|e| Error::Malformed(format!("the body is not UTF-8: byte {} is wrong", e.valid_up_to())))?;
    let mut walk = Walk::new(text);
    walk.until(text.len())?;
    serde_json::from_str(text).map_err(|error| match error.classify() {
        Category::Data => Error::Invalid(vec![fault(text, &error)]),
        _ => Error::Malformed(format!("the body is not JSON: line {}, column {}", error.line(), error.column())),
    })
}

/// The reader's words, as a code and a place. What was sent is not repeated.
fn fault(text: &str, error: &serde_json::Error) -> Fault {
    let line = text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum::<usize>();
    let mut walk = Walk::new(text);
    // What was walked once without a fault is walked again without one.
    let _ = walk.until((line + error.column()).min(text.len()));
    let pointer = walk.pointer();
    let words = error.to_string();
    let named = words.split('`').nth(1).unwrap_or_default();
    if words.starts_with("missing field") {
        Fault::new(format!("{pointer}/{}", token(named)), "required")
    } else if words.starts_with("unknown field") {
        Fault::new(pointer, "not_expected")
    } else if words.starts_with("unknown variant") {
        let options: Vec<_> = words.split('`').skip(3).step_by(2).collect();
        Fault::new(pointer, "enum").with("options", options.join(", "))
    } else if words.starts_with("invalid type") {
        let expected = words.rsplit_once("expected ").map_or("", |(_, rest)| rest);
        Fault::new(pointer, "type").with("expected", expected.split(" at line ").next().unwrap_or_default())
    } else {
        Fault::new(pointer, "invalid")
    }
}

/// A reference token of RFC 6901.
fn token(name: &str) -> Cow<'_, str> {
    if name.contains(['~', '/']) { name.replace('~', "~0").replace('/', "~1").into() } else { name.into() }
}

/// Whether a string as it is written has the character U+0000, which no database keeps in a text.
fn has_nul(raw: &str) -> bool {
    let escaped = |(at, _): (usize, &str)| {
        // An even number of backslashes before it is so many backslashes, and no escape.
        raw[..at].bytes().rev().take_while(|b| *b == b'\\').count() % 2 == 0
    };
    raw.match_indices("\\u0000").any(escaped)
}

/// Where we stand in a text. Goes over it once; what is not JSON confuses it no worse than that places are wrong.
struct Walk<'a> {
    text: &'a str,
    at: usize,
    within: Vec<Frame<'a>>,
}

enum Frame<'a> {
    Object { seen: HashSet<Cow<'a, str>>, key: Option<Cow<'a, str>>, key_next: bool },
    Array { index: usize },
}

impl<'a> Walk<'a> {
    fn new(text: &'a str) -> Self {
        Self { text, at: 0, within: Vec::new() }
    }

    fn until(&mut self, end: usize) -> Result<()> {
        let bytes = self.text.as_bytes();
        while self.at < end {
            match bytes[self.at] {
                b'"' => self.string()?,
                b'{' => self.enter(Frame::Object { seen: HashSet::new(), key: None, key_next: true })?,
                b'[' => self.enter(Frame::Array { index: 0 })?,
                b'}' | b']' => drop(self.within.pop()),
                b',' => match self.within.last_mut() {
                    Some(Frame::Object { key_next, .. }) => *key_next = true,
                    Some(Frame::Array { index }) => *index += 1,
                    None => {}
                },
                _ => {}
            }
            self.at += 1;
        }
        Ok(())
    }

    fn enter(&mut self, frame: Frame<'a>) -> Result<()> {
        if self.within.len() == DEPTH_MAX {
            return Err(Error::Malformed(format!("the body is nested more than {DEPTH_MAX} levels deep")));
        }
        self.within.push(frame);
        Ok(())
    }

    /// Goes to the closing quote.
    fn string(&mut self) -> Result<()> {
        let bytes = self.text.as_bytes();
        let start = self.at + 1;
        let mut end = start;
        while end < bytes.len() && bytes[end] != b'"' {
            end += if bytes[end] == b'\\' { 2 } else { 1 };
        }
        self.at = end.min(bytes.len());
        let raw = self.text.get(start..self.at).unwrap_or_default();
        if has_nul(raw) {
            return Err(Error::Malformed("the body has a text with the character U+0000".into()));
        }
        if let Some(Frame::Object { seen, key, key_next: key_next @ true }) = self.within.last_mut() {
            *key_next = false;
            let name: Cow<'a, str> = if raw.contains('\\') {
                serde_json::from_str::<String>(&format!("\"{raw}\"")).map_or(raw.into(), Cow::Owned)
            } else {
                raw.into()
            };
            *key = Some(name.clone());
            if !seen.insert(name) {
                return Err(Error::Malformed(format!("the body has the member {} twice", self.pointer())));
            }
        }
        Ok(())
    }

    fn pointer(&self) -> String {
        let mut pointer = String::new();
        for frame in &self.within {
            match frame {
                Frame::Object { key: Some(key), .. } => pointer.extend(["/", &token(key)]),
                Frame::Object { .. } => {}
                Frame::Array { index } => pointer.extend(["/", &index.to_string()]),
            }
        }
        pointer
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::Value;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Outer {
        #[expect(dead_code, reason = "only its shape matters")]
        name: String,
        #[serde(default)]
        list: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its shape matters")]
    struct Inner {
        count: u8,
        kind: Option<Kind>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Kind {
        One,
        Two,
    }

    #[test]
    fn a_fault_is_told_with_its_place() {
        let cases = [
            (r#"{"list": []}"#, "/name", "required"),
            (r#"{"name": 7}"#, "/name", "type"),
            ("{\"name\": \"é\",\n \"nam/e\": 1}", "/nam~1e", "not_expected"),
            (r#"{"name": "a", "list": [{"count": 1}, {"count": "x"}]}"#, "/list/1/count", "type"),
            (r#"{"name": "a", "list": [{"count": 1}, {}]}"#, "/list/1/count", "required"),
            (r#"{"name": "a", "list": [{"count": 1, "x": {"y": []}}]}"#, "/list/0/x", "not_expected"),
            (r#"{"name": "a", "list": [{"count": 300}]}"#, "/list/0/count", "invalid"),
            (r#"{"name": "a", "list": [{"count": 1, "kind": "three"}]}"#, "/list/0/kind", "enum"),
            (r#"{"name": "a", "list": {}}"#, "/list", "type"),
            ("[]", "", "invalid"),
            ("7", "", "type"),
        ];
        for (text, pointer, code) in cases {
            let error = read::<Outer>(text.as_bytes()).expect_err(text);
            let Error::Invalid(faults) = error else { panic!("{text}: {error}") };
            assert_eq!((faults[0].pointer.as_str(), faults[0].code.as_str()), (pointer, code), "{text}");
        }
        let good =
            read::<Outer>(br#"{"name": "a", "list": [{"count": 1, "kind": "one"}, {"count": 2, "kind": "two"}]}"#);
        assert_eq!(good.expect("read").list.len(), 2);
    }

    #[test]
    fn what_is_no_json_is_malformed() {
        let deep = format!("{}{}", "[".repeat(DEPTH_MAX + 1), "]".repeat(DEPTH_MAX + 1));
        let bomb = "{\"a\":".repeat(100_000);
        let twice = [r#"{"a": 1, "a": 2}"#, r#"[{"a": {"b": 1, "c": 0, "b": 1}}]"#, r#"{"a": 1, "\u0061": 2}"#];
        let nul = ["\"a\\u0000\"", "{\"\\u0000\": 1}", "[\"\\\\\\u0000\"]"];
        for text in
            ["", "{", "{\"a\": \"\\", "\"", "[1,]", "{'a': 1}", "NaN", &deep, &bomb].into_iter().chain(twice).chain(nul)
        {
            let error = read::<Value>(text.as_bytes()).expect_err("refused");
            assert!(matches!(error, Error::Malformed(_)), "{error}");
        }
        assert!(matches!(read::<Value>(b"\"\xff\""), Err(Error::Malformed(_))));
    }

    #[test]
    fn what_looks_like_a_fault_in_a_text_is_none() {
        let deepest = format!("{}{}", "[".repeat(DEPTH_MAX), "]".repeat(DEPTH_MAX));
        for text in [
            r#"{"a": "{[,\"a\":", "b": "\\", "c": "\\u0000"}"#,
            r#"[{"a": 1}, {"a": 1}]"#,
            r#"{"a": {"a": 1}, "b": ["a", "a"]}"#,
            &deepest,
        ] {
            assert!(read::<Value>(text.as_bytes()).is_ok(), "{text}");
        }
    }
}

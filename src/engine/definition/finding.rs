//! What is wrong with a definition: file, line, and a sentence that a civil servant understands.

use std::collections::BTreeMap;
use std::fmt;

/// Path inside the folder of definitions → text.
pub type Files = BTreeMap<String, String>;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub file: String,
    /// From 1.
    pub line: usize,
    pub sentence: String,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.sentence)
    }
}

/// Findings under way, each placed by the path of keys that it is about.
#[derive(Debug)]
pub struct Findings<'f> {
    files: &'f Files,
    found: Vec<Finding>,
}

/// More than these nobody reads.
const FINDINGS_MAX: usize = 500;

/// Characters of the first line of a folded text by which it is known again.
const FOLDED_MIN: usize = 8;

impl<'f> Findings<'f> {
    #[must_use]
    pub fn new(files: &'f Files) -> Self {
        Self { files, found: Vec::new() }
    }

    pub fn add(&mut self, file: &str, path: &[&str], sentence: impl Into<String>) {
        let line = self.files.get(file).map_or(1, |text| line_of(text, path));
        self.add_at(file, line, sentence);
    }

    /// As [`Self::add`], on the line below the path where the words stand that it is about.
    pub fn add_on(&mut self, file: &str, path: &[&str], words: &str, sentence: impl Into<String>) {
        let line = self.files.get(file).map_or(1, |text| {
            let from = line_of(text, path);
            let begins = |l: &str| l.contains(words) || (l.trim().len() >= FOLDED_MIN && words.starts_with(l.trim()));
            text.lines().skip(from - 1).position(begins).map_or(from, |below| from + below)
        });
        self.add_at(file, line, sentence);
    }

    pub fn add_at(&mut self, file: &str, line: usize, sentence: impl Into<String>) {
        if self.found.len() < FINDINGS_MAX {
            self.found.push(Finding { file: file.to_owned(), line, sentence: sentence.into() });
        }
    }

    /// How many there are, so that a caller sees whether more were added since.
    #[must_use]
    pub fn count(&self) -> usize {
        self.found.len()
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    #[must_use]
    pub fn into_sorted(mut self) -> Vec<Finding> {
        self.found.sort_by(|a, b| (&a.file, a.line, &a.sentence).cmp(&(&b.file, b.line, &b.sentence)));
        self.found.dedup();
        self.found
    }
}

/// The line of the key at a path: of the last key that is found, following the indentation of block mappings; a key
/// within a flow mapping is looked for in the lines below its parent. A number is the item of a list, from 0.
#[must_use]
pub fn line_of(text: &str, path: &[&str]) -> usize {
    let lines: Vec<&str> = text.lines().collect();
    let (mut from, mut until, mut at) = (0, lines.len(), 0);
    for key in path {
        let Some(line) = find_key(&lines[from..until], key).map(|found| from + found) else { break };
        at = line;
        // What belongs to an item stands to the right of its dash, what belongs to a key to the right of the key.
        let depth = if key.parse::<usize>().is_ok() { dash_of } else { indent_of };
        let indent = depth(lines[line]);
        let rest = &lines[line + 1..until];
        let ends =
            rest.iter().position(|l| !l.trim().is_empty() && !l.trim_start().starts_with('#') && depth(l) <= indent);
        until = ends.map_or(until, |n| line + 1 + n);
        // What is nested begins on this line or below; the key of a block is not to be found again.
        from = if is_block(lines[line]) { (line + 1).min(until) } else { line };
    }
    at + 1
}

/// `line 7: it is wrong` is about line 7.
pub(super) fn placed(sentence: &str) -> (usize, &str) {
    let split = sentence.strip_prefix("line ").and_then(|rest| rest.split_once(": "));
    split.and_then(|(line, rest)| Some((line.parse().ok()?, rest))).unwrap_or((1, sentence))
}

/// The shallowest line on which the key stands.
fn find_key(lines: &[&str], key: &str) -> Option<usize> {
    if let Ok(place) = key.parse::<usize>() {
        return find_item(lines, place);
    }
    let stands = |line: &str| {
        line.match_indices(key).any(|(at, _)| {
            let before = line[..at].trim_end_matches(['"', '\'']).chars().next_back();
            let after = line[at + key.len()..].trim_start_matches(['"', '\'']);
            before.is_none_or(|c| " {,[-".contains(c)) && after.starts_with(':')
        })
    };
    let shallowest = |(at, line): &(usize, &&str)| (indent_of(line), *at);
    lines.iter().enumerate().filter(|(_, line)| stands(line)).min_by_key(shallowest).map(|(at, _)| at)
}

/// The item of the shallowest list.
fn find_item(lines: &[&str], place: usize) -> Option<usize> {
    let items = || lines.iter().enumerate().filter(|(_, l)| l.trim_start().starts_with("- "));
    let shallowest = items().map(|(_, l)| indent_of(l)).min()?;
    items().filter(|(_, l)| indent_of(l) == shallowest).nth(place).map(|(at, _)| at)
}

fn is_block(line: &str) -> bool {
    line.trim_end().ends_with(':')
}

fn dash_of(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}

fn indent_of(line: &str) -> usize {
    line.len() - line.trim_start_matches([' ', '-']).len()
}

#[cfg(test)]
mod tests {
    use super::line_of;

    #[test]
    fn keys_are_found_in_block_and_flow() {
        let text = "id: x\nsteps:\n  one: {task: {role: a}, next: two}\n  two:\n    task:\n      role: b\n    next: three\nends:\n  three: neutral\n";
        assert_eq!(line_of(text, &["steps", "two", "task", "role"]), 6);
        assert_eq!(line_of(text, &["steps", "one", "next"]), 3);
        assert_eq!(line_of(text, &["ends", "three"]), 9);
        assert_eq!(line_of(text, &["steps", "absent"]), 2);
        assert_eq!(line_of(text, &["absent"]), 1);
        let list = "a:\n  - {b: 1}\n  # what follows is the second\n  - b: 2\n    c:\n      - x\nd: 3\n";
        assert_eq!(line_of(list, &["a", "0"]), 2);
        assert_eq!(line_of(list, &["a", "1", "c"]), 5);
        assert_eq!(line_of(list, &["a", "2"]), 1);
    }
}

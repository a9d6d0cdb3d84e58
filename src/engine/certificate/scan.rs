//! Reads a template's source before it is compiled: its front matter, and whether it keeps to the
//! constructs and filters that are bounded. Growth needs a way to use a text twice (`set`, macros,
//! `replace`), so those are not among them; nor is anything that leaves the page.

use super::Head;

const TAGS: [&str; 8] = ["if", "elif", "else", "endif", "for", "endfor", "raw", "endraw"];
const FILTERS: [&str; 10] = ["day", "money", "upper", "lower", "trim", "length", "first", "last", "default", "join"];
/// Markup that runs something or fetches something. Whatever slips through meets the page's
/// content security policy.
const MARKUP: [&str; 11] =
    ["<script", "<iframe", "<object", "<embed", "<link", "<base", "<meta", "<form", "javascript:", "@import", "url("];

/// `{# guichet: {…} #}` on top.
pub(super) fn head(source: &str) -> Result<Head, String> {
    let missing = "line 1: a first comment {# guichet: {\"kind_text\": …} #} is missing";
    let comment = source
        .trim_start_matches('\u{feff}')
        .trim_start()
        .strip_prefix("{#")
        .and_then(|rest| rest.split_once("#}"))
        .and_then(|(comment, _)| comment.trim_matches('-').trim().strip_prefix("guichet:"))
        .ok_or(missing)?;
    let head: Head =
        serde_saphyr::from_str(comment.trim()).map_err(|error| format!("line 1: front matter: {error}"))?;
    let roots = ["case.", "form.", "parties.", "steps.", "record.", "certificate."];
    if head.valid_for.is_some() && head.valid_until.is_some() {
        return Err("line 1: there is `valid_for` or `valid_until`, not both".into());
    }
    let mut paths = head.public.iter().chain(&head.valid_until);
    match paths.find(|path| !roots.iter().any(|root| path.starts_with(root))) {
        Some(path) => Err(format!("line 1: \"{path}\" is no path into {}", roots.join(", "))),
        None => Ok(head),
    }
}

/// Every tag and filter is a known one, and the markup stays on the page.
pub(super) fn scan(source: &str) -> Result<(), String> {
    let line = |place: usize| source.bytes().take(place).filter(|byte| *byte == b'\n').count() + 1;
    let lower = source.to_ascii_lowercase();
    for markup in MARKUP {
        if let Some(place) = lower.find(markup) {
            return Err(format!("line {}: {markup} has no place in a certificate", line(place)));
        }
    }
    for attribute in ["src=", "href=", "srcset="] {
        for (place, _) in lower.match_indices(attribute) {
            let target = lower[place + attribute.len()..].trim_start_matches(['"', '\'', ' ']);
            if target.starts_with("http") || target.starts_with("//") {
                let line = line(place);
                return Err(format!("line {line}: {attribute} leads away from the page"));
            }
        }
    }
    let mut place = 0;
    while let Some(found) = source[place..].find('{') {
        let start = place + found;
        let (close, tag) = match source.as_bytes().get(start + 1) {
            Some(b'{') => ("}}", false),
            Some(b'%') => ("%}", true),
            Some(b'#') => {
                let end = source[start..].find("#}").ok_or(format!("line {}: {{# has no end", line(start)))?;
                place = start + end + 2;
                continue;
            }
            _ => {
                place = start + 1;
                continue;
            }
        };
        let inner = start + 2;
        let length = end_of(&source[inner..], close).ok_or(format!("line {}: {close} is missing", line(start)))?;
        construct(&source[inner..inner + length], tag).map_err(|what| format!("line {}: {what}", line(start)))?;
        place = inner + length + 2;
    }
    Ok(())
}

/// Where a construct ends; what stands in quotes does not end it.
fn end_of(source: &str, close: &str) -> Option<usize> {
    let mut quote = None;
    let mut escaped = false;
    for (place, byte) in source.bytes().enumerate() {
        match (quote, byte) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), b'\\') => escaped = true,
            (Some(open), byte) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'"' | b'\'') => quote = Some(byte),
            (None, _) if source.as_bytes()[place..].starts_with(close.as_bytes()) => {
                return Some(place);
            }
            (None, _) => {}
        }
    }
    None
}

fn construct(source: &str, tag: bool) -> Result<(), String> {
    let code = unquoted(source);
    let code = code.trim_matches(['-', '+']).trim();
    if tag {
        let name = word(code);
        if !TAGS.contains(&name) {
            return Err(format!("{{% {name} %}} is not supported; there are {}", TAGS.join(", ")));
        }
    }
    for part in code.split('|').skip(1) {
        let name = word(part.trim_start());
        if !FILTERS.contains(&name) {
            return Err(format!("filter \"{name}\" is not supported; there are {}", FILTERS.join(", ")));
        }
    }
    Ok(())
}

fn word(code: &str) -> &str {
    let end = code.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(code.len());
    &code[..end]
}

/// The construct with what stands in quotes left out.
fn unquoted(source: &str) -> String {
    let (mut code, mut quote, mut escaped) = (String::with_capacity(source.len()), None, false);
    for c in source.chars() {
        match quote {
            Some(_) if escaped => escaped = false,
            Some(_) if c == '\\' => escaped = true,
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '"' || c == '\'' => quote = Some(c),
            None => code.push(c),
        }
    }
    code
}

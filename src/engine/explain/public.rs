//! What the public may know of cases, in words.

use super::{Page, code};
use crate::engine::texts::text_id;

impl Page<'_> {
    /// A line for what is public of each case, and one for what cases are counted by.
    pub(super) fn disclosed(&self) -> Vec<String> {
        let Some(rule) = &self.def.disclosure else { return Vec::new() };
        let named = |path: &str| match path.strip_prefix("form.") {
            Some(field) => self.text(&text_id("field", field), None),
            None => code(path),
        };
        let listed = |paths: Vec<&str>| paths.into_iter().map(named).collect::<Vec<_>>().join(", ");
        let public = listed(rule.public.iter().map(String::as_str).collect());
        let counted = listed(rule.by.iter().map(|path| path.source().trim()).collect());
        let from = code(&rule.from.to_string());
        let sees = (!public.is_empty()).then(|| self.word("public-sees", &[("from", from), ("what", public)]));
        let counts = (!counted.is_empty()).then(|| self.word("public-counts", &[("what", counted)]));
        sees.into_iter().chain(counts).collect()
    }
}

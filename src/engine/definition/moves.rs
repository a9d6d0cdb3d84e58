//! How running cases of an older version go on under this one: checked and compiled.

use std::collections::BTreeMap;

use super::compile::Compiler;
use super::country::parse;
use super::language as raw;

/// Step of the older version → step of this one; the others keep their names.
pub type Moves = BTreeMap<String, String>;

impl Compiler<'_> {
    /// By the version that cases come from.
    pub(super) fn moves(&mut self) -> BTreeMap<String, Moves> {
        let folder = format!("{}/moves/", self.id);
        let mut all = BTreeMap::new();
        let files = self.files;
        for (file, text) in files.iter().filter(|(path, _)| path.starts_with(&folder)) {
            let version = file.strip_prefix(&folder).and_then(|name| name.strip_suffix(".yaml"));
            // Beside it may lie what the older version was, for scenarios.
            let Some(version) = version.filter(|version| !version.contains('/')) else { continue };
            if version == self.service.version {
                self.findings.add_at(file, 1, "cases of this very version need no move");
            }
            let Some(moves) = parse::<raw::Moves>(file, text, &mut self.findings) else { continue };
            for (from, to) in moves.steps.iter().filter(|(_, to)| !self.service.steps.contains_key(*to)) {
                self.findings.add(file, &["steps", from], format!("there is no step `{to}`"));
            }
            all.insert(version.to_owned(), moves.steps);
        }
        all
    }
}

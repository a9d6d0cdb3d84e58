//! Stories in which the next version of a service comes while cases run.

use super::run::{MAIN, World};
use super::{Line, Scenario};
use crate::engine::definition::{Country, Definition, Files, compile};
use crate::engine::workflow::{Command, misfits};

/// The version before, where a scenario begins under one: today's files, and in their place those that it had otherwise.
pub(super) fn older(
    def: &Definition,
    files: &Files,
    country: &Country,
    scenario: &Scenario,
) -> Option<Result<(String, Definition), String>> {
    let version = &scenario.given.before.as_ref()?.version;
    let kept = format!("{}/moves/{version}/", def.id);
    let moves = format!("{}/moves/", def.id);
    let now = files.iter().filter(|(path, _)| !path.starts_with(&moves));
    let mut then: Files = now.map(|(path, text)| (path.clone(), text.clone())).collect();
    for (path, text) in files.iter().filter(|(path, _)| path.starts_with(&kept)) {
        then.insert(path.replacen(&kept, &format!("{}/", def.id), 1), text.clone());
    }
    let compiled = compile(&def.id, &then, country).map_err(|found| {
        let first = found.first().map(ToString::to_string).unwrap_or_default();
        format!("the version {version} is not in order: {first}")
    });
    Some(match compiled {
        Ok(older) if older.version == *version => Ok((versioned(&def.id, version), older)),
        Ok(_) => Err(format!("`moves/{version}/` holds no version {version}")),
        Err(sentence) => Err(sentence),
    })
}

/// The name under which a story knows an older version of its service.
pub(super) fn versioned(id: &str, version: &str) -> String {
    format!("{id}@{version}")
}

impl World<'_> {
    /// Takes a case over to the newest version, as `guichet migrate-cases` does.
    pub(super) fn migrate(&mut self, line: &Line) -> Result<(), String> {
        let name = line.case.as_deref().unwrap_or(MAIN).to_owned();
        let found = misfits(self.def_of(&name), self.main, &self.case(Some(&name))?.case, self.now);
        match &line.stays {
            Some(words) if found.iter().any(|why| why.contains(words.as_str())) => return Ok(()),
            Some(words) => return Err(format!("it does not stay for `{words}`: {}", found.join("; "))),
            None if !found.is_empty() => return Err(format!("it stays: {}", found.join("; "))),
            None => {}
        }
        self.cases.get_mut(&name).into_iter().for_each(|played| played.service = None);
        self.command(Some(&name), &Command::Migrate)
    }
}

//! How the cases of a story begin.

use super::Line;
use super::run::{MAIN, World};
use crate::engine::workflow::{Command, Refusal};

impl World<'_> {
    /// A case of the service, of the version of that day; or of one that it opens or hears of, where the case has a name.
    pub(super) fn start(&mut self, by: &str, service: &str, line: &Line) -> Result<(), String> {
        if let (true, Some(name)) = (self.linked.contains_key(service), line.name.as_deref()) {
            self.cases.entry(name.to_owned()).or_default().service = Some(service.to_owned());
            self.def = self.def_of(name);
        }
        if service != self.def.id {
            return Err(format!("the scenario is one of `{}`, not of `{service}`", self.def.id));
        }
        if let Some(organisation) = &line.acting_for
            && !self.scenario.given.organisations.get(organisation).is_some_and(|s| s.iter().any(|p| p == by))
        {
            self.refused = Some(Refusal::StartRefused);
            return Ok(());
        }
        let name = line.name.as_deref();
        if let Some(before) = &self.scenario.given.before
            && service == self.main.id
            && self.main.time.day_of(self.now) < before.until
        {
            let older = super::versions::versioned(service, &before.version);
            self.cases.entry(name.unwrap_or(MAIN).to_owned()).or_default().service = Some(older);
            self.def = self.def_of(name.unwrap_or(MAIN));
        }
        let statement = self.statement(line, name, by, line.form.clone())?;
        let statement = match statement {
            Ok(statement) => statement,
            Err(refusal) => {
                self.refused = Some(refusal);
                return Ok(());
            }
        };
        let reference = name.unwrap_or("reference").to_owned();
        let by = self.doer(by);
        let papers = statement.documents.clone();
        self.command(name, &Command::Submit { by, reference, statement, linked: None })?;
        if let Some(played) = self.cases.get_mut(name.unwrap_or(MAIN)) {
            played.draft.clone_from(&line.form);
            played.papers = papers;
        }
        Ok(())
    }
}

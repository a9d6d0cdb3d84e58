//! What comes in any step of a story: documents that nobody asked for, and events of the service.

use super::Line;
use super::people::papers;
use super::run::{MAIN, World};
use crate::engine::definition::{DOCUMENT, MESSAGE};
use crate::engine::workflow::{Command, DocumentFact, Worker, asked_to_write};
use crate::kernel::MessageId;

impl World<'_> {
    /// Documents that nobody asked for, or an event of the service: whoever raises it does so in the roles given, and as
    /// every party that he is.
    pub(super) fn event(&mut self, by: &str, event: &str, line: &Line) -> Result<(), String> {
        let name = line.case.as_deref();
        let held = self.worker(by).roles;
        if event == DOCUMENT {
            let documents = self.papers(line, name);
            self.command(
                name,
                &Command::Documents { documents: documents.clone(), added: !line.documents.is_empty() },
            )?;
            if let Some(played) = self.cases.get_mut(name.unwrap_or(MAIN)) {
                played.papers = documents;
            }
            return Ok(());
        }
        if event == MESSAGE {
            let party = self.parties_of(name, by)?.into_iter().next().unwrap_or_else(|| "applicant".to_owned());
            self.messages += 1;
            let message = MessageId(uuid::Uuid::from_u128(self.messages));
            let flow = &self.case(name)?.case.flow;
            let asked = asked_to_write(self.def, flow, &party);
            return self.command(name, &Command::Message { message, party, asked });
        }
        let mut by = Worker { roles: self.parties_of(name, by)?, ..self.worker(by) };
        by.roles.extend(held);
        self.command(name, &Command::Raise { event: event.to_owned(), by, answers: line.form.clone() })
    }

    /// The papers of a case with those of the line: a new one takes the place of the one before.
    pub(super) fn papers(&self, line: &Line, name: Option<&str>) -> Vec<DocumentFact> {
        let mut documents = self.cases.get(name.unwrap_or(MAIN)).map(|p| p.papers.clone()).unwrap_or_default();
        for paper in line.documents.iter().flat_map(papers) {
            documents.retain(|d| (&d.kind, d.of) != (&paper.kind, paper.of));
            documents.push(paper);
        }
        documents
    }
}

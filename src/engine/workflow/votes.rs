//! Tasks that several officers do: each for himself, until enough of them have come to the same outcome.

use serde_json::json;

use super::command::{Completion, Refusal, Worker};
use super::decide::Turn;
use super::event::What;
use super::grounds::check_grounds;
use super::state::TokenId;
use crate::engine::definition::{Step, Verb};

/// The name of what is kept of votes among the events of the case.
const VOTE: &str = "vote";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Agreed {
    NotYet,
    Enough,
}

impl Turn<'_> {
    /// Counts an officer's outcome, where more than one is needed. What is not enough yet is held to the same rules: it is on
    /// offer, and has its reasons.
    pub(super) fn voted(
        &mut self,
        token: TokenId,
        step: &Step,
        outcome: &str,
        by: &Worker,
        done: &Completion,
    ) -> Result<Agreed, Refusal> {
        let need = match &step.verb {
            Verb::Task { need, .. } => *need,
            _ => 1,
        };
        let Some(found) = self.case.flow.tokens.get(&token).filter(|_| need > 1) else { return Ok(Agreed::Enough) };
        let name = found.step.clone();
        let same = found.votes.values().filter(|vote| *vote == outcome).count();
        let is_enough = u32::try_from(same).is_ok_and(|same| same + 1 >= need);
        let arrow = self.arrow(&step.outcomes[outcome])?.ok_or(Refusal::NotOffered)?;
        let grounds = check_grounds(arrow, done)?.unwrap_or_default();
        let kept = self.case.data.events.entry(VOTE.to_owned()).or_default();
        kept.push(json!({"at": self.at, "by": by.doer.person, "step": name, "outcome": outcome,
            "reasons": grounds.reasons, "grounds": grounds.words}));
        self.restated = true;
        self.emit(What::Voted { token, step: name, outcome: outcome.to_owned(), by: by.doer });
        Ok(if is_enough { Agreed::Enough } else { Agreed::NotYet })
    }
}

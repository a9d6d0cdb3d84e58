//! Tasks that several officers do: each for himself, until enough of them have come to the same outcome.

use serde_json::{Value, json};

use super::command::{Completion, Worker};
use super::decide::Turn;
use super::event::What;
use super::grounds::check_grounds;
use super::refusal::Refusal;
use super::state::TokenId;
use crate::engine::definition::{Step, Verb};

/// The name of what is kept of votes among the events of the case.
const VOTE: &str = "vote";

/// How many officers a step needs.
fn needed(step: &Step) -> u32 {
    match &step.verb {
        Verb::Task { need, .. } => *need,
        _ => 1,
    }
}

impl Turn<'_> {
    /// Whether further officers have to come to this outcome, after one more has.
    pub(super) fn needs_more(&self, token: TokenId, step: &Step, outcome: &str) -> bool {
        let votes = self.case.flow.tokens.get(&token).into_iter().flat_map(|t| t.votes.values());
        let same = votes.filter(|vote| *vote == outcome).count();
        u32::try_from(same).is_ok_and(|same| same + 1 < needed(step))
    }

    /// An outcome that is not enough yet is held to the same rules as one that is: it is on offer, and has its reasons. What the
    /// officer states with it is no answer of the step.
    pub(super) fn vote(
        &mut self,
        token: TokenId,
        step: &Step,
        outcome: &str,
        by: &Worker,
        done: &Completion,
        kept: Option<Value>,
    ) -> Result<(), Refusal> {
        let name = self.active(token)?.step;
        let mut would = Turn { case: self.case.clone(), events: Vec::new(), ..*self };
        if let Some(kept) = &kept {
            would.keep(&name, kept.clone());
        }
        would.emit(What::StepAnswered { token, step: name, outcome: outcome.to_owned(), by: Some(by.doer) });
        let arrow = would.arrow(&step.outcomes[outcome])?.ok_or(Refusal::NotOffered)?;
        check_grounds(arrow, done)?;
        self.count(token, outcome, by, done, kept)
    }

    /// The last of several is one of them.
    pub(super) fn agreed(
        &mut self,
        token: TokenId,
        step: &Step,
        outcome: &str,
        by: &Worker,
        done: &Completion,
    ) -> Result<(), Refusal> {
        if needed(step) == 1 { Ok(()) } else { self.count(token, outcome, by, done, None) }
    }

    fn count(
        &mut self,
        token: TokenId,
        outcome: &str,
        by: &Worker,
        done: &Completion,
        answers: Option<Value>,
    ) -> Result<(), Refusal> {
        let step = self.active(token)?.step;
        let vote = json!({"at": self.at, "by": by.doer.person, "step": step, "outcome": outcome,
            "reasons": done.reasons, "grounds": done.grounds.trim(), "answers": answers});
        self.note_event(VOTE, vote)?;
        self.emit(What::Voted { token, step, outcome: outcome.to_owned(), by: by.doer });
        Ok(())
    }
}

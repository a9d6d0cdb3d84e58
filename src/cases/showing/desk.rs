//! What somebody at a desk may do with a task, and what he may decide.

use super::super::perform::refused;
use super::super::view::{ActionView, Named, OutcomeView, decision_word};
use super::Showing;
use crate::engine::check::text_id;
use crate::engine::definition::Verb;
use crate::engine::workflow::{self, Doer, Token, TokenId};
use crate::kernel::{Actor, Result};

impl Showing<'_> {
    /// What somebody at the desk of a task may do with it.
    pub(super) fn task_actions(
        &self,
        actor: &Actor,
        token: TokenId,
        found: &Token,
        act: &impl Fn(&str, &str, &str) -> ActionView,
    ) -> Result<Vec<ActionView>> {
        // Whom four eyes keep from the task may give it to a colleague still.
        let assign = act("assign", "POST", "/assignment");
        let recuse = || act("recuse", "POST", "/recusal");
        let release = || act("release", "DELETE", "/claim");
        let undeclared = |person| workflow::undeclared(self.def, &self.case.flow, &found.step, person);
        let undeclared = actor.person.is_some_and(undeclared);
        let claim = || {
            let wants = undeclared.then(|| "no_ties".to_owned()).into_iter().collect();
            ActionView { wants, ..act("claim", "POST", "/claim") }
        };
        Ok(match found.holder {
            None if self.may_take(actor, &found.step) => vec![claim(), assign, recuse()],
            Some(holder) if Some(holder) == actor.person && undeclared => vec![claim(), release(), assign, recuse()],
            Some(holder) if Some(holder) == actor.person => {
                let states =
                    matches!(self.def.steps.get(&found.step).map(|s| &s.verb), Some(Verb::Task { form: Some(_), .. }));
                let wants = states.then(|| "answers".to_owned()).into_iter().collect();
                let (outcomes, advice) = (self.outcomes(token)?, self.advice(&found.step)?);
                let complete = ActionView { outcomes, advice, wants, ..act("complete", "POST", "/completion") };
                vec![complete, release(), assign, recuse()]
            }
            _ => vec![assign],
        })
    }

    fn may_take(&self, actor: &Actor, step: &str) -> bool {
        let doer = |person| Doer { person, behalf: None };
        actor.person.is_some_and(|person| workflow::may_take(self.def, &self.case.flow, step, doer(person)))
    }

    fn outcomes(&self, token: TokenId) -> Result<Vec<OutcomeView>> {
        let step = self.case.flow.tokens.get(&token).map(|t| t.step.clone()).unwrap_or_default();
        let offers = workflow::offers(self.def, self.case, token, self.ctx.clock.now()).map_err(refused)?;
        let reason = |code: &String| Named { id: code.clone(), title: self.text(&text_id("reason", code), None) };
        let view = |offer: workflow::Offer| OutcomeView {
            title: self.outcome(&step, &offer.outcome),
            decision: offer.decision.map(decision_word),
            reasons: offer.reasons.iter().map(reason).collect(),
            offered: offer.open,
            id: offer.outcome,
        };
        Ok(offers.into_iter().map(view).collect())
    }
}

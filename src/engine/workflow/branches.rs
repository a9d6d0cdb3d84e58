//! Branches that run at once: how they end, and how they are given up.

use super::decide::Turn;
use super::event::What;
use super::state::{Place, TokenId};
use crate::engine::definition::{Needed, Verb};

impl Turn<'_> {
    pub(super) fn place_of(&self, token: TokenId) -> Place {
        self.case.flow.tokens.get(&token).map(|t| t.place).unwrap_or_default()
    }

    /// A branch has come to its end, or a step beside one: the step that opened it goes on when enough of them have.
    pub(super) fn branch_ended(&mut self, scope: TokenId, beside: bool) {
        if !beside {
            self.emit(What::BranchEnded { token: scope });
        }
        let Some(opened) = self.case.flow.tokens.get(&scope).filter(|t| t.ready.is_none()).cloned() else { return };
        let need = match self.def.steps.get(&opened.step).map(|s| &s.verb) {
            Some(Verb::Together { need, .. }) => *need,
            _ => Needed::All,
        };
        let is_left = self.case.flow.tokens.values().any(|t| t.place.scope == Some(scope));
        let enough = matches!(need, Needed::Number(need) if opened.arrived >= need);
        if enough || !is_left {
            self.give_up_branches(scope);
            self.answer(scope, &opened.step, "done");
        }
    }

    /// Gives up whatever is open in the branches of a step.
    pub(super) fn give_up_branches(&mut self, scope: TokenId) {
        let inside = self.case.flow.tokens.iter().filter(|(_, t)| t.place.scope == Some(scope));
        for token in inside.map(|(id, _)| *id).collect::<Vec<_>>() {
            self.give_up(token);
        }
    }

    /// Gives up a step, with its branches.
    pub(super) fn give_up(&mut self, token: TokenId) {
        let Some(step) = self.case.flow.tokens.get(&token).map(|t| t.step.clone()) else { return };
        self.give_up_branches(token);
        self.emit(What::StepCancelled { token, step });
    }

    /// Out of a branch: its sisters are given up, and what comes next stands where they were opened.
    pub(super) fn out_of_branch(&mut self, place: Place) -> Place {
        let Some(scope) = place.scope else { return place };
        let outside = self.place_of(scope);
        self.give_up(scope);
        outside
    }
}

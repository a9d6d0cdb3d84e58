//! Steps that wait for a moment, or for something to become true. What they wait for is worked out again after everything
//! that happens in the case, until it is there.

use super::command::Refusal;
use super::decide::Turn;
use super::event::What;
use super::state::StepKind;
use crate::engine::definition::{Moment, Verb};

impl<'d> Turn<'d> {
    /// The moment that a step waits for, where it waits for one.
    pub(super) fn waits_until(&self, step: &str) -> Option<&'d Moment> {
        match self.def.steps.get(step).map(|s| &s.verb) {
            Some(Verb::Wait { until, .. }) => until.as_ref(),
            _ => None,
        }
    }

    /// Looks at what is waited for: moves moments, and answers the first step whose wait is over. Gives whether one was.
    pub(super) fn waited(&mut self) -> Result<bool, Refusal> {
        let waiting = self.case.flow.tokens.iter().filter(|(_, t)| t.kind == StepKind::Wait && t.ready.is_none());
        let waiting: Vec<_> = waiting.map(|(token, t)| (*token, t.step.clone(), t.expires)).collect();
        for (token, step, until) in waiting {
            let over = match self.def.steps.get(&step).map(|s| &s.verb) {
                Some(Verb::Wait { until: Some(moment), .. }) => {
                    let now = self.view().moment(moment)?;
                    if now != until {
                        self.emit(What::DueMoved { token, until: now });
                    }
                    now.is_some_and(|at| at <= self.at)
                }
                Some(Verb::Wait { when, .. }) => self.view().holds(when.as_ref())?,
                _ => false,
            };
            if over {
                self.answer(token, &step, "done");
                return Ok(true);
            }
        }
        Ok(false)
    }
}

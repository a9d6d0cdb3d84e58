//! Steps that wait for a moment, or for something to become true. What they wait for is worked out again after everything
//! that happens in the case, until it is there.

use jiff::Timestamp;

use super::decide::Turn;
use super::event::What;
use super::refusal::Refusal;
use super::state::TokenId;
use crate::engine::definition::{Moment, Until, Verb};

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
        let waiting = self.case.flow.tokens.iter().filter(|(_, t)| t.ready.is_none());
        let waiting: Vec<_> = waiting.map(|(token, t)| (*token, t.step.clone(), t.expires)).collect();
        let def = self.def;
        for (token, step, until) in waiting {
            let Some(found) = def.steps.get(&step) else { continue };
            let over = match &found.verb {
                Verb::Wait { until: Some(moment), .. } => {
                    let now = self.moved(token, moment, until)?;
                    now.is_some_and(|at| at <= self.at)
                }
                Verb::Wait { when: Some(when), .. } if self.view().holds(Some(when))? => true,
                // What it waits for otherwise, somebody answers; until when, may have changed.
                _ => {
                    if let Some(Until::At(moment)) = found.expires.as_ref().map(|expiry| &expiry.until) {
                        self.moved(token, moment, until)?;
                    }
                    false
                }
            };
            if over {
                self.answer(token, &step, "done");
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// A moment as it is now, where the case has another one for a step.
    fn moved(
        &mut self,
        token: TokenId,
        moment: &Moment,
        until: Option<Timestamp>,
    ) -> Result<Option<Timestamp>, Refusal> {
        let now = self.view().moment(moment)?;
        if now != until {
            self.emit(What::DueMoved { token, until: now });
        }
        Ok(now)
    }
}

//! What machines answer: a payment, a register.

use super::command::Answer;
use super::decide::Turn;
use super::event::What;
use super::refusal::Refusal;
use super::state::{DemandState, StepKind, TokenId};

impl Turn<'_> {
    pub(super) fn paid(&mut self, demand: TokenId) -> Result<(), Refusal> {
        let found = self.case.flow.demands.get(&demand).cloned().ok_or(Refusal::UnknownDemand)?;
        match found.state {
            DemandState::Paid | DemandState::Returned => {}
            // The step is gone: the money goes back, the case does not revive.
            DemandState::Void => self.emit(What::PaymentReturned { demand, amount: found.amount }),
            DemandState::Due => {
                self.emit(What::PaymentSettled { demand });
                if let Ok(token) = self.active(demand) {
                    self.answer(demand, &token.step, "done");
                }
            }
        }
        Ok(())
    }

    pub(super) fn answered(&mut self, token: TokenId, answer: &Answer) -> Result<(), Refusal> {
        let found = match self.active(token) {
            // Machines are not refused for being late.
            Err(Refusal::NoLongerActive) => return Ok(()),
            other => other?,
        };
        match (found.kind, answer) {
            (StepKind::Lookup, Answer::Found { record, version }) => {
                let kept = self.taken(&found.step, record, *version)?;
                self.keep(&found.step, kept);
                self.answer(token, &found.step, "done");
            }
            (StepKind::Lookup, Answer::None) => {
                self.keep(&found.step, serde_json::json!({"found": false}));
                self.answer(token, &found.step, "none");
            }
            (StepKind::Lookup, Answer::Down) => {
                // What an earlier round learned is not known now.
                self.keep(&found.step, serde_json::json!({}));
                self.answer(token, &found.step, "down");
            }
            (StepKind::Reserve, Answer::Reserved) => self.answer(token, &found.step, "done"),
            (StepKind::Do | StepKind::Reserve, Answer::Conflict) => self.answer(token, &found.step, "conflict"),
            (StepKind::Do, Answer::Written(written)) => {
                let first = written.first();
                let number = written.iter().rev().find(|w| w.new).map(|w| w.key.clone());
                let kept = serde_json::json!({"version": first.map(|w| w.version), "number": number});
                self.keep(&found.step, kept);
                let undo = self.undoes(&found.step);
                for one in written {
                    let (register, change, version) = (one.register.clone(), one.change.clone(), one.version);
                    self.emit(What::RegisterChanged { token, register, change, version, undo });
                }
                self.finish_acts(token, &found.step)?;
                self.answer(token, &found.step, "done");
            }
            _ => return Err(Refusal::WrongKind),
        }
        Ok(())
    }
}

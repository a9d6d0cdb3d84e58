//! What machines answer: a payment, a register.

use rust_decimal::Decimal;
use serde_json::Value;

use super::command::Answer;
use super::decide::Turn;
use super::event::What;
use super::offers::PARTIES_MAX;
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
                return self.money(&found);
            }
        }
        Ok(())
    }

    /// Who the parties are that a register names, as it states them: who they are here the caller finds out.
    fn learn(&mut self, step: &str) {
        let def = self.def;
        for (name, party) in &def.parties {
            let Some((_, field)) = party.learned.as_ref().filter(|(of, _)| of == step) else { continue };
            let stated = self.case.data.steps.get(step).and_then(|kept| kept.get(field));
            let list: Vec<Value> = match stated {
                Some(Value::Array(list)) => list.iter().take(PARTIES_MAX).filter_map(named).collect(),
                Some(one) => named(one).into_iter().collect(),
                None => Vec::new(),
            };
            let one = || list.first().cloned().unwrap_or(Value::Null);
            let value = if party.many { Value::Array(list.clone()) } else { one() };
            self.case.data.parties.insert(name.clone(), value);
            // There may be others in it now: who had no ties says so again.
            self.emit(What::Stated);
        }
    }

    /// What was paid of a fee goes back, or so much of it: first what was paid last.
    pub(super) fn give_back(&mut self, fee: &str, amount: Option<Decimal>) {
        let mut rest = amount.map(|amount| self.def.round(amount));
        let paid = self.case.flow.demands.iter().rev();
        let paid = paid.filter(|(_, d)| d.fee == fee && d.state == DemandState::Paid);
        for (demand, left) in paid.map(|(id, d)| (*id, d.left())).collect::<Vec<_>>() {
            let amount = rest.map_or(left, |rest| rest.min(left));
            if amount > Decimal::ZERO {
                self.emit(What::PaymentReturned { demand, amount });
                rest = rest.map(|rest| rest - amount);
            }
        }
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
                self.learn(&found.step);
                self.answer(token, &found.step, "done");
            }
            (StepKind::Lookup, Answer::None) => {
                self.keep(&found.step, serde_json::json!({"found": false}));
                self.learn(&found.step);
                self.answer(token, &found.step, "none");
            }
            (StepKind::Lookup, Answer::Down) => {
                // What an earlier round learned is not known now.
                self.keep(&found.step, serde_json::json!({}));
                self.learn(&found.step);
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

/// Somebody as the register states him. Who that is here, it does not know.
fn named(stated: &Value) -> Option<Value> {
    let mut named = stated.as_object()?.clone();
    named.remove("id");
    Some(Value::Object(named))
}

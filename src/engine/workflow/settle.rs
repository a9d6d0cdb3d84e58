//! Moving on: deadlines that were passed, arrows that are ready, acts on the way, and the legal clock in line with it all.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan};
use rust_decimal::Decimal;
use serde_json::{Map, Value};

use super::advice::ruled;
use super::children::opened_items;
use super::command::Statement;
use super::decide::{BOUND, Caught, Turn};
use super::event::{EXPIRED, What};
use super::refusal::Refusal;
use super::state::{Charge, Place, Run, StepKind, TokenId};
use super::view::View;
use super::writes::{amount, fee_items, items};
use crate::engine::calendar::Duration;
use crate::engine::definition::{About, Act, ActVerb, Arrow, LINK_OFFICE, SILENCE, Silence, Target, Until, Verb};

impl<'a> Turn<'a> {
    /// Applies every deadline up to `now`, each at its own instant, in order: a step's before the clock's at the same
    /// instant, then the lower token. Not past a question to a register, and not more than one transaction should hold.
    pub(super) fn catch_up(&mut self, now: Timestamp) -> Result<Caught, Refusal> {
        for passed in 0..=BOUND {
            if self.asks() {
                return Ok(Caught::Asking);
            }
            let Some(due) = self.case.flow.next_due().filter(|due| *due <= now) else {
                return Ok(Caught::Up);
            };
            if passed == BOUND {
                break;
            }
            self.at = self.case.flow.at.map_or(due, |last| last.max(due));
            self.pass_deadline(due)?;
            self.settle()?;
        }
        Ok(Caught::Part)
    }

    fn pass_deadline(&mut self, due: Timestamp) -> Result<(), Refusal> {
        let waiting = || self.case.flow.tokens.iter().filter(|(_, t)| t.ready.is_none());
        let expired = waiting().find(|(_, t)| t.expires == Some(due)).map(|(id, t)| (*id, t.step.clone()));
        let overdue = waiting().find(|(_, t)| t.target == Some(due) && !t.overdue).map(|(id, t)| (*id, t.step.clone()));
        let near = waiting().find(|(_, t)| t.remind == Some(due)).map(|(id, t)| (*id, t.step.clone()));
        if let Some((token, step)) = near {
            self.emit(What::StepReminded { token, step });
        } else if let Some((token, step)) = overdue {
            self.emit(What::StepOverdue { token, step });
        } else if let Some((token, step)) = expired {
            let silence = self.def.steps.get(&step).and_then(|s| s.expires.as_ref()).map(|expiry| &expiry.takes);
            match (self.waits_until(&step), silence) {
                (Some(_), _) => self.answer(token, &step, "done"),
                // Silence is an answer, which guards read as any other.
                (None, Some(Silence::Outcome(outcome))) => self.answer(token, &step, outcome),
                (None, _) => self.emit(What::StepExpired { token, step }),
            }
        } else if let Some(event) = self.alarm_due(due) {
            self.happen(&event, due)?;
        } else {
            self.emit(What::ClockExpired);
            if let Some(silence) = self.def.time_limit.as_ref().and_then(|limit| limit.then.as_ref()) {
                return self.led(SILENCE, silence);
            }
        }
        Ok(())
    }

    /// Moves the lowest token that is ready or moves by itself, until none does; then brings the clock into line.
    pub(super) fn settle(&mut self) -> Result<(), Refusal> {
        for _ in 0..BOUND {
            if !self.case.flow.is_open() {
                // After an end, what happens by itself may reopen the case.
                if !self.case.flow.is_held() && self.alarmed()? {
                    continue;
                }
                return Ok(());
            }
            if self.case.flow.is_held() {
                self.sync_clock();
                return Ok(());
            }
            let def = self.def;
            let mut tokens = self.case.flow.tokens.iter();
            let next = tokens.find_map(|(id, t)| match &t.ready {
                Some(outcome) => Some((*id, t.step.clone(), Some(outcome.clone()))),
                None if def.steps.get(&t.step).is_some_and(|s| s.is_automatic()) => Some((*id, t.step.clone(), None)),
                None => None,
            });
            match next {
                None => {
                    if self.waited()? || self.alarmed()? {
                        continue;
                    }
                    self.sync_clock();
                    return Ok(());
                }
                Some((token, step, None)) => {
                    self.by_table(&step)?;
                    self.finish_acts(token, &step)?;
                    self.answer(token, &step, "done");
                }
                Some((token, step, Some(outcome))) => self.leave(token, &step, &outcome)?,
            }
        }
        Err(Refusal::Runaway)
    }

    /// What the table of a step says, with all that it was said upon: inputs, rows, and which version of the rules.
    fn by_table(&mut self, step: &str) -> Result<(), Refusal> {
        let def = self.def;
        let Some(Verb::Decide { table: name }) = def.steps.get(step).map(|s| &s.verb) else { return Ok(()) };
        let kept = ruled(def, name, &self.view())?;
        self.keep(step, Value::Object(kept));
        Ok(())
    }

    fn leave(&mut self, token: TokenId, step: &str, outcome: &str) -> Result<(), Refusal> {
        let def = self.def;
        let found = def.steps.get(step).ok_or_else(|| Refusal::NoRoute(step.to_owned()))?;
        let arrow = match found.expires.as_ref().map(|e| &e.takes).filter(|_| outcome == EXPIRED) {
            Some(Silence::Arrow(arrow)) => Some(arrow.as_ref()),
            _ => self.arrow(found.outcomes.get(outcome).map_or(&[], Vec::as_slice))?,
        };
        let arrow = arrow.ok_or_else(|| Refusal::NoRoute(step.to_owned()))?;
        if let Some(decision) = arrow.decision {
            // Nobody decided in person, who would have gone on at once: silence, say, or a look-up.
            self.decided(decision, step, token, arrow.reasons.clone(), None, arrow.last.is_some());
        }
        self.follow(token, step, arrow)
    }

    /// The first arrow whose guard holds.
    pub(super) fn arrow<'d>(&self, arrows: &'d [Arrow]) -> Result<Option<&'d Arrow>, Refusal> {
        self.view().arrow(arrows)
    }

    pub(super) fn follow(&mut self, token: TokenId, step: &str, arrow: &Arrow) -> Result<(), Refusal> {
        let place = self.place_of(token);
        self.emit(What::StepLeft { token, step: step.to_owned() });
        self.give_up_branches(token);
        let place = if arrow.leave { self.out_of_branch(place) } else { place };
        self.on_arrow(token, arrow, place)?;
        match (&arrow.to, place.scope) {
            (Target::Done, Some(scope)) => {
                self.branch_ended(scope, place.beside);
                Ok(())
            }
            (Target::Done, None) if self.case.flow.tokens.is_empty() => Err(Refusal::NoRoute(step.to_owned())),
            _ => self.arrive(arrow, place),
        }
    }

    /// What happens on the way: a new beginning, a mark, acts, and steps that are opened beside.
    pub(super) fn on_arrow(&mut self, token: TokenId, arrow: &Arrow, place: Place) -> Result<(), Refusal> {
        if arrow.afresh {
            self.emit(What::BegunAnew);
            let starts = self.def.time_limit.as_ref().map(|limit| limit.starts.as_str());
            if starts.is_some_and(|mark| self.case.flow.marks.contains_key(mark)) {
                self.start_clock()?;
            }
        }
        if let Some(mark) = &arrow.mark {
            self.mark(mark)?;
        }
        self.acts(token, &arrow.acts, true)?;
        for beside in &arrow.also {
            self.enter(beside, Place { beside: place.scope.is_some(), ..place })?;
        }
        Ok(())
    }

    pub(super) fn arrive(&mut self, arrow: &Arrow, place: Place) -> Result<(), Refusal> {
        match &arrow.to {
            Target::Step(step) => self.enter(step, place),
            Target::End(end) => {
                let result = self.def.ends.get(end).map(|e| e.result).ok_or_else(|| Refusal::NoRoute(end.clone()))?;
                self.close(end, result);
                Ok(())
            }
            Target::Done => Ok(()),
        }
    }

    /// Names this moment. With one of them, `submitted` where nothing else is said, the legal limit begins.
    pub(super) fn mark(&mut self, mark: &str) -> Result<(), Refusal> {
        let first = !self.case.flow.marks.contains_key(mark);
        self.emit(What::Marked { mark: mark.to_owned() });
        let starts = self.def.time_limit.as_ref().is_some_and(|limit| limit.starts == mark);
        // It ends with the first decision, and does not begin behind it.
        let undecided = self.case.flow.decision.is_none();
        if starts && first && undecided && self.case.flow.clock.run == Run::Idle {
            self.start_clock()?;
        }
        Ok(())
    }

    pub(super) fn enter(&mut self, step: &str, place: Place) -> Result<(), Refusal> {
        let def = self.def;
        let found = def.steps.get(step).ok_or_else(|| Refusal::NoRoute(step.to_owned()))?;
        if self.case.flow.tokens.values().any(|t| t.step == step) {
            // A step is open at most once: whoever comes second finds it open already.
            return Ok(());
        }
        let (token, at) = (self.case.flow.next, self.at);
        if found.is_joint() {
            self.shelve(step);
        }
        let view = self.view();
        let ends = |span| view.span(span).map(|d: Duration| d.end(at, &def.time));
        let target = found.within.as_ref().map(ends).transpose()?;
        let expires = match &found.verb {
            Verb::Wait { until: Some(until), .. } => view.moment(until)?,
            _ => match found.expires.as_ref().map(|expiry| &expiry.until) {
                Some(Until::After(span)) => Some(ends(span)?),
                Some(Until::At(moment)) => view.moment(moment)?,
                None => None,
            },
        };
        let charge = match &found.verb {
            Verb::Charge { fee, .. } => Some(self.charge(fee, &view)?),
            _ => None,
        };
        let notice = match &found.verb {
            Verb::Task { meeting: Some(meeting), .. } => meeting.notice.as_ref(),
            _ => None,
        };
        let earliest = notice.map(ends).transpose()?;
        let items = match &found.verb {
            Verb::Open(opening) => Some(opened_items(opening, &view)?),
            _ => None,
        };
        let office = match &found.verb {
            Verb::Task { office, .. } => Some(self.office(office)),
            _ => None,
        };
        drop(view);
        let nothing_due = charge.as_ref().is_some_and(|c| c.amount.is_zero());
        self.emit(What::StepEntered {
            token,
            step: step.to_owned(),
            verb: kind(&found.verb),
            office,
            target,
            expires,
            remind: expires.filter(|_| !nothing_due).and_then(|expires| self.reminded_at(&found.verb, expires)),
            stands: found.stands,
            charge: charge.filter(|_| !nothing_due),
            earliest,
            place,
        });
        if nothing_due {
            self.answer(token, step, "done");
        }
        if let Some(items) = items {
            self.open_cases(token, step, items);
        }
        if let Verb::Together { branches, .. } = &found.verb {
            for first in branches {
                self.enter(first, Place { scope: Some(token), beside: false })?;
            }
        }
        Ok(())
    }

    /// When a party is reminded of what it is asked or charged: in the morning of a day some days before the last one.
    fn reminded_at(&self, verb: &Verb, expires: Timestamp) -> Option<Timestamp> {
        let is_asked = matches!(verb, Verb::Ask { .. } | Verb::Charge { .. });
        if !is_asked || !self.def.notices.contains(&About::DueSoon) {
            return None;
        }
        let last = self.def.time.day_of(expires).yesterday().ok()?;
        let day = last.checked_sub(i64::from(self.def.remind).days()).ok()?;
        let at = self.def.time.instant(day.at(MORNING, 0, 0, 0)).ok()?;
        (at > self.at).then_some(at)
    }

    pub(super) fn fix_offices(&mut self, statement: &Statement) {
        let known = &self.case.flow.offices;
        let fixed = statement.offices.iter().filter(|(name, office)| known.get(*name) != Some(*office));
        let offices: BTreeMap<_, _> = fixed.map(|(n, o)| (n.clone(), o.clone())).collect();
        if !offices.is_empty() {
            self.emit(What::OfficesFixed { offices });
        }
    }

    /// The office under a name: fixed by the form, or one of the agencies, or the authority's main office.
    fn office(&self, name: &str) -> String {
        if let Some(link) = self.case.flow.link.as_deref().filter(|_| name == LINK_OFFICE) {
            return link.office.clone();
        }
        let fixed = self.case.flow.offices.get(name).cloned();
        fixed.unwrap_or_else(|| match self.def.offices.get(name) {
            Some(crate::engine::definition::OfficeRule::Fixed(id)) => id.clone(),
            _ => self.def.main_office.clone(),
        })
    }

    /// What is left to pay of a fee: its items less what this case has paid of it already.
    fn charge(&self, fee: &str, view: &View<'_>) -> Result<Charge, Refusal> {
        let items = fee_items(self.def, fee, view)?;
        let total: rust_decimal::Decimal = items.values().copied().sum();
        let left = (total - self.case.flow.paid(fee)).max(rust_decimal::Decimal::ZERO);
        Ok(Charge { fee: fee.to_owned(), amount: self.def.round(left), items })
    }

    /// The acts of a `do` save those on registers, which were answered already.
    pub(super) fn finish_acts(&mut self, token: TokenId, step: &str) -> Result<(), Refusal> {
        let def = self.def;
        match def.steps.get(step).map(|s| &s.verb) {
            Some(Verb::Do(acts)) => self.acts(token, acts, false),
            _ => Ok(()),
        }
    }

    /// Whether a step takes back what the case changed in registers before.
    pub(super) fn undoes(&self, step: &str) -> bool {
        let undoes = |act: &Act| matches!(&act.verb, ActVerb::Record(record) if record.undo);
        matches!(self.def.steps.get(step).map(|s| &s.verb), Some(Verb::Do(acts)) if acts.iter().any(undoes))
    }

    fn acts(&mut self, token: TokenId, acts: &[Act], left: bool) -> Result<(), Refusal> {
        for act in acts {
            let amounts = {
                let view = if left { self.view().on_the_way() } else { self.view() };
                let all = items(&view, act)?.into_iter().map(|item| amount(&view, act, item));
                all.collect::<Result<Vec<_>, _>>()?
            };
            for amount in amounts {
                self.act(token, &act.verb, amount);
            }
        }
        Ok(())
    }

    fn act(&mut self, token: TokenId, verb: &ActVerb, amount: Option<Decimal>) {
        match verb {
            ActVerb::Record(_) => {}
            ActVerb::Issue { template } => self.emit(What::Issued { token, template: template.clone() }),
            ActVerb::Revoke { template, reason } => {
                let (template, reason) = (template.clone(), reason.clone());
                self.emit(What::Revoked { template, reason, certificate: None, by: None });
            }
            ActVerb::Tell { who, text, .. } => self.emit(What::Told { who: who.clone(), text: text.clone() }),
            ActVerb::Refund { fee, .. } => self.give_back(fee, amount),
        }
    }

    /// What a look-up keeps: the fields that the case may know, or the answers to its questions alone.
    pub(super) fn taken(&self, step: &str, record: &Value, version: i64) -> Result<Value, Refusal> {
        let Some(Verb::Lookup { take, test, .. }) = self.def.steps.get(step).map(|s| &s.verb) else {
            return Err(Refusal::WrongKind);
        };
        let mut kept = Map::new();
        for field in take {
            kept.insert(field.clone(), record.get(field).cloned().unwrap_or(Value::Null));
        }
        let view = self.view().with("record", record.clone());
        for (name, question) in test {
            kept.insert(name.clone(), Value::Bool(view.holds(Some(question))?));
        }
        kept.insert("found".into(), true.into());
        kept.insert("version".into(), version.into());
        Ok(Value::Object(kept))
    }
}

/// The hour at which people are reminded.
const MORNING: i8 = 9;

pub(super) fn kind(verb: &Verb) -> StepKind {
    match verb {
        Verb::Task { .. } => StepKind::Task,
        Verb::Ask { .. } => StepKind::Ask,
        Verb::Charge { .. } => StepKind::Charge,
        Verb::Lookup { .. } => StepKind::Lookup,
        Verb::Decide { .. } => StepKind::Decide,
        Verb::Wait { .. } => StepKind::Wait,
        Verb::Do(_) => StepKind::Do,
        Verb::Reserve(_) => StepKind::Reserve,
        Verb::Open(_) => StepKind::Open,
        Verb::Together { .. } => StepKind::Together,
        Verb::Junction => StepKind::Junction,
    }
}

//! What comes in any step: documents that nobody asked for, and what a definition lets parties and officers raise.

use serde_json::{Map, Value, json};

use super::command::Worker;
use super::decide::Turn;
use super::event::What;
use super::papers;
use super::refusal::Refusal;
use super::state::{Demand, DocumentFact, Flow, Place, Status, TokenId};
use crate::engine::definition::{Arrow, DOCUMENT, Definition, MESSAGE, PAYMENT, Reaction, Target, Verb};
use crate::kernel::MessageId;

/// How often one event is raised in a case.
pub(super) const RAISED_MAX: usize = 100;

/// Whether an entry counts as the case stands.
#[must_use]
pub fn counts(flow: &Flow, reaction: &Reaction) -> bool {
    match &flow.status {
        Status::Draft => false,
        Status::Open => {
            let waits = |step: &String| flow.tokens.values().any(|t| t.ready.is_none() && t.step == *step);
            reaction.ends.is_empty() && (reaction.steps.is_empty() || reaction.steps.iter().any(waits))
        }
        Status::Closed { end, .. } => reaction.ends.contains(end),
    }
}

/// The entries of an event that count.
fn reactions<'d>(def: &'d Definition, flow: &Flow, event: &str) -> Vec<&'d Reaction> {
    def.reactions.iter().filter(|r| r.event == event && counts(flow, r)).collect()
}

/// The steps that ask a party for a letter.
#[must_use]
pub fn asked_to_write(def: &Definition, flow: &Flow, party: &str) -> Vec<TokenId> {
    let asks = |step: &str| {
        let verb = def.steps.get(step).map(|step| &step.verb);
        matches!(verb, Some(Verb::Ask { message: true, of, .. }) if of == party)
    };
    let open = flow.tokens.iter().filter(|(_, token)| token.ready.is_none() && asks(&token.step));
    open.map(|(token, _)| *token).collect()
}

impl Turn<'_> {
    /// Keeps what happened among the events of the case, which holds so many of a name.
    pub(super) fn note_event(&mut self, name: &str, what: Value) -> Result<(), Refusal> {
        let kept = self.case.data.events.entry(name.to_owned()).or_default();
        if kept.len() >= RAISED_MAX {
            return Err(Refusal::TooMany);
        }
        kept.push(what);
        self.restated = true;
        Ok(())
    }

    /// Documents were added, or one was taken out by the scanner. After an end they count where the definition says that
    /// they reopen the case, which waits until all that is required is there.
    pub(super) fn documents(&mut self, documents: &[DocumentFact], added: bool) -> Result<(), Refusal> {
        let closed = match &self.case.flow.status {
            Status::Closed { end, .. } if self.def.reopens(DOCUMENT, end) => true,
            _ => self.open().map(|()| false)?,
        };
        let raised = added && !reactions(self.def, &self.case.flow, DOCUMENT).is_empty();
        if self.case.data.documents == documents && !raised {
            return Ok(());
        }
        self.case.data.documents = documents.to_vec();
        self.restated = true;
        self.emit(What::DocumentsReceived);
        if raised && (!closed || papers::document_faults(self.def, &self.case, &self.view())?.is_empty()) {
            self.react(DOCUMENT, None, Map::new())?;
        }
        Ok(())
    }

    /// A party has written to the office: once for each message. It answers the visits that asked for it, as far as they wait still;
    /// where no entry counts, or so many were kept already, it is passed over for the rest. While the case stands still nobody
    /// hears of it.
    pub(super) fn message(&mut self, message: MessageId, party: &str, asked: &[TokenId]) -> Result<(), Refusal> {
        let def = self.def;
        let mut asked =
            asked_to_write(def, &self.case.flow, party).into_iter().filter(|t| asked.contains(t)).peekable();
        let is_heard = !reactions(def, &self.case.flow, MESSAGE).is_empty();
        if asked.peek().is_none() && !is_heard {
            return Ok(());
        }
        if self.case.flow.is_held() {
            return Err(Refusal::Held);
        }
        for token in asked {
            let Some(step) = self.case.flow.tokens.get(&token).map(|t| t.step.clone()) else { continue };
            self.keep(&step, json!({"message": message}));
            self.answer(token, &step, "done");
        }
        if !is_heard {
            return Ok(());
        }
        let known = self.case.data.events.get(MESSAGE).map_or(&[][..], Vec::as_slice);
        if known.len() >= RAISED_MAX || known.iter().any(|told| told["message"] == json!(message)) {
            return Ok(());
        }
        self.happened(MESSAGE, json!({"at": self.at, "party": party, "message": message})).map(drop)
    }

    /// Money has come. It is kept whatever follows: of what counts, the case goes where that says, unless it stands still.
    pub(super) fn money(&mut self, demand: &Demand) -> Result<(), Refusal> {
        let known = self.case.data.events.get(PAYMENT).map_or(0, Vec::len);
        if reactions(self.def, &self.case.flow, PAYMENT).is_empty() || known >= RAISED_MAX {
            return Ok(());
        }
        let amount = crate::engine::feel::Value::Number(demand.amount).to_json();
        let what = json!({"at": self.at, "fee": demand.fee, "amount": amount});
        if self.case.flow.is_held() {
            return self.note_event(PAYMENT, what);
        }
        self.happened(PAYMENT, what).map(drop)
    }

    /// Keeps what the engine raises by itself, and goes where the definition says.
    fn happened(&mut self, event: &str, what: Value) -> Result<bool, Refusal> {
        let stated = what.as_object().cloned().unwrap_or_default();
        self.note_event(event, what)?;
        self.emit(What::Happened { event: event.to_owned() });
        self.react(event, None, stated)
    }

    pub(super) fn raise(&mut self, event: &str, by: &Worker, answers: Option<&Value>) -> Result<(), Refusal> {
        let def = self.def;
        let mut declared = def.reactions.iter().filter(|r| r.event == event && !r.by.is_empty()).peekable();
        if declared.peek().is_none() {
            return Err(Refusal::NoSuchEvent);
        }
        let may = |reaction: &Reaction| reaction.by.iter().any(|name| by.roles.contains(name));
        if !declared.any(may) {
            return Err(Refusal::WrongRole);
        }
        let Some(counts) = reactions(def, &self.case.flow, event).into_iter().find(|r| may(r)) else {
            return Err(self.open().err().unwrap_or(Refusal::NotNow));
        };
        let faults = papers::answer_faults(counts.form.as_deref(), answers);
        if !faults.is_empty() {
            return Err(Refusal::Invalid(faults));
        }
        let mut raised = answers.and_then(Value::as_object).cloned().unwrap_or_default();
        raised.extend([("at".to_owned(), json!(self.at)), ("by".to_owned(), json!(by.doer.person))]);
        self.note_event(event, Value::Object(raised.clone()))?;
        self.emit(What::Raised { event: event.to_owned(), by: by.doer });
        self.react(event, Some(by), raised).map(|_| ())
    }

    /// The first entry that counts, is this person's to raise, and whose guard holds says what follows. Gives whether the
    /// case was led anywhere.
    pub(super) fn react(
        &mut self,
        event: &str,
        by: Option<&Worker>,
        stated: Map<String, Value>,
    ) -> Result<bool, Refusal> {
        let def = self.def;
        let view = self.view().with("event", Value::Object(stated));
        let mut found = None;
        for reaction in reactions(def, &self.case.flow, event) {
            let may = by.is_none_or(|by| reaction.by.iter().any(|name| by.roles.contains(name)));
            if may && view.holds(reaction.when.as_ref())? {
                found = Some(reaction);
                break;
            }
        }
        drop(view);
        match found {
            Some(reaction) if reaction.refuse => Err(Refusal::NotNow),
            Some(Reaction { arrow: Some(arrow), steps, .. }) => self.turn_to(arrow, steps).map(|()| true),
            _ => Ok(false),
        }
    }

    /// Goes another way: `left` (or with none, all open steps) are given up where the arrow leads somewhere.
    pub(super) fn turn_to(&mut self, arrow: &Arrow, left: &[String]) -> Result<(), Refusal> {
        if matches!(self.case.flow.status, Status::Closed { .. }) {
            self.emit(What::Reopened);
        }
        // What it was lodged against is about to be taken up again; where the case stays where it is, it is not.
        if !matches!(arrow.to, Target::Done) {
            self.end_pending();
        }
        // What takes the place of steps in a branch stands in that branch.
        let mut place = Place::default();
        if !matches!(arrow.to, Target::Done) {
            let given_up = |step: &String| left.is_empty() || left.contains(step);
            let open = self.case.flow.tokens.iter().filter(|(_, t)| given_up(&t.step));
            let open: Vec<_> = open.map(|(id, t)| (*id, t.place)).collect();
            if !left.is_empty() {
                place = open.first().map(|(_, place)| *place).unwrap_or_default();
            }
            for (token, _) in open {
                self.give_up(token);
            }
        }
        self.on_arrow(0, arrow, place)?;
        if !matches!(arrow.to, Target::Done) {
            return self.arrive(arrow, place);
        }
        Ok(())
    }
}

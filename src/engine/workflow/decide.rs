//! The decider: facts in, plan out. No clock, no database, no async.

use jiff::Timestamp;

use super::command::{Command, Completion, Linked, Statement, Worker};
use super::event::{BY_OFFICE, Doer, Event, What};
use super::evolve::evolve;
use super::grounds::{check_grounds, chosen};
use super::papers;
use super::refusal::Refusal;
use super::state::{Case, Place, Status, StepKind, Token, TokenId};
use super::view::View;
use crate::engine::definition::{Decision, Definition, EndResult, Step, Verb, WITHDRAWAL};
use crate::kernel::Fault;

/// What a command comes to: the events, and the case after them.
#[derive(Debug, Clone)]
pub struct Plan {
    pub events: Vec<Event>,
    /// How many of them, from the first, fell due before the command: nobody's act.
    pub overdue: usize,
    /// While time was caught up with, a register came to be asked. That is answered first; the command was not looked
    /// at yet.
    pub asks: bool,
    pub case: Case,
    /// Whether the data changed, so that a new revision is to be kept.
    pub restated: bool,
}

/// Automatic moves, and deadlines caught up with, in one command.
pub const BOUND: usize = 256;

/// Decides what a command does to a case at `now`.
///
/// Time comes first: whatever fell due before `now` takes effect at its own instant, before anything of the command is
/// looked at. Then the command records its fact, and the case moves until it rests. Where a register is to be asked on
/// the way, nothing goes on before its answer, which belongs to the instant of the question.
///
/// # Errors
/// A [`Refusal`]; then nothing happens, what fell due included (the timer will see to it).
pub fn decide(def: &Definition, case: &Case, command: &Command, now: Timestamp) -> Result<Plan, Refusal> {
    let is_taken_over = matches!(command, Command::Migrate);
    if !matches!(case.flow.status, Status::Draft) && (case.flow.version == def.version) == is_taken_over {
        return Err(Refusal::WrongVersion);
    }
    let now = case.flow.at.map_or(now, |last| last.max(now));
    let mut turn = Turn { def, case: case.clone(), at: now, events: Vec::new(), restated: false };
    if let (true, Command::Answered { .. }) = (turn.asks(), command) {
        turn.at = case.flow.at.unwrap_or(now);
    } else if is_taken_over {
        // What fell due is applied by the rules that it fell due under.
        if case.flow.next_due().is_some_and(|due| due <= now) {
            return Err(Refusal::Behind);
        }
    } else {
        match turn.catch_up(now)? {
            Caught::Up => turn.at = now,
            Caught::Asking => return Ok(turn.plan(true)),
            Caught::Part if matches!(command, Command::Tick) => return Ok(turn.plan(false)),
            Caught::Part => return Err(Refusal::Behind),
        }
    }
    let overdue = turn.events.len();
    turn.command(command)?;
    turn.settle()?;
    Ok(Plan { overdue, ..turn.plan(false) })
}

/// How far the deadlines that were passed are applied.
pub(super) enum Caught {
    Up,
    /// As far as a question to a register.
    Asking,
    /// As far as one transaction goes.
    Part,
}

/// One command under way.
pub(super) struct Turn<'a> {
    pub def: &'a Definition,
    pub case: Case,
    pub at: Timestamp,
    pub events: Vec<Event>,
    pub restated: bool,
}

impl Turn<'_> {
    pub(super) fn emit(&mut self, what: What) {
        let event = Event { at: self.at, what };
        evolve(&mut self.case.flow, &event);
        self.events.push(event);
    }

    /// The plan so far, all of it overdue.
    fn plan(self, asks: bool) -> Plan {
        let overdue = self.events.len();
        Plan { events: self.events, overdue, asks, case: self.case, restated: self.restated }
    }

    /// Whether a register is to be asked before anything else.
    pub(super) fn asks(&self) -> bool {
        let mut waiting = self.case.flow.tokens.values().filter(|t| t.ready.is_none());
        self.case.flow.is_open()
            && !self.case.flow.is_held()
            && waiting.any(|t| matches!(t.kind, StepKind::Lookup | StepKind::Do | StepKind::Reserve))
    }

    pub(super) fn view(&self) -> View<'_> {
        View::new(self.def, &self.case, self.at)
    }

    fn command(&mut self, command: &Command) -> Result<(), Refusal> {
        if self.case.flow.status == Status::Draft && !matches!(command, Command::Submit { .. }) {
            return Err(Refusal::NotSubmitted);
        }
        match command {
            Command::Submit { by, reference, statement, linked } => {
                self.submit(*by, reference, statement, linked.as_ref())
            }
            Command::Withdraw { by } => self.withdraw(*by),
            Command::Heard { register, key, change, version, record } => {
                self.heard(register, key, change, *version, record)
            }
            Command::Claim { token, by, untied } => self.claim(*token, by, *untied),
            Command::Release { token, by } => self.release(*token, *by),
            Command::Assign { token, to } => self.assign(*token, to),
            Command::Complete { token, by, completion } => self.complete(*token, by, completion),
            Command::Message { message, party, asked } => self.message(*message, party, asked),
            Command::Documents { documents, added } => self.documents(documents, *added),
            Command::Raise { event, by, answers } => self.raise(event, by, answers.as_ref()),
            Command::Book { token, at, mode, by } => self.book(*token, *at, *mode, by),
            Command::Unbook { token, by } => self.unbook(*token, by),
            Command::Recuse { token, by } => self.recuse(*token, by),
            Command::Extend { by, reason } => self.extend(by, reason),
            Command::Transfer { token, office, by, reason } => self.transfer(*token, office, *by, reason),
            Command::Hold { hold, by, reason } => self.hold(hold, by, reason),
            Command::Resume { hold, by } => self.resume(hold, by),
            Command::Lodge { case, remedy, level, within, party, by } => {
                self.lodge(*case, remedy, *level, *within, party, *by)
            }
            Command::Further { case, remedy, level, party, by } => self.further(*case, remedy, *level, party, *by),
            Command::Settle { case, end, deciders } => self.settled(*case, end, deciders),
            Command::Opened { token, index, case, reference } => self.child_opened(*token, *index, *case, reference),
            Command::Returned { token, index, end, result, given } => {
                self.child_returned(*token, *index, end, result, given);
                Ok(())
            }
            Command::Moot => self.moot(),
            Command::Migrate => self.migrate(),
            Command::Paid { demand } => self.paid(*demand),
            Command::Revoke { certificate, template, by } => {
                let (template, certificate, by) = (template.clone(), Some(*certificate), Some(*by));
                self.emit(What::Revoked { template, reason: BY_OFFICE.into(), certificate, by });
                Ok(())
            }
            Command::Answered { token, answer } => self.answered(*token, answer),
            Command::Tick => Ok(()),
        }
    }

    pub(super) fn open(&self) -> Result<(), Refusal> {
        match self.case.flow.status {
            Status::Open => Ok(()),
            Status::Draft => Err(Refusal::NotSubmitted),
            Status::Closed { .. } => Err(Refusal::Closed),
        }
    }

    /// A token that still waits. People are told when it no longer does; a number that never was is an error of its own,
    /// or a callback could hit the next visit.
    pub(super) fn active(&self, token: TokenId) -> Result<Token, Refusal> {
        match self.case.flow.tokens.get(&token) {
            Some(found) if found.ready.is_none() => Ok(found.clone()),
            _ if token < self.case.flow.next => Err(Refusal::NoLongerActive),
            _ => Err(Refusal::NoSuchToken),
        }
    }

    fn submit(
        &mut self,
        by: Doer,
        reference: &str,
        statement: &Statement,
        linked: Option<&Linked>,
    ) -> Result<(), Refusal> {
        if self.case.flow.status != Status::Draft {
            return Err(Refusal::AlreadySubmitted);
        }
        reference.clone_into(&mut self.case.data.reference);
        let start = &self.def.start;
        let (link, excluded, parent) = super::children::origin(self.def, linked)?;
        self.emit(What::Submitted { version: self.def.version.clone(), by, link, excluded, parent });
        self.emit(What::Marked { mark: "opened".into() });
        self.lay(statement);
        // Where the form may come later, one that is given now is held to the same rules, and need not be given again.
        let stated = start.needs_form || statement.form.is_some();
        let mut faults = Vec::new();
        if stated {
            faults.extend(papers::form_faults(self.def, &self.case));
        }
        if start.needs_documents && faults.is_empty() {
            faults.extend(papers::document_faults(self.def, &self.case, &self.view())?);
        }
        if !faults.is_empty() {
            return Err(Refusal::Invalid(faults));
        }
        if !self.view().holds(start.when.as_ref())? {
            return Err(Refusal::StartRefused);
        }
        if stated {
            self.stated();
        }
        self.fix_offices(statement);
        if !self.def.marks("submitted") {
            self.mark("submitted")?;
        }
        self.enter(&start.first.clone(), Place::default())
    }

    fn withdraw(&mut self, _by: Doer) -> Result<(), Refusal> {
        self.open()?;
        if self.case.flow.decision.is_some() || self.case.flow.changed {
            return Err(Refusal::AlreadyDecided);
        }
        if !self.react(WITHDRAWAL, None, serde_json::Map::new())? {
            self.close("withdrawn", EndResult::Neutral);
        }
        Ok(())
    }

    fn complete(&mut self, token: TokenId, by: &Worker, done: &Completion) -> Result<(), Refusal> {
        self.open()?;
        let found = self.active(token)?;
        if self.case.flow.is_held() {
            return Err(Refusal::Held);
        }
        let def = self.def;
        let step = def.steps.get(&found.step).ok_or_else(|| Refusal::NoRoute(found.step.clone()))?;
        let faults = self.handed_in(step, &found, by, done)?;
        if !faults.is_empty() {
            return Err(Refusal::Invalid(faults));
        }
        let outcome = chosen(step, done.outcome.as_deref())?;
        let (kept, overruled) = if step.is_joint() {
            if self.one_of_several(token, step, by.doer, done)? {
                return Ok(());
            }
            (None, None)
        } else {
            self.advised(&found.step, outcome, done)?
        };
        if self.needs_more(token, step, outcome) {
            let fault = overruled.map_or(Ok(()), |fault| Err(Refusal::Invalid(vec![fault])));
            return fault.and_then(|()| self.vote(token, step, outcome, by, done, kept));
        }
        if let Some(kept) = kept {
            self.keep(&found.step, kept);
        }
        if let Verb::Ask { form: true, .. } = step.verb {
            self.stated();
            self.fix_offices(&done.statement);
        }
        self.agreed(token, step, outcome, by, done)?;
        self.emit(What::StepAnswered {
            token,
            step: found.step.clone(),
            outcome: outcome.to_owned(),
            by: Some(by.doer),
        });
        let arrow = self.arrow(&step.outcomes[outcome])?.ok_or(Refusal::NotOffered)?;
        if let Some(fault) = overruled {
            return Err(Refusal::Invalid(vec![fault]));
        }
        let grounds = check_grounds(arrow, done)?;
        if let Some(grounds) = grounds {
            self.case.data.grounds.insert(token, grounds);
            self.restated = true;
        }
        if let Some(decision) = arrow.decision {
            self.decided(decision, &found.step, token, done.reasons.clone(), Some(by.doer), arrow.last.is_some());
        }
        // The arrow that was found is the one that is taken: a guard read again might see its own decision.
        self.follow(token, &found.step, arrow)
    }

    /// Whether this worker may do the step at all, and what is wrong with what he hands in, which is laid over the case.
    fn handed_in(&mut self, step: &Step, found: &Token, by: &Worker, done: &Completion) -> Result<Vec<Fault>, Refusal> {
        let def = self.def;
        let mut faults = Vec::new();
        match &step.verb {
            Verb::Task { form, .. } => {
                self.may_act(&found.step, by)?;
                if found.holder != Some(by.doer.person) {
                    return Err(Refusal::NotHolder);
                }
                self.declared(&found.step, by.doer.person)?;
                self.has_met(found)?;
                faults.extend(papers::answer_faults(form.as_ref(), done.answers.as_ref()));
            }
            // It is answered by writing to the office.
            Verb::Ask { message: true, .. } => faults.push(Fault::new("/message", "required")),
            Verb::Ask { form, fields, documents, signature, own, .. } => {
                self.four_eyes(&found.step, &[], by)?;
                match (*signature, &done.signed) {
                    (true, None) => faults.push(Fault::new("/signature", "required")),
                    (false, Some(_)) => faults.push(Fault::new("/signature", "not_expected")),
                    _ => {}
                }
                if *form {
                    if let Some(given) = done.statement.form.as_ref().filter(|_| !fields.is_empty()) {
                        faults.extend(papers::amended(&self.case.data.form, fields, given).1);
                    }
                    self.lay(&done.statement);
                } else if done.statement.form.is_some() {
                    faults.push(Fault::new("/form", "not_expected"));
                } else {
                    self.lay_papers(&done.statement);
                }
                faults.extend(papers::answer_faults(own.as_ref(), done.answers.as_ref()));
                if *form {
                    faults.extend(papers::form_faults(def, &self.case));
                }
                if *documents && faults.is_empty() {
                    faults.extend(papers::document_faults(def, &self.case, &self.view())?);
                }
            }
            _ => return Err(Refusal::WrongKind),
        }
        Ok(faults)
    }

    /// A step was answered by a machine.
    pub(super) fn answer(&mut self, token: TokenId, step: &str, outcome: &str) {
        self.emit(What::StepAnswered { token, step: step.to_owned(), outcome: outcome.to_owned(), by: None });
    }

    /// Keeps what a step stated or learned; the round before moves into the history.
    pub(super) fn keep(&mut self, step: &str, answers: serde_json::Value) {
        if let Some(before) = self.case.data.steps.insert(step.to_owned(), answers) {
            self.case.data.history.entry(step.to_owned()).or_default().push(before);
        }
        self.restated = true;
    }

    pub(super) fn decided(
        &mut self,
        decision: Decision,
        step: &str,
        token: TokenId,
        reasons: Vec<String>,
        by: Option<Doer>,
        last: bool,
    ) {
        self.emit(What::Decided { decision, step: step.to_owned(), token, reasons, by, last });
        self.stop_clock();
    }

    /// The statement was accepted, first or anew.
    fn stated(&mut self) {
        self.emit(What::Stated);
        self.ask_again();
    }

    /// Lays a statement over the case's data. With the form, what was being filled in is handed in.
    fn lay(&mut self, statement: &Statement) {
        let data = &mut self.case.data;
        if let Some(form) = &statement.form {
            data.form.clone_from(form);
            data.draft = None;
        }
        data.parties.extend(statement.parties.clone());
        self.lay_papers(statement);
    }

    fn lay_papers(&mut self, statement: &Statement) {
        let data = &mut self.case.data;
        data.documents.clone_from(&statement.documents);
        if let Some(held) = &statement.held {
            data.held.clone_from(held);
        }
        self.restated = true;
    }

    pub(super) fn close(&mut self, end: &str, result: EndResult) {
        for (token, step) in self.case.flow.tokens.iter().map(|(id, t)| (*id, t.step.clone())).collect::<Vec<_>>() {
            self.emit(What::StepCancelled { token, step });
        }
        self.stop_clock();
        for hold in self.case.flow.holds.clone() {
            self.emit(What::Unheld { hold, by: None, moved: Default::default() });
        }
        self.emit(What::Closed { end: end.to_owned(), result });
    }
}

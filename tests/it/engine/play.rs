//! Plays a case of any definition, with registers in memory.

use std::collections::BTreeMap;

use guichet::engine::definition::{Definition, LINK_ROLE, Verb};
use guichet::engine::workflow::{
    Answer, Call, Case, Command, Completion, DocumentFact, Doer, Event, Expects, Flow, Key, Link, Linked, OfficeKey,
    Parent, Plan, Refusal, Statement, StepKind, TokenId, Worker, Write, Written, calls, decide, fixed_offices, meeting,
    office_keys, slots, stated_parties, undeclared,
};
use guichet::kernel::{CaseId, PersonId};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::scene::{Kit, Scene};

pub type Decide = fn(&Definition, &Case, &Command, Timestamp) -> Result<Plan, Refusal>;

pub fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}

/// Who hears a case that is a remedy.
const JUDGE: &str = "judge";
/// Who decided below, where it is one.
pub const EXCLUDED: u128 = 5;

/// What a case that is a remedy is opened with.
pub fn linked(def: &Definition) -> Option<Linked> {
    let (of, root) = (CaseId(Uuid::from_u128(9_000)), CaseId(Uuid::from_u128(9_000)));
    let text = |word: &str| word.to_owned();
    let link = Link {
        of,
        reference: text("below"),
        root,
        service: text("below"),
        version: text("1"),
        remedy: text("appeal"),
        level: 1,
        role: JUDGE.into(),
        office: text("upper"),
    };
    if def.is_for_cases() && !def.is_remedy() {
        let (reference, service, step) = (text("above"), text("above"), text("part"));
        return Some(Linked::Child(Box::new(Parent { case: of, reference, service, step, token: 0, index: 0 })));
    }
    def.is_for_cases_alone().then(|| Linked::Remedy { link: Box::new(link), excluded: vec![person(EXCLUDED)] })
}

/// Who files the case.
pub const CITIZEN: u128 = 100;

pub fn doer(n: u128) -> Doer {
    Doer { person: person(n), behalf: None }
}

/// Officers 0 to 5 have every role of the service, 6 has none, 7 acts for officer 0. From 1,000 on they are strangers to
/// the case, with every role.
pub fn officer(def: &Definition, n: u128) -> Worker {
    let all = def.steps.values().filter_map(|s| match &s.verb {
        Verb::Task { role, .. } if role == LINK_ROLE => Some(JUDGE.to_owned()),
        Verb::Task { role, .. } => Some(role.clone()),
        _ => None,
    });
    let extends = def.time_limit.iter().filter_map(|limit| limit.extend.as_ref()).map(|extend| extend.role.clone());
    let roles = if n == 6 { Vec::new() } else { all.chain(extends).collect() };
    Worker { doer: Doer { person: person(n), behalf: (n == 7).then(|| person(0)) }, roles }
}

/// One command and what came of it.
#[derive(Clone)]
pub struct Turn {
    pub now: Timestamp,
    pub command: Command,
    pub outcome: Result<Vec<Event>, Refusal>,
    pub flow: Flow,
    /// Whether the case came to rest: no register is to be asked any more.
    pub rests: bool,
}

/// A command as it was sent, and how it was refused.
pub type Sent = (Timestamp, Command, Option<String>);

#[derive(Clone)]
pub struct World<'k> {
    pub def: &'k Definition,
    pub scene: Scene,
    pub decide: Decide,
    pub now: Timestamp,
    pub case: Case,
    pub numbers: BTreeMap<String, i64>,
    pub turns: Vec<Turn>,
    pub down: bool,
    pub sent: Vec<Sent>,
    /// The registers as they were in the beginning.
    pub begun: Scene,
}

/// Questions to registers in a row, for one command.
const ANSWERS_MAX: usize = 256;

impl<'k> World<'k> {
    pub fn new(kit: &'k Kit, scene: usize) -> Self {
        let scene = kit.scenes[scene % kit.scenes.len()].clone();
        let (now, case) = (scene.now, Case::default());
        let (numbers, turns, begun) = (BTreeMap::new(), Vec::new(), scene.clone());
        Self { def: &kit.def, scene, decide, now, case, numbers, turns, down: false, sent: Vec::new(), begun }
    }

    pub fn log(&self) -> Vec<Event> {
        self.turns.iter().flat_map(|t| t.outcome.iter().flatten().cloned()).collect()
    }

    /// A command, and what the registers answer on its way: all of it, or nothing.
    pub fn send(&mut self, command: Command) -> Result<(), Refusal> {
        let before = (self.case.clone(), self.scene.registers.clone(), self.numbers.clone(), self.turns.len());
        let outcome = self.run_course(&command);
        let mut last = self.turns.pop().expect("a turn");
        if outcome.is_err() {
            (self.case, self.scene.registers, self.numbers) = (before.0, before.1, before.2);
            self.turns.truncate(before.3);
            last.flow = self.case.flow.clone();
        }
        self.turns.push(Turn { rests: true, ..last });
        self.sent.push((self.now, command, outcome.as_ref().err().map(|r| r.code().to_owned())));
        outcome
    }

    fn run_course(&mut self, command: &Command) -> Result<(), Refusal> {
        let mut command = Some(command.clone());
        for _ in 0..ANSWERS_MAX {
            let at = self.case.flow.at.unwrap_or(self.now);
            if let Some(call) = calls(self.def, &self.case, at) {
                let answer = self.answer(call, at);
                self.record(answer)?;
                continue;
            }
            let Some(next) = command.take() else { return Ok(()) };
            if self.record(next.clone())? {
                command = Some(next);
            }
        }
        panic!("the case asks registers without end")
    }

    /// Whether a register is to be asked before the command is looked at.
    fn record(&mut self, command: Command) -> Result<bool, Refusal> {
        let mut asks = false;
        let outcome = (self.decide)(self.def, &self.case, &command, self.now).map(|plan| {
            self.case = plan.case;
            asks = plan.asks;
            plan.events
        });
        let refused = outcome.as_ref().err().cloned();
        self.turns.push(Turn { now: self.now, command, outcome, flow: self.case.flow.clone(), rests: false });
        refused.map_or(Ok(asks), Err)
    }

    fn answer(&mut self, call: Call, at: Timestamp) -> Command {
        match call {
            Call::Defect { sentence, .. } => panic!("{sentence}"),
            Call::Lookup { token, register, key, .. } => {
                let found = key.and_then(|key| self.scene.registers.get(&register)?.get(&key).cloned());
                let answer = match found {
                    _ if self.down => Answer::Down,
                    None => Answer::None,
                    Some((version, record)) => Answer::Found { record, version },
                };
                Command::Answered { token, answer }
            }
            Call::Reserve { token, .. } => {
                Command::Answered { token, answer: if self.down { Answer::Conflict } else { Answer::Reserved } }
            }
            Call::Record { token, writes } => {
                let before = self.scene.registers.clone();
                let written: Option<Vec<Written>> = writes.into_iter().map(|w| self.write(w, at)).collect();
                if written.is_none() {
                    self.scene.registers = before;
                }
                Command::Answered { token, answer: written.map_or(Answer::Conflict, Answer::Written) }
            }
        }
    }

    fn write(&mut self, write: Write, at: Timestamp) -> Option<Written> {
        let register = self.def.registers.get(&write.register)?;
        let records = self.scene.registers.entry(write.register.clone()).or_default();
        let (key, new) = match write.key {
            Key::Is(key) => (key, false),
            Key::Next => {
                let number = self.numbers.entry(write.register.clone()).or_default();
                *number += 1;
                let year = self.def.time.day_of(at).year();
                (register.number.as_ref()?.key(year, *number), true)
            }
        };
        let (version, mut record) = match (write.expects, records.get(&key)) {
            (Expects::Nothing, None) => (1, json!({})),
            (Expects::Version(seen), Some((version, record))) if *version == seen => (version + 1, record.clone()),
            _ => return None,
        };
        record.as_object_mut()?.extend(write.set);
        let faults = register.schema.check(&record);
        assert!(faults.is_empty(), "`{}` is refused by its register: {faults:?}", write.change);
        records.insert(key.clone(), (version, record));
        Some(Written { register: write.register, key, change: write.change, version, new })
    }

    /// Everything that the service could want, in three copies, issued today.
    pub fn documents(&self) -> Vec<DocumentFact> {
        let issued = Some(self.def.time.day_of(self.now));
        let of = |kind: &String| (0..3).map(|of| DocumentFact { kind: kind.clone(), of, issued }).collect::<Vec<_>>();
        self.def.documents.keys().flat_map(of).collect()
    }

    /// What is stated with a form, as the server would resolve it.
    pub fn statement(&self, form: Option<Value>) -> Statement {
        let mut case = self.case.clone();
        if let Some(form) = &form {
            case.data.form = form.clone();
        }
        let mut parties = Map::new();
        for (party, rule, stated) in stated_parties(self.def, &case.data.form) {
            let mut known: Vec<Value> = stated.into_iter().cloned().collect();
            for one in known.iter_mut().filter_map(Value::as_object_mut) {
                one.insert("id".into(), json!(person(CITIZEN).to_string()));
            }
            let first = known.first().cloned().unwrap_or(Value::Null);
            parties.insert(party.to_owned(), if rule.many { Value::Array(known) } else { first });
        }
        for (party, _) in self.def.parties.iter().filter(|(_, rule)| rule.is_other_side) {
            parties.insert(party.clone(), json!([{"id": person(200).to_string(), "name": "Somebody else"}]));
        }
        if self.def.parties.get("applicant").is_none_or(|p| p.from.is_none()) {
            let key = self.scene.registers.values().flat_map(|r| r.keys()).next().cloned();
            parties
                .insert("applicant".into(), json!({"id": key.unwrap_or_else(|| "nobody".into()), "name": "Somebody"}));
        }
        case.data.parties.extend(parties.clone());
        let keys = office_keys(self.def, &case, self.now).expect("offices can be worked out").into_iter();
        let keys = keys.map(|(name, key)| {
            let record = match &key {
                OfficeKey::Ask { register, key: Some(key), .. } => {
                    self.scene.registers.get(register).and_then(|r| r.get(key)).map(|(_, record)| record.clone())
                }
                _ => None,
            };
            (name, key, record)
        });
        let (offices, _) = fixed_offices(keys.collect(), &|_| true);
        Statement { form, parties, offices, documents: self.documents(), ..Statement::default() }
    }

    pub fn submit(&mut self) -> Result<(), Refusal> {
        let form = if self.def.start.needs_form { self.scene.forms.first().cloned() } else { None };
        let statement = self.statement(form);
        let linked = linked(self.def);
        self.send(Command::Submit { by: doer(CITIZEN), reference: "reference".into(), statement, linked })
    }

    /// The open tokens, lowest first.
    pub fn open(&self) -> Vec<TokenId> {
        self.case.flow.tokens.keys().copied().collect()
    }

    pub fn token(&self, step: &str) -> TokenId {
        let found = self.case.flow.tokens.iter().find(|(_, t)| t.step == step);
        *found.unwrap_or_else(|| panic!("`{step}` is not open, but {:?}", self.case.flow.tokens)).0
    }

    /// What is handed in for a step: its `how`-th outcome, with the `how`-th answers, with every reason it may have.
    pub fn completion(&self, step: &str, outcome: usize, how: usize) -> Completion {
        let rule = &self.def.steps[step];
        let (name, arrows) = rule.outcomes.get_index(outcome % rule.outcomes.len()).expect("a step has an outcome");
        let pool = |from: &[Value]| (!from.is_empty()).then(|| from[how % from.len()].clone());
        let (mut answers, mut form) = (None, None);
        match &rule.verb {
            Verb::Task { form: Some(_), .. } | Verb::Ask { own: Some(_), .. } => {
                answers = self.scene.answers.get(step).and_then(|a| pool(a));
            }
            Verb::Ask { form: true, .. } => form = pool(&self.scene.forms),
            _ => {}
        }
        let reasons = arrows.first().map(|a| a.reasons.clone()).unwrap_or_default();
        let statement = self.statement(form);
        let signed = matches!(&rule.verb, Verb::Ask { signature: true, .. }).then(|| "form".to_owned());
        let (outcome, grounds) = (Some(name.clone()), "As the law says.".to_owned());
        Completion { outcome, answers, statement, reasons, grounds, signed }
    }

    /// Where the task is done at an appointment: the first that there can be is made, and its time comes.
    fn meet(&mut self, token: TokenId, by: Worker) -> Result<(), Refusal> {
        let Some(found) = self.case.flow.tokens.get(&token).cloned() else { return Ok(()) };
        let Some(meeting) = meeting(self.def, &found.step) else { return Ok(()) };
        let at = match found.booked {
            Some(booking) => booking.at,
            None => {
                let all = slots(self.def, &found, meeting, self.now);
                let Some((at, _)) = all.first().copied() else { return Ok(()) };
                self.send(Command::Book { token, at, mode: meeting.slots.modes[0], by })?;
                at
            }
        };
        if at > self.now {
            self.now = at;
            self.send(Command::Tick)?;
        }
        Ok(())
    }

    /// Whoever was given a task says that nothing ties him, where it asks for that.
    pub fn declare(&mut self, token: TokenId, by: &Worker) -> Result<(), Refusal> {
        let step = self.case.flow.tokens.get(&token).map(|t| t.step.clone()).unwrap_or_default();
        if !undeclared(self.def, &self.case.flow, &step, by.doer.person) {
            return Ok(());
        }
        self.send(Command::Claim { token, by: by.clone(), untied: true })
    }

    /// Takes a step on: an officer gets the task and completes it, a party answers, money comes in.
    pub fn forward(&mut self, token: TokenId, by: u128, completion: Completion) -> Result<(), Refusal> {
        match self.case.flow.tokens.get(&token).map(|t| t.kind) {
            Some(StepKind::Charge) => self.send(Command::Paid { demand: token }),
            Some(StepKind::Ask) => {
                let by = Worker { doer: doer(CITIZEN), roles: Vec::new() };
                self.send(Command::Complete { token, by, completion: Box::new(completion) })
            }
            _ => {
                let by = officer(self.def, by);
                self.send(Command::Assign { token, to: by.clone() })?;
                self.declare(token, &by)?;
                self.meet(token, by.clone())?;
                self.send(Command::Complete { token, by, completion: Box::new(completion) })
            }
        }
    }
}

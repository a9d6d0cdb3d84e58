//! The story, line by line.

use std::collections::BTreeMap;

use jiff::{Timestamp, ToSpan};
use serde_json::{Map, Value, json};

use super::people::{identified, person};
use super::refusals::{points, words};
use super::{Line, Scenario};
use crate::engine::calendar::{Duration, OfficeTime, Unit};
use crate::engine::definition::Definition;
use crate::engine::workflow::{
    Case, Command, Course, DocumentFact, Doer, Effect, Event, Refusal, Statement, effects, fixed_offices,
    held_documents, office_keys, stated_parties,
};

/// Where it went wrong (none: at the end), and how.
pub type Wrong = (Option<usize>, String);

/// One case of the story, with what was sent out and issued.
#[derive(Clone, Default)]
pub struct Played {
    pub case: Case,
    /// The service, where it is another than the scenario's.
    pub(super) service: Option<String>,
    pub events: Vec<Event>,
    pub effects: Vec<Effect>,
    /// What was stated and refused stays as a draft.
    pub(super) draft: Option<Value>,
    pub(super) papers: Vec<DocumentFact>,
}

impl Played {
    /// What was sent out and issued so far is of no more use.
    pub(super) fn forget(&mut self) {
        self.events.clear();
        self.effects.clear();
    }
}

#[derive(Clone)]
pub struct World<'a> {
    /// Of the case at hand.
    pub def: &'a Definition,
    pub(super) main: &'a Definition,
    pub(super) linked: &'a BTreeMap<String, Definition>,
    pub scenario: &'a Scenario,
    pub now: Timestamp,
    pub cases: BTreeMap<String, Played>,
    /// Register → key → (version, record).
    pub registers: BTreeMap<String, BTreeMap<String, (i64, Value)>>,
    pub(super) numbers: BTreeMap<String, i64>,
    /// Pool and key → which cases have a place there, and until when.
    pub(super) places: Places,
    pub(super) forced: BTreeMap<String, String>,
    /// What was written into a register last.
    pub(super) written: Value,
    /// Changes of registers of which the other cases have not heard yet.
    pub(super) changes: Vec<Command>,
    /// What a case has not heard yet.
    pub(super) untold: Vec<(String, Command)>,
    pub(super) refused: Option<Refusal>,
    /// How many were written.
    pub(super) messages: u128,
    /// The cases that steps open are not played: what they come to is tried instead.
    pub(super) is_walk: bool,
}

/// Pool and key → which cases have a place there, and until when.
type Places = BTreeMap<(String, String), Vec<(String, Option<Timestamp>)>>;

pub(super) const MAIN: &str = "main";
/// Ticks until a case has caught up with time.
const PORTIONS: usize = 64;

pub fn run(def: &mut Definition, linked: &mut BTreeMap<String, Definition>, scenario: &Scenario) -> Result<(), Wrong> {
    let usual: Vec<OfficeTime> = std::iter::once(&*def).chain(linked.values()).map(|def| def.time.clone()).collect();
    if let Some(holidays) = &scenario.given.holidays {
        for (def, usual) in std::iter::once(&mut *def).chain(linked.values_mut()).zip(&usual) {
            let calendar = usual.calendar().with_holidays(holidays).map_err(|e| (Some(0), e))?;
            let zone = usual.zone().iana_name().unwrap_or("UTC").to_owned();
            def.time = OfficeTime::new(std::sync::Arc::new(calendar), &zone).map_err(|e| (Some(0), e))?;
        }
    }
    let done = play(def, linked, scenario);
    for (def, usual) in std::iter::once(def).chain(linked.values_mut()).zip(usual) {
        def.time = usual;
    }
    done
}

fn play(def: &Definition, linked: &BTreeMap<String, Definition>, scenario: &Scenario) -> Result<(), Wrong> {
    let mut world = World::new(def, linked, scenario)?;
    for (at, line) in scenario.story.iter().enumerate() {
        world.line(line).map_err(|sentence| (Some(at), sentence))?;
    }
    world.def = def;
    let last = scenario.story.len().saturating_sub(1);
    world.nothing_refused().map_err(|sentence| (Some(last), sentence))?;
    match &scenario.expect {
        Some(expect) => expect.check(&world, world.case(None).map_err(|e| (None, e))?).map_err(|e| (None, e)),
        None => Ok(()),
    }
}

impl<'a> World<'a> {
    /// The world of a scenario before its story.
    pub(super) fn new(
        def: &'a Definition,
        linked: &'a BTreeMap<String, Definition>,
        scenario: &'a Scenario,
    ) -> Result<Self, Wrong> {
        let now = def.time.instant(scenario.given.today).map_err(|e| (Some(0), e))?;
        let versioned =
            |records: &BTreeMap<String, Value>| records.iter().map(|(k, r)| (k.clone(), (1, r.clone()))).collect();
        let registers =
            scenario.given.registers.iter().map(|(name, records)| (name.clone(), versioned(records))).collect();
        if let Some(name) = scenario.given.registers.keys().find(|name| !def.registers.contains_key(*name)) {
            return Err((None, format!("the service has no register `{name}`")));
        }
        Ok(Self {
            def,
            main: def,
            linked,
            scenario,
            now,
            cases: BTreeMap::new(),
            registers,
            numbers: BTreeMap::new(),
            places: BTreeMap::new(),
            forced: BTreeMap::new(),
            written: Value::Null,
            changes: Vec::new(),
            untold: Vec::new(),
            refused: None,
            messages: 0,
            is_walk: false,
        })
    }
}

impl World<'_> {
    pub(super) fn line(&mut self, line: &Line) -> Result<(), String> {
        match line.verbs() {
            0 => return Err("the line says nothing that could happen".into()),
            1 => {}
            _ => return Err("the line says more than one thing: each has a line of its own".into()),
        }
        if let Some(code) = &line.refused {
            return self.was_refused(code, line.pointer.as_deref());
        }
        self.nothing_refused()?;
        self.def = self.def_of(line.case.as_deref().unwrap_or(MAIN));
        if let Some(expect) = &line.expect {
            return expect.check(self, self.case(line.case.as_deref())?);
        }
        if let Some(advance) = &line.advance {
            return self.advance(advance);
        }
        if let (Some(register), Some(key)) = (&line.register, &line.key) {
            return self.change(register, key, line.set.as_ref(), line.change.as_deref());
        }
        if let (Some(step), Some(with)) = (&line.answer, &line.with) {
            self.forced.insert(step.clone(), with.outcome.clone());
            return Ok(());
        }
        if line.migrate == Some(true) {
            return self.migrate(line);
        }
        let by = line.by.as_deref().ok_or("the line does not say who acts: `by`")?;
        self.known(by)?;
        match line {
            Line { start: Some(service), .. } => self.start(by, service, line),
            Line { pay: Some(step), .. } => self.pay(step, line),
            Line { step: Some(step), .. } => self.complete(by, step, line),
            Line { withdraw: Some(true), .. } => {
                let doer = self.doer(by);
                self.command(line.case.as_deref(), &Command::Withdraw { by: doer })
            }
            Line { event: Some(event), .. } => self.event(by, event, line),
            Line { remedy: Some(remedy), .. } => self.remedy(by, remedy, line),
            Line { hold: Some(hold), .. } => {
                let (hold, by, reason) = (hold.clone(), self.worker(by), line.because.clone());
                self.command(line.case.as_deref(), &Command::Hold { hold, by, reason })
            }
            Line { resume: Some(hold), .. } => {
                let (hold, by) = (hold.clone(), self.worker(by));
                self.command(line.case.as_deref(), &Command::Resume { hold, by })
            }
            Line { book: Some(step), .. } => self.book(by, step, line),
            Line { unbook: Some(step), .. } => self.unbook(by, step, line),
            Line { recuse: Some(step), .. } => self.recuse(by, step, line),
            Line { extend: Some(reason), .. } => self.extend(by, reason, line),
            _ => Err("the line says nothing that could happen".into()),
        }
    }

    fn known(&self, name: &str) -> Result<(), String> {
        let given = &self.scenario.given;
        if given.people.has(name) || given.officers.contains_key(name) {
            return Ok(());
        }
        Err(format!("nobody of the name `{name}` is given"))
    }

    fn was_refused(&mut self, code: &str, pointer: Option<&str>) -> Result<(), String> {
        let Some(refusal) = self.refused.take() else {
            return Err(format!("it was to be refused with `{code}`, and was not"));
        };
        let fits = match &refusal {
            Refusal::Invalid(faults) => {
                faults.iter().any(|f| f.code == code && pointer.is_none_or(|p| points(&f.pointer, p)))
            }
            other => other.code() == code && pointer.is_none(),
        };
        if fits { Ok(()) } else { Err(format!("it was refused otherwise than with `{code}`: {}", words(&refusal))) }
    }

    fn nothing_refused(&mut self) -> Result<(), String> {
        match self.refused.take() {
            None => Ok(()),
            Some(refusal) => Err(format!("the line before was refused: {}", words(&refusal))),
        }
    }

    pub fn case(&self, name: Option<&str>) -> Result<&Played, String> {
        let name = name.unwrap_or(MAIN);
        self.cases.get(name).ok_or_else(|| format!("there is no case `{name}` yet"))
    }

    pub(super) fn doer(&self, name: &str) -> Doer {
        Doer { person: person(name), behalf: None }
    }

    /// A command and all that our own registers answer to it. A refusal is remembered for the next line.
    pub(super) fn command(&mut self, name: Option<&str>, command: &Command) -> Result<(), String> {
        let name = name.unwrap_or(MAIN).to_owned();
        self.def = self.def_of(&name);
        let mut played = std::mem::take(self.cases.entry(name.clone()).or_default());
        let first = played.events.len();
        let before = (self.registers.clone(), self.numbers.clone(), self.places.clone());
        let mut course = Course::new(played.case.clone(), command.clone(), self.now);
        match self.run_course(&mut course)? {
            None => {
                self.identify(&mut course.case);
                self.on_paper(&course.case, &course.events)?;
                played.effects.extend(course.events.iter().flat_map(effects));
                self.give_back(&course.case, &course.events);
                played.events.extend(course.events);
                played.case = course.case;
            }
            Some(refusal) => {
                (self.registers, self.numbers, self.places) = before;
                self.changes.clear();
                self.refused = Some(refusal);
            }
        }
        let new = played.events.get(first..).unwrap_or_default().to_vec();
        self.cases.insert(name.clone(), played);
        self.onwards(&name, &new)?;
        self.tell(Some(&name))
    }

    fn run_course(&mut self, course: &mut Course) -> Result<Option<Refusal>, String> {
        loop {
            let call = match course.next(self.def) {
                Ok(None) => return Ok(None),
                Ok(Some((call, at))) => self.answer(&course.case, call, at)?,
                Err(refusal) => return Ok(Some(refusal)),
            };
            if let Err(refusal) = course.answer(self.def, call.0, call.1) {
                return Ok(Some(refusal));
            }
        }
    }

    fn advance(&mut self, by: &str) -> Result<(), String> {
        let span = Duration::parse(by).ok_or_else(|| format!("`{by}` is no duration"))?;
        let count = i64::from(span.count());
        let zoned = self.now.to_zoned(self.def.time.zone().clone());
        let later = match span.unit() {
            Unit::Hours => zoned.checked_add(count.hours()),
            Unit::Days => zoned.checked_add(count.days()),
            Unit::Weeks => zoned.checked_add(count.weeks()),
            Unit::Months => zoned.checked_add(count.months()),
            Unit::Years => zoned.checked_add(count.years()),
            Unit::WorkingDays => {
                let day = self.def.time.calendar().nth_working_after(zoned.date(), span.count());
                zoned.with().date(day).build()
            }
        };
        self.now = later.map_err(|e| e.to_string())?.timestamp();
        for name in self.cases.keys().cloned().collect::<Vec<_>>() {
            for _ in 0..PORTIONS {
                self.command(Some(&name), &Command::Tick)?;
                let due = self.cases.get(&name).and_then(|played| played.case.flow.next_due());
                if due.is_none_or(|due| due > self.now) {
                    break;
                }
            }
            if matches!(self.refused, Some(Refusal::NotSubmitted)) {
                self.refused = None;
            }
            self.nothing_refused()?;
        }
        Ok(())
    }

    pub(super) fn statement(
        &self,
        line: &Line,
        name: Option<&str>,
        by: &str,
        form: Option<Value>,
    ) -> Result<Result<Statement, Refusal>, String> {
        let mut case = self.cases.get(name.unwrap_or(MAIN)).map(|p| p.case.clone()).unwrap_or_default();
        let documents = self.papers(line, name);
        let mut parties = Map::new();
        if let Some(form) = &form {
            case.data.form = form.clone();
            for (party, rule, stated) in stated_parties(self.def, form) {
                let with_id: Vec<Value> =
                    stated.into_iter().map(|one| identified(one, &self.scenario.given.people)).collect();
                let one = || with_id.first().cloned().unwrap_or(Value::Null);
                let value = if rule.many { Value::Array(with_id.clone()) } else { one() };
                parties.insert(party.to_owned(), value);
            }
        }
        if self.def.parties.get("applicant").is_none_or(|p| p.from.is_none())
            && !case.data.parties.contains_key("applicant")
        {
            parties.insert("applicant".into(), self.applicant(line, by));
        }
        case.data.parties.extend(parties.clone());
        let mut keys = Vec::new();
        for (office, key) in office_keys(self.def, &case, self.now).map_err(|r| words(&r))? {
            let record = match &key {
                crate::engine::workflow::OfficeKey::Ask { register, key: Some(key), .. } => {
                    self.registers.get(register).and_then(|r| r.get(key)).map(|(_, record)| record.clone())
                }
                _ => None,
            };
            keys.push((office, key, record));
        }
        // A scenario's registers may name any office: what there is, is the country's affair.
        let (offices, faults) = fixed_offices(keys, &|_| true);
        if form.is_some() && !faults.is_empty() {
            return Ok(Err(Refusal::Invalid(faults)));
        }
        let held = held_documents(self.def, &case, self.now).map_err(|r| words(&r))?.into_iter();
        let has = |register: &String, key: &String| self.registers.get(register).is_some_and(|r| r.contains_key(key));
        let held = held.filter(|(_, register, key)| has(register, key)).map(|(name, ..)| name).collect();
        Ok(Ok(Statement { form, parties, offices, documents, held: Some(held) }))
    }

    fn applicant(&self, line: &Line, by: &str) -> Value {
        match &line.acting_for {
            Some(organisation) => json!({"id": organisation, "name": organisation,
                "identifier": {"type": "registration-number", "value": organisation}}),
            None => json!({"id": by, "name": by, "identifier": {"type": "national-id", "value": by}}),
        }
    }
}

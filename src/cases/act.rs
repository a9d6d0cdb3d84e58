//! One act: everything that a command changes, collected before any of it is written.

mod rows;

use jiff::civil::Date;
use jiff::{Timestamp, ToSpan};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::access::{Facts, Relation};
use crate::audit::{self, Entry, Sealed};
use crate::engine::definition::{After, Definition};
use crate::engine::workflow::{self, Case, Effect, Event, Flow, MOOT, StepKind, TokenId, View, What};
use crate::kernel::{Actor, CaseId, OrganisationId, PersonId, Result, random};
use crate::queue::Job;

use super::around::Around;
use rows::{demand_rows, task_rows};

/// The row of a case.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: CaseId,
    pub reference: String,
    pub service: String,
    pub version: String,
    pub authority: String,
    pub office: String,
    pub level: i16,
    pub language: String,
    pub started_by: PersonId,
    pub organisation: Option<OrganisationId>,
    pub helper: Option<PersonId>,
    /// Number of the newest revision of the data.
    pub revision: i32,
    pub created_at: Timestamp,
    pub draft_until: Option<Timestamp>,
    pub around: Around,
}

impl Row {
    /// What the policy needs to know of the case for somebody who stands to it like that.
    pub fn facts(&self, status: &str, relations: Vec<Relation>) -> Facts {
        Facts {
            case: Some(self.id),
            service: self.service.clone(),
            authority: self.authority.clone(),
            office: self.office.clone(),
            level: self.level,
            status: status.to_owned(),
            relations,
            asked: self.around.asked(),
            desks: self.around.desks(),
            ..Facts::default()
        }
    }
}

/// A row of `case_parties`.
#[derive(Debug, Clone, PartialEq)]
pub struct Party {
    pub role: String,
    pub ordinal: i32,
    pub person: Option<PersonId>,
    pub organisation: Option<OrganisationId>,
    pub share: Option<rust_decimal::Decimal>,
    pub represented_by: Option<PersonId>,
}

/// A row of `tasks` that is new or changed.
#[derive(Debug, Clone)]
pub struct TaskRow {
    /// Of a task that is new; one that is there keeps its own.
    pub id: Uuid,
    pub token: TokenId,
    pub step: String,
    pub kind: &'static str,
    pub office: Option<String>,
    pub role: Option<String>,
    pub party: Option<String>,
    pub state: &'static str,
    pub holder: Option<PersonId>,
    pub entered_at: Timestamp,
    pub due_at: Timestamp,
    pub overdue: bool,
    pub outcome: Option<String>,
    pub done_at: Option<Timestamp>,
}

/// A row of `demands` that is new or changed.
#[derive(Debug, Clone)]
pub struct DemandRow {
    pub token: TokenId,
    pub fee: String,
    pub amount: rust_decimal::Decimal,
    pub items: Value,
    pub state: &'static str,
    pub until: Option<Timestamp>,
}

/// A certificate that was issued.
#[derive(Debug, Clone)]
pub struct Certificate {
    pub id: Uuid,
    pub code: String,
    pub template: String,
    pub token: TokenId,
    pub content: Value,
    pub valid_until: Option<Timestamp>,
}

/// By which a repeated request is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RequestKey {
    pub caller: String,
    pub route: String,
    pub key: String,
    pub body_hash: [u8; 32],
}

/// Everything that one command writes.
#[derive(Debug)]
pub struct Act {
    pub row: Row,
    /// What the case was before; none where it is new.
    pub expected: Option<u32>,
    pub at: Timestamp,
    /// That demands are in.
    pub currency: String,
    pub case: Case,
    /// With the actor that each is recorded under.
    pub events: Vec<(Event, Value)>,
    pub restated: bool,
    /// All parties, where they were stated anew.
    pub parties: Option<Vec<Party>>,
    pub tasks: Vec<TaskRow>,
    pub demands: Vec<DemandRow>,
    pub certificates: Vec<Certificate>,
    /// A template or the id of one certificate, and the reason.
    pub revoked: Vec<(String, String)>,
    pub jobs: Vec<Job>,
    pub audit: Vec<Sealed>,
    pub key: Option<RequestKey>,
    pub resource: Uuid,
    pub submitted_at: Option<Timestamp>,
    pub decided_at: Option<Timestamp>,
    pub closed: Option<(Timestamp, String, &'static str, Date, &'static str)>,
}

/// Kinds of jobs that follow an act.
pub const NOTICE: &str = "notice";
pub const REPAY: &str = "repay";
/// The end of a remedy takes effect.
pub const SETTLE: &str = "settle";
/// A remedy against what is not there any more ends.
pub const END_MOOT: &str = "end_moot";
/// What a step opens is opened; what it opened is given up; the end of such a case is told.
pub const OPEN: &str = "open";
pub const GIVE_UP: &str = "give_up";
pub const RETURN: &str = "return";

/// Everything that follows an act within the product.
pub const JOBS: &[&str] =
    &[NOTICE, REPAY, SETTLE, END_MOOT, OPEN, GIVE_UP, RETURN, super::opened::REGISTERED, super::HEAR, super::TELL];

/// The last moment of a task that has none.
fn never() -> Timestamp {
    Timestamp::from_second(253_370_764_800).unwrap_or(Timestamp::MAX)
}

impl Act {
    /// The act of a case that went from `before` to `case` by `events`.
    /// `record` is what the case wrote into a register last.
    pub fn new(
        def: &Definition,
        row: Row,
        before: Option<&Flow>,
        case: Case,
        events: Vec<(Event, Value)>,
        record: &Value,
        at: Timestamp,
    ) -> Self {
        let resource = row.id.0;
        let mut act = Self {
            row,
            expected: before.map(|f| f.seq),
            at,
            currency: def.currency.clone(),
            case,
            events,
            restated: false,
            parties: None,
            tasks: Vec::new(),
            demands: Vec::new(),
            certificates: Vec::new(),
            revoked: Vec::new(),
            jobs: Vec::new(),
            audit: Vec::new(),
            key: None,
            resource,
            submitted_at: None,
            decided_at: None,
            closed: None,
        };
        act.collect(def, before, record);
        act
    }

    /// The parties are stated anew.
    pub fn state(&mut self, parties: Option<Vec<Party>>) {
        if let Some(parties) = &parties {
            self.row.around.state(parties);
        }
        self.parties = parties;
    }

    /// An audit entry of the act.
    pub fn log(&mut self, actor: &Actor, entry: Entry) {
        let entry = Entry { case: Some(self.row.id), ..entry };
        self.audit.push(audit::seal(actor, entry, self.at));
    }

    fn collect(&mut self, def: &Definition, before: Option<&Flow>, record: &Value) {
        let first = before.map_or(0, |f| f.seq);
        let events: Vec<Event> = self.events.iter().map(|(event, _)| event.clone()).collect();
        self.tasks = task_rows(def, before, &self.case.flow, &events);
        self.row.around.follow(&self.tasks);
        self.demands = demand_rows(&self.case.flow, &events);
        for (at, event) in events.iter().enumerate() {
            let seq = first + u32::try_from(at).unwrap_or(u32::MAX) + 1;
            self.jobs.extend(jobs(self.row.id, seq, event));
            match &event.what {
                What::Issued { token, template, .. } => {
                    self.certificates.extend(certificate(def, &self.case, template, *token, record, event.at))
                }
                What::Revoked { template, reason, certificate, .. } => {
                    let what = certificate.map_or_else(|| template.clone(), |id| id.to_string());
                    self.revoked.push((what, reason.clone()));
                }
                What::Closed { end, result } => {
                    self.closed = Some(closed(def, end, *result, event.at));
                    if self.case.flow.link.is_some() && end != MOOT {
                        self.jobs.push(Job::of_case(self.row.id, SETTLE, format!("{}:{seq}", self.row.id), json!({})));
                    }
                    if self.case.flow.parent.is_some() {
                        self.jobs.push(Job::of_case(self.row.id, RETURN, format!("{}:{seq}", self.row.id), json!({})));
                    }
                }
                // What ended and was taken up again in one act has not ended.
                What::Reopened => self.closed = None,
                What::StepEntered { verb: StepKind::Open, token, .. } => {
                    let key = format!("{}:{seq}", self.row.id);
                    self.jobs.push(Job::of_case(self.row.id, OPEN, key, json!({"token": token})));
                }
                What::StepLeft { token, step } | What::StepCancelled { token, step }
                    if super::children::gives_up(def, &self.case.flow, step, *token) =>
                {
                    let key = format!("{}:{seq}", self.row.id);
                    self.jobs.push(Job::of_case(self.row.id, GIVE_UP, key, json!({"token": token})));
                }
                What::AppealMoot { case } => {
                    let key = format!("{}:{seq}", self.row.id);
                    self.jobs.push(Job::of_case(self.row.id, END_MOOT, key, json!({"case": case})));
                }
                _ => {}
            }
        }
        self.row.around.certified |= !self.certificates.is_empty();
        self.submitted_at = self.case.flow.marks.get("submitted").or(self.case.flow.marks.get("opened")).copied();
        self.decided_at = self.case.flow.decided;
        self.row.office = self.case.flow.offices.get("competent").unwrap_or(&self.row.office).clone();
    }
}

/// What follows the commit. The key makes an effect that is queued twice one job.
fn jobs(case: CaseId, seq: u32, event: &Event) -> Vec<Job> {
    let mut jobs = Vec::new();
    for (at, effect) in workflow::effects(event).into_iter().enumerate() {
        let key = format!("{case}:{seq}:{at}");
        let (kind, payload) = match effect {
            Effect::Notify { about, hold: Some(hold), .. } => {
                (NOTICE, json!({"seq": seq, "about": about, "hold": hold}))
            }
            Effect::Notify { about, step, token, hold: None } => {
                (NOTICE, json!({"seq": seq, "about": about, "step": step, "token": token}))
            }
            Effect::Tell { who, text, booking } => {
                (NOTICE, json!({"seq": seq, "tell": text, "who": who, "booking": booking}))
            }
            Effect::Escalate { step } => (NOTICE, json!({"seq": seq, "escalate": true, "step": step})),
            Effect::Refund { demand, amount } => (REPAY, json!({"token": demand, "amount": amount})),
        };
        jobs.push(Job::of_case(case, kind, key, payload));
    }
    jobs
}

/// What a certificate says: the case as it was on issuing.
fn certificate(
    def: &Definition,
    case: &Case,
    template: &str,
    token: TokenId,
    record: &Value,
    at: Timestamp,
) -> Option<Certificate> {
    let compiled = def.templates.get(template)?;
    let code = data_encoding(&random::bytes::<16>());
    let content = View::new(def, case, at).content(record);
    let valid_until = compiled.head().valid_until(&content, at, &def.time);
    Some(Certificate { id: random::uuid(), code, template: template.to_owned(), token, content, valid_until })
}

/// 128 bits in Crockford's base 32: 26 characters, to be typed from paper.
fn data_encoding(bytes: &[u8; 16]) -> String {
    const SYMBOLS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    let mut rest = u128::from_be_bytes(*bytes);
    let mut code = [0_u8; 26];
    for symbol in code.iter_mut().rev() {
        *symbol = SYMBOLS[usize::try_from(rest & 31).unwrap_or(0)];
        rest >>= 5;
    }
    String::from_utf8_lossy(&code).into_owned()
}

fn closed(
    def: &Definition,
    end: &str,
    result: crate::engine::definition::EndResult,
    at: Timestamp,
) -> (Timestamp, String, &'static str, Date, &'static str) {
    let rule = def.ends.get(end).and_then(|e| e.retention.as_ref()).unwrap_or(&def.retention);
    let day = def.time.day_of(at);
    let until = day.checked_add(i64::from(rule.years).years()).unwrap_or(Date::MAX);
    let then = match rule.then {
        After::Erase => "erase",
        After::Archive => "archive",
    };
    (at, end.to_owned(), result.word(), until, then)
}

/// The data of a case as they are stored. The one function that writes them: encrypting them later is a change here.
///
/// # Errors
/// Where they cannot be written as JSON.
pub fn pack(data: &crate::engine::workflow::Data) -> Result<(i32, Vec<u8>)> {
    Ok((0, serde_json::to_vec(data)?))
}

/// The data of a case from what is stored.
///
/// # Errors
/// Where they cannot be read.
pub fn unpack(_key: i32, bytes: &[u8]) -> Result<crate::engine::workflow::Data> {
    Ok(serde_json::from_slice(bytes)?)
}

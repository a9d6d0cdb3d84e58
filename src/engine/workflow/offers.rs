//! What follows from a case as it stands: questions to our registers, outcomes on offer, effects of an event.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde_json::Value;

use super::command::{Answer, Call};
use super::event::{Event, What};
use super::refusal::Refusal;
use super::state::{Booking, Case, StepKind, TokenId};
use super::view::View;
use super::writes::{text, writes};
use crate::engine::definition::{About, Decision, Definition, OfficeRule, Party, Verb};

/// What our own registers are asked now: nothing while the case stands still. To be answered within the transaction, lowest token first, until there is none.
#[must_use]
pub fn calls(def: &Definition, case: &Case, now: Timestamp) -> Option<Call> {
    if !case.flow.is_open() || case.flow.is_held() {
        return None;
    }
    let view = View::new(def, case, now);
    case.flow.tokens.iter().filter(|(_, t)| t.ready.is_none()).find_map(|(token, found)| {
        let token = *token;
        let defect = |refusal: Refusal, answer| {
            let sentence = match refusal {
                Refusal::Defect(sentence) => sentence,
                other => other.code().to_owned(),
            };
            Call::Defect { token, sentence: format!("`{}`: {sentence}", found.step), answer }
        };
        match &def.steps.get(&found.step)?.verb {
            Verb::Lookup { register, key, purpose, .. } => Some(match view.eval(key) {
                Ok(key) => {
                    let (register, purpose) = (register.clone(), purpose.clone());
                    Call::Lookup { token, register, key: text(&key), purpose }
                }
                Err(refusal) => defect(refusal, Answer::Down),
            }),
            Verb::Reserve(reserve) => {
                let hold = reserve.hold.as_ref().map(|hold| view.span(hold)).transpose();
                Some(match (view.eval(&reserve.key), hold) {
                    (Ok(key), Ok(hold)) => {
                        let until = hold.map(|span| span.end(now, &def.time));
                        Call::Reserve { token, pool: reserve.pool.clone(), key: text(&key), until }
                    }
                    (Err(refusal), _) | (_, Err(refusal)) => defect(refusal, Answer::Conflict),
                })
            }
            Verb::Do(acts) => Some(match writes(&view, acts) {
                Ok(writes) => Call::Record { token, writes },
                Err(refusal) => defect(refusal, Answer::Conflict),
            }),
            _ => None,
        }
    })
}

/// An outcome that a step has on offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub outcome: String,
    pub decision: Option<Decision>,
    /// Codes of which at least one must be given, with grounds in words.
    pub reasons: Vec<String>,
    /// False where a guard, read over the case as it is, does not hold. What is stated in the step may still change it.
    pub open: bool,
}

/// The outcomes of an open step, those included whose guard does not hold.
///
/// # Errors
/// Where a guard costs too much.
pub fn offers(def: &Definition, case: &Case, token: TokenId, now: Timestamp) -> Result<Vec<Offer>, Refusal> {
    let found = case.flow.tokens.get(&token).ok_or(Refusal::NoSuchToken)?;
    let step = def.steps.get(&found.step).ok_or_else(|| Refusal::NoRoute(found.step.clone()))?;
    let view = View::new(def, case, now);
    let mut offers = Vec::new();
    for (outcome, arrows) in &step.outcomes {
        let first = view.arrow(arrows)?;
        let shown = first.or(arrows.first());
        offers.push(Offer {
            outcome: outcome.clone(),
            decision: shown.and_then(|a| a.decision),
            reasons: shown.map(|a| a.reasons.clone()).unwrap_or_default(),
            open: first.is_some(),
        });
    }
    Ok(offers)
}

/// The texts that tell of an appointment.
pub const BOOKED: &str = "appointment";
pub const UNBOOKED: &str = "appointment_cancelled";

/// What follows outside the case. A function of the event alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    Notify {
        about: About,
        step: Option<String>,
        token: Option<TokenId>,
        /// The ground on which the case stands still, or does no more.
        hold: Option<String>,
    },
    Tell {
        who: String,
        text: String,
        /// The appointment that it is about.
        booking: Option<Booking>,
    },
    Refund {
        demand: TokenId,
        amount: Decimal,
    },
    /// An officer's target or the legal limit has passed.
    Escalate {
        step: Option<String>,
    },
}

#[must_use]
pub fn effects(event: &Event) -> Vec<Effect> {
    let notify =
        |about, step: Option<&String>, token| vec![Effect::Notify { about, step: step.cloned(), token, hold: None }];
    let held = |about, hold: &String| vec![Effect::Notify { about, step: None, token: None, hold: Some(hold.clone()) }];
    match &event.what {
        What::Marked { mark } if mark == "submitted" => notify(About::Submitted, None, None),
        What::StepEntered { step, token, verb: StepKind::Task | StepKind::Ask, .. } => {
            notify(About::Step, Some(step), Some(*token))
        }
        What::StepEntered { step, token, verb: StepKind::Charge, charge: Some(_), .. } => {
            notify(About::Step, Some(step), Some(*token))
        }
        What::AskedAgain { step, token } => notify(About::Step, Some(step), Some(*token)),
        What::StepReminded { step, token } => notify(About::DueSoon, Some(step), Some(*token)),
        What::Decided { step, token, .. } => notify(About::Decided, Some(step), Some(*token)),
        What::Issued { token, .. } => notify(About::Issued, None, Some(*token)),
        What::Held { hold, by: Some(_) } => held(About::Held, hold),
        What::Unheld { hold, by: Some(_), .. } => held(About::Resumed, hold),
        What::ClockExtended { .. } => notify(About::Extended, None, None),
        What::Revoked { .. } => notify(About::Revoked, None, None),
        What::Closed { .. } => notify(About::Closed, None, None),
        What::Told { who, text } => vec![Effect::Tell { who: who.clone(), text: text.clone(), booking: None }],
        What::Booked { booking, with, .. } => {
            let tell = |who: &String| Effect::Tell { who: who.clone(), text: BOOKED.into(), booking: Some(*booking) };
            with.iter().map(tell).collect()
        }
        What::Unbooked { with, .. } => {
            let tell = |who: &String| Effect::Tell { who: who.clone(), text: UNBOOKED.into(), booking: None };
            with.iter().map(tell).collect()
        }
        What::PaymentReturned { demand, amount } => vec![
            Effect::Refund { demand: *demand, amount: *amount },
            Effect::Tell { who: "applicant".into(), text: "payment_returned".into(), booking: None },
        ],
        What::StepOverdue { step, .. } => vec![Effect::Escalate { step: Some(step.clone()) }],
        What::ClockExpired => vec![Effect::Escalate { step: None }],
        _ => Vec::new(),
    }
}

/// Who a form says the parties are: party, definition, and the statements, in order.
pub fn stated_parties<'a>(def: &'a Definition, form: &'a Value) -> Vec<(&'a str, &'a Party, Vec<&'a Value>)> {
    let mut found = Vec::new();
    for (name, party) in &def.parties {
        let Some(path) = &party.from else { continue };
        let at = path.iter().try_fold(form, |value, member| value.get(member));
        let list = match at {
            Some(Value::Array(list)) => list.iter().take(PARTIES_MAX).collect(),
            Some(one @ Value::Object(_)) => vec![one],
            _ => Vec::new(),
        };
        found.push((name.as_str(), party, list));
    }
    found
}

/// Most parties of one kind in a case.
pub(super) const PARTIES_MAX: usize = 1_000;

/// The offices that a statement decides: name, register, key, field, and where the form holds the key.
///
/// # Errors
/// Where an expression costs too much.
pub fn office_keys(def: &Definition, case: &Case, now: Timestamp) -> Result<Vec<(String, OfficeKey)>, Refusal> {
    let view = View::new(def, case, now);
    let mut keys = Vec::new();
    for (name, rule) in &def.offices {
        let key = match rule {
            OfficeRule::Fixed(id) => OfficeKey::Known(id.clone()),
            OfficeRule::Choose(choose) => match text(&view.eval(choose)?) {
                Some(id) => OfficeKey::Known(id),
                None => continue,
            },
            OfficeRule::Register { register, key, take, pointer } => OfficeKey::Ask {
                register: register.clone(),
                key: text(&view.eval(key)?),
                take: take.clone(),
                pointer: pointer.clone(),
            },
        };
        keys.push((name.clone(), key));
    }
    Ok(keys)
}

/// How an office is found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OfficeKey {
    Known(String),
    Ask { register: String, key: Option<String>, take: String, pointer: String },
}

/// Offices from what the registers answered, and the faults of a statement that names none that there is.
#[must_use]
pub fn fixed_offices(
    keys: Vec<(String, OfficeKey, Option<Value>)>,
    is_office: &dyn Fn(&str) -> bool,
) -> (std::collections::BTreeMap<String, String>, Vec<crate::kernel::Fault>) {
    let mut offices = std::collections::BTreeMap::new();
    let mut faults: Vec<crate::kernel::Fault> = Vec::new();
    for (name, key, record) in keys {
        let found = match (&key, record) {
            (OfficeKey::Known(id), _) => Some(id.clone()),
            (OfficeKey::Ask { take, .. }, Some(record)) => record.get(take).and_then(Value::as_str).map(str::to_owned),
            (OfficeKey::Ask { .. }, None) => None,
        };
        match (found.filter(|id| is_office(id)), key) {
            (Some(id), _) => drop(offices.insert(name, id)),
            (None, OfficeKey::Ask { key: Some(_), pointer, .. }) => {
                if !faults.iter().any(|f| f.pointer == pointer) {
                    faults.push(crate::kernel::Fault::new(pointer, "unknown"));
                }
            }
            (None, _) => {}
        }
    }
    (offices, faults)
}

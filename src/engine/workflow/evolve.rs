//! How the flow follows from its events.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::event::{Doer, EXPIRED, Event, What};
use super::links::MOOT;
use super::links::{Appeal, Child};
use super::state::{Demand, DemandState, Flow, LegalClock, Run, Status, StepKind, Token, TokenId};
use crate::kernel::{CaseId, PersonId};

/// Brings the flow up to an event. Needs no definition, calendar or payload: replaying a case's events gives its flow.
pub fn evolve(flow: &mut Flow, event: &Event) {
    flow.seq += 1;
    flow.at = Some(event.at);
    match &event.what {
        What::Submitted { version, by, link, excluded, parent } => {
            flow.link.clone_from(link);
            flow.parent.clone_from(parent);
            flow.recused.extend(excluded);
            flow.version.clone_from(version);
            flow.status = Status::Open;
            flow.generation = 1;
            flow.started_by = Some(by.behalf.unwrap_or(by.person));
            flow.did.extend(by.persons().map(|p| ("start".to_owned(), p)));
        }
        What::OfficesFixed { offices } => flow.offices.extend(offices.clone()),
        What::Marked { mark } => {
            flow.marks.insert(mark.clone(), event.at);
        }
        What::Reopened => flow.status = Status::Open,
        What::BegunAnew => {
            flow.generation = flow.generation.saturating_add(1);
            (flow.decision, flow.decided, flow.decided_in, flow.is_final) = (None, None, None, false);
            flow.deciders.clear();
            flow.clock = LegalClock::default();
        }
        What::Closed { end, .. } => flow.status = Status::Closed { end: end.clone(), at: event.at },
        What::Decided { decision, by, step, last, token, .. } => {
            // Of several officers all have decided it, the outvoted as well; where silence did, nobody has.
            let several = flow.tokens.get(token).filter(|_| by.is_some()).into_iter().flat_map(|t| t.votes.keys());
            flow.deciders.extend(several);
            (flow.decision, flow.decided_in, flow.is_final) = (Some(*decision), Some(step.clone()), *last);
            flow.decided = Some(event.at);
            flow.deciders.extend(by.iter().flat_map(Doer::persons));
        }
        What::RegisterChanged { undo, .. } => flow.changed = !undo,
        What::PaymentSettled { demand } => set_demand(flow, *demand, DemandState::Paid),
        What::PaymentReturned { demand, amount } => {
            if let Some(demand) = flow.demands.get_mut(demand) {
                demand.returned += *amount;
                if demand.returned >= demand.amount {
                    demand.state = DemandState::Returned;
                }
            }
        }
        What::AlarmSet { event, alarm } => drop(flow.alarms.insert(event.clone(), *alarm)),
        // There may be others in it now.
        What::Stated => flow.declared.clear(),
        What::DocumentsReceived
        | What::Happened { .. }
        | What::Raised { .. }
        | What::Issued { .. }
        | What::Revoked { .. }
        | What::Told { .. } => {}
        What::ClockStarted { .. }
        | What::ClockSuspended { .. }
        | What::ClockResumed { .. }
        | What::ClockExtended { .. }
        | What::ClockExpired
        | What::ClockStopped { .. } => evolve_clock(&mut flow.clock, &event.what),
        What::Migrated { version, steps } => {
            flow.version.clone_from(version);
            let renamed = |step: &String| steps.get(step).unwrap_or(step).clone();
            flow.tokens.values_mut().for_each(|token| token.step = renamed(&token.step));
            flow.did = flow.did.iter().map(|(step, person)| (renamed(step), *person)).collect();
            flow.children.iter_mut().for_each(|child| child.step = renamed(&child.step));
            let results = std::mem::take(&mut flow.results);
            flow.results = results.into_iter().map(|(step, result)| (renamed(&step), result)).collect();
            flow.decided_in = flow.decided_in.as_ref().map(renamed);
        }
        What::Declared { person } => drop(flow.declared.insert(*person)),
        What::Recused { person } => shut_out(flow, &[*person]),
        What::Held { .. }
        | What::Unheld { .. }
        | What::AppealLodged { .. }
        | What::AppealSettled { .. }
        | What::AppealMoot { .. } => evolve_remedy(flow, event),
        What::ChildOpened { .. } | What::ChildReturned { .. } => evolve_child(flow, &event.what),
        _ => evolve_step(flow, event),
    }
}

fn evolve_child(flow: &mut Flow, what: &What) {
    match what {
        What::ChildOpened { token, step, index, case, reference } => flow.children.push(Child {
            token: *token,
            step: step.clone(),
            index: *index,
            case: *case,
            reference: reference.clone(),
            end: None,
        }),
        What::ChildReturned { token, index, end, .. } => {
            let child = flow.children.iter_mut().find(|child| (child.token, child.index) == (*token, *index));
            child.into_iter().for_each(|child| child.end = Some(end.clone()));
            flow.tokens.get_mut(token).into_iter().for_each(|t| t.arrived = t.arrived.saturating_add(1));
        }
        _ => {}
    }
}

fn evolve_remedy(flow: &mut Flow, event: &Event) {
    match &event.what {
        What::Held { hold, .. } => {
            flow.holds.insert(hold.clone());
            flow.held_since.get_or_insert(event.at);
        }
        What::Unheld { hold, moved, .. } => {
            flow.holds.remove(hold);
            if flow.holds.is_empty() {
                flow.held_since = None;
            }
            for moved in moved {
                if let Some(t) = flow.tokens.get_mut(&moved.token) {
                    (t.target, t.expires, t.remind) = (moved.target, moved.expires, moved.remind);
                }
            }
        }
        What::AppealLodged { case, remedy, level, party, .. } => flow.appeals.push(Appeal {
            case: *case,
            remedy: remedy.clone(),
            level: *level,
            party: party.clone(),
            generation: flow.generation,
            end: None,
            effective: false,
        }),
        What::AppealSettled { case, end, recused, effective } => {
            shut_out(flow, recused);
            end_appeal(flow, *case, end, *effective);
        }
        What::AppealMoot { case } => end_appeal(flow, *case, MOOT, false),
        _ => {}
    }
}

/// Whoever is shut out has no say any more, nor had one.
fn shut_out(flow: &mut Flow, persons: &[PersonId]) {
    flow.recused.extend(persons);
    for token in flow.tokens.values_mut() {
        token.votes.retain(|person, _| !persons.contains(person));
    }
}

fn end_appeal(flow: &mut Flow, case: CaseId, end: &str, effective: bool) {
    if let Some(appeal) = flow.appeals.iter_mut().find(|appeal| appeal.case == case) {
        (appeal.end, appeal.effective) = (Some(end.to_owned()), effective);
    }
}

fn set_demand(flow: &mut Flow, demand: TokenId, state: DemandState) {
    if let Some(demand) = flow.demands.get_mut(&demand) {
        demand.state = state;
    }
}

fn evolve_clock(clock: &mut LegalClock, what: &What) {
    match what {
        What::ClockStarted { limit, working, day, due } => {
            *clock = LegalClock {
                run: Run::Running,
                limit: *limit,
                working: *working,
                counted: 0,
                since: Some(*day),
                due: Some(*due),
                expired: false,
                extended: 0,
            };
        }
        What::ClockSuspended { counted, day } => {
            clock.run = Run::Suspended;
            (clock.counted, clock.since, clock.due) = (*counted, Some(*day), None);
        }
        What::ClockResumed { day, due } => {
            clock.run = Run::Running;
            (clock.since, clock.due) = (Some(*day), *due);
        }
        What::ClockExtended { days, due, .. } => {
            clock.limit = clock.limit.saturating_add(*days);
            (clock.due, clock.extended) = (*due, clock.extended.saturating_add(1));
        }
        What::ClockExpired => (clock.expired, clock.due) = (true, None),
        What::ClockStopped { counted, day } => {
            clock.run = Run::Stopped;
            (clock.counted, clock.since, clock.due) = (*counted, Some(*day), None);
        }
        _ => {}
    }
}

fn evolve_step(flow: &mut Flow, event: &Event) {
    match &event.what {
        What::StepEntered { token, step, verb, office, target, expires, remind, stands, charge, earliest, place } => {
            flow.next = token + 1;
            let result = flow.results.entry(step.clone()).or_default();
            result.rounds = result.rounds.saturating_add(1);
            result.entered = Some(event.at);
            if let Some(charge) = charge {
                let demand = Demand {
                    fee: charge.fee.clone(),
                    amount: charge.amount,
                    state: DemandState::Due,
                    returned: Decimal::ZERO,
                };
                flow.demands.insert(*token, demand);
            }
            flow.tokens.insert(
                *token,
                Token {
                    step: step.clone(),
                    kind: *verb,
                    entered: event.at,
                    office: office.clone(),
                    target: *target,
                    overdue: false,
                    expires: *expires,
                    remind: *remind,
                    stands: *stands,
                    holder: None,
                    ready: None,
                    earliest: *earliest,
                    booked: None,
                    place: *place,
                    votes: BTreeMap::new(),
                    arrived: 0,
                },
            );
        }
        What::StepAnswered { token, step, outcome, by } => {
            if let Some(t) = flow.tokens.get_mut(token) {
                t.ready = Some(outcome.clone());
                (t.target, t.expires, t.remind, t.stands) = (None, None, None, false);
            }
            let result = flow.results.entry(step.clone()).or_default();
            result.done = Some(event.at);
            result.outcome = Some(outcome.clone());
            result.by = by.map(|d| d.person);
            flow.did.extend(by.iter().flat_map(Doer::persons).map(|p| (step.clone(), p)));
        }
        What::Voted { token, step, outcome, by } => {
            if let Some(t) = flow.tokens.get_mut(token) {
                // Of a party that is asked one answers, or somebody in his place.
                let one = (t.kind == StepKind::Ask).then(|| by.behalf.unwrap_or(by.person));
                let persons = by.persons().filter(|person| one.is_none_or(|one| one == *person));
                t.votes.extend(persons.map(|person| (person, outcome.clone())));
                t.holder = None;
            }
            flow.did.extend(by.persons().map(|p| (step.clone(), p)));
        }
        What::StepExpired { token, .. } => {
            if let Some(t) = flow.tokens.get_mut(token) {
                t.ready = Some(EXPIRED.to_owned());
                (t.target, t.expires, t.remind, t.stands) = (None, None, None, false);
            }
            void(flow, *token);
        }
        What::StepLeft { token, .. } => {
            flow.tokens.remove(token);
        }
        What::StepCancelled { token, .. } => {
            flow.tokens.remove(token);
            void(flow, *token);
        }
        what => evolve_token(flow, what),
    }
}

/// What changes one open step alone.
fn evolve_token(flow: &mut Flow, what: &What) {
    let (What::BranchEnded { token }
    | What::Booked { token, .. }
    | What::Unbooked { token, .. }
    | What::StepOverdue { token, .. }
    | What::StepReminded { token, .. }
    | What::DueMoved { token, .. }
    | What::Claimed { token, .. }
    | What::Transferred { token, .. }
    | What::AskedAgain { token, .. }
    | What::Released { token }) = what
    else {
        return;
    };
    let Some(found) = flow.tokens.get_mut(token) else { return };
    match what {
        What::BranchEnded { .. } => found.arrived = found.arrived.saturating_add(1),
        What::Booked { booking, .. } => found.booked = Some(*booking),
        What::Unbooked { .. } => found.booked = None,
        What::StepOverdue { .. } => found.overdue = true,
        What::StepReminded { .. } => found.remind = None,
        What::DueMoved { until, .. } => found.expires = *until,
        What::Claimed { by, .. } => found.holder = Some(*by),
        What::AskedAgain { .. } => found.votes.clear(),
        What::Transferred { office, .. } => (found.office, found.holder) = (Some(office.clone()), None),
        _ => found.holder = None,
    }
}

/// A demand that nobody waits for any more.
fn void(flow: &mut Flow, token: TokenId) {
    if let Some(demand) = flow.demands.get_mut(&token)
        && demand.state == DemandState::Due
    {
        demand.state = DemandState::Void;
    }
}

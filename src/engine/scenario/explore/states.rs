//! States that were found, how they lead to one another, and when two are the same.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::{Value, json};

use crate::engine::scenario::people::hash;
use crate::engine::scenario::run::{MAIN, World};
use crate::engine::workflow::DemandState;

/// Rounds of a step, and events of a name, beyond which a case is taken to be the same.
const ROUNDS_MAX: u32 = 2;
/// Steps of a way that are told.
const WAY_MAX: usize = 30;

#[derive(Default)]
pub(super) struct States {
    known: HashMap<u128, usize>,
    /// From which state, and by what, each was found first.
    from: Vec<Option<(usize, String)>>,
    /// From which states each can come about.
    back: Vec<Vec<usize>>,
    places: BTreeMap<usize, String>,
    ends: BTreeSet<usize>,
    /// What was not looked at.
    open: BTreeSet<usize>,
}

impl States {
    pub fn count(&self) -> usize {
        self.from.len()
    }

    /// The number of a state that was not known.
    pub fn found(&mut self, key: u128, from: Option<(usize, String)>) -> Option<usize> {
        let at = self.from.len();
        if self.known.contains_key(&key) {
            return None;
        }
        self.known.insert(key, at);
        self.from.push(from);
        self.back.push(Vec::new());
        Some(at)
    }

    /// From one state another comes about.
    pub fn lead(&mut self, from: usize, key: u128, word: String) -> Option<usize> {
        let new = self.found(key, Some((from, word)));
        let to = new.or_else(|| self.known.get(&key).copied());
        if let Some(back) = to.and_then(|to| self.back.get_mut(to)) {
            back.push(from);
        }
        new
    }

    pub fn place(&mut self, at: usize, place: String) {
        self.places.insert(at, place);
    }

    pub fn end(&mut self, at: usize) {
        self.ends.insert(at);
    }

    pub fn open(&mut self, at: usize) {
        self.open.insert(at);
    }

    /// A way that leads to a state, and one move further.
    pub fn way(&self, at: usize, last: Option<&str>) -> String {
        let mut words: Vec<&str> = last.into_iter().collect();
        let mut at = Some(at);
        while let Some((from, word)) = at.and_then(|at| self.from.get(at)).and_then(Option::as_ref) {
            words.push(word);
            at = Some(*from);
        }
        let skipped = words.len().saturating_sub(WAY_MAX);
        words.truncate(WAY_MAX);
        words.reverse();
        let start = if skipped > 0 { "… " } else { "" };
        if words.is_empty() { "the start".to_owned() } else { format!("{start}{}", words.join("; ")) }
    }

    /// A state from which no end comes about, nor anything that was not looked at: where it is, and how to get there.
    pub fn without_an_end(&self) -> Option<(String, String)> {
        let mut reach: BTreeSet<usize> = self.ends.union(&self.open).copied().collect();
        let mut todo: Vec<usize> = reach.iter().copied().collect();
        while let Some(at) = todo.pop() {
            for from in self.back.get(at).into_iter().flatten() {
                if reach.insert(*from) {
                    todo.push(*from);
                }
            }
        }
        let lost = (0..self.count()).find(|at| !reach.contains(at))?;
        Some((self.places.get(&lost).cloned().unwrap_or_default(), self.way(lost, None)))
    }
}

/// What a state is known by: all that a rule could read or that says who may act, without numbers that only count on.
/// Instants count by their order alone, and so do days.
pub(super) fn key(world: &World<'_>) -> u128 {
    let Some(played) = world.cases.get(MAIN) else { return 0 };
    let (flow, data) = (&played.case.flow, &played.case.data);
    let mut tokens: Vec<Value> = flow
        .tokens
        .values()
        .map(|t| {
            json!([
                t.step,
                t.target.filter(|_| !t.overdue),
                t.expires,
                t.booked.map(|b| b.at),
                t.place.beside,
                t.arrived
            ])
        })
        .collect();
    tokens.sort_by_key(ToString::to_string);
    let results: BTreeMap<&String, Value> = flow
        .results
        .iter()
        .map(|(step, r)| (step, json!([r.rounds.min(ROUNDS_MAX), r.entered, r.done, r.outcome, r.by])))
        .collect();
    let demands: BTreeSet<String> = flow.demands.values().map(|d| format!("{} {:?}", d.fee, d.state)).collect();
    let paid: BTreeMap<&String, String> = flow
        .demands
        .values()
        .filter(|d| d.state == DemandState::Paid)
        .map(|d| (&d.fee, flow.paid(&d.fee).to_string()))
        .collect();
    let mut papers: Vec<Value> = data.documents.iter().map(|d| json!([d.kind, d.issued])).collect();
    papers.dedup();
    let events: BTreeMap<&String, &[Value]> = data
        .events
        .iter()
        .map(|(name, raised)| (name, raised.get(raised.len().saturating_sub(2)..).unwrap_or_default()))
        .collect();
    let alarms: BTreeMap<_, _> = flow.alarms.iter().map(|(name, a)| (name, json!([a.due, a.last, a.holds]))).collect();
    let clock = json!([flow.clock.run, flow.clock.expired, flow.clock.due, flow.clock.extended]);
    let mut state = json!({
        "status": flow.status, "tokens": tokens, "results": results, "did": flow.did, "recused": flow.recused,
        "decision": flow.decision, "decided": flow.decided, "changed": flow.changed, "marks": flow.marks,
        "demands": demands, "paid": paid, "papers": papers, "events": events, "alarms": alarms, "clock": clock,
        "form": data.form, "steps": data.steps, "offices": flow.offices,
    });
    let (mut instants, mut days) = (BTreeSet::new(), BTreeSet::new());
    visit(&mut state, &mut |text| {
        instants.extend(instant(text));
        days.extend(day(text));
        None
    });
    let days: BTreeMap<Date, usize> = days.into_iter().enumerate().map(|(at, day)| (day, at)).collect();
    let order: BTreeMap<Timestamp, usize> =
        instants.into_iter().enumerate().map(|(at, instant)| (instant, at)).collect();
    visit(&mut state, &mut |text| match (instant(text), day(text)) {
        (Some(instant), _) => order.get(&instant).map(|at| format!("@{at}")),
        (_, Some(day)) => days.get(&day).map(|at| format!("#{at}")),
        _ => None,
    });
    hash(&state.to_string())
}

fn day(text: &str) -> Option<Date> {
    if text.len() == 10 { text.parse().ok() } else { None }
}

fn instant(text: &str) -> Option<Timestamp> {
    let looks = text.len() >= 20 && text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T');
    if looks { text.parse().ok() } else { None }
}

/// Every text of a value, which what is given takes the place of.
fn visit(value: &mut Value, act: &mut dyn FnMut(&str) -> Option<String>) {
    match value {
        Value::String(text) => {
            if let Some(new) = act(text) {
                *text = new;
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|one| visit(one, act)),
        Value::Object(members) => members.values_mut().for_each(|one| visit(one, act)),
        _ => {}
    }
}

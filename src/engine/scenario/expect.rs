//! What a story expects of a case, and how it differs.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::Deserialize;
use serde_json::Value;

use super::people::person;
use super::run::{Played, World};
use crate::engine::definition::Decision;
use crate::engine::feel::Value as Feel;
use crate::engine::workflow::{Demand, DemandState, Effect, Run, Status, What, open_remedies};

#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expect {
    open: Option<Vec<String>>,
    status: Option<String>,
    end: Option<String>,
    rounds: Option<BTreeMap<String, u32>>,
    /// Last day of the legal limit.
    due: Option<jiff::civil::Date>,
    /// Working days left of the legal limit.
    clock: Option<String>,
    fees: Option<BTreeMap<String, Fee>>,
    decision: Option<Decision>,
    told: Option<Vec<String>>,
    /// Who is told nothing, and what nobody is told.
    untold: Option<Vec<String>>,
    issued: Option<Vec<String>>,
    /// Templates whose certificates hold no more.
    revoked: Option<Vec<String>>,
    /// Register → key → field → value; null where no such record is to be.
    registers: Option<BTreeMap<String, BTreeMap<String, Option<Fields>>>>,
    refunded: Option<BTreeMap<String, Value>>,
    reasons: Option<Vec<String>>,
    holder: Option<BTreeMap<String, String>>,
    overdue: Option<Vec<String>>,
    /// Why the case stands still.
    held: Option<Vec<String>>,
    remedies: Option<Vec<String>>,
    /// Name of an office → its id.
    offices: Option<BTreeMap<String, String>>,
}

/// Fields of a record that are compared.
type Fields = BTreeMap<String, Value>;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fee {
    due: Option<Value>,
    paid: Option<Value>,
}

fn differs<T: std::fmt::Debug>(what: &str, wanted: T, found: T) -> Result<(), String> {
    Err(format!("{what}: expected {wanted:?}, found {found:?}"))
}

impl Expect {
    pub(super) fn check(&self, world: &World<'_>, played: &Played) -> Result<(), String> {
        self.state(world, played)?;
        self.time(world, played)?;
        self.money(world, played)?;
        self.sent(world, played)?;
        self.records(world)
    }

    fn state(&self, world: &World<'_>, played: &Played) -> Result<(), String> {
        let flow = &played.case.flow;
        if let Some(open) = &self.open {
            let mut found: Vec<&String> = flow.tokens.values().map(|t| &t.step).collect();
            let mut wanted: Vec<&String> = open.iter().collect();
            found.sort();
            wanted.sort();
            if found != wanted {
                return differs("open steps", wanted, found);
            }
        }
        if let Some(status) = &self.status
            && status != flow.status.word()
        {
            return differs("status", status.as_str(), flow.status.word());
        }
        let end = match &flow.status {
            Status::Closed { end, .. } => Some(end),
            _ => None,
        };
        if self.end.is_some() && self.end.as_ref() != end {
            return differs("end", self.end.as_ref(), end);
        }
        for (step, rounds) in self.rounds.iter().flatten() {
            let found = flow.results.get(step).map_or(0, |r| r.rounds);
            if found != *rounds {
                return differs(&format!("rounds of {step}"), *rounds, found);
            }
        }
        if self.decision.is_some() && self.decision != flow.decision {
            return differs("decision", self.decision, flow.decision);
        }
        for (step, name) in self.holder.iter().flatten() {
            let found = flow.tokens.values().find(|t| t.step == *step).and_then(|t| t.holder);
            if found != Some(person(name)) {
                return Err(format!("`{step}` is not held by {name}"));
            }
        }
        if let Some(overdue) = &self.overdue {
            let found: Vec<&String> = flow.tokens.values().filter(|t| t.overdue).map(|t| &t.step).collect();
            if found != overdue.iter().collect::<Vec<_>>() {
                return differs("overdue", overdue.iter().collect(), found);
            }
        }
        if let Some(held) = &self.held
            && !held.iter().eq(&flow.holds)
        {
            return differs("held", held, &flow.holds.iter().cloned().collect());
        }
        for (name, office) in self.offices.iter().flatten() {
            let found = flow.offices.get(name);
            if found != Some(office) {
                return differs(&format!("office {name}"), Some(office), found);
            }
        }
        if let Some(remedies) = &self.remedies {
            let found: Vec<String> = open_remedies(world.def, flow).map(|(id, _)| id.to_owned()).collect();
            if found != *remedies {
                return differs("remedies", remedies, &found);
            }
        }
        Ok(())
    }

    fn time(&self, world: &World<'_>, played: &Played) -> Result<(), String> {
        let clock = &played.case.flow.clock;
        if let Some(due) = self.due {
            // The limit ends at the midnight after its last day.
            let found = clock.due.and_then(|at| world.def.time.day_of(at).yesterday().ok());
            if found != Some(due) {
                return differs("last day of the limit", Some(due), found);
            }
        }
        if let Some(left) = &self.clock {
            let today = world.def.time.day_of(world.now);
            let running = match (clock.run, clock.since) {
                (Run::Running, Some(since)) if clock.working => world.def.time.working_between(since, today),
                (Run::Running, Some(since)) => u32::try_from((today - since).get_days()).unwrap_or(0),
                _ => 0,
            };
            let unit = if clock.working { "working days" } else { "days" };
            let found = format!("{} {unit}", clock.limit.saturating_sub(clock.counted + running));
            if found != *left {
                return differs("left of the limit", left, &found);
            }
        }
        Ok(())
    }

    fn money(&self, _world: &World<'_>, played: &Played) -> Result<(), String> {
        let flow = &played.case.flow;
        let sum = |fee: &str, states: &[DemandState]| -> Decimal {
            flow.demands.values().filter(|d| d.fee == fee && states.contains(&d.state)).map(Demand::left).sum()
        };
        for (fee, wanted) in self.fees.iter().flatten() {
            let open = sum(fee, &[DemandState::Due]);
            let paid = sum(fee, &[DemandState::Paid]);
            for (what, wanted, found) in [("due", &wanted.due, open), ("paid", &wanted.paid, paid)] {
                if let Some(wanted) = wanted
                    && decimal(wanted) != Some(found)
                {
                    return Err(format!("{what} of {fee}: expected {wanted}, found {found}"));
                }
            }
        }
        for (fee, wanted) in self.refunded.iter().flatten() {
            let found: Decimal = flow.demands.values().filter(|d| d.fee == *fee).map(|d| d.returned).sum();
            if decimal(wanted) != Some(found) {
                return Err(format!("refunded of {fee}: expected {wanted}, found {found}"));
            }
        }
        Ok(())
    }

    fn sent(&self, _world: &World<'_>, played: &Played) -> Result<(), String> {
        let mut told: Vec<String> = Vec::new();
        for effect in &played.effects {
            match effect {
                Effect::Tell { who, text, .. } => told.extend([who.clone(), text.clone()]),
                Effect::Notify { about, .. } => {
                    told.push(serde_json::to_value(about).map(|v| text_of(&v)).unwrap_or_default())
                }
                _ => {}
            }
        }
        if let Some(missing) = self.told.iter().flatten().find(|t| !told.contains(t)) {
            return Err(format!("nobody was told `{missing}`; told: {}", told.join(", ")));
        }
        if let Some(word) = self.untold.iter().flatten().find(|t| told.contains(t)) {
            return Err(format!("`{word}` was told; told: {}", told.join(", ")));
        }
        self.certificates(played)?;
        if let Some(reasons) = &self.reasons {
            let found = played.case.data.grounds.values().next_back().map(|g| &g.reasons);
            if found != Some(reasons) {
                return differs("reasons", Some(reasons), found);
            }
        }
        Ok(())
    }

    fn certificates(&self, played: &Played) -> Result<(), String> {
        let (mut issued, mut revoked) = (Vec::new(), Vec::new());
        for event in &played.events {
            match &event.what {
                What::Issued { template, .. } => issued.push(template),
                What::Revoked { template, .. } => revoked.push(template),
                _ => {}
            }
        }
        let short = |t: &String| t.strip_prefix("certificates/").unwrap_or(t).to_owned();
        for (what, wanted, found) in [("issued", &self.issued, issued), ("revoked", &self.revoked, revoked)] {
            let Some(wanted) = wanted else { continue };
            let found: Vec<String> = found.into_iter().map(short).collect();
            let wanted: Vec<String> = wanted.iter().map(short).collect();
            if found != wanted {
                return differs(what, wanted, found);
            }
        }
        Ok(())
    }

    fn records(&self, world: &World<'_>) -> Result<(), String> {
        for (register, records) in self.registers.iter().flatten() {
            for (key, wanted) in records {
                let found = world.registers.get(register).and_then(|r| r.get(key));
                match (wanted, found) {
                    (None, None) => {}
                    (None, Some(_)) => return Err(format!("`{key}` is in `{register}`, and should not be")),
                    (Some(_), None) => return Err(format!("there is no `{key}` in `{register}`")),
                    (Some(wanted), Some((_, record))) => {
                        for (field, wanted) in wanted {
                            let found = record.get(field).cloned().unwrap_or(Value::Null);
                            // As FEEL compares: 33 and 33.0 are one number.
                            if Feel::from_json(wanted) != Feel::from_json(&found) {
                                return Err(format!(
                                    "`{field}` of `{key}` in `{register}`: expected {wanted}, found {found}"
                                ));
                            }
                        }
                    }
                }
            }
        }
        Ok(())
    }
}

fn decimal(value: &Value) -> Option<Decimal> {
    match value {
        Value::Number(n) => n.to_string().parse().ok(),
        Value::String(s) => s.parse().ok(),
        _ => None,
    }
}

fn text_of(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

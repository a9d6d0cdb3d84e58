//! The numbered invariants, each as a function over what was played, so that it can be shown to fail.

use std::collections::{BTreeMap, BTreeSet};

use guichet::engine::definition::{Decision, Definition, EndResult, Verb};
use guichet::engine::workflow::{
    Answer, Command, DemandState, Doer, Event, Flow, Refusal, Run, Status, StepKind, TokenId, What, evolve, meeting,
};
use guichet::kernel::{CaseId, PersonId};

use super::play::{CITIZEN, Decide, Turn, World, doer, linked, officer};

pub type Verdict = Result<(), String>;

fn must(holds: bool, sentence: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(sentence()) }
}

/// All that can be read from a finished play.
pub fn all(world: &World<'_>) -> Verdict {
    let log = world.log();
    replay(&log, &world.case.flow)?;
    tokens(&log)?;
    time(&log)?;
    ends(&log)?;
    four_eyes(world.def, &log)?;
    recused(world.def, &log)?;
    holds(world.def, &log)?;
    remedies(&log)?;
    meetings(world.def, &log)?;
    days(world.def, &log, &world.case.flow)?;
    money(&log)?;
    world.turns.iter().try_for_each(|turn| rest(world.def, turn))
}

/// 1: the events alone, read back from their stored form, give the flow.
pub fn replay(log: &[Event], flow: &Flow) -> Verdict {
    let mut again = Flow::default();
    for event in log {
        let stored = serde_json::to_string(event).map_err(|e| e.to_string())?;
        let read: Event = serde_json::from_str(&stored).map_err(|e| format!("{stored}: {e}"))?;
        must(read == *event, || format!("{stored} is read back as {read:?}"))?;
        evolve(&mut again, &read);
    }
    must(again == *flow, || format!("replayed: {again:?}\nfound: {flow:?}"))
}

/// 2: a token is entered once and leaves once, numbers rise, and a step is never open twice.
pub fn tokens(log: &[Event]) -> Verdict {
    let (mut next, mut open) = (0, BTreeMap::new());
    for event in log {
        match &event.what {
            What::StepEntered { token, step, .. } => {
                must(*token == next, || format!("token {token} comes after {next}"))?;
                must(!open.values().any(|s| s == step), || format!("`{step}` is open twice"))?;
                next += 1;
                open.insert(*token, step.clone());
            }
            What::StepLeft { token, step } | What::StepCancelled { token, step } => {
                must(open.remove(token).as_ref() == Some(step), || {
                    format!("token {token} of `{step}` leaves and is not there")
                })?;
            }
            What::StepAnswered { token, .. } | What::StepExpired { token, .. } | What::Claimed { token, .. } => {
                must(open.contains_key(token), || format!("token {token} is not open: {event:?}"))?;
            }
            What::Migrated { steps, .. } => {
                open.values_mut().for_each(|step| *step = steps.get(step).unwrap_or(step).clone());
            }
            _ => {}
        }
    }
    Ok(())
}

/// 3: time never goes back.
pub fn time(log: &[Event]) -> Verdict {
    log.windows(2).try_for_each(|w| must(w[0].at <= w[1].at, || format!("{:?} stands before {:?}", w[0], w[1])))
}

/// 6, 7, 8: one close, until the case is reopened; after it nothing but papers, events and money comes; the end is what was
/// decided, since the case began anew.
pub fn ends(log: &[Event]) -> Verdict {
    let (mut closed, mut decided) = (false, None);
    for event in log {
        match &event.what {
            What::Decided { decision, .. } => decided = Some(*decision),
            What::BegunAnew => decided = None,
            What::PaymentReturned { .. }
            | What::DocumentsReceived
            | What::AlarmSet { .. }
            | What::Happened { .. }
            | What::Raised { .. }
            | What::AppealLodged { .. }
            | What::AppealSettled { .. }
            | What::AppealMoot { .. }
            | What::ChildOpened { .. }
            | What::ChildReturned { .. } => continue,
            What::Reopened => {
                must(closed, || "what is open is reopened".into())?;
                closed = false;
                continue;
            }
            What::Closed { end, result } => {
                let wanted = match result {
                    EndResult::Favourable => Some(Decision::Favourable),
                    EndResult::Adverse => Some(Decision::Adverse),
                    EndResult::Neutral => decided,
                };
                must(decided == wanted, || format!("the end `{end}` is {result:?}, decided was {decided:?}"))?;
                must(!closed, || "it closes twice".into())?;
                closed = true;
                continue;
            }
            _ => {}
        }
        must(!closed, || format!("after the end: {event:?}"))?;
    }
    Ok(())
}

/// 9: nobody, acting or acted for, did both ends of a `not_by`.
pub fn four_eyes(def: &Definition, log: &[Event]) -> Verdict {
    let mut did: BTreeSet<(&str, PersonId)> = BTreeSet::new();
    for event in log {
        match &event.what {
            What::Submitted { by, .. } => did.extend(by.persons().map(|p| ("start", p))),
            What::StepAnswered { step, by, .. } => {
                did.extend(by.iter().flat_map(Doer::persons).map(|p| (step.as_str(), p)))
            }
            _ => {}
        }
    }
    for (id, step) in &def.steps {
        let Verb::Task { not_by, .. } = &step.verb else { continue };
        for other in not_by {
            let both = did.iter().find(|(s, p)| s == id && did.contains(&(other.as_str(), *p)));
            must(both.is_none(), || format!("{both:?} did `{other}` as well"))?;
        }
    }
    Ok(())
}

/// 10: who was shut out, acting or acted for, completes no officer's step from then on.
pub fn recused(def: &Definition, log: &[Event]) -> Verdict {
    let mut out: BTreeSet<PersonId> = BTreeSet::new();
    for event in log {
        match &event.what {
            What::Submitted { excluded, .. } => out.extend(excluded),
            What::Recused { person } => drop(out.insert(*person)),
            What::AppealSettled { recused, .. } => out.extend(recused),
            What::StepAnswered { step, by: Some(by), .. }
                if matches!(def.steps.get(step).map(|s| &s.verb), Some(Verb::Task { .. })) =>
            {
                must(!by.persons().any(|p| out.contains(&p)), || format!("{by:?} is shut out, and did `{step}`"))?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// 19: a hold neither eats nor lengthens the time of a step: on its end each has as many days as it had left when the case
/// came to stand still, or when it was entered if that was later.
pub fn holds(def: &Definition, log: &[Event]) -> Verdict {
    let mut open: BTreeMap<TokenId, (jiff::Timestamp, Option<jiff::Timestamp>)> = BTreeMap::new();
    let mut since = None;
    let left = |due: jiff::Timestamp, from: jiff::Timestamp| (def.time.day_of(due) - def.time.day_of(from)).get_days();
    for event in log {
        match &event.what {
            What::StepEntered { token, expires, .. } => drop(open.insert(*token, (event.at, *expires))),
            What::DueMoved { token, until } => {
                open.entry(*token).and_modify(|t| t.1 = *until);
            }
            What::StepAnswered { token, .. } | What::StepExpired { token, .. } | What::StepCancelled { token, .. } => {
                must(since.is_none() || !matches!(event.what, What::StepExpired { .. }), || {
                    format!("token {token} expires while the case stands still")
                })?;
                open.remove(token);
            }
            What::Held { .. } => drop(since.get_or_insert(event.at)),
            What::Unheld { moved, .. } => {
                for now in moved {
                    let token = &now.token;
                    let Some((entered, was)) = open.get(token).copied() else { continue };
                    let from = since.map_or(entered, |since: jiff::Timestamp| since.max(entered));
                    let (had, has) = (was.map(|due| left(due, from)), now.expires.map(|due| left(due, event.at)));
                    must(had == has, || format!("token {token} had {had:?} days left and has {has:?}"))?;
                    open.insert(*token, (entered, now.expires));
                }
                since = None;
            }
            What::Closed { .. } => since = None,
            _ => {}
        }
    }
    Ok(())
}

/// A task that is a meeting is done by nobody before its appointment has begun, and none is sooner than those who are invited
/// have their time.
pub fn meetings(def: &Definition, log: &[Event]) -> Verdict {
    let (mut booked, mut earliest) = (BTreeMap::new(), BTreeMap::new());
    for event in log {
        match &event.what {
            What::StepEntered { token, earliest: Some(at), .. } => drop(earliest.insert(*token, *at)),
            What::Booked { token, booking, .. } => {
                let soon = earliest.get(token).is_some_and(|first| booking.at < *first);
                must(!soon, || format!("{booking:?} is before {:?}", earliest.get(token)))?;
                booked.insert(*token, booking.at);
            }
            What::Unbooked { token, .. } => drop(booked.remove(token)),
            What::StepAnswered { token, step, by: Some(_), .. } if meeting(def, step).is_some() => {
                let begun = booked.get(token).is_some_and(|at| *at <= event.at);
                must(begun, || format!("`{step}` is done at {}, its meeting is {:?}", event.at, booked.get(token)))?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// 18: one remedy is pending at a time, and each is settled at most once.
pub fn remedies(log: &[Event]) -> Verdict {
    let (mut pending, mut all) = (None, BTreeSet::new());
    for event in log {
        match &event.what {
            What::AppealLodged { case, .. } => {
                must(pending.is_none(), || format!("{case} is lodged while {pending:?} is pending"))?;
                must(all.insert(*case), || format!("{case} is lodged twice"))?;
                pending = Some(*case);
            }
            What::AppealSettled { case, .. } | What::AppealMoot { case } => {
                must(pending == Some(*case), || format!("{case} is settled, and {pending:?} is pending"))?;
                pending = None;
            }
            _ => {}
        }
    }
    Ok(())
}

/// 11: the days used up are those that are counted from the standing of the case alone, the clock's events left aside.
pub fn days(def: &Definition, log: &[Event], flow: &Flow) -> Verdict {
    let (Some(last), Some(since)) = (log.last(), flow.clock.since) else { return Ok(()) };
    let anew = log.iter().rfind(|e| matches!(e.what, What::BegunAnew));
    let submitted = |e: &&Event| matches!(&e.what, What::Marked { mark } if mark == "submitted");
    let Some(begun) = anew.or_else(|| log.iter().find(submitted)) else { return Ok(()) };
    let today = def.time.day_of(last.at);
    let (mut seen, mut waiting, mut stopped, mut count) = (0, BTreeMap::<TokenId, bool>::new(), false, 0);
    let mut held = BTreeSet::new();
    let mut day = def.time.day_of(begun.at);
    while day < today {
        day = day.tomorrow().map_err(|e| e.to_string())?;
        let begins = def.time.start_of(day);
        while let Some(event) = log.get(seen).filter(|e| e.at < begins) {
            seen += 1;
            match &event.what {
                // What has branches waits for them alone.
                What::StepEntered { verb: StepKind::Together, .. } => {}
                What::StepEntered { token, stands, .. } => drop(waiting.insert(*token, *stands)),
                What::StepAnswered { token, .. }
                | What::StepExpired { token, .. }
                | What::StepLeft { token, .. }
                | What::StepCancelled { token, .. } => drop(waiting.remove(token)),
                What::Decided { .. } | What::Closed { .. } => stopped = true,
                What::BegunAnew => stopped = false,
                What::Held { hold, .. } => drop(held.insert(hold)),
                What::Unheld { hold, .. } => drop(held.remove(hold)),
                _ => {}
            }
        }
        let stands = !waiting.is_empty() && waiting.values().all(|s| *s) || !held.is_empty();
        if !stopped && !stands && (!flow.clock.working || def.time.is_working(day)) {
            count += 1;
        }
    }
    let running = match flow.clock.run {
        Run::Running if flow.clock.working => def.time.working_between(since, today),
        Run::Running => u32::try_from((today - since).get_days()).unwrap_or(0),
        _ => 0,
    };
    let found = flow.clock.counted + running;
    must(found == count, || format!("{found} days are counted, and {count} were used up"))
}

/// 14, over the whole log: a demand is settled at most once, and no more of it is given back than was asked for.
pub fn money(log: &[Event]) -> Verdict {
    let (mut asked, mut settled, mut returned) = (BTreeMap::new(), BTreeSet::new(), BTreeMap::new());
    for event in log {
        match &event.what {
            What::StepEntered { token, charge: Some(charge), .. } => drop(asked.insert(*token, charge.amount)),
            What::PaymentSettled { demand } => {
                must(settled.insert(*demand), || format!("the demand {demand} is settled twice"))?;
                must(!returned.contains_key(demand), || format!("{demand} is settled after it was given back"))?;
            }
            What::PaymentReturned { demand, amount } => {
                let back = returned.entry(*demand).or_insert(rust_decimal::Decimal::ZERO);
                *back += *amount;
                let most = asked.get(demand).copied().unwrap_or_default();
                must(*amount > rust_decimal::Decimal::ZERO, || format!("nothing of {demand} is given back"))?;
                must(*back <= most, || format!("{back} of {demand} is given back, and {most} was asked for"))?;
            }
            _ => {}
        }
    }
    Ok(())
}

/// 5, 12, 14, 20: how a case is at rest after any command that was taken.
pub fn rest(def: &Definition, turn: &Turn) -> Verdict {
    if let Err(refusal @ (Refusal::NoRoute(_) | Refusal::Runaway | Refusal::Defect(_) | Refusal::WrongVersion)) =
        &turn.outcome
    {
        return Err(format!("{refusal:?} at {:?}", turn.command));
    }
    let flow = &turn.flow;
    match flow.status {
        Status::Open => must(!flow.tokens.is_empty(), || "it is open and nothing is".into())?,
        _ => must(flow.tokens.is_empty(), || format!("it is not open, yet {:?} is", flow.tokens))?,
    }
    for (id, token) in &flow.tokens {
        let rests = token.ready.is_none() || flow.is_held();
        must(rests, || format!("{token:?} was answered and has not moved"))?;
        must(def.steps.contains_key(&token.step), || format!("there is no step `{}`", token.step))?;
        must(token.entered <= turn.now, || format!("token {id} is entered in the future"))?;
    }
    for (id, demand) in &flow.demands {
        let waits = flow.tokens.get(id).is_some_and(|t| t.ready.is_none());
        let due = demand.state == DemandState::Due;
        must(due == waits, || format!("the demand {id} is {:?}, its step waits: {waits}", demand.state))?;
    }
    if turn.outcome.is_err() || !flow.is_open() || !turn.rests {
        return Ok(());
    }
    must(!flow.is_held() || flow.next_due().is_none(), || "it stands still, and is to be woken".into())?;
    branches(flow)?;
    let stands = flow.is_held() || flow.tokens.values().filter(|t| t.kind != StepKind::Together).all(|t| t.stands);
    match flow.clock.run {
        Run::Running => {
            must(!stands, || "the limit runs, and all that is open makes it stand".into())?;
            let ahead = flow.clock.expired || flow.clock.due.is_some_and(|due| due > turn.now);
            must(ahead, || format!("the limit runs, and is due {:?} at {}", flow.clock.due, turn.now))
        }
        Run::Suspended => must(stands, || "the limit stands, and something runs".into()),
        Run::Idle | Run::Stopped => must(flow.clock.due.is_none(), || "a limit that does not run is due".into()),
    }
}

/// 4: every branch has what opened it, and what opened branches that have all ended has ended itself.
pub fn branches(flow: &Flow) -> Verdict {
    for (id, token) in &flow.tokens {
        if let Some(scope) = token.place.scope {
            let opened = flow.tokens.get(&scope).is_some_and(|t| t.kind == StepKind::Together && t.ready.is_none());
            must(opened, || format!("token {id} is in a branch of {scope}, which is not there"))?;
        }
        if token.kind == StepKind::Together && !flow.is_held() {
            let left = flow.tokens.values().any(|t| t.place.scope == Some(*id));
            must(left, || format!("token {id} waits for branches, and there are none"))?;
        }
    }
    Ok(())
}

/// 13: the same commands with a timer job that never comes, until the end, give the same events with the same instants
/// and the same refusals. Registers are asked late as well, so nobody else may have changed them meanwhile.
pub fn late_timer(world: &World<'_>, decide: Decide) -> Verdict {
    let scene = world.begun.clone();
    let mut late = World { decide, scene, case: Default::default(), turns: Vec::new(), ..world.clone() };
    late.numbers.clear();
    for (now, command, outcome) in world.sent.iter().filter(|(_, c, _)| !matches!(c, Command::Tick)) {
        late.now = *now;
        let again = late.send(command.clone()).err().map(|r| r.code().to_owned());
        must(again == *outcome, || format!("{command:?} was {outcome:?}, late it is {again:?}"))?;
    }
    late.now = world.now;
    late.send(Command::Tick).err();
    let (prompt, late) = (world.log(), late.log());
    let at = prompt.iter().zip(&late).position(|(a, b)| a != b).unwrap_or(prompt.len().min(late.len()));
    must(prompt == late, || format!("prompt: {:?}\nlate: {:?}", prompt.get(at..), late.get(at..)))
}

/// 13: a second tick changes nothing, nor does an answer that comes late or again. Money that was paid stays paid once.
pub fn repeated(world: &World<'_>) -> Verdict {
    let try_it =
        |command: &Command| (world.decide)(world.def, &world.case, command, world.now).map(|p| (p.events, p.case));
    let nothing = |command: &Command| match try_it(command) {
        Ok((events, case)) => must(events.is_empty() && case == world.case, || format!("{command:?} gives {events:?}")),
        Err(Refusal::NotSubmitted) => Ok(()),
        Err(other) => Err(format!("{command:?} is refused: {other:?}")),
    };
    nothing(&Command::Tick)?;
    for token in (0..world.case.flow.next).filter(|t| !world.case.flow.tokens.contains_key(t)) {
        for answer in [Answer::None, Answer::Down, Answer::Conflict, Answer::Written(Vec::new())] {
            nothing(&Command::Answered { token, answer })?;
        }
        let by = officer(world.def, 1);
        match try_it(&Command::Complete { token, by, completion: Box::default() }) {
            Err(Refusal::NoLongerActive | Refusal::Closed) => {}
            other => return Err(format!("to complete the ended token {token}: {other:?}")),
        }
    }
    let unknown = CaseId(uuid::Uuid::from_u128(77));
    let ended = world.case.flow.appeals.iter().filter(|a| a.end.is_some()).map(|a| a.case);
    for case in ended.chain([unknown]) {
        nothing(&Command::Settle { case, end: "set_aside".into(), deciders: Vec::new() })?;
    }
    for (demand, found) in world.case.flow.demands.iter().filter(|(_, d)| d.state != DemandState::Due) {
        let (events, case) = try_it(&Command::Paid { demand: *demand }).map_err(|r| format!("{r:?}"))?;
        let back = events.iter().filter(|e| matches!(e.what, What::PaymentReturned { .. })).count();
        let wanted = usize::from(found.state == DemandState::Void);
        must(events.len() == wanted && back == wanted, || format!("paying {found:?} gives {events:?}"))?;
        let again = (world.decide)(world.def, &case, &Command::Paid { demand: *demand }, world.now);
        must(again.is_ok_and(|p| p.events.is_empty()), || format!("paying {found:?} a third time does something"))?;
    }
    match try_it(&Command::Submit {
        by: doer(CITIZEN),
        reference: String::new(),
        statement: Default::default(),
        linked: linked(world.def),
    }) {
        Err(Refusal::AlreadySubmitted) => Ok(()),
        _ if world.case.flow.status == Status::Draft => Ok(()),
        other => Err(format!("a second submission: {other:?}")),
    }
}

/// 15, 16: from here the case can be brought to an end without withdrawing, by people, payments and time. The search
/// goes on from each set of open steps once.
pub fn can_close(world: &World<'_>) -> Verdict {
    let mut seen = BTreeSet::new();
    let mut todo = vec![world.clone()];
    let mut stranger = 1_000;
    while let Some(mut at) = todo.pop() {
        if matches!(at.case.flow.status, Status::Closed { .. }) {
            return Ok(());
        }
        at.turns.clear();
        let steps: Vec<String> = at.case.flow.tokens.values().map(|t| t.step.clone()).collect();
        let told = at.case.flow.tokens.values().filter(|t| t.overdue || t.remind.is_none()).count();
        let key = (steps, at.case.flow.decision.map(|d| format!("{d:?}")), at.case.flow.is_held(), told);
        if !seen.insert(key) {
            continue;
        }
        for token in at.open() {
            let step = at.case.flow.tokens[&token].step.clone();
            for outcome in 0..at.def.steps[&step].outcomes.len() {
                let mut next = at.clone();
                stranger += 1;
                let completion = next.completion(&step, outcome, 0);
                if next.forward(token, stranger, completion).is_ok() {
                    todo.push(next);
                }
            }
        }
        if let Some(case) = at.case.flow.pending().map(|appeal| appeal.case) {
            let mut next = at.clone();
            let settled = Command::Settle { case, end: "dismissed".into(), deciders: Vec::new() };
            next.send(settled).map_err(|r| format!("the end of a remedy is refused: {r:?}"))?;
            todo.push(next);
        }
        if let Some(due) = at.case.flow.next_due() {
            let mut next = at.clone();
            next.now = next.now.max(due);
            next.send(Command::Tick).map_err(|r| format!("a tick is refused: {r:?}"))?;
            todo.push(next);
        }
    }
    Err(format!("no end can be reached from {:?}", world.case.flow.tokens))
}

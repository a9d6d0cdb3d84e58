//! The numbered invariants, each as a function over what was played, so that it can be shown to fail.

use std::collections::{BTreeMap, BTreeSet};

use guichet::engine::definition::{Decision, Definition, EndResult, Verb};
use guichet::engine::workflow::{
    Answer, Command, DemandState, Doer, Event, Flow, Refusal, Run, Status, TokenId, What, evolve,
};
use guichet::kernel::PersonId;

use super::play::{CITIZEN, Decide, Turn, World, doer, officer};

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
            What::PaymentReturned { .. } | What::DocumentsReceived | What::Raised { .. } => continue,
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

/// 11: the days used up are those that are counted from the standing of the case alone, the clock's events left aside.
pub fn days(def: &Definition, log: &[Event], flow: &Flow) -> Verdict {
    let (Some(last), Some(since)) = (log.last(), flow.clock.since) else { return Ok(()) };
    let anew = log.iter().rfind(|e| matches!(e.what, What::BegunAnew));
    let submitted = |e: &&Event| matches!(&e.what, What::Marked { mark } if mark == "submitted");
    let Some(begun) = anew.or_else(|| log.iter().find(submitted)) else { return Ok(()) };
    let today = def.time.day_of(last.at);
    let (mut seen, mut waiting, mut stopped, mut count) = (0, BTreeMap::<TokenId, bool>::new(), false, 0);
    let mut day = def.time.day_of(begun.at);
    while day < today {
        day = day.tomorrow().map_err(|e| e.to_string())?;
        let begins = def.time.start_of(day);
        while let Some(event) = log.get(seen).filter(|e| e.at < begins) {
            seen += 1;
            match &event.what {
                What::StepEntered { token, stands, .. } => drop(waiting.insert(*token, *stands)),
                What::StepAnswered { token, .. }
                | What::StepExpired { token, .. }
                | What::StepLeft { token, .. }
                | What::StepCancelled { token, .. } => drop(waiting.remove(token)),
                What::Decided { .. } | What::Closed { .. } => stopped = true,
                What::BegunAnew => stopped = false,
                _ => {}
            }
        }
        let stands = !waiting.is_empty() && waiting.values().all(|s| *s);
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

/// 14, over the whole log: a demand is settled at most once and given back at most once.
pub fn money(log: &[Event]) -> Verdict {
    let (mut settled, mut returned) = (BTreeSet::new(), BTreeSet::new());
    for event in log {
        match &event.what {
            What::PaymentSettled { demand } => {
                must(settled.insert(*demand), || format!("the demand {demand} is settled twice"))?;
                must(!returned.contains(demand), || format!("the demand {demand} is settled after it was given back"))?;
            }
            What::PaymentReturned { demand, .. } => {
                must(returned.insert(*demand), || format!("the demand {demand} is given back twice"))?;
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
        must(token.ready.is_none(), || format!("{token:?} was answered and has not moved"))?;
        must(def.steps.contains_key(&token.step), || format!("there is no step `{}`", token.step))?;
        must(token.entered <= turn.now, || format!("token {id} is entered in the future"))?;
    }
    for (id, demand) in &flow.demands {
        let waits = flow.tokens.contains_key(id);
        let due = demand.state == DemandState::Due;
        must(due == waits, || format!("the demand {id} is {:?}, its step waits: {waits}", demand.state))?;
    }
    if turn.outcome.is_err() || !flow.is_open() || !turn.rests {
        return Ok(());
    }
    let stands = flow.tokens.values().all(|t| t.stands);
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
    for (demand, found) in world.case.flow.demands.iter().filter(|(_, d)| d.state != DemandState::Due) {
        let (events, case) = try_it(&Command::Paid { demand: *demand }).map_err(|r| format!("{r:?}"))?;
        let back = events.iter().filter(|e| matches!(e.what, What::PaymentReturned { .. })).count();
        let wanted = usize::from(found.state == DemandState::Void);
        must(events.len() == wanted && back == wanted, || format!("paying {found:?} gives {events:?}"))?;
        let again = (world.decide)(world.def, &case, &Command::Paid { demand: *demand }, world.now);
        must(again.is_ok_and(|p| p.events.is_empty()), || format!("paying {found:?} a third time does something"))?;
    }
    match try_it(&Command::Submit { by: doer(CITIZEN), reference: String::new(), statement: Default::default() }) {
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
        let key: (Vec<String>, Option<String>) = (
            at.case.flow.tokens.values().map(|t| t.step.clone()).collect(),
            at.case.flow.decision.map(|d| format!("{d:?}")),
        );
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
        if let Some(due) = at.case.flow.next_due() {
            let mut next = at.clone();
            next.now = next.now.max(due);
            next.send(Command::Tick).map_err(|r| format!("a tick is refused: {r:?}"))?;
            todo.push(next);
        }
    }
    Err(format!("no end can be reached from {:?}", world.case.flow.tokens))
}

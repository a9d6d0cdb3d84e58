//! Cases that are taken over to a version in which steps have other names, in random use: what was done before counts there.

use std::collections::{BTreeMap, BTreeSet};

use guichet::engine::definition::{Country, Definition, Verb, compile};
use guichet::engine::workflow::{Case, Command, Doer, Event, Plan, Refusal, What, decide};
use guichet::kernel::PersonId;
use jiff::Timestamp;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

use super::files;
use super::laws::{self, Verdict};
use super::moves::Move;
use super::play::{Decide, World};
use super::scene::Kit;

/// A service and its next version, with the steps that have another name there.
struct Pair {
    old: Kit,
    new: Kit,
}

/// Whether somebody who did the one may not do the other, in either direction.
fn bars(def: &Definition, one: &str, other: &str) -> bool {
    let names = |step: &str, other: &str| match def.steps.get(step).map(|s| &s.verb) {
        Some(Verb::Task { not_by, .. }) => not_by.iter().any(|name| name == other),
        _ => false,
    };
    names(one, other) || names(other, one)
}

/// A text in which a word has another name, wherever it stands.
fn renamed(text: &str, from: &str, to: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    while let Some(at) = rest.find(from) {
        let (before, after) = (&rest[..at], &rest[at + from.len()..]);
        out.push_str(before);
        let whole = !out.ends_with(is_word) && !after.starts_with(is_word);
        out.push_str(if whole { to } else { from });
        rest = after;
    }
    out + rest
}

/// Every service with four eyes in it, and a next version in which as many of their steps as can be are called otherwise.
fn pairs() -> Vec<Pair> {
    let files = files();
    let country = Country::read(&files).expect("a country");
    let mut pairs = Vec::new();
    for id in guichet::engine::check::services(&files) {
        let old = compile(&id, &files, &country).expect("it compiles");
        let ends = old.steps.keys().filter(|one| old.steps.keys().any(|other| bars(&old, one, other)));
        let ends: Vec<String> = ends.cloned().collect();
        let (file, mut next) = (format!("{id}/service.yaml"), files.clone());
        next.retain(|path, _| !path.starts_with(&format!("{id}/moves/")));
        let version = format!("version: \"{}\"", old.version);
        next.insert(file.clone(), next[&file].replacen(&version, "version: \"2999.1\"", 1));
        let mut steps = BTreeMap::new();
        for step in ends {
            // A name that something else bears as well is left: the version would not be in order.
            let mut tried = next.clone();
            for (path, text) in tried.iter_mut().filter(|(path, _)| path.starts_with(&format!("{id}/"))) {
                if *path == file || path.ends_with(".dmn") {
                    *text = renamed(text, &step, &format!("{step}_again"));
                }
            }
            let moves: BTreeMap<&String, String> =
                steps.keys().chain([&step]).map(|name: &String| (name, format!("{name}_again"))).collect();
            let moves = serde_json::to_string(&serde_json::json!({"steps": moves})).expect("moves");
            tried.insert(format!("{id}/moves/{}.yaml", old.version), moves);
            if compile(&id, &tried, &country).is_ok() {
                steps.insert(step, ());
                next = tried;
            }
        }
        if !steps.is_empty() {
            let new = compile(&id, &next, &country).expect("it compiles");
            pairs.push(Pair { old: Kit::of(old), new: Kit::of(new) });
        }
    }
    pairs
}

/// 9, over versions: nobody did both ends of a `not_by`, under whatever name he did the first.
fn four_eyes(pair: &Pair, log: &[Event]) -> Verdict {
    let (mut did, mut def): (BTreeSet<(String, PersonId)>, _) = (BTreeSet::new(), &pair.old.def);
    for event in log {
        match &event.what {
            What::Submitted { by, .. } => did.extend(by.persons().map(|p| ("start".to_owned(), p))),
            What::Migrated { steps, .. } => {
                let name = |step: &String| steps.get(step).unwrap_or(step).clone();
                (did, def) = (did.iter().map(|(step, p)| (name(step), *p)).collect(), &pair.new.def);
            }
            What::StepAnswered { step, by, .. } => {
                for person in by.iter().flat_map(Doer::persons) {
                    if let Some((before, _)) = did.iter().find(|(s, p)| *p == person && bars(def, s, step)) {
                        return Err(format!("{person:?} did `{before}`, and then `{step}`"));
                    }
                    did.insert((step.clone(), person));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// A case is played, taken over where it fits, and played on. Gives its whole log, and whether it was taken over.
fn played(pair: &Pair, decide: Decide, scene: usize, before: &[Move], after: &[Move]) -> (Vec<Event>, bool, Case) {
    let mut first = World { decide, ..World::new(&pair.old, scene) };
    let _ = first.submit();
    before.iter().for_each(|one| first.play(*one));
    let mut second = World { case: first.case.clone(), now: first.now, decide, ..World::new(&pair.new, scene) };
    second.scene.registers.clone_from(&first.scene.registers);
    second.numbers.clone_from(&first.numbers);
    let moved = second.send(Command::Migrate).is_ok();
    if moved {
        after.iter().for_each(|one| second.play(*one));
    }
    let log = first.log().into_iter().chain(second.log()).collect();
    (log, moved, if moved { second.case } else { first.case })
}

fn moves() -> impl Strategy<Value = (usize, Vec<Move>, Vec<Move>)> {
    let some = |most: usize| prop::collection::vec(any::<Move>(), 1..most);
    (0..1_000usize, some(40), some(50))
}

#[test]
fn four_eyes_hold_over_versions() {
    let pairs = pairs();
    let which: Vec<_> =
        pairs.iter().map(|p| (&p.old.def.id, p.new.def.moves.values().map(|m| m.len()).sum::<usize>())).collect();
    assert!(pairs.len() >= 3, "too few services have four eyes: {which:?}");
    for pair in &pairs {
        let mut taken_over = 0;
        let run = TestRunner::new(Config { cases: 300, failure_persistence: None, ..Config::default() }).run(
            &moves(),
            |(scene, before, after)| {
                let (log, _, case) = played(pair, decide, scene, &before, &after);
                four_eyes(pair, &log)
                    .and_then(|()| laws::replay(&log, &case.flow))
                    .and_then(|()| laws::tokens(&log))
                    .and_then(|()| laws::time(&log))
                    .map_err(|sentence| TestCaseError::fail(format!("{}: {sentence}", pair.old.def.id)))
            },
        );
        run.unwrap_or_else(|e| panic!("{e}"));
        let mut runner = TestRunner::deterministic();
        for _ in 0..100 {
            let (scene, before, after) = moves().new_tree(&mut runner).expect("a script").current();
            taken_over += usize::from(played(pair, decide, scene, &before, &after).1);
        }
        assert!(taken_over > 5, "{}: {taken_over} of 100 cases are taken over", pair.old.def.id);
    }
}

/// Takes a case over, and forgets under which names its steps were done.
fn forgetful(def: &Definition, case: &Case, command: &Command, now: Timestamp) -> Result<Plan, Refusal> {
    let mut plan = decide(def, case, command, now)?;
    if matches!(command, Command::Migrate) {
        plan.case.flow.did.clone_from(&case.flow.did);
    }
    Ok(plan)
}

#[test]
fn who_forgets_what_was_done_under_other_names_is_caught() {
    let pairs = pairs();
    let caught = pairs.iter().find_map(|pair| {
        let mut runner = TestRunner::deterministic();
        (0..4_000).find_map(|_| {
            let (scene, before, after) = moves().new_tree(&mut runner).expect("a script").current();
            four_eyes(pair, &played(pair, forgetful, scene, &before, &after).0).err()
        })
    });
    assert!(caught.is_some(), "nobody notices");
}

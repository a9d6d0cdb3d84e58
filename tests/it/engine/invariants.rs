//! Every definition in `services/` under random use: the invariants hold after each command. `PROPTEST_CASES` sets how
//! many plays there are. And for the checks themselves: that they can fail.

use std::sync::LazyLock;

use guichet::engine::workflow::{Command, What, decide};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, TestRunner};

use super::bench;
use super::laws;
use super::moves::{Move, changes_registers};
use super::play::World;
use super::scene::Kit;

/// The services, and one written for the purpose: what they do not use of the language is used there.
static KITS: LazyLock<Vec<Kit>> = LazyLock::new(|| Kit::all().into_iter().chain([bench::kit(WHOLE)]).collect());

const WHOLE: &str = "
start: {by: [person], first: pay, needs: []}
time_limit:
  within: 12 working days
  extend: {by: 5 working days, times: 2, role: chief}
  then: {go: refused, decision: adverse, reasons: [bad]}
steps:
  pay: {charge: {fee: entry}, next: {go: fill, mark: submitted}, expires: {after: 3 days, go: lapsed}}
  fill: {ask: {of: applicant, for: [form, documents]}, clock: stands, next: look, expires: {after: 9 days, as: done}}
  look:
    lookup: {register: plots, key: '\"p1\"', take: [size], test: {large: record.size > 5}, purpose: trial}
    outcomes: {done: fork, none: fork, down: fork}
  fork:
    next:
      - {when: steps.look.large, go: order, also: [check, papers, photos]}
      - {go: order, also: [papers]}
  check: {task: {role: clerk, meeting: {slots: talk, with: [applicant], notice: 3 days, booked_by: [applicant]}}, within: 2 days, outcomes: {fine: join, ask: {go: join, also: [photos]}}}
  join: {next: [{when: 'case.alone', go: order}, {go: done}]}
  papers: {ask: {of: applicant, for: [documents]}, clock: stands, next: done, expires: {after: 5 working days, go: done}}
  photos: {ask: {of: applicant, for: [documents]}, clock: stands, next: done, expires: {after: 24 hours, go: done}}
  order:
    task: {role: chief, not_by: [check, start]}
    within: 4 working days
    expires: {after: 60 days, as: refuse}
    outcomes:
      approve:
        - {when: 'case.decided = null', go: due, decision: favourable}
        - {go: due, decision: favourable}
      refuse: {go: refused, decision: adverse, reasons: [bad], do: [{refund: entry}, {refund: final, when: 'fees.final.paid > 0'}]}
      again: look
  due: {charge: {fee: final}, next: write, expires: {after: 2 weeks, go: lapsed}}
  write:
    do:
      - {record: {register: plots, key: '\"p1\"', change: used, set: {size: '6'}, expects: steps.look.version}}
      - {record: {register: plots, new: true, change: made, set: {size: '1'}}, each: 'for n in [1, 2] return n'}
      - {tell: {who: applicant, text: written}}
    outcomes: {done: granted, conflict: order}
  restore:
    do:
      - {record: {register: plots, key: '\"p1\"', change: restored, set: {size: '7'}, expects: steps.write.version, undo: true}}
    outcomes: {done: refused, conflict: by_hand}
  by_hand: {task: {role: clerk}, outcomes: {again: restore, left: refused}}
events:
  - {event: document, while: [refused], go: look, clock: restart}
  - {event: objection, by: [clerk], while: [order, due], when: 'count(events.objection) < 3', go: order, also: [check]}
  - {event: objection, by: [clerk], while: [granted], when: 'count(events.objection) > 5', refuse: true}
  - {event: objection, by: [clerk], while: [lapsed], go: order, clock: restart}
  - {event: remark, by: [applicant]}
  - {event: hurry, by: [applicant, chief], while: [check], go: order, mark: hurried, do: [{tell: {who: applicant, text: hurried}}]}
  - {event: registers.plots.sold, key: '\"p1\"', while: [order], when: 'record.size != null', go: order, mark: sold}
  - {event: withdrawal, while: [order], when: 'case.submitted != null', refuse: true}
remedies:
  appeal:
    against: [order, silence, review]
    service: other
    suspends: true
    levels: [{role: chief, within: 30 days}]
    then:
      set_aside:
        - {when: case.changed, go: restore, decision: adverse, reasons: [bad]}
        - {when: 'case.decision = \"favourable\"', go: refused, decision: adverse, reasons: [bad]}
        - {go: due, decision: favourable}
      remitted: {go: order, clock: restart, also: [check]}
  review: {against: [order], by: [applicant], service: other, levels: [{role: clerk, within: 20 days}], then: {varied: {go: refused, decision: adverse, reasons: [bad], final: s. 9}}}
";

/// What would be published, texts aside.
#[test]
fn the_checker_lets_it_pass() {
    let files = bench::bench_files(WHOLE);
    let country = guichet::engine::definition::Country::read(&files).expect("a country");
    let found = guichet::engine::check::check("bench", &files, &country).err().unwrap_or_default();
    let found: Vec<_> = found.into_iter().filter(|f| f.file.ends_with("service.yaml")).collect();
    assert_eq!(found, []);
}

/// Plays for each service, where the environment says nothing: enough to find what was found, within seconds.
const CASES: u32 = 200;
const MOVES_MAX: usize = 80;
/// Plays in which something rare is looked for.
const PLAYS_MAX: u32 = 4_000;

fn moves() -> impl Strategy<Value = (usize, Vec<Move>)> {
    (0..1_000usize, prop::collection::vec(any::<Move>(), 1..MOVES_MAX))
}

fn config() -> Config {
    let asked = std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok());
    Config { cases: asked.unwrap_or(CASES), failure_persistence: None, max_shrink_iters: 400, ..Config::default() }
}

/// Plays a script; the timer job comes on time, as it does where `prompt`.
fn played<'k>(kit: &'k Kit, scene: usize, moves: &[Move]) -> World<'k> {
    let mut world = World::new(kit, scene);
    let _ = world.submit();
    for one in moves {
        world.play(*one);
        wake(&mut world);
    }
    world
}

/// Each deadline at its own instant, as a timer job that is never late would; then now.
fn wake(world: &mut World<'_>) {
    let until = world.now;
    while let Some(due) = world.case.flow.next_due().filter(|due| *due <= until) {
        world.now = due;
        world.send(Command::Tick).expect("a tick is never refused");
    }
    world.now = until;
}

pub fn hold(law: impl Fn(&World<'_>) -> laws::Verdict) {
    for kit in KITS.iter() {
        hold_for(kit, &law).unwrap_or_else(|sentence| panic!("{sentence}"));
    }
}

/// Whether a law holds in random plays of one definition.
pub fn hold_for(kit: &Kit, law: &dyn Fn(&World<'_>) -> laws::Verdict) -> laws::Verdict {
    let run = TestRunner::new(config()).run(&moves(), |(scene, moves)| {
        law(&played(kit, scene, &moves)).map_err(|sentence| TestCaseError::fail(format!("{}: {sentence}", kit.def.id)))
    });
    run.map_err(|e| e.to_string())
}

/// How a law is broken by a definition that is wrong, in the same plays each time; some ways are rare.
pub fn broken(kit: &Kit, law: &dyn Fn(&World<'_>) -> laws::Verdict) -> Option<String> {
    let mut runner = TestRunner::deterministic();
    (0..PLAYS_MAX).find_map(|_| {
        let (scene, moves) = moves().new_tree(&mut runner).expect("a script").current();
        law(&played(kit, scene, &moves)).err()
    })
}

#[test]
fn the_invariants_hold() {
    hold(|world| {
        laws::all(world)?;
        laws::repeated(world)
    });
}

#[test]
fn a_late_timer_changes_nothing() {
    // What a register says depends on when it is asked, where others change it.
    let alone = |moves: Vec<Move>| moves.into_iter().filter(|m| !changes_registers(m)).collect::<Vec<_>>();
    for kit in KITS.iter() {
        let run = TestRunner::new(config()).run(&moves(), |(scene, moves)| {
            let world = played(kit, scene, &alone(moves));
            laws::late_timer(&world, decide)
                .map_err(|sentence| TestCaseError::fail(format!("{}: {sentence}", kit.def.id)))
        });
        run.unwrap_or_else(|e| panic!("{e}"));
    }
}

#[test]
fn every_open_case_can_come_to_an_end() {
    hold(|world| if world.case.flow.is_open() { laws::can_close(world) } else { Ok(()) });
}

/// The random plays are worth their name: between them they take every step and reach every end of every service.
#[test]
fn the_plays_come_far() {
    for kit in KITS.iter() {
        let (mut steps, mut ends) = (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
        let mut runner = TestRunner::deterministic();
        // As many as it takes, within reason: a register that somebody else built upon is rare.
        for _ in 0..PLAYS_MAX {
            if steps.len() == kit.def.steps.len() && kit.def.ends.keys().all(|end| ends.contains(end)) {
                break;
            }
            let (scene, moves) = moves().new_tree(&mut runner).expect("a script").current();
            for event in played(kit, scene, &moves).log() {
                match event.what {
                    What::StepEntered { step, .. } => drop(steps.insert(step)),
                    What::Closed { end, .. } => drop(ends.insert(end)),
                    _ => {}
                }
            }
        }
        let missed: Vec<_> = kit.def.steps.keys().filter(|s| !steps.contains(*s)).collect();
        assert!(missed.is_empty(), "{}: never entered: {missed:?}", kit.def.id);
        let missed: Vec<_> = kit.def.ends.keys().filter(|e| !ends.contains(*e)).collect();
        assert!(missed.is_empty(), "{}: never ended as {missed:?}", kit.def.id);
    }
}

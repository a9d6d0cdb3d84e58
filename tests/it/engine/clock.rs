//! The legal limit: a working day counts if and only if the clock ran when that day began.

use guichet::engine::workflow::{Command, Run};

use super::bench::{at, begun, kit, last};
use super::laws;
use super::play::World;
use super::scene::Kit;

/// A limit of five working days, and one of five days; the clerk may ask for papers, for which the limit stands.
fn asking(limit: &str) -> Kit {
    kit(&format!(
        "
start: {{by: [person], first: check, needs: []}}
time_limit: {{within: {limit}}}
steps:
  check:
    task: {{role: clerk}}
    outcomes:
      one: papers
      both: {{go: papers, also: [photos]}}
      beside: {{go: order, also: [photos]}}
      decide: {{go: order, decision: favourable}}
  papers: {{ask: {{of: applicant, for: [documents]}}, clock: stands, next: check, expires: {{after: 30 days, go: lapsed}}}}
  photos: {{ask: {{of: applicant, for: [documents]}}, clock: stands, next: done, expires: {{after: 2 days, go: order}}}}
  order: {{task: {{role: chief}}, next: granted}}
"
    ))
}

/// Monday 3 August; the weekend is Friday and Saturday. At these moments the clerk asks, and the citizen answers.
fn asked(limit: &str, moments: &[(&str, &str)]) -> (Kit, Vec<(String, String)>) {
    (asking(limit), moments.iter().map(|(step, when)| ((*step).to_owned(), (*when).to_owned())).collect())
}

fn played<'k>((kit, moments): &'k (Kit, Vec<(String, String)>)) -> World<'k> {
    let mut world = begun(kit);
    for (step, when) in moments {
        world.now = at(when);
        let (step, outcome) = step.split_once(' ').unwrap_or((step, "0"));
        if step == "tick" {
            world.send(Command::Tick).expect("a tick");
            continue;
        }
        let completion = world.completion(step, outcome.parse().expect("an outcome"), 0);
        world.forward(world.token(step), 0, completion).expect("the step is done");
    }
    laws::all(&world).expect("the invariants hold");
    world
}

fn due(world: &World<'_>) -> String {
    world.case.flow.clock.due.map_or_else(|| "none".into(), |due| due.to_string())
}

fn used(world: &World<'_>) -> u32 {
    let clock = &world.case.flow.clock;
    clock.counted
}

#[test]
fn the_day_of_submission_does_not_count() {
    let story = asked("5 working days", &[]);
    // Tuesday to Thursday, Sunday, Monday: the midnight after Monday the 10th.
    assert_eq!(played(&story).case.flow.clock.due, Some(at("2026-08-11T00:00")));
    let story = asked("5 days", &[]);
    assert_eq!(played(&story).case.flow.clock.due, Some(at("2026-08-09T00:00")));
}

#[test]
fn asked_and_answered_on_one_day_changes_nothing() {
    let story = asked("5 working days", &[("check 0", "2026-08-04T11:00"), ("papers", "2026-08-04T15:00")]);
    let world = played(&story);
    assert_eq!(world.case.flow.clock.due, Some(at("2026-08-11T00:00")));
    assert_eq!((world.case.flow.clock.run, used(&world)), (Run::Running, 1));
}

#[test]
fn the_day_of_asking_counts_and_the_day_of_the_answer_does_not() {
    // Asked on Tuesday (which counts), answered on Thursday (which does not, nor did Wednesday): four are left.
    let story = asked("5 working days", &[("check 0", "2026-08-04T11:00"), ("papers", "2026-08-06T15:00")]);
    let world = played(&story);
    assert_eq!(used(&world), 1);
    assert_eq!(due(&world), at("2026-08-13T00:00").to_string());
}

#[test]
fn at_midnight_the_day_has_begun() {
    let at_midnight = asked("5 working days", &[("check 0", "2026-08-05T00:00")]);
    assert_eq!(used(&played(&at_midnight)), 2, "suspended at midnight: that day had begun with the clock running");
    let resumed = asked("5 working days", &[("check 0", "2026-08-04T11:00"), ("papers", "2026-08-06T00:00")]);
    // Thursday began with the clock standing.
    assert_eq!(due(&played(&resumed)), at("2026-08-13T00:00").to_string());
}

#[test]
fn resumed_with_nothing_left_there_is_one_working_day() {
    // The limit is used up on Monday the 10th; that day the clerk asks, the answer comes on Thursday the 13th.
    let story = asked("5 working days", &[("check 0", "2026-08-10T11:00"), ("papers", "2026-08-13T09:00")]);
    let world = played(&story);
    assert_eq!(used(&world), 5);
    // Friday and Saturday are free: the one working day is Sunday.
    assert_eq!(due(&world), at("2026-08-17T00:00").to_string());
    let story = asked("5 days", &[("check 0", "2026-08-08T11:00"), ("papers", "2026-08-13T09:00")]);
    assert_eq!(due(&played(&story)), at("2026-08-17T00:00").to_string());
}

#[test]
fn the_first_of_two_answers_does_not_resume() {
    let until = [("check 1", "2026-08-04T11:00"), ("photos", "2026-08-05T11:00")];
    let story = asked("5 working days", &until);
    assert_eq!(played(&story).case.flow.clock.run, Run::Suspended);
    let story = asked("5 working days", &[until[0], until[1], ("papers", "2026-08-09T11:00")]);
    let world = played(&story);
    assert_eq!((world.case.flow.clock.run, used(&world)), (Run::Running, 1));
    assert_eq!(due(&world), at("2026-08-14T00:00").to_string());
}

#[test]
fn while_anything_else_is_open_the_limit_runs() {
    let story = asked("5 working days", &[("check 2", "2026-08-04T11:00")]);
    assert_eq!(played(&story).case.flow.clock.run, Run::Running);
}

#[test]
fn an_ask_that_expires_resumes_at_its_own_instant() {
    // Both are asked on Tuesday; the photos expire at the end of Thursday, and the order is open from then on.
    let story = asked("5 working days", &[("check 1", "2026-08-04T11:00"), ("tick", "2026-08-20T08:00")]);
    let world = played(&story);
    let clock = &world.case.flow.clock;
    assert!(clock.expired);
    let expired = world.log().into_iter().find(|e| e.what.name() == "clock_expired").expect("it expired");
    // One day was used up; Friday began when the clock stood, so the four left are Sunday to Wednesday.
    assert_eq!(expired.at, at("2026-08-13T00:00"));
}

#[test]
fn the_limit_is_passed_once_and_the_count_goes_on() {
    let story = asked("5 working days", &[("tick", "2026-08-11T00:00")]);
    let mut world = played(&story);
    assert_eq!(last(&world), ["clock_expired"]);
    assert_eq!(world.case.flow.next_due(), None);
    world.now = at("2026-08-30T10:00");
    let completion = world.completion("check", 0, 0);
    world.forward(world.token("check"), 0, completion).expect("asked");
    assert_eq!(used(&world), 19, "4 to 6, 9 to 13, 16 to 20, 23 to 27 and 30 August");
    laws::all(&world).expect("the invariants hold");
}

#[test]
fn a_decision_stops_it_for_good() {
    let story = asked("5 working days", &[("check 3", "2026-08-06T11:00"), ("tick", "2026-09-20T08:00")]);
    let world = played(&story);
    let clock = &world.case.flow.clock;
    assert_eq!((clock.run, clock.counted, clock.due, clock.expired), (Run::Stopped, 3, None, false));
}

//! The explorer walks every way that a case can take, finds where nobody can go on and from where no end is reached, and
//! says so where it did not come to the end.

use guichet::engine::check::explore;
use guichet::engine::definition::Country;

use super::bench::bench_files;

const SCENARIO: &str = "
title: A beginning
given: {today: 2026-08-03T10:00, holidays: [], people: [rahim], registers: {plots: {p1: {size: 7}}}}
story:
  - {by: rahim, start: bench, form: {size: 5}}
";

/// The states that were found, whether there are more, and the findings.
fn explored(body: &str, most: usize) -> (usize, bool, Vec<String>) {
    let mut files = bench_files(body);
    files.insert("bench/scenarios/one.yaml".into(), SCENARIO.into());
    let country = Country::read(&files).expect("a country");
    match explore("bench", &files, &country, &mut |states| states <= most) {
        Ok(found) => (found.states, found.capped, Vec::new()),
        Err(found) => (0, false, found.into_iter().map(|f| f.sentence).collect()),
    }
}

const STORY: &str = "
start: {by: [person], first: check, needs: [form]}
time_limit: {within: 60 working days}
steps:
  check: {task: {role: clerk}, outcomes: {on: views, papers: papers}}
  papers: {ask: {of: applicant, for: [documents]}, clock: stands, next: check, expires: {after: 10 days, go: lapsed}}
  views: {together: {branches: [roads, water]}, next: order}
  roads: {task: {role: clerk}, next: done, expires: {after: 5 days, as: done}}
  water: {task: {role: clerk}, next: done}
  order: {task: {role: chief, not_by: [check]}, outcomes: {approve: {go: pay, decision: favourable}, again: check}}
  pay: {charge: {fee: final}, next: granted, expires: {after: 7 days, go: lapsed}}
";

#[test]
fn a_procedure_in_order_is_walked_to_its_end() {
    let (states, capped, found) = explored(STORY, 100_000);
    assert!(found.is_empty(), "{found:#?}");
    assert!(!capped && states > 50, "{states} states, capped: {capped}");
}

#[test]
fn what_was_not_reached_is_said() {
    let (states, capped, found) = explored(STORY, 20);
    assert!(capped && found.is_empty(), "{found:#?}");
    assert!(states < 40, "{states}");
}

#[test]
fn a_task_that_nobody_is_left_for_is_found() {
    // Three officers of a role, and the fourth task is not for any of them.
    let story = "
start: {by: [person], first: one, needs: [form]}
time_limit: {within: 60 working days}
steps:
  one: {task: {role: clerk}, next: two}
  two: {task: {role: clerk, not_by: [one]}, next: three}
  three: {task: {role: clerk, not_by: [one, two]}, next: order}
  order: {task: {role: clerk, not_by: [one, two, three]}, outcomes: {approve: {go: granted, decision: favourable}, refuse: {go: refused, decision: adverse, reasons: [bad]}}}
";
    let (.., found) = explored(story, 10_000);
    assert!(
        found.iter().any(|f| f.contains("nobody can go on, after one: done; two: done; three: done")),
        "{found:#?}"
    );
    let (.., found) = explored(&story.replace("not_by: [one, two, three]", "not_by: [one]"), 10_000);
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn a_way_that_leads_to_no_end_is_found() {
    // Whoever once asked for papers can never approve: the guard of the only way out does not hold any more.
    let story = STORY.replace(
        "{approve: {go: pay, decision: favourable}, again: check}",
        "{approve: {when: 'steps.papers.rounds = 0', go: pay, decision: favourable}, again: check}",
    );
    let story = story.replace(", expires: {after: 10 days, go: lapsed}", "");
    let (.., found) = explored(&story, 100_000);
    assert!(found.iter().any(|f| f.contains("from here no end can be reached")), "{found:#?}");
}

#[test]
fn a_rule_that_leads_nowhere_is_found() {
    // A table of guards with a hole, which only this case falls into.
    let story = STORY.replace("water: {task: {role: clerk}, next: done}", "water: {task: {role: clerk}, next: done}\n  broken: {do: [{tell: {who: applicant, text: none}}, {tell: {who: applicant, text: none}, each: 'for i in 1..2000 return i'}], next: order}");
    let story = story.replace("again: check", "again: broken");
    let (.., found) = explored(&story, 100_000);
    assert!(found.iter().any(|f| f.contains("gives no list of at most")), "{found:#?}");
}

//! What the checker finds: one thing at a time is broken in a definition that is in order, and the finding names the
//! file, the line and what is wrong.

use guichet::engine::check::check;
use guichet::engine::definition::{Country, Files, Finding};

use super::files;

pub const PLAIN: &str = "residence-certificate";
pub const MUTATION: &str = "land-mutation";

pub fn findings(service: &str, files: &Files) -> Vec<Finding> {
    match Country::read(files) {
        Err(found) => found,
        Ok(country) => check(service, files, &country).err().unwrap_or_default(),
    }
}

/// Expects a finding with these words where `from` in a story is replaced by `to`.
#[track_caller]
pub fn finds(story: &str, from: &str, to: &str, words: &str) {
    let mut files = super::bench::bench_files(story);
    let service = files.get_mut("bench/service.yaml").expect("the service");
    assert!(service.contains(from), "{from}");
    *service = service.replace(from, to);
    let found = findings("bench", &files);
    assert!(found.iter().any(|f| f.sentence.contains(words)), "wanted {words}\nfound {found:#?}");
}

/// A file of the service with one text replaced, which must stand there exactly once.
pub fn broken(path: &str, from: &str, to: &str) -> Files {
    let mut files = files();
    let text = files.get_mut(path).unwrap_or_else(|| panic!("there is no {path}"));
    assert_eq!(text.matches(from).count(), 1, "`{from}` in {path}");
    *text = text.replace(from, to);
    files
}

/// Replaces `from` by `to` in the service's file, and expects a finding there on the line where `at` stands afterwards.
#[track_caller]
pub fn found_in(service: &str, file: &str, (from, to): (&str, &str), at: &str, sentence: &str) {
    let path = if file.starts_with('_') { file.to_owned() } else { format!("{service}/{file}") };
    let files = broken(&path, from, to);
    let line = files[&path].lines().position(|l| l.contains(at)).unwrap_or_else(|| panic!("`{at}` in {path}")) + 1;
    let found = findings(service, &files);
    let right = found.iter().any(|f| f.file == path && f.line == line && f.sentence.contains(sentence));
    assert!(right, "wanted {path}:{line}: …{sentence}…\nfound {found:#?}");
}

#[track_caller]
pub fn plain((from, to): (&str, &str), at: &str, sentence: &str) {
    found_in(PLAIN, "service.yaml", (from, to), at, sentence);
}

#[track_caller]
pub fn mutation((from, to): (&str, &str), at: &str, sentence: &str) {
    found_in(MUTATION, "service.yaml", (from, to), at, sentence);
}

#[test]
fn what_is_in_order_has_no_findings() {
    let files = files();
    for service in guichet::engine::check::services(&files) {
        assert_eq!(findings(&service, &files), [], "{service}");
    }
}

#[test]
fn unknown_keys_values_and_types() {
    plain(("    task: {role: clerk}", "    task: {role: clerk, colour: red}"), "colour", "colour");
    plain(("retention: {years: 5}", "retention: {years: many}"), "retention", "u16");
    plain(("kind: G2C", "kind: G2X"), "kind", "G2X");
    plain(("within: 5 working days", "within: 5 hours"), "5 hours", "counted in days");
    plain(("languages: [en, bn]", "languages: en"), "languages", "sequence");
    plain(("guichet: 1", "guichet: 7"), "guichet", "version 7");
    plain(("none: check, down: check}", "none: chekc, down: check}"), "chekc", "no step or end `chekc`");
    mutation(("    within: params.report_period", "    wihtin: params.report_period"), "wihtin", "wihtin");
    mutation(("expires: {after: params.papers_period", "expires: {after: 15 dayz"), "dayz", "no duration");
    let set = ("government_interest: 'false'", "governement: 'false'");
    let files = broken("land-mutation/service.yaml", set.0, set.1);
    let found = findings(MUTATION, &files);
    assert!(found.iter().any(|f| f.sentence.contains("has no field `governement`")), "{found:#?}");
    found_in(
        MUTATION,
        "params.yaml",
        ("basis: \"Time of the union land office for its report\"", "source: x"),
        "source: x",
        "source",
    );
}

#[test]
fn anchors_and_a_key_that_stands_twice() {
    plain(("start: {by", "start: &here {by"), "&here", "anchor");
    plain(("kind: G2C", "kind: G2C\nkind: G2B"), "kind: G2B", "kind");
}

#[test]
fn steps_that_nothing_leads_to_and_steps_that_lead_nowhere() {
    plain(("none: check, down: check}", "none: issue, down: issue}"), "  check:", "nothing leads to the step `check`");
    let mut files = broken("residence-certificate/service.yaml", "next: issued}", "next: check}");
    let text = files.get_mut("residence-certificate/service.yaml").expect("there");
    *text = text.replace("refuse: {go: refused", "refuse: {go: issue");
    let found = findings(PLAIN, &files);
    assert!(
        found.iter().any(|f| f.line == 13 && f.sentence == "from the step `look` no end can be reached"),
        "{found:#?}"
    );
    plain(
        ("ends: {issued: favourable", "ends: {never: neutral, issued: favourable"),
        "ends:",
        "nothing leads to the end `never`",
    );
    plain((", next: issued}", "}"), "  issue:", "nothing leads on from the step `issue`");
    plain((", none: check, down: check}", ", none: check}"), "  look:", "no arrow for the outcome `down`");
    plain((", down: check}", ", down: check, maybe: check}"), "maybe", "never has the outcome `maybe`");
    mutation(
        ("    outcomes:\n      done: issued\n", "    outcomes:\n      done: done\n"),
        "  finalise:",
        "ends in `done`",
    );
}

#[test]
fn no_way_forward() {
    let guarded = ("next: issued}", "next: {when: 'case.alone', go: issued}}");
    plain(guarded, "  issue:", "nothing leads on where it does not hold");
    let both = ("confirm: {go: issue,", "confirm: {when: 'case.alone', go: issue,");
    let files = {
        let mut files = broken("residence-certificate/service.yaml", both.0, both.1);
        let text = files.get_mut("residence-certificate/service.yaml").expect("there");
        *text = text.replace("refuse: {go: refused,", "refuse: {when: 'case.alone', go: refused,");
        files
    };
    let found = findings(PLAIN, &files);
    assert!(found.iter().any(|f| f.sentence.contains("every outcome of `check` has a guard")), "{found:#?}");
    let silent = "    within: 3 working days\n    expires: {after: 9 days, as: refuse}";
    plain(("    within: 3 working days", silent), "expires", "an adverse decision without an officer");
    mutation(
        (
            "    within: 3 working days\n    outcomes:\n      approve:",
            "    expires: {after: 9 days, as: approve}\n    outcomes:\n      approve:",
        ),
        "as: approve",
        "silence counts as `approve`",
    );
    plain(("task: {role: clerk}", "task: {role: clerk, not_by: [check]}"), "  check:", "shut out");
}

#[test]
fn a_loop_in_which_nobody_acts() {
    plain(("none: check, down: check}", "none: look, down: check}"), "  look:", "loop in which nobody acts");
}

#[test]
fn missing_texts_in_a_language() {
    for (language, text, id) in [
        ("en", "step-check = ", "step-check"),
        ("bn", "end-refused = ", "end-refused"),
        ("bn", "    .confirm = ", "step-check.confirm"),
        ("en", "party-applicant = ", "party-applicant"),
        ("bn", "reason-not-resident = ", "reason-not-resident"),
        ("en", "service = ", "service"),
    ] {
        let path = format!("{PLAIN}/texts/{language}.ftl");
        let mut files = files();
        let kept: Vec<&str> = files[&path].lines().filter(|l| !l.starts_with(text)).collect();
        let kept = kept.join("\n");
        files.insert(path.clone(), kept);
        let found = findings(PLAIN, &files);
        let sentence = format!("the text `{id}` is missing in `{language}`");
        assert!(found.iter().any(|f| f.file == path && f.sentence == sentence), "{sentence}: {found:#?}");
    }
    let mut files = files();
    files.remove(&format!("{PLAIN}/texts/bn.ftl"));
    let found = findings(PLAIN, &files);
    assert!(found.iter().any(|f| f.sentence.contains("there are no texts in `bn`")), "{found:#?}");
}

#[test]
fn decisions() {
    plain((", reasons: [not_resident]}", "}"), "refuse:", "lists the reasons");
    plain((", reasons: [not_resident]}", ", reasons: [too_late]}"), "refuse:", "the reason `too_late` is not declared");
    plain(("{go: issue, decision: favourable}, none", "issue, none"), "ends:", "without a decision in favour");
    plain(
        ("refuse: {go: refused, decision: adverse, reasons: [not_resident]}", "refuse: refused"),
        "ends:",
        "without a decision against",
    );
    plain(
        ("none: check,", "none: {go: refused, decision: adverse, reasons: [not_resident]},"),
        "  look:",
        "legal_basis.automated",
    );
    plain(("against: [check]", "against: [issue]"), "  check:", "names no remedy");
}

#[test]
fn roles_offices_and_parties() {
    plain(("task: {role: clerk}", "task: {role: bishop}"), "role: bishop", "the role `bishop` is not declared");
    let path = "_agencies/agencies.yaml";
    let mut files = files();
    let text = files[path].replace("clerk, ", "").replace(", clerk", "").replace("[clerk]", "[]");
    files.insert(path.to_owned(), text);
    let found = findings(PLAIN, &files);
    let line = files[&format!("{PLAIN}/service.yaml")].lines().position(|l| l.contains("role: clerk")).map(|n| n + 1);
    let right = |f: &&Finding| f.sentence == "no office has the role `clerk`" && Some(f.line) == line;
    assert!(found.iter().find(right).is_some(), "{found:#?}");
    plain(("authority: municipality", "authority: moon"), "authority", "no authority `moon`");
    mutation(("office: union,", "office: moon,"), "office: moon", "not declared under `offices`");
    mutation(
        ("ask: {of: applicant, for: [documents]}", "ask: {of: stranger, for: [documents]}"),
        "of: stranger",
        "no party `stranger`",
    );
    mutation(
        (
            "representative_letter: {when: 'form.by_representative or not(list contains(parties.applicant.id, case.started_by))'}",
            "representative_letter: {per: parties.heirs}",
        ),
        "representative_letter",
        "no party `heirs`",
    );
}

#[test]
fn fees_are_dated() {
    mutation(("      court: params.court_fee", "      court: '20'"), "court: '20'", "not dated");
    mutation(("      court: params.court_fee", "      court: params.coart_fee"), "coart", "coart_fee");
    mutation(
        ("      court: params.court_fee", "      court: params.form_period"),
        "params.form_period",
        "is no amount",
    );
    mutation(("currency: BDT", "currency: TAKA"), "TAKA", "no currency");
    mutation(("charge: {fee: dcr}", "charge: {fee: dcrr}"), "dcrr", "no fee `dcrr`");
    let swapped = ("- {from: 2018-01-01, value: 5.00", "- {from: 2023-01-01, value: 5.00");
    mutation(
        ("within: params.report_period", "within: params.court_fee"),
        "within: params.court_fee",
        "gives no duration",
    );
    let files = broken("land-mutation/params.yaml", "value: 15 days", "value: soon");
    let found = findings(MUTATION, &files);
    assert!(found.iter().any(|f| f.sentence.contains("from 2018-01-01 is no duration")), "{found:#?}");
    found_in(MUTATION, "params.yaml", swapped, "court_fee:", "not in the order");
}

#[test]
fn registers() {
    let files = broken("land-mutation/service.yaml", "          expects: steps.finalise.version\n", "");
    let found = findings(MUTATION, &files);
    assert!(found.iter().any(|f| f.sentence.contains("which version of the record was seen")), "{found:#?}");
    plain(("lookup: {register: residents,", "lookup: {register: ghosts,"), "ghosts", "no register `ghosts`");
    plain(("take: [address, since]", "take: [address, salary]"), "salary", "has no field `salary`");
    plain(("purpose: residence", "purpose: ''"), "purpose", "says its purpose");
    mutation(
        ("      conflict: {go: khatian", "      clash: {go: khatian"),
        "  finalise:",
        "no arrow for the outcome `conflict`",
    );
    plain(("{issue: certificates/residence}", "{issue: certificates/palace}"), "palace", "no template");
}

#[test]
fn expressions() {
    mutation(("{when: 'sum(form.applicants.share) = 1'", "{when: 'sum(form.applicants.sahre) = 1'"), "sahre", "sahre");
    mutation(
        (
            "when: 'form.by_representative or not(list contains(parties.applicant.id, case.started_by))'",
            "when: 'form.dag > 3'",
        ),
        "form.dag > 3",
        "form.dag > 3",
    );
    mutation(
        (
            "when: 'form.by_representative or not(list contains(parties.applicant.id, case.started_by))'",
            "when: form.quantity",
        ),
        "representative_letter",
        "neither true nor false",
    );
    mutation(
        (
            "when: 'form.by_representative or not(list contains(parties.applicant.id, case.started_by))'",
            "when: 'form.by_representative and'",
        ),
        "representative_letter",
        "form.by_representative and",
    );
    mutation(("key: form.khatian\n      take", "key: steps.nowhere.key\n      take"), "steps.nowhere.key", "nowhere");
}

#[test]
fn a_scenario_that_does_not_come_out() {
    let at = "expect: {end: issued, issued: [residence]}";
    let to = "expect: {end: refused, issued: [residence]}";
    found_in(PLAIN, "scenarios/confirmed_by_a_clerk.yaml", (at, to), to, "end: expected");
    let line = "- {by: popy, step: check, outcome: confirm}";
    let to = "- {by: popy, step: check, outcome: refuse}";
    let files = broken(&format!("{PLAIN}/scenarios/confirmed_by_a_clerk.yaml"), line, to);
    let found = findings(PLAIN, &files);
    assert!(found.iter().any(|f| f.line == 12 && f.sentence.contains("reasons_required")), "{found:#?}");
    found_in(PLAIN, "scenarios/resident.yaml", ("story:", "storey:"), "storey", "storey");
    let due = ("due: 2026-08-10", "due: 2026-08-11");
    found_in(PLAIN, "scenarios/confirmed_by_a_clerk.yaml", due, "due: 2026-08-11", "last day of the limit");
}

#[test]
fn what_a_party_sees_is_there() {
    let line = "sees: [case.reference";
    for (path, sentence) in [
        ("form.nothing", "There is no field"),
        ("form.applicants.nothing", "There is no field"),
        ("steps.nowhere", "There is no field"),
        ("case.secret", "There is no field"),
        ("params.record_fee", "nothing that a party can see"),
        ("form.dag + 1", "nothing that a party can see"),
        ("form.", "nothing that a party can see"),
        ("everything", "nothing that a party can see"),
    ] {
        mutation((line, &format!("sees: [{path}, case.reference")), &format!("sees: [{path}"), sentence);
    }
    let good = "sees: [form.applicants.name, documents.deed, steps.order, messages, case.reference";
    let files = broken("land-mutation/service.yaml", line, good);
    assert_eq!(findings(MUTATION, &files), []);
}

#[test]
fn events_say_who_when_and_where() {
    const EVENT: &str = "  - {event: document, while: [rejected_papers], go: admit, clock: restart}";
    let with = |to: &str, sentence: &str| mutation((EVENT, to), to.trim_start(), sentence);
    with("  - {event: vote, while: [lapsed], go: admit}", "needs a later stage");
    with("  - {event: Objection, by: [seller]}", "is no id");
    with("  - {event: objection}", "nobody may raise `objection`");
    with("  - {event: objection, by: [stranger]}", "neither a party nor a role");
    with("  - {event: document, by: [seller], while: [order]}", "is raised by the engine");
    with("  - {event: document, while: [nowhere], go: admit}", "no step or end `nowhere`");
    with(
        "  - {event: document, while: [rejected_papers, order], go: admit, clock: restart}",
        "write an entry for each",
    );
    with("  - {event: document, while: [rejected_papers]}", "after an end an event leads somewhere");
    with("  - {event: document, while: [order], refuse: true, go: admit}", "what is refused leads nowhere");
    with("  - {event: document, while: [order], clock: restart, mark: again}", "its time begin anew");
    with("  - {event: document, while: [order], go: admit, do: [{issue: certificates/dcr}]}", "issued in a step");
    with("  - {event: document, while: [order], mark: decided}", "cannot be a mark");
    with("  - {event: document, while: [rejected_papers], go: admit}", "decided again");
    with("  - {event: objection, by: [seller], form: forms/none.schema.json}", "there is no file");
    with("  - {event: objection, by: [seller], when: 'event.words'}", "words");
    let second = "  - {event: objection, by: [seller], form: forms/survey.schema.json}";
    let both = format!("  - {{event: objection, by: [seller]}}\n{second}");
    mutation((EVENT, &both), second.trim_start(), "different forms");
}

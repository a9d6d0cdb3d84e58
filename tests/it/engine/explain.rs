//! A procedure as a civil servant reads it: whole, in each language, and no text becomes markup.

use guichet::engine::definition::{Country, Definition, Verb, compile};
use guichet::engine::explain::markdown;
use guichet::engine::texts::text_id;

use super::bench::{bench_files, kit};
use super::files;
use crate::support::process::run;
use crate::support::services;

fn text(def: &Definition, language: &str, id: &str) -> String {
    def.texts.format(language, id, None, &Default::default()).unwrap_or_else(|| panic!("no text {id}"))
}

#[test]
fn every_service_is_told_whole_in_each_of_its_languages() {
    let files = files();
    let country = Country::read(&files).expect("a country");
    for id in guichet::engine::check::services(&files) {
        let def = compile(&id, &files, &country).expect("it compiles");
        for language in &def.languages {
            let told = markdown(&def, &country, language);
            assert_eq!(told, markdown(&def, &country, language), "the same text twice");
            let mut wanted = vec![text(&def, language, "service")];
            wanted.extend(def.steps.keys().map(|step| text(&def, language, &text_id("step", step))));
            wanted.extend(def.ends.keys().map(|end| text(&def, language, &text_id("end", end))));
            wanted.extend(def.documents.keys().map(|d| text(&def, language, &text_id("document", d))));
            wanted.extend(def.remedies.keys().map(|r| text(&def, language, &text_id("remedy", r))));
            for step in def.steps.values() {
                let Verb::Task { role, .. } = &step.verb else { continue };
                wanted.extend(country.agencies.roles.get(role).and_then(|r| r.name.get(language)).cloned());
            }
            for words in wanted {
                assert!(told.contains(&words), "{id} in {language} lacks {words}");
            }
            for step in def.steps.values() {
                let (Verb::Task { form: Some(form), .. } | Verb::Ask { own: Some(form), .. }) = &step.verb else {
                    continue;
                };
                let fields = form.fields().iter().filter(|field| field.pointer.matches('/').count() == 1);
                for field in fields {
                    let label = text(&def, language, &text_id("field", &field.pointer));
                    assert!(told.contains(&label), "{id} in {language} lacks what a step states: {label}");
                }
            }
            // A civil servant reads durations and amounts in the language too.
            for english in [" days", " day", " hours", " months", " years", "since 20"] {
                let found = told.lines().find(|line| line.replace('`', "").contains(english));
                assert!(language == "en" || found.is_none(), "{id} in {language}: {found:?}");
            }
            for leaked in ["step-", "notice-", "end-", "reason-", "document-", "fee-", "party-", "{ $"] {
                let found = told.lines().find(|line| line.contains(leaked) && !line.contains('`'));
                assert_eq!(found, None, "{id} in {language} names a text by its id");
            }
        }
        let (first, last) = (&def.languages[0], &def.languages[def.languages.len() - 1]);
        assert!(first == last || markdown(&def, &country, first) != markdown(&def, &country, last));
    }
}

#[test]
fn guards_silence_and_acts_are_told_and_no_text_is_markup() {
    let kit = kit("
start: {by: [person], first: order, needs: []}
time_limit: {within: 10 working days, extend: {by: 5 working days, role: chief}}
steps:
  order:
    task: {role: clerk}
    within: 2 working days
    outcomes:
      on: [{when: 'form.size > 5', go: granted, decision: favourable}, papers]
      off: {go: refused, decision: adverse, reasons: [bad], final: s. 9, do: [{refund: entry}]}
  papers: {ask: {of: applicant, for: [documents]}, next: order, expires: {after: 9 days, go: lapsed}}
events: [{event: document, while: [refused], go: order, clock: restart}]
");
    let mut files = bench_files("");
    files.insert("bench/texts/en.ftl".into(), "x = y".into());
    let country = Country::read(&files).expect("a country");
    let told = markdown(&kit.def, &country, "en");
    for part in [
        "By Clerk. Within 2 working days.",
        "if `form.size > 5`: ",
        "(decided in favour)",
        "(final, by s. 9)",
        "After 9 days without an answer: ",
        "is paid back",
        "A document is added, while",
        "(the time limit begins anew)",
        "may extend this by 5 working days, at most so often: 1. Who may: Chief.",
        "for 10 years.",
    ] {
        assert!(told.contains(part), "{part} is not in\n{told}");
    }
    let mut marked = kit;
    marked.def.legal_basis.act = "*Act* <b>`1`</b> _x_\n# y".into();
    let told = markdown(&marked.def, &country, "en");
    assert!(told.contains("\\*Act\\* \\<b\\>\\`1\\`\\</b\\> \\_x\\_ \\# y"), "{told}");
}

#[test]
fn the_command_prints_them_and_only_where_all_is_in_order() {
    let folder = services().display().to_string();
    let said = |words: &[&str]| {
        let done = run(&[&["check", folder.as_str()], words].concat(), &[]);
        (done.status.success(), String::from_utf8_lossy(&done.stdout).into_owned())
    };
    let (well, drawn) = said(&["--diagram", "--service", "land-mutation"]);
    assert!(well && drawn.starts_with("```mermaid\nflowchart TD\n"), "{drawn}");
    let (well, told) = said(&["--explain", "--service", "residence-certificate", "--language", "bn"]);
    assert!(well && told.starts_with("# ") && !told.contains("Legal basis"), "{told}");
    assert!(!said(&["--explain", "--service", "nothing"]).0);
}

use super::{GUARD_MAX, escaped, mermaid, short};
use crate::engine::definition::{Country, Definition, Files, compile};

const SERVICE: &str = r#"
guichet: 1
id: moorings
version: "1"
kind: G2C
authority: harbour
languages: [en]
currency: EUR
legal_basis: {act: "Harbour Act", sections: ["1"]}
start: {by: [person], first: pay, needs: []}
time_limit: {within: 20 days}
fees: {berth: {items: {berth: params.berth}}}
steps:
  pay: {charge: {fee: berth}, next: look, expires: {after: 7 days, go: lapsed}}
  look:
    lookup: {register: berths, key: '"b1"', take: [length], purpose: mooring}
    outcomes: {done: judge, none: judge, down: {go: judge, also: [survey]}}
  survey: {task: {role: pilot}, next: done}
  judge:
    task: {role: master}
    expires: {after: 3 working days, as: grant}
    outcomes:
      grant: [{when: 'steps.look.found and steps.look.length > 12 and steps.look.length < 1000000', go: fork}, fork]
      deny: {go: denied, decision: adverse, reasons: [full]}
      more_facts: papers
  papers: {ask: {of: applicant, for: [documents]}, clock: stands, next: judge, expires: {after: params.patience, go: lapsed}}
  fork: {next: [{when: 'today > date("2026-01-01")', go: note}, granted]}
  note: {do: [{tell: {who: applicant, text: granted}}], next: granted}
ends: {granted: favourable, denied: adverse, lapsed: neutral}
reasons: {full: "s. 1"}
remedies: {appeal: {against: [judge], service: harbour-appeal, within: 30 days, levels: [{role: master}], then: {set_aside: judge}}}
"#;
const TEXTS: &str = "service = A \"mooring\" | <b>#1</b>
step-pay = Fee
step-judge = Judgment
    .grant = Granted
    .deny = Denied
    .more-facts = More facts
fee-berth = Berth fee
";
const REGISTER: &str = "owner: harbour
key: berth
schema: {type: object, properties: {length: {type: number}}, additionalProperties: false}
";
const AGENCIES: &str = "authorities:
  harbour: {name: {en: Harbour}, time_zone: Europe/Lisbon, calendar: port, main_office: quay}
offices:
  quay: {authority: harbour, name: {en: Quay}, roles: [master, pilot]}
roles:
  master: {name: {en: Master}}
  pilot: {name: {en: Pilot}}
";

fn moorings() -> Definition {
    let calendar = "from: 2020-01-01\nuntil: 2030-12-31\nweekend: [saturday, sunday]\nholidays: []\n";
    let params = "berth: {unit: EUR, values: [{from: 2020-01-01, value: 20, basis: \"Tariff\"}]}
patience:
  values:
    - {from: 2020-01-01, value: 2 weeks, basis: \"Rule 1\"}
    - {from: 2024-01-01, value: 3 weeks, basis: \"Rule 2\"}
";
    let files = [
        ("_agencies/agencies.yaml", AGENCIES),
        ("_calendar/port.yaml", calendar),
        ("moorings/service.yaml", SERVICE),
        ("moorings/params.yaml", params),
        ("moorings/registers/berths.yaml", REGISTER),
        ("moorings/texts/en.ftl", TEXTS),
    ];
    let files: Files = files.into_iter().map(|(path, text)| (path.to_owned(), text.to_owned())).collect();
    let country = Country::read(&files).expect("the agencies are in order");
    compile("moorings", &files, &country).unwrap_or_else(|found| panic!("{found:#?}"))
}

#[test]
fn each_verb_has_its_shape_and_each_arrow_its_line() {
    let drawn = mermaid(&moorings(), "en");
    for wanted in [
        "s_pay{{\"Fee<br/>Berth fee\"}}",
        "s_look[(\"step-look<br/>berths\")]",
        "s_judge[\"Judgment<br/>master\"]",
        "s_papers[/\"step-papers<br/>applicant\"/]",
        "s_fork{\"step-fork\"}",
        "s_note[[\"step-note\"]]",
        "start --> s_pay",
        "s_pay --> s_look",
        "s_pay -.->|\"7 days\"| e_lapsed",
        "s_look -->|\"done / none / down\"| s_judge",
        "s_look ==>|\"down\"| s_survey",
        "s_survey --> beside",
        "s_papers -.->|\"3 weeks\"| e_lapsed",
        "s_judge -->|\"Granted\"| s_fork",
        "s_judge -.->|\"3 working days\"| s_fork",
        "s_judge -->|\"Denied\"| e_denied",
        "s_judge -->|\"More facts\"| s_papers",
        "s_fork -->|\"[today #62; date(#34;2026-01-01#34;)]\"| s_note",
        "r_appeal[[\"remedy-appeal\"]]",
        "r_appeal --o|\"set_aside\"| s_judge",
        "class e_granted favourable",
        "class e_denied adverse",
        "class s_papers stands",
    ] {
        assert!(drawn.lines().any(|l| l.trim() == wanted), "{wanted} is missing in\n{drawn}");
    }
}

#[test]
fn texts_do_not_become_markup() {
    let drawn = mermaid(&moorings(), "en");
    assert!(drawn.contains("start([\"A #34;mooring#34; #124; #60;b#62;#35;1#60;/b#62;\"])"), "{drawn}");
    assert_eq!(escaped("%%{init}%%\n`x`"), "#37;#37;{init}#37;#37; #96;x#96;");
}

#[test]
fn the_same_definition_gives_the_same_picture() {
    assert_eq!(mermaid(&moorings(), "en"), mermaid(&moorings(), "en"));
}

#[test]
fn a_long_guard_is_cut_at_a_word() {
    let cut = short(&"steps.look.length > 12 and\n   ".repeat(5));
    assert!(cut.ends_with(" …") && cut.chars().count() <= GUARD_MAX + 2 && !cut.contains('\n'), "{cut}");
    assert_eq!(short("a  =\n b"), "a = b");
}

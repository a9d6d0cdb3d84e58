//! What a case hears of, over HTTP: messages of its parties, the ends of other cases, and from a register who its parties are.

use std::path::Path;

use guichet::kernel::clock::machine_now;
use serde_json::{Value, json};

use crate::support::definitions::copy;
use crate::support::residence::{CLERK, NEWCOMER};
use crate::support::{TestApp, empty_database_url};

const SERVICE: &str = r#"
guichet: 1
id: file-watch
version: "2026.1"
kind: G2C
authority: municipality
languages: [en]
legal_basis: {act: "Local Government Act 2009", sections: ["12"]}
start: {by: [person], first: look, needs: [form]}
steps:
  look:
    task: {role: clerk}
    next:
      go: over
      do: [{tell: {who: public, text: looked}}, {tell: {who: land-administration, text: looked}}, {tell: {who: applicant, text: looked}}]
  talk: {task: {role: clerk}, next: look}
  again: {task: {role: clerk}, next: look}
events:
  - {event: message, while: [look], when: 'event.party = "applicant"', go: talk}
  - {event: cases.residence-certificate.refused, key: form.file, while: [look, talk], when: 'record.result = "adverse"', go: again}
ends: {over: neutral}
"#;
const FORM: &str = r#"{"type": "object", "required": ["file"], "additionalProperties": false,
    "properties": {"file": {"type": "string", "minLength": 1, "maxLength": 40}}}"#;
const TEXTS: &str = "
service = Watch over a file
service-description = Tells what becomes of a file.
party-applicant = Applicant
field-file = File
step-look = Look
    .done = Done
step-talk = Talk
    .done = Done
step-again = Look again
    .done = Done
event-cases-residence-certificate-refused = The certificate was refused
end-over = Over
notice-looked = The file { $reference } was looked at by { $office }.
    .subject = Looked at
";

fn write(service: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let file = service.join(name);
        std::fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        std::fs::write(file, text).expect("written");
    }
}

async fn open(app: &TestApp, who: &str, path: &str) -> Vec<String> {
    let view = app.get(who, path).await.expect(200).json;
    let steps = view["steps"].as_array().cloned().unwrap_or_default();
    steps.iter().map(|s| s["id"].as_str().unwrap_or_default().to_owned()).collect()
}

#[actix_web::test]
async fn a_case_hears_what_its_party_writes_and_how_another_case_ended() {
    let folder = copy("hearing");
    let files = [("service.yaml", SERVICE), ("form.schema.json", FORM), ("texts/en.ftl", TEXTS)];
    write(&folder.join("file-watch"), &files);
    let services = folder.to_str().expect("a path").to_owned();
    let app = TestApp::on(empty_database_url(), &[("GUICHET_SERVICES", &services)], machine_now()).await;
    let (other, unheard) = (app.residence(NEWCOMER).await, app.residence(NEWCOMER).await);
    let watch = async |who: &str, file: &str| {
        let body = json!({"service": "file-watch", "submit": true, "form": {"file": file}});
        app.post(who, "/v1/cases", &body).await.expect(201).header("location").to_owned()
    };
    let (case, stranger) = (watch(NEWCOMER, &other.reference).await, watch(NEWCOMER, "RC-26-0000-0000-0").await);
    // Who knows the reference from a letter is told nothing.
    let nosy = watch("rahim", &other.reference).await;
    let until = async |path: &str, step: &str| {
        app.until(&format!("{step} is open"), async || (open(&app, NEWCOMER, path).await == [step]).then_some(()))
            .await;
    };

    // The office's own words are no message of a party.
    app.post(CLERK, &format!("{case}/messages"), &json!({"body": "We look into it."})).await.expect(201);
    app.all_done().await;
    assert_eq!(open(&app, NEWCOMER, &case).await, ["look"]);
    app.post(NEWCOMER, &format!("{case}/messages"), &json!({"body": "I wait."})).await.expect(201);
    until(&case, "talk").await;
    assert_eq!(open(&app, NEWCOMER, &stranger).await, ["look"], "another case");

    let refuse = json!({"outcome": "refuse", "reasons": ["not_resident"], "grounds": "Not in the register."});
    for filed in [&unheard, &other] {
        let task = app.task_of(CLERK, filed).await;
        app.post(CLERK, &format!("/v1/tasks/{task}/claim"), &json!({})).await.expect(200);
        app.post(CLERK, &format!("/v1/tasks/{task}/completion"), &refuse).await.expect(200);
    }
    until(&case, "again").await;
    app.all_done().await;
    assert_eq!(open(&app, NEWCOMER, &stranger).await, ["look"]);
    assert_eq!(open(&app, "rahim", &nosy).await, ["look"], "it is none of his cases");
    let told = "SELECT count(*) FROM case_events WHERE kind = 'happened'";
    assert_eq!(app.count(told).await, 2, "once each, and by no case that it does not concern");
    // Of the other case nothing was read but its end: that is no read of a register.
    let read = "SELECT count(*) FROM audit_entries WHERE action = 'register.read' AND purpose = 'hearing'";
    assert_eq!(app.count(read).await, 0);
    let heard = "SELECT count(*) FROM audit_entries WHERE action = 'case.hear' AND outcome = 'done'";
    assert_eq!(app.count(heard).await, 2);
    let events = app.get(NEWCOMER, &format!("{case}/events")).await.expect(200).json;
    let events: Vec<&Value> = events["items"].as_array().into_iter().flatten().collect();
    assert!(!events.iter().any(|e| e["details"]["event"] == "message"), "who wrote is a side's own affair: {events:?}");
    assert!(
        events.iter().any(|e| e["details"]["event"] == "cases.residence-certificate.refused"),
        "the applicant sees that it was heard of: {events:?}"
    );
    std::fs::remove_dir_all(folder).expect("removed");
}

#[actix_web::test]
async fn whoever_is_asked_for_a_letter_answers_by_writing() {
    let folder = copy("asked-to-write");
    let write_first =
        "  write: {ask: {of: applicant, for: [message]}, next: look, expires: {after: 9 days, go: over}}\n  look:";
    let service = SERVICE.replace("first: look", "first: write").replace("  look:", write_first);
    let texts = format!("{TEXTS}step-write = Write to us\n");
    let files = [("service.yaml", service.as_str()), ("form.schema.json", FORM), ("texts/en.ftl", &texts)];
    write(&folder.join("file-watch"), &files);
    let services = folder.to_str().expect("a path").to_owned();
    let app = TestApp::on(empty_database_url(), &[("GUICHET_SERVICES", &services)], machine_now()).await;
    let body = json!({"service": "file-watch", "submit": true, "form": {"file": "F-1"}});
    let case = app.post(NEWCOMER, "/v1/cases", &body).await.expect(201).header("location").to_owned();
    let view = app.get(NEWCOMER, &case).await.expect(200).json;
    let action =
        &view["actions"].as_array().expect("a list").iter().find(|a| a["step"] == "write").expect("one").clone();
    assert_eq!((&action["action"], &action["method"]), (&json!("write"), &json!("POST")), "{view}");
    let task = action["task"].as_str().expect("a task");
    let said = app.post(NEWCOMER, &format!("/v1/tasks/{task}/completion"), &json!({})).await;
    assert_eq!(said.faults(), [("/message".into(), "required".into())]);
    // The office's own words answer nothing.
    app.post(CLERK, &format!("{case}/messages"), &json!({"body": "We wait."})).await;
    let letter = json!({"body": "My file is the blue one."});
    app.post(NEWCOMER, action["href"].as_str().expect("a path"), &letter).await.expect(201);
    app.until("the step is answered", async || (open(&app, NEWCOMER, &case).await == ["look"]).then_some(())).await;
    app.all_done().await;
    assert_eq!(open(&app, NEWCOMER, &case).await, ["look"], "what was written before is no news for the next step");
    std::fs::remove_dir_all(folder).expect("removed");
}

#[actix_web::test]
async fn the_public_and_an_authority_are_told() {
    let folder = copy("told");
    let files = [("service.yaml", SERVICE), ("form.schema.json", FORM), ("texts/en.ftl", TEXTS)];
    write(&folder.join("file-watch"), &files);
    let services = folder.to_str().expect("a path").to_owned();
    let app = TestApp::on(empty_database_url(), &[("GUICHET_SERVICES", &services)], machine_now()).await;
    let mut cases = Vec::new();
    for _ in 0..2 {
        let body = json!({"service": "file-watch", "submit": true, "form": {"file": "x"}});
        cases.push(app.post("rahim", "/v1/cases", &body).await.expect(201).json);
    }
    let board = async |query: &str| app.request("GET", &format!("/v1/notices{query}")).send().await.expect(200);
    assert_eq!(board("").await.json["items"], json!([]));
    for case in &cases {
        let tasks = app.get(CLERK, "/v1/tasks").await.expect(200).json;
        let task = tasks["items"].as_array().into_iter().flatten().find(|t| t["case"] == case["id"]).expect("a task");
        let task = format!("/v1/tasks/{}", task["id"].as_str().expect("an id"));
        app.post(CLERK, &format!("{task}/claim"), &json!({})).await.expect(200);
        app.post(CLERK, &format!("{task}/completion"), &json!({})).await.expect(200);
        let first = case["reference"].as_str().expect("a reference").to_owned();
        let shown = async || {
            let items = board("").await.json["items"].clone();
            items[0]["body"].as_str().is_some_and(|body| body.contains(&first)).then_some(())
        };
        app.until("it is on the board", shown).await;
    }
    // Newest first, a page at a time, by service and office; nobody's name.
    let page = board("?limit=1&service=file-watch&office=town_hall").await;
    let notice = &page.json["items"][0];
    assert_eq!((&notice["about"], &notice["subject"]), (&json!("looked"), &json!("Looked at")));
    assert_eq!(notice["service"]["title"], "Watch over a file");
    assert!(!page.json.to_string().contains("Rahim"), "{}", page.json);
    let next = page.header("link").split(['<', '>']).nth(1).expect("a next page").to_owned();
    let older = app.request("GET", &next).send().await.expect(200).json;
    assert!(
        older["items"][0]["body"].as_str().is_some_and(|b| b.contains(cases[0]["reference"].as_str().expect("one")))
    );
    for nothing in ["?service=trade-licence", "?office=sadar", "?service=file-watch&office=sadar"] {
        assert_eq!(board(nothing).await.json["items"], json!([]), "{nothing}");
    }
    // Told again it stays one; whoever has a post in the authority's main office finds it in the box.
    app.all_done().await;
    assert_eq!(app.count("SELECT count(*) FROM public_notices").await, 2);
    let told = "SELECT count(DISTINCT m.person) FROM messages m JOIN posts s ON s.person = m.person \
        JOIN authorities a ON a.id = s.authority WHERE m.about = 'looked' AND a.id = 'land-administration'";
    let posts = "SELECT count(DISTINCT s.person) FROM posts s WHERE s.authority = 'land-administration' AND s.office = \
        (SELECT main_office FROM authorities WHERE id = 'land-administration')";
    let expected = app.count(posts).await;
    assert!(expected > 0, "somebody is there");
    assert_eq!(app.count(told).await, expected);
    std::fs::remove_dir_all(folder).expect("removed");
}

const CONSENT: &str = r#"
guichet: 1
id: holders-consent
version: "2026.1"
kind: G2C
authority: land-administration
languages: [en]
legal_basis: {act: "State Acquisition and Tenancy Act 1950", sections: ["117"]}
start: {by: [person], first: look, needs: [form]}
parties:
  holder: {from: steps.look.holders, many: true, sees: [case.status, form], may: [message]}
steps:
  look:
    lookup: {register: khatians, key: form.file, take: [holders], purpose: consent}
    outcomes: {done: sign, none: correct, down: correct}
  correct: {ask: {of: applicant, for: [form.file]}, next: look, expires: {after: 9 days, go: over}}
  sign: {ask: {of: holder, for: [signature], need: all}, next: over, expires: {after: 9 days, go: over}}
ends: {over: neutral}
"#;
const CONSENT_TEXTS: &str = "
service = Consent of the holders
service-description = All holders agree.
party-applicant = Applicant
party-holder = Holder
field-file = Khatian
step-look = Look-up
step-correct = Another khatian
step-sign = Agreement
end-over = Over
";

#[actix_web::test]
async fn a_register_says_who_the_parties_are() {
    let folder = copy("learned");
    let register = std::fs::read_to_string(folder.join("land-mutation/registers/khatians.yaml")).expect("a register");
    let files = [
        ("service.yaml", CONSENT),
        ("form.schema.json", FORM),
        ("texts/en.ftl", CONSENT_TEXTS),
        ("registers/khatians.yaml", &register),
    ];
    write(&folder.join("holders-consent"), &files);
    let services = folder.to_str().expect("a path").to_owned();
    let app = TestApp::on(empty_database_url(), &[("GUICHET_SERVICES", &services)], machine_now()).await;
    let body = json!({"service": "holders-consent", "submit": true, "form": {"file": "BRS-45-99"}});
    let case = app.post("rahim", "/v1/cases", &body).await.expect(201).header("location").to_owned();
    assert_eq!(open(&app, "rahim", &case).await, ["correct"], "there is no such record");
    let roles = "SELECT string_agg(role, ' ' ORDER BY role, ordinal) AS word FROM case_parties";
    assert_eq!(app.text(roles).await.as_deref(), Some("applicant"));
    app.get("jamal", &case).await.expect(404);

    let answer = async |who: &str, body: Value| {
        let view = app.get(who, &case).await.expect(200).json;
        let actions = view["actions"].as_array().cloned().unwrap_or_default();
        let asked = actions.into_iter().find(|a| a["action"] == "complete").unwrap_or_else(|| panic!("{who}: {view}"));
        let signature = asked["signature"].clone();
        let body = if signature.is_null() { body } else { json!({"signature": signature}) };
        app.post(who, asked["href"].as_str().expect("an address"), &body).await
    };
    answer("rahim", json!({"form": {"file": "BRS-45-14"}})).await.expect(200);
    assert_eq!(open(&app, "rahim", &case).await, ["sign"]);
    assert_eq!(app.text(roles).await.as_deref(), Some("applicant holder holder"));
    app.get("karim", &case).await.expect(404);
    // Both holders are told that they are asked, see what they may, and sign.
    for holder in ["jamal", "fatema"] {
        let told = async || {
            let messages = app.get(holder, "/v1/me/messages").await.expect(200).json;
            messages["items"].as_array().is_some_and(|items| !items.is_empty()).then_some(())
        };
        app.until("the holder is told", told).await;
        let view = app.get(holder, &case).await.expect(200).json;
        assert_eq!(view["excerpt"]["form"]["file"], "BRS-45-14");
        assert_eq!(view["excerpt"]["parties"], Value::Null, "not who the others are");
        answer(holder, json!({})).await.expect(200);
    }
    let view = app.get("rahim", &case).await.expect(200).json;
    assert_eq!(view["end"]["id"], "over");
    let read = "SELECT count(*) FROM audit_entries WHERE action = 'register.read' AND purpose = 'consent'";
    assert_eq!(app.count(read).await, 2, "each time that the register was asked");
    std::fs::remove_dir_all(folder).expect("removed");
}

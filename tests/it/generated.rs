//! A service that nobody has seen before, with agencies, people, ids and names drawn at random, runs like any other:
//! nothing in the product knows what a service is about.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use guichet::kernel::random;
use serde_json::{Value, json};

use crate::support::{TestApp, at, empty_database_url};

/// Everything that has a name in the service.
const NAMES: usize = 27;

/// Different words of four syllables: no word of the expression language is built like that.
fn words() -> Vec<String> {
    const CONSONANTS: &[u8] = b"bdfgklmnprstvz";
    const VOWELS: &[u8] = b"aeiou";
    let mut drawn: Vec<String> = Vec::new();
    while drawn.len() < NAMES {
        let letter = |(at, byte): (usize, &u8)| {
            let from = if at % 2 == 0 { CONSONANTS } else { VOWELS };
            char::from(from[usize::from(*byte) % from.len()])
        };
        let word: String = random::bytes::<8>().iter().enumerate().map(letter).collect();
        if !drawn.contains(&word) {
            drawn.push(word);
        }
    }
    drawn
}

/// The service, by what its words stand for.
struct Generated {
    folder: PathBuf,
    service: String,
    citizen: String,
    officer: String,
    office: String,
    ask: String,
    charge: String,
    task: String,
    granted: String,
    refused: String,
    lapsed: String,
    grant: String,
    number: String,
    choice: String,
    finding: String,
    fee: String,
    certificate: String,
    register: String,
    enter: String,
    kept: String,
}

fn write(folder: &Path, path: &str, text: &str) {
    let file = folder.join(path);
    std::fs::create_dir_all(file.parent().expect("it stands in a folder")).expect("the folder is made");
    std::fs::write(file, text).expect("the file is written");
}

fn generate() -> Generated {
    let mut words = words().into_iter();
    let mut word = || words.next().expect("there are enough words");
    let folder = std::env::temp_dir().join(format!("guichet-generated-{}", random::uuid()));
    let (authority, calendar, role, param, reason, item, deny) =
        (word(), word(), word(), word(), word(), word(), word());
    let service = Generated {
        folder,
        service: word(),
        citizen: word(),
        officer: word(),
        office: word(),
        ask: word(),
        charge: word(),
        task: word(),
        granted: word(),
        refused: word(),
        lapsed: word(),
        grant: word(),
        number: word(),
        choice: word(),
        finding: word(),
        fee: word(),
        certificate: word(),
        register: word(),
        enter: word(),
        kept: word(),
    };
    let Generated { folder, office, officer, citizen, .. } = &service;
    write(
        folder,
        &format!("_calendar/{calendar}.yaml"),
        "from: 2025-01-01\nuntil: 2028-12-31\nweekend: [saturday, sunday]\nholidays: []\n",
    );
    let agencies = format!(
        "authorities:\n  {authority}: {{name: {{en: Authority}}, time_zone: Europe/Lisbon, calendar: {calendar}, main_office: {office}}}\n\
         offices:\n  {office}: {{authority: {authority}, name: {{en: Office}}, roles: [{role}]}}\n\
         roles:\n  {role}: {{name: {{en: Role}}}}\n"
    );
    write(folder, "_agencies/agencies.yaml", &agencies);
    let person = |name: &str, id: &str| {
        format!(
            "  {name}: {{name: [{{script: Latn, full: Some Body}}], identifiers: [{{type: national-id, value: \"{id}\"}}], language: en, birth_date: 1980-01-01}}\n"
        )
    };
    let people = format!(
        "people:\n{}{}staff:\n  {officer}: [{{role: {role}, office: {office}}}]\n",
        person(citizen, "990001"),
        person(officer, "990002")
    );
    write(folder, "_demo/people.yaml", &people);
    definition(&service, &authority, &role, &param, &reason, &item, &deny);
    service
}

fn definition(g: &Generated, authority: &str, role: &str, param: &str, reason: &str, item: &str, deny: &str) {
    let Generated { service, ask, charge, task, granted, refused, lapsed, grant, number, choice, finding, fee, .. } = g;
    let (certificate, register, kept, enter) = (&g.certificate, &g.register, &g.kept, &g.enter);
    let yaml = format!(
        "guichet: 1\nid: {service}\nversion: \"1\"\nkind: G2C\nauthority: {authority}\nlanguages: [en]\ncurrency: EUR\nreference: XQ\n\
         legal_basis: {{act: An Act, sections: [\"1\"]}}\n\
         start: {{by: [person], first: {ask}, needs: []}}\n\
         time_limit: {{within: 20 working days}}\n\
         fees:\n  {fee}:\n    items:\n      {item}: 'params.{param} * form.{number}'\n\
         steps:\n\
         \x20 {ask}:\n    ask: {{of: applicant, for: [form]}}\n    next: {charge}\n    expires: {{after: 9 days, go: {lapsed}}}\n\
         \x20 {charge}:\n    charge: {{fee: {fee}}}\n    next: {task}\n    expires: {{after: 9 days, go: {lapsed}}}\n\
         \x20 {task}:\n    task: {{role: {role}, form: forms/{task}.schema.json}}\n    within: 3 working days\n    outcomes:\n\
         \x20     {grant}: {{go: {enter}, decision: favourable, when: 'form.{number} <= 9'}}\n\
         \x20     {deny}: {{go: {refused}, decision: adverse, reasons: [{reason}], final: \"s. 9\"}}\n\
         \x20 {enter}:\n    do:\n\
         \x20     - record: {{register: {register}, new: true, change: made, set: {{{kept}: form.{number}, {choice}: form.{choice}, {finding}: steps.{task}.{finding}}}}}\n\
         \x20     - issue: certificates/{certificate}\n\
         \x20   outcomes: {{done: {granted}, conflict: {task}}}\n\
         ends: {{{granted}: favourable, {refused}: adverse, {lapsed}: neutral}}\n\
         reasons: {{{reason}: \"s. 1\"}}\n\
         notices: {{about: [submitted, decided]}}\nretention: {{years: 3}}\n"
    );
    let at = |path: &str| format!("{service}/{path}");
    write(&g.folder, &at("service.yaml"), &yaml);
    write(
        &g.folder,
        &at("params.yaml"),
        &format!("{param}:\n  unit: EUR\n  values:\n    - {{from: 2020-01-01, value: 2.50, basis: A tariff}}\n"),
    );
    let schema = |properties: Value| {
        let required: Vec<String> = properties.as_object().map(|p| p.keys().cloned().collect()).unwrap_or_default();
        json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A form", "type": "object",
            "required": required, "additionalProperties": false, "properties": properties})
    };
    let form = schema(
        json!({number: {"type": "integer", "minimum": 1, "maximum": 99}, choice: {"type": "string", "maxLength": 40}}),
    );
    write(&g.folder, &at("form.schema.json"), &form.to_string());
    let report = schema(json!({finding: {"type": "boolean"}}));
    write(&g.folder, &at(&format!("forms/{task}.schema.json")), &report.to_string());
    let record = schema(json!({kept: {"type": "integer"}, choice: {"type": "string"}, finding: {"type": "boolean"}}));
    let mut record = record;
    record["properties"]["number"] = json!({"type": "string"});
    let keeps = format!("owner: {authority}\nkey: number\nnumber: \"N-{{year}}-{{0001}}\"\nschema: {record}\n");
    write(&g.folder, &at(&format!("registers/{register}.yaml")), &keeps);
    let page = format!(
        "{{# guichet: {{\"kind_text\": \"certificate-{certificate}\", \"public\": [\"form.{number}\", \"steps.{enter}.number\"]}} #}}\n\
         <section lang=\"{{{{ lang }}}}\"><h1>{{{{ t(\"certificate-{certificate}\") }}}}</h1>\n\
         <p>{{{{ form.{choice} }}}} {{{{ steps.{enter}.number }}}}</p><div>{{{{ qr }}}}</div><p>{{{{ certificate.url }}}}</p></section>\n"
    );
    write(&g.folder, &at(&format!("certificates/{certificate}.html")), &page);
    let texts = format!(
        "service = A service\nservice-description = It does something.\nparty-applicant = Applicant\n\
         step-{ask} = A form\nstep-{charge} = A fee\nstep-{task} = A look\n    .{grant} = Grant\n    .{deny} = Deny\nstep-{enter} = An entry\n\
         end-{granted} = Granted\nend-{refused} = Refused\nend-{lapsed} = Lapsed\nend-withdrawn = Withdrawn\nreason-{reason} = A reason\n\
         fee-{fee} = A fee\n    .{item} = An item\nfield-{number} = A number\nfield-number = Its number\nfield-{choice} = A word\nfield-{finding} = A finding\n\
         register-{register} = A register\ncertificate-{certificate} = A certificate\n\
         notice-submitted = Received: {{ $reference }}\n    .subject = Received\n\
         notice-decided = Decided: {{ $reference }}\n    .subject = Decided\n\
         notice-payment-returned = Back: {{ $reference }}\n    .subject = Back\n"
    );
    write(&g.folder, &at("texts/en.ftl"), &texts);
}

async fn completed(app: &TestApp, name: &str, view: &Value, step: &str, body: &Value) -> Value {
    let steps = view["steps"].as_array().cloned().unwrap_or_default();
    let open = steps.iter().find(|s| s["id"] == step).unwrap_or_else(|| panic!("{step} is not open: {view}"));
    let task = format!("/v1/tasks/{}", open["task"].as_str().unwrap_or_default());
    if open["kind"] == "task" {
        app.post(name, &format!("{task}/claim"), &json!({})).await.expect(200);
    }
    let done = app.post(name, &format!("{task}/completion"), body).await;
    assert!(matches!(done.status, 200 | 204), "{step}: {}", String::from_utf8_lossy(&done.bytes));
    done.json
}

#[actix_web::test]
async fn a_service_of_random_names_is_played_through_to_its_certificate() {
    let g = generate();
    let folder = g.folder.display().to_string();
    let monday = at("2026-08-03T10:00:00+01:00");
    let app = TestApp::on(empty_database_url(), &[("GUICHET_SERVICES", &folder)], monday).await;

    let offered = app.request("GET", "/v1/services").send().await.expect(200).json;
    assert_eq!(offered["items"][0]["id"], g.service.as_str());
    let opened = app.post(&g.citizen, "/v1/cases", &json!({"service": g.service, "submit": true})).await.expect(201);
    let (path, view) = (opened.header("location").to_owned(), opened.json);
    assert!(view["reference"].as_str().is_some_and(|r| r.starts_with("XQ-26-")), "{view}");
    assert_eq!(view["office"]["id"], g.office.as_str());
    let bad = json!({"form": {&g.number: 100, "surplus": 1}});
    let task = format!("/v1/tasks/{}/completion", view["steps"][0]["task"].as_str().unwrap_or_default());
    let faults = app.post(&g.citizen, &task, &bad).await.expect(422).faults();
    let pointers: BTreeSet<String> = faults.into_iter().map(|(pointer, _)| pointer).collect();
    let expected = [format!("/form/{}", g.choice), format!("/form/{}", g.number), "/form/surplus".to_owned()];
    assert_eq!(pointers, expected.into_iter().collect());
    let form = json!({&g.number: 4, &g.choice: "Amarillo"});
    completed(&app, &g.citizen, &view, &g.ask, &json!({"form": form})).await;

    let fees = app.get(&g.citizen, &format!("{path}/fees")).await.expect(200).json;
    assert_eq!(fees["items"][0]["fee"]["id"], g.fee.as_str());
    assert_eq!(fees["items"][0]["amount"], json!({"amount": "10.00", "currency": "EUR"}));
    app.post(&g.citizen, fees["items"][0]["pay"].as_str().expect("it is due"), &json!({})).await.expect(202);
    let view = app
        .until("the fee is paid", async || {
            let view = app.get(&g.citizen, &path).await.expect(200).json;
            (view["steps"][0]["id"] == g.task.as_str()).then_some(view)
        })
        .await;
    let body = json!({"outcome": g.grant, "answers": {&g.finding: true}});
    completed(&app, &g.officer, &view, &g.task, &body).await;

    let view = app.get(&g.citizen, &path).await.expect(200).json;
    assert_eq!((view["end"]["id"].as_str(), view["decision"].as_str()), (Some(g.granted.as_str()), Some("favourable")));
    assert_ne!(view["end"]["id"], g.refused.as_str());
    let code = view["certificates"][0]["code"].as_str().expect("a certificate").to_owned();
    let known = app.request("GET", &format!("/v1/certificates/{code}")).send().await.expect(200).json;
    assert_eq!((known["state"].as_str(), known["kind"].as_str()), (Some("valid"), Some("A certificate")));
    let values: Vec<Value> = known["fields"].as_array().expect("fields").iter().map(|f| f["value"].clone()).collect();
    assert_eq!(values, [json!(4), json!("N-2026-0001")]);
    let html = app.get(&g.citizen, &format!("/v1/certificates/{code}/document")).await.expect(200);
    let html = String::from_utf8_lossy(&html.bytes).into_owned();
    assert!(html.contains("Amarillo N-2026-0001") && html.contains("<svg"), "{html}");
    let record = format!("SELECT record::text AS word FROM register_records WHERE register = '{}'", g.register);
    let record: Value = serde_json::from_str(&app.text(&record).await.expect("a record")).expect("JSON");
    assert_eq!(record, json!({&g.kept: 4, &g.choice: "Amarillo", &g.finding: true}));
    std::fs::remove_dir_all(&g.folder).expect("the folder is swept");
}

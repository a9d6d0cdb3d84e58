//! A service of the tests' own, in a folder of its own: the owner of a plot has its boundary fixed. The neighbour is
//! asked for consent and a paper, then for half of the cost; a clerk decides, and the head may send it back to be decided
//! anew. Nothing of it stands in `services/`.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::{TestApp, at, empty_database_url};

pub const OWNER: &str = "olga";
pub const NEIGHBOUR: &str = "nuno";
pub const CLERK: &str = "carla";
pub const HEAD: &str = "hugo";
/// Files for others at the counter.
pub const HELPER: &str = "heda";

const SERVICE: &str = r#"guichet: 1
id: boundary
version: "1"
kind: G2C
authority: survey
languages: [en]
currency: EUR
reference: BD
legal_basis: {act: An Act, sections: ["1"]}
start: {by: [person], first: consent, needs: [form], helper: counter}
parties:
  applicant: {is: person, from: form.owner}
  neighbour:
    is: person
    from: form.neighbour
    sees: [SEES]
    may: [MAY]
documents:
  consent: {types: [application/pdf]}
  map: {required: false, types: [application/pdf]}
fees:
  half: {items: {half: params.half}}
steps:
  consent:
    ask: {of: neighbour, for: [documents], form: forms/consent.schema.json}
    next: share
    expires: {after: 30 days, go: lapsed}
  share: {charge: {fee: half, of: neighbour}, next: look, expires: {after: 30 days, go: lapsed}}
  look:
    task: {role: clerk}
    outcomes:
      fix: {go: review, decision: favourable}
      leave: {go: review, decision: adverse, reasons: [unclear]}
  review:
    task: {role: head, not_by: [look]}
    outcomes: {again: look, close: closed}
ends: {closed: neutral, lapsed: neutral}
reasons: {unclear: "s. 2"}
remedies: {objection: {against: [look], within: 30 days, levels: [{role: head}]}}
"#;

const AGENCIES: &str = "authorities:\n  survey: {name: {en: Survey}, time_zone: Europe/Lisbon, calendar: plain, main_office: field_office}\n\
offices:\n  field_office: {authority: survey, name: {en: Field office}, roles: [clerk, head, counter]}\n\
roles:\n  clerk: {name: {en: Clerk}}\n  head: {name: {en: Head}}\n  counter: {name: {en: Counter}}\n";

const STAFF: &str = "staff:\n  carla: [{role: clerk, office: field_office}]\n  \
hugo: [{role: head, office: field_office}, {role: clerk, office: field_office}]\n  heda: [{role: counter, office: field_office}]\n";

/// Names and numbers of everybody.
const PEOPLE: [(&str, &str); 6] = [
    (OWNER, "990001"),
    (NEIGHBOUR, "990002"),
    (CLERK, "990003"),
    (HEAD, "990004"),
    (HELPER, "990005"),
    ("sara", "990006"),
];

const NOTICES: [&str; 10] = [
    "submitted",
    "step",
    "due-soon",
    "decided",
    "issued",
    "revoked",
    "message",
    "closed",
    "document-refused",
    "payment-returned",
];

/// Members of a person on a form.
const PERSON: [&str; 13] = [
    "",
    "-name",
    "-identifier",
    "-identifier-type",
    "-identifier-value",
    "-birth-date",
    "-sex",
    "-phone",
    "-email",
    "-share",
    "-address",
    "-address-lines",
    "-address-area",
];

/// The definition, swept with the test.
pub struct Folder(pub PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn texts() -> String {
    let mut texts = "service = Boundary\nservice-description = It is fixed.\nparty-applicant = Owner\nparty-neighbour = Neighbour\n\
        step-consent = Consent\nstep-share = Share\nstep-look = Look\n    .fix = Fix\n    .leave = Leave\n\
        step-review = Review\n    .again = Again\n    .close = Close\nend-closed = Closed\nend-lapsed = Lapsed\nend-withdrawn = Withdrawn\n\
        reason-unclear = Unclear\nremedy-objection = Objection\nfee-half = Half\n    .half = Half\ndocument-consent = Consent\ndocument-map = Map\n\
        field-plots = Plots\nfield-plots-dag = Number\nfield-plots-price = Price\nfield-agreed = Agreed\n"
        .to_owned();
    for party in ["owner", "neighbour"] {
        texts.extend(PERSON.iter().map(|member| format!("field-{party}{member} = A field\n")));
        texts.push_str(&format!("field-{party}-address-postcode = A field\n"));
    }
    texts.extend(
        NOTICES
            .iter()
            .map(|about| format!("notice-{about} = {{ $reference }} {{ $outcome }}\n    .subject = {about}\n")),
    );
    texts
}

/// The folder of definitions; `sees` and `may` are what the neighbour does.
pub fn folder(sees: &str, may: &str) -> Folder {
    let folder = std::env::temp_dir().join(format!("guichet-boundary-{}", guichet::kernel::random::uuid()));
    let write = |path: &str, text: &str| {
        let file = folder.join(path);
        std::fs::create_dir_all(file.parent().unwrap_or_else(|| Path::new("/"))).expect("the folder is made");
        std::fs::write(file, text).expect("the file is written");
    };
    write("_agencies/agencies.yaml", AGENCIES);
    write("_calendar/plain.yaml", "from: 2025-01-01\nuntil: 2028-12-31\nweekend: [saturday, sunday]\nholidays: []\n");
    let person = |(name, id): (&str, &str)| {
        format!(
            "  {name}: {{name: [{{script: Latn, full: {name}}}], identifiers: [{{type: national-id, value: \"{id}\"}}], language: en, birth_date: 1980-01-01}}\n"
        )
    };
    let people: String = PEOPLE.into_iter().map(person).collect();
    write("_demo/people.yaml", &format!("people:\n{people}{STAFF}"));
    write("boundary/service.yaml", &SERVICE.replace("SEES", sees).replace("MAY", may));
    write(
        "boundary/params.yaml",
        "half:\n  unit: EUR\n  values:\n    - {from: 2020-01-01, value: 40, basis: A tariff}\n",
    );
    let form = json!({"type": "object", "required": ["owner", "neighbour", "plots"], "additionalProperties": false, "properties": {
        "owner": {"$ref": "guichet:person"}, "neighbour": {"$ref": "guichet:person"},
        "plots": {"type": "array", "minItems": 1, "maxItems": 9, "items": {"type": "object", "required": ["dag", "price"],
            "additionalProperties": false, "properties": {"dag": {"type": "string"}, "price": {"type": "integer"}}}}}});
    write("boundary/form.schema.json", &form.to_string());
    let consent = json!({"type": "object", "required": ["agreed"], "additionalProperties": false,
        "properties": {"agreed": {"type": "boolean"}}});
    write("boundary/forms/consent.schema.json", &consent.to_string());
    write("boundary/texts/en.ftl", &texts());
    Folder(folder)
}

/// A server with that service alone.
pub async fn app(folder: &Folder, more: &[(&str, &str)]) -> TestApp {
    let path = folder.0.display().to_string();
    let all: Vec<(&str, &str)> =
        std::iter::once(("GUICHET_SERVICES", path.as_str())).chain(more.iter().copied()).collect();
    TestApp::on(empty_database_url(), &all, at("2026-08-03T10:00:00+01:00")).await
}

/// Somebody as forms state one.
pub fn stated(name: &str) -> Value {
    let id = PEOPLE.iter().find(|(known, _)| *known == name).map_or("", |(_, id)| id);
    json!({"name": name, "identifier": {"type": "national-id", "value": id}})
}

pub fn form() -> Value {
    json!({"owner": stated(OWNER), "neighbour": stated(NEIGHBOUR),
        "plots": [{"dag": "7", "price": 100}, {"dag": "8", "price": 200}]})
}

/// A case that the owner has handed in; its address.
pub async fn filed(app: &TestApp) -> String {
    let body = json!({"service": "boundary", "submit": true, "form": form()});
    app.post(OWNER, "/v1/cases", &body).await.expect(201).header("location").to_owned()
}

/// The task of an open step, as somebody sees it.
pub fn task(view: &Value, step: &str) -> String {
    let steps = view["steps"].as_array().cloned().unwrap_or_default();
    let found = steps.iter().find(|s| s["id"] == step).and_then(|s| s["task"].as_str().map(str::to_owned));
    format!("/v1/tasks/{}", found.unwrap_or_else(|| panic!("{step} is not open: {view}")))
}

/// The neighbour consents and pays: the clerk is to look.
pub async fn looked_at(app: &TestApp, path: &str) {
    let paper = app.by(NEIGHBOUR, "POST", &format!("{path}/documents?kind=consent&file_name=a.pdf"));
    paper.body("application/pdf", super::residence::PDF.to_vec()).send().await.expect(201);
    let view = app.get(NEIGHBOUR, path).await.expect(200).json;
    let consent = format!("{}/completion", task(&view, "consent"));
    app.post(NEIGHBOUR, &consent, &json!({"answers": {"agreed": true}})).await.expect(200);
    let fees = app.get(NEIGHBOUR, &format!("{path}/fees")).await.expect(200).json;
    app.post(NEIGHBOUR, fees["items"][0]["pay"].as_str().expect("it is due"), &json!({})).await.expect(202);
    app.until("the share is paid", async || {
        let view = app.get(OWNER, path).await.expect(200).json;
        (view["steps"][0]["id"] == "look").then_some(())
    })
    .await;
}

/// An officer claims and completes a step.
pub async fn act(app: &TestApp, officer: &str, path: &str, step: &str, body: &Value) {
    let task = task(&app.get(OWNER, path).await.expect(200).json, step);
    app.post(officer, &format!("{task}/claim"), &json!({})).await.expect(200);
    let done = app.post(officer, &format!("{task}/completion"), body).await;
    assert!(matches!(done.status, 200 | 204), "{step}: {}", String::from_utf8_lossy(&done.bytes));
}

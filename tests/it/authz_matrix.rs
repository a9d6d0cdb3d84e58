//! Every operation of the API × every kind of caller, on cases of their own, of their office and of others. An
//! operation that the table lacks fails the test.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::mutation::{Mutation, Point};
use crate::support::{Answer, TestApp};

/// Who calls. Of the case that is called for:
const CALLERS: [(&str, &str); 11] = [
    ("without a token", ""),
    ("with an expired token", "rahim"),
    ("known to no register", "nobody"),
    ("another citizen", "salma"),
    ("the same role in another office", "bilkis"),
    ("staff of another authority", "popy"),
    ("the office, but not the desk", "anwar"),
    ("the seller", "karim"),
    ("the applicant", "rahim"),
    ("the desk", "mita"),
    ("the operator of the server", "arif"),
];

/// In the order of [`CALLERS`].
type Row = (&'static str, Scene, [u16; 11]);

/// Which case is called for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Scene {
    /// None in particular.
    None,
    /// The first fee is due; no desk has seen it.
    Due,
    /// A task waits at the desk.
    Waiting,
    /// The desk holds its task.
    Held,
    /// It is closed, with a certificate.
    Issued,
    /// No case: a job was given up.
    Parked,
    /// No case: a client application is suspended.
    Suspended,
}

const PUBLIC: [u16; 11] = [200; 11];
/// Anybody whom a register knows.
const PERSONS: [u16; 11] = [401, 401, 403, 200, 200, 200, 200, 200, 200, 200, 200];
/// Who may read a case that waits at the desk, all of it.
const READERS: [u16; 11] = [401, 401, 404, 404, 404, 404, 404, 403, 200, 200, 404];

const MATRIX: &[Row] = &[
    ("health", Scene::None, PUBLIC),
    ("readiness", Scene::None, PUBLIC),
    ("metrics", Scene::None, PUBLIC),
    ("read_openapi", Scene::None, PUBLIC),
    ("see_docs", Scene::None, PUBLIC),
    ("read_keys", Scene::None, PUBLIC),
    ("list_services", Scene::None, PUBLIC),
    ("read_service", Scene::None, PUBLIC),
    ("verify_certificate", Scene::Issued, PUBLIC),
    ("read_record", Scene::None, PUBLIC),
    ("list_notices", Scene::None, PUBLIC),
    // Of no service that is in this scene: whoever asks is told the same.
    ("list_public_cases", Scene::None, [404; 11]),
    ("read_statistics", Scene::None, [404; 11]),
    // The provider signs what it sends; no token makes up for that.
    ("settle_payment", Scene::None, [401; 11]),
    ("read_me", Scene::None, [401, 401, 200, 200, 200, 200, 200, 200, 200, 200, 200]),
    ("move_clock", Scene::None, PERSONS),
    ("open_case", Scene::None, [401, 401, 403, 201, 201, 201, 201, 201, 201, 201, 201]),
    ("list_cases", Scene::None, PERSONS),
    ("list_tasks", Scene::None, PERSONS),
    ("list_my_messages", Scene::None, PERSONS),
    ("read_my_contact", Scene::None, PERSONS),
    ("change_my_contact", Scene::None, PERSONS),
    // Without a gateway nobody is listened to; with one it signs what it sends.
    ("take_sms_receipt", Scene::None, [404; 11]),
    // The operator sees no case, and nobody else sees the machine room.
    ("list_jobs", Scene::None, [401, 401, 403, 403, 403, 403, 403, 403, 403, 403, 200]),
    ("retry_job", Scene::Parked, [401, 401, 403, 403, 403, 403, 403, 403, 403, 403, 202]),
    ("list_suspensions", Scene::None, [401, 401, 403, 403, 403, 403, 403, 403, 403, 403, 200]),
    ("start_suspension", Scene::None, [401, 401, 403, 403, 403, 403, 403, 403, 403, 403, 201]),
    ("end_suspension", Scene::Suspended, [401, 401, 403, 403, 403, 403, 403, 403, 403, 403, 204]),
    // The assistant commissioner supervises the office.
    ("oversee_office", Scene::None, [401, 401, 403, 403, 403, 403, 200, 403, 403, 403, 403]),
    // Slots and appointments of a case that waits for no meeting.
    ("list_slots", Scene::Waiting, [401, 401, 404, 404, 404, 404, 404, 403, 403, 409, 404]),
    ("book_appointment", Scene::Waiting, [401, 401, 404, 404, 404, 404, 404, 403, 403, 409, 404]),
    ("cancel_appointment", Scene::Waiting, [401, 401, 404, 404, 404, 404, 404, 403, 403, 409, 404]),
    // The seller sees what the definition shows to the seller.
    ("read_case", Scene::Waiting, [401, 401, 404, 404, 404, 404, 404, 200, 200, 200, 404]),
    ("read_case", Scene::Due, [401, 401, 404, 404, 404, 404, 404, 404, 200, 404, 404]),
    // Without an open task at their desks, staff say why.
    ("read_case", Scene::Issued, [401, 401, 404, 404, 404, 404, 428, 200, 200, 428, 404]),
    ("read_form", Scene::Waiting, READERS),
    ("list_documents", Scene::Waiting, READERS),
    ("read_document", Scene::Waiting, READERS),
    ("list_events", Scene::Waiting, READERS),
    ("list_decisions", Scene::Waiting, READERS),
    ("list_fees", Scene::Waiting, READERS),
    ("list_messages", Scene::Waiting, [401, 401, 404, 404, 404, 404, 404, 200, 200, 200, 404]),
    ("write_message", Scene::Waiting, [401, 401, 404, 404, 404, 404, 404, 201, 201, 201, 404]),
    ("add_document", Scene::Waiting, [401, 401, 404, 404, 404, 404, 404, 201, 201, 403, 404]),
    // Allowed to the applicant, yet not now.
    ("save_form", Scene::Waiting, [401, 401, 404, 404, 404, 404, 404, 403, 409, 403, 404]),
    ("submit_case", Scene::Waiting, [401, 401, 404, 404, 404, 404, 404, 403, 409, 403, 404]),
    ("withdraw_case", Scene::Held, [401, 401, 404, 404, 404, 404, 404, 403, 200, 403, 404]),
    // An event that the definition leaves to the seller.
    ("raise_event", Scene::Waiting, [401, 401, 404, 404, 404, 404, 404, 200, 403, 403, 404]),
    // Nothing is decided yet; both sides may once it is.
    ("appeal_case", Scene::Waiting, [401, 401, 404, 404, 404, 404, 404, 409, 409, 403, 404]),
    ("review_case", Scene::Waiting, [401, 401, 404, 404, 404, 404, 404, 409, 409, 403, 404]),
    ("appeal_case", Scene::Issued, [401, 401, 404, 404, 404, 404, 403, 201, 409, 403, 404]),
    // The commissioner of the office, whether he has a task in it or not.
    ("extend_case", Scene::Waiting, [401, 401, 404, 404, 404, 404, 204, 403, 403, 403, 404]),
    ("hold_case", Scene::Waiting, [401, 401, 404, 404, 404, 404, 204, 403, 403, 403, 404]),
    ("resume_case", Scene::Waiting, [401, 401, 404, 404, 404, 404, 409, 403, 403, 403, 404]),
    // Whoever oversees the office of the task.
    ("transfer_task", Scene::Waiting, [401, 401, 404, 404, 404, 404, 422, 403, 403, 403, 404]),
    ("recuse_from_task", Scene::Waiting, [401, 401, 404, 404, 404, 404, 404, 403, 403, 200, 404]),
    ("claim_task", Scene::Waiting, [401, 401, 404, 404, 404, 404, 404, 403, 403, 200, 404]),
    ("release_task", Scene::Held, [401, 401, 404, 404, 404, 404, 404, 403, 403, 200, 404]),
    ("assign_task", Scene::Waiting, [401, 401, 404, 404, 404, 404, 204, 403, 403, 200, 404]),
    ("complete_task", Scene::Waiting, [401, 401, 404, 404, 404, 404, 404, 403, 403, 403, 404]),
    ("complete_task", Scene::Held, [401, 401, 404, 404, 404, 404, 404, 403, 403, 200, 404]),
    ("pay_fee", Scene::Due, [401, 401, 404, 404, 404, 404, 404, 404, 202, 404, 404]),
    ("read_certificate_document", Scene::Issued, [401, 401, 404, 404, 404, 404, 428, 404, 200, 428, 404]),
    ("read_certificate_token", Scene::Issued, [401, 401, 404, 404, 404, 404, 428, 404, 200, 428, 404]),
    // Every desk that had the case may take the paper back; the second finds it done.
    ("revoke_certificate", Scene::Issued, [401, 401, 404, 404, 404, 404, 200, 403, 403, 409, 404]),
];

/// An operation of the document: method and path.
fn operations() -> BTreeMap<String, (String, String)> {
    let document = serde_json::to_value(guichet::api::description()).expect("JSON");
    let mut found = BTreeMap::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, operation) in item.as_object().expect("operations").iter().filter(|(_, o)| o.is_object()) {
            let id = operation["operationId"].as_str().expect("an id").to_owned();
            found.insert(id, (method.to_uppercase(), path.clone()));
        }
    }
    found
}

/// What stands for `{…}` in a path.
struct Ids {
    case: String,
    task: String,
    fee: String,
    document: String,
    certificate: String,
    job: String,
    suspension: String,
}

impl Ids {
    /// Of nothing that there is.
    fn nowhere() -> Self {
        let id = guichet::kernel::random::uuid().to_string();
        let certificate = "0123456789ABCDEFGHJKMNPQRS".to_owned();
        let (job, suspension) = ("0".to_owned(), id.clone());
        Self { case: id.clone(), task: id.clone(), fee: id.clone(), document: id, certificate, job, suspension }
    }

    fn put(&self, path: &str) -> String {
        let id = match path {
            _ if path.starts_with("/v1/cases/") => &self.case,
            _ if path.starts_with("/v1/tasks/") => &self.task,
            _ if path.starts_with("/v1/fees/") => &self.fee,
            _ if path.starts_with("/v1/documents/") => &self.document,
            _ if path.starts_with("/v1/operations/jobs/") => &self.job,
            _ if path.starts_with("/v1/operations/suspensions/") => &self.suspension,
            _ if path.starts_with("/v1/oversight/") => "sadar",
            _ => "trade-licence",
        };
        path.replace("{hold}", "court_order")
            .replace("{code}", &self.certificate)
            .replace("{provider}", "push")
            .replace("{register}", "organisations")
            .replace("{key}", "C-100201")
            .replace("{id}", id)
    }
}

async fn prepare(app: &TestApp, scene: Scene) -> Ids {
    let point = match scene {
        Scene::None => return Ids::nowhere(),
        Scene::Parked => {
            // Of a kind that nobody performs: it stays as it is.
            let job = "INSERT INTO jobs (kind, key, payload, attempts, parked_at) VALUES ('none', 'k', '{}', 12, now())
                       RETURNING id::text AS word";
            return Ids { job: app.text(job).await.expect("a job"), ..Ids::nowhere() };
        }
        Scene::Suspended => {
            let new = "INSERT INTO suspensions (id, client, reason, from_at) VALUES (gen_random_uuid(), 'an-old-portal', 'old',
                       '2026-01-01') RETURNING id::text AS word";
            return Ids { suspension: app.text(new).await.expect("a suspension"), ..Ids::nowhere() };
        }
        Scene::Due => Point::Opened,
        Scene::Waiting | Scene::Held => Point::NoticePaid,
        Scene::Issued => Point::Issued,
    };
    let case = Mutation::of_rahim(app).to(point).await;
    if scene == Scene::Held {
        case.claim("mita", "admit").await.expect(200);
    }
    let id = case.id.clone();
    let one = async |column: &str, table: &str| {
        let query =
            format!("SELECT {column}::text AS word FROM {table} WHERE case_id = '{id}' ORDER BY 1 DESC LIMIT 1");
        app.text(&query).await.unwrap_or_else(|| guichet::kernel::random::uuid().to_string())
    };
    let open = format!("SELECT id::text AS word FROM tasks WHERE case_id = '{id}' AND state = 'open'");
    Ids {
        task: app.text(&open).await.unwrap_or_default(),
        fee: one("id", "demands").await,
        document: one("id", "documents").await,
        certificate: one("code", "certificates").await,
        case: id.clone(),
        ..Ids::nowhere()
    }
}

async fn call(app: &TestApp, operation: &str, method: &str, path: &str, token: Option<&str>) -> Answer {
    let path = match operation {
        "add_document" => format!("{path}?kind=tax_receipt&file_name=a.pdf"),
        _ => path.to_owned(),
    };
    let key = guichet::kernel::random::uuid().to_string();
    let mut request = app.request(method, &path).header("idempotency-key", &key).header("if-match", "*");
    if let Some(token) = token {
        request = request.header("authorization", &format!("Bearer {token}"));
    }
    let body = match operation {
        "open_case" => json!({"service": "residence-certificate"}),
        "save_form" => json!({"dag": "1"}),
        "write_message" => json!({"body": "A word."}),
        "raise_event" => json!({"event": "objection", "answers": {"objection_grounds": "I did not sell."}}),
        "appeal_case" | "review_case" => json!({"form": {"grounds": "It is not so."}}),
        "hold_case" => json!({"hold": "court_order", "reason": "An injunction."}),
        "transfer_task" => json!({"office": "shalbon", "reason": "Nobody is left."}),
        "extend_case" => json!({"reason": "It takes longer."}),
        "book_appointment" => json!({"at": "2026-08-17T04:00:00Z", "mode": "online"}),
        "assign_task" => json!({"person": app.person("mita").await}),
        "complete_task" => json!({"outcome": "complete"}),
        "revoke_certificate" => json!({"reason": "Issued on a forged deed."}),
        "start_suspension" => json!({"client": "another-portal", "reason": "Its key was published."}),
        "move_clock" => json!({"forward": {"seconds": 1}}),
        "add_document" => {
            return request.body("application/pdf", crate::support::mutation::pdf("tax_receipt")).send().await;
        }
        _ if method == "GET" => Value::Null,
        _ => json!({}),
    };
    if body.is_null() { request.send().await } else { request.json(&body).send().await }
}

fn token(app: &TestApp, column: usize) -> Option<String> {
    match CALLERS[column] {
        (_, "") => None,
        ("with an expired token", name) => {
            Some(app.keys.development_token(name, SignedDuration::from_secs(-300)).expect("a token"))
        }
        (_, name) => Some(app.token(name)),
    }
}

#[test]
fn the_table_has_every_operation() {
    let of_document: BTreeSet<String> = operations().into_keys().collect();
    let of_table: BTreeSet<String> = MATRIX.iter().map(|(operation, ..)| (*operation).to_owned()).collect();
    let missing: Vec<_> = of_document.difference(&of_table).collect();
    let unknown: Vec<_> = of_table.difference(&of_document).collect();
    assert!(missing.is_empty() && unknown.is_empty(), "missing {missing:?}, unknown {unknown:?}");
}

#[actix_web::test]
async fn every_operation_answers_every_caller_as_the_policy_says() {
    let app = TestApp::new().await;
    let operations = operations();
    let mut read: BTreeMap<Scene, Ids> = BTreeMap::new();
    let mut wrong = Vec::new();
    for (operation, scene, expected) in MATRIX {
        let (method, path) = &operations[*operation];
        // Reads share a case, acts have one each.
        let fresh;
        let ids = if method == "GET" {
            if !read.contains_key(scene) {
                read.insert(*scene, prepare(&app, *scene).await);
            }
            &read[scene]
        } else {
            fresh = prepare(&app, *scene).await;
            &fresh
        };
        for (column, status) in expected.iter().enumerate() {
            let answer = call(&app, operation, method, &ids.put(path), token(&app, column).as_deref()).await;
            if answer.status != *status {
                let code = answer.json["code"].as_str().unwrap_or_default();
                wrong.push(format!(
                    "{operation} {scene:?} {}: {} {code}, not {status}",
                    CALLERS[column].0, answer.status
                ));
            }
            if answer.status >= 400 {
                assert_eq!(answer.header("content-type"), "application/problem+json", "{operation}");
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a stranger is told of another's case is what is told of no case at all.
#[actix_web::test]
async fn what_is_somebody_elses_cannot_be_told_from_what_is_not() {
    let app = TestApp::new().await;
    let (waiting, issued, nowhere) =
        (prepare(&app, Scene::Held).await, prepare(&app, Scene::Issued).await, Ids::nowhere());
    for (operation, (method, path)) in operations() {
        let of_somebody =
            MATRIX.iter().any(|(id, scene, row)| *id == operation && *scene != Scene::None && row[3] == 404);
        if !of_somebody {
            continue;
        }
        let ids = if path.contains("{code}") { &issued } else { &waiting };
        for caller in ["salma", "bilkis", "popy", "nobody"] {
            let told = async |ids: &Ids| {
                let answer = call(&app, &operation, &method, &ids.put(&path), Some(&app.token(caller))).await;
                let mut json = answer.json;
                json["instance"] = Value::Null;
                (answer.status, json)
            };
            assert_eq!(told(ids).await, told(&nowhere).await, "{operation} by {caller}");
        }
    }
}

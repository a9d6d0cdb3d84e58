//! Founding a company opens its case at the tax office by itself: filled in from what was stated, once, and with what it
//! comes to told to the case that opened it, which waits for that where its definition says so.

use guichet::kernel::clock::machine_now;
use serde_json::{Value, json};

use crate::support::definitions::{copy, replace};
use crate::support::founding::Founding;
use crate::support::{TestApp, empty_database_url};

/// A company of Rahim's, registered but for what follows by itself.
async fn founded<'a>(app: &'a TestApp) -> Founding<'a> {
    let case = Founding::draft(app, "rahim", "Padma Boats").await;
    case.submit().await.expect(200);
    case.pay().await;
    case.act("yasmin", &json!({"outcome": "no_objection"})).await.expect(200);
    case.act("nila", &json!({"outcome": "no_objection"})).await.expect(200);
    case.act("laila", &json!({"outcome": "complete"})).await.expect(200);
    case.until_open(&["decision"]).await;
    case.act("ayesha", &json!({"outcome": "register"})).await.expect(200);
    case
}

/// The case that it opened, once it is there.
async fn child<'a>(case: &Founding<'a>) -> Founding<'a> {
    let opened = case
        .app
        .until("the case is opened", async || case.view().await["opened"][0]["case"].as_str().map(str::to_owned));
    Founding { app: case.app, founder: case.founder, path: format!("/v1/cases/{}", opened.await) }
}

/// With other words in the step that opens it.
async fn with_step(name: &str, to: &str, form: &str) -> (TestApp, std::path::PathBuf) {
    let folder = copy(name);
    let service = folder.join("business-registration/service.yaml");
    replace(&service, STEP, to);
    replace(&service, FORM, form);
    std::fs::remove_dir_all(folder.join("business-registration/scenarios")).expect("they are of what is shipped");
    let services = folder.to_str().expect("a path").to_owned();
    let app = TestApp::on(empty_database_url(), &[("GUICHET_SERVICES", &services)], machine_now()).await;
    (app, folder)
}

const FORM: &str = "company: steps.enter.number, business: form.business";
const STEP: &str = "      wait: none\n    next: registered\n";
const WAITS: &str = "      wait: all
    outcomes:
      done:
        - {when: 'steps.taxpayer.items[1].given.tax_number = \"T-\" + steps.enter.number', go: registered}
        - {go: lapsed}
";

#[actix_web::test]
async fn the_tax_office_has_it_filled_in_and_once() {
    let app = TestApp::new().await;
    let case = founded(&app).await;
    assert_eq!(case.view().await["end"]["id"], "registered", "it does not wait for the tax office");
    let other = child(&case).await;
    let view = other.view().await;
    assert_eq!(
        (&view["service"]["id"], &view["steps"][0]["id"]),
        (&json!("tax-registration"), &json!("assess")),
        "{view}"
    );
    assert_eq!(view["opened_by"]["reference"], case.view().await["reference"]);
    let form = app.get("rahim", &format!("{}/form", other.path)).await.expect(200).json;
    assert_eq!(form["form"], json!({"company": "C-2026-000001", "business": "manufacture"}));
    // Told of again it opens nothing more.
    let id = case.path.rsplit('/').next().unwrap_or_default();
    let payload = "SELECT jsonb_build_object('token', body->'token')::text AS word
        FROM case_events WHERE kind = 'step_entered' AND body->>'step' = 'taxpayer'";
    let payload = app.text(payload).await.expect("the step was entered");
    app.execute(&format!(
        "INSERT INTO jobs (kind, key, case_id, payload, run_at)
         SELECT 'open', 'again:' || n, '{id}', '{payload}', now() - interval '1 hour' FROM generate_series(1, 3) n"
    ))
    .await;
    let open = "SELECT count(*) FROM jobs WHERE kind = 'open'";
    app.until("all is done", async || (app.count(open).await == 0).then_some(())).await;
    assert_eq!(app.count("SELECT count(*) FROM cases WHERE service = 'tax-registration'").await, 1);
    // What it comes to is told, and what was handed over is on record without what stands in it.
    other.act("yasmin", &json!({"outcome": "register", "answers": {"regime": "standard"}})).await.expect(200);
    app.until("it is told", async || (case.view().await["opened"][0]["end"] == "registered").then_some(())).await;
    let kinds = app.get("rahim", &format!("{}/events?limit=200", case.path)).await.expect(200).json.to_string();
    assert!(kinds.contains("\"child_opened\"") && kinds.contains("\"child_returned\""), "{kinds}");
    let told =
        "SELECT convert_from(p.bytes, 'UTF8') AS word FROM audit_entries e JOIN audit_payloads p ON p.entry = e.id
        WHERE e.action = 'case.return'";
    let told = app.text(told).await.expect("it is on record");
    assert!(told.contains("tax_number") && !told.contains("T-C-2026"), "{told}");
    assert!(app.audit().await.iter().any(|entry| entry.contains("case.open")));
    let taxpayer =
        "SELECT record->>'regime' AS word FROM register_records WHERE register = 'taxpayers' AND key = 'C-2026-000001'";
    assert_eq!(app.text(taxpayer).await.as_deref(), Some("standard"));
}

#[actix_web::test]
async fn where_it_waits_the_answer_leads_on() {
    let (app, folder) = with_step("taxpayer-waits", WAITS, FORM).await;
    let case = founded(&app).await;
    assert_eq!(case.open().await, ["taxpayer"]);
    let other = child(&case).await;
    other.act("yasmin", &json!({"outcome": "register", "answers": {"regime": "standard"}})).await.expect(200);
    let ended = app.until("it goes on", async || case.view().await["end"]["id"].as_str().map(str::to_owned)).await;
    assert_eq!(ended, "registered");
    std::fs::remove_dir_all(folder).expect("removed");
}

#[actix_web::test]
async fn what_nobody_waits_for_any_more_is_given_up() {
    let silent = format!("{WAITS}    expires: {{after: 2 days, go: registered}}\n");
    let (app, folder) = with_step("taxpayer-late", &silent, FORM).await;
    let case = founded(&app).await;
    let other = child(&case).await;
    app.forward_days(3).await;
    let end = async |case: &Founding<'_>| case.view().await["end"]["id"].as_str().map(str::to_owned);
    assert_eq!(app.until("its time is over", async || end(&case).await).await, "registered");
    assert_eq!(app.until("the other is given up", async || end(&other).await).await, "moot");
    let tasks = app.get("yasmin", "/v1/tasks").await.expect(200).json;
    assert_eq!(tasks["items"], json!([]), "nothing is left to do");
    std::fs::remove_dir_all(folder).expect("removed");
}

#[actix_web::test]
async fn what_the_other_office_does_not_take_is_told_at_once() {
    let wrong = WAITS.replace(
        "steps.taxpayer.items[1].given.tax_number = \"T-\" + steps.enter.number",
        "steps.taxpayer.items[1].end = \"not_opened\"",
    );
    let (app, folder) =
        with_step("taxpayer-refused", &wrong, r#"company: steps.enter.number, business: '"fishing"'"#).await;
    let case = founded(&app).await;
    let view: Value = app.until("it goes on", async || Some(case.view().await).filter(|v| v["end"].is_object())).await;
    assert_eq!((&view["end"]["id"], &view["opened"]), (&json!("registered"), &Value::Null), "{view}");
    assert_eq!(app.count("SELECT count(*) FROM cases WHERE service = 'tax-registration'").await, 0);
    std::fs::remove_dir_all(folder).expect("removed");
}

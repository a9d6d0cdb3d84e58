//! A deed that is registered opens the mutation by itself: in the name of its buyer, filled in as far as the deed says, and
//! once, however often it is told of.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::mutation::pdf;

/// A deed of Karim's plot 118 to Rahim, registered by the sub-registry.
async fn registered(app: &TestApp, kind: &str) {
    let form = json!({
        "kind": kind, "mouza": "m045", "khatian": "BRS-45-12", "dag": "118", "quantity": 33,
        "seller": {"name": "Karim Sheikh", "identifier": {"type": "national-id", "value": "4710000102"}},
        "buyers": [{"name": "Rahim Uddin", "identifier": {"type": "national-id", "value": "4710000101"}, "share": 1}],
    });
    // The seller has it registered: the case that it opens is the buyer's all the same.
    let body = json!({"service": "deed-registration", "form": form});
    let path = app.post("karim", "/v1/cases", &body).await.expect(201).header("location").to_owned();
    let upload = app.by("karim", "POST", &format!("{path}/documents?kind=deed&file_name=deed.pdf"));
    upload.body("application/pdf", pdf("deed")).send().await.expect(201);
    app.post("karim", &format!("{path}/submission"), &json!({})).await.expect(200);
    let fees = app.get("karim", &format!("{path}/fees")).await.expect(200).json;
    app.post("karim", fees["items"][0]["pay"].as_str().expect("due"), &json!({})).await.expect(202);
    let task = app
        .until("the deed is to be examined", async || {
            let tasks = app.get("karimsarkar", "/v1/tasks").await.expect(200).json;
            tasks["items"][0]["id"].as_str().map(str::to_owned)
        })
        .await;
    app.post("karimsarkar", &format!("/v1/tasks/{task}/claim"), &json!({})).await.expect(200);
    let done = app.post("karimsarkar", &format!("/v1/tasks/{task}/completion"), &json!({"outcome": "register"})).await;
    assert_eq!(done.status, 200, "{}", done.json);
}

async fn opened(app: &TestApp) -> Vec<Value> {
    let cases = app.get("rahim", "/v1/cases").await.expect(200).json;
    let items = cases["items"].as_array().cloned().unwrap_or_default();
    items
        .into_iter()
        .filter(|case| case["service"]["id"] == "land-mutation" || case["service"] == "land-mutation")
        .collect()
}

#[actix_web::test]
async fn the_buyer_finds_his_case_filled_in_and_goes_on_with_it() {
    let app = TestApp::new().await;
    registered(&app, "sale").await;
    let case = app.until("the mutation is open", async || opened(&app).await.into_iter().next()).await;
    let path = format!("/v1/cases/{}", case["id"].as_str().expect("an id"));
    let view = app.get("rahim", &path).await.expect(200).json;
    assert_eq!((&view["status"], &view["steps"][0]["id"]), (&json!("open"), &json!("pay_court")), "{view}");
    let fees = app.get("rahim", &format!("{path}/fees")).await.expect(200).json;
    app.post("rahim", fees["items"][0]["pay"].as_str().expect("due"), &json!({})).await.expect(202);
    app.until("the form is asked for", async || {
        let view = app.get("rahim", &path).await.expect(200).json;
        (view["steps"][0]["id"] == "fill").then_some(())
    })
    .await;
    let form = app.get("rahim", &format!("{path}/form")).await.expect(200).json;
    assert_eq!(
        (&form["form"]["dag"], &form["form"]["deed"]["number"]),
        (&json!("118"), &json!("D-2026-000001")),
        "{form}"
    );
    // He adds the papers, and hands in what is filled in.
    for (kind, media) in [
        ("photo", "image/jpeg"),
        ("identity", "application/pdf"),
        ("tax_receipt", "application/pdf"),
        ("latest_record", "application/pdf"),
        ("deed", "application/pdf"),
    ] {
        let bytes = if kind == "photo" { crate::support::mutation::jpeg() } else { pdf(kind) };
        let upload = app.by("rahim", "POST", &format!("{path}/documents?kind={kind}&of=0&file_name=paper"));
        upload.body(media, bytes).send().await.expect(201);
    }
    let view = app.get("rahim", &path).await.expect(200).json;
    let task = view["steps"][0]["task"].as_str().expect("a task").to_owned();
    let done = app.post("rahim", &format!("/v1/tasks/{task}/completion"), &json!({})).await;
    assert!(matches!(done.status, 200 | 204), "{}", done.json);
    let view = app.get("rahim", &path).await.expect(200).json;
    assert_eq!(view["steps"][0]["id"], "pay_notice");
    // Who opened it is on record: the product, in his name.
    let channel = format!(
        "SELECT actor->>'channel' AS word FROM case_events WHERE kind = 'submitted' AND case_id = '{}'",
        case["id"].as_str().unwrap_or_default()
    );
    assert_eq!(app.text(&channel).await.as_deref(), Some("system"));
    assert!(
        app.audit().await.iter().any(|entry| entry.contains("register.read")),
        "the deed was read, and that is on record"
    );
}

#[actix_web::test]
async fn told_of_twice_it_opens_one_case_and_an_exchange_opens_none() {
    let app = TestApp::new().await;
    registered(&app, "sale").await;
    app.until("the mutation is open", async || opened(&app).await.into_iter().next()).await;
    let told = "INSERT INTO jobs (kind, key, case_id, payload, run_at)
        SELECT 'registered', 'again:' || n, v.case_id,
            jsonb_build_object('register', v.register, 'change', v.change, 'version', v.version), now() - interval '1 hour'
        FROM register_versions v, generate_series(1, 5) n WHERE v.register = 'deeds'";
    app.execute(told).await;
    registered(&app, "exchange").await;
    app.until("all that was told is done", async || {
        (app.count("SELECT count(*) FROM jobs WHERE kind = 'registered' AND parked_at IS NULL").await == 0)
            .then_some(())
    })
    .await;
    assert_eq!(app.count("SELECT count(*) FROM jobs WHERE kind = 'registered'").await, 0, "none is parked");
    assert_eq!(app.count("SELECT count(*) FROM cases WHERE service = 'land-mutation'").await, 1);
    assert_eq!(app.count("SELECT count(*) FROM openings").await, 1);
}

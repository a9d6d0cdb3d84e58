//! A deed is registered once its fee is paid and the sub-registrar found it in order; else it is refused for a reason of the law,
//! and the fee goes back.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::mutation::{karim, pdf, rahim, sharing};

async fn draft(app: &TestApp) -> String {
    let form = json!({
        "kind": "sale", "mouza": "m045", "khatian": "BRS-45-12", "dag": "118", "quantity": 33,
        "seller": karim(), "buyers": [sharing(rahim(), 1.0)],
    });
    let body = json!({"service": "deed-registration", "form": form});
    app.post("rahim", "/v1/cases", &body).await.expect(201).header("location").to_owned()
}

async fn submitted(app: &TestApp) -> String {
    let path = draft(app).await;
    let missing = app.post("rahim", &format!("{path}/submission"), &json!({})).await.expect(422).faults();
    assert_eq!(missing, [("/documents/deed".to_owned(), "document_missing".to_owned())]);
    let upload = app.by("rahim", "POST", &format!("{path}/documents?kind=deed&file_name=deed.pdf"));
    upload.body("application/pdf", pdf("deed")).send().await.expect(201);
    app.post("rahim", &format!("{path}/submission"), &json!({})).await.expect(200);
    path
}

async fn view(app: &TestApp, path: &str) -> Value {
    app.get("rahim", path).await.expect(200).json
}

async fn paid(app: &TestApp) -> String {
    let path = submitted(app).await;
    let fees = app.get("rahim", &format!("{path}/fees")).await.expect(200).json;
    assert_eq!(fees["items"][0]["amount"]["amount"], "500.00");
    app.post("rahim", fees["items"][0]["pay"].as_str().expect("due"), &json!({})).await.expect(202);
    app.until("it is examined", async || (view(app, &path).await["steps"][0]["id"] == "admit").then_some(())).await;
    path
}

async fn examined(app: &TestApp, path: &str, body: &Value) {
    let task = view(app, path).await["steps"][0]["task"].as_str().expect("a task").to_owned();
    app.post("karimsarkar", &format!("/v1/tasks/{task}/claim"), &json!({})).await.expect(200);
    app.post("karimsarkar", &format!("/v1/tasks/{task}/completion"), body).await.expect(200);
}

#[actix_web::test]
async fn a_deed_in_order_is_entered_with_its_number() {
    let app = TestApp::new().await;
    let path = paid(&app).await;
    examined(&app, &path, &json!({"outcome": "register"})).await;
    assert_eq!(view(&app, &path).await["end"]["id"], "registered");
    let entered =
        "SELECT record->>'dag' AS word FROM register_records WHERE register = 'deeds' AND key = 'D-2026-000001'";
    assert_eq!(app.text(entered).await.as_deref(), Some("118"));
    // The seller sees the case and the form; nothing else.
    let seen = app.get("karim", &path).await.expect(200).json;
    assert_eq!(seen["excerpt"]["form"]["dag"], "118");
    app.get("karim", &format!("{path}/documents")).await.expect(403);
}

#[actix_web::test]
async fn a_number_that_is_taken_is_passed_over() {
    let app = TestApp::new().await;
    let first = paid(&app).await;
    examined(&app, &first, &json!({"outcome": "register"})).await;
    app.execute("UPDATE register_numbers SET last = 0 WHERE register = 'deeds'").await;
    let second = paid(&app).await;
    examined(&app, &second, &json!({"outcome": "register"})).await;
    assert_eq!(view(&app, &second).await["end"]["id"], "registered");
    assert_eq!(
        app.count("SELECT count(*) FROM register_records WHERE register = 'deeds' AND key = 'D-2026-000002'").await,
        1
    );
}

#[actix_web::test]
async fn what_was_not_executed_is_refused_and_its_fee_goes_back() {
    let app = TestApp::new().await;
    for reason in ["not_executed", "land_not_described"] {
        let path = paid(&app).await;
        let body = json!({"outcome": "refuse", "reasons": [reason], "grounds": "The seller did not sign."});
        examined(&app, &path, &body).await;
        let decisions = app.get("rahim", &format!("{path}/decisions")).await.expect(200).json;
        let decision = &decisions["items"][0];
        assert_eq!((&decision["decision"], &decision["reasons"][0]["id"]), (&json!("adverse"), &json!(reason)));
        let appeal = &decision["remedies"][0];
        assert_eq!((&appeal["role"], &appeal["until"]), (&json!("district-registrar"), &json!("2026-09-02")));
    }
    let back = "SELECT count(*) FROM payments WHERE direction = 'back' AND state = 'succeeded' AND amount = 500";
    app.until("both fees went back", async || (app.count(back).await == 2).then_some(())).await;
    assert_eq!(app.count("SELECT count(*) FROM register_records WHERE register = 'deeds'").await, 0);
}

#[actix_web::test]
async fn a_fee_that_is_not_paid_in_seven_days_lapses() {
    let app = TestApp::new().await;
    let path = submitted(&app).await;
    app.forward_days(7).await;
    assert_eq!(view(&app, &path).await["steps"][0]["id"], "pay");
    app.forward_days(1).await;
    assert_eq!(view(&app, &path).await["end"]["id"], "lapsed");
}

#[actix_web::test]
async fn an_examination_that_is_late_is_shown() {
    let app = TestApp::new().await;
    let path = paid(&app).await;
    app.forward_days(3).await;
    assert_eq!(view(&app, &path).await["steps"][0]["overdue"], false, "three working days");
    app.forward_days(1).await;
    assert_eq!(view(&app, &path).await["steps"][0]["overdue"], true);
    app.until("the district registrar is told", async || {
        let letters = app.get("jahanarapaul", "/v1/me/messages").await.expect(200).json;
        letters["items"].as_array()?.iter().any(|m| m["about"] == "overdue").then_some(())
    })
    .await;
}

//! Opinions of several agencies are asked for at the same time. Whoever says nothing in its time has no objection; whoever
//! knows of a bar ends it for all.

use serde_json::json;

use crate::support::TestApp;
use crate::support::founding::Founding;

#[actix_web::test]
async fn who_says_nothing_in_ten_working_days_has_no_objection() {
    let app = TestApp::new().await;
    let case = Founding::draft(&app, "rahim", "Padma Boats").await;
    case.submit().await.expect(200);
    case.pay().await;
    case.act("laila", &json!({"outcome": "complete"})).await;
    app.forward_days(13).await;
    assert_eq!(case.open().await, ["opinions", "tax", "municipality"]);
    app.forward_days(3).await;
    case.until_open(&["decision"]).await;
    // Nobody did it: the history says so, and the task is out of the queue.
    let events = app.get("rahim", &format!("{}/events?limit=200", case.path)).await.expect(200).json;
    let silent = events["items"].as_array().into_iter().flatten();
    let silent: Vec<_> = silent.filter(|e| e["kind"] == "step_answered" && e.to_string().contains("\"tax\"")).collect();
    assert_eq!(silent.len(), 1, "{events}");
    let tasks = app.get("yasmin", "/v1/tasks").await.expect(200).json;
    assert_eq!(tasks["items"], json!([]));
    let outcome = "SELECT outcome AS word FROM tasks WHERE step = 'tax' AND holder IS NULL AND state = 'done'";
    assert_eq!(app.text(outcome).await.as_deref(), Some("no_objection"));
    case.act("ayesha", &json!({"outcome": "register"})).await.expect(200);
    assert_eq!(case.view().await["end"]["id"], "registered");
}

#[actix_web::test]
async fn a_bar_ends_it_for_all_and_the_others_are_told_so() {
    let app = TestApp::new().await;
    let case = Founding::draft(&app, "rahim", "Padma Boats").await;
    case.submit().await.expect(200);
    case.pay().await;
    let tasks = app.get("nila", "/v1/tasks").await.expect(200).json;
    let task = tasks["items"][0]["id"].as_str().expect("an opinion").to_owned();
    app.post("nila", &format!("/v1/tasks/{task}/claim"), &json!({})).await.expect(200);
    let bar = json!({"outcome": "barred", "reasons": ["founder_barred"], "grounds": "Judgment 12/2024"});
    case.act("yasmin", &bar).await.expect(200);
    assert_eq!(case.open().await, ["decision"]);
    let late = app.post("nila", &format!("/v1/tasks/{task}/completion"), &json!({"outcome": "no_objection"})).await;
    assert_eq!(late.expect(409).json["code"], "no_longer_active");
    // It cannot be registered as things are, and a name that is refused is free again.
    let refused = case.act("ayesha", &json!({"outcome": "register"})).await;
    assert_eq!(refused.expect(409).json["code"], "not_offered");
}

//! Whoever oversees an office sees what waits there, gives a task to somebody at its desk, and where nobody is left, to
//! another office that has the role.

use serde_json::json;

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point};

#[actix_web::test]
async fn what_waits_in_an_office_is_listed_for_those_above_it() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::NoticePaid).await;
    let list = app.get("mahbub", "/v1/tasks?office=sadar").await.expect(200).json;
    assert_eq!(
        (&list["items"][0]["case"], &list["items"][0]["step"]["id"]),
        (&json!(case.id), &json!("admit")),
        "{list}"
    );
    assert!(!list.to_string().contains("Rahim"), "no more than an office's queue says");
    assert_eq!(app.get("mahbub", "/v1/tasks").await.expect(200).json["items"], json!([]), "his own desk is empty");
    let seen = "SELECT role AS word FROM audit_entries WHERE action = 'task.list' AND purpose = 'oversight'";
    assert_eq!(app.text(seen).await.as_deref(), Some("adc-revenue"), "it is on record as what it is");
    // Those beside it, below it and outside see nothing of it.
    for stranger in ["masud", "bashir", "rahim"] {
        let refused = app.get(stranger, "/v1/tasks?office=sadar").await.expect(403);
        assert_eq!(refused.json["type"], "/problems/not_supervisor", "{stranger}");
    }
    let faults = app.get("mahbub", "/v1/tasks?office=nowhere").await.expect(422).faults();
    assert_eq!(faults, [("/office".to_owned(), "unknown".to_owned())]);
}

#[actix_web::test]
async fn a_supervisor_above_assigns_a_task_to_somebody_at_its_desk() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::NoticePaid).await;
    let task = case.task("admit").await;
    let path = format!("/v1/tasks/{task}/assignment");
    let (mita, anwar) = (app.person("mita").await, app.person("anwar").await);
    assert_eq!(app.post("masud", &path, &json!({"person": mita})).await.status, 404);
    let faults = app.post("mahbub", &path, &json!({"person": anwar})).await.expect(422).faults();
    assert_eq!(faults, [("/person".to_owned(), "not_at_this_desk".to_owned())]);
    let done = app.post("mahbub", &path, &json!({"person": mita})).await;
    assert!(matches!(done.status, 200 | 204), "{}", done.json);
    let list = app.get("mahbub", "/v1/tasks?office=sadar").await.expect(200).json;
    assert_eq!(list["items"][0]["holder"], json!(mita), "{list}");
    assert!(app.audit().await.iter().any(|entry| entry.contains("task.assign")));
}

#[actix_web::test]
async fn where_nobody_is_left_another_office_has_it() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Checked).await;
    let task = case.task("order").await;
    app.post("anwar", &format!("/v1/tasks/{task}/recusal"), &json!({})).await;
    let path = format!("/v1/tasks/{task}/transfer");
    let body = |office: &str| json!({"office": office, "reason": "The only commissioner keeps out."});
    let refused = app.post("masud", &path, &body("shalbon")).await;
    assert_eq!(refused.status, 404, "{}", refused.json);
    let faults = app.post("mahbub", &path, &body("purbapara")).await.expect(422).faults();
    assert_eq!(faults, [("/office".to_owned(), "role_missing".to_owned())]);
    let faults = app.post("mahbub", &path, &json!({"office": "shalbon", "reason": ""})).await.expect(422).faults();
    assert_eq!(faults, [("/reason".to_owned(), "required".to_owned())]);
    let done = app.post("mahbub", &path, &body("shalbon")).await;
    assert!(matches!(done.status, 200 | 204), "{}", done.json);

    // The other commissioner finds it in his queue, reads the case and decides; the first has nothing more to do with it.
    let list = app.get("masud", "/v1/tasks").await.expect(200).json;
    assert_eq!(list["items"][0]["case"], json!(case.id), "{list}");
    app.get("masud", &case.path("")).await.expect(200);
    app.post("masud", &format!("/v1/tasks/{task}/claim"), &json!({})).await.expect(200);
    app.post("masud", &format!("/v1/tasks/{task}/completion"), &json!({"outcome": "approve"})).await.expect(200);
    assert_eq!(case.view().await["decision"], "favourable");
    let form = app.get("rahim", &case.path("/form")).await.expect(200).json;
    assert_eq!(form["events"]["transfer"][0]["office"], "shalbon");
}

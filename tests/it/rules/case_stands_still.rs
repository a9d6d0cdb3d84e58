//! The office lets a case stand still on a ground of its service, for a reason that the parties are told: money and papers are
//! taken in, nothing moves, and no time passes, until the last hold is lifted.

use serde_json::{Value, json};

use crate::support::mutation::{Case, Mutation, Point, field_report};
use crate::support::{Answer, TestApp};

async fn hold(app: &TestApp, case: &Case<'_>, by: &str, body: &Value) -> Answer {
    app.by(by, "POST", &case.path("/holds")).header("if-match", "*").json(body).send().await
}

async fn resume(app: &TestApp, case: &Case<'_>, by: &str) -> Answer {
    app.by(by, "DELETE", &case.path("/holds/court_order")).header("if-match", "*").send().await
}

#[actix_web::test]
async fn a_court_order_stops_the_case_and_its_time() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Admitted).await;
    let why = json!({"hold": "court_order", "reason": "Injunction of the civil court, suit 12/2026."});
    app.by("anwar", "POST", &case.path("/holds")).json(&why).send().await.expect(428);
    assert_eq!(hold(&app, &case, "rahim", &why).await.status, 403);
    assert_eq!(hold(&app, &case, "mita", &why).await.expect(403).json["type"], "/problems/wrong_role");
    let faults = hold(&app, &case, "anwar", &json!({"hold": "weather", "reason": "Rain."})).await.expect(422).faults();
    assert_eq!(faults, [("/hold".to_owned(), "enum".to_owned())]);
    let faults = hold(&app, &case, "anwar", &json!({"hold": "court_order", "reason": " "})).await.expect(422).faults();
    assert_eq!(faults, [("/reason".to_owned(), "required".to_owned())]);
    assert_eq!(resume(&app, &case, "anwar").await.expect(409).json["type"], "/problems/not_held");
    let before = case.view().await["deadline"].clone();

    let done = hold(&app, &case, "anwar", &why).await;
    assert!(matches!(done.status, 200 | 204), "{}", done.json);
    let view = case.view().await;
    assert_eq!((&view["held"], &view["holds"][0]["id"]), (&json!(true), &json!("court_order")), "{view}");
    assert_eq!(view["deadline"]["state"], "suspended", "{view}");
    case.until_told("rahim", "held").await;
    assert_eq!(hold(&app, &case, "anwar", &why).await.expect(409).json["type"], "/problems/held");
    let form = app.get("rahim", &case.path("/form")).await.expect(200).json;
    assert_eq!(form["events"]["hold"][0]["reason"], why["reason"]);
    // Nobody completes anything, and nothing falls due.
    let task = case.task("field_report").await;
    app.post("bashir", &format!("/v1/tasks/{task}/claim"), &json!({})).await.expect(200);
    let done = app.post("bashir", &format!("/v1/tasks/{task}/completion"), &json!({"answers": field_report()})).await;
    assert_eq!(done.expect(409).json["type"], "/problems/held");
    app.forward_days(20).await;
    assert_eq!(app.count("SELECT count(*) FROM tasks WHERE overdue").await, 0);

    let done = resume(&app, &case, "anwar").await;
    assert!(matches!(done.status, 200 | 204), "{}", done.json);
    case.until_told("rahim", "resumed").await;
    let view = case.view().await;
    assert_eq!((&view["held"], &view["deadline"]["state"]), (&json!(false), &json!("running")));
    assert_eq!(view["deadline"]["counted"], before["counted"], "{before} {view}");
    app.forward_days(10).await;
    assert_eq!(app.count("SELECT count(*) FROM tasks WHERE overdue").await, 1, "its seven days run again");
    let events = app.get("rahim", &case.path("/events?limit=200")).await.expect(200).json.to_string();
    assert!(events.contains("\"held\"") && !events.contains("Injunction"), "an event holds nothing that anybody wrote");
}

#[actix_web::test]
async fn an_appeal_that_is_decided_lifts_its_own_hold_alone() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Approved).await;
    let why = json!({"hold": "court_order", "reason": "Injunction of the civil court, suit 12/2026."});
    let appeal = app.post("karim", &case.path("/appeal"), &json!({"form": {"grounds": "I did not sell."}})).await;
    appeal.expect(201);
    let done = hold(&app, &case, "anwar", &why).await;
    assert!(matches!(done.status, 200 | 204), "{}", done.json);
    let holds: Vec<Value> = case.view().await["holds"].as_array().cloned().unwrap_or_default();
    assert_eq!(holds.len(), 2, "{holds:?}");
    app.forward_days(16).await;
    // The district dismisses the appeal: the court's order stands on.
    let heard =
        app.text("SELECT id::text AS word FROM tasks WHERE step = 'hear' AND state = 'open'").await.expect("open");
    app.post("mahbub", &format!("/v1/tasks/{heard}/claim"), &json!({"no_ties": true})).await.expect(200);
    let dismissed = json!({"outcome": "dismiss", "reasons": ["unfounded"], "grounds": "The deed is in order."});
    app.post("mahbub", &format!("/v1/tasks/{heard}/completion"), &dismissed).await.expect(200);
    let alone = async || {
        let holds = case.view().await["holds"].clone();
        (holds.as_array().is_some_and(|all| all.len() == 1)).then_some(holds)
    };
    let holds = app.until("the appeal holds it no more", alone).await;
    assert_eq!(holds[0]["id"], "court_order");
    let done = resume(&app, &case, "anwar").await;
    assert!(matches!(done.status, 200 | 204), "{}", done.json);
    assert_eq!(case.view().await["held"], false);
}

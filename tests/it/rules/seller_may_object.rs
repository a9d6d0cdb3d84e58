//! A seller who contests the sale raises an objection, in whatever step the case is until the order; whoever orders reads
//! it beside the form.

use serde_json::json;

use crate::support::TestApp;
use crate::support::mutation::{Case, Mutation, Point};

fn objection() -> serde_json::Value {
    json!({"event": "objection", "answers": {"objection_grounds": "I did not sell plot 118."}})
}

fn raises(view: &serde_json::Value) -> Vec<&str> {
    let actions = view["actions"].as_array().into_iter().flatten();
    actions.filter(|a| a["action"] == "raise_event").filter_map(|a| a["event"]["id"].as_str()).collect()
}

async fn admitted(app: &TestApp) -> Case<'_> {
    Mutation::of_rahim(app).to(Point::Admitted).await
}

#[actix_web::test]
async fn the_seller_objects_and_the_officers_read_it() {
    let app = TestApp::new().await;
    let case = admitted(&app).await;
    let seen = app.get("karim", &case.path("")).await.expect(200).json;
    assert_eq!(raises(&seen), ["objection"]);
    assert_eq!(
        seen["actions"]
            .as_array()
            .and_then(|a| a.iter().find(|a| !a["event"].is_null()))
            .map(|a| (a["method"].clone(), a["event"]["title"].clone())),
        Some((json!("POST"), json!("Objection to the mutation")))
    );
    assert_eq!(raises(&case.view().await), Vec::<&str>::new(), "the applicant is offered none");

    let before = case.open_steps().await;
    app.post("karim", &case.path("/events"), &objection()).await.expect(200);
    assert_eq!(case.open_steps().await, before, "the case goes on");
    case.until_told("rahim", "objection_raised").await;

    let form = app.get("bashir", &case.path("/form")).await.expect(200).json;
    let raised = &form["events"]["objection"][0];
    assert_eq!(raised["objection_grounds"], "I did not sell plot 118.");
    assert!(raised["at"].is_string() && raised["by"].is_string(), "{raised}");
    let own = app.get("rahim", &case.path("/form")).await.expect(200).json;
    let raised = &own["events"]["objection"][0];
    assert!(raised["by"].is_null() && raised["objection_grounds"].is_string(), "no ids of others: {raised}");
    let events = app.get("rahim", &case.path("/events?limit=200")).await.expect(200).json;
    let last = events["items"].as_array().and_then(|e| e.iter().rfind(|e| e["kind"] == "raised")).cloned();
    let last = last.expect("it is in the history");
    assert_eq!(last["details"]["event"], "objection");
    assert!(!last.to_string().contains("118"), "an event holds nothing that anybody stated: {last}");
    assert!(app.audit().await.iter().any(|entry| entry.contains("case.raise")));
}

#[actix_web::test]
async fn nobody_else_and_not_without_grounds() {
    let app = TestApp::new().await;
    let case = admitted(&app).await;
    let path = case.path("/events");
    let applicant = app.post("rahim", &path, &objection()).await.expect(403);
    assert_eq!(applicant.json["type"], "/problems/not_for_this_party");
    app.post("salma", &path, &objection()).await.expect(404);
    app.post("bashir", &path, &objection()).await.expect(403);
    let nothing = json!({"event": "objection", "answers": {}});
    let faults = app.post("karim", &path, &nothing).await.expect(422).faults();
    assert_eq!(faults, [("/answers/objection_grounds".to_owned(), "required".to_owned())]);
    let none = app.post("karim", &path, &json!({"event": "earthquake"})).await.expect(422).faults();
    assert_eq!(none, [("/event".to_owned(), "enum".to_owned())]);
    let unknown = json!({"event": "objection", "why": "x"});
    app.post("karim", &path, &unknown).await.expect(422);
    assert_eq!(app.count("SELECT count(*) FROM case_events WHERE kind = 'raised'").await, 0);
}

#[actix_web::test]
async fn a_repeat_is_the_same_objection_and_after_the_order_there_is_none() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Checked).await;
    let path = case.path("/events");
    app.by("karim", "POST", &path).json(&objection()).header("idempotency-key", "").send().await.expect(400);
    for _ in 0..2 {
        let request = app.by("karim", "POST", &path).header("idempotency-key", "objection-1");
        request.json(&objection()).send().await.expect(200);
    }
    assert_eq!(app.count("SELECT count(*) FROM case_events WHERE kind = 'raised'").await, 1);
    let done = case.act("anwar", "order", &json!({"outcome": "approve"})).await;
    assert!(matches!(done.status, 200 | 204), "{:?}", done.json);
    let late = app.post("karim", &path, &objection()).await.expect(409);
    assert_eq!(late.json["type"], "/problems/not_now");
    assert_eq!(raises(&app.get("karim", &case.path("")).await.expect(200).json), Vec::<&str>::new());
}

//! The office admits the application or asks for what is missing; while the applicant is asked the legal clock stands.

use serde_json::json;

use crate::support::TestApp;
use crate::support::mutation::{Case, Mutation, Point};

fn incomplete() -> serde_json::Value {
    json!({"outcome": "incomplete", "reasons": ["papers_stale"], "grounds": "The tax receipt is of 2019."})
}

async fn asked(app: &TestApp) -> Case<'_> {
    let case = Mutation::of_rahim(app).to(Point::NoticePaid).await;
    let done = case.act("mita", "admit", &incomplete()).await;
    assert!(matches!(done.status, 200 | 204), "{:?}", done.json);
    case
}

async fn reject(case: &Case<'_>) {
    let body = json!({"outcome": "reject", "reasons": ["papers_missing"], "grounds": "Nothing came in fifteen days."});
    let done = case.act("anwar", "unsupplied", &body).await;
    assert!(matches!(done.status, 200 | 204), "{:?}", done.json);
}

#[actix_web::test]
async fn an_application_that_is_complete_is_admitted_to_the_field_report() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Admitted).await;
    assert_eq!(case.open_steps().await, ["field_report"]);
}

#[actix_web::test]
async fn the_clock_stands_while_papers_are_missing_and_runs_on_when_they_come() {
    let app = TestApp::new().await;
    let case = asked(&app).await;
    assert_eq!(case.open_steps().await, ["missing_papers"]);
    let before = case.view().await;
    assert_eq!(before["deadline"]["state"], "suspended");
    assert_eq!(before["deadline"]["last_day"], json!(null));
    case.until_told("rahim", "papers_asked").await;

    app.forward_days(7).await;
    case.upload("tax_receipt", 0).await.expect(201);
    case.complete("rahim", "missing_papers", &json!({})).await.expect(200);
    let after = case.view().await;
    assert_eq!(case.open_steps().await, ["admit"]);
    assert_eq!(after["deadline"]["state"], "running");
    // 28 working days from 3 August end on 10 September; a week in which nothing counted moves them by one.
    let usual = Mutation::of_rahim(&app).to(Point::NoticePaid).await.view().await["deadline"]["last_day"].clone();
    assert_eq!(after["deadline"]["last_day"], usual, "it has as many days left as one that begins today");
}

#[actix_web::test]
async fn papers_that_do_not_come_in_fifteen_days_are_decided_on_by_another_officer() {
    let app = TestApp::new().await;
    let case = asked(&app).await;
    app.forward_days(15).await;
    assert_eq!(case.open_steps().await, ["missing_papers"], "the last day counts to its midnight");
    app.forward_days(1).await;
    assert_eq!(case.open_steps().await, ["unsupplied"]);
    reject(&case).await;
    let view = case.view().await;
    assert_eq!((view["status"].as_str(), view["end"]["id"].as_str()), (Some("closed"), Some("rejected_papers")));
    assert_eq!(view["decision"], "adverse");
}

#[actix_web::test]
async fn papers_after_the_rejection_reopen_the_same_case_and_its_time_begins_anew() {
    let app = TestApp::new().await;
    let case = asked(&app).await;
    app.forward_days(16).await;
    reject(&case).await;
    let rejected = case.view().await;
    assert_eq!(rejected["end"]["id"], "rejected_papers");
    assert_eq!(actions(&rejected), ["add_document", "lodge", "lodge"], "it says that papers may still come");

    app.forward_days(3).await;
    let added = case.upload("tax_receipt", 0).await.expect(201);
    assert!(added.json["id"].is_string());
    let view = case.view().await;
    assert_eq!((&view["id"], &view["reference"]), (&rejected["id"], &rejected["reference"]), "it is the same case");
    assert_eq!((view["status"].as_str(), &view["end"], &view["decision"]), (Some("open"), &json!(null), &json!(null)));
    assert_eq!((&view["closed_at"], case.open_steps().await), (&json!(null), vec!["admit".to_owned()]));
    let fresh = Mutation::of_rahim(&app).to(Point::NoticePaid).await.view().await["deadline"]["last_day"].clone();
    assert_eq!(view["deadline"]["last_day"], fresh, "it has as many days as one that begins today");
    // The decision that was given stays in its history, and what was paid is not asked for again.
    let decisions = app.get("rahim", &case.path("/decisions")).await.expect(200).json;
    assert_eq!(
        (decisions["items"].as_array().map(Vec::len), &decisions["items"][0]["decision"]),
        (Some(1), &json!("adverse"))
    );
    let id = view["id"].as_str().unwrap_or_default();
    let row = "SELECT concat_ws(',', status, ending, result, decided_at, closed_at, retain_until, retain_then) AS word FROM cases WHERE id";
    let row = app.text(&format!("{row} = '{id}'")).await;
    assert_eq!(
        row.as_deref(),
        Some("open"),
        "nothing of the end stays in the row, so that no retention runs out meanwhile"
    );

    for (officer, step, body) in [
        ("mita", "admit", json!({"outcome": "complete"})),
        ("bashir", "field_report", report()),
        ("sohel", "survey", json!({"answers": {"government_land": false, "boundaries_agree": true}})),
        ("kamal", "records", json!({"answers": {"chain_complete": true}})),
        ("anwar", "order", json!({"outcome": "approve"})),
    ] {
        let done = case.act(officer, step, &body).await;
        assert!(matches!(done.status, 200 | 204), "{step}: {:?}", done.json);
    }
    assert_eq!(case.view().await["decision"], "favourable");
}

fn report() -> serde_json::Value {
    json!({"answers": {"visited_on": "2026-08-25", "clean": true, "possession": "applicant", "findings": "As stated."}})
}

fn actions(view: &serde_json::Value) -> Vec<&str> {
    view["actions"].as_array().into_iter().flatten().filter_map(|a| a["action"].as_str()).collect()
}

#[actix_web::test]
async fn a_case_that_ended_otherwise_takes_no_papers() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::CourtPaid).await;
    app.forward_days(8).await;
    assert_eq!(case.view().await["end"]["id"], "lapsed");
    let late = case.upload("tax_receipt", 0).await;
    assert_eq!((late.status, &late.json["type"]), (409, &json!("/problems/closed")), "{:?}", late.json);
}

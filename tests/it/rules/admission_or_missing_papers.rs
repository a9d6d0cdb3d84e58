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
    let body = json!({"outcome": "reject", "reasons": ["papers_missing"], "grounds": "Nothing came in fifteen days."});
    let done = case.act("anwar", "unsupplied", &body).await;
    assert!(matches!(done.status, 200 | 204), "{:?}", done.json);
    let view = case.view().await;
    assert_eq!((view["status"].as_str(), view["end"]["id"].as_str()), (Some("closed"), Some("rejected_papers")));
    assert_eq!(view["decision"], "adverse");
}

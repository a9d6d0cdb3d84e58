//! A rejection has reasons of the law and grounds in words; without them nothing happened, but for the log.

use serde_json::json;

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point};

#[actix_web::test]
async fn a_rejection_without_reasons_or_grounds_leaves_the_case_unchanged() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Checked).await;
    case.heard("anwar").await;
    case.claim("anwar", "order").await.expect(200);
    let (seq, mark) = (case.view().await["seq"].clone(), app.audit().await.len());

    let bare = case.complete("anwar", "order", &json!({"outcome": "reject"})).await.expect(422);
    let pointers: Vec<String> = bare.faults().into_iter().map(|(pointer, _)| pointer).collect();
    assert!(pointers.iter().any(|p| p == "/reasons") && pointers.iter().any(|p| p == "/grounds"), "{pointers:?}");
    let blank = json!({"outcome": "reject", "reasons": ["title"], "grounds": "   "});
    let blank = case.complete("anwar", "order", &blank).await.expect(422);
    assert_eq!(blank.faults(), [("/grounds".to_owned(), "grounds_required".to_owned())]);
    let foreign = json!({"outcome": "reject", "reasons": ["papers_missing"], "grounds": "Nothing came."});
    let foreign = case.complete("anwar", "order", &foreign).await.expect(422);
    assert!(foreign.faults().iter().all(|(pointer, _)| pointer.starts_with("/reasons")), "{:?}", foreign.faults());

    assert_eq!(case.view().await["seq"], seq);
    let log = app.audit().await.split_off(mark);
    let refused = log.iter().filter(|line| *line == "task.complete refused: invalid").count();
    assert_eq!(refused, 3, "{log:?}");

    let body =
        json!({"outcome": "reject", "reasons": ["title"], "grounds": "The deed of 1998 is missing from the chain."});
    case.complete("anwar", "order", &body).await;
    let decisions = app.get("rahim", &case.path("/decisions")).await.expect(200).json;
    let decision = &decisions["items"][0];
    assert_eq!(decision["decision"], "adverse");
    assert_eq!(decision["reasons"][0]["id"], "title");
    assert_eq!(decision["reasons"][0]["legal_ground"], "State Acquisition and Tenancy Act 1950, s. 116");
    assert_eq!(decision["grounds"], "The deed of 1998 is missing from the chain.");
    let instances = decision["remedies"].as_array().expect("remedies");
    let appeal = instances.iter().find(|r| r["id"] == "appeal").expect("an appeal");
    assert_eq!((&appeal["role"], &appeal["until"]), (&json!("adc-revenue"), &json!("2026-09-13")));
}

//! An application may be taken back until it is decided.

use serde_json::json;

use crate::support::TestApp;
use crate::support::mutation::{Case, Mutation, Point};

async fn withdraw(case: &Case<'_>, by: &str) -> crate::support::Answer {
    let seen = case.app.get("rahim", &case.path("")).await.expect(200);
    let request = case.app.by(by, "POST", &case.path("/withdrawal"));
    request.header("if-match", seen.header("etag")).json(&json!({})).send().await
}

#[actix_web::test]
async fn before_the_decision_it_ends_the_case() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Reported).await;
    assert!(case.view().await["actions"].as_array().expect("actions").iter().any(|a| a["action"] == "withdraw"));
    withdraw(&case, "anwar").await.expect(404);
    withdraw(&case, "rahim").await.expect(200);
    let view = case.view().await;
    assert_eq!((view["status"].as_str(), view["end"]["id"].as_str()), (Some("closed"), Some("withdrawn")));
    assert_eq!(app.get("sohel", "/v1/tasks").await.expect(200).json["items"], json!([]), "its task is gone");
    withdraw(&case, "rahim").await.expect(409);
}

#[actix_web::test]
async fn after_the_decision_it_is_refused() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Approved).await;
    assert!(case.view().await["actions"].as_array().expect("actions").iter().all(|a| a["action"] != "withdraw"));
    withdraw(&case, "rahim").await.expect(409);
    assert_eq!(case.open_steps().await, ["pay_dcr"]);
}

#[actix_web::test]
async fn whoever_has_not_seen_the_present_state_takes_nothing_back() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::NoticePaid).await;
    let seen = app.get("rahim", &case.path("")).await.header("etag").to_owned();
    case.act("mita", "admit", &json!({"outcome": "complete"})).await;
    let stale = app.by("rahim", "POST", &case.path("/withdrawal")).header("if-match", &seen).send().await;
    assert_eq!(stale.status, 412);
    app.by("rahim", "POST", &case.path("/withdrawal")).send().await.expect(428);
    assert_eq!(case.view().await["status"], "open");
}

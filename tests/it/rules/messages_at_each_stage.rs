//! At each stage the citizen is told, in his language; the seller is told what concerns his land.

use serde_json::json;

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point};

#[actix_web::test]
async fn the_applicant_is_told_of_every_stage_and_the_seller_of_what_touches_his_land() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Issued).await;
    case.until_told("rahim", "closed").await;
    case.until_told("karim", "seller_record_changed").await;
    for about in ["submitted", "step", "decided", "issued"] {
        case.until_told("rahim", about).await;
    }
    let told = case.told("rahim").await;
    assert!(told.iter().filter(|a| *a == "step").count() >= 5, "each stage is told: {told:?}");
    let seller = case.told("karim").await;
    assert_eq!(seller, ["seller_informed", "seller_record_changed"], "the seller is told nothing else");
    assert!(case.told("salma").await.is_empty());
}

#[actix_web::test]
async fn a_message_speaks_the_language_of_the_one_who_is_told() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).language("bn").to(Point::NoticePaid).await;
    case.until_told("rahim", "submitted").await;
    let messages = app.get("rahim", "/v1/me/messages").await.expect(200).json;
    let message =
        messages["items"].as_array().expect("items").iter().find(|m| m["about"] == "submitted").cloned().expect("told");
    assert_eq!(message["language"], "bn");
    let body = message["body"].as_str().unwrap_or_default();
    assert!(body.contains(&case.reference) && body.contains("আবেদন"), "{body}");
    assert!(!body.contains('{'), "{body}");
}

#[actix_web::test]
async fn applicant_and_office_write_to_each_other() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::NoticePaid).await;
    app.post("rahim", &case.path("/messages"), &json!({"body": "When will the visit be?"})).await.expect(201);
    app.post("mita", &case.path("/messages"), &json!({"body": "On Wednesday."})).await.expect(201);
    app.post("tarek", &case.path("/messages"), &json!({"body": "And mine?"})).await.expect(404);
    let page = app.get("rahim", &case.path("/messages")).await.expect(200).json;
    let bodies: Vec<&str> =
        page["items"].as_array().expect("items").iter().filter_map(|m| m["body"].as_str()).collect();
    assert!(bodies.contains(&"On Wednesday.") && bodies.contains(&"When will the visit be?"), "{bodies:?}");
    let office = app.get("mita", &case.path("/messages")).await.expect(200).json;
    assert!(office.to_string().contains("When will the visit be?"));
}

//! Nobody decides on what he has reported himself.

use serde_json::json;

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point, SADAR, Staff};

/// Gives somebody another post.
async fn also(app: &TestApp, name: &str, role: &str, office: &str) {
    let statement = format!(
        "INSERT INTO posts (id, person, role, office, authority, from_day) \
         SELECT gen_random_uuid(), person, '{role}', '{office}', 'land-administration', '2000-01-01' \
         FROM identities WHERE subject = '{name}'"
    );
    app.execute(&statement).await;
}

#[actix_web::test]
async fn who_reported_from_the_field_does_not_make_the_order() {
    let app = TestApp::new().await;
    also(&app, "bashir", "ac-land", "sadar").await;
    let case = Mutation::of_rahim(&app).to(Point::Checked).await;
    let seq = case.view().await["seq"].clone();
    let refused = case.act("bashir", "order", &json!({"outcome": "approve"})).await.expect(403);
    assert_eq!(refused.json["code"], "four_eyes");
    assert_eq!(case.view().await["seq"], seq, "the case is as it was");
    let log = app.audit().await;
    assert!(log.iter().any(|line| line.contains("refused") && line.contains("task.")), "{log:?}");
    let done = case.act("anwar", "order", &json!({"outcome": "approve"})).await;
    assert!(matches!(done.status, 200 | 204), "another officer may");
}

#[actix_web::test]
async fn who_admitted_or_reviewed_the_records_does_not_make_the_order() {
    let app = TestApp::new().await;
    also(&app, "anwar", "office-assistant", "sadar").await;
    let case = Mutation::of_rahim(&app).staff(Staff { assistant: "anwar", ..SADAR }).to(Point::Checked).await;
    case.act("anwar", "order", &json!({"outcome": "approve"})).await.expect(403);
    case.act("shireen", "order", &json!({"outcome": "approve"})).await;
    assert_eq!(case.open_steps().await, ["pay_dcr"]);
}

#[actix_web::test]
async fn an_officer_does_not_decide_on_his_own_application() {
    let app = TestApp::new().await;
    also(&app, "rahim", "ac-land", "sadar").await;
    let case = Mutation::of_rahim(&app).to(Point::Checked).await;
    let refused = case.act("rahim", "order", &json!({"outcome": "approve"})).await;
    assert_eq!((refused.status, refused.json["code"].as_str()), (403, Some("own_matter")), "{}", refused.json);
    assert_eq!(case.open_steps().await, ["order"]);
    let actions = case.view().await["actions"].clone();
    assert!(
        actions.as_array().expect("actions").iter().all(|a| a["action"] != "claim"),
        "nor is it offered: {actions}"
    );
}

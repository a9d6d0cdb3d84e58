//! Approval is offered only where the seller holds at least the quantity sold of this plot.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::mutation::{Case, Mutation, Point, person};

/// Whether the outcome is offered to the officer who holds the order.
async fn offered(case: &Case<'_>, outcome: &str) -> bool {
    let view = case.app.get("anwar", &case.path("")).await.expect(200).json;
    let actions = view["actions"].as_array().cloned().unwrap_or_default();
    let complete = actions.iter().find(|a| a["action"] == "complete").unwrap_or_else(|| panic!("not held: {view}"));
    let outcomes = complete["outcomes"].as_array().cloned().unwrap_or_default();
    outcomes.iter().find(|o| o["id"] == outcome).is_some_and(|o| o["offered"] == Value::Bool(true))
}

async fn is_not_approved(case: &Case<'_>) {
    case.claim("anwar", "order").await.expect(200);
    assert!(!offered(case, "approve").await);
    assert!(!offered(case, "reject").await, "nobody was heard");
    let refused = case.complete("anwar", "order", &json!({"outcome": "approve"})).await.expect(409);
    assert_eq!(refused.json["code"], "not_offered");
    assert_eq!(case.open_steps().await, ["order"]);
    let body =
        json!({"outcome": "reject", "reasons": ["holding_too_small"], "grounds": "The register says otherwise."});
    case.heard("anwar").await;
    case.act("anwar", "order", &body).await;
    assert_eq!(case.view().await["end"]["id"], "rejected");
}

#[actix_web::test]
async fn more_than_the_seller_holds_is_not_approved() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).quantity(33.01).to(Point::Checked).await;
    is_not_approved(&case).await;
}

#[actix_web::test]
async fn all_that_the_seller_holds_is_offered() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).quantity(33.0).to(Point::Checked).await;
    case.claim("anwar", "order").await.expect(200);
    assert!(offered(&case, "approve").await);
}

#[actix_web::test]
async fn a_seller_who_is_no_holder_sells_nothing() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).seller(person("Jamal Hossain", "4710000105")).to(Point::Checked).await;
    is_not_approved(&case).await;
}

#[actix_web::test]
async fn a_holder_of_a_part_sells_only_that_part() {
    let app = TestApp::new().await;
    let jamal = person("Jamal Hossain", "4710000105");
    let sale = Mutation::of_rahim(&app).plot("BRS-45-14", "121").seller(jamal).quantity(12.0);
    is_not_approved(&sale.to(Point::Checked).await).await;
}

#[actix_web::test]
async fn a_khatian_that_is_not_in_the_register_is_not_approved() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).plot("BRS-45-99999", "118").to(Point::Checked).await;
    is_not_approved(&case).await;
}

#[actix_web::test]
async fn what_was_entered_meanwhile_is_looked_up_again_and_approved() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).plot("BRS-45-99999", "118").to(Point::Checked).await;
    case.claim("anwar", "order").await.expect(200);
    assert!(!offered(&case, "approve").await && offered(&case, "look_again").await);
    app.execute(
        "INSERT INTO register_records (register, key, version, authority, record, changed_at) \
         SELECT register, 'BRS-45-99999', 1, authority, record, changed_at FROM register_records \
         WHERE register = 'khatians' AND key = 'BRS-45-12'",
    )
    .await;
    case.complete("anwar", "order", &json!({"outcome": "look_again"})).await.expect(200);
    assert_eq!(case.open_steps().await, ["order"], "nobody reports again");
    case.claim("anwar", "order").await.expect(200);
    assert!(offered(&case, "approve").await);
    case.complete("anwar", "order", &json!({"outcome": "approve"})).await;
    case.pay("dcr").await;
    assert_eq!(case.view().await["end"]["id"], "issued");
}

/// Karim's 33 decimals of plot 118 in two lines.
const TWO_LINES: &str = "UPDATE register_records SET record = jsonb_set(jsonb_set(record, '{holders,0,quantity}', '20'), \
    '{holders}', jsonb_set(record->'holders', '{0,quantity}', '20') || jsonb_set(record->'holders'->0, '{quantity}', '13')) \
    WHERE register = 'khatians' AND key = 'BRS-45-12'";

#[actix_web::test]
async fn the_lines_of_one_seller_count_together_and_what_is_sold_is_taken_off_once() {
    let app = TestApp::new().await;
    app.execute(TWO_LINES).await;
    let more = Mutation::of_rahim(&app).quantity(33.01).to(Point::Checked).await;
    is_not_approved(&more).await;
    let case = Mutation::of_rahim(&app).quantity(25.0).to(Point::Issued).await;
    assert_eq!(case.view().await["end"]["id"], "issued");
    let left = case.record("khatians", "BRS-45-12").await;
    assert_eq!(left["plots"][0]["quantity"], json!(8));
    let held: Vec<(&Value, &Value)> =
        left["holders"].as_array().expect("holders").iter().map(|h| (&h["dag"], &h["quantity"])).collect();
    assert_eq!(held, [(&json!("118"), &json!(8)), (&json!("119"), &json!(12.5))]);
}

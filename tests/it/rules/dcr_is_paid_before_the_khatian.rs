//! The record fee is paid before the khatian is made; what is not paid in sixty days lapses.

use serde_json::json;

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point};

#[actix_web::test]
async fn nothing_is_recorded_or_issued_before_the_fee_is_paid() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Approved).await;
    assert_eq!(case.view().await["certificates"], json!([]));
    assert_eq!(case.record("khatians", "K-2026-000001").await, json!(null));
    case.pay("dcr").await;
    let view = case.view().await;
    assert_eq!(view["certificates"].as_array().map(Vec::len), Some(2));
    assert_eq!(view["end"]["id"], "issued");
}

#[actix_web::test]
async fn an_approval_that_is_not_paid_for_in_sixty_days_lapses() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Approved).await;
    app.forward_days(60).await;
    assert_eq!(case.open_steps().await, ["pay_dcr"]);
    app.forward_days(1).await;
    let view = case.view().await;
    assert_eq!((view["end"]["id"].as_str(), view["certificates"].clone()), (Some("lapsed"), json!([])));
    assert_eq!(case.fee("dcr").await.expect("it was demanded")["state"], "void");
    assert_eq!(case.record("khatians", "BRS-45-12").await["plots"][0]["quantity"], json!(33));
}

#[actix_web::test]
async fn a_payment_that_is_cancelled_leaves_the_fee_payable() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Approved).await;
    let path = case.fee("dcr").await.expect("demanded")["pay"].as_str().unwrap_or_default().to_owned();
    app.post("rahim", &path, &json!({"phone": "+8801711000001"})).await.expect(202);
    let ended = "SELECT count(*) FROM payments WHERE state = 'cancelled'";
    app.until("the payer cancels", async || (app.count(ended).await == 1).then_some(())).await;
    assert_eq!(case.fee("dcr").await.expect("demanded")["state"], "due");
    case.pay("dcr").await;
    assert_eq!(case.view().await["end"]["id"], "issued");
}

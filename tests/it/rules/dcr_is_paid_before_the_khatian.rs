//! The record fee is paid before the khatian is made; what is not paid in sixty days lapses.

use serde_json::json;

use crate::support::definitions::{copy, replace};
use crate::support::mutation::{Mutation, Point};
use crate::support::{TestApp, at, empty_database_url};

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

/// A definition can be wrong in a way that only a case shows: then somebody looks at the case, and the money stays.
#[actix_web::test]
async fn a_record_that_its_register_refuses_takes_no_payment_back() {
    let folder = copy("refusing");
    let register = folder.join("land-mutation/registers/khatians.yaml");
    replace(&register, "previous: {type: string}", "previous: {type: string, maxLength: 3}");
    std::fs::remove_dir_all(folder.join("land-mutation/scenarios")).expect("removed");
    let settings = [("GUICHET_SERVICES", folder.to_str().expect("a path"))];
    let app = TestApp::on(empty_database_url(), &settings, at("2026-08-03T10:00:00+06:00")).await;
    let case = Mutation::of_rahim(&app).to(Point::Approved).await;
    case.pay("dcr").await;
    assert_eq!(case.open_steps().await, ["admit"]);
    assert_eq!(
        case.record("khatians", "BRS-45-12").await["plots"][0]["quantity"],
        json!(33),
        "nothing of it is written"
    );
    assert_eq!(case.record("khatians", "K-2026-000001").await, json!(null));
    case.until_told("rahim", "record_changed").await;
    assert_eq!(app.count("SELECT count(*) FROM payments WHERE state = 'succeeded' AND amount = 1100").await, 1);
    std::fs::remove_dir_all(folder).expect("removed");
}

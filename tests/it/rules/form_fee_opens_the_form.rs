//! The court fee opens the form for seven days; what does not come in time lapses.

use serde_json::json;

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point};

async fn lapses_after(point: Point) {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(point).await;
    app.forward_days(7).await;
    assert_eq!(case.view().await["status"], "open", "{point:?}: the seventh day counts");
    app.forward_days(1).await;
    let view = case.view().await;
    assert_eq!((view["status"].as_str(), view["end"]["id"].as_str()), (Some("closed"), Some("lapsed")), "{point:?}");
    assert!(case.fees().await.iter().all(|fee| fee["state"] != "due"), "nothing is demanded any more");
    assert_eq!(view["actions"], json!([]));
}

#[actix_web::test]
async fn a_court_fee_that_is_not_paid_in_seven_days_lapses() {
    lapses_after(Point::Opened).await;
}

#[actix_web::test]
async fn a_form_that_is_not_handed_in_in_seven_days_lapses() {
    lapses_after(Point::CourtPaid).await;
}

#[actix_web::test]
async fn a_notice_fee_that_is_not_paid_in_seven_days_lapses() {
    lapses_after(Point::Submitted).await;
}

#[actix_web::test]
async fn the_form_is_not_taken_before_the_court_fee() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Opened).await;
    case.save_form().await.expect(409);
    case.hand_in().await.expect(409);
    case.pay("court").await;
    case.save_form().await.expect(200);
}

#[actix_web::test]
async fn a_demand_that_lapsed_is_not_paid_any_more() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Opened).await;
    let path = case.fee("court").await.expect("demanded")["pay"].as_str().unwrap_or_default().to_owned();
    app.forward_days(8).await;
    let late = app.post("rahim", &path, &json!({})).await;
    assert!(matches!(late.status, 403 | 409), "{}", late.status);
    assert_eq!(app.count("SELECT count(*) FROM payments").await, 0);
}

//! The fee of a licence follows the number of employees and the signboard, by the tariff of the day; unpaid it lapses.

use serde_json::{Value, json};

use crate::support::licence::{Licence, act, inspection};
use crate::support::{TestApp, at, empty_database_url};

async fn granted<'a>(app: &'a TestApp, employees: u32, signboard: bool) -> Licence<'a> {
    let changes: [(&str, Value); 2] = [("employees", json!(employees)), ("signboard", json!(signboard))];
    let case = Licence::inspected(app, &changes, true).await;
    act(app, "nila", &json!({"outcome": "grant"})).await;
    case
}

#[actix_web::test]
async fn each_band_begins_and_ends_where_the_order_says() {
    let app = TestApp::new().await;
    for (employees, fee) in
        [(5, "500.00"), (6, "2000.00"), (25, "2000.00"), (26, "5000.00"), (100, "5000.00"), (101, "12000.00")]
    {
        assert_eq!(granted(&app, employees, false).await.amount().await, fee, "{employees}");
    }
    assert_eq!(granted(&app, 3, true).await.amount().await, "800.00", "and the signboard");
}

#[actix_web::test]
async fn before_july_2025_the_older_tariff_holds() {
    let app = TestApp::on(empty_database_url(), &[], at("2025-06-30T10:00:00+06:00")).await;
    for (employees, fee) in [(5, "400.00"), (25, "1600.00"), (100, "4000.00"), (101, "10000.00")] {
        let case = Licence::draft(&app, &[("employees", json!(employees))]).await;
        for query in ["kind=premises_proof", "kind=tax_certificate&issued=2025-06-01", "kind=fire_clearance"] {
            case.rina.upload(&case.path, query).await.expect(201);
        }
        case.submit().await.expect(200);
        act(&app, "tania", &json!({"outcome": "complete"})).await;
        act(&app, "gias", &inspection(true)).await;
        act(&app, "nila", &json!({"outcome": "grant"})).await;
        assert_eq!(case.amount().await, fee, "{employees}");
    }
}

#[actix_web::test]
async fn a_fee_that_is_not_paid_in_thirty_days_lapses() {
    let app = TestApp::new().await;
    let case = granted(&app, 3, false).await;
    app.forward_days(30).await;
    assert_eq!(case.step().await, "pay_licence");
    app.forward_days(1).await;
    let view = case.view().await;
    assert_eq!((&view["end"]["id"], &view["certificates"]), (&json!("lapsed"), &json!([])));
}

//! What is sold goes to the buyer's khatian, what is left stays with the seller; the register knows which case did it.

use serde_json::json;

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point};

#[actix_web::test]
async fn a_part_transfer_leaves_the_remainder_with_the_seller() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).quantity(10.25).to(Point::Issued).await;
    assert_eq!(case.view().await["end"]["id"], "issued");

    let seller = case.record("khatians", "BRS-45-12").await;
    let left = json!([{"dag": "118", "land_class": "arable", "quantity": 22.75}, {"dag": "119", "land_class": "homestead", "quantity": 12.5}]);
    assert_eq!(seller["plots"], left);
    assert_eq!(seller["holders"][0]["quantity"], json!(22.75));
    assert_eq!(seller["holders"][1]["quantity"], json!(12.5));

    let buyer = case.record("khatians", "K-2026-000001").await;
    assert_eq!(buyer["previous"], "BRS-45-12");
    assert_eq!(buyer["plots"], json!([{"dag": "118", "land_class": "arable", "quantity": 10.25}]));
    assert_eq!(buyer["holders"][0]["name"], "Rahim Uddin");

    let by_case = |key: &str, version: u8, change: &str| {
        format!(
            "SELECT count(*) FROM register_versions WHERE register = 'khatians' AND key = '{key}' \
             AND version = {version} AND change = '{change}' AND case_id = '{}'",
            case.id
        )
    };
    assert_eq!(app.count(&by_case("BRS-45-12", 2, "passed_on")).await, 1);
    assert_eq!(app.count(&by_case("K-2026-000001", 1, "mutation")).await, 1);
    let before =
        "SELECT record->'plots'->0->>'quantity' AS word FROM register_versions WHERE key = 'BRS-45-12' AND version = 1";
    assert_eq!(app.text(before).await.as_deref(), Some("33"), "the earlier state is kept");
}

#[actix_web::test]
async fn a_whole_transfer_takes_the_plot_and_its_holder_off_the_sellers_khatian() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).quantity(33.0).to(Point::Issued).await;
    let seller = case.record("khatians", "BRS-45-12").await;
    assert_eq!(seller["plots"], json!([{"dag": "119", "land_class": "homestead", "quantity": 12.5}]));
    assert_eq!(seller["holders"].as_array().map(Vec::len), Some(1));
    assert_eq!(seller["holders"][0]["dag"], "119");
    assert_eq!(case.record("khatians", "K-2026-000001").await["plots"][0]["quantity"], json!(33));
}

//! The papers that the definition wants must be there: what is missing is named with its place, all of it at once.

use serde_json::json;

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point, rahim, salma, sharing};

#[actix_web::test]
async fn every_missing_paper_is_pointed_at() {
    let app = TestApp::new().await;
    let sale = Mutation::of_rahim(&app).without_paper("deed").without_paper("tax_receipt");
    let case = sale.to(Point::Prepared).await;
    let faults = case.hand_in().await.expect(422).faults();
    for kind in ["deed", "tax_receipt"] {
        assert!(faults.iter().any(|(pointer, _)| pointer == &format!("/documents/{kind}")), "{kind}: {faults:?}");
    }
    assert_eq!(faults.len(), 2, "{faults:?}");
    assert_eq!(case.open_steps().await, ["fill"]);
    for kind in ["deed", "tax_receipt"] {
        case.upload(kind, 0).await.expect(201);
    }
    case.hand_in().await.expect(200);
}

#[actix_web::test]
async fn the_chain_of_deeds_is_asked_for_where_the_sellers_purchase_is_not_yet_in_the_record() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).with("already_mutated", json!(false)).to(Point::Prepared).await;
    let faults = case.hand_in().await.expect(422).faults();
    assert!(faults.iter().any(|(pointer, _)| pointer == "/documents/earlier_deeds"), "{faults:?}");
    case.upload("earlier_deeds", 0).await.expect(201);
    case.hand_in().await.expect(200);
}

#[actix_web::test]
async fn each_buyer_has_a_photograph() {
    let app = TestApp::new().await;
    let sale = Mutation::of_rahim(&app).with("applicants", json!([sharing(rahim(), 0.5), sharing(salma(), 0.5)]));
    let case = sale.to(Point::Prepared).await;
    let faults = case.hand_in().await.expect(422).faults();
    assert!(faults.iter().any(|(pointer, _)| pointer == "/documents/photo/1"), "{faults:?}");
    assert!(faults.iter().any(|(pointer, _)| pointer == "/documents/identity/1"), "{faults:?}");
}

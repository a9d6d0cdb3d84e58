//! Land in which the government has an interest is not transferred, whether the register or the surveyor says so.

use serde_json::json;

use crate::support::TestApp;
use crate::support::mutation::{Case, Mutation, Point, person, survey};

async fn is_rejected(case: &Case<'_>) {
    case.heard("anwar").await;
    let refused = case.act("anwar", "order", &json!({"outcome": "approve"})).await.expect(409);
    assert_eq!(refused.json["code"], "not_offered");
    let body = json!({"outcome": "reject", "reasons": ["government_interest"], "grounds": "Khas land."});
    case.complete("anwar", "order", &body).await;
    assert_eq!(case.view().await["end"]["id"], "rejected");
}

#[actix_web::test]
async fn an_interest_in_the_register_bars_the_approval() {
    let app = TestApp::new().await;
    let jamal = person("Jamal Hossain", "4710000105");
    let case = Mutation::of_rahim(&app).plot("BRS-45-13", "120").seller(jamal).to(Point::Checked).await;
    is_rejected(&case).await;
}

#[actix_web::test]
async fn what_the_surveyor_finds_on_the_ground_bars_the_approval() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Reported).await;
    case.act("sohel", "survey", &json!({"answers": survey(true)})).await;
    case.act("kamal", "records", &json!({"answers": {"chain_complete": true}})).await;
    is_rejected(&case).await;
}

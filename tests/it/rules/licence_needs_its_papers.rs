//! A licence to trade needs a proof of the premises, a fresh tax certificate, and a fire clearance from ten employees on. What the
//! office finds missing is asked for; where it does not come, the licence cannot be granted.

use serde_json::json;

use crate::support::TestApp;
use crate::support::licence::{Licence, act};

fn missing(kinds: &[&str]) -> Vec<(String, String)> {
    kinds.iter().map(|kind| (format!("/documents/{kind}"), "document_missing".to_owned())).collect()
}

#[actix_web::test]
async fn every_paper_is_asked_for() {
    let app = TestApp::new().await;
    let small = Licence::draft(&app, &[("employees", json!(9))]).await;
    assert_eq!(small.submit().await.expect(422).faults(), missing(&["premises_proof", "tax_certificate"]));
    let large = Licence::draft(&app, &[("employees", json!(10))]).await;
    let faults = large.submit().await.expect(422).faults();
    assert!(faults.contains(&missing(&["fire_clearance"])[0]), "{faults:?}");
}

#[actix_web::test]
async fn a_tax_certificate_is_not_older_than_six_months() {
    let app = TestApp::new().await;
    let case = Licence::draft(&app, &[]).await;
    case.rina.upload(&case.path, "kind=premises_proof").await.expect(201);
    case.rina.upload(&case.path, "kind=tax_certificate&issued=2026-02-02").await.expect(201);
    let stale = case.submit().await.expect(422).faults();
    assert_eq!(stale, [("/documents/tax_certificate".to_owned(), "document_too_old".to_owned())]);
    case.rina.upload(&case.path, "kind=tax_certificate&issued=2026-02-03").await.expect(201);
    case.submit().await.expect(200);
}

#[actix_web::test]
async fn who_sells_food_states_the_kitchen() {
    let app = TestApp::new().await;
    let case = Licence::draft(&app, &[("line_of_business", json!("food"))]).await;
    let faults = case.submit().await.expect(422).faults();
    assert!(faults.contains(&("/form/kitchen_area".to_owned(), "required".to_owned())), "{faults:?}");
}

#[actix_web::test]
async fn what_the_office_misses_is_asked_for_and_the_limit_stands() {
    let app = TestApp::new().await;
    let case = Licence::submitted(&app, &[]).await;
    let incomplete =
        json!({"outcome": "incomplete", "reasons": ["papers_missing"], "grounds": "The lease is not signed."});
    act(&app, "tania", &incomplete).await;
    assert_eq!(
        (case.step().await, case.view().await["deadline"]["state"].clone()),
        (json!("missing_papers"), json!("suspended"))
    );
    case.rina.upload(&case.path, "kind=premises_proof").await.expect(201);
    let task = case.view().await["steps"][0]["task"].as_str().expect("a task").to_owned();
    case.rina.post(&format!("/v1/tasks/{task}/completion"), &json!({})).await.expect(200);
    assert_eq!(case.step().await, "check");
    act(&app, "tania", &incomplete).await;
    app.forward_days(15).await;
    assert_eq!(case.step().await, "missing_papers");
    app.forward_days(1).await;
    assert_eq!(case.step().await, "decision");
    case.claim("nila").await.expect(200);
    assert_eq!(case.complete("nila", &json!({"outcome": "grant"})).await.expect(409).json["code"], "not_offered");
    let refuse = json!({"outcome": "refuse", "reasons": ["papers_missing"], "grounds": "Not supplied by 18 August."});
    case.complete("nila", &refuse).await;
    assert_eq!(case.view().await["end"]["id"], "refused");
}

//! The mouza of the plot decides which circle is competent and which union office reports.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point, Staff};

async fn queue(app: &TestApp, officer: &str) -> Vec<Value> {
    let page = app.get(officer, "/v1/tasks").await.expect(200);
    page.json["items"].as_array().cloned().unwrap_or_default()
}

#[actix_web::test]
async fn a_plot_of_uttarhat_goes_to_the_circle_of_sadar_and_the_union_office_of_uttarhat() {
    let app = TestApp::new().await;
    let uttarhat = Staff { union: "kohinur", ..crate::support::mutation::SADAR };
    let case = Mutation::of_rahim(&app).with("mouza", json!("m047")).staff(uttarhat).to(Point::Admitted).await;
    assert_eq!(case.view().await["office"]["id"], "sadar");
    let theirs = queue(&app, "kohinur").await;
    assert_eq!(theirs.len(), 1);
    assert_eq!(
        (theirs[0]["office"].as_str(), theirs[0]["step"]["id"].as_str()),
        (Some("uttarhat"), Some("field_report"))
    );
    assert_eq!(queue(&app, "bashir").await, Vec::<Value>::new());
    assert_eq!(case.claim("bashir", "field_report").await.status, 404);
}

#[actix_web::test]
async fn a_plot_of_another_circle_goes_there() {
    let app = TestApp::new().await;
    let key = "SELECT key AS word FROM register_records WHERE register = 'mouzas' AND record->>'union' = 'boroigram' ORDER BY key LIMIT 1";
    let mouza = app.text(key).await.expect("there is such a mouza");
    let case = Mutation::of_rahim(&app).with("mouza", json!(mouza)).to(Point::NoticePaid).await;
    assert_eq!(case.view().await["office"]["id"], "shalbon");
    assert_eq!(queue(&app, "bilkis").await.len(), 1);
    assert_eq!(queue(&app, "mita").await, Vec::<Value>::new());
    case.act("bilkis", "admit", &json!({"outcome": "complete"})).await.expect(200);
    let theirs = queue(&app, "hasan").await;
    assert_eq!(theirs[0]["office"], "boroigram");
}

#[actix_web::test]
async fn a_mouza_that_no_office_is_competent_for_is_told_at_its_field() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).with("mouza", json!("m999")).to(Point::Prepared).await;
    let refused = case.hand_in().await.expect(422);
    assert!(refused.faults().iter().any(|(pointer, _)| pointer == "/form/mouza"), "{:?}", refused.faults());
    assert_eq!(case.open_steps().await, ["fill"]);
}

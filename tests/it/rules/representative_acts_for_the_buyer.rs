//! A representative applies for the buyer, with a letter or a power of attorney; both see the case.

use serde_json::json;

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point, person};

fn by_sumon(app: &TestApp) -> Mutation<'_> {
    let who = json!({"person": person("Sumon Das", "4710000107"), "relationship": "lawyer", "mandate": "letter"});
    Mutation::by(app, "sumon").with("by_representative", json!(true)).with("representative", who)
}

#[actix_web::test]
async fn a_representative_brings_the_case_to_the_khatian_of_the_buyer() {
    let app = TestApp::new().await;
    let case = by_sumon(&app).paper("representative_letter").to(Point::Issued).await;
    assert_eq!(case.view().await["end"]["id"], "issued");
    assert_eq!(case.record("khatians", "K-2026-000001").await["holders"][0]["name"], "Rahim Uddin");
    let represented = format!(
        "SELECT count(*) FROM case_parties p JOIN identities i ON i.person = p.represented_by \
         WHERE p.case_id = '{}' AND p.role = 'applicant' AND i.subject = 'sumon'",
        case.id
    );
    assert_eq!(app.count(&represented).await, 1);
    // The buyer sees his own case, and is told.
    app.get("rahim", &case.path("")).await.expect(200);
    case.until_told("rahim", "issued").await;
}

#[actix_web::test]
async fn without_the_letter_or_the_name_of_the_representative_the_form_is_refused() {
    let app = TestApp::new().await;
    let case = by_sumon(&app).to(Point::Prepared).await;
    let refused = case.hand_in().await.expect(422);
    assert!(refused.faults().iter().any(|(p, _)| p.contains("representative_letter")), "{:?}", refused.faults());

    let nameless = Mutation::by(&app, "sumon").with("by_representative", json!(true)).paper("representative_letter");
    let refused = nameless.to(Point::Prepared).await.hand_in().await.expect(422);
    assert!(refused.faults().contains(&("/form/representative".into(), "required".into())), "{:?}", refused.faults());
}

#[actix_web::test]
async fn who_applies_for_somebody_else_needs_a_mandate_whatever_the_form_says() {
    let app = TestApp::new().await;
    let case = Mutation::by(&app, "sumon").to(Point::Prepared).await;
    let refused = case.hand_in().await.expect(422);
    let wanted = [("/documents/representative_letter".to_owned(), "document_missing".to_owned())];
    assert_eq!(refused.faults(), wanted);
    case.upload("representative_letter", 0).await.expect(201);
    case.hand_in().await.expect(200);
    assert_eq!(case.open_steps().await, ["pay_notice"]);
}

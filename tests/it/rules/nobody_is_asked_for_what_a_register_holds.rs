//! A copy of the latest record is asked for only where the land office has none: its register is asked instead, for that
//! purpose, and that is on record.

use serde_json::json;

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point};

#[actix_web::test]
async fn the_register_is_asked_in_place_of_the_applicant() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).without_paper("latest_record").to(Point::Submitted).await;
    assert_eq!(case.view().await["status"], "open");
    let asked =
        "SELECT convert_from(p.bytes, 'UTF8') AS word FROM audit_entries e JOIN audit_payloads p ON p.entry = e.id
        WHERE e.action = 'register.read' AND e.purpose = 'documents'";
    let asked = app.text(asked).await.expect("it is on record");
    assert!(asked.contains("khatians"), "{asked}");
    // The service says so beforehand.
    let service = app.get("rahim", "/v1/services/land-mutation").await.expect(200).json;
    let documents = service["documents"].as_array().cloned().unwrap_or_default();
    let record = documents.iter().find(|d| d["id"] == "latest_record").expect("the document");
    assert_eq!(record["held_by"]["id"], "khatians", "{record}");
}

#[actix_web::test]
async fn a_record_that_the_register_does_not_have_is_asked_for() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).plot("BRS-45-9999", "1").without_paper("latest_record");
    let case = case.to(Point::Prepared).await;
    let refused = case.hand_in().await.expect(422);
    assert_eq!(refused.faults(), [("/documents/latest_record".to_owned(), "document_missing".to_owned())]);
    assert_eq!(refused.json["code"], json!("invalid"));
}

#[actix_web::test]
async fn who_brings_the_paper_has_no_register_asked() {
    let app = TestApp::new().await;
    Mutation::of_rahim(&app).to(Point::Submitted).await;
    let asked = "SELECT count(*) FROM audit_entries WHERE action = 'register.read' AND purpose = 'documents'";
    assert_eq!(app.count(asked).await, 0);
}

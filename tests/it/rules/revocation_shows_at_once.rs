//! The office takes a certificate back for a reason; who verifies it sees that at once.

use serde_json::json;

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point};

#[actix_web::test]
async fn a_revoked_certificate_is_shown_as_revoked_at_once() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Issued).await;
    let code = case.certificate("khatian").await;
    let (path, revocation) = (format!("/v1/certificates/{code}"), format!("/v1/certificates/{code}/revocation"));
    let reason = json!({"reason": "Issued on a forged deed: order 12 of 2026."});
    app.post("rahim", &revocation, &reason).await.expect(403);
    app.post("tarek", &revocation, &reason).await.expect(404);
    app.post("masud", &revocation, &reason).await.expect(404);
    let blank = app.post("anwar", &revocation, &json!({"reason": " "})).await.expect(422);
    assert_eq!(blank.faults(), [("/reason".to_owned(), "required".to_owned())]);
    assert_eq!(app.request("GET", &path).send().await.json["state"], "valid");

    let revoked = app.post("anwar", &revocation, &reason).await.expect(200);
    assert_eq!(revoked.json["state"], "revoked");
    assert_eq!(app.request("GET", &path).send().await.expect(200).json["state"], "revoked");
    app.post("anwar", &revocation, &reason).await.expect(409);
    let shown = case.view().await["certificates"].clone();
    let shown = shown.as_array().expect("certificates").iter().find(|c| c["code"] == code.as_str()).cloned();
    assert_eq!(shown.expect("it is listed")["revoked"], true);
    let dcr = case.certificate("dcr").await;
    assert_eq!(app.request("GET", &format!("/v1/certificates/{dcr}")).send().await.json["state"], "valid");
}

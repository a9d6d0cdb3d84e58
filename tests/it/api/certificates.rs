//! Certificates: verified by anybody, printed by those who may read the case, taken back by the office.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::residence::{CLERK, NEWCOMER, RESIDENT};

#[actix_web::test]
async fn anybody_verifies_a_certificate_by_its_code() {
    let app = TestApp::new().await;
    let code = app.residence(RESIDENT).await.code();
    let path = format!("/v1/certificates/{code}");
    let view = app.request("GET", &path).header("accept-language", "en").send().await.expect(200);
    assert_eq!((&view.json["state"], &view.json["code"]), (&json!("valid"), &json!(code)));
    assert_eq!(view.json["issued_on"], "2026-08-03");
    assert_eq!(view.header("content-language"), "en");
    // As it is read out over the telephone.
    let dashed = format!("/v1/certificates/{}-{}", &code[..13].to_lowercase(), &code[13..]);
    assert_eq!(app.request("GET", &dashed).send().await.expect(200).json["code"], view.json["code"]);
    let page = app.request("GET", &path).header("accept", "text/html").send().await.expect(200);
    assert!(page.header("content-type").starts_with("text/html"));
    assert!(String::from_utf8(page.bytes).is_ok_and(|html| html.contains("<html") && html.contains(&code)));
    for wrong in ["0".repeat(26), "short".into(), "%00".into(), "a".repeat(300)] {
        assert_eq!(app.request("GET", &format!("/v1/certificates/{wrong}")).send().await.status, 404, "{wrong}");
    }
}

#[actix_web::test]
async fn the_paper_is_an_attachment_and_the_token_is_signed_by_the_published_key() {
    let app = TestApp::new().await;
    let code = app.residence(RESIDENT).await.code();
    let paper = app.get(RESIDENT, &format!("/v1/certificates/{code}/document")).await.expect(200);
    assert!(
        paper.header("content-disposition").starts_with("attachment")
            && paper.header("x-content-type-options") == "nosniff"
    );
    let html = String::from_utf8(paper.bytes).expect("text");
    assert!(html.contains("<svg") && html.contains("Salma Begum"), "{html}");

    let token = app.get(RESIDENT, &format!("/v1/certificates/{code}/token")).await.expect(200);
    let token = String::from_utf8(token.bytes).expect("text");
    let keys = app.request("GET", "/.well-known/jwks.json").send().await.expect(200).json;
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(parts.len(), 3);
    let bytes = |text: &str| URL_SAFE_NO_PAD.decode(text).expect("base64");
    let header: Value = serde_json::from_slice(&bytes(parts[0])).expect("JSON");
    assert_eq!((&header["alg"], &header["kid"]), (&json!("EdDSA"), &keys["keys"][0]["kid"]));
    let key: [u8; 32] = bytes(keys["keys"][0]["x"].as_str().expect("a key")).try_into().expect("32 bytes");
    let key = ed25519_dalek::VerifyingKey::from_bytes(&key).expect("a key");
    let signature = ed25519_dalek::Signature::from_slice(&bytes(parts[2])).expect("a signature");
    key.verify_strict(format!("{}.{}", parts[0], parts[1]).as_bytes(), &signature)
        .expect("signed by the published key");
}

#[actix_web::test]
async fn the_office_takes_a_certificate_back_for_a_stated_reason() {
    let app = TestApp::new().await;
    let (case, task) = app.claimed_task().await;
    let done =
        app.post(CLERK, &format!("/v1/tasks/{task}/completion"), &json!({"outcome": "confirm"})).await.expect(200);
    let code = done.json["certificates"][0]["code"].as_str().expect("a code").to_owned();
    let path = format!("/v1/certificates/{code}/revocation");
    assert_eq!(app.post(CLERK, &path, &json!({"reason": " "})).await.faults(), [("/reason".into(), "required".into())]);
    assert_eq!(app.post(NEWCOMER, &path, &json!({"reason": "mine"})).await.status, 403);
    assert_eq!(app.post("salma", &path, &json!({"reason": "envy"})).await.status, 404);
    let revoked = app.post(CLERK, &path, &json!({"reason": "Issued to the wrong person."})).await.expect(200);
    assert_eq!(revoked.json["state"], "revoked");
    assert_eq!(app.request("GET", &format!("/v1/certificates/{code}")).send().await.json["state"], "revoked");
    assert_eq!(app.post(CLERK, &path, &json!({"reason": "Once more."})).await.status, 409);
    let entry = format!(
        "SELECT count(*) FROM audit_entries WHERE action = 'certificate.revoke' AND outcome = 'done' AND case_id = '{}'",
        case.id
    );
    assert_eq!(app.count(&entry).await, 1);
}

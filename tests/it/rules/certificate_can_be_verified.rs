//! Anybody who has the code verifies a certificate; its document has both languages and a QR code; its token is
//! checked with the published keys alone.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point};

fn part(text: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).expect("base64url")).expect("JSON")
}

#[actix_web::test]
async fn anybody_verifies_the_khatian_by_its_code() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Issued).await;
    let code = case.certificate("khatian").await;
    assert_eq!(code.len(), 26);
    let known = app.request("GET", &format!("/v1/certificates/{code}")).send().await.expect(200).json;
    assert_eq!((known["state"].as_str(), known["issued_on"].as_str()), (Some("valid"), Some("2026-08-03")));
    let field = |name: &str| {
        known["fields"].as_array().and_then(|all| all.iter().find(|f| f["name"] == name)).map(|f| f["value"].clone())
    };
    assert_eq!(field("steps.finalise.number"), Some(json!("K-2026-000001")));
    assert_eq!(field("form.quantity"), Some(json!(10)));
    let text = known.to_string();
    assert!(!text.contains("Rahim") && !text.contains("4710000101"), "only the listed fields are public: {text}");

    // Who holds the paper is not known; that it was verified is, to the people whose case it is.
    let told = "SELECT count(*) FROM audit_entries e JOIN audit_subjects s ON s.entry = e.id
        JOIN case_parties p ON p.person = s.person AND p.case_id = e.case_id AND p.role = 'applicant'
        WHERE e.action = 'certificate.verify' AND e.actor IS NULL";
    assert_eq!(app.count(told).await, 1);

    let typed = format!("{}-{}", &code[..13].to_lowercase(), &code[13..]);
    app.request("GET", &format!("/v1/certificates/{typed}")).send().await.expect(200);
    let wrong = if code.starts_with('0') { "1" } else { "0" };
    app.request("GET", &format!("/v1/certificates/{wrong}{}", &code[1..])).send().await.expect(404);
}

#[actix_web::test]
async fn the_document_has_both_languages_and_a_qr_code() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Issued).await;
    for template in ["khatian", "dcr"] {
        let code = case.certificate(template).await;
        let path = format!("/v1/certificates/{code}/document");
        let document = app.get("rahim", &path).await.expect(200);
        let html = String::from_utf8_lossy(&document.bytes).into_owned();
        assert!(document.header("content-disposition").starts_with("attachment"));
        assert_eq!(document.header("x-content-type-options"), "nosniff");
        assert!(html.contains("lang=\"en\"") && html.contains("lang=\"bn\""), "{html}");
        assert_eq!(html.matches("<svg").count(), 2, "a QR code in each language");
        assert!(html.contains(&format!("{}/v1/certificates/{code}", app.url)), "the address in words, too");
        assert!(html.contains("রহিম") || html.contains("Rahim Uddin"));
        app.request("GET", &path).send().await.expect(401);
        app.get("tarek", &path).await.expect(404);
    }
}

#[actix_web::test]
async fn the_token_is_verified_with_the_published_keys() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Issued).await;
    let code = case.certificate("khatian").await;
    let answer = app.get("rahim", &format!("/v1/certificates/{code}/token")).await.expect(200);
    let token = String::from_utf8(answer.bytes).expect("text");
    let parts: Vec<&str> = token.split('.').collect();
    let [head, body, signature] = parts[..] else { panic!("not compact: {token}") };
    let (header, claims) = (part(head), part(body));
    assert_eq!(header["alg"], "EdDSA");

    let keys = app.request("GET", "/.well-known/jwks.json").send().await.expect(200).json;
    let keys = keys["keys"].as_array().expect("keys").clone();
    let key = keys.iter().find(|k| k["kid"] == header["kid"]).expect("the key that signed is published");
    let x = URL_SAFE_NO_PAD.decode(key["x"].as_str().unwrap_or_default()).expect("base64url");
    let key = VerifyingKey::from_bytes(&x.try_into().expect("32 bytes")).expect("a key");
    let bytes = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    let signature = Signature::from_slice(&bytes).expect("a signature");
    key.verify_strict(format!("{head}.{body}").as_bytes(), &signature).expect("it is ours");
    key.verify_strict(format!("{head}.{body}x").as_bytes(), &signature).expect_err("another text is not");

    assert_eq!(claims["jti"], code.as_str());
    assert_eq!(claims["fields"]["steps.finalise.number"], "K-2026-000001");
}

#[actix_web::test]
async fn a_token_without_an_end_is_verified_by_a_common_library() {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Issued).await;
    let code = case.certificate("khatian").await;
    let answer = app.get("rahim", &format!("/v1/certificates/{code}/token")).await.expect(200);
    let token = String::from_utf8(answer.bytes).expect("text");
    let kid = decode_header(&token).expect("a header").kid;
    let keys = app.request("GET", "/.well-known/jwks.json").send().await.expect(200).json;
    let key = keys["keys"]
        .as_array()
        .expect("keys")
        .iter()
        .find(|k| k["kid"].as_str() == kid.as_deref())
        .expect("it is there");
    let key = DecodingKey::from_ed_components(key["x"].as_str().expect("x")).expect("a key");
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.required_spec_claims.clear();
    let claims = decode::<Value>(&token, &key, &validation).expect("it is good").claims;
    assert_eq!(claims["jti"], code.as_str());
    assert!(claims.get("exp").is_none(), "for ever is no number, and no null: {claims}");
}

#[actix_web::test]
async fn one_verification_is_one_entry_with_its_own_request() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Issued).await;
    let path = format!("/v1/certificates/{}", case.certificate("khatian").await);
    let entries = async |id: &str| {
        let text =
            format!("SELECT count(*) FROM audit_entries WHERE action = 'certificate.verify' AND request = '{id}'");
        app.count(&text).await
    };
    for (id, accept) in [("as-json", "application/json"), ("as-page", "text/html")] {
        let asked = app.request("GET", &path).header("x-request-id", id).header("accept", accept);
        let answer = asked.header("accept-language", "bn").send().await.expect(200);
        assert_eq!(entries(id).await, 1, "{id}");
        if accept == "text/html" {
            let page = String::from_utf8(answer.bytes).expect("text");
            assert!(page.contains("lang=\"bn\"") && page.contains("lang=\"en\""), "{page}");
        }
    }
    assert_eq!(app.count("SELECT count(*) FROM audit_entries WHERE action = 'certificate.verify'").await, 2);
}

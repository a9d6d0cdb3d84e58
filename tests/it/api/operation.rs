//! For those who run the server: health, figures, the document of the API and its page.

use crate::support::TestApp;

#[actix_web::test]
async fn the_server_says_that_it_lives_and_can_serve() {
    let app = TestApp::new().await;
    for (path, body) in [("/healthz", "ok"), ("/readyz", "ready")] {
        let answer = app.request("GET", path).send().await.expect(200);
        assert_eq!(answer.bytes, body.as_bytes());
    }
}

#[actix_web::test]
async fn figures_name_routes_and_never_what_was_asked_for() {
    let app = TestApp::new().await;
    let case = app.residence("tarek").await;
    app.get("tarek", &case.path("")).await.expect(200);
    let answer = app.request("GET", "/metrics").send().await.expect(200);
    assert!(answer.header("content-type").starts_with("text/plain; version=0.0.4"));
    let text = String::from_utf8(answer.bytes).expect("text");
    assert!(text.contains("http_requests_total{") && text.contains("route=\"/v1/cases/{id}\""), "{text}");
    assert!(text.contains("http_request_duration_seconds_bucket"));
    assert!(!text.contains(&case.id) && !text.contains(&case.reference));
}

#[actix_web::test]
async fn the_document_of_the_api_is_the_one_that_is_kept() {
    let app = TestApp::new().await;
    let answer = app.request("GET", "/openapi.json").send().await.expect(200);
    assert_eq!(String::from_utf8(answer.bytes).expect("text"), guichet::api::document().expect("a document"));
    assert_eq!(answer.json["openapi"], "3.1.0");
}

#[actix_web::test]
async fn the_reference_page_works_without_the_internet() {
    let app = TestApp::new().await;
    let page = app.request("GET", "/docs/").send().await.expect(200);
    let html = String::from_utf8(page.bytes.clone()).expect("text");
    assert!(!html.contains("http://") && !html.contains("https://") && !html.contains("\"//"), "{html}");
    let policy = page.header("content-security-policy");
    assert!(
        policy.contains("default-src 'none'") && policy.contains("connect-src 'self'") && !policy.contains("http"),
        "{policy}"
    );
    let files = html.split(['"', '\'']).filter(|part| part.ends_with(".js") || part.ends_with(".css"));
    let mut count = 0;
    for file in files {
        let path =
            if file.starts_with('/') { file.to_owned() } else { format!("/docs/{}", file.trim_start_matches("./")) };
        app.request("GET", &path).send().await.expect(200);
        count += 1;
    }
    assert!(count >= 3, "{html}");
}

#[actix_web::test]
async fn the_key_of_certificates_is_public_and_only_its_public_half() {
    let app = TestApp::new().await;
    let keys = app.request("GET", "/.well-known/jwks.json").send().await.expect(200).json;
    let key = &keys["keys"][0];
    assert_eq!((key["kty"].as_str(), key["crv"].as_str()), (Some("OKP"), Some("Ed25519")));
    assert!(key["x"].is_string() && key["kid"].is_string() && key.get("d").is_none(), "{key}");
}

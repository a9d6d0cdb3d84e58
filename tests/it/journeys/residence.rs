//! The certificate of residence: the register answers at once; a clerk looks only where it does not.

use serde_json::json;

use crate::support::TestApp;

#[actix_web::test]
async fn whom_the_register_knows_gets_the_certificate_at_once() {
    let app = TestApp::new().await;
    let body = json!({"service": "residence-certificate", "submit": true});
    let case = app.post("nasrin", "/v1/cases", &body).await.expect(201).json;
    assert_eq!((case["status"].as_str(), case["end"]["id"].as_str()), (Some("closed"), Some("issued")));
    assert_eq!(case["decision"], "favourable");
    let code = case["certificates"][0]["code"].as_str().expect("a certificate");
    let known = app.request("GET", &format!("/v1/certificates/{code}")).send().await.expect(200).json;
    assert_eq!(known["state"], "valid");
    assert_eq!(known["fields"][0]["value"], "Nasrin Akter", "{known}");
    let html = app.get("nasrin", &format!("/v1/certificates/{code}/document")).await.expect(200);
    let html = String::from_utf8_lossy(&html.bytes).into_owned();
    assert!(html.contains("128 College Road") && html.contains("Nasrin Akter"), "{html}");
    let path = format!("/v1/cases/{}/decisions", case["id"].as_str().unwrap_or_default());
    let decisions = app.get("nasrin", &path).await.expect(200).json;
    assert_eq!(
        (decisions["items"][0]["step"]["id"].clone(), decisions["items"][0]["role"].clone()),
        (json!("look"), json!(null))
    );
    let read = "SELECT count(*) FROM audit_entries WHERE action = 'register.read' AND purpose = 'residence'";
    assert_eq!(app.count(read).await, 1, "the look-up is written down with its purpose");
}

#[actix_web::test]
async fn whom_it_does_not_know_a_clerk_confirms_or_refuses() {
    let app = TestApp::new().await;
    app.execute(
        "DELETE FROM register_records r USING identities i WHERE r.register = 'residents' AND r.key = i.person::text \
         AND i.subject IN ('rahim', 'nasrin')",
    )
    .await;
    for (citizen, body, end) in [
        ("rahim", json!({"outcome": "confirm"}), "issued"),
        (
            "nasrin",
            json!({"outcome": "refuse", "reasons": ["not_resident"], "grounds": "She lives in Purba."}),
            "refused",
        ),
    ] {
        let new = json!({"service": "residence-certificate", "submit": true});
        let case = app.post(citizen, "/v1/cases", &new).await.expect(201).json;
        assert_eq!(case["steps"][0]["id"], "check");
        let task = format!("/v1/tasks/{}", case["steps"][0]["task"].as_str().expect("a task"));
        app.post("tania", &format!("{task}/claim"), &json!({})).await.expect(404);
        app.post("popy", &format!("{task}/claim"), &json!({})).await.expect(200);
        let done = app.post("popy", &format!("{task}/completion"), &body).await;
        assert!(matches!(done.status, 200 | 204), "{}", done.json);
        let path = format!("/v1/cases/{}", case["id"].as_str().unwrap_or_default());
        let view = app.get(citizen, &path).await.expect(200).json;
        assert_eq!(view["end"]["id"], end);
        assert_eq!(view["certificates"].as_array().map(Vec::len), Some(usize::from(end == "issued")));
    }
}

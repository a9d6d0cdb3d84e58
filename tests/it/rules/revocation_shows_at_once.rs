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

#[actix_web::test]
async fn a_revocation_is_an_act_on_the_case_however_long_it_is_closed() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Issued).await;
    app.until("an empty queue", async || (app.count("SELECT count(*) FROM jobs").await == 0).then_some(())).await;
    let code = case.certificate("khatian").await;
    let columns = "status, ending, result, closed_at, retain_until, retain_then, decided_at, submitted_at";
    let row = format!("SELECT concat_ws(' ', {columns}) AS word FROM cases WHERE id = '{}'", case.id);
    let (before, seq) = (app.text(&row).await.expect("a row"), case.view().await["seq"].as_i64().expect("a number"));
    assert!(before.starts_with("closed issued favourable "), "{before}");
    app.forward_days(40).await;
    let reason = "Issued on a forged deed of Karim Sheikh: order 12 of 2026.";
    let path = format!("/v1/certificates/{code}/revocation");
    let key = guichet::kernel::random::uuid().to_string();
    let revoke = async || {
        app.by("anwar", "POST", &path).header("idempotency-key", &key).json(&json!({"reason": reason})).send().await
    };
    assert_eq!(revoke().await.expect(200).json["state"], "revoked");
    assert_eq!(revoke().await.expect(200).json["state"], "revoked", "the same request is the same act");
    assert_eq!(app.text(&row).await.expect("a row"), before, "how and when it was closed stays");
    assert_eq!(case.view().await["seq"].as_i64(), Some(seq + 1));

    let event = format!(
        "SELECT kind || ' ' || body::text || actor::text AS word FROM case_events WHERE case_id = '{}' ORDER BY seq DESC LIMIT 1",
        case.id
    );
    let event = app.text(&event).await.expect("an event");
    let anwar = app.person("anwar").await;
    assert!(event.starts_with("revoked ") && event.contains("by_office") && event.contains(&anwar), "{event}");
    assert!(!event.contains("forged"), "events hold codes, words stand beside the certificate: {event}");
    let why = format!("SELECT revoked_for AS word FROM certificates WHERE code = '{code}'");
    assert_eq!(app.text(&why).await.as_deref(), Some(reason));
    let entries = format!(
        "SELECT count(*) FROM audit_entries e JOIN audit_subjects s ON s.entry = e.id JOIN identities i ON i.person = s.person \
        WHERE e.action = 'certificate.revoke' AND e.outcome = 'done' AND e.case_id = '{}' AND i.subject = 'rahim'",
        case.id
    );
    assert_eq!(app.count(&entries).await, 1);
    // The answer to whoever revokes it is no verification by somebody unknown.
    assert_eq!(app.count("SELECT count(*) FROM audit_entries WHERE action = 'certificate.verify'").await, 0);
    case.until_told("rahim", "revoked").await;

    // What is believed where nobody asks us is given out no more.
    for form in ["document", "token"] {
        let refused = app.get("rahim", &format!("/v1/certificates/{code}/{form}")).await.expect(409);
        assert_eq!(refused.json["code"], "certificate_revoked");
    }
    app.get("rahim", &format!("/v1/certificates/{}/document", case.certificate("dcr").await)).await.expect(200);
}

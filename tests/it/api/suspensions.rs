//! People and client applications that may not come in for now, in spite of what is believed about callers.

use serde_json::{Value, json};

use crate::support::TestApp;

const OPERATOR: &str = "arif";
const PATH: &str = "/v1/operations/suspensions";

async fn believing() -> TestApp {
    TestApp::with(&[("GUICHET_STANDING_SECONDS", "1")]).await
}

async fn suspend(app: &TestApp, whom: Value) -> String {
    let started = app.post(OPERATOR, PATH, &whom).await.expect(201);
    started.json["id"].as_str().expect("an id").to_owned()
}

/// Waits until somebody is answered with this status; by whatever thread of the server answers.
async fn answered(app: &TestApp, name: &str, status: u16) {
    for _ in 0..4 {
        app.until("the answer", async || {
            let answer = app.get(name, "/v1/cases").await;
            (answer.status == status).then_some(())
        })
        .await;
    }
}

#[actix_web::test]
async fn a_suspended_person_is_kept_out_until_let_in_again() {
    let app = believing().await;
    app.get("rahim", "/v1/cases").await.expect(200);
    let id = suspend(&app, json!({"person": app.person("rahim").await, "reason": "A stolen telephone."})).await;
    answered(&app, "rahim", 403).await;
    assert_eq!(app.get("rahim", "/v1/cases").await.json["code"], "suspended");
    app.get("salma", "/v1/cases").await.expect(200);
    let listed = app.get(OPERATOR, PATH).await.expect(200);
    assert_eq!(listed.json["items"][0]["id"], json!(id));
    app.by(OPERATOR, "DELETE", &format!("{PATH}/{id}")).send().await.expect(204);
    app.by(OPERATOR, "DELETE", &format!("{PATH}/{id}")).send().await.expect(404);
    answered(&app, "rahim", 200).await;
    assert_eq!(app.get(OPERATOR, PATH).await.expect(200).json["items"], json!([]));
    let entries = app.audit().await;
    for entry in ["suspension.start done", "suspension.list done", "suspension.end done"] {
        assert!(entries.iter().any(|e| e == entry), "{entry}: {entries:?}");
    }
}

#[actix_web::test]
async fn a_suspended_client_is_kept_out_whoever_uses_it_and_only_for_its_time() {
    let app = believing().await;
    let client = guichet::access::keys::DEVELOPMENT_CLIENT;
    let until = (app.running.ctx.clock.now() + jiff::SignedDuration::from_hours(1)).to_string();
    suspend(&app, json!({"client": client, "reason": "Its key was published.", "until": until})).await;
    answered(&app, "salma", 403).await;
    answered(&app, "rahim", 403).await;
    app.forward(jiff::SignedDuration::from_hours(2)).await;
    answered(&app, "salma", 200).await;
}

#[actix_web::test]
async fn what_is_wrong_with_a_suspension_is_pointed_at() {
    let app = TestApp::new().await;
    let nobody = guichet::kernel::random::uuid();
    for (body, pointer, code) in [
        (json!({"reason": "x"}), "/person", "required"),
        (json!({"client": "a", "person": nobody, "reason": "x"}), "/client", "not_expected"),
        (json!({"client": "", "reason": "x"}), "/client", "format"),
        (json!({"client": "a", "reason": " "}), "/reason", "required"),
        (json!({"client": "a", "reason": "x", "until": "2020-01-01T00:00:00Z"}), "/until", "minimum"),
        (json!({"person": nobody, "reason": "x"}), "/person", "unknown"),
    ] {
        let answer = app.post(OPERATOR, PATH, &body).await.expect(422);
        assert_eq!(answer.faults(), [(pointer.to_owned(), code.to_owned())], "{body}");
    }
    assert_eq!(app.count("SELECT count(*) FROM suspensions").await, 0);
}

//! The development clock: there with the development issuer, and nowhere else.

use serde_json::json;

use crate::support::{TestApp, at};

#[actix_web::test]
async fn business_time_is_moved_forward_and_due_timers_run() {
    let app = TestApp::new().await;
    let moved = app.post("rahim", "/v1/dev/clock", &json!({"forward": "2 days"})).await.expect(200);
    let now: jiff::Timestamp = moved.json["now"].as_str().and_then(|t| t.parse().ok()).expect("an instant");
    assert_eq!(now, at("2026-08-05T10:00:00+06:00"));
    for bad in [json!({"forward": "-1 day"}), json!({"forward": "soon"}), json!({"forward": "20 years"})] {
        let answer = app.post("rahim", "/v1/dev/clock", &bad).await;
        assert_eq!((answer.status, answer.faults()[0].0.as_str()), (422, "/forward"), "{bad}");
    }
    assert_eq!(app.post("nobody", "/v1/dev/clock", &json!({"forward": "1 day"})).await.status, 403);
}

#[actix_web::test]
async fn with_another_issuer_there_is_no_such_path() {
    let issuer = [
        ("GUICHET_ISSUER", "https://issuer.sumwhere.example"),
        ("GUICHET_JWKS_URL", "http://127.0.0.1:9/jwks"),
        ("GUICHET_DEMO", "false"),
    ];
    let app = TestApp::with(&issuer).await;
    assert_eq!(app.request("POST", "/v1/dev/clock").json(&json!({"forward": "1 day"})).send().await.status, 404);
    // A token of the development issuer is nobody's here: its key is asked of the issuer, who is away.
    let answer = app.post("rahim", "/v1/dev/clock", &json!({"forward": "1 day"})).await;
    assert_eq!((answer.status, answer.header("retry-after").is_empty()), (503, false));
    assert_eq!(app.running.ctx.clock.now(), at("2026-08-03T10:00:00+06:00"));
}

//! Whoever has nothing to do with a case is not told that it exists.

use serde_json::json;

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point};

#[actix_web::test]
async fn another_office_and_another_citizen_get_404() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::NoticePaid).await;
    let task = case.task("admit").await;
    // The same role in another circle, another office, and another citizen.
    for stranger in ["bilkis", "masud", "popy", "tarek"] {
        for path in
            [case.path(""), case.path("/form"), case.path("/events"), case.path("/documents"), case.path("/fees")]
        {
            app.get(stranger, &path).await.expect(404);
        }
        app.post(stranger, &format!("/v1/tasks/{task}/claim"), &json!({})).await.expect(404);
        app.get(stranger, &format!("/v1/cases/{}", case.reference)).await.expect(404);
    }
    let log = app.audit().await;
    assert!(log.iter().any(|line| line == "task.claim refused: not_found"), "{log:?}");
    // Nobody at all is sent away earlier.
    app.request("GET", &case.path("")).send().await.expect(401);
}

#[actix_web::test]
async fn the_seller_sees_the_excerpt_that_the_definition_lists_and_no_more() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::NoticePaid).await;
    let seen = app.get("karim", &case.path("")).await.expect(200).json;
    let form = json!({"mouza": "m045", "khatian": "BRS-45-12", "dag": "118", "quantity": 10});
    assert_eq!(seen["excerpt"]["form"], form);
    assert_eq!(seen["excerpt"]["case"], json!({"reference": case.reference, "status": "open"}));
    let shown: Vec<&String> = seen["excerpt"].as_object().expect("an object").keys().collect();
    assert_eq!(shown, ["case", "form", "steps"]);
    assert_eq!((&seen["decision"], &seen["submitted_at"]), (&serde_json::Value::Null, &serde_json::Value::Null));
    app.get("karim", &case.path("/form")).await.expect(403);
    app.get("karim", &case.path("/documents")).await.expect(403);
    app.post("karim", &case.path("/messages"), &json!({"body": "I have not sold it."})).await.expect(201);
}

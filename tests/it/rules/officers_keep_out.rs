//! An officer who is close to a case keeps out of it, for good; what he had claimed is back at the desk.

use serde_json::json;

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point};

#[actix_web::test]
async fn a_recused_officer_is_offered_nothing_more() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Checked).await;
    case.claim("anwar", "order").await.expect(200);
    let task = case.task("order").await;
    let path = format!("/v1/tasks/{task}/recusal");
    app.post("bilkis", &path, &json!({})).await.expect(404);
    app.post("rahim", &path, &json!({})).await.expect(403);
    let seen = app.post("anwar", &path, &json!({})).await.expect(200).json;
    let actions: Vec<_> =
        seen["actions"].as_array().into_iter().flatten().filter_map(|a| a["action"].as_str()).collect();
    assert!(!actions.contains(&"claim") && !actions.contains(&"complete"), "{actions:?}");
    let holder =
        app.text(&format!("SELECT coalesce(holder::text, 'nobody') AS word FROM tasks WHERE id = '{task}'")).await;
    assert_eq!(holder.as_deref(), Some("nobody"));
    let claimed = app.post("anwar", &format!("/v1/tasks/{task}/claim"), &json!({})).await.expect(403);
    assert_eq!(claimed.json["type"], "/problems/recused");
    // Again is the same as once.
    app.post("anwar", &path, &json!({})).await.expect(200);
    assert_eq!(app.count("SELECT count(*) FROM case_events WHERE kind = 'recused'").await, 1);
    assert!(app.audit().await.iter().any(|entry| entry.contains("task.recuse")));
    case.act("shireen", "order", &json!({"outcome": "approve"})).await.expect(200);
}

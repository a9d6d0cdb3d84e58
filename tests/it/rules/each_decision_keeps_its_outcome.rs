//! What was decided in an earlier round is shown as it was decided then, and told so.

use serde_json::{Value, json};

use crate::support::boundary::{self, CLERK, HEAD, OWNER};

#[actix_web::test]
async fn a_step_that_is_decided_anew_does_not_change_what_was_decided_before() {
    let folder = boundary::folder("", "");
    let app = boundary::app(&folder, &[]).await;
    let path = boundary::filed(&app).await;
    boundary::looked_at(&app, &path).await;
    let leave = json!({"outcome": "leave", "reasons": ["unclear"], "grounds": "The stones are gone."});
    boundary::act(&app, CLERK, &path, "look", &leave).await;
    boundary::act(&app, HEAD, &path, "review", &json!({"outcome": "again"})).await;
    boundary::act(&app, CLERK, &path, "look", &json!({"outcome": "fix"})).await;
    let decisions = app.get(OWNER, &format!("{path}/decisions")).await.expect(200).json;
    let told = |d: &Value| {
        format!("{} {}", d["decision"].as_str().unwrap_or_default(), d["outcome"]["id"].as_str().unwrap_or_default())
    };
    let all: Vec<String> = decisions["items"].as_array().expect("items").iter().map(told).collect();
    assert_eq!(all, ["adverse leave", "favourable fix"]);

    // A notice that is sent late speaks of the round that it is about.
    app.until("an empty queue", async || (app.count("SELECT count(*) FROM jobs").await == 0).then_some(())).await;
    let late = "SELECT jsonb_build_object('seq', seq, 'about', 'decided', 'step', 'look', 'token', body->'token')::text AS word \
                FROM case_events WHERE kind = 'decided' ORDER BY seq LIMIT 1";
    let payload: Value = serde_json::from_str(&app.text(late).await.expect("a decision")).expect("JSON");
    let case = path.rsplit('/').next().and_then(|id| id.parse().ok()).expect("an id");
    let notices = guichet::cases::addressed(&app.running.ctx, case, &payload).await.expect("addressed");
    assert_eq!(notices[0].args["outcome"], "Leave");
}

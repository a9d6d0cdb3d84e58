//! The rules advise the registrar by a decision table: shown with what it was read upon, followed, or overruled with grounds,
//! and kept with the decision.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::founding::Founding;

#[actix_web::test]
async fn whoever_does_otherwise_says_why_and_both_are_kept() {
    let app = TestApp::new().await;
    let case = Founding::draft(&app, "rahim", "Padma Boats").await;
    case.submit().await.expect(200);
    case.pay().await;
    case.act("yasmin", &json!({"outcome": "no_objection"})).await.expect(200);
    case.act("nila", &json!({"outcome": "no_objection"})).await.expect(200);
    case.act("laila", &json!({"outcome": "complete"})).await.expect(200);
    case.until_open(&["decision"]).await;
    let refused = case.act("ayesha", &json!({"outcome": "ask_again"})).await.expect(422);
    assert_eq!(refused.faults(), [("/grounds".to_owned(), "overruled".to_owned())], "{}", refused.json);
    // What is advised is shown to who has the task, with what it was read upon; not to the founder.
    let seen = app.get("ayesha", &case.path).await.expect(200).json;
    let complete = |view: &Value| {
        let actions = view["actions"].as_array().cloned().unwrap_or_default();
        actions.into_iter().find(|action| action["action"] == "complete")
    };
    let advice = complete(&seen).expect("she may decide")["advice"].clone();
    assert_eq!((&advice["outcome"]["id"], &advice["rows"]), (&json!("register"), &json!([3])), "{advice}");
    assert_eq!(advice["inputs"]["An agency objects"], false);
    assert!(!case.view().await.to_string().contains("advice"));

    let why = json!({"outcome": "ask_again", "grounds": "A neighbour wrote to the municipality."});
    let task = "SELECT id::text AS word FROM tasks WHERE step = 'decision' AND state = 'open'";
    let task = app.text(task).await.expect("the task");
    app.post("ayesha", &format!("/v1/tasks/{task}/completion"), &why).await.expect(200);
    case.until_open(&["opinions", "tax", "municipality", "papers"]).await;
    let kept = "SELECT (convert_from(d.bytes, 'UTF8')::jsonb #> '{steps,decision,advice}')::text AS word
        FROM case_data d JOIN cases c ON c.id = d.case_id AND c.revision = d.revision";
    let kept: Value = serde_json::from_str(&app.text(kept).await.expect("it is kept")).expect("JSON");
    assert_eq!(
        (&kept["outcome"], &kept["followed"], &kept["table"], &kept["version"]),
        (&json!("register"), &json!(false), &json!("decisions/decision.dmn"), &json!("2026.4")),
        "{kept}"
    );
}

//! Another party than the applicant that a step asks or charges sees that step and does what it asks for; of the rest
//! it sees what the definition lists, along the whole path, and nothing else.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::boundary::{self, CLERK, HEAD, NEIGHBOUR, OWNER};
use crate::support::residence::PDF;

fn actions(view: &Value) -> Vec<String> {
    let all = view["actions"].as_array().cloned().unwrap_or_default();
    all.iter().map(|a| a["action"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn bring(app: &TestApp, who: &str, path: &str, kind: &str) -> u16 {
    let request = app.by(who, "POST", &format!("{path}/documents?kind={kind}&file_name=a.pdf"));
    request.body("application/pdf", PDF.to_vec()).send().await.status
}

#[actix_web::test]
async fn a_neighbour_who_may_nothing_else_answers_and_pays() {
    let folder = boundary::folder("", "");
    let app = boundary::app(&folder, &[]).await;
    let path = boundary::filed(&app).await;
    // Asked: the step, what it asks for, and who asks. Nothing was listed, so nothing else.
    let view = app.get(NEIGHBOUR, &path).await.expect(200).json;
    assert_eq!(view["steps"].as_array().map(Vec::len), Some(1), "{view}");
    assert_eq!(actions(&view), ["complete", "add_document"]);
    assert_eq!(view["actions"][0]["wants"], json!(["documents", "answers"]));
    assert_eq!(view["excerpt"], json!({}));
    for hidden in ["status", "office", "created_at", "submitted_at", "deadline", "decision"] {
        assert!(view[hidden].is_null(), "{hidden}: {view}");
    }
    for closed in ["/form", "/documents", "/fees", "/messages", "/events", "/decisions"] {
        app.get(NEIGHBOUR, &format!("{path}{closed}")).await.expect(403);
    }
    app.post(NEIGHBOUR, &format!("{path}/messages"), &json!({"body": "Hello"})).await.expect(403);
    app.get("sara", &path).await.expect(404);
    // Told, too, though a step is else told to the applicant alone.
    app.until("the neighbour is told", async || {
        let page = app.get(NEIGHBOUR, "/v1/me/messages").await.expect(200).json;
        page["items"].as_array()?.iter().any(|m| m["about"] == "step").then_some(())
    })
    .await;

    let task = format!("{}/completion", boundary::task(&view, "consent"));
    let answers = json!({"answers": {"agreed": true}});
    app.post(OWNER, &task, &answers).await.expect(403);
    let missing = app.post(NEIGHBOUR, &task, &answers).await.expect(422).faults();
    assert_eq!(missing, [("/documents/consent".to_owned(), "document_missing".to_owned())]);
    assert_eq!(bring(&app, NEIGHBOUR, &path, "consent").await, 201);
    app.post(NEIGHBOUR, &task, &answers).await.expect(200);
    // It answered for itself, not for whoever started the case.
    let behalf = "SELECT count(*) FROM case_events WHERE kind = 'step_answered' AND body->>'step' = 'consent' AND body->'by' ? 'behalf'";
    assert_eq!(app.count(behalf).await, 0);

    // Charged: its own fee, and no more papers.
    let view = app.get(NEIGHBOUR, &path).await.expect(200).json;
    assert_eq!(actions(&view), ["pay"]);
    assert_eq!(bring(&app, NEIGHBOUR, &path, "consent").await, 403);
    let fees = app.get(NEIGHBOUR, &format!("{path}/fees")).await.expect(200).json;
    assert_eq!(fees["items"][0]["amount"]["amount"], "40.00");
    let pay = fees["items"][0]["pay"].as_str().expect("it is due").to_owned();
    app.post(OWNER, &pay, &json!({})).await.expect(403);
    app.post(NEIGHBOUR, &pay, &json!({})).await.expect(202);
    app.until("it is paid", async || {
        let fees = app.get(NEIGHBOUR, &format!("{path}/fees")).await.expect(200).json;
        (fees["items"][0]["state"] == "paid").then_some(())
    })
    .await;
    // Asked no more: its receipt stays, the case is gone.
    app.get(NEIGHBOUR, &path).await.expect(403);
}

#[actix_web::test]
async fn what_is_listed_is_seen_along_the_whole_path() {
    let sees = "case.status, form.plots.dag, form.owner.name, steps.look.outcome, documents.map, messages";
    let folder = boundary::folder(sees, "message, withdraw");
    let app = boundary::app(&folder, &[]).await;
    let path = boundary::filed(&app).await;
    assert_eq!(bring(&app, OWNER, &path, "map").await, 201);
    boundary::looked_at(&app, &path).await;
    boundary::act(&app, CLERK, &path, "look", &json!({"outcome": "fix"})).await;
    let view = app.get(NEIGHBOUR, &path).await.expect(200).json;
    let excerpt = json!({"case": {"status": "open"}, "form": {"plots": [{"dag": "7"}, {"dag": "8"}], "owner": {"name": "olga"}},
        "steps": {"look": {"outcome": "fix"}}, "documents": {"map": {"present": true, "count": 1, "issued": null}}});
    assert_eq!(view["excerpt"], excerpt);
    assert_eq!((&view["status"], &view["office"], &view["decision"]), (&json!("open"), &Value::Null, &Value::Null));
    assert!(view["steps"].as_array().is_some_and(Vec::is_empty), "what is with the head is not listed: {view}");
    assert_eq!(actions(&view), ["write_message"], "it is decided: there is nothing to withdraw");
    let documents = app.get(NEIGHBOUR, &format!("{path}/documents")).await.expect(200).json;
    let kinds: Vec<&Value> = documents["items"].as_array().expect("items").iter().map(|d| &d["kind"]).collect();
    assert_eq!(kinds, ["map"]);
    let all = app.get(OWNER, &format!("{path}/documents")).await.expect(200).json;
    for document in all["items"].as_array().expect("items") {
        let address = format!("/v1/documents/{}", document["id"].as_str().expect("an id"));
        let status = if document["kind"] == "map" { 200 } else { 404 };
        app.get(NEIGHBOUR, &address).await.expect(status);
    }
    app.get(NEIGHBOUR, &format!("{path}/messages")).await.expect(200);
}

#[actix_web::test]
async fn only_what_can_be_done_is_offered() {
    let folder = boundary::folder("case", "document");
    let app = boundary::app(&folder, &[]).await;
    let path = boundary::filed(&app).await;
    assert_eq!(actions(&app.get(OWNER, &path).await.expect(200).json), ["add_document", "withdraw", "write_message"]);
    boundary::looked_at(&app, &path).await;
    assert_eq!(actions(&app.get(NEIGHBOUR, &path).await.expect(200).json), ["add_document"]);
    assert_eq!(bring(&app, NEIGHBOUR, &path, "map").await, 201);
    assert_eq!(actions(&app.get(CLERK, &path).await.expect(200).json), ["claim", "assign", "recuse", "write_message"]);
    // The head has looked himself: four eyes keep him from the review, which he may still hand on.
    boundary::act(&app, HEAD, &path, "look", &json!({"outcome": "fix"})).await;
    let view = app.get(HEAD, &path).await.expect(200).json;
    assert_eq!(actions(&view), ["assign", "write_message"]);
    let refused = app.post(HEAD, &format!("{}/claim", boundary::task(&view, "review")), &json!({})).await.expect(403);
    assert_eq!(refused.json["code"], "four_eyes");
}

//! A citizen buys land: from the catalogue to the khatian in his hand, doing nothing but what the case offers.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point};

fn actions(view: &Value) -> Vec<String> {
    let all = view["actions"].as_array().cloned().unwrap_or_default();
    all.iter().map(|a| a["action"].as_str().unwrap_or_default().to_owned()).collect()
}

#[actix_web::test]
async fn from_the_catalogue_through_a_draft_to_the_khatian() {
    let app = TestApp::new().await;
    // He looks for it in words, in his own language.
    let found =
        app.by("rahim", "GET", "/v1/services?life_event=buying_land").header("accept-language", "bn").send().await;
    let found = found.expect(200).json["items"].as_array().cloned().unwrap_or_default();
    let line = found.into_iter().find(|line| line["id"] == "land-mutation").expect("it is found");
    assert!(line["title"].as_str().is_some_and(|t| t.chars().any(|c| ('\u{980}'..='\u{9ff}').contains(&c))), "{line}");
    let service = app.get("rahim", "/v1/services/land-mutation").await.expect(200).json;
    assert!(service["documents"].as_array().is_some_and(|d| d.len() == 11), "{service}");

    // A draft costs nothing, and nobody but he sees it.
    let draft =
        app.post("rahim", "/v1/cases", &json!({"service": "land-mutation", "language": "bn"})).await.expect(201);
    assert_eq!(draft.json["status"], "draft");
    let path = draft.header("location").to_owned();
    assert_eq!(path, format!("/v1/cases/{}", draft.json["id"].as_str().unwrap_or_default()));
    assert!(actions(&draft.json).contains(&"submit".to_owned()));
    app.get("mita", &path).await.expect(404);
    let submitted = app.post("rahim", &format!("{path}/submission"), &json!({})).await.expect(200);
    assert_eq!(submitted.json["status"], "open");
    assert_eq!(actions(&submitted.json), ["pay", "add_document", "withdraw", "write_message"]);
    app.post("rahim", &format!("{path}/submission"), &json!({})).await.expect(409);

    // The rest of the way, with a second case that the builder plays.
    let case = Mutation::of_rahim(&app).to(Point::CourtPaid).await;
    assert_eq!(actions(&case.view().await), ["complete", "add_document", "withdraw", "write_message"]);
    case.go(Point::CourtPaid, Point::NoticePaid).await;
    assert_eq!(case.view().await["deadline"]["state"], "running");
    case.go(Point::NoticePaid, Point::Issued).await;
    let view = case.view().await;
    assert_eq!((view["status"].as_str(), view["decision"].as_str()), (Some("closed"), Some("favourable")));

    let events = app.get("rahim", &case.path("/events?limit=200")).await.expect(200).json;
    let kinds: Vec<&str> =
        events["items"].as_array().expect("events").iter().filter_map(|e| e["kind"].as_str()).collect();
    for kind in ["submitted", "payment_settled", "decided", "register_changed", "issued", "closed"] {
        assert!(kinds.contains(&kind), "{kind}: {kinds:?}");
    }
    assert!(!events.to_string().contains("Rahim"), "events hold ids and codes only");
    let mine = app.get("rahim", "/v1/cases?status=closed").await.expect(200).json;
    assert_eq!(mine["items"][0]["reference"], case.reference.as_str());
}

#[actix_web::test]
async fn the_reference_names_the_case_as_well_as_its_id() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Opened).await;
    let by_reference = app.get("rahim", &format!("/v1/cases/{}", case.reference)).await.expect(200);
    assert_eq!(by_reference.json["id"], case.id.as_str());
    assert!(case.reference.starts_with("LM-26-"), "{}", case.reference);
}

#[actix_web::test]
async fn the_same_submission_twice_under_one_key_is_one_case() {
    let app = TestApp::new().await;
    let body = json!({"service": "land-mutation", "submit": true});
    let send = async |body: &Value| {
        let token = format!("Bearer {}", app.token("rahim"));
        let request = app.request("POST", "/v1/cases").header("authorization", &token);
        request.header("idempotency-key", "a-key-of-rahim").json(body).send().await
    };
    let (first, second) = (send(&body).await.expect(201), send(&body).await.expect(201));
    assert_eq!(first.json["id"], second.json["id"]);
    assert_eq!(app.count("SELECT count(*) FROM cases").await, 1);
    send(&json!({"service": "land-mutation", "submit": false})).await.expect(422);
    assert_eq!(app.count("SELECT count(*) FROM cases").await, 1);
}

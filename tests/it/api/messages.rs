//! Words between applicant and office, and the message box.

use serde_json::json;

use crate::support::TestApp;
use crate::support::residence::{CLERK, NEWCOMER, RESIDENT};

#[actix_web::test]
async fn each_side_reads_what_the_other_writes() {
    let app = TestApp::new().await;
    let case = app.residence(NEWCOMER).await;
    app.post(NEWCOMER, &case.path("/messages"), &json!({"body": "When?"})).await.expect(201);
    app.post(CLERK, &case.path("/messages"), &json!({"body": "Tomorrow."})).await.expect(201);
    let bodies = async |who: &str| {
        let page = app.get(who, &case.path("/messages")).await.expect(200).json;
        let items = page["items"].as_array().expect("items").clone();
        let words = items.iter().filter(|m| m["about"] == "message");
        words.map(|m| (m["body"].as_str().unwrap_or_default().to_owned(), m["mine"] == true)).collect::<Vec<_>>()
    };
    assert_eq!(bodies(NEWCOMER).await, [("Tomorrow.".into(), false), ("When?".into(), true)]);
    assert_eq!(bodies(CLERK).await, [("Tomorrow.".into(), true), ("When?".into(), false)]);
}

#[actix_web::test]
async fn every_letter_of_the_office_is_announced() {
    let app = TestApp::new().await;
    let case = app.residence(NEWCOMER).await;
    for body in ["One.", "Two."] {
        app.post(CLERK, &case.path("/messages"), &json!({"body": body})).await.expect(201);
    }
    app.until("an empty queue", async || (app.count("SELECT count(*) FROM jobs").await == 0).then_some(())).await;
    let announced = format!(
        "SELECT count(*) FROM messages WHERE case_id = '{}' AND about = 'message' AND author IS NULL AND subject <> ''",
        case.id
    );
    assert_eq!(app.count(&announced).await, 2);
}

#[actix_web::test]
async fn a_message_has_words_and_a_bound() {
    let app = TestApp::new().await;
    let case = app.residence(NEWCOMER).await;
    let draft = app.draft(NEWCOMER, "residence-certificate").await;
    for (body, code) in [("  \n".to_owned(), "required"), ("a".repeat(8_001), "max_length")] {
        let answer = app.post(NEWCOMER, &case.path("/messages"), &json!({"body": body})).await;
        assert_eq!((answer.status, answer.faults()), (422, vec![("/body".into(), code.into())]));
    }
    assert_eq!(app.post(NEWCOMER, &draft.path("/messages"), &json!({"body": "Hello"})).await.status, 409);
}

#[actix_web::test]
async fn a_notice_is_in_the_box_and_counts_as_read_once_shown() {
    let app = TestApp::new().await;
    let case = app.residence(RESIDENT).await;
    app.until("an empty queue", async || (app.count("SELECT count(*) FROM jobs").await == 0).then_some(())).await;
    let notice = app
        .until("a notice of the decision", async || {
            let page = app.get(RESIDENT, "/v1/me/messages").await.expect(200).json;
            page["items"].as_array()?.iter().find(|m| m["reference"] == case.reference.as_str()).cloned()
        })
        .await;
    assert!(
        notice["subject"].as_str().is_some_and(|s| !s.is_empty())
            && notice["body"].as_str().is_some_and(|s| !s.is_empty())
    );
    let again = app.get(RESIDENT, "/v1/me/messages?limit=1").await.expect(200).json;
    assert!(again["items"][0]["read_at"].is_string(), "{again}");
    let others = app.get(NEWCOMER, "/v1/me/messages").await.expect(200).json;
    assert!(others["items"].as_array().is_some_and(Vec::is_empty));
}

#[actix_web::test]
async fn the_server_says_who_it_takes_the_caller_for() {
    let app = TestApp::new().await;
    let me = app.get(CLERK, "/v1/me").await.expect(200).json;
    assert_eq!((&me["subject"], &me["assurance"]), (&json!(CLERK), &json!("substantial")));
    assert_eq!((&me["posts"][0]["role"], &me["posts"][0]["office"]), (&json!("clerk"), &json!("town_hall")));
    assert_eq!(me["person"], app.person(CLERK).await.as_str());
    let nobody = app.get("nobody", "/v1/me").await.expect(200).json;
    assert!(nobody["person"].is_null());
}

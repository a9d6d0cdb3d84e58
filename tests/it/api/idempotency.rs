//! The `Idempotency-Key`: a repeat is the same act once more, never a second one.

use futures_util::future::join_all;
use serde_json::json;

use crate::support::TestApp;
use crate::support::residence::{JPEG, NEWCOMER, RESIDENT};

#[actix_web::test]
async fn a_key_is_required_where_a_repeat_would_make_a_second_thing() {
    let app = TestApp::new().await;
    let case = app.draft("rahim", "land-mutation").await;
    let fee = guichet::kernel::random::uuid();
    for path in
        ["/v1/cases".to_owned(), case.path("/documents?kind=photo&file_name=a.jpg"), format!("/v1/fees/{fee}/payments")]
    {
        let token = format!("Bearer {}", app.token("rahim"));
        let request = app.request("POST", &path).header("authorization", &token);
        let answer = request
            .json(&if path == "/v1/cases" { json!({"service": "residence-certificate"}) } else { json!({}) })
            .send()
            .await;
        assert_eq!((answer.status, &answer.json["code"]), (400, &json!("key_required")), "{path}");
    }
    let unreadable = app.by("rahim", "POST", "/v1/cases").header("idempotency-key", "two words");
    assert_eq!(unreadable.json(&json!({"service": "residence-certificate"})).send().await.status, 400);
}

#[actix_web::test]
async fn the_same_request_under_the_same_key_is_one_case_and_one_answer() {
    let app = TestApp::new().await;
    let send = async |who: &str, key: &str, language: &str| {
        let body = json!({"service": "residence-certificate", "submit": true, "language": language});
        app.by(who, "POST", "/v1/cases").header("idempotency-key", key).json(&body).send().await
    };
    let first = send(RESIDENT, "k-1", "en").await.expect(201);
    let again = send(RESIDENT, "k-1", "en").await.expect(201);
    assert_eq!(first.json, again.json);
    assert_eq!(first.header("location"), again.header("location"));
    let other = send(RESIDENT, "k-1", "bn").await;
    assert_eq!((other.status, &other.json["code"]), (422, &json!("key_reused")));
    assert_eq!(app.count("SELECT count(*) FROM cases").await, 1);
    // A key belongs to one caller.
    let somebody = send(NEWCOMER, "k-1", "en").await.expect(201);
    assert_ne!(somebody.json["id"], first.json["id"]);
}

#[actix_web::test]
async fn the_same_submission_many_times_at_once_is_one_case() {
    let app = TestApp::new().await;
    let body = json!({"service": "residence-certificate", "submit": true});
    let send = || app.by(RESIDENT, "POST", "/v1/cases").header("idempotency-key", "k-1").json(&body).send();
    let answers = join_all((0..8).map(|_| send())).await;
    for answer in &answers {
        assert!(answer.status == 201 || answer.status == 409, "{} {}", answer.status, answer.json);
    }
    let ids: std::collections::BTreeSet<String> =
        answers.iter().filter(|a| a.status == 201).map(|a| a.json["id"].to_string()).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(app.count("SELECT count(*) FROM cases").await, 1);
    assert_eq!(app.count("SELECT count(*) FROM certificates").await, 1);
}

#[actix_web::test]
async fn handing_in_a_draft_twice_under_one_key_is_once() {
    let app = TestApp::new().await;
    let case = app.draft(RESIDENT, "residence-certificate").await;
    let send = || app.by(RESIDENT, "POST", &case.path("/submission")).header("idempotency-key", "k-1").send();
    let first = send().await.expect(200);
    let again = send().await.expect(200);
    assert_eq!(first.json, again.json);
    assert_eq!(
        app.count("SELECT count(*) FROM audit_entries WHERE action = 'case.submit' AND outcome = 'done'").await,
        1
    );
    // Without the key it is another attempt, and too late.
    assert_eq!(app.post(RESIDENT, &case.path("/submission"), &json!({})).await.status, 409);
}

#[actix_web::test]
async fn a_refusal_is_not_kept_under_the_key() {
    let app = TestApp::new().await;
    let (case, task) = app.clerks_task().await;
    let complete = || {
        let body = json!({"outcome": "confirm"});
        app.by("popy", "POST", &format!("/v1/tasks/{task}/completion"))
            .header("idempotency-key", "k-1")
            .json(&body)
            .send()
    };
    assert_eq!(complete().await.status, 403, "nobody has claimed it");
    app.by("popy", "POST", &format!("/v1/tasks/{task}/claim")).send().await.expect(200);
    let done = complete().await.expect(200);
    assert_eq!(done.json["id"], case.id.as_str());
    // Who has no more open task in the case reads it for a purpose, also by repeating an act.
    let reads = "SELECT count(*) FROM audit_entries WHERE action = 'case.read' AND outcome = 'done'";
    complete().await.expect(204);
    assert_eq!(app.count(reads).await, 0);
    let stated = app.by("popy", "POST", &format!("/v1/tasks/{task}/completion")).header("idempotency-key", "k-1");
    let stated = stated.header("x-purpose", "complaint 12").json(&json!({"outcome": "confirm"})).send().await;
    assert_eq!(stated.expect(200).json["seq"], done.json["seq"]);
    assert_eq!(app.count(reads).await, 1);
}

/// What is swept once an hour is not there for whoever asks.
#[actix_web::test]
async fn a_key_whose_day_has_passed_begins_anew_before_it_is_swept() {
    let app = TestApp::new().await;
    let case = app.residence(NEWCOMER).await;
    let send = || {
        let body = json!({"body": "When will it be ready?"});
        app.by(NEWCOMER, "POST", &case.path("/messages")).header("idempotency-key", "k-1").json(&body).send()
    };
    let first = send().await.expect(201);
    app.execute("UPDATE idempotency_keys SET at = at - interval '25 hours'").await;
    let next_day = send().await.expect(201);
    assert_ne!(next_day.json["id"], first.json["id"]);
    assert_eq!(send().await.expect(201).json["id"], next_day.json["id"]);
}

#[actix_web::test]
async fn an_upload_that_is_repeated_is_one_document() {
    let app = TestApp::new().await;
    let case = app.draft("rahim", "land-mutation").await;
    let send = |content: Vec<u8>| {
        let path = case.path("/documents?kind=photo&file_name=a.jpg");
        app.by("rahim", "POST", &path).header("idempotency-key", "k-1").body("image/jpeg", content).send()
    };
    let first = send(JPEG.to_vec()).await.expect(201);
    assert_eq!(send(JPEG.to_vec()).await.expect(201).json, first.json);
    assert_eq!(send([JPEG, b"more"].concat()).await.status, 422);
    assert_eq!(app.count("SELECT count(*) FROM documents").await, 1);
}

#[actix_web::test]
async fn a_message_that_is_repeated_is_written_once() {
    let app = TestApp::new().await;
    let case = app.residence(NEWCOMER).await;
    let send = || {
        let body = json!({"body": "When will it be ready?"});
        app.by(NEWCOMER, "POST", &case.path("/messages")).header("idempotency-key", "k-1").json(&body).send()
    };
    let first = send().await.expect(201);
    assert_eq!(send().await.expect(201).json["id"], first.json["id"]);
    assert_eq!(app.count("SELECT count(*) FROM messages WHERE seq IS NULL").await, 1);
}

//! Work that was given up: seen by those who operate the server, and tried again.

use serde_json::{Value, json};

use crate::support::residence::RESIDENT;
use crate::support::smtp::SmtpServer;
use crate::support::{Answer, TestApp};

const OPERATOR: &str = "arif";

/// Jobs that nobody performs, so that they stay as they are; the even ones are parked. Gives their numbers.
async fn queued(app: &TestApp, count: usize) -> Vec<i64> {
    let insert = format!(
        "INSERT INTO jobs (kind, key, payload, attempts, parked_at, last_error)
         SELECT CASE WHEN n < 3 THEN 'one' ELSE 'other' END, n::text, '{{\"secret\": 1}}', 12,
            CASE WHEN n % 2 = 0 THEN now() END, 'no answer' FROM generate_series(1, {count}) n"
    );
    app.execute(&insert).await;
    let ids = app.text("SELECT string_agg(id::text, ' ' ORDER BY id) AS word FROM jobs").await.expect("jobs");
    ids.split(' ').map(|id| id.parse().expect("a number")).collect()
}

async fn list(app: &TestApp, query: &str) -> Answer {
    app.get(OPERATOR, &format!("/v1/operations/jobs{query}")).await.expect(200)
}

fn ids(answer: &Answer) -> Vec<i64> {
    let items = answer.json["items"].as_array().expect("a page");
    items.iter().map(|job| job["id"].as_i64().expect("a number")).collect()
}

fn retry(job: i64) -> String {
    format!("/v1/operations/jobs/{job}/retry")
}

/// The figure of parked mails, as this process counts them.
async fn parked_mails(app: &TestApp) -> Option<f64> {
    let page = app.request("GET", "/metrics").send().await.expect(200);
    let text = String::from_utf8(page.bytes).expect("text");
    let line = text.lines().find(|line| line.starts_with("guichet_jobs_parked{kind=\"mail\"}"))?;
    line.rsplit(' ').next()?.parse().ok()
}

/// Ends every pause, also of what waits behind a job that failed, and all attempts but the last few; what a worker writes
/// at the moment is left to it.
const HURRY: &str = "UPDATE jobs SET run_at = now(), attempts = greatest(attempts, 69) WHERE id IN \
    (SELECT id FROM jobs WHERE parked_at IS NULL AND run_at > now() ORDER BY id FOR UPDATE SKIP LOCKED)";

#[actix_web::test]
async fn what_kept_failing_is_parked_seen_and_done_once_its_cause_is_gone() {
    // A port that nobody listens on: the mail server is away.
    let free = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
    let port = free.to_string();
    let settings = [
        ("GUICHET_SMTP_HOST", "127.0.0.1"),
        ("GUICHET_SMTP_PORT", port.as_str()),
        ("GUICHET_SMTP_TLS", "none"),
        ("GUICHET_SMTP_FROM", "no-reply@sumwhere.example"),
    ];
    let app = TestApp::with(&settings).await;
    let case = app.residence(RESIDENT).await;
    let mails = app
        .until("the mails of the case", async || {
            let waiting = app.count("SELECT count(*) FROM jobs WHERE kind <> 'mail'").await;
            let mails = app.count("SELECT count(*) FROM jobs WHERE kind = 'mail'").await;
            (waiting == 0 && mails > 0).then_some(mails)
        })
        .await;
    app.until("the last attempt", async || {
        app.execute(HURRY).await;
        let parked = app.count("SELECT count(*) FROM jobs WHERE parked_at IS NOT NULL AND attempts = 72").await;
        (parked == mails).then_some(())
    })
    .await;
    app.until("the figure", async || parked_mails(&app).await.filter(|parked| *parked >= 1.0)).await;
    let seen = list(&app, "?state=parked&kind=mail").await;
    assert_eq!(i64::try_from(ids(&seen).len()).expect("few"), mails);
    let job = &seen.json["items"][0];
    assert_eq!((&job["case"], &job["attempts"], &job["state"]), (&json!(case.id), &json!(72), &json!("parked")));
    assert!(job["last_error"].as_str().is_some_and(|e| e.contains("mail server") && !e.contains('@')), "{job}");
    assert!(job["parked_at"].is_string() && job["run_at"].is_null() && job["created_at"].is_string(), "{job}");
    assert!(list(&app, "?state=waiting&kind=mail").await.json["items"].as_array().is_some_and(Vec::is_empty));

    let server = SmtpServer::start_on(&SmtpServer::python(), free, None);
    for id in ids(&seen) {
        app.post(OPERATOR, &retry(id), &json!({})).await.expect(202);
    }
    app.until("an empty queue", async || (app.count("SELECT count(*) FROM jobs").await == 0).then_some(())).await;
    assert_eq!(i64::try_from(server.letters(ids(&seen).len()).len()).expect("few"), mails);
    assert!(list(&app, "").await.json["items"].as_array().is_some_and(Vec::is_empty));
}

#[actix_web::test]
async fn the_list_is_narrowed_and_goes_on_by_its_cursor() {
    let app = TestApp::new().await;
    let all = queued(&app, 9).await;
    let even = |id: &&i64| all.iter().position(|known| known == *id).is_some_and(|at| at % 2 == 1);
    let parked: Vec<i64> = all.iter().filter(even).copied().collect();
    assert_eq!(ids(&list(&app, "").await), all);
    assert_eq!(ids(&list(&app, "?state=parked").await), parked);
    assert_eq!(ids(&list(&app, "?state=waiting").await).len(), all.len() - parked.len());
    assert_eq!(ids(&list(&app, "?kind=one").await), all[..2]);
    assert_eq!(ids(&list(&app, "?kind=one&state=parked").await), [all[1]]);
    assert!(ids(&list(&app, "?kind=nothing").await).is_empty());

    let mut found = Vec::new();
    let mut next = Some("?state=parked&limit=2".to_owned());
    while let Some(query) = next {
        assert!(found.len() <= all.len(), "the pages have an end");
        let page = list(&app, &query).await;
        found.extend(ids(&page));
        let link = page.header("link");
        next = link.split_once('?').and_then(|(_, rest)| rest.split('>').next()).map(|query| format!("?{query}"));
    }
    assert_eq!(found, parked);
    for (query, pointer) in [
        ("?state=done", "/state"),
        ("?kind=%00", "/kind"),
        ("?limit=0", "/limit"),
        ("?cursor=x", "/cursor"),
        ("?a=1", "/a"),
    ] {
        let answer = app.get(OPERATOR, &format!("/v1/operations/jobs{query}")).await.expect(422);
        assert_eq!(answer.faults()[0].0, pointer);
    }
}

#[actix_web::test]
async fn a_job_shows_nobody_and_looking_at_it_is_no_read() {
    let app = TestApp::new().await;
    queued(&app, 2).await;
    let before = app.audit().await;
    let page = list(&app, "").await;
    assert!(!String::from_utf8_lossy(&page.bytes).contains("secret"), "{}", page.json);
    assert_eq!(app.audit().await, before);
    // Who may not look is written down.
    app.get("rahim", "/v1/operations/jobs").await.expect(403);
    assert_eq!(app.audit().await.last().map(String::as_str), Some("job.list refused: forbidden"));
}

#[actix_web::test]
async fn a_job_is_tried_again_as_if_for_the_first_time_and_the_log_says_by_whom() {
    let app = TestApp::new().await;
    let all = queued(&app, 2).await;
    app.post(OPERATOR, &retry(all[1]), &json!({})).await.expect(202);
    let job = &list(&app, "").await.json["items"][1];
    assert_eq!((&job["state"], &job["attempts"], &job["parked_at"]), (&json!("waiting"), &json!(0), &Value::Null));
    assert_eq!(job["last_error"], "no answer", "until another takes its place");
    assert_eq!(app.count("SELECT count(*) FROM jobs WHERE run_at <= now() AND attempts = 0").await, 1);
    let entry = format!(
        "SELECT concat_ws(' ', action, outcome, role, office, actor = '{}') AS word FROM audit_entries ORDER BY id DESC LIMIT 1",
        app.person(OPERATOR).await
    );
    assert_eq!(app.text(&entry).await.as_deref(), Some("job.retry done operator data_centre t"));

    for (path, status, code) in [
        (retry(all[1]), 409, "not_parked"),
        (retry(all[0]), 409, "not_parked"),
        (retry(all[1] + 1), 404, "not_found"),
        (retry(-1), 404, "not_found"),
        ("/v1/operations/jobs/one/retry".to_owned(), 404, "not_found"),
        ("/v1/operations/jobs/99999999999999999999/retry".to_owned(), 404, "not_found"),
    ] {
        let answer = app.post(OPERATOR, &path, &json!({})).await.expect(status);
        assert_eq!(answer.json["code"], code, "{path}");
    }
    let body = app.post(OPERATOR, &retry(all[1]), &json!({"at": "once"})).await.expect(422);
    assert_eq!(body.faults()[0].0, "/at");
}

#[actix_web::test]
async fn the_same_request_again_is_the_same_act() {
    let app = TestApp::new().await;
    let all = queued(&app, 4).await;
    let send = |job: i64, body: Value| {
        app.by(OPERATOR, "POST", &retry(job)).header("idempotency-key", "k-1").json(&body).send()
    };
    send(all[1], json!({})).await.expect(202);
    send(all[1], json!({})).await.expect(202);
    // Also when it is done and forgotten.
    app.execute(&format!("DELETE FROM jobs WHERE id = {}", all[1])).await;
    send(all[1], json!({})).await.expect(202);
    assert_eq!(app.count("SELECT count(*) FROM audit_entries WHERE action = 'job.retry'").await, 1);
    // A key belongs to a route: of another job it is another key.
    send(all[3], json!({})).await.expect(202);
    let by_hand = app.by(OPERATOR, "POST", &retry(all[1])).header("idempotency-key", "k-1");
    by_hand.body("application/json", b"{ }".to_vec()).send().await.expect(422);
}

//! Notices: to the box of the person always, and by e-mail once the act is committed.

use crate::support::TestApp;
use crate::support::residence::RESIDENT;
use crate::support::smtp::SmtpServer;

/// A server that sends mail through `port` on this machine.
fn by(port: &str) -> [(&'static str, &str); 4] {
    [
        ("GUICHET_SMTP_HOST", "127.0.0.1"),
        ("GUICHET_SMTP_PORT", port),
        ("GUICHET_SMTP_TLS", "none"),
        ("GUICHET_SMTP_FROM", "Sumwhere services <no-reply@sumwhere.example>"),
    ]
}

/// The notices in the box of somebody, once there are any.
async fn box_of(app: &TestApp, name: &str) -> Vec<serde_json::Value> {
    app.until("a notice in the box", async || {
        let page = app.get(name, "/v1/me/messages").await.expect(200).json;
        page["items"].as_array().filter(|items| !items.is_empty()).cloned()
    })
    .await
}

async fn queue_is_empty(app: &TestApp) {
    app.until("an empty queue", async || (app.count("SELECT count(*) FROM jobs").await == 0).then_some(())).await;
}

#[actix_web::test]
async fn a_notice_goes_to_the_box_and_by_mail() {
    let server = SmtpServer::start(&SmtpServer::python(), None);
    let app = TestApp::with(&by(&server.port.to_string())).await;
    let case = app.residence(RESIDENT).await;
    queue_is_empty(&app).await;
    let notices = box_of(&app, RESIDENT).await;
    let letters = server.letters(notices.len());
    assert_eq!(letters.len(), notices.len(), "{letters:?}");
    for notice in &notices {
        let id = format!("<{}@sumwhere.example>", notice["id"].as_str().expect("an id"));
        let letter = letters.iter().find(|l| l.header("Message-ID") == Some(id.as_str())).expect("its letter");
        assert_eq!(letter.header("To"), Some("salma@sumwhere.example"));
        assert!(letter.header("From").is_some_and(|f| f.contains("no-reply@sumwhere.example")));
        let body: String = notice["body"].as_str().unwrap_or_default().split_whitespace().collect();
        assert_eq!(letter.body.split_whitespace().collect::<String>(), body);
        assert!(letter.body.contains(&case.reference), "{}", letter.body);
    }
}

#[actix_web::test]
async fn what_the_mail_server_does_not_take_now_is_sent_later_as_the_same_letter() {
    // A port that nobody listens on yet.
    let first = SmtpServer::start(&SmtpServer::python(), None);
    let port = first.port;
    drop(first);
    let app = TestApp::with(&by(&port.to_string())).await;
    app.residence(RESIDENT).await;
    let failed = "SELECT last_error AS word FROM jobs WHERE kind = 'mail' AND attempts > 0 AND last_error IS NOT NULL";
    let error = app.until("a failed attempt", async || app.text(failed).await).await;
    assert!(!error.contains('@'), "{error}");
    // The box does not wait for the mail server.
    let others = "SELECT count(*) FROM jobs WHERE kind <> 'mail'";
    app.until("all notices", async || (app.count(others).await == 0).then_some(())).await;
    let notices = box_of(&app, RESIDENT).await;
    let server = SmtpServer::start_on(&SmtpServer::python(), port, None);
    app.execute("UPDATE jobs SET run_at = now()").await;
    queue_is_empty(&app).await;
    let letters = server.letters(notices.len());
    assert_eq!(letters.len(), notices.len());
    let ids: Vec<String> =
        notices.iter().map(|n| format!("<{}@sumwhere.example>", n["id"].as_str().unwrap_or_default())).collect();
    for letter in &letters {
        assert!(letter.header("Message-ID").is_some_and(|id| ids.iter().any(|known| known == id)), "{letter:?}");
    }
}

#[actix_web::test]
async fn without_a_mail_server_there_is_the_box() {
    let app = TestApp::new().await;
    app.residence(RESIDENT).await;
    queue_is_empty(&app).await;
    assert!(!box_of(&app, RESIDENT).await.is_empty());
}

#[actix_web::test]
async fn an_act_that_is_refused_tells_nobody() {
    let server = SmtpServer::start(&SmtpServer::python(), None);
    let app = TestApp::with(&by(&server.port.to_string())).await;
    let body = serde_json::json!({"service": "trade-licence", "form": {}, "submit": true});
    assert!(app.post("rina", "/v1/cases", &body).await.status >= 400);
    assert_eq!(app.count("SELECT count(*) FROM jobs").await, 0);
    assert_eq!(app.count("SELECT count(*) FROM messages").await, 0);
    assert!(server.arrived().is_empty());
}

/// It takes connections and never says a word.
#[actix_web::test]
async fn a_mail_server_that_hangs_keeps_no_message_box_waiting() {
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = silent.local_addr().expect("an address").port();
    let app = TestApp::with(&by(&port.to_string())).await;
    app.residence(RESIDENT).await;
    let (_held, _) = silent.accept().await.expect("the mailer connects");
    let case = app.residence(RESIDENT).await;
    let told = format!("SELECT count(*) FROM messages WHERE case_id = '{}'", case.id);
    let begun = std::time::Instant::now();
    app.until("a notice in the box", async || (app.count(&told).await > 0).then_some(())).await;
    let hanging = "SELECT count(*) FROM jobs WHERE kind = 'mail' AND last_error IS NULL AND attempts > 0";
    assert!(app.count(hanging).await > 0, "the mail still hangs after {:?}", begun.elapsed());
}

//! SMS through a gateway that speaks HTTP: what it is sent, what it refuses, and what it tells afterwards.

use serde_json::{Value, json};

use crate::support::gateway::{SECRET, SmsGateway, deliveries};
use crate::support::residence::{CLERK, NEWCOMER, RESIDENT};
use crate::support::smtp::SmtpServer;
use crate::support::{TestApp, boundary};

const PHONE: &str = "+8801711000001";

/// Mail through `port` on this machine.
fn mail(port: &str) -> [(&'static str, &str); 4] {
    [
        ("GUICHET_SMTP_HOST", "127.0.0.1"),
        ("GUICHET_SMTP_PORT", port),
        ("GUICHET_SMTP_TLS", "none"),
        ("GUICHET_SMTP_FROM", "Sumwhere services <no-reply@sumwhere.example>"),
    ]
}

/// A server with this gateway, and a resident who has a telephone.
async fn app(gateway: &SmsGateway, more: &[(&str, &str)]) -> TestApp {
    let app = TestApp::with(&[gateway.settings(), more.to_vec()].concat()).await;
    app.tell(RESIDENT, &json!({"phone": PHONE, "channels": ["sms"]})).await.expect(200);
    app
}

fn id(message: &Value) -> &str {
    message["id"].as_str().expect("an id")
}

#[actix_web::test]
async fn a_notice_goes_out_by_sms() {
    let gateway = SmsGateway::start(&[]).await;
    let app = app(&gateway, &[]).await;
    let case = app.residence(RESIDENT).await;
    app.all_done().await;
    let notice = app.until_deliveries(RESIDENT, "issued", &["sms sent"]).await;
    let all = gateway.arrived();
    let sent = all.iter().find(|sms| sms.text("id") == id(&notice)).expect("it arrived");
    let words = format!("A document was issued in case {}. You find it in the case.", case.reference);
    let receipts = format!("{}/v1/sms/receipts", app.url);
    let expected = json!({"id": id(&notice), "to": PHONE, "from": "Sumwhere", "text": words, "receipts": receipts});
    assert_eq!(sent.json(), expected);
    assert_eq!(sent.header("authorization"), "Bearer gateway-token");
    assert_eq!(sent.header("content-type"), "application/json");
    assert_eq!(sent.header("idempotency-key"), id(&notice));
    // The gateway's own number, and one SMS for each notice.
    let numbered = "SELECT count(*) FROM message_deliveries WHERE reference LIKE 'SM-%' AND state = 'sent'";
    assert_eq!(app.count(numbered).await, i64::try_from(all.len()).expect("a number"));
    let metrics = app.request("GET", "/metrics").send().await;
    assert!(String::from_utf8_lossy(&metrics.bytes).contains("guichet_sms_total{outcome=\"sent\"}"));
}

#[actix_web::test]
async fn a_gateway_is_sent_what_it_asks_for() {
    let gateway = SmsGateway::start(&[]).await;
    let json = r#"{"message": {"to": ["tel:{to}"], "words": "{text} ({sender})", "ref": "{id}"}, "flash": false}"#;
    let own = [("GUICHET_SMS_BODY", json), ("GUICHET_SMS_REFERENCE", "/messages/0/number")];
    let app = app(&gateway, &own).await;
    app.residence(RESIDENT).await;
    app.all_done().await;
    let sent = gateway.arrived()[0].json();
    assert_eq!((&sent["message"]["to"], &sent["flash"]), (&json!(["tel:+8801711000001"]), &json!(false)));
    assert!(sent["message"]["words"].as_str().is_some_and(|w| w.ends_with(" (Sumwhere)")), "{sent}");
    assert_eq!(app.count("SELECT count(*) FROM message_deliveries WHERE reference = '1'").await, 1);

    let gateway = SmsGateway::start(&[]).await;
    let form = r#"{"dest": "{to}", "msg": "{text}", "dlr": 3}"#;
    let app = self::app(&gateway, &[("GUICHET_SMS_BODY", form), ("GUICHET_SMS_FORMAT", "form")]).await;
    app.residence(RESIDENT).await;
    app.all_done().await;
    let sent = &gateway.arrived()[0];
    assert_eq!(sent.header("content-type"), "application/x-www-form-urlencoded");
    assert!(sent.body.starts_with("dest=%2B8801711000001&dlr=3&msg=Application+"), "{}", sent.body);
}

#[actix_web::test]
async fn what_it_does_not_take_now_is_sent_later_in_order_and_once() {
    let gateway = SmsGateway::start(&[503, 429, 401]).await;
    let app = app(&gateway, &[]).await;
    app.residence(RESIDENT).await;
    let told = "SELECT count(*) FROM messages";
    let others = "SELECT count(*) FROM jobs WHERE kind <> 'sms'";
    app.until("all notices", async || (app.count(others).await == 0).then_some(())).await;
    let notices = app.count(told).await;
    assert!(notices > 1, "one would be in no order");
    app.until("all are sent", async || {
        app.execute("UPDATE jobs SET run_at = now() WHERE attempts < 4 AND last_error IS NOT NULL").await;
        (app.count("SELECT count(*) FROM jobs").await == 0).then_some(())
    })
    .await;
    let all: Vec<String> = gateway.arrived().iter().map(|sms| sms.text("id")).collect();
    assert!(all[..4].iter().all(|id| *id == all[0]), "the same at every try: {all:?}");
    assert_eq!(i64::try_from(all.len()).expect("a number"), notices + 3);
    let order = "SELECT string_agg(id::text, ' ' ORDER BY seq, id) AS word FROM messages";
    assert_eq!(app.text(order).await.expect("messages"), all[3..].join(" "));
}

#[actix_web::test]
async fn what_it_never_takes_goes_by_mail_instead() {
    let gateway = SmsGateway::start(&[422]).await;
    let server = SmtpServer::start(&SmtpServer::python(), None);
    let port = server.port.to_string();
    let app = app(&gateway, &mail(&port)).await;
    app.residence(RESIDENT).await;
    app.all_done().await;
    let refused = "SELECT message::text AS word FROM message_deliveries WHERE channel = 'sms' AND state = 'failed'";
    let refused = app.text(refused).await.expect("one was refused");
    let letters = server.letters(1);
    assert_eq!(letters.len(), 1, "the others went by SMS");
    assert_eq!(letters[0].header("Message-ID"), Some(format!("<{refused}@sumwhere.example>").as_str()));
    let all = app.get(RESIDENT, "/v1/me/messages").await.expect(200).json;
    let items = all["items"].as_array().expect("a page");
    let notice = items.iter().find(|m| m["id"] == refused.as_str()).expect("it is in the box");
    assert_eq!(deliveries(notice), ["email sent", "sms failed"]);
    assert!(items.iter().filter(|m| m["id"] != refused.as_str()).all(|m| deliveries(m) == ["sms sent"]), "{all}");
}

#[actix_web::test]
async fn after_the_last_try_it_goes_by_mail_and_the_job_is_seen() {
    let gateway = SmsGateway::start(&[503, 503]).await;
    let server = SmtpServer::start(&SmtpServer::python(), None);
    let port = server.port.to_string();
    let app = app(&gateway, &mail(&port)).await;
    app.residence(RESIDENT).await;
    app.until("one is not taken", async || {
        (app.count("SELECT count(*) FROM jobs WHERE kind = 'sms' AND last_error IS NOT NULL").await == 1).then_some(())
    })
    .await;
    let last = guichet::queue::ATTEMPTS - 1;
    let tried = "kind = 'sms' AND last_error IS NOT NULL";
    app.execute(&format!("UPDATE jobs SET attempts = {last}, run_at = now() WHERE {tried}")).await;
    let parked = async || {
        (app.count("SELECT count(*) FROM jobs WHERE kind = 'sms' AND parked_at IS NOT NULL").await == 1).then_some(())
    };
    app.until("it is given up", parked).await;
    let left = "SELECT count(*) FROM jobs WHERE parked_at IS NULL";
    app.until("all else is done", async || (app.count(left).await == 0).then_some(())).await;
    let letters = server.letters(1);
    let failed = "SELECT message::text AS word FROM message_deliveries WHERE channel = 'sms' AND state = 'failed'";
    let failed = app.text(failed).await.expect("it is not queued for ever");
    assert_eq!(letters[0].header("Message-ID"), Some(format!("<{failed}@sumwhere.example>").as_str()));
}

#[actix_web::test]
async fn a_receipt_says_what_became_of_it() {
    let gateway = SmsGateway::start(&[]).await;
    let app = app(&gateway, &[]).await;
    app.residence(RESIDENT).await;
    app.all_done().await;
    let notice = app.until_deliveries(RESIDENT, "issued", &["sms sent"]).await;
    let shown = async || deliveries(&app.notice(RESIDENT, "issued").await);
    // On its way, and a word that nobody knows: nothing changes.
    for status in ["ENROUTE", "who knows"] {
        app.receipt(&json!({"id": id(&notice), "status": status})).await.expect(204);
    }
    assert_eq!(shown().await, ["sms sent"]);
    // By the gateway's number; more than is looked at is passed over.
    let by_id = format!("SELECT reference AS word FROM message_deliveries WHERE message = '{}'", id(&notice));
    let number = app.text(&by_id).await.expect("a number");
    app.receipt(&json!({"reference": number, "status": "DELIVRD", "price": "0.01"})).await.expect(204);
    assert_eq!(shown().await, ["sms delivered"]);
    let first = app.notice(RESIDENT, "issued").await["deliveries"].clone();
    // Told again later, and a failure that was on its way for longer: it has arrived all the same.
    app.forward(jiff::SignedDuration::from_mins(5)).await;
    for status in ["delivered", "UNDELIV", "expired", "ACCEPTD"] {
        app.receipt(&json!({"id": id(&notice), "status": status})).await.expect(204);
    }
    assert_eq!(app.notice(RESIDENT, "issued").await["deliveries"], first);
    let metrics = app.request("GET", "/metrics").send().await;
    assert!(String::from_utf8_lossy(&metrics.bytes).contains("guichet_sms_receipts_total{outcome=\"delivered\"}"));
}

#[actix_web::test]
async fn a_failure_that_is_told_later_is_made_up_for_by_mail() {
    let gateway = SmsGateway::start(&[]).await;
    let server = SmtpServer::start(&SmtpServer::python(), None);
    let port = server.port.to_string();
    let app = app(&gateway, &mail(&port)).await;
    app.residence(RESIDENT).await;
    app.all_done().await;
    let notice = app.until_deliveries(RESIDENT, "issued", &["sms sent"]).await;
    for _ in 0..3 {
        app.receipt(&json!({"id": id(&notice), "status": "UNDELIV"})).await.expect(204);
    }
    app.until_deliveries(RESIDENT, "issued", &["email sent", "sms failed"]).await;
    app.all_done().await;
    assert_eq!(server.letters(1).len(), 1, "told three times, sent once");
    // It arrived after all.
    app.receipt(&json!({"id": id(&notice), "status": "DELIVRD"})).await.expect(204);
    app.until_deliveries(RESIDENT, "issued", &["email sent", "sms delivered"]).await;
    assert_eq!(server.arrived().len(), 1);
}

#[actix_web::test]
async fn nobody_but_the_gateway_tells() {
    use guichet::kernel::{clock::machine_now, signature::sign};
    let gateway = SmsGateway::start(&[]).await;
    let app = app(&gateway, &[]).await;
    app.residence(RESIDENT).await;
    app.all_done().await;
    let notice = app.until_deliveries(RESIDENT, "issued", &["sms sent"]).await;
    let body = json!({"id": id(&notice), "status": "DELIVRD"}).to_string();
    let now = machine_now().as_second();
    let told = async |signature: &str, body: &str| {
        let request = app.request("POST", "/v1/sms/receipts").header("x-signature", signature);
        request.body("application/json", body.as_bytes().to_vec()).send().await.status
    };
    let good = sign(SECRET.as_bytes(), now, body.as_bytes());
    assert_eq!(told("", &body).await, 401);
    assert_eq!(told(&sign(b"another secret!!", now, body.as_bytes()), &body).await, 401);
    assert_eq!(told(&sign(SECRET.as_bytes(), now - 301, body.as_bytes()), &body).await, 401, "overheard before");
    assert_eq!(told(&good, &body.replace("DELIVRD", "UNDELIV")).await, 401);
    assert_eq!(deliveries(&app.notice(RESIDENT, "issued").await), ["sms sent"]);
    // What did not go out is unknown, whatever else it is the id of.
    let stranger = guichet::kernel::random::uuid().to_string();
    for unknown in [
        json!({"id": stranger, "status": "x"}),
        json!({"id": "7", "status": "x"}),
        json!({"reference": "SM-999", "status": "x"}),
    ] {
        let answer = app.receipt(&unknown).await;
        assert_eq!((answer.status, &answer.json["code"]), (404, &json!("not_found")), "{unknown}");
    }
    let huge = json!({"id": id(&notice), "status": "x".repeat(20_000)});
    for (wrong, status) in [(json!({"status": "x"}), 400), (json!([]), 400), (huge, 413)] {
        assert_eq!(app.receipt(&wrong).await.status, status);
    }
    assert_eq!(told(&good, &body).await, 204);
    assert_eq!(told(&good, &body).await, 204, "sent again within its time it says the same");
}

#[actix_web::test]
async fn without_a_gateway_nobody_is_told_by_sms() {
    let app = TestApp::new().await;
    app.tell(RESIDENT, &json!({"phone": PHONE, "channels": ["sms"]})).await.expect(200);
    app.residence(RESIDENT).await;
    app.all_done().await;
    assert_eq!(deliveries(&app.notice(RESIDENT, "issued").await), [""; 0]);
    assert_eq!(app.receipt(&json!({"id": "x", "status": "DELIVRD"})).await.status, 404);
}

#[actix_web::test]
async fn nothing_is_sent_to_the_dead_or_about_what_was_erased() {
    let gateway = SmsGateway::start(&[503; 50]).await;
    let app = app(&gateway, &[]).await;
    app.tell(NEWCOMER, &json!({"phone": "+8801711000002", "channels": ["sms"]})).await.expect(200);
    app.residence(RESIDENT).await;
    let case = app.residence(NEWCOMER).await;
    let tried = "SELECT count(*) FROM jobs WHERE kind = 'sms' AND last_error IS NOT NULL";
    app.until("both were tried", async || (app.count(tried).await == 2).then_some(())).await;
    let others = "SELECT count(*) FROM jobs WHERE kind <> 'sms'";
    app.until("all notices", async || (app.count(others).await == 0).then_some(())).await;
    let (resident, newcomer) = (app.person(RESIDENT).await, app.person(NEWCOMER).await);
    app.execute(&format!("UPDATE persons SET died_at = now() WHERE id = '{newcomer}'")).await;
    app.execute(&format!("DELETE FROM messages WHERE person = '{resident}'")).await;
    let before = gateway.arrived().len();
    app.execute("UPDATE jobs SET run_at = now()").await;
    app.all_done().await;
    assert_eq!(gateway.arrived().len(), before);
    // Nor is anything queued for the dead.
    app.post(CLERK, &case.path("/messages"), &json!({"body": "Please come."})).await.expect(201);
    app.all_done().await;
    let told = "SELECT count(*) FROM messages m LEFT JOIN message_deliveries d ON d.message = m.id \
                WHERE m.about = 'message' AND m.author IS NULL AND d.message IS NULL";
    assert_eq!((app.count(told).await, gateway.arrived().len()), (1, before));
}

#[actix_web::test]
async fn the_office_sees_whether_its_letters_arrived() {
    let gateway = SmsGateway::start(&[]).await;
    let app = app(&gateway, &[]).await;
    app.tell(NEWCOMER, &json!({"phone": "+8801711000002"})).await.expect(200);
    let case = app.residence(NEWCOMER).await;
    app.post(CLERK, &case.path("/messages"), &json!({"body": "Please come."})).await.expect(201);
    app.post(NEWCOMER, &case.path("/messages"), &json!({"body": "I will."})).await.expect(201);
    let notice = app.until_deliveries(NEWCOMER, "message", &["sms sent"]).await;
    app.receipt(&json!({"id": id(&notice), "status": "DELIVRD"})).await.expect(204);
    let seen = async |who: &str| {
        let page = app.get(who, &case.path("/messages")).await.expect(200).json;
        let items = page["items"].as_array().expect("a page").clone();
        items.iter().map(|m| (m["body"].as_str().unwrap_or_default().to_owned(), deliveries(m))).collect::<Vec<_>>()
    };
    let none: Vec<String> = Vec::new();
    assert_eq!(
        seen(CLERK).await,
        [("I will.".to_owned(), none.clone()), ("Please come.".to_owned(), vec!["sms delivered".to_owned()])]
    );
    assert!(seen(NEWCOMER).await.iter().all(|(_, deliveries)| deliveries.is_empty()));
}

#[actix_web::test]
async fn a_service_says_which_ways_it_uses_and_in_how_many_words() {
    let gateway = SmsGateway::start(&[]).await;
    let server = SmtpServer::start(&SmtpServer::python(), None);
    let port = server.port.to_string();
    for (channels, expected) in [
        ("[email]", &["email sent"][..]),
        ("[sms]", &["sms sent"]),
        ("[]", &[]),
        ("[email, sms]", &["email sent", "sms sent"]),
    ] {
        let folder = boundary::folder("case", "message");
        let service = folder.0.join("boundary/service.yaml");
        let mut text = std::fs::read_to_string(&service).expect("a definition");
        text.push_str(&format!("notices: {{channels: {channels}}}\n"));
        std::fs::write(&service, text).expect("written");
        let settings = [gateway.settings(), mail(&port).to_vec()].concat();
        let app = boundary::app(&folder, &settings).await;
        let reached = json!({"phone": "+351210000000", "email": "olga@sumwhere.example", "channels": ["email", "sms"]});
        app.tell(boundary::OWNER, &reached).await.expect(200);
        boundary::filed(&app).await;
        app.all_done().await;
        let notice = app.until_deliveries(boundary::OWNER, "submitted", expected).await;
        let arrived = gateway.arrived();
        if channels == "[sms]" {
            // Without words of its own it is the subject.
            assert!(arrived.iter().any(|sms| sms.text("id") == id(&notice) && sms.text("text") == "submitted"));
        }
    }
}

//! Everybody is told as they chose: on which ways, in which language, and where. Nobody else chooses for them.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::gateway::{SmsGateway, deliveries};
use crate::support::residence::{NEWCOMER, RESIDENT};
use crate::support::smtp::SmtpServer;

const PHONE: &str = "+8801711000001";

struct Sending {
    gateway: SmsGateway,
    server: SmtpServer,
    app: TestApp,
}

/// A server that sends both ways.
async fn sending() -> Sending {
    let gateway = SmsGateway::start(&[]).await;
    let server = SmtpServer::start(&SmtpServer::python(), None);
    let port = server.port.to_string();
    let mail = [
        ("GUICHET_SMTP_HOST", "127.0.0.1"),
        ("GUICHET_SMTP_PORT", port.as_str()),
        ("GUICHET_SMTP_TLS", "none"),
        ("GUICHET_SMTP_FROM", "no-reply@sumwhere.example"),
    ];
    let app = TestApp::with(&[gateway.settings(), mail.to_vec()].concat()).await;
    Sending { gateway, server, app }
}

impl Sending {
    /// What became of the notice of a new case, once all is sent.
    async fn told(&self, name: &str) -> Vec<String> {
        self.app.residence(name).await;
        self.app.all_done().await;
        deliveries(&self.app.notice(name, "issued").await)
    }
}

#[actix_web::test]
async fn by_mail_where_nothing_is_chosen_else_by_sms_and_then_as_is_chosen() {
    let sending = sending().await;
    let app = &sending.app;
    app.tell(RESIDENT, &json!({"phone": PHONE})).await.expect(200);
    assert_eq!(sending.told(RESIDENT).await, ["email sent"]);
    app.tell(RESIDENT, &json!({"email": null})).await.expect(200);
    assert_eq!(sending.told(RESIDENT).await, ["sms sent"]);
    let again = json!({"email": "salma@sumwhere.example", "channels": ["sms", "email"]});
    app.tell(RESIDENT, &again).await.expect(200);
    assert_eq!(sending.told(RESIDENT).await, ["email sent", "sms sent"]);
    app.tell(RESIDENT, &json!({"channels": ["sms"]})).await.expect(200);
    assert_eq!(sending.told(RESIDENT).await, ["sms sent"]);
    let (letters, messages) = (sending.server.arrived().len(), sending.gateway.arrived().len());
    app.tell(RESIDENT, &json!({"channels": []})).await.expect(200);
    assert_eq!(sending.told(RESIDENT).await, [""; 0]);
    assert_eq!((sending.server.arrived().len(), sending.gateway.arrived().len()), (letters, messages));
    assert!(sending.gateway.arrived().iter().all(|sms| sms.text("to") == PHONE));
}

#[actix_web::test]
async fn in_the_language_they_chose_where_the_service_speaks_it() {
    let gateway = SmsGateway::start(&[]).await;
    let app = TestApp::with(&gateway.settings()).await;
    app.tell(RESIDENT, &json!({"phone": PHONE})).await.expect(200);
    // The case is in English; the register says that she speaks Bangla, and she has not said so herself.
    for (chosen, expected) in [(json!(null), "en"), (json!("bn"), "bn"), (json!("fr"), "en")] {
        app.tell(RESIDENT, &json!({"language": chosen})).await.expect(200);
        app.residence(RESIDENT).await;
        app.all_done().await;
        let notice = app.notice(RESIDENT, "issued").await;
        assert_eq!(notice["language"], expected, "{chosen}");
        let all = gateway.arrived();
        let sms =
            all.iter().find(|sms| sms.text("id") == notice["id"].as_str().unwrap_or_default()).expect("it is sent");
        let bangla = sms.text("text").chars().any(|c| ('\u{0980}'..='\u{09FF}').contains(&c));
        assert_eq!(bangla, expected == "bn", "{}", sms.text("text"));
    }
}

#[actix_web::test]
async fn each_for_themselves_and_on_what_they_know() {
    let app = TestApp::new().await;
    let contact = async |name: &str| app.get(name, "/v1/me/contact").await.expect(200);
    let first = contact(RESIDENT).await;
    let plain =
        json!({"email": "salma@sumwhere.example", "phone": null, "channels": null, "language": null, "quiet": null});
    assert_eq!(first.json, plain);
    let tag = first.header("etag").to_owned();
    let patch = async |tag: Option<&str>, change: &Value| {
        let request = app.by(RESIDENT, "PATCH", "/v1/me/contact").json(change);
        match tag {
            Some(tag) => request.header("if-match", tag).send().await,
            None => request.send().await,
        }
    };
    assert_eq!(patch(None, &json!({"phone": PHONE})).await.status, 428);
    let change =
        json!({"phone": "+880 1711-000001", "channels": ["sms"], "quiet": {"from": "22:00", "until": "06:30"}});
    let done = patch(Some(&tag), &change).await.expect(200);
    let expected = json!({"email": "salma@sumwhere.example", "phone": PHONE, "channels": ["sms"], "language": null,
        "quiet": {"from": "22:00", "until": "06:30"}});
    assert_eq!((&done.json, done.header("etag") == tag), (&expected, false));
    assert_eq!(contact(RESIDENT).await.json, expected);
    // Whoever knows an older state changes nothing.
    assert_eq!(patch(Some(&tag), &json!({"phone": null})).await.status, 412);
    assert_eq!(contact(RESIDENT).await.json, expected);
    assert_eq!(contact(NEWCOMER).await.json["phone"], Value::Null);
    let log = app.audit().await;
    for line in ["contact.read done", "contact.change done", "contact.change refused"] {
        assert!(log.iter().any(|known| known.starts_with(line)), "{line}: {log:?}");
    }
    // What it was changed to stays out of the log.
    assert_eq!(
        app.count("SELECT count(*) FROM audit_payloads WHERE convert_from(bytes, 'UTF8') LIKE '%1711%'").await,
        0
    );
}

#[actix_web::test]
async fn what_leads_nowhere_is_refused_whole() {
    let app = TestApp::new().await;
    for (change, faults) in [
        (json!({"phone": "01711000001"}), vec![("/phone", "phone")]),
        (json!({"email": "salma"}), vec![("/email", "email")]),
        (json!({"channels": ["sms"]}), vec![("/phone", "required")]),
        (json!({"channels": ["email"], "email": null}), vec![("/email", "required")]),
        (json!({"channels": ["fax"]}), vec![("/channels/0", "enum")]),
        (json!({"language": "not one"}), vec![("/language", "language")]),
        (
            json!({"quiet": {"from": "9", "until": "24:00"}}),
            vec![("/quiet/from", "format"), ("/quiet/until", "format")],
        ),
        (json!({"quiet": {"from": "21:00"}}), vec![("/quiet/until", "required")]),
        (json!({"fax": "1"}), vec![("/fax", "not_expected")]),
    ] {
        let answer = app.tell(RESIDENT, &change).await;
        let expected: Vec<_> = faults.iter().map(|(at, code)| ((*at).to_owned(), (*code).to_owned())).collect();
        assert_eq!((answer.status, answer.faults()), (422, expected), "{change}");
    }
    assert_eq!(app.count("SELECT count(*) FROM contact_choices").await, 0);
}

//! Money for a fee that was taken back meanwhile does not revive the case: the case says so, it goes back once, the payer
//! is told, and what the end of the case set stays.

use guichet::payments::{HEADER, sign};
use serde_json::{Value, json};

use crate::support::mutation::{Case, Mutation, Point};
use crate::support::{Answer, TestApp};

/// The payment of a fee that the sandbox takes and never tells of.
async fn unanswered(case: &Case<'_>, fee: &str) -> Value {
    let fee = case.fee(fee).await.expect("a fee");
    let path = fee["pay"].as_str().expect("it is due").to_owned();
    case.app.post("rahim", &path, &json!({"phone": "+8801711000004"})).await.expect(202).json
}

async fn told(app: &TestApp, payment: &Value, secret: &[u8]) -> Answer {
    let body = json!({"event_id": "e-1", "payment": payment["id"], "reference": payment["reference"],
        "outcome": "succeeded", "amount": payment["amount"], "at": guichet::kernel::clock::machine_now()});
    let body = body.to_string().into_bytes();
    let header = sign(secret, guichet::kernel::clock::machine_now().as_second(), &body);
    let request = app.request("POST", "/v1/payments/callbacks/push").header(HEADER, &header);
    request.body("application/json", body).send().await
}

#[actix_web::test]
async fn money_for_a_closed_case_goes_back_once_and_the_payer_is_told() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Opened).await;
    let payment = unanswered(&case, "court").await;
    app.by("rahim", "POST", &case.path("/withdrawal"))
        .header("if-match", "*")
        .json(&json!({}))
        .send()
        .await
        .expect(200);
    let ended = format!(
        "SELECT concat_ws(' ', status, ending, result, closed_at, retain_until, retain_then) AS word FROM cases WHERE id = '{}'",
        case.id
    );
    let before = app.text(&ended).await.expect("an end");
    assert!(before.starts_with("closed withdrawn neutral "), "{before}");
    let secret = *app.keys.callback_secret();
    told(&app, &payment, &secret).await.expect(204);
    told(&app, &payment, &secret).await.expect(204);
    assert_eq!(app.text(&ended).await.as_deref(), Some(before.as_str()));
    let returned =
        format!("SELECT count(*) FROM case_events WHERE case_id = '{}' AND kind = 'payment_returned'", case.id);
    assert_eq!(app.count(&returned).await, 1);
    assert_eq!(case.fee("court").await.expect("a fee")["state"], "returned");
    case.until_told("rahim", "payment_returned").await;
    let ordered =
        format!("SELECT count(*) FROM audit_entries WHERE case_id = '{}' AND action = 'refund.order'", case.id);
    let back = "SELECT count(*) FROM payments WHERE direction = 'back'";
    app.until("its way back begins", async || (app.count(back).await > 0).then_some(())).await;
    assert_eq!(app.count(&ordered).await, 1);
    assert_eq!(app.count(back).await, 1);
}

#[actix_web::test]
async fn what_the_provider_did_not_sign_leaves_nothing_in_the_log() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Opened).await;
    let payment = unanswered(&case, "court").await;
    let log = "SELECT count(*) FROM audit_entries WHERE action = 'payment.callback'";
    told(&app, &payment, b"another secret").await.expect(401);
    assert_eq!(app.count(log).await, 0);
    let mut other = payment.clone();
    other["id"] = json!(guichet::kernel::PaymentId::make());
    told(&app, &other, app.keys.callback_secret()).await.expect(404);
    assert_eq!(app.count(log).await, 1, "what is signed, and refused, is an entry");
    let metrics = app.request("GET", "/metrics").send().await.expect(200);
    assert!(String::from_utf8_lossy(&metrics.bytes).contains("guichet_payment_callbacks_unsigned_total"));
}

#[actix_web::test]
async fn a_payment_that_is_repeated_is_a_read_that_is_logged() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Opened).await;
    let fee = case.fee("court").await.expect("a fee");
    let path = fee["pay"].as_str().expect("it is due").to_owned();
    let pay = |name| {
        let request = app.by(name, "POST", &path).header("idempotency-key", "k-1");
        request.json(&json!({"phone": "+8801711000004"})).send()
    };
    let first = pay("rahim").await.expect(202);
    assert_eq!(pay("rahim").await.expect(202).json["id"], first.json["id"]);
    let reads = format!("SELECT count(*) FROM audit_entries WHERE action = 'payment.read' AND case_id = '{}'", case.id);
    assert_eq!(app.count(&reads).await, 1);
}

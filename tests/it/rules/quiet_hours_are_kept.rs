//! No telephone rings at night: an SMS that falls into quiet hours waits for their end. A person's own hours count
//! before those of the country.

use jiff::SignedDuration;
use serde_json::json;

use crate::support::TestApp;
use crate::support::gateway::{SmsGateway, deliveries};
use crate::support::residence::RESIDENT;

/// From Monday ten o'clock to so many hours later.
async fn at_hour(gateway: &SmsGateway, later: i64) -> TestApp {
    let app = TestApp::with(&gateway.settings()).await;
    app.forward(SignedDuration::from_hours(later)).await;
    app.tell(RESIDENT, &json!({"phone": "+8801711000001"})).await.expect(200);
    app
}

/// Once all notices are in their boxes and every SMS was sent or waits.
async fn settled(app: &TestApp) {
    // Of each lane the first alone is looked at.
    let moving = "SELECT count(*) FROM jobs j WHERE kind <> 'sms' OR (run_at < now() + interval '1 minute' \
                  AND NOT EXISTS (SELECT FROM jobs b WHERE b.kind = 'sms' AND b.case_id = j.case_id AND b.lane = j.lane AND b.id < j.id))";
    app.until("all is sent or waits", async || (app.count(moving).await == 0).then_some(())).await;
}

#[actix_web::test]
async fn at_night_an_sms_waits_for_the_morning_and_then_comes_in_order() {
    let gateway = SmsGateway::start(&[]).await;
    // Ten in the evening; those of Sumwhere run from nine to eight.
    let app = at_hour(&gateway, 12).await;
    app.residence(RESIDENT).await;
    settled(&app).await;
    assert_eq!(deliveries(&app.notice(RESIDENT, "issued").await), ["sms queued"], "the box does not wait");
    assert!(gateway.arrived().is_empty());
    let minutes = "SELECT round(extract(epoch FROM min(run_at) - now()) / 60)::bigint AS count FROM jobs \
                   WHERE last_error IS NOT NULL";
    assert!((598..=600).contains(&app.count(minutes).await), "until eight: {}", app.count(minutes).await);
    let why =
        "SELECT string_agg(DISTINCT last_error || ' ' || attempts, ',') AS word FROM jobs WHERE last_error IS NOT NULL";
    assert_eq!(app.text(why).await.as_deref(), Some("quiet hours 0"), "waiting is no attempt");
    // Not before.
    app.forward(SignedDuration::from_hours(9)).await;
    settled(&app).await;
    assert!(gateway.arrived().is_empty());
    app.forward(SignedDuration::from_hours(1)).await;
    app.all_done().await;
    let all: Vec<String> = gateway.arrived().iter().map(|sms| sms.text("id")).collect();
    let order = "SELECT string_agg(id::text, ' ' ORDER BY seq, id) AS word FROM messages";
    assert_eq!(app.text(order).await.expect("messages"), all.join(" "));
    assert!(all.len() > 1);
}

#[actix_web::test]
async fn ones_own_hours_count() {
    let gateway = SmsGateway::start(&[]).await;
    let app = at_hour(&gateway, 12).await;
    // Both the same: none.
    app.tell(RESIDENT, &json!({"quiet": {"from": "00:00", "until": "00:00"}})).await.expect(200);
    app.residence(RESIDENT).await;
    app.all_done().await;
    let sent = gateway.arrived().len();
    assert!(sent > 0);
    // By day, at ten o'clock.
    app.forward(SignedDuration::from_hours(12)).await;
    app.tell(RESIDENT, &json!({"quiet": {"from": "09:30", "until": "10:30"}})).await.expect(200);
    app.residence(RESIDENT).await;
    settled(&app).await;
    assert_eq!(gateway.arrived().len(), sent);
    app.forward(SignedDuration::from_mins(31)).await;
    app.all_done().await;
    assert!(gateway.arrived().len() > sent);
    // Taken back, those of the country count again.
    app.tell(RESIDENT, &json!({"quiet": null})).await.expect(200);
    app.forward(SignedDuration::from_hours(12)).await;
    let sent = gateway.arrived().len();
    app.residence(RESIDENT).await;
    settled(&app).await;
    assert_eq!(gateway.arrived().len(), sent);
}

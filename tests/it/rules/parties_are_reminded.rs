//! Whoever is asked or charged is reminded a few days before the last one, once, and not where it is done already.

use serde_json::json;

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point};

#[actix_web::test]
async fn three_days_before_the_last_one_and_once() {
    let app = TestApp::new().await;
    let late = Mutation::of_rahim(&app).to(Point::Opened).await;
    let done = Mutation::of_rahim(&app).plot("BRS-45-12", "119").to(Point::CourtPaid).await;
    assert_eq!(
        (late.open_steps().await, done.open_steps().await),
        (vec!["pay_court".to_owned()], vec!["fill".to_owned()])
    );
    let told = async |case: &str| {
        app.count(&format!("SELECT count(*) FROM messages WHERE case_id = '{case}' AND about = 'due_soon'")).await
    };
    app.forward_days(3).await;
    assert_eq!(told(&late.id).await, 0);
    app.forward_days(2).await;
    late.until_told("rahim", "due_soon").await;
    app.forward_days(1).await;
    // Both steps have seven days: each is told once, and the fee that was paid is not.
    done.until_told("rahim", "due_soon").await;
    assert_eq!((told(&late.id).await, told(&done.id).await), (1, 1));
    let letters = app.get("rahim", "/v1/me/messages").await.expect(200).json;
    let letter = letters["items"].as_array().into_iter().flatten().find(|m| m["about"] == "due_soon").cloned();
    assert!(letter.is_some_and(|m| m.to_string().contains("2026-08-10")), "{letters}");
    let events = app.get("rahim", &late.path("/events?limit=200")).await.expect(200).json;
    assert!(events.to_string().contains("step_reminded"), "{events}");
    // On the day after the last one it lapses all the same.
    app.forward_days(4).await;
    app.until("it has lapsed", async || (late.view().await["end"]["id"] == json!("lapsed")).then_some(())).await;
}

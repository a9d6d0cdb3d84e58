//! Each step of an office has its time. What is late is shown in the queue and in the case, told to whoever watches over the
//! office, and nothing else moves.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::founding::Founding;
use crate::support::licence::{Licence, act, inspection};
use crate::support::mutation::{Mutation, Point, field_report, survey};
use crate::support::residence::NEWCOMER;

/// Days until a step is late: its last day is a good day.
async fn late_after(app: &TestApp, view: impl AsyncFn() -> Value, step: &str, days: i64) {
    let overdue = async || {
        let view = view().await;
        let steps = view["steps"].as_array().cloned().unwrap_or_default();
        let found = steps.iter().find(|s| s["id"] == step).unwrap_or_else(|| panic!("{step} is not open: {view}"));
        found["overdue"] == true
    };
    app.forward_days(days).await;
    assert!(!overdue().await, "{step} on its last day");
    app.forward_days(1).await;
    assert!(overdue().await, "{step} a day later");
}

#[actix_web::test]
async fn of_a_mutation() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::NoticePaid).await;
    let view = async || case.view().await;
    late_after(&app, view, "admit", 2).await;
    case.act("mita", "admit", &json!({"outcome": "complete"})).await;
    late_after(&app, view, "field_report", 7).await;
    case.act("bashir", "field_report", &json!({"answers": field_report()})).await;
    late_after(&app, view, "survey", 4).await;
    case.act("sohel", "survey", &json!({"answers": survey(false)})).await;
    late_after(&app, view, "records", 4).await;
    case.act("kamal", "records", &json!({"answers": {"chain_complete": true}})).await;
    late_after(&app, view, "order", 3).await;
    // The additional deputy commissioner is told of each.
    let told = async || {
        let letters = app.get("mahbub", "/v1/me/messages?limit=200").await.expect(200).json;
        let items = letters["items"].as_array().cloned().unwrap_or_default();
        (items.iter().filter(|m| m["about"] == "overdue").count() >= 5).then_some(())
    };
    app.until("who watches over the office is told", told).await;
    assert_eq!(case.open_steps().await, ["order"], "nothing else moved");
}

#[actix_web::test]
async fn of_what_was_not_supplied_and_of_a_decree() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::NoticePaid).await;
    let stale = json!({"outcome": "incomplete", "reasons": ["papers_stale"], "grounds": "The receipt is of 2019."});
    case.act("mita", "admit", &stale).await;
    app.forward_days(16).await;
    // From Wednesday the 19th: 20, 23 and 24 August.
    late_after(&app, async || case.view().await, "unsupplied", 5).await;
    // More time is given, and the paper comes.
    case.act("anwar", "unsupplied", &json!({"outcome": "more_time"})).await.expect(200);
    assert_eq!(case.open_steps().await, ["missing_papers"]);
    case.upload("tax_receipt", 0).await.expect(201);
    case.complete("rahim", "missing_papers", &json!({})).await.expect(200);
    assert_eq!(case.open_steps().await, ["admit"]);
}

#[actix_web::test]
async fn of_the_district_for_its_sanction() {
    let app = TestApp::new().await;
    let jamal = crate::support::mutation::person("Jamal Hossain", "4710000105");
    let decree = json!({"court": "Joint District Judge, Nodipur", "number": "112/2024", "date": "2026-02-11"});
    let case = Mutation::of_rahim(&app).plot("BRS-45-13", "120").seller(jamal).without_paper("deed").paper("judgment");
    let case = case.with("kind", json!("decree")).with("decree", decree).without("deed").to(Point::Admitted).await;
    late_after(&app, async || case.view().await, "approval", 7).await;
}

#[actix_web::test]
async fn of_the_registry() {
    let app = TestApp::new().await;
    let case = Founding::paid(&app, &[]).await;
    for officer in ["yasmin", "nila"] {
        case.act(officer, &json!({"outcome": "no_objection"})).await.expect(200);
    }
    late_after(&app, async || case.view().await, "papers", 3).await;
    case.act("laila", &json!({"outcome": "complete"})).await.expect(200);
    late_after(&app, async || case.view().await, "decision", 6).await;
    app.until("the board is told", async || {
        let letters = app.get("hasanpaul", "/v1/me/messages").await.expect(200).json;
        letters["items"].as_array()?.iter().any(|m| m["about"] == "overdue").then_some(())
    })
    .await;
}

#[actix_web::test]
async fn of_the_trade_office() {
    let app = TestApp::new().await;
    let case = Licence::submitted(&app, &[]).await;
    let view = async || case.view().await;
    assert_eq!(view().await["deadline"]["last_day"], "2026-08-24", "fifteen working days in all");
    late_after(&app, view, "check", 2).await;
    act(&app, "tania", &json!({"outcome": "complete"})).await;
    late_after(&app, view, "inspection", 7).await;
    act(&app, "gias", &inspection(true)).await;
    late_after(&app, view, "decision", 4).await;
    app.until("the deputy mayor is told", async || {
        let letters = app.get("shafiq", "/v1/me/messages").await.expect(200).json;
        letters["items"].as_array()?.iter().any(|m| m["about"] == "overdue").then_some(())
    })
    .await;
}

#[actix_web::test]
async fn of_the_clerk_who_confirms_a_residence() {
    let app = TestApp::new().await;
    let case = app.residence(NEWCOMER).await;
    assert_eq!(case.view["deadline"]["last_day"], "2026-08-10", "five working days in all");
    late_after(&app, async || app.get(NEWCOMER, &case.path("")).await.expect(200).json, "check", 3).await;
    let task = app.task_of("popy", &case).await;
    app.post("popy", &format!("/v1/tasks/{task}/claim"), &json!({})).await.expect(200);
    let refuse = json!({"outcome": "refuse", "reasons": ["not_resident"], "grounds": "He lives in Purba."});
    app.post("popy", &format!("/v1/tasks/{task}/completion"), &refuse).await.expect(200);
    let decisions = app.get(NEWCOMER, &case.path("/decisions")).await.expect(200).json;
    let objection = &decisions["items"][0]["remedies"][0];
    assert_eq!((&objection["role"], &objection["until"]), (&json!("deputy-mayor"), &json!("2026-09-06")));
}

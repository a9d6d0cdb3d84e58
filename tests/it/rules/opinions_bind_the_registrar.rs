//! A company is registered only where all opinions bear it out. What is refused says why, gives back what was paid for haste,
//! and can be appealed against.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::founding::Founding;

async fn opinions(case: &Founding<'_>, tax: &Value, municipality: &Value, papers: &Value) {
    for (officer, body) in [("yasmin", tax), ("nila", municipality), ("laila", papers)] {
        case.act(officer, body).await.expect(200);
    }
}

fn fine() -> Value {
    json!({"outcome": "no_objection"})
}

fn complete() -> Value {
    json!({"outcome": "complete"})
}

async fn cannot_register(case: &Founding<'_>) {
    let refused = case.act("ayesha", &json!({"outcome": "register"})).await;
    assert_eq!(refused.expect(409).json["code"], "not_offered");
}

async fn refuse(case: &Founding<'_>, reason: &str) -> Value {
    let task = case.app.get("ayesha", "/v1/tasks").await.expect(200).json["items"][0]["id"].clone();
    let body = json!({"outcome": "refuse", "reasons": [reason], "grounds": "As was stated."});
    let path = format!("/v1/tasks/{}/completion", task.as_str().expect("the decision"));
    case.app.post("ayesha", &path, &body).await.expect(200);
    assert_eq!(case.end().await, "refused");
    let decisions = case.app.get("rahim", &format!("{}/decisions", case.path)).await.expect(200).json;
    decisions["items"].as_array().and_then(|all| all.last()).cloned().unwrap_or_default()
}

#[actix_web::test]
async fn an_objection_of_the_tax_office_refuses_and_gives_back_what_haste_cost() {
    let app = TestApp::new().await;
    let case = Founding::paid(&app, &[("expedited", json!(true))]).await;
    let object = json!({"outcome": "object", "reasons": ["tax_debt"], "grounds": "Arrears of 2024"});
    opinions(&case, &object, &fine(), &complete()).await;
    cannot_register(&case).await;
    let decision = refuse(&case, "tax_debt").await;
    assert_eq!(decision["reasons"][0]["legal_ground"], "Companies (Registration) Act 2015, s. 8 (2)");
    let appeal = &decision["remedies"][0];
    assert_eq!((&appeal["role"], &appeal["until"]), (&json!("registry-board"), &json!("2026-09-02")));
    let back = "SELECT count(*) FROM payments WHERE direction = 'back' AND state = 'succeeded' AND amount = 8000";
    app.until("it is given back", async || (app.count(back).await == 1).then_some(())).await;
}

#[actix_web::test]
async fn an_objection_of_the_municipality_is_asked_about_again() {
    let app = TestApp::new().await;
    let case = Founding::paid(&app, &[]).await;
    let object = json!({"outcome": "object", "reasons": ["premises_unsuitable"], "grounds": "A school is next door"});
    opinions(&case, &fine(), &object, &complete()).await;
    cannot_register(&case).await;
    let task = app.get("ayesha", "/v1/tasks").await.expect(200).json["items"][0]["id"].clone();
    let path = format!("/v1/tasks/{}/completion", task.as_str().expect("the decision"));
    app.post("ayesha", &path, &json!({"outcome": "ask_again"})).await.expect(200);
    assert_eq!(case.open().await, ["opinions", "tax", "municipality", "papers"], "all opinions are new");
    opinions(&case, &fine(), &object, &complete()).await;
    cannot_register(&case).await;
    refuse(&case, "premises_unsuitable").await;
    assert_eq!(app.count("SELECT count(*) FROM payments WHERE direction = 'back'").await, 0, "no haste was paid for");
}

#[actix_web::test]
async fn papers_are_asked_for_meanwhile_and_what_does_not_come_refuses() {
    let app = TestApp::new().await;
    let case = Founding::paid(&app, &[]).await;
    let incomplete = json!({"outcome": "incomplete", "reasons": ["papers_missing"], "grounds": "They are not signed"});
    case.act("laila", &incomplete).await.expect(200);
    assert_eq!(case.open().await, ["opinions", "tax", "municipality", "missing_papers"]);
    assert_eq!(case.view().await["deadline"]["state"], "running", "others are at work");
    for officer in ["yasmin", "nila"] {
        case.act(officer, &fine()).await.expect(200);
    }
    assert_eq!(case.view().await["deadline"]["state"], "suspended");
    app.until("he is told", async || {
        let letters = app.get("rahim", "/v1/me/messages").await.expect(200).json;
        letters["items"].as_array()?.iter().any(|m| m["about"] == "papers_asked").then_some(())
    })
    .await;
    // Once they come, the next time they do not.
    case.bring("kind=articles").await;
    case.answer("missing_papers", &json!({})).await.expect(200);
    assert_eq!(case.open().await, ["opinions", "papers"]);
    case.act("laila", &incomplete).await.expect(200);
    app.forward_days(15).await;
    assert_eq!(case.open().await, ["opinions", "missing_papers"]);
    app.forward_days(1).await;
    case.until_open(&["decision"]).await;
    cannot_register(&case).await;
    refuse(&case, "papers_missing").await;
}

#[actix_web::test]
async fn who_is_barred_is_refused_and_the_name_is_free() {
    let app = TestApp::new().await;
    let case = Founding::paid(&app, &[]).await;
    let bar = json!({"outcome": "barred", "reasons": ["founder_barred"], "grounds": "Judgment 12/2024"});
    case.act("yasmin", &bar).await.expect(200);
    cannot_register(&case).await;
    refuse(&case, "founder_barred").await;
    assert_eq!(app.count("SELECT count(*) FROM pool_places").await, 0);
}

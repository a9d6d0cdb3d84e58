//! A refusal of a licence is appealed against as a case of its own, which the deputy mayor hears: what is overturned is granted, what
//! is sent back somebody else decides, what is dismissed stays refused.

use serde_json::{Value, json};

use crate::support::licence::{Licence, act};
use crate::support::{Answer, TestApp, posts};

const JUDGE: &str = "shafiq";

async fn refused(app: &TestApp, suitable: bool) -> Licence<'_> {
    let case = Licence::inspected(app, &[], suitable).await;
    refuse(app, "nila", &case).await;
    case
}

async fn refuse(app: &TestApp, officer: &str, case: &Licence<'_>) {
    let body = json!({"outcome": "refuse", "reasons": ["premises_unsuitable"], "grounds": "As was found."});
    act(app, officer, &body).await;
    assert_eq!(case.view().await["end"]["id"], "refused");
}

async fn lodged(case: &Licence<'_>) -> Answer {
    case.rina.post(&format!("{}/appeal", case.path), &json!({"form": {"grounds": "The premises are sound."}})).await
}

async fn appealed(case: &Licence<'_>) -> String {
    let appeal = lodged(case).await.expect(201).json;
    assert!(appeal["reference"].as_str().is_some_and(|r| r.starts_with("SA-")), "{appeal}");
    format!("/v1/cases/{}", appeal["id"].as_str().expect("an id"))
}

/// Where the licence is after the appeal took effect there.
async fn until(case: &Licence<'_>, place: &str) {
    let there = async || {
        let view = case.view().await;
        (view["steps"][0]["id"] == place || view["end"]["id"] == place).then_some(())
    };
    case.rina.app.until(&format!("it is at {place}"), there).await;
}

async fn task(case: &Licence<'_>, appeal: &str) -> String {
    let view = case.rina.get(appeal).await.expect(200).json;
    format!("/v1/tasks/{}", view["steps"][0]["task"].as_str().unwrap_or_else(|| panic!("no task: {view}")))
}

async fn heard(case: &Licence<'_>, appeal: &str, body: &Value) {
    let app = case.rina.app;
    let task = task(case, appeal).await;
    app.post(JUDGE, &format!("{task}/claim"), &json!({"no_ties": true})).await.expect(200);
    let done = app.post(JUDGE, &format!("{task}/completion"), body).await;
    assert!(matches!(done.status, 200 | 204), "{}", done.json);
}

#[actix_web::test]
async fn what_is_overturned_is_granted_where_register_and_inspection_bear_it_out() {
    let app = TestApp::new().await;
    let case = refused(&app, true).await;
    let appeal = appealed(&case).await;
    let lodged = case.view().await["remedies"][0]["case"].clone();
    assert_eq!(lodged.as_str(), appeal.strip_prefix("/v1/cases/"), "the licence knows of it");
    // Who hears it says first that nothing ties him; who decided below does not hear it.
    let task = task(&case, &appeal).await;
    assert_eq!(app.post(JUDGE, &format!("{task}/claim"), &json!({})).await.expect(409).json["code"], "not_declared");
    assert_eq!(app.post("nila", &format!("{task}/claim"), &json!({"no_ties": true})).await.status, 404);
    heard(&case, &appeal, &json!({"outcome": "overturn"})).await;
    until(&case, "pay_licence").await;
    assert_eq!(case.view().await["decision"], "favourable");
    // The office that hears it answers for it.
    assert_eq!(case.rina.get(&appeal).await.expect(200).json["authority"], "municipality");

    let unsuitable = refused(&app, false).await;
    let appeal = appealed(&unsuitable).await;
    heard(&unsuitable, &appeal, &json!({"outcome": "overturn"})).await;
    until(&unsuitable, "decision").await;
}

#[actix_web::test]
async fn what_is_sent_back_is_decided_by_somebody_else() {
    let app = TestApp::new().await;
    posts::also(&app, "gias", "licence-officer", "trade_office", "municipality").await;
    posts::also(&app, "sajib", "licence-officer", "trade_office", "municipality").await;
    let case = refused(&app, true).await;
    let appeal = appealed(&case).await;
    heard(&case, &appeal, &json!({"outcome": "remit"})).await;
    until(&case, "decision").await;
    let deadline = case.view().await["deadline"].clone();
    assert_eq!((&deadline["state"], &deadline["limit"]), (&json!("running"), &json!(15)), "in the whole time");
    for keeps_out in ["nila", "gias"] {
        let refused = case.claim(keeps_out).await;
        assert!(refused.status >= 400, "{keeps_out} has decided or inspected it");
    }
    case.claim("sajib").await.expect(200);
    let body = json!({"outcome": "refuse", "reasons": ["premises_unsuitable"], "grounds": "Seen again."});
    let done = case.complete("sajib", &body).await;
    assert!(matches!(done.status, 200 | 204), "{}", done.json);
    until(&case, "refused").await;
    lodged(&case).await.expect(201);
}

#[actix_web::test]
async fn a_dismissed_appeal_leaves_the_refusal() {
    let app = TestApp::new().await;
    let case = refused(&app, false).await;
    let appeal = appealed(&case).await;
    assert_eq!(lodged(&case).await.expect(409).json["code"], "appeal_pending", "one at a time");
    let task = task(&case, &appeal).await;
    app.post(JUDGE, &format!("{task}/claim"), &json!({"no_ties": true})).await.expect(200);
    let bare = app.post(JUDGE, &format!("{task}/completion"), &json!({"outcome": "dismiss"})).await;
    assert_eq!(bare.expect(422).faults()[0].0, "/reasons", "a reason of the law, and grounds in words");
    let body = json!({"outcome": "dismiss", "reasons": ["unfounded"], "grounds": "It was found so twice."});
    let done = app.post(JUDGE, &format!("{task}/completion"), &body).await;
    assert!(matches!(done.status, 200 | 204), "{}", done.json);
    app.all_done().await;
    assert_eq!(case.view().await["end"]["id"], "refused");
    let view = case.rina.get(&appeal).await.expect(200).json;
    assert_eq!((&view["end"]["id"], &view["decision"]), (&json!("dismissed"), &json!("adverse")));
}

#[actix_web::test]
async fn thirty_days_for_an_appeal_that_may_be_withdrawn() {
    let app = TestApp::new().await;
    let case = refused(&app, false).await;
    let appeal = appealed(&case).await;
    case.rina
        .app
        .by("rina", "POST", &format!("{appeal}/withdrawal"))
        .header("x-acting-for", &case.rina.organisation)
        .header("if-match", "*")
        .json(&json!({}))
        .send()
        .await
        .expect(200);
    app.all_done().await;
    assert_eq!(case.view().await["end"]["id"], "refused");
    let late = refused(&app, false).await;
    app.forward_days(31).await;
    assert_eq!(lodged(&late).await.expect(409).json["code"], "too_late");
}

#[actix_web::test]
async fn papers_that_an_appeal_rests_on_are_asked_for_and_do_not_come() {
    let app = TestApp::new().await;
    let case = refused(&app, true).await;
    let appeal = appealed(&case).await;
    let ask = json!({"outcome": "ask_papers", "reasons": ["papers_missing"], "grounds": "The report of the engineer."});
    heard(&case, &appeal, &ask).await;
    let view = case.rina.get(&appeal).await.expect(200).json;
    assert_eq!((&view["steps"][0]["id"], &view["deadline"]["state"]), (&json!("missing_papers"), &json!("suspended")));
    app.forward_days(16).await;
    let again = async || {
        let view = case.rina.get(&appeal).await.expect(200).json;
        (view["steps"][0]["id"] == "hear").then_some(())
    };
    app.until("it is decided on the file", again).await;
}

#[actix_web::test]
async fn a_grant_that_is_appealed_against_stands_still() {
    let app = TestApp::new().await;
    let case = Licence::inspected(&app, &[], true).await;
    act(&app, "nila", &json!({"outcome": "grant"})).await;
    assert_eq!(case.step().await, "pay_licence");
    let appeal = appealed(&case).await;
    assert_eq!(case.view().await["held"], true);
    // Money is taken in; nothing moves.
    let fees = case.rina.get(&format!("{}/fees", case.path)).await.expect(200).json;
    case.rina.post(fees["items"][0]["pay"].as_str().expect("due"), &json!({})).await.expect(202);
    let paid = async || {
        let fees = case.rina.get(&format!("{}/fees", case.path)).await.expect(200).json;
        (fees["items"][0]["state"] == "paid").then_some(())
    };
    app.until("it is paid", paid).await;
    assert_eq!(case.view().await["held"], true);
    let no = json!({"outcome": "not_admit", "reasons": ["no_standing"], "grounds": "A grant is not appealed against."});
    heard(&case, &appeal, &no).await;
    until(&case, "licensed").await;
    assert_eq!(lodged(&case).await.expect(409).json["code"], "already_lodged", "once");
}

#[actix_web::test]
async fn a_licence_that_is_entered_stays() {
    let app = TestApp::new().await;
    let case = Licence::inspected(&app, &[], true).await;
    act(&app, "nila", &json!({"outcome": "grant"})).await;
    let fees = case.rina.get(&format!("{}/fees", case.path)).await.expect(200).json;
    case.rina.post(fees["items"][0]["pay"].as_str().expect("due"), &json!({})).await.expect(202);
    until(&case, "licensed").await;
    let appeal = appealed(&case).await;
    heard(&case, &appeal, &json!({"outcome": "overturn"})).await;
    app.all_done().await;
    assert_eq!(case.view().await["end"]["id"], "licensed");
    assert_eq!(case.rina.get(&appeal).await.expect(200).json["end"]["id"], "overturned");
}

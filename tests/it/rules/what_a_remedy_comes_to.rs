//! What an appeal or a review comes to in the first case: set aside, it is granted or ordered anew; sent back, it begins anew;
//! after the entry the register is put back, by hand where another entry was built upon it, and what was issued holds no more.

use serde_json::{Value, json};

use crate::support::mutation::{Case, Mutation, Point, salma, sharing};
use crate::support::{Client, TestApp};

fn grounds() -> Value {
    json!({"form": {"grounds": "The deed was not looked at."}})
}

async fn rejected(app: &TestApp, quantity: f64) -> Case<'_> {
    let case = Mutation::of_rahim(app).quantity(quantity).to(Point::Checked).await;
    case.heard("anwar").await;
    let reject = json!({"outcome": "reject", "reasons": ["title"], "grounds": "The chain is broken."});
    case.act("anwar", "order", &reject).await.expect(200);
    case
}

/// The case that a remedy is.
fn opened_by<'a>(app: &'a Client, by: &str, opened: &Value) -> Case<'a> {
    Mutation::by(app, by).resumed(opened["id"].as_str().expect("an id"))
}

/// Lodged, answered, decided.
async fn remedied(case: &Case<'_>, by: &str, other: &str, remedy: &str, outcome: &str) {
    let (step, judge) = if remedy == "review" { ("decide", "shireen") } else { ("hear", "mahbub") };
    let opened = case.app.post(by, &case.path(&format!("/{remedy}")), &grounds()).await.expect(201).json;
    let one = opened_by(case.app, by, &opened);
    one.complete(other, "answer", &json!({"answers": {"answer": "It was."}})).await.expect(200);
    let done = one.act(judge, step, &json!({"outcome": outcome})).await;
    assert!(matches!(done.status, 200 | 204), "{}", done.json);
}

/// The first case knows what became of each remedy.
async fn settled(case: &Case<'_>) {
    let all = async || {
        let view = case.view().await;
        view["remedies"].as_array().is_some_and(|all| all.iter().all(|r| r["end"].is_string())).then_some(())
    };
    case.app.until("the remedy is settled", all).await;
}

async fn until_open(case: &Case<'_>, step: &str) {
    case.app.until(&format!("{step} is open"), async || (case.open_steps().await == [step]).then_some(())).await;
}

async fn until_end(case: &Case<'_>, end: &str) {
    let ended = async || (case.view().await["end"]["id"] == end).then_some(());
    case.app.until(&format!("it ends in {end}"), ended).await;
}

async fn certificates(case: &Case<'_>) -> Vec<Value> {
    let mut states = Vec::new();
    for template in ["khatian", "dcr"] {
        let code = case.certificate(template).await;
        let shown = case.app.request("GET", &format!("/v1/certificates/{code}")).send().await.expect(200).json;
        states.push(shown["state"].clone());
    }
    states
}

#[actix_web::test]
async fn a_rejection_that_is_set_aside_is_granted_where_the_register_bears_it_out() {
    let app = TestApp::new().await;
    let case = rejected(&app, 10.0).await;
    remedied(&case, "rahim", "karim", "appeal", "set_aside").await;
    until_open(&case, "pay_dcr").await;
    assert_eq!(case.view().await["decision"], "favourable");
}

#[actix_web::test]
async fn else_another_officer_orders_anew() {
    let app = TestApp::new().await;
    let case = rejected(&app, 33.01).await;
    remedied(&case, "rahim", "karim", "appeal", "set_aside").await;
    until_open(&case, "order").await;
    assert_eq!(case.view().await["deadline"]["state"], "running");
    assert_eq!(case.claim("anwar", "order").await.expect(403).json["type"], "/problems/recused");
    case.claim("shireen", "order").await.expect(200);
}

#[actix_web::test]
async fn what_is_sent_back_begins_anew_and_the_decider_is_shut_out() {
    let app = TestApp::new().await;
    let case = rejected(&app, 10.0).await;
    remedied(&case, "rahim", "karim", "appeal", "remit").await;
    until_open(&case, "admit").await;
    let fresh = Mutation::of_rahim(&app).plot("BRS-45-12", "119").to(Point::NoticePaid).await;
    assert_eq!(case.view().await["deadline"]["last_day"], fresh.view().await["deadline"]["last_day"]);
    case.go(Point::NoticePaid, Point::Checked).await;
    assert_eq!(case.claim("anwar", "order").await.expect(403).json["type"], "/problems/recused");
    case.act("shireen", "order", &json!({"outcome": "approve"})).await;
    assert_eq!(case.open_steps().await, ["pay_dcr"]);
}

#[actix_web::test]
async fn sent_back_after_the_entry_the_register_is_put_back_first() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Issued).await;
    assert_eq!(certificates(&case).await, [json!("valid"), json!("valid")]);
    remedied(&case, "karim", "rahim", "appeal", "remit").await;
    until_open(&case, "admit").await;
    assert_eq!(case.record("khatians", "BRS-45-12").await["plots"][0]["quantity"], json!(33));
    assert_eq!(case.record("khatians", "K-2026-000001").await["holders"], json!([]));
    assert_eq!(certificates(&case).await, [json!("revoked"), json!("revoked")]);
}

#[actix_web::test]
async fn an_entry_that_was_built_upon_is_cleared_by_hand_and_its_certificates_hold_no_more() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Issued).await;
    let next = Mutation::by(&app, "salma").buyers(vec![sharing(salma(), 1.0)]).quantity(5.0).to(Point::Issued).await;
    assert_eq!(next.view().await["end"]["id"], "issued");
    remedied(&case, "karim", "rahim", "appeal", "set_aside").await;
    until_open(&case, "restore_by_hand").await;
    assert_eq!(certificates(&case).await, [json!("valid"), json!("valid")], "nothing was taken back yet");
    case.act("shireen", "restore_by_hand", &json!({"outcome": "again"})).await;
    assert_eq!(case.open_steps().await, ["restore_by_hand"]);
    case.act("shireen", "restore_by_hand", &json!({"outcome": "cleared"})).await;
    until_end(&case, "annulled").await;
    assert_eq!(certificates(&case).await, [json!("revoked"), json!("revoked")]);
    assert_eq!(
        next.record("khatians", "K-2026-000002").await["holders"][0]["name"],
        "Salma Begum",
        "others keep theirs"
    );
}

#[actix_web::test]
async fn an_approval_that_a_review_varies_is_annulled_and_its_fee_goes_back() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Approved).await;
    let opened = app.post("karim", &case.path("/review"), &grounds()).await.expect(201).json;
    assert_eq!(case.view().await["held"], true);
    case.pay("dcr").await;
    let look = opened_by(&app, "karim", &opened);
    look.complete("rahim", "answer", &json!({"answers": {"answer": "He did sell."}})).await.expect(200);
    look.act("shireen", "decide", &json!({"outcome": "vary"})).await.expect(200);
    until_end(&case, "annulled").await;
    let back = "SELECT count(*) FROM payments WHERE direction = 'back' AND state = 'succeeded' AND amount = 1100";
    app.until("the fee goes back", async || (app.count(back).await == 1).then_some(())).await;
    app.post("rahim", &case.path("/appeal"), &grounds()).await.expect(201);
}

#[actix_web::test]
async fn a_review_that_varies_takes_the_entry_back() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Issued).await;
    remedied(&case, "karim", "rahim", "review", "vary").await;
    until_end(&case, "annulled").await;
    assert_eq!(case.record("khatians", "BRS-45-12").await["plots"][0]["quantity"], json!(33));
    assert_eq!(certificates(&case).await, [json!("revoked"), json!("revoked")]);
}

#[actix_web::test]
async fn a_rejection_for_want_of_papers_that_is_varied_or_set_aside_goes_on() {
    let app = TestApp::new().await;
    for (remedy, outcome, dag) in [("review", "vary", "118"), ("appeal", "set_aside", "119")] {
        let case = Mutation::of_rahim(&app).plot("BRS-45-12", dag).to(Point::NoticePaid).await;
        let stale = json!({"outcome": "incomplete", "reasons": ["papers_stale"], "grounds": "The receipt is of 2019."});
        case.act("mita", "admit", &stale).await;
        app.forward_days(16).await;
        let reject = json!({"outcome": "reject", "reasons": ["papers_stale"], "grounds": "No newer one came."});
        case.act("anwar", "unsupplied", &reject).await.expect(200);
        remedied(&case, "rahim", "karim", remedy, outcome).await;
        until_open(&case, "admit").await;
    }
}

#[actix_web::test]
async fn each_instance_is_open_for_its_own_time() {
    let app = TestApp::new().await;
    let case = rejected(&app, 10.0).await;
    let too_late = async |path: &str| {
        let refused = app.post("rahim", path, &grounds()).await;
        assert_eq!(refused.expect(409).json["type"], "/problems/too_late", "{path}");
    };
    let dismiss = json!({"outcome": "dismiss", "reasons": ["unfounded"], "grounds": "It was looked at."});
    let mut below = case.id.clone();
    for (days, judge) in [(30, "mahbub"), (60, "rehana"), (90, "monir")] {
        app.forward_days(days).await;
        let opened = app.post("rahim", &format!("/v1/cases/{below}/appeal"), &grounds()).await.expect(201).json;
        below = opened["id"].as_str().expect("an id").to_owned();
        let one = opened_by(&app, "rahim", &opened);
        one.complete("karim", "answer", &json!({"answers": {"answer": "It was."}})).await.expect(200);
        one.act(judge, "hear", &dismiss).await.expect(200);
        settled(&case).await;
    }
    // A day later each is closed.
    let late = Mutation::of_rahim(&app).plot("BRS-45-12", "119").to(Point::Checked).await;
    late.heard("anwar").await;
    let reject = json!({"outcome": "reject", "reasons": ["title"], "grounds": "The chain is broken."});
    late.act("anwar", "order", &reject).await.expect(200);
    app.forward_days(30).await;
    let opened = app.post("rahim", &late.path("/appeal"), &grounds()).await.expect(201).json;
    let one = opened_by(&app, "rahim", &opened);
    one.complete("karim", "answer", &json!({"answers": {"answer": "It was."}})).await.expect(200);
    one.act("mahbub", "hear", &dismiss).await.expect(200);
    settled(&late).await;
    app.forward_days(1).await;
    too_late(&late.path("/review")).await;
    app.forward_days(60).await;
    too_late(&one.path("/appeal")).await;
}

#[actix_web::test]
async fn papers_that_reopen_a_case_make_its_appeal_moot() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::NoticePaid).await;
    let stale = json!({"outcome": "incomplete", "reasons": ["papers_stale"], "grounds": "The receipt is of 2019."});
    case.act("mita", "admit", &stale).await;
    app.forward_days(16).await;
    let reject = json!({"outcome": "reject", "reasons": ["papers_missing"], "grounds": "Nothing came."});
    case.act("anwar", "unsupplied", &reject).await.expect(200);
    let opened = app.post("rahim", &case.path("/appeal"), &grounds()).await.expect(201).json;
    let appeal = opened_by(&app, "rahim", &opened);
    case.upload("tax_receipt", 0).await.expect(201);
    assert_eq!(case.open_steps().await, ["admit"]);
    until_end(&appeal, "moot").await;
}

//! Nobody decides on what he has reported himself.

use serde_json::json;

use crate::support::TestApp;
use crate::support::founding::Founding;
use crate::support::licence::{Licence, inspection};
use crate::support::mutation::{Mutation, Point, SADAR, Staff, person, survey};
use crate::support::posts;

async fn also(app: &TestApp, name: &str, role: &str, office: &str) {
    posts::also(app, name, role, office, "land-administration").await;
}

#[actix_web::test]
async fn who_reported_from_the_field_does_not_make_the_order() {
    let app = TestApp::new().await;
    also(&app, "bashir", "ac-land", "sadar").await;
    let case = Mutation::of_rahim(&app).to(Point::Checked).await;
    let seq = case.view().await["seq"].clone();
    let refused = case.act("bashir", "order", &json!({"outcome": "approve"})).await.expect(403);
    assert_eq!(refused.json["code"], "four_eyes");
    assert_eq!(case.view().await["seq"], seq, "the case is as it was");
    let log = app.audit().await;
    assert!(log.iter().any(|line| line.contains("refused") && line.contains("task.")), "{log:?}");
    let done = case.act("anwar", "order", &json!({"outcome": "approve"})).await;
    assert!(matches!(done.status, 200 | 204), "another officer may");
}

#[actix_web::test]
async fn who_admitted_or_reviewed_the_records_does_not_make_the_order() {
    let app = TestApp::new().await;
    also(&app, "anwar", "office-assistant", "sadar").await;
    let case = Mutation::of_rahim(&app).staff(Staff { assistant: "anwar", ..SADAR }).to(Point::Checked).await;
    case.act("anwar", "order", &json!({"outcome": "approve"})).await.expect(403);
    case.act("shireen", "order", &json!({"outcome": "approve"})).await;
    assert_eq!(case.open_steps().await, ["pay_dcr"]);
}

#[actix_web::test]
async fn an_officer_does_not_decide_on_his_own_application() {
    let app = TestApp::new().await;
    also(&app, "rahim", "ac-land", "sadar").await;
    let case = Mutation::of_rahim(&app).to(Point::Checked).await;
    let refused = case.act("rahim", "order", &json!({"outcome": "approve"})).await;
    assert_eq!((refused.status, refused.json["code"].as_str()), (403, Some("own_matter")), "{}", refused.json);
    assert_eq!(case.open_steps().await, ["order"]);
    let actions = case.view().await["actions"].clone();
    assert!(
        actions.as_array().expect("actions").iter().all(|a| a["action"] != "claim"),
        "nor is it offered: {actions}"
    );
}

#[actix_web::test]
async fn who_found_the_papers_incomplete_does_not_reject_for_it() {
    let app = TestApp::new().await;
    also(&app, "mita", "ac-land", "sadar").await;
    let case = Mutation::of_rahim(&app).to(Point::NoticePaid).await;
    let stale = json!({"outcome": "incomplete", "reasons": ["papers_stale"], "grounds": "The receipt is of 2019."});
    case.act("mita", "admit", &stale).await;
    app.forward_days(16).await;
    assert_eq!(case.claim("mita", "unsupplied").await.expect(403).json["code"], "four_eyes");
    case.claim("anwar", "unsupplied").await.expect(200);
}

#[actix_web::test]
async fn who_surveyed_does_not_review_the_records_nor_hear_nor_order() {
    let app = TestApp::new().await;
    for (role, office) in [("kanungo", "sadar"), ("ac-land", "sadar")] {
        also(&app, "sohel", role, office).await;
    }
    let case = Mutation::of_rahim(&app).to(Point::Reported).await;
    case.act("sohel", "survey", &json!({"answers": survey(true)})).await;
    assert_eq!(case.claim("sohel", "records").await.expect(403).json["code"], "four_eyes");
    case.act("kamal", "records", &json!({"answers": {"chain_complete": true}})).await;
    assert_eq!(case.claim("sohel", "hearing").await.expect(403).json["code"], "four_eyes");
    case.heard("anwar").await;
    assert_eq!(case.claim("sohel", "order").await.expect(403).json["code"], "four_eyes");
}

#[actix_web::test]
async fn who_admitted_a_decree_does_not_sanction_it() {
    let app = TestApp::new().await;
    also(&app, "mita", "deputy-commissioner", "nodipur").await;
    let decree = json!({"court": "Joint District Judge, Nodipur", "number": "112/2024", "date": "2026-02-11"});
    let jamal = person("Jamal Hossain", "4710000105");
    let case = Mutation::of_rahim(&app).plot("BRS-45-13", "120").seller(jamal).without_paper("deed").paper("judgment");
    let case = case.with("kind", json!("decree")).with("decree", decree).without("deed").to(Point::Admitted).await;
    assert_eq!(case.claim("mita", "approval").await.expect(403).json["code"], "four_eyes");
    case.claim("farzana", "approval").await.expect(200);
}

#[actix_web::test]
async fn who_checked_the_founders_papers_does_not_register_the_company() {
    let app = TestApp::new().await;
    posts::also(&app, "laila", "registrar", "registry", "business-registry").await;
    let case = Founding::paid(&app, &[]).await;
    for (officer, outcome) in [("yasmin", "no_objection"), ("nila", "no_objection"), ("laila", "complete")] {
        case.act(officer, &json!({"outcome": outcome})).await.expect(200);
    }
    assert_eq!(case.claim("laila", "decision").await.expect(403).json["code"], "four_eyes");
    case.claim("ayesha", "decision").await.expect(200);
}

#[actix_web::test]
async fn who_checked_does_not_inspect_and_neither_decides_on_the_licence() {
    let app = TestApp::new().await;
    for (name, role) in [("tania", "inspector"), ("tania", "licence-officer"), ("gias", "licence-officer")] {
        posts::also(&app, name, role, "trade_office", "municipality").await;
    }
    let case = Licence::submitted(&app, &[]).await;
    case.claim("tania").await.expect(200);
    case.complete("tania", &json!({"outcome": "complete"})).await;
    assert_eq!(case.claim("tania").await.expect(403).json["code"], "four_eyes");
    case.claim("gias").await.expect(200);
    case.complete("gias", &inspection(true)).await;
    for officer in ["tania", "gias"] {
        assert_eq!(case.claim(officer).await.expect(403).json["code"], "four_eyes", "{officer}");
    }
    case.claim("nila").await.expect(200);
}

//! Nobody is refused on the report from the field alone: a hearing since then comes first, to which applicant, seller and
//! neighbours are invited. Clean papers that nobody objects to go without one; whoever was heard is not heard again.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::mutation::{Case, Mutation, Point, field_report, person, survey};

fn objection() -> Value {
    json!({"event": "objection", "answers": {"objection_grounds": "I did not sell plot 118."}})
}

fn unclean() -> Value {
    let mut report = field_report();
    report["clean"] = json!(false);
    json!({"answers": report})
}

async fn offers(case: &Case<'_>, outcome: &str) -> bool {
    let view = case.app.get("anwar", &case.path("")).await.expect(200).json;
    let complete = view["actions"].as_array().and_then(|all| all.iter().find(|a| a["action"] == "complete").cloned());
    let outcomes = complete.expect("it is held")["outcomes"].as_array().cloned().unwrap_or_default();
    outcomes.iter().any(|o| o["id"] == outcome && o["offered"] == true)
}

async fn surveyed(case: &Case<'_>) {
    case.act("sohel", "survey", &json!({"answers": survey(false)})).await;
    case.act("kamal", "records", &json!({"answers": {"chain_complete": true}})).await;
}

#[actix_web::test]
async fn clean_papers_go_to_the_order_without_a_hearing() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Checked).await;
    assert_eq!(case.open_steps().await, ["order"]);
    assert_eq!(app.count("SELECT count(*) FROM tasks WHERE step = 'hearing'").await, 0);
}

#[actix_web::test]
async fn an_objection_is_heard_however_clean_the_papers_are() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Reported).await;
    app.post("karim", &case.path("/events"), &objection()).await.expect(200);
    surveyed(&case).await;
    assert_eq!(case.open_steps().await, ["hearing"]);
}

#[actix_web::test]
async fn an_unclean_report_is_heard_before_the_survey_and_once() {
    let app = TestApp::new().await;
    let neighbour = json!([person("Fatema Khatun", "4710000106")]);
    let case = Mutation::of_rahim(&app).with("neighbours", neighbour).to(Point::Admitted).await;
    app.post("karim", &case.path("/events"), &objection()).await.expect(200);
    case.act("bashir", "field_report", &unclean()).await;
    assert_eq!(case.open_steps().await, ["hearing"]);
    case.heard("anwar").await;
    for name in ["rahim", "karim", "fatema"] {
        case.until_told(name, "appointment").await;
    }
    assert_eq!(case.open_steps().await, ["survey"]);
    surveyed(&case).await;
    assert_eq!(case.open_steps().await, ["order"], "they were heard since the report");
}

#[actix_web::test]
async fn what_is_adjourned_is_heard_another_day() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Admitted).await;
    case.act("bashir", "field_report", &unclean()).await;
    let slot = async || app.get("anwar", &case.path("/slots")).await.expect(200).json["items"][0]["at"].clone();
    let book =
        async |at: &Value| app.post("anwar", &case.path("/appointment"), &json!({"at": at, "mode": "online"})).await;
    book(&slot().await).await.expect(200);
    app.forward_days(11).await;
    case.act("anwar", "hearing", &json!({"outcome": "adjourned"})).await.expect(200);
    assert_eq!(case.open_steps().await, ["hearing"]);
    let held = case.act("anwar", "hearing", &json!({"outcome": "held"})).await;
    assert_eq!(held.expect(409).json["code"], "not_booked", "it has an appointment of its own");
    // The notice runs anew: seven days from the 14th.
    assert_eq!(slot().await, "2026-08-23T04:00:00Z");
}

#[actix_web::test]
async fn a_new_report_asks_for_a_new_hearing_before_a_rejection() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Checked).await;
    case.claim("anwar", "order").await.expect(200);
    assert!(offers(&case, "approve").await && !offers(&case, "reject").await, "on the report alone");
    case.complete("anwar", "order", &json!({"outcome": "hear"})).await.expect(200);
    case.heard("anwar").await;
    case.claim("anwar", "order").await.expect(200);
    assert!(offers(&case, "reject").await);
    case.complete("anwar", "order", &json!({"outcome": "send_back"})).await.expect(200);
    assert_eq!(case.open_steps().await, ["field_report"]);
    case.act("bashir", "field_report", &json!({"answers": field_report()})).await;
    surveyed(&case).await;
    case.claim("anwar", "order").await.expect(200);
    assert!(!offers(&case, "reject").await, "nobody was heard since");
}

#[actix_web::test]
async fn where_the_district_objects_to_a_decree_the_parties_are_heard() {
    let app = TestApp::new().await;
    let jamal = person("Jamal Hossain", "4710000105");
    let decree = json!({"court": "Joint District Judge, Nodipur", "number": "112/2024", "date": "2026-02-11"});
    let case = Mutation::of_rahim(&app).plot("BRS-45-13", "120").seller(jamal).without_paper("deed").paper("judgment");
    let case = case.with("kind", json!("decree")).with("decree", decree).without("deed").to(Point::Admitted).await;
    case.act("farzana", "approval", &json!({"outcome": "object"})).await.expect(200);
    assert_eq!(case.open_steps().await, ["hearing"]);
    case.heard("anwar").await;
    assert_eq!(case.open_steps().await, ["field_report"]);
}

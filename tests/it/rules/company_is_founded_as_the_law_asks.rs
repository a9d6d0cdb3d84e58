//! What is stated and brought to found a company: shares that make a whole, a capital that is large enough and proven where it
//! is large, papers, and a fee that follows the capital. What is wrong is corrected in time, or it lapses.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::founding::{Founding, form};

async fn submitted<'a>(app: &'a TestApp, changes: &[(&str, Value)]) -> Founding<'a> {
    let case = Founding::with(app, changes).await;
    case.submit().await.expect(200);
    case
}

async fn fee(case: &Founding<'_>) -> Value {
    let fees = case.app.get(case.founder, &format!("{}/fees", case.path)).await.expect(200).json;
    fees["items"][0]["amount"]["amount"].clone()
}

#[actix_web::test]
async fn shares_and_capital_are_corrected_before_anybody_pays() {
    let app = TestApp::new().await;
    let mut half = form("Padma Boats");
    half["founders"][1]["share"] = json!(0.3);
    let case = submitted(&app, &[("founders", half["founders"].clone())]).await;
    assert_eq!(case.open().await, ["correct"]);
    assert_eq!(case.view().await["deadline"]["state"], "suspended");
    let small = {
        let mut small = form("Padma Boats");
        small["capital"] = json!(99_999);
        small
    };
    case.answer("correct", &json!({"form": small})).await.expect(200);
    assert_eq!(case.open().await, ["correct"], "less than the law asks");
    let mut enough = form("Padma Boats");
    enough["capital"] = json!(100_000);
    case.answer("correct", &json!({"form": enough})).await.expect(200);
    assert_eq!(case.open().await, ["pay"]);
    assert_eq!(fee(&case).await, "2100.00");
}

#[actix_web::test]
async fn what_is_not_corrected_or_paid_in_fifteen_days_lapses() {
    let app = TestApp::new().await;
    let wrong = submitted(&app, &[("capital", json!(1))]).await;
    let unpaid = submitted(&app, &[("name", json!("Meghna Boats"))]).await;
    app.forward_days(15).await;
    assert_eq!((wrong.open().await, unpaid.open().await), (vec!["correct".to_owned()], vec!["pay".to_owned()]));
    app.forward_days(1).await;
    assert_eq!((wrong.end().await, unpaid.end().await), (json!("lapsed"), json!("lapsed")));
}

#[actix_web::test]
async fn haste_costs_more_and_is_decided_on_the_next_day() {
    let app = TestApp::new().await;
    let case = submitted(&app, &[("expedited", json!(true))]).await;
    assert_eq!(fee(&case).await, "8000.00");
    case.pay().await;
    for (officer, outcome) in [("yasmin", "no_objection"), ("nila", "no_objection"), ("laila", "complete")] {
        case.act(officer, &json!({"outcome": outcome})).await.expect(200);
    }
    app.forward_days(1).await;
    assert_eq!(case.view().await["steps"][0]["overdue"], false);
    app.forward_days(1).await;
    assert_eq!(case.view().await["steps"][0]["overdue"], true);
}

#[actix_web::test]
async fn every_paper_is_there_and_a_large_capital_is_proven() {
    let app = TestApp::new().await;
    let mut large = form("Padma Boats");
    large["capital"] = json!(5_000_000);
    let case = Founding::bare(&app, "rahim", &large).await;
    let missing: Vec<String> = case.submit().await.expect(422).faults().into_iter().map(|(at, _)| at).collect();
    let wanted = ["articles", "identity/0", "identity/1", "office_proof", "capital_proof"];
    assert_eq!(missing, wanted.map(|kind| format!("/documents/{kind}")));
    for query in ["kind=articles", "kind=identity&of=0", "kind=identity&of=1", "kind=office_proof"] {
        case.bring(query).await;
    }
    assert_eq!(case.submit().await.expect(422).faults().len(), 1);
    case.bring("kind=capital_proof").await;
    case.submit().await.expect(200);
    assert_eq!(
        submitted(&app, &[("capital", json!(4_999_999)), ("name", json!("Meghna Boats"))]).await.open().await,
        ["pay"]
    );
}

#[actix_web::test]
async fn a_company_that_is_entered_is_announced_to_everybody() {
    let app = TestApp::new().await;
    let case = Founding::paid(&app, &[]).await;
    for (officer, outcome) in
        [("yasmin", "no_objection"), ("nila", "no_objection"), ("laila", "complete"), ("ayesha", "register")]
    {
        case.act(officer, &json!({"outcome": outcome})).await.expect(200);
    }
    let board = async |language: &str| {
        let request = app.request("GET", "/v1/notices?service=business-registration");
        request.header("accept-language", language).send().await.expect(200).json["items"].clone()
    };
    let told = async || (board("en").await[0]["about"] == "founded").then_some(());
    app.until("it is on the board", told).await;
    let number = "SELECT key AS word FROM register_records WHERE register = 'companies'";
    let number = app.text(number).await.expect("a company");
    let notice = board("en").await[0].clone();
    assert_eq!(
        notice["body"],
        format!("Padma Boats was entered in the register of companies under the number {number}.")
    );
    assert_eq!(notice["subject"], "Company founded: Padma Boats");
    assert_eq!(board("bn").await[0]["language"], "bn");
    assert!(!notice.to_string().contains("Rahim"), "who the founders are stands in the register");
    // What the register makes public is found by that number.
    let record = app.request("GET", &format!("/v1/registers/companies/records/{number}")).send().await.expect(200).json;
    assert_eq!((&record["record"]["name"], &record["record"]["founders"]), (&json!("Padma Boats"), &Value::Null));
}

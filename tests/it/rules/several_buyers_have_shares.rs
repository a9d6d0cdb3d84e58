//! Several buyers apply together: their shares make a whole, and each is a holder of the new khatian.

use serde_json::json;

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point, rahim, salma, sharing};

#[actix_web::test]
async fn each_buyer_holds_his_share_of_the_new_khatian() {
    let app = TestApp::new().await;
    let buyers = vec![sharing(rahim(), 0.75), sharing(salma(), 0.25)];
    let case =
        Mutation::of_rahim(&app).buyers(buyers).quantity(12.0).with("copies", json!(2)).to(Point::Approved).await;
    assert_eq!(case.amount("dcr").await, "1200.00");
    case.pay("dcr").await;
    let holders = case.record("khatians", "K-2026-000001").await["holders"].clone();
    let holders: Vec<_> = holders
        .as_array()
        .expect("holders")
        .iter()
        .map(|h| (h["name"].clone(), h["quantity"].clone(), h["share"].clone()))
        .collect();
    assert_eq!(holders, [(json!("Rahim Uddin"), json!(9), json!(0.75)), (json!("Salma Begum"), json!(3), json!(0.25))]);

    let code = case.certificate("khatian").await;
    let html = app.get("rahim", &format!("/v1/certificates/{code}/document")).await.expect(200);
    let html = String::from_utf8_lossy(&html.bytes).into_owned();
    assert!(html.contains("Rahim Uddin") && html.contains("Salma Begum"));
    // Each applicant sees the case as its own and is told.
    app.get("salma", &case.path("")).await.expect(200);
    case.until_told("salma", "decided").await;
    let shares = format!(
        "SELECT sum(share)::text AS word FROM case_parties WHERE case_id = '{}' AND role = 'applicant'",
        case.id
    );
    assert_eq!(app.text(&shares).await.as_deref(), Some("1.00"));
}

#[actix_web::test]
async fn shares_that_do_not_make_a_whole_are_asked_for_again() {
    let app = TestApp::new().await;
    let buyers = vec![sharing(rahim(), 0.5), sharing(salma(), 0.4)];
    let case = Mutation::of_rahim(&app).buyers(buyers).to(Point::Submitted).await;
    assert_eq!(case.open_steps().await, ["fill"]);
    case.until_told("rahim", "shares").await;
    assert!(case.fee("notice").await.is_none(), "nothing is demanded yet");
    let mut form = case.form.clone();
    form["applicants"][1]["share"] = json!(0.5);
    case.save(&form).await.expect(200);
    case.hand_in().await.expect(200);
    assert_eq!(case.open_steps().await, ["pay_notice"]);
}

#[actix_web::test]
async fn nobody_stands_in_the_new_khatian_twice() {
    let app = TestApp::new().await;
    let mut again = sharing(rahim(), 0.5);
    again["phone"] = json!("+8801711000009");
    let buyers = vec![sharing(rahim(), 0.5), again];
    let case = Mutation::of_rahim(&app).buyers(buyers).to(Point::Submitted).await;
    assert_eq!(case.open_steps().await, ["fill"]);
    case.until_told("rahim", "named_twice").await;
    let mut form = case.form.clone();
    form["applicants"] = json!([sharing(rahim(), 1.0)]);
    case.save(&form).await.expect(200);
    case.hand_in().await.expect(200);
    assert_eq!(case.open_steps().await, ["pay_notice"]);
}

#[actix_web::test]
async fn what_the_buyers_hold_adds_up_to_what_was_sold() {
    let app = TestApp::new().await;
    let buyers = vec![sharing(rahim(), 0.3333), sharing(salma(), 0.6667)];
    let finer = Mutation::of_rahim(&app).quantity(10.1234567).to(Point::Prepared).await;
    let refused = finer.hand_in().await.expect(422);
    assert_eq!(refused.faults(), [("/form/quantity".to_owned(), "multiple_of".to_owned())]);
    let case = Mutation::of_rahim(&app).quantity(10.123457).buyers(buyers).to(Point::Issued).await;
    let record = case.record("khatians", "K-2026-000001").await;
    assert_eq!(
        (&record["holders"][0]["quantity"], &record["holders"][1]["quantity"]),
        (&json!(3.374148), &json!(6.749309))
    );
    assert_eq!(case.record("khatians", "BRS-45-12").await["plots"][0]["quantity"], json!(22.876543));
}

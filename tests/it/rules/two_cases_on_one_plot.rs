//! Two open cases on one plot: the one recorded second finds the register changed and goes back to the look-up and the
//! officers; nothing is lost, and no fee is demanded twice.

use serde_json::json;

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point, salma, sharing};

#[actix_web::test]
async fn the_second_goes_back_to_the_officers_and_pays_nothing_twice() {
    let app = TestApp::new().await;
    let first = Mutation::of_rahim(&app).quantity(20.0).to(Point::Approved).await;
    let second =
        Mutation::by(&app, "salma").buyers(vec![sharing(salma(), 1.0)]).quantity(10.0).to(Point::Approved).await;
    first.pay("dcr").await;
    assert_eq!(first.view().await["end"]["id"], "issued");

    second.pay("dcr").await;
    assert_eq!(second.open_steps().await, ["admit"]);
    assert_eq!(second.view().await["certificates"], json!([]));
    second.until_told("salma", "record_changed").await;
    let form = app.get("salma", &second.path("/form")).await.expect(200);
    assert_eq!(form.json["form"], second.form, "nothing that was stated is lost");
    let papers = app.get("salma", &second.path("/documents")).await.expect(200);
    assert_eq!(papers.json["items"].as_array().map(Vec::len), Some(5));
    assert_eq!(second.record("khatians", "K-2026-000002").await, json!(null), "nothing of it was recorded");

    // Thirteen decimals are left: ten may still be sold, and the fee that was paid counts.
    second.go(Point::NoticePaid, Point::Approved).await;
    let view = second.view().await;
    assert_eq!(view["end"]["id"], "issued", "{view}");
    let dcr: Vec<_> = second.fees().await.into_iter().filter(|f| f["fee"]["id"] == "dcr").collect();
    assert_eq!(dcr.len(), 1);
    assert_eq!(dcr[0]["state"], "paid");
    assert_eq!(second.record("khatians", "BRS-45-12").await["plots"][0]["quantity"], json!(3));
    assert_eq!(second.record("khatians", "K-2026-000002").await["holders"][0]["name"], "Salma Begum");
}

#[actix_web::test]
async fn the_second_is_rejected_where_too_little_is_left_and_its_last_fee_goes_back() {
    let app = TestApp::new().await;
    let first = Mutation::of_rahim(&app).quantity(20.0).to(Point::Approved).await;
    let second =
        Mutation::by(&app, "salma").buyers(vec![sharing(salma(), 1.0)]).quantity(20.0).to(Point::Approved).await;
    first.pay("dcr").await;
    second.pay("dcr").await;
    second.go(Point::NoticePaid, Point::Checked).await;
    second.act("anwar", "order", &json!({"outcome": "approve"})).await.expect(409);
    let body = json!({"outcome": "reject", "reasons": ["record_changed"], "grounds": "The seller holds 13 decimals."});
    second.heard("anwar").await;
    second.act("anwar", "order", &body).await;
    assert_eq!(second.view().await["end"]["id"], "rejected");
    app.until("the record fee goes back", async || {
        second.fee("dcr").await.filter(|fee| fee["state"] == "returned").map(drop)
    })
    .await;
    let back = "SELECT count(*) FROM payments WHERE direction = 'back' AND state = 'succeeded' AND amount = 1100";
    app.until("the provider gave it back", async || (app.count(back).await == 1).then_some(())).await;
}

//! Heirs get their shares on a fresh certificate or a partition deed; a gift is shown by its deed.

use serde_json::json;

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point, rahim, salma, sharing};

#[actix_web::test]
async fn heirs_get_their_shares_and_nobody_writes_to_the_dead() {
    let app = TestApp::new().await;
    let heirs = vec![sharing(rahim(), 0.75), sharing(salma(), 0.25)];
    let case = Mutation::of_rahim(&app).buyers(heirs).with("kind", json!("inheritance")).without("deed");
    let case = case.with("died_on", json!("2026-05-30")).without_paper("deed").to(Point::Prepared).await;
    let missing = case.hand_in().await.expect(422).faults();
    assert_eq!(missing, [("/documents/warisan".to_owned(), "document_missing".to_owned())]);
    let bring = async |kind: &str, issued: &str| {
        let path = case.path(&format!("/documents?kind={kind}&issued={issued}&file_name={kind}.pdf"));
        let paper = crate::support::mutation::pdf(kind);
        app.by("rahim", "POST", &path).body("application/pdf", paper).send().await.expect(201);
    };
    bring("warisan", "2026-04-01").await;
    let stale = case.hand_in().await.expect(422).faults();
    assert_eq!(stale, [("/documents/warisan".to_owned(), "document_too_old".to_owned())]);
    bring("warisan", "2026-07-01").await;
    case.hand_in().await.expect(200);
    case.go(Point::Submitted, Point::Issued).await;
    let record = case.record("khatians", "K-2026-000001").await;
    let shares: Vec<_> = record["holders"].as_array().into_iter().flatten().map(|h| h["quantity"].clone()).collect();
    assert_eq!(shares, [json!(7.5), json!(2.5)]);
    case.until_told("rahim", "closed").await;
    assert_eq!(case.told("karim").await, Vec::<String>::new());
}

#[actix_web::test]
async fn a_gift_is_shown_by_its_deed() {
    let app = TestApp::new().await;
    let gift = Mutation::of_rahim(&app).with("kind", json!("gift")).without_paper("deed");
    let case = gift.clone().to(Point::Prepared).await;
    let missing = case.hand_in().await.expect(422).faults();
    assert_eq!(missing, [("/documents/heba_deed".to_owned(), "document_missing".to_owned())]);
    let case = gift.paper("heba_deed").to(Point::Issued).await;
    assert_eq!(case.view().await["end"]["id"], "issued");
}

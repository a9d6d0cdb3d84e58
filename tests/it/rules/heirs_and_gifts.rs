//! Heirs get their shares on a fresh certificate or a partition deed; a gift is shown by its deed, a decree by the judgment; the chain
//! of earlier deeds is asked for with a sale alone.

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

#[actix_web::test]
async fn a_partition_deed_will_do_instead() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).with("kind", json!("inheritance")).without("deed").without_paper("deed");
    let case = case.with("died_on", json!("2026-05-30")).paper("partition_deed").to(Point::Submitted).await;
    assert_eq!(case.open_steps().await, ["pay_notice"]);
}

#[actix_web::test]
async fn a_decree_is_shown_by_the_judgment_and_a_gift_needs_no_earlier_deeds() {
    let app = TestApp::new().await;
    let decree = json!({"court": "Joint District Judge, Nodipur", "number": "112/2024", "date": "2026-02-11"});
    let case = Mutation::of_rahim(&app).with("kind", json!("decree")).with("decree", decree).without("deed");
    let case = case.without_paper("deed").to(Point::Prepared).await;
    let missing = case.hand_in().await.expect(422).faults();
    assert_eq!(missing, [("/documents/judgment".to_owned(), "document_missing".to_owned())]);
    case.upload("judgment", 0).await.expect(201);
    case.hand_in().await.expect(200);
    case.go(Point::Submitted, Point::Admitted).await;
    assert_eq!(case.open_steps().await, ["field_report"], "no interest of the government: nobody sanctions it");

    let gift = Mutation::of_rahim(&app).with("kind", json!("gift")).with("already_mutated", json!(false));
    let gift = gift.without_paper("deed").paper("heba_deed").to(Point::Submitted).await;
    assert_eq!(gift.open_steps().await, ["pay_notice"]);
}

#[actix_web::test]
async fn each_kind_states_what_it_rests_on() {
    let app = TestApp::new().await;
    for (kind, member) in [("sale", "deed"), ("gift", "deed"), ("inheritance", "died_on"), ("decree", "decree")] {
        let case = Mutation::of_rahim(&app).with("kind", json!(kind)).without("deed").to(Point::Prepared).await;
        let faults = case.hand_in().await.expect(422).faults();
        assert!(faults.contains(&(format!("/form/{member}"), "required".to_owned())), "{kind}: {faults:?}");
    }
}

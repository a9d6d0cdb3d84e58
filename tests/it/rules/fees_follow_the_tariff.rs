//! 20 to open the form, 50 to submit, 1,000 and 100 for each copy before the khatian; earlier tariffs by the day.

use serde_json::json;

use crate::support::mutation::{Mutation, Point, person, rahim, sharing};
use crate::support::{TestApp, at, empty_database_url};

#[actix_web::test]
async fn the_fees_of_today_are_demanded_one_after_the_other() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).with("copies", json!(1)).to(Point::Opened).await;
    assert_eq!(case.amount("court").await, "20.00");
    case.go(Point::Opened, Point::Submitted).await;
    assert_eq!(case.amount("notice").await, "50.00");
    case.go(Point::Submitted, Point::Approved).await;
    assert_eq!(case.amount("dcr").await, "1100.00");
    let fee = case.fee("dcr").await.expect("it is demanded");
    let items: Vec<(&str, &str)> = fee["items"]
        .as_array()
        .expect("items")
        .iter()
        .map(|i| (i["id"].as_str().unwrap_or_default(), i["amount"]["amount"].as_str().unwrap_or_default()))
        .collect();
    assert_eq!(items, [("copies", "100.00"), ("record", "1000.00")]);
    assert_eq!(case.fees().await.iter().filter(|f| f["state"] == "paid").count(), 2);
}

/// A server that was there on that day, with the services as they were published then.
async fn server_of(day: &str) -> TestApp {
    TestApp::on(empty_database_url(), &[], at(day)).await
}

fn five() -> Vec<serde_json::Value> {
    let mut buyers = vec![sharing(rahim(), 0.2)];
    let others = [("Salma Begum", "4710000103"), ("Nasrin Akter", "4710000104"), ("Jamal Hossain", "4710000105")];
    buyers.extend(others.map(|(name, id)| sharing(person(name, id), 0.2)));
    buyers.push(sharing(person("Fatema Khatun", "4710000106"), 0.2));
    buyers
}

#[actix_web::test]
async fn in_2018_the_older_tariff_holds_and_further_persons_cost_more() {
    let app = server_of("2018-05-07T10:00:00+06:00").await;
    let deed = json!({"number": "7", "date": "2018-04-02", "registry_office": "Nodipur Sadar"});
    let case = Mutation::of_rahim(&app).buyers(five()).with("deed", deed).to(Point::Opened).await;
    assert_eq!(case.amount("court").await, "5.00");
    case.go(Point::Opened, Point::Submitted).await;
    // Two for the first four persons, a half for the fifth.
    assert_eq!(case.amount("notice").await, "2.50");
    case.go(Point::Submitted, Point::Approved).await;
    assert_eq!(case.amount("dcr").await, "243.00");
    // The legal limit of that time: 45 working days.
    assert_eq!(case.view().await["deadline"]["limit"], 45);
}

#[actix_web::test]
async fn the_tariff_changes_at_midnight_of_the_first_of_october_2022() {
    let app = server_of("2022-09-30T23:30:00+06:00").await;
    let before = Mutation::of_rahim(&app).to(Point::Opened).await;
    assert_eq!(before.amount("court").await, "5.00");
    app.forward(jiff::SignedDuration::from_hours(1)).await;
    let after = Mutation::of_rahim(&app).to(Point::Opened).await;
    assert_eq!(after.amount("court").await, "20.00");
    // What was demanded stays what it was.
    assert_eq!(before.amount("court").await, "5.00");
}

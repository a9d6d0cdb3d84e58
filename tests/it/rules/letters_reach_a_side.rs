//! A letter has a side: whoever stands on it reads what the office wrote to it, and what one of them wrote.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point, rahim, salma, sharing};
use crate::support::residence::{CLERK, NEWCOMER};

async fn bodies(app: &TestApp, who: &str, path: &str) -> Vec<String> {
    let page = app.get(who, path).await.expect(200).json;
    let items = page["items"].as_array().cloned().unwrap_or_default();
    let words = items.iter().filter(|m| m["about"] == "message");
    words.map(|m| m["body"].as_str().unwrap_or_default().to_owned()).collect()
}

async fn write(app: &TestApp, who: &str, path: &str, body: Value) -> Value {
    app.post(who, path, &body).await.expect(201).json
}

#[actix_web::test]
async fn every_buyer_reads_the_letters_of_the_office() {
    let app = TestApp::new().await;
    let buyers = vec![sharing(rahim(), 0.5), sharing(salma(), 0.5)];
    let case = Mutation::of_rahim(&app).buyers(buyers).to(Point::NoticePaid).await;
    let path = case.path("/messages");
    let letter = write(&app, "mita", &path, json!({"body": "The visit is on Wednesday."})).await;
    assert_eq!((&letter["party"], &letter["to_office"]), (&json!("applicant"), &Value::Null));
    write(&app, "salma", &path, json!({"body": "I shall be there."})).await;
    for buyer in ["rahim", "salma"] {
        assert_eq!(bodies(&app, buyer, &path).await, ["I shall be there.", "The visit is on Wednesday."], "{buyer}");
        case.until_told(buyer, "message").await;
    }
    assert!(bodies(&app, "karim", &path).await.is_empty(), "the seller is another side");
    assert!(!case.told("karim").await.iter().any(|about| about == "message"));
}

#[actix_web::test]
async fn the_office_answers_another_party_that_may_write() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::NoticePaid).await;
    let path = case.path("/messages");
    let asked = write(&app, "karim", &path, json!({"body": "I have not sold it."})).await;
    assert_eq!((asked["party"].as_str(), asked["to_office"].is_string()), (Some("seller"), true));
    let answer = write(&app, "mita", &path, json!({"body": "Please come to the office.", "to": "seller"})).await;
    assert_eq!(answer["party"], "seller");
    assert_eq!(bodies(&app, "karim", &path).await, ["Please come to the office.", "I have not sold it."]);
    case.until_told("karim", "message").await;
    assert!(bodies(&app, "rahim", &path).await.is_empty());
    assert!(!case.told("rahim").await.iter().any(|about| about == "message"));
    let office = app.get("mita", &path).await.expect(200).json;
    let sides: Vec<&Value> = office["items"].as_array().expect("items").iter().map(|m| &m["party"]).collect();
    assert_eq!(sides, ["seller", "seller"]);
    for (who, to, code) in
        [("mita", "nobody", "unknown"), ("mita", "", "unknown"), ("karim", "applicant", "not_expected")]
    {
        let refused = app.post(who, &path, &json!({"body": "Hello", "to": to})).await.expect(422);
        assert_eq!(refused.faults(), [("/to".to_owned(), code.to_owned())], "{who} {to}");
    }
}

#[actix_web::test]
async fn a_party_that_nobody_is_gets_no_letters() {
    let app = TestApp::new().await;
    let case = app.residence(NEWCOMER).await;
    let refused = app.post(CLERK, &case.path("/messages"), &json!({"body": "Hello", "to": "seller"})).await.expect(422);
    assert_eq!(refused.faults(), [("/to".to_owned(), "unknown".to_owned())]);
}

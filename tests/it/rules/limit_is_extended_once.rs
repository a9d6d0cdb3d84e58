//! The time of an office can be extended once, by whom the definition says, for a reason that the parties are told.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point};

#[actix_web::test]
async fn for_a_reason_by_the_right_officer_and_once() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Admitted).await;
    let before = case.view().await["deadline"].clone();
    let path = case.path("/extension");
    let why = json!({"reason": "The survey waits for the flood to go down."});
    let extend =
        async |by: &str, body: &Value| app.by(by, "POST", &path).header("if-match", "*").json(body).send().await;
    app.by("anwar", "POST", &path).json(&why).send().await.expect(428);
    assert_eq!(extend("rahim", &why).await.status, 403);
    assert_eq!(extend("mita", &why).await.expect(403).json["type"], "/problems/wrong_role");
    extend("bilkis", &why).await.expect(404);
    let empty = extend("anwar", &json!({"reason": " "})).await.expect(422).faults();
    assert_eq!(empty, [("/reason".to_owned(), "required".to_owned())]);
    let endless = extend("anwar", &json!({"reason": "x".repeat(4_001)})).await.expect(422).faults();
    assert_eq!(endless, [("/reason".to_owned(), "max_length".to_owned())]);
    assert_eq!(case.view().await["deadline"], before, "nothing was extended yet");

    let done = extend("anwar", &why).await;
    assert!(matches!(done.status, 200 | 204), "{}", done.json);
    let after = case.view().await["deadline"].clone();
    assert_eq!(after["limit"].as_u64(), before["limit"].as_u64().map(|limit| limit + 15));
    assert!(after["last_day"].as_str() > before["last_day"].as_str(), "{before} {after}");
    case.until_told("rahim", "extended").await;
    let form = app.get("rahim", &case.path("/form")).await.expect(200).json;
    assert_eq!(form["events"]["extension"][0]["reason"], why["reason"]);
    assert_eq!(extend("anwar", &why).await.expect(409).json["type"], "/problems/clock_not_open");
    let events = app.get("rahim", &case.path("/events?limit=200")).await.expect(200).json;
    assert!(!events.to_string().contains("flood"), "an event holds nothing that anybody wrote");
}

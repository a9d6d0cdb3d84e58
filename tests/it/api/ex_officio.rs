//! Where the law says so an officer opens a case in the name of whom it is about: it is that person's, and the officer has no more
//! to say in it than the desk gives.

use guichet::kernel::clock::machine_now;
use serde_json::{Value, json};

use crate::support::definitions::{copy, replace};
use crate::support::residence::{CLERK, NEWCOMER};
use crate::support::{TestApp, empty_database_url};

fn tarek() -> Value {
    json!({"name": "Tarek Mia", "identifier": {"type": "national-id", "value": "4710000109"}})
}

#[actix_web::test]
async fn it_is_the_case_of_whom_it_is_about() {
    let folder = copy("officer");
    let service = folder.join("residence-certificate/service.yaml");
    replace(&service, "by: [person, representative]", "by: [person, representative, officer]");
    let services = folder.to_str().expect("a path").to_owned();
    let app = TestApp::on(empty_database_url(), &[("GUICHET_SERVICES", &services)], machine_now()).await;
    let open = async |who: &str, body: Value| app.post(who, "/v1/cases", &body).await;
    let body = json!({"service": "residence-certificate", "submit": true, "on_behalf_of": tarek()});
    let opened = open(CLERK, body.clone()).await.expect(201);
    let case = opened.header("location").to_owned();
    // Whose case it is reads it, and may withdraw it; the officer reads it at the desk, and may not.
    let view = app.get(NEWCOMER, &case).await.expect(200).json;
    let actions = |view: &Value| {
        let actions = view["actions"].as_array().cloned().unwrap_or_default();
        actions.iter().map(|a| a["action"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert!(actions(&view).contains(&"withdraw".to_owned()), "{view}");
    let view = app.get(CLERK, &case).await.expect(200).json;
    assert_eq!(actions(&view), ["claim", "assign", "recuse", "write_message"]);
    let withdrawal = app.by(CLERK, "POST", &format!("{case}/withdrawal")).header("if-match", "*");
    withdrawal.json(&json!({})).send().await.expect(403);
    // The log knows under which post it was opened.
    let entry =
        "SELECT count(*) FROM audit_entries WHERE action = 'case.submit' AND role = 'clerk' AND office IS NOT NULL";
    assert_eq!(app.count(entry).await, 1);
    let by = app.text("SELECT actor->>'role' AS word FROM case_events WHERE kind = 'submitted'").await;
    assert_eq!(by.as_deref(), Some("clerk"));

    // Nobody else does: no citizen, no officer of another authority, and nobody as a draft.
    for other in ["salma", "mita"] {
        let refused = open(other, body.clone()).await.expect(403);
        assert_eq!(refused.json["code"], "not_a_helper", "{other}");
    }
    let draft = json!({"service": "residence-certificate", "on_behalf_of": tarek()});
    assert_eq!(open(CLERK, draft).await.expect(422).faults(), [("/submit".to_owned(), "required".to_owned())]);
    // In a service that does not say so, no officer does either.
    let other = json!({"service": "trade-licence", "submit": true, "on_behalf_of": tarek()});
    assert_eq!(open("nila", other).await.expect(403).json["code"], "not_a_helper");
    std::fs::remove_dir_all(folder).expect("removed");
}

#[actix_web::test]
async fn an_officer_asks_for_himself_as_anybody() {
    let app = TestApp::new().await;
    let body = json!({"service": "residence-certificate", "submit": true});
    app.post(CLERK, "/v1/cases", &body).await.expect(201);
    assert_eq!(app.count("SELECT count(*) FROM audit_entries WHERE action = 'case.submit' AND role IS NULL").await, 1);
}

#[actix_web::test]
async fn a_sign_in_that_is_not_sure_enough_is_told_with_which_level_to_come_back() {
    for (level, status) in [("low", 201), ("substantial", 201), ("high", 401)] {
        let folder = copy(&format!("assurance-{level}"));
        let service = folder.join("residence-certificate/service.yaml");
        replace(&service, "start: {by:", &format!("start: {{assurance: {level}, by:"));
        let services = folder.to_str().expect("a path").to_owned();
        let app = TestApp::on(empty_database_url(), &[("GUICHET_SERVICES", &services)], machine_now()).await;
        // The development issuer is as sure as `substantial`.
        for submit in [true, false] {
            let body = json!({"service": "residence-certificate", "submit": submit});
            let answer = app.post(NEWCOMER, "/v1/cases", &body).await.expect(status);
            if status == 401 {
                assert_eq!(answer.json["code"], "insufficient_user_authentication");
                assert_eq!(
                    answer.header("www-authenticate"),
                    "Bearer error=\"insufficient_user_authentication\", acr_values=\"high\""
                );
            }
        }
        let refused =
            "SELECT count(*) FROM audit_entries WHERE action = 'case.start' AND outcome = 'refused: unauthenticated'";
        assert_eq!(app.count(refused).await, if status == 401 { 2 } else { 0 });
        std::fs::remove_dir_all(folder).expect("removed");
    }
}

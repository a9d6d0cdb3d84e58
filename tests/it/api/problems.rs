//! Problem documents, request ids and the headers that every answer has.

use serde_json::json;

use crate::support::TestApp;

#[actix_web::test]
async fn an_error_is_a_problem_document_that_names_the_request() {
    let app = TestApp::new().await;
    let answer = app.request("GET", "/v1/cases/nothing").header("x-request-id", "call-7").send().await;
    assert_eq!(answer.status, 401);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(answer.header("x-request-id"), "call-7");
    assert_eq!(answer.header("www-authenticate"), "Bearer");
    let expected =
        json!({"type": "/problems/token_missing", "status": 401, "code": "token_missing", "instance": "call-7"});
    for (name, value) in expected.as_object().expect("members") {
        assert_eq!(&answer.json[name], value, "{name}");
    }
    assert!(answer.json["title"].as_str().is_some_and(|t| !t.is_empty()));
    assert!(answer.json["detail"].as_str().is_some_and(|t| !t.is_empty()));
}

#[actix_web::test]
async fn every_fault_has_a_pointer_and_words_in_the_language_of_the_caller() {
    let app = TestApp::new().await;
    let form = json!({"trade_name": "", "employees": 0, "surprise": 1});
    let id = app.organisation("Sunrise Traders Ltd").await;
    let send = async |language: &str| {
        let body = json!({"service": "trade-licence", "form": form, "submit": true});
        let request = app.by("rina", "POST", "/v1/cases").header("x-acting-for", &id);
        request.header("accept-language", language).json(&body).send().await.expect(422)
    };
    let english = send("en").await;
    let faults = english.faults();
    for (pointer, code) in [
        ("/form/trade_name", "min_length"),
        ("/form/employees", "minimum"),
        ("/form/surprise", "not_expected"),
        ("/form/organisation", "required"),
        ("/form/premises", "required"),
    ] {
        assert!(faults.contains(&(pointer.into(), code.into())), "{pointer} {code} in {faults:?}");
    }
    assert_eq!(english.header("content-language"), "en");
    let bangla = send("bn, en;q=0.5").await;
    assert_eq!(bangla.header("content-language"), "bn");
    assert_eq!(bangla.faults(), faults);
    let message =
        |answer: &crate::support::Answer| answer.json["errors"][0]["message"].as_str().unwrap_or_default().to_owned();
    assert_ne!(message(&english), message(&bangla));
    assert!(message(&bangla).chars().any(|c| ('\u{0980}'..='\u{09FF}').contains(&c)));
}

#[actix_web::test]
async fn a_request_id_is_taken_up_where_it_is_sound_and_made_where_it_is_not() {
    let app = TestApp::new().await;
    let id = async |given: &str| {
        app.request("GET", "/healthz").header("x-request-id", given).send().await.header("x-request-id").to_owned()
    };
    assert_eq!(id("a-1_B.2").await, "a-1_B.2");
    for bad in ["", "two words", "<script>", &"a".repeat(65)] {
        let made = id(bad).await;
        assert!(made != bad && made.len() == 36, "{bad:?} became {made:?}");
    }
}

#[actix_web::test]
async fn every_answer_keeps_browsers_from_harm() {
    let app = TestApp::new().await;
    for path in ["/healthz", "/v1/services", "/v1/cases", "/nowhere", "/docs/", "/openapi.json"] {
        let answer = app.request("GET", path).send().await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answer.header("referrer-policy"), "no-referrer", "{path}");
        assert!(answer.header("content-security-policy").starts_with("default-src 'none'"), "{path}");
    }
    // What is about somebody is kept by nobody.
    assert_eq!(app.get("rahim", "/v1/me").await.header("cache-control"), "no-store");
}

#[actix_web::test]
async fn a_path_with_another_method_says_which_it_has() {
    let app = TestApp::new().await;
    for (method, path, allow) in [
        ("DELETE", "/v1/cases", "GET, POST"),
        ("PATCH", "/v1/cases/7/form", "GET, PUT"),
        ("GET", "/v1/tasks/7/claim", "DELETE, POST"),
        ("POST", "/healthz", "GET"),
    ] {
        let answer = app.request(method, path).send().await;
        assert_eq!((answer.status, answer.header("allow")), (405, allow), "{method} {path}");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    let nowhere = app.request("GET", "/v1/nothing").send().await;
    assert_eq!((nowhere.status, nowhere.header("allow")), (404, ""));
}

#[actix_web::test]
async fn an_unknown_parameter_is_not_passed_over() {
    let app = TestApp::new().await;
    for path in [
        "/v1/cases?colour=red",
        "/v1/tasks?colour=red",
        "/v1/me?colour=red",
        "/v1/me/messages?colour=red",
        "/v1/services?colour=red",
    ] {
        let answer = app.get("rahim", path).await;
        assert_eq!((answer.status, answer.faults()), (422, vec![("/colour".into(), "not_expected".into())]), "{path}");
    }
    assert_eq!(app.get("rahim", "/v1/cases?limit=ten").await.status, 400);
}

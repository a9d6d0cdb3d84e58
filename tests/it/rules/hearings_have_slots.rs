//! Hearings have slots that cannot be booked twice; whoever is concerned is told in time, and nothing is decided before.

use futures_util::future::join;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::mutation::{Case, Mutation, Point, survey};

/// A case in which the surveyor found land of the government: it waits for its hearing.
async fn to_be_heard<'a>(app: &'a TestApp, dag: &str) -> Case<'a> {
    let case = Mutation::of_rahim(app).plot("BRS-45-12", dag).to(Point::Reported).await;
    case.act("sohel", "survey", &json!({"answers": survey(true)})).await;
    case.act("kamal", "records", &json!({"answers": {"chain_complete": true}})).await;
    assert_eq!(case.open_steps().await, ["hearing"]);
    case
}

async fn free(app: &TestApp, case: &Case<'_>) -> Vec<Value> {
    let all = app.get("anwar", &case.path("/slots")).await.expect(200).json;
    all["items"].as_array().cloned().unwrap_or_default()
}

#[actix_web::test]
async fn of_two_who_want_one_slot_one_gets_it() {
    let app = TestApp::new().await;
    let (one, two) = (to_be_heard(&app, "118").await, to_be_heard(&app, "119").await);
    let slots = free(&app, &one).await;
    // The notice is seven days: nothing is sooner, and nothing is on a Friday or Saturday.
    assert_eq!(slots[0]["at"], "2026-08-11T04:00:00Z", "{slots:?}");
    assert_eq!(slots.len(), 200);
    let wanted = json!({"at": slots[0]["at"], "mode": "online"});
    let book = async |case: &Case<'_>, by: &str| app.post(by, &case.path("/appointment"), &wanted).await;
    let (first, second) = join(book(&one, "anwar"), book(&two, "shireen")).await;
    let mut both = [first.status, second.status];
    both.sort_unstable();
    assert_eq!(both, [200, 409], "{} {}", first.json, second.json);
    let (winner, loser) = if first.status == 200 { (&one, &two) } else { (&two, &one) };
    let told = if first.status == 409 { &first.json } else { &second.json };
    assert_eq!(told["type"], "/problems/slot_taken");
    assert_eq!(app.count("SELECT count(*) FROM appointments").await, 1);
    assert_ne!(free(&app, loser).await[0]["at"], wanted["at"], "it is not offered any more");

    // Both sides are told when and how, and see it.
    winner.until_told("rahim", "appointment").await;
    winner.until_told("karim", "appointment").await;
    let steps = winner.view().await["steps"].clone();
    assert_eq!((&steps[0]["appointment"]["at"], &steps[0]["appointment"]["mode"]), (&wanted["at"], &wanted["mode"]));
    let body = app.get("karim", "/v1/me/messages").await.expect(200).json;
    let letter = body["items"].as_array().and_then(|all| all.iter().find(|m| m["about"] == "appointment")).cloned();
    assert!(letter.is_some_and(|m| m.to_string().contains("2026-08-11 10:00")), "{body}");

    // Cancelled, its place is free again for the other case.
    app.by("anwar", "DELETE", &winner.path("/appointment")).json(&json!({})).send().await.expect(200);
    winner.until_told("karim", "appointment_cancelled").await;
    assert_eq!(book(loser, "anwar").await.status, 200);
    assert_eq!(app.count("SELECT count(*) FROM appointments").await, 1);
}

#[actix_web::test]
async fn one_case_holds_one_place_whoever_books_at_once() {
    let app = TestApp::new().await;
    let case = to_be_heard(&app, "118").await;
    let slots = free(&app, &case).await;
    let book = async |slot: &Value| {
        app.post("anwar", &case.path("/appointment"), &json!({"at": slot["at"], "mode": "online"})).await
    };
    // Another booking for the case is being written meanwhile, in another slot.
    let other = format!(
        "BEGIN; INSERT INTO appointments SELECT 'land-mutation/hearing', t.office, '2026-08-12T04:00:00Z', 0,
            '2026-08-12T04:30:00Z', c.authority, c.id, t.token FROM tasks t JOIN cases c ON c.id = t.case_id
            WHERE c.id = '{}' AND t.step = 'hearing'; SELECT pg_sleep(2); COMMIT",
        case.id
    );
    let booked = async {
        tokio::time::sleep(std::time::Duration::from_millis(700)).await;
        book(&slots[0]).await
    };
    let ((), booked) = join(app.execute(&other), booked).await;
    assert_eq!(booked.status, 200, "{}", booked.json);
    assert_eq!(app.count("SELECT count(*) FROM appointments").await, 1);
    assert_eq!(case.view().await["steps"][0]["appointment"]["at"], slots[0]["at"]);
}

#[actix_web::test]
async fn nothing_is_decided_before_its_time_and_by_nobody_else() {
    let app = TestApp::new().await;
    let case = to_be_heard(&app, "118").await;
    let held = json!({"outcome": "held"});
    assert_eq!(case.act("anwar", "hearing", &held).await.json["code"], "not_booked");
    let path = case.path("/appointment");
    let refused = async |by: &str, at: &str, mode: &str| {
        let answer = app.post(by, &path, &json!({"at": at, "mode": mode})).await;
        (answer.status, answer.json["code"].clone())
    };
    assert_eq!(refused("anwar", "2026-08-06T04:00:00Z", "online").await, (409, json!("no_such_slot")), "too soon");
    assert_eq!(refused("anwar", "2026-08-11T04:10:00Z", "online").await, (409, json!("no_such_slot")));
    assert_eq!(refused("rahim", "2026-08-11T04:00:00Z", "online").await.0, 403);
    assert_eq!(refused("salma", "2026-08-11T04:00:00Z", "online").await.0, 404);
    assert_eq!(refused("bilkis", "2026-08-11T04:00:00Z", "online").await.0, 404);
    app.post("anwar", &path, &json!({"at": "2026-08-11T04:00:00Z", "mode": "by_post"})).await.expect(422);
    assert_eq!(app.count("SELECT count(*) FROM appointments").await, 0);

    app.post("anwar", &path, &json!({"at": "2026-08-11T04:00:00Z", "mode": "in_person"})).await.expect(200);
    assert_eq!(case.complete("anwar", "hearing", &held).await.json["code"], "too_early");
    app.forward_days(9).await;
    let absent = json!({"outcome": "absent", "reasons": ["absent"], "grounds": "He was told in time."});
    case.complete("anwar", "hearing", &absent).await;
    let view = case.view().await;
    assert_eq!((&view["end"]["id"], &view["decision"]), (&json!("rejected"), &json!("adverse")));
    // Its place counts no more: what is over makes room.
    let next = to_be_heard(&app, "119").await;
    assert!(!free(&app, &next).await.is_empty());
}

#[actix_web::test]
async fn a_decree_over_government_interest_is_sanctioned_by_the_district() {
    let app = TestApp::new().await;
    let jamal = crate::support::mutation::person("Jamal Hossain", "4710000105");
    let decree = json!({"court": "Joint District Judge, Nodipur", "number": "112/2024", "date": "2026-02-11"});
    let case = Mutation::of_rahim(&app).plot("BRS-45-13", "120").seller(jamal).without_paper("deed").paper("judgment");
    let case = case.with("kind", json!("decree")).with("decree", decree).without("deed").to(Point::NoticePaid).await;
    case.act("mita", "admit", &json!({"outcome": "complete"})).await;
    assert_eq!(case.open_steps().await, ["approval"]);
    assert_eq!(case.view().await["deadline"]["state"], "suspended");
    case.act("anwar", "approval", &json!({"outcome": "agree"})).await.expect(404);
    let agreed = case.act("farzana", "approval", &json!({"outcome": "agree"})).await;
    assert!(matches!(agreed.status, 200 | 204), "{}", agreed.json);
    case.go(Point::Admitted, Point::Approved).await;
    assert_eq!(case.open_steps().await, ["pay_dcr"]);
}

//! Work at a desk: the queue, claiming, handing on, completing.

use futures_util::future::join_all;
use serde_json::json;

use crate::support::TestApp;
use crate::support::residence::{CLERK, NEWCOMER};

#[actix_web::test]
async fn a_queue_shows_the_desk_and_its_filters_narrow_it() {
    let app = TestApp::new().await;
    let (first, _) = app.claimed_task().await;
    let (second, _) = app.clerks_task().await;
    let list = async |who: &str, query: &str| {
        let page = app.get(who, &format!("/v1/tasks?{query}")).await.expect(200).json;
        let items = page["items"].as_array().expect("items").clone();
        items.iter().map(|t| t["case"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    let both = [first.id.clone(), second.id.clone()];
    assert_eq!(list(CLERK, "").await, both);
    assert_eq!(list(CLERK, "mine=true").await, both[..1]);
    assert_eq!(list(CLERK, "free=true").await, both[1..]);
    assert_eq!(list(CLERK, "service=residence-certificate&step=check").await, both);
    assert!(list(CLERK, "step=other").await.is_empty() && list(CLERK, "overdue=true").await.is_empty());
    assert!(list("tania", "").await.is_empty(), "the same role in another office");
    assert!(list(NEWCOMER, "").await.is_empty(), "no post, no queue");
    let page = app.get(CLERK, "/v1/tasks?limit=1").await.expect(200);
    let link = page.header("link").to_owned();
    let next = link.strip_prefix('<').and_then(|rest| rest.split_once('>')).expect("a link").0.to_owned();
    let rest = app.get(CLERK, &next).await.expect(200);
    assert_eq!((rest.json["items"][0]["case"].as_str(), rest.header("link")), (Some(second.id.as_str()), ""));
    // After its target it is overdue.
    app.forward_days(8).await;
    assert_eq!(list(CLERK, "overdue=true").await.len(), 2);
}

#[actix_web::test]
async fn a_task_is_claimed_released_and_handed_on() {
    let app = TestApp::new().await;
    colleague(&app).await;
    let (_, task) = app.clerks_task().await;
    let path = |rest: &str| format!("/v1/tasks/{task}/{rest}");
    app.by(CLERK, "POST", &path("claim")).send().await.expect(200);
    let taken = app.by("shafiq", "POST", &path("claim")).send().await;
    assert_eq!((taken.status, &taken.json["code"]), (409, &json!("already_claimed")));
    assert_eq!(app.by("shafiq", "DELETE", &path("claim")).send().await.status, 403, "not the holder");
    app.by(CLERK, "DELETE", &path("claim")).send().await.expect(200);
    app.by("shafiq", "POST", &path("claim")).send().await.expect(200);
    let to = async |name: &str| app.post(CLERK, &path("assignment"), &json!({"person": app.person(name).await})).await;
    assert_eq!(to("tania").await.faults(), [("/person".into(), "not_at_this_desk".into())]);
    to(CLERK).await.expect(200);
    let queue = app.get(CLERK, "/v1/tasks?mine=true").await.expect(200).json;
    assert_eq!(queue["items"][0]["id"], task.as_str());
}

/// Somebody else at the clerk's desk.
async fn colleague(app: &TestApp) {
    let text = "INSERT INTO posts (id, person, role, office, authority, from_day) SELECT gen_random_uuid(), i.person, p.role, \
                p.office, p.authority, p.from_day FROM posts p, identities i \
                WHERE p.role = 'clerk' AND p.office = 'town_hall' AND i.subject = 'shafiq' RETURNING role AS word";
    app.text(text).await.expect("a post");
}

#[actix_web::test]
async fn of_two_who_claim_at_once_one_gets_it() {
    let app = TestApp::new().await;
    colleague(&app).await;
    let (_, task) = app.clerks_task().await;
    let claim = |who: &'static str| app.by(who, "POST", &format!("/v1/tasks/{task}/claim")).send();
    let mut both: Vec<u16> = join_all([claim(CLERK), claim("shafiq")]).await.iter().map(|a| a.status).collect();
    both.sort_unstable();
    assert_eq!(both, [200, 409]);
}

#[actix_web::test]
async fn of_two_who_complete_at_once_one_does() {
    let app = TestApp::new().await;
    for _ in 0..5 {
        let (case, task) = app.claimed_task().await;
        let complete = |outcome: &str| {
            let body = match outcome {
                "refuse" => json!({"outcome": outcome, "reasons": ["not_resident"], "grounds": "Nobody lives there."}),
                _ => json!({"outcome": outcome}),
            };
            app.by(CLERK, "POST", &format!("/v1/tasks/{task}/completion")).json(&body).send()
        };
        let mut both: Vec<u16> =
            join_all([complete("confirm"), complete("refuse")]).await.iter().map(|a| a.status).collect();
        both.sort_unstable();
        assert_eq!(both, [200, 409]);
        let events = format!("SELECT count(*) FROM case_events WHERE case_id = '{}' AND kind = 'closed'", case.id);
        assert_eq!(app.count(&events).await, 1);
    }
}

#[actix_web::test]
async fn a_completion_is_checked_whole() {
    let app = TestApp::new().await;
    let (case, task) = app.claimed_task().await;
    let complete =
        async |body: serde_json::Value| app.post(CLERK, &format!("/v1/tasks/{task}/completion"), &body).await;
    let before = app.rows().await;
    for (body, pointer) in [
        (json!({"outcome": "perhaps"}), "/outcome"),
        (json!({}), "/outcome"),
        (json!({"outcome": "refuse", "grounds": "Nobody lives there."}), "/reasons"),
        (json!({"outcome": "refuse", "reasons": ["not_resident"], "grounds": " "}), "/grounds"),
        (json!({"outcome": "refuse", "reasons": ["dislike"], "grounds": "No."}), "/reasons/0"),
        (json!({"outcome": "confirm", "form": {}}), "/form"),
        (json!({"outcome": "confirm", "verdict": 1}), "/verdict"),
    ] {
        let answer = complete(body.clone()).await;
        assert_eq!(answer.status, 422, "{body} {}", answer.json);
        assert!(answer.faults().iter().any(|(p, _)| p == pointer), "{body} {:?}", answer.faults());
    }
    assert_eq!(app.rows().await, before);
    let done =
        complete(json!({"outcome": "refuse", "reasons": ["not_resident"], "grounds": "Nobody lives there."})).await;
    assert_eq!(done.expect(200).json["end"]["id"], "refused");
    let decisions = app.get(NEWCOMER, &case.path("/decisions")).await.expect(200).json;
    let decision = &decisions["items"][0];
    assert_eq!((&decision["decision"], &decision["grounds"]), (&json!("adverse"), &json!("Nobody lives there.")));
    assert_eq!(decision["reasons"][0]["legal_ground"], "s. 12");
    assert_eq!(decision["remedies"][0]["role"], "deputy-mayor");
}

//! Officers at one desk: the queue, claiming, giving back, handing over, and two who act at once.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point};

async fn queue(app: &TestApp, officer: &str, filter: &str) -> Vec<Value> {
    let page = app.get(officer, &format!("/v1/tasks{filter}")).await.expect(200);
    page.json["items"].as_array().cloned().unwrap_or_default()
}

async fn person(app: &TestApp, name: &str) -> String {
    let me = app.get(name, "/v1/me").await.expect(200).json;
    me["person"].as_str().unwrap_or_default().to_owned()
}

#[actix_web::test]
async fn the_queue_shows_what_waits_at_the_desk_and_who_has_it() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Checked).await;
    assert_eq!(queue(&app, "anwar", "").await.len(), 1);
    assert_eq!(queue(&app, "shireen", "").await.len(), 1, "a colleague at the same desk");
    assert_eq!(queue(&app, "masud", "").await.len(), 0, "the same role in another circle");
    assert_eq!(queue(&app, "rahim", "").await.len(), 0);
    let line = queue(&app, "anwar", "").await.remove(0);
    assert_eq!(
        (line["reference"].as_str(), line["step"]["id"].as_str()),
        (Some(case.reference.as_str()), Some("order"))
    );
    assert!(!line.to_string().contains("Rahim"), "no personal data in a list");

    case.claim("anwar", "order").await.expect(200);
    assert_eq!(queue(&app, "anwar", "?mine=true").await.len(), 1);
    assert_eq!(queue(&app, "shireen", "?mine=true").await.len(), 0);
    assert_eq!(queue(&app, "shireen", "?free=true").await.len(), 0);
    assert_eq!(queue(&app, "shireen", "?service=land-mutation&step=order").await.len(), 1);
    assert_eq!(queue(&app, "shireen", "?step=admit").await.len(), 0);
}

#[actix_web::test]
async fn a_task_is_claimed_given_back_and_handed_over() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Checked).await;
    let task = case.task("order").await;
    let approve = json!({"outcome": "approve"});
    let unheld = case.complete("anwar", "order", &approve).await.expect(403);
    assert_eq!(unheld.json["code"], "not_holder");
    case.claim("anwar", "order").await.expect(200);
    let taken = case.claim("shireen", "order").await.expect(409);
    assert_eq!(taken.json["code"], "already_claimed");
    case.complete("shireen", "order", &approve).await.expect(403);

    let claim = format!("/v1/tasks/{task}/claim");
    app.by("anwar", "DELETE", &claim).send().await.expect(200);
    assert_eq!(queue(&app, "shireen", "?free=true").await.len(), 1);
    let assignment = format!("/v1/tasks/{task}/assignment");
    let (shireen, masud) = (person(&app, "shireen").await, person(&app, "masud").await);
    let stranger = app.post("anwar", &assignment, &json!({"person": masud})).await.expect(422);
    assert_eq!(stranger.faults(), [("/person".to_owned(), "not_at_this_desk".to_owned())]);
    app.post("anwar", &assignment, &json!({"person": shireen})).await.expect(200);
    assert_eq!(queue(&app, "shireen", "?mine=true").await.len(), 1);
    case.complete("anwar", "order", &approve).await.expect(403);
    case.complete("shireen", "order", &approve).await;
    assert_eq!(case.open_steps().await, ["pay_dcr"]);
}

#[actix_web::test]
async fn of_two_who_claim_at_once_one_gets_the_task() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Checked).await;
    let task = format!("/v1/tasks/{}/claim", case.task("order").await);
    let body = json!({});
    let (one, two) =
        futures_util::future::join(app.post("anwar", &task, &body), app.post("shireen", &task, &body)).await;
    let mut both = [one.status, two.status];
    both.sort_unstable();
    assert_eq!(both, [200, 409], "{} {}", one.json, two.json);
}

#[actix_web::test]
async fn of_two_completions_at_once_exactly_one_counts() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Checked).await;
    case.heard("anwar").await;
    case.claim("anwar", "order").await.expect(200);
    let task = format!("/v1/tasks/{}/completion", case.task("order").await);
    let approve = json!({"outcome": "approve"});
    let reject = json!({"outcome": "reject", "reasons": ["title"], "grounds": "The chain is broken."});
    let (one, two) =
        futures_util::future::join(app.post("anwar", &task, &approve), app.post("anwar", &task, &reject)).await;
    let mut both = [one.status, two.status];
    both.sort_unstable();
    assert!(matches!(both, [200 | 204, 409]), "{both:?}: {} {}", one.json, two.json);
    let decided = format!("SELECT count(*) FROM case_events WHERE case_id = '{}' AND kind = 'decided'", case.id);
    assert_eq!(app.count(&decided).await, 1);
}

#[actix_web::test]
async fn a_closed_case_is_read_by_staff_for_a_stated_purpose_only() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Issued).await;
    app.get("anwar", &case.path("")).await.expect(428);
    let stated = app.by("anwar", "GET", &case.path("")).header("x-purpose", "Answer to a letter of the applicant");
    stated.send().await.expect(200);
    let kept = "SELECT count(*) FROM audit_entries WHERE action = 'case.read' AND purpose = 'Answer to a letter of the applicant'";
    assert_eq!(app.count(kept).await, 1);
}

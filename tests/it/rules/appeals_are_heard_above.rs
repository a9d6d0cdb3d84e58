//! An appeal is a case of its own with the next instance above; nobody hears it who decided below, and what it comes to
//! takes effect in the first case: the register is put back, and what was issued no longer holds.

use serde_json::{Value, json};

use crate::support::mutation::{Case, Mutation, Point};
use crate::support::{Answer, TestApp};

fn grounds() -> Value {
    json!({"form": {"grounds": "I never sold plot 118."}})
}

async fn lodged(app: &TestApp, by: &str, case: &str) -> Answer {
    app.post(by, &format!("/v1/cases/{case}/appeal"), &grounds()).await
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The task of the only open step, as somebody sees it.
async fn task(app: &TestApp, by: &str, case: &str) -> String {
    let seen = app.get(by, &format!("/v1/cases/{case}")).await.expect(200).json;
    text(&seen["steps"][0]["task"])
}

/// The other side says nothing for its fifteen days; then the instance decides.
async fn decided(app: &TestApp, appellant: &str, judge: &str, case: &str, body: &Value) {
    app.forward_days(16).await;
    app.until("it is to be heard", async || {
        let seen = app.get(appellant, &format!("/v1/cases/{case}")).await.json;
        (seen["steps"][0]["id"] == "hear").then_some(())
    })
    .await;
    let task = task(app, appellant, case).await;
    app.post(judge, &format!("/v1/tasks/{task}/claim"), &json!({"no_ties": true})).await.expect(200);
    let done = app.post(judge, &format!("/v1/tasks/{task}/completion"), body).await;
    assert!(matches!(done.status, 200 | 204), "{}", done.json);
}

async fn until_end(case: &Case<'_>, end: &str) {
    let ended = async || (case.view().await["end"]["id"] == end).then_some(());
    case.app.until(&format!("it ends in {end}"), ended).await;
}

#[actix_web::test]
async fn what_is_set_aside_is_put_back_and_its_certificate_does_not_hold() {
    let app = TestApp::new().await;
    let before = Mutation::of_rahim(&app).to(Point::Opened).await.record("khatians", "BRS-45-12").await;
    let case = Mutation::of_rahim(&app).to(Point::Issued).await;
    let code = case.certificate("khatian").await;
    assert_ne!(case.record("khatians", "BRS-45-12").await["plots"], before["plots"]);

    // The seller is shown what can be done, with its last day, and does it.
    let seen = app.get("karim", &case.path("")).await.expect(200).json;
    let lodge: Vec<_> = seen["actions"].as_array().into_iter().flatten().filter(|a| a["action"] == "lodge").collect();
    let offered: Vec<_> = lodge.iter().map(|a| (text(&a["remedy"]["id"]), text(&a["href"]))).collect();
    assert_eq!(offered, [("review".into(), case.path("/review")), ("appeal".into(), case.path("/appeal"))]);
    let appeal = lodged(&app, "karim", &case.id).await.expect(201).json;
    let id = text(&appeal["id"]);
    assert_eq!(appeal["remedy_in"]["reference"], case.reference.as_str());
    assert!(appeal["reference"].as_str().is_some_and(|r| r.starts_with("LA-")), "{appeal}");
    let view = case.view().await;
    assert_eq!((view["remedies"][0]["case"].clone(), view["remedies"][0]["level"].clone()), (json!(id), json!(1)));
    // The buyer is the other side, and is asked.
    let other = app.get("rahim", &format!("/v1/cases/{id}")).await.expect(200).json;
    assert!(other["actions"].as_array().is_some_and(|a| a.iter().any(|a| a["action"] == "complete")), "{other}");

    // The district reads the case that it hears of, and nobody else does.
    decided(&app, "karim", "mahbub", &id, &json!({"outcome": "set_aside"})).await;
    until_end(&case, "annulled").await;
    assert_eq!(case.record("khatians", "BRS-45-12").await["plots"], before["plots"]);
    assert_eq!(case.record("khatians", "BRS-45-12").await["holders"], before["holders"]);
    assert_eq!(case.record("khatians", "K-2026-000001").await["holders"], json!([]));
    let shown = app.request("GET", &format!("/v1/certificates/{code}")).send().await.expect(200).json;
    assert_eq!(shown["state"], "revoked", "{shown}");
    let decisions = app.get("rahim", &case.path("/decisions")).await.expect(200).json;
    let last = decisions["items"].as_array().and_then(|d| d.last()).cloned().unwrap_or_default();
    assert_eq!((last["decision"].clone(), last["step"]["title"].clone()), (json!("adverse"), json!("Appeal")));
    case.until_told("rahim", "decided").await;
    let audit = app.audit().await.join("\n");
    assert!(audit.contains("case.lodge") && audit.contains("remedy.settle"));
}

#[actix_web::test]
async fn of_two_sides_that_appeal_at_once_one_is_heard_first() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Issued).await;
    let (buyer, seller) =
        futures_util::future::join(lodged(&app, "rahim", &case.id), lodged(&app, "karim", &case.id)).await;
    let mut both = [buyer.status, seller.status];
    both.sort_unstable();
    assert_eq!(both, [201, 409], "{} {}", buyer.json, seller.json);
    let refused = if buyer.status == 409 { &buyer } else { &seller };
    assert_eq!(refused.json["code"], "appeal_pending", "{}", refused.json);
    assert_eq!(case.view().await["remedies"].as_array().map(Vec::len), Some(1));
    assert_eq!(app.count("SELECT count(*) FROM cases WHERE service = 'land-appeal'").await, 1);
}

#[actix_web::test]
async fn three_instances_and_each_in_its_office() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Checked).await;
    let reject = json!({"outcome": "reject", "reasons": ["title"], "grounds": "The chain is broken."});
    case.heard("anwar").await;
    case.act("anwar", "order", &reject).await.expect(200);
    let decisions = app.get("rahim", &case.path("/decisions")).await.expect(200).json;
    let open: Vec<_> =
        decisions["items"][0]["remedies"].as_array().into_iter().flatten().map(|r| text(&r["role"])).collect();
    assert_eq!(open, ["ac-land", "adc-revenue", "additional-divisional-commissioner", "land-appeal-board"]);

    let dismiss = json!({"outcome": "dismiss", "reasons": ["unfounded"], "grounds": "It is."});
    let mut below = case.id.clone();
    for (level, judge, office) in [(1, "mahbub", "nodipur"), (2, "rehana", "purba"), (3, "monir", "appeal_board")] {
        let appeal = lodged(&app, "rahim", &below).await.expect(201).json;
        assert_eq!(appeal["remedy_in"]["level"], level);
        let id = text(&appeal["id"]);
        assert_eq!(case.view().await["remedies"][level - 1]["case"], id.as_str(), "the first case knows of each");
        let others: Vec<_> = ["mahbub", "rehana", "monir"].into_iter().filter(|j| *j != judge).collect();
        decided(&app, "rahim", judge, &id, &dismiss).await;
        // Only the instance that has it reads anything.
        for other in others {
            let task =
                app.text(&format!("SELECT office AS word FROM tasks WHERE case_id = '{id}' AND kind = 'task'")).await;
            assert_eq!(task.as_deref(), Some(office));
            app.get(other, &format!("/v1/cases/{id}")).await.expect(404);
        }
        // Whoever heard it may read it, and the first case, for a reason.
        app.get(judge, &case.path("")).await.expect(428);
        app.by(judge, "GET", &case.path("")).header("x-purpose", "appeal").send().await.expect(200);
        app.until("the first case knows", async || {
            (case.view().await["remedies"][level - 1]["end"] == "dismissed").then_some(())
        })
        .await;
        below = id;
    }
    let none = lodged(&app, "rahim", &below).await.expect(409);
    assert_eq!(none.json["type"], "/problems/no_remedy");
    assert_eq!(case.view().await["end"]["id"], "rejected");
}

#[actix_web::test]
async fn in_time_once_and_by_a_party() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Checked).await;
    assert_eq!(lodged(&app, "rahim", &case.id).await.expect(409).json["type"], "/problems/not_decided");
    let reject = json!({"outcome": "reject", "reasons": ["title"], "grounds": "The chain is broken."});
    case.heard("anwar").await;
    case.act("anwar", "order", &reject).await.expect(200);
    lodged(&app, "salma", &case.id).await.expect(404);
    lodged(&app, "anwar", &case.id).await.expect(403);
    let path = case.path("/appeal");
    let empty = app.post("rahim", &path, &json!({"form": {}})).await.expect(422).faults();
    assert_eq!(empty, [("/form/grounds".to_owned(), "required".to_owned())]);
    let unknown = json!({"remedy": "mercy", "form": {"grounds": "Please."}});
    assert_eq!(app.post("rahim", &path, &unknown).await.expect(409).json["type"], "/problems/no_remedy");
    app.by("rahim", "POST", &path).header("idempotency-key", "").json(&grounds()).send().await.expect(400);
    assert_eq!(app.count("SELECT count(*) FROM cases WHERE service = 'land-appeal'").await, 0, "nothing is half done");
    assert_eq!(app.count("SELECT count(*) FROM case_events WHERE kind = 'appeal_lodged'").await, 0);
    for _ in 0..2 {
        let request = app.by("rahim", "POST", &path).header("idempotency-key", "appeal-1");
        request.json(&grounds()).send().await.expect(201);
    }
    assert_eq!(app.count("SELECT count(*) FROM cases WHERE service = 'land-appeal'").await, 1);
    assert_eq!(lodged(&app, "karim", &case.id).await.expect(409).json["type"], "/problems/appeal_pending");
    // Nobody opens one as if it were any other service.
    let alone = json!({"service": "land-appeal", "submit": true, "form": {"grounds": "For itself."}});
    assert_eq!(app.post("rahim", "/v1/cases", &alone).await.expect(409).json["type"], "/problems/start_refused");

    let late = Mutation::of_rahim(&app).plot("BRS-45-12", "119").to(Point::Checked).await;
    late.heard("anwar").await;
    late.act("anwar", "order", &reject).await.expect(200);
    app.forward_days(31).await;
    assert_eq!(lodged(&app, "rahim", &late.id).await.expect(409).json["type"], "/problems/too_late");
}

#[actix_web::test]
async fn an_approved_case_stands_still_and_the_money_waits() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Approved).await;
    let appeal = lodged(&app, "karim", &case.id).await.expect(201).json;
    assert_eq!(case.view().await["held"], true);
    case.pay("dcr").await;
    assert_eq!(case.open_steps().await, Vec::<String>::new(), "it was paid, and nothing moves");
    assert_eq!(case.record("khatians", "K-2026-000001").await, Value::Null);
    let dismiss = json!({"outcome": "dismiss", "reasons": ["unfounded"], "grounds": "The deed is in order."});
    decided(&app, "karim", "mahbub", &text(&appeal["id"]), &dismiss).await;
    until_end(&case, "issued").await;
    assert_eq!(case.view().await["held"], false);
}

#[actix_web::test]
async fn who_hears_it_says_first_that_nothing_ties_him() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Issued).await;
    let appeal = lodged(&app, "karim", &case.id).await.expect(201).json;
    let path = format!("/v1/cases/{}", text(&appeal["id"]));
    app.forward_days(16).await;
    let heard = async || (app.get("karim", &path).await.json["steps"][0]["id"] == "hear").then_some(());
    app.until("it is to be heard", heard).await;

    // What is to be said is told beforehand, and without it nothing happens.
    let view = app.get("mahbub", &path).await.expect(200).json;
    let offered = view["actions"].as_array().into_iter().flatten().find(|a| a["action"] == "claim").cloned();
    let claim = offered.expect("a claim is on offer");
    assert_eq!(claim["wants"], json!(["no_ties"]), "{claim}");
    let claim = text(&claim["href"]);
    for silent in [json!({}), json!({"no_ties": false})] {
        let refused = app.post("mahbub", &claim, &silent).await.expect(409);
        assert_eq!(refused.json["code"], "not_declared", "{}", refused.json);
    }
    let claimed = app.post("mahbub", &claim, &json!({"no_ties": true})).await.expect(200).json;
    assert!(claimed["actions"].as_array().is_some_and(|a| a.iter().any(|a| a["action"] == "complete")), "{claimed}");
    // That it was said, and by whom, stays.
    let id = text(&appeal["id"]);
    let said = format!("SELECT count(*) FROM case_events WHERE case_id = '{id}' AND kind = 'declared'");
    assert_eq!(app.count(&said).await, 1);
    let events = app.get("karim", &format!("{path}/events?limit=200")).await.expect(200).json;
    let told = events["items"].as_array().into_iter().flatten().find(|e| e["kind"] == "declared").cloned();
    let told = told.expect("the appellant sees that it was said");
    assert_eq!(
        (told["details"].clone(), told["by"]["role"].clone()),
        (json!({}), json!("adc-revenue")),
        "by role, not by id"
    );
}

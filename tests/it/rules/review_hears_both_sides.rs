//! A review is heard by another officer of the same office, after the other side had its word. One that upholds is final.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::mutation::{Case, Mutation, Point};

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

async fn reviewed<'a>(app: &'a TestApp) -> (Case<'a>, Case<'a>) {
    let case = Mutation::of_rahim(app).to(Point::Checked).await;
    let reject = json!({"outcome": "reject", "reasons": ["title"], "grounds": "The chain is broken."});
    case.heard("anwar").await;
    case.act("anwar", "order", &reject).await.expect(200);
    let body = json!({"form": {"grounds": "A deed was overlooked."}});
    let opened = app.post("rahim", &case.path("/review"), &body).await.expect(201).json;
    let review = Mutation::of_rahim(app).resumed(&text(&opened["id"]));
    let answer = json!({"answers": {"answer": "It was not."}});
    let answered = review.complete("karim", "answer", &answer).await;
    assert!(matches!(answered.status, 200 | 204), "{}", answered.json);
    (case, review)
}

#[actix_web::test]
async fn who_made_the_order_does_not_review_it() {
    let app = TestApp::new().await;
    let (case, review) = reviewed(&app).await;
    let task = review.task("decide").await;
    let seen = app.get("anwar", &review.path("")).await.expect(200).json;
    let offers: Vec<_> = seen["actions"].as_array().into_iter().flatten().map(|a| text(&a["action"])).collect();
    assert!(!offers.contains(&"claim".to_owned()), "{offers:?}");
    let claimed = app.post("anwar", &format!("/v1/tasks/{task}/claim"), &json!({})).await.expect(403);
    assert_eq!(claimed.json["type"], "/problems/recused");
    let to = json!({"person": app.person("anwar").await});
    let given = app.post("shireen", &format!("/v1/tasks/{task}/assignment"), &to).await;
    assert!(given.status >= 400, "nor is it given to him: {}", given.status);

    let uphold = json!({"outcome": "uphold", "reasons": ["nothing_new"], "grounds": "The deed was considered."});
    review.act("shireen", "decide", &uphold).await.expect(200);
    let decisions = app.get("rahim", &review.path("/decisions")).await.expect(200).json;
    assert_eq!(decisions["items"][0]["remedies"], json!([]), "it is final");
    let again = app.post("rahim", &review.path("/appeal"), &json!({"form": {"grounds": "No."}})).await.expect(409);
    assert_eq!(again.json["type"], "/problems/no_remedy");
    app.until("the case knows", async || (case.view().await["remedies"][0]["end"] == "upheld").then_some(())).await;
    assert_eq!(case.view().await["end"]["id"], "rejected");
    app.post("rahim", &case.path("/appeal"), &json!({"form": {"grounds": "The chain is whole."}})).await.expect(201);
}

#[actix_web::test]
async fn what_it_varies_goes_on_and_the_other_side_may_appeal() {
    let app = TestApp::new().await;
    let (case, review) = reviewed(&app).await;
    review.act("shireen", "decide", &json!({"outcome": "vary"})).await.expect(200);
    app.until("the case goes on", async || (case.open_steps().await == ["pay_dcr"]).then_some(())).await;
    assert_eq!(case.view().await["decision"], "favourable");
    app.post("karim", &case.path("/appeal"), &json!({"form": {"grounds": "It is forged."}})).await.expect(201);
    assert_eq!(case.view().await["held"], true);
}

//! What is being filled in stays, whatever else happens in the case at the same moment, until it is handed in.

use futures_util::future::join;
use serde_json::json;

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point};

#[actix_web::test]
async fn a_form_that_is_saved_while_papers_arrive_is_kept() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::CourtPaid).await;
    let path = format!("/v1/cases/{}/form", case.id);
    for round in 1..=10 {
        // Saved again and again, so that some of it falls between the reading and the writing of the other act.
        let save = async {
            for time in 1..=8 {
                let mut form = case.form.clone();
                form["copies"] = serde_json::json!(round * 100 + time);
                app.by("rahim", "PUT", &path).header("if-match", "*").json(&form).send().await.expect(200);
            }
        };
        let ((), added) = join(save, case.upload("deed", 0)).await;
        added.expect(201);
        let kept = app.get("rahim", &path).await.expect(200).json;
        assert_eq!(kept["form"]["copies"], round * 100 + 8, "the form of round {round} is lost");
    }
}

#[actix_web::test]
async fn a_form_that_was_saved_before_the_submission_is_handed_in_with_the_papers() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).draft().await;
    case.save_form().await.expect(200);
    case.hand_in().await.expect(200);
    assert_eq!(case.open_steps().await, ["pay_court"]);
    let kept = app.get("rahim", &case.path("/form")).await.expect(200).json;
    assert_eq!((&kept["form"], &kept["draft"]), (&case.form, &json!(true)), "nobody has asked for it yet");
    case.pay("court").await;
    case.upload_papers().await;
    case.hand_in().await.expect(200);
    case.go(Point::Submitted, Point::NoticePaid).await;
    assert_eq!(case.view().await["office"]["id"], "sadar");
    case.act("mita", "admit", &json!({"outcome": "complete"})).await.expect(200);
    case.go(Point::Admitted, Point::Reported).await;
    let kept = app.get("rahim", &case.path("/form")).await.expect(200).json;
    assert_eq!((&kept["form"], &kept["draft"]), (&case.form, &json!(false)));
}

#[actix_web::test]
async fn a_form_that_is_given_with_the_submission_counts_at_once() {
    let app = TestApp::new().await;
    let wrong = Mutation::of_rahim(&app).with("dag", json!("?")).with("mouza", json!("m045"));
    let body = json!({"service": "land-mutation", "submit": true, "form": wrong.draft().await.form});
    let refused = app.post("rahim", "/v1/cases", &body).await.expect(422);
    assert_eq!(refused.faults(), [("/form/dag".to_owned(), "pattern".to_owned())]);

    let case = Mutation::of_rahim(&app).with_its_form().await;
    assert_eq!(case.view().await["office"]["id"], "sadar");
    let parties = format!("SELECT count(*) FROM case_parties WHERE case_id = '{}'", case.id);
    assert_eq!(app.count(&parties).await, 2, "buyer and seller are known");
    case.pay("court").await;
    case.upload_papers().await;
    case.hand_in().await.expect(200);
    case.go(Point::Submitted, Point::Admitted).await;
    assert_eq!(case.open_steps().await, ["field_report"]);
}

//! What is being filled in stays, whatever else happens in the case at the same moment.

use futures_util::future::join;

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

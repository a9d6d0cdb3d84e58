//! What is being filled in stays, whatever else happens in the case at the same moment.

use futures_util::future::join;

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point};

#[actix_web::test]
async fn a_form_that_is_saved_while_papers_arrive_is_kept() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::CourtPaid).await;
    for round in 1..=12 {
        let mut form = case.form.clone();
        form["copies"] = serde_json::json!(round);
        let path = format!("/v1/cases/{}/form", case.id);
        let save = app.by("rahim", "PUT", &path).header("if-match", "*").json(&form).send();
        let (saved, added) = join(save, case.upload("deed", 0)).await;
        saved.expect(200);
        added.expect(201);
        let kept = app.get("rahim", &path).await.expect(200).json;
        assert_eq!(kept["form"]["copies"], round, "the form of round {round} is lost");
    }
}

//! Who states somebody else does not say where that person is reached.

use serde_json::json;

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point, person, rahim};

#[actix_web::test]
async fn a_stranger_who_is_stated_is_not_reached_where_the_form_says() {
    let app = TestApp::new().await;
    let mut stranger = person("Stranger", "9910000777");
    stranger["email"] = json!("rahim-reads-it@sumwhere.example");
    stranger["phone"] = json!("+8801711000001");
    stranger["birth_date"] = json!("1950");
    let case = Mutation::of_rahim(&app).seller(stranger.clone()).to(Point::Prepared).await;
    case.hand_in().await;
    let kept = "SELECT concat_ws('|', birth_date, coalesce(email, '-'), coalesce(phone, '-')) AS word FROM persons \
                WHERE names @> '[{\"full\": \"Stranger\"}]'";
    assert_eq!(app.text(kept).await.as_deref(), Some("1950|-|-"));
    // Nor by a helper at the counter, and of somebody known nothing changes.
    stranger["name"] = json!("Another");
    stranger["identifier"]["value"] = json!("9910000778");
    Mutation::by(&app, "lipi").on_behalf_of(stranger).to(Point::Opened).await;
    assert_eq!(app.text(&kept.replace("Stranger", "Another")).await.as_deref(), Some("1950|-|-"));
    let mut known = rahim();
    known["email"] = json!("lipi-reads-it@sumwhere.example");
    Mutation::by(&app, "lipi").on_behalf_of(known).to(Point::Opened).await;
    assert_eq!(app.count("SELECT count(*) FROM persons WHERE email LIKE '%reads-it%'").await, 0);
}

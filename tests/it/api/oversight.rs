//! A supervisor's view of an office: what waits and is late, and speed never without complaints.

use serde_json::json;

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point};

#[actix_web::test]
async fn load_bottleneck_and_complaints_beside_speed() {
    let app = TestApp::new().await;
    Mutation::of_rahim(&app).to(Point::NoticePaid).await;
    let decided = Mutation::of_rahim(&app).plot("BRS-45-12", "119").to(Point::Approved).await;
    app.post("karim", &decided.path("/appeal"), &json!({"form": {"grounds": "I did not sell."}})).await.expect(201);
    let path = "/v1/oversight/offices/sadar";
    let seen = app.get("anwar", path).await.expect(200).json;
    assert_eq!(seen["waiting"], 1, "{seen}");
    assert_eq!((&seen["bottleneck"]["step"]["id"], &seen["bottleneck"]["unclaimed"]), (&json!("admit"), &json!(1)));
    assert_eq!(seen["load"][0]["service"]["id"], "land-mutation");
    let results = &seen["results"];
    assert_eq!((&results["opened"], &results["decided"], &results["complaints"]), (&json!(2), &json!(1), &json!(1)));
    assert!(results["median_days"].is_number() && results["changed_by_complaints"] == 0, "{results}");
    app.forward_days(9).await;
    let later = app.get("anwar", path).await.expect(200).json;
    assert_eq!((&later["overdue"], &later["bottleneck"]["overdue"]), (&json!(1), &json!(1)), "{later}");

    // Those above see it too, those beside and below do not.
    app.get("mahbub", path).await.expect(200);
    app.get("masud", path).await.expect(403);
    app.get("bashir", path).await.expect(403);
    app.get("rahim", path).await.expect(403);
    app.get("anwar", "/v1/oversight/offices/nowhere").await.expect(404);
    assert!(app.audit().await.iter().any(|entry| entry.contains("office.oversee")));
}

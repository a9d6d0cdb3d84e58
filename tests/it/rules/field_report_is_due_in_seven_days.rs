//! The union office reports within seven days; a late report is shown, to the office and to the citizen, and still counts.

use serde_json::json;

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point, field_report};

#[actix_web::test]
async fn a_late_report_is_shown_as_overdue_and_still_counts() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Admitted).await;
    let overdue = async || app.get("bashir", "/v1/tasks?overdue=true").await.expect(200).json["items"].clone();
    app.forward_days(7).await;
    assert_eq!(overdue().await, json!([]), "the seventh day is a good day");
    assert_eq!(case.view().await["steps"][0]["overdue"], false);
    app.forward_days(1).await;
    assert_eq!(overdue().await[0]["step"]["id"], "field_report");
    assert_eq!(case.view().await["steps"][0]["overdue"], true);
    case.act("bashir", "field_report", &json!({"answers": field_report()})).await;
    assert_eq!(case.open_steps().await, ["survey"]);
}

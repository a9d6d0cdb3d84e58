//! What the public may know of cases, over HTTP: a part of each, and how many there are.

use guichet::kernel::clock::machine_now;
use serde_json::{Value, json};

use crate::support::definitions::{copy, replace};
use crate::support::mutation::{karim, pdf, rahim, sharing};
use crate::support::{TestApp, empty_database_url};

async fn deed(app: &TestApp, kind: &str) -> String {
    let form = json!({
        "kind": kind, "mouza": "m045", "khatian": "BRS-45-12", "dag": "118", "quantity": 33,
        "seller": karim(), "buyers": [sharing(rahim(), 1.0)],
    });
    let path = app.post("rahim", "/v1/cases", &json!({"service": "deed-registration", "form": form})).await.expect(201);
    let path = path.header("location").to_owned();
    let upload = app.by("rahim", "POST", &format!("{path}/documents?kind=deed&file_name=deed.pdf"));
    upload.body("application/pdf", pdf("deed")).send().await.expect(201);
    path
}

async fn submit(app: &TestApp, path: &str) -> Value {
    app.post("rahim", &format!("{path}/submission"), &json!({})).await.expect(200).json
}

/// Submitted, paid and entered.
async fn entered(app: &TestApp, kind: &str) -> Value {
    let path = deed(app, kind).await;
    submit(app, &path).await;
    let fees = app.get("rahim", &format!("{path}/fees")).await.expect(200).json;
    app.post("rahim", fees["items"][0]["pay"].as_str().expect("due"), &json!({})).await.expect(202);
    let view = async || app.get("rahim", &path).await.expect(200).json;
    app.until("it is examined", async || (view().await["steps"][0]["id"] == "admit").then_some(())).await;
    let task = view().await["steps"][0]["task"].as_str().expect("a task").to_owned();
    app.post("karimsarkar", &format!("/v1/tasks/{task}/claim"), &json!({})).await.expect(200);
    app.post("karimsarkar", &format!("/v1/tasks/{task}/completion"), &json!({"outcome": "register"})).await.expect(200);
    view().await
}

async fn public(app: &TestApp, path: &str) -> Value {
    app.request("GET", path).send().await.expect(200).json
}

const CASES: &str = "/v1/services/deed-registration/cases";
const STATISTICS: &str = "/v1/services/deed-registration/statistics";

#[actix_web::test]
async fn anybody_sees_what_a_deed_is_and_nobody_whose() {
    let app = TestApp::new().await;
    let path = deed(&app, "sale").await;
    submit(&app, &path).await;
    assert_eq!(public(&app, CASES).await["items"], json!([]), "before it is entered it is nobody's business");
    app.by("rahim", "POST", &format!("{path}/withdrawal")).header("if-match", "*").send().await.expect(200);
    assert_eq!(public(&app, CASES).await["items"], json!([]), "and what comes to nothing never is");
    let case = entered(&app, "sale").await;
    let list = public(&app, CASES).await;
    let shown = &list["items"][0]["public"];
    assert_eq!(shown["form"], json!({"kind": "sale", "mouza": "m045"}), "{list}");
    assert_eq!((&shown["case"]["reference"], &shown["case"]["status"]), (&case["reference"], &json!("closed")));
    assert_eq!(shown["case"]["end"], "registered");
    assert_eq!(shown.as_object().map(|all| all.len()), Some(2), "neither who sells nor who buys: {list}");
    // Above what is guarded nothing is public, and neither is what a later version withholds.
    let level = async |level: u8| app.execute(&format!("UPDATE cases SET level = {level}")).await;
    level(7).await;
    assert_eq!(public(&app, CASES).await["items"], json!([]));
    level(4).await;
    app.execute("UPDATE disclosures SET shown = jsonb_set(shown, '{form,dag}', '118')").await;
    assert_eq!(public(&app, CASES).await["items"][0]["public"], *shown);
    // A service that says nothing of it has nothing of the kind, and neither has one that is not there.
    for service in ["residence-certificate", "nothing"] {
        app.request("GET", &format!("/v1/services/{service}/cases")).send().await.expect(404);
        app.request("GET", &format!("/v1/services/{service}/statistics")).send().await.expect(404);
    }
    assert_eq!(app.request("GET", &format!("{CASES}?limit=0")).send().await.status, 422);
}

#[actix_web::test]
async fn few_are_not_counted_and_the_rest_is_rounded() {
    let app = TestApp::new().await;
    let counts = public(&app, STATISTICS).await;
    assert_eq!((&counts["cases"], &counts["rounded_to"]), (&Value::Null, &json!(5)));
    for number in 0..12 {
        let path = deed(&app, if number < 8 { "sale" } else { "gift" }).await;
        submit(&app, &path).await;
    }
    deed(&app, "sale").await;
    assert_eq!(public(&app, STATISTICS).await, counts, "what was counted a moment ago is told again");
    app.forward(jiff::SignedDuration::from_mins(11)).await;
    let counts = public(&app, STATISTICS).await;
    assert_eq!(counts["cases"], 10, "{counts}");
    let by = |path: &str| counts["by"].as_array().expect("a list").iter().find(|cut| cut["path"] == path).cloned();
    assert_eq!(by("form.kind").expect("a cut")["values"], json!([{"value": "sale", "cases": 10}]), "four are not told");
    assert_eq!(by("form.mouza").expect("a cut")["values"], json!([{"value": "m045", "cases": 10}]));
    assert_eq!(by("case.end").expect("a cut")["values"], json!([]));
    let pages = async |cursor: &str| app.request("GET", &format!("{CASES}?limit=5{cursor}")).send().await.expect(200);
    app.execute("UPDATE disclosures SET shown_from = '2020-01-01'").await;
    let first = pages("").await;
    let next =
        first.header("link").strip_prefix('<').and_then(|link| link.split_once('>')).expect("a link").0.to_owned();
    let second = app.request("GET", &next).send().await.expect(200).json;
    let ids =
        |page: &Value| page["items"].as_array().expect("items").iter().map(|i| i["id"].to_string()).collect::<Vec<_>>();
    let both = [ids(&first.json), ids(&second)].concat();
    assert!(both.len() == 10 && both.is_sorted_by(|a, b| a > b), "the newest first, none twice: {both:?}");
}

#[actix_web::test]
async fn it_is_public_from_its_moment_on() {
    let folder = copy("disclosed-later");
    let file = folder.join("deed-registration/service.yaml");
    replace(&file, "from: case.decided\n", "from: case.submitted + 3 days\n");
    let services = folder.to_str().expect("a path").to_owned();
    let app = TestApp::on(empty_database_url(), &[("GUICHET_SERVICES", &services)], machine_now()).await;
    submit(&app, &deed(&app, "sale").await).await;
    assert_eq!(public(&app, CASES).await["items"], json!([]));
    app.forward_days(4).await;
    assert_eq!(public(&app, CASES).await["items"].as_array().map(Vec::len), Some(1), "without any act");
    std::fs::remove_dir_all(folder).expect("removed");
}

#[actix_web::test]
async fn a_case_that_is_submitted_at_once_is_known_of_as_well() {
    let folder = copy("disclosed-at-once");
    let file = folder.join("residence-certificate/service.yaml");
    replace(&file, "retention:", "disclosure: {public: [case.reference]}\nretention:");
    let services = folder.to_str().expect("a path").to_owned();
    let app = TestApp::on(empty_database_url(), &[("GUICHET_SERVICES", &services)], machine_now()).await;
    let filed = app.residence(crate::support::residence::NEWCOMER).await;
    let list = public(&app, "/v1/services/residence-certificate/cases").await;
    assert_eq!(list["items"][0]["public"]["case"]["reference"], filed.reference, "{list}");
    app.request("GET", "/v1/services/residence-certificate/statistics").send().await.expect(404);
    std::fs::remove_dir_all(folder).expect("removed");
}

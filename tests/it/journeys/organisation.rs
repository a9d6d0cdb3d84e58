//! An organisation gets its trade licence through a person who may sign for it.

use serde_json::json;

use crate::support::TestApp;
use crate::support::licence::{Signatory, act, form, organisation};

#[actix_web::test]
async fn a_signatory_brings_the_organisation_to_its_licence() {
    let app = TestApp::new().await;
    let rina = Signatory { app: &app, name: "rina", organisation: organisation(&app, "Sunrise Traders").await };
    let draft = rina.post("/v1/cases", &json!({"service": "trade-licence", "form": form()})).await.expect(201);
    let case = draft.header("location").to_owned();
    rina.upload(&case, "kind=premises_proof").await.expect(201);
    rina.upload(&case, "kind=tax_certificate&issued=2026-07-01").await.expect(201);
    let submitted = rina.post(&format!("{case}/submission"), &json!({})).await.expect(200).json;
    assert_eq!(submitted["steps"][0]["id"], "check");

    act(&app, "tania", &json!({"outcome": "complete"})).await;
    let report = json!({"inspected_on": "2026-08-03", "suitable": true, "employees_found": 3});
    act(&app, "gias", &json!({"answers": report})).await;
    act(&app, "nila", &json!({"outcome": "grant"})).await;
    let fees = rina.get(&format!("{case}/fees")).await.expect(200).json;
    assert_eq!(fees["items"][0]["amount"]["amount"], "500.00");
    rina.post(fees["items"][0]["pay"].as_str().expect("due"), &json!({})).await.expect(202);
    let view = app
        .until("the licence is there", async || {
            let view = rina.get(&case).await.expect(200).json;
            (view["status"] == "closed").then_some(view)
        })
        .await;
    assert_eq!(view["end"]["id"], "licensed");
    let code = view["certificates"][0]["code"].as_str().expect("a licence").to_owned();
    let known = app.request("GET", &format!("/v1/certificates/{code}")).send().await.expect(200).json;
    assert_eq!(known["state"], "valid");
    let record = "SELECT record->>'valid_until' AS word FROM register_records WHERE register = 'licences'";
    assert_eq!(app.text(record).await.as_deref(), Some("2027-08-03"));

    // It is the organisation's case, not rina's own, and every event says for whom she acted.
    let listed = rina.get("/v1/cases").await.expect(200).json;
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
    let acted = "SELECT actor->>'acting_for' AS word FROM case_events WHERE kind = 'submitted'";
    assert_eq!(app.text(acted).await, Some(rina.organisation.clone()));
}

#[actix_web::test]
async fn who_may_not_sign_is_refused() {
    let app = TestApp::new().await;
    let sunrise = organisation(&app, "Sunrise Traders").await;
    let tarek = Signatory { app: &app, name: "tarek", organisation: sunrise };
    let refused = tarek.post("/v1/cases", &json!({"service": "trade-licence", "form": form()})).await;
    assert_eq!(refused.status, 403, "{}", refused.json);
    // Nor does anybody apply in his own name where only organisations may.
    let own = app.post("rina", "/v1/cases", &json!({"service": "trade-licence", "submit": true, "form": form()})).await;
    assert!(matches!(own.status, 409 | 422), "{} {}", own.status, own.json);
    assert_eq!(app.count("SELECT count(*) FROM cases").await, 0);
}

#[actix_web::test]
async fn who_signs_for_one_organisation_does_not_apply_for_another() {
    let app = TestApp::new().await;
    let rina = Signatory { app: &app, name: "rina", organisation: organisation(&app, "Sunrise Traders").await };
    let mut other = form();
    other["organisation"] =
        json!({"name": "Old Mill Company", "identifier": {"type": "registration-number", "value": "C-100205"}});
    let draft = rina.post("/v1/cases", &json!({"service": "trade-licence", "form": other})).await.expect(201);
    let case = draft.header("location").to_owned();
    rina.upload(&case, "kind=premises_proof").await.expect(201);
    rina.upload(&case, "kind=tax_certificate&issued=2026-07-01").await.expect(201);
    let refused = rina.post(&format!("{case}/submission"), &json!({})).await.expect(422);
    assert_eq!(refused.faults(), [("/form/organisation".to_owned(), "not_represented".to_owned())]);
}

/// Whose mandate is in force by business time, which the test lets stand still in August.
#[actix_web::test]
async fn whoever_signs_for_the_organisation_at_that_time_is_told() {
    let app = TestApp::new().await;
    let weavers = organisation(&app, "Golden Weavers").await;
    let until = format!("UPDATE mandates SET until_day = '2026-09-01' WHERE organisation = '{weavers}'");
    app.execute(&until).await;
    let later = format!(
        "INSERT INTO mandates SELECT (jsonb_populate_record(m, jsonb_build_object('person', '{}', 'from_day', '2026-09-02', \
         'until_day', null))).* FROM mandates m WHERE organisation = '{weavers}' LIMIT 1",
        app.person("jamal").await
    );
    app.execute(&later).await;
    let fatema = Signatory { app: &app, name: "fatema", organisation: weavers };
    let mut form = form();
    form["organisation"] = json!({"name": "Golden Weavers Cooperative",
        "identifier": {"type": "registration-number", "value": "C-100203"}});
    let draft = fatema.post("/v1/cases", &json!({"service": "trade-licence", "form": form})).await.expect(201);
    let case = draft.header("location").to_owned();
    fatema.upload(&case, "kind=premises_proof").await.expect(201);
    fatema.upload(&case, "kind=tax_certificate&issued=2026-07-01").await.expect(201);
    fatema.post(&format!("{case}/submission"), &json!({})).await.expect(200);
    let told = async |name: &str| {
        let own = app.get(name, "/v1/me/messages").await.expect(200).json;
        own["items"].as_array().is_some_and(|items| items.iter().any(|m| m["about"] == "submitted"))
    };
    app.until("the other signatory is told", async || told("salma").await.then_some(())).await;
    assert!(!told("jamal").await, "his mandate has not begun");
}

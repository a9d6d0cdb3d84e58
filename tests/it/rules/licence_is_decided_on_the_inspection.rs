//! A licence is granted to an organisation that is registered and active, for premises that were found suitable; what is refused
//! can be appealed against.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::licence::{Licence, act, inspection};

async fn not_granted(case: &Licence<'_>, reason: &str) -> Value {
    case.claim("nila").await.expect(200);
    assert_eq!(case.complete("nila", &json!({"outcome": "grant"})).await.expect(409).json["code"], "not_offered");
    let refuse = json!({"outcome": "refuse", "reasons": [reason], "grounds": "As was found."});
    case.complete("nila", &refuse).await;
    assert_eq!(case.view().await["end"]["id"], "refused");
    let decisions = case.rina.get(&format!("{}/decisions", case.path)).await.expect(200).json;
    decisions["items"][0].clone()
}

#[actix_web::test]
async fn unsuitable_premises_are_refused_or_inspected_again() {
    let app = TestApp::new().await;
    let case = Licence::inspected(&app, &[], false).await;
    let decision = not_granted(&case, "premises_unsuitable").await;
    assert_eq!(decision["reasons"][0]["legal_ground"], "Municipal Licensing Act 2009, s. 7");
    let appeal = &decision["remedies"][0];
    assert_eq!((&appeal["role"], &appeal["until"]), (&json!("deputy-mayor"), &json!("2026-09-02")));

    let again = Licence::inspected(&app, &[], false).await;
    act(&app, "nila", &json!({"outcome": "inspect_again"})).await;
    assert_eq!(again.step().await, "inspection");
    act(&app, "gias", &inspection(true)).await;
    act(&app, "nila", &json!({"outcome": "grant"})).await;
    assert_eq!(again.step().await, "pay_licence");
}

#[actix_web::test]
async fn who_is_dissolved_or_unknown_gets_none_until_the_register_knows_better() {
    let app = TestApp::new().await;
    let set = |status: &str| {
        format!(
            "UPDATE register_records SET record = jsonb_set(record, '{{status}}', '\"{status}\"'), version = version + 1 \
             WHERE register = 'organisations' AND key = 'C-100201'"
        )
    };
    app.execute(&set("dissolved")).await;
    let dissolved = Licence::inspected(&app, &[], true).await;
    not_granted(&dissolved, "not_registered").await;

    let case = Licence::inspected(&app, &[], true).await;
    app.execute("UPDATE register_records SET key = 'C-0' WHERE register = 'organisations' AND key = 'C-100201'").await;
    act(&app, "nila", &json!({"outcome": "look_again"})).await;
    assert_eq!(case.step().await, "decision", "nobody checks or inspects anew");
    case.claim("nila").await.expect(200);
    assert_eq!(case.complete("nila", &json!({"outcome": "grant"})).await.expect(409).json["code"], "not_offered");
    app.execute("UPDATE register_records SET key = 'C-100201' WHERE register = 'organisations' AND key = 'C-0'").await;
    app.execute(&set("active")).await;
    case.complete("nila", &json!({"outcome": "look_again"})).await.expect(200);
    act(&app, "nila", &json!({"outcome": "grant"})).await;
    assert_eq!(case.step().await, "pay_licence");
}

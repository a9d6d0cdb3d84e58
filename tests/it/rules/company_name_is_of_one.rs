//! Of two who want one name for their company one gets it, whoever is a moment earlier; what ends without an entry gives it
//! back, and a company that is entered keeps it.

use futures_util::future::join_all;
use guichet::kernel::clock::machine_now;
use serde_json::json;

use crate::support::definitions::{copy, replace};
use crate::support::founding::{Founding, form};
use crate::support::{TestApp, empty_database_url};

#[actix_web::test]
async fn of_many_who_claim_a_name_at_once_one_gets_it() {
    let app = TestApp::new().await;
    let mut cases = Vec::new();
    for (founder, name) in
        [("rahim", "Padma Boats"), ("salma", "PADMA  boats"), ("karim", " padma boats "), ("jamal", "Padma Boats")]
    {
        cases.push(Founding::draft(&app, founder, name).await);
    }
    for answer in join_all(cases.iter().map(Founding::submit)).await {
        assert_eq!(answer.status, 200, "whoever does not get the name is asked for another: {}", answer.json);
    }
    let mut open = Vec::new();
    for case in &cases {
        open.extend(case.open().await);
    }
    open.sort();
    assert_eq!(open, ["correct", "correct", "correct", "pay"]);
    assert_eq!(app.count("SELECT count(*) FROM pool_places WHERE key = 'padma boats'").await, 1);

    // The winner withdraws: the name is free again, and whoever asks for it anew gets it.
    for case in &cases {
        if case.open().await == ["pay"] {
            let withdrawal = app.by(case.founder, "POST", &format!("{}/withdrawal", case.path)).header("if-match", "*");
            withdrawal.json(&json!({})).send().await.expect(200);
        }
    }
    assert_eq!(app.count("SELECT count(*) FROM pool_places").await, 0);
    let next = Founding::draft(&app, "fatema", "Padma Boats").await;
    next.submit().await.expect(200);
    assert_eq!(next.open().await, ["pay"]);
}

#[actix_web::test]
async fn a_company_that_is_entered_keeps_its_name() {
    let app = TestApp::new().await;
    let case = Founding::draft(&app, "rahim", "Padma Boats").await;
    case.submit().await.expect(200);
    case.pay().await;
    // Three offices of three authorities have it at the same time.
    assert_eq!(case.act("yasmin", &json!({"outcome": "no_objection"})).await.status, 200);
    assert_eq!(case.act("nila", &json!({"outcome": "no_objection"})).await.status, 200);
    assert_eq!(case.open().await, ["opinions", "papers"]);
    assert_eq!(case.act("laila", &json!({"outcome": "complete"})).await.status, 200);
    case.act("ayesha", &json!({"outcome": "register"})).await.expect(200);
    let view = case.view().await;
    assert_eq!((&view["end"]["id"], &view["decision"]), (&json!("registered"), &json!("favourable")));
    let number =
        "SELECT key AS word FROM register_records WHERE register = 'companies' AND record->>'name' = 'Padma Boats'";
    let number = app.text(number).await.expect("a company");
    let active = format!(
        "SELECT record->>'status' AS word FROM register_records WHERE register = 'organisations' AND key = '{number}'"
    );
    assert_eq!(app.text(&active).await.as_deref(), Some("active"), "where other services look it up");
    assert_eq!(app.count("SELECT count(*) FROM pool_places").await, 0, "the record takes the place");
    let code = view["certificates"][0]["code"].as_str().expect("a certificate").to_owned();
    let shown = app.request("GET", &format!("/v1/certificates/{code}")).send().await.expect(200).json;
    assert_eq!(shown["state"], "valid");

    let late = Founding::draft(&app, "karim", "padma boats").await;
    late.submit().await.expect(200);
    assert_eq!(late.open().await, ["correct"]);
}

#[actix_web::test]
async fn a_name_is_held_for_sixty_days_and_who_lost_it_is_asked_for_another() {
    let app = TestApp::new().await;
    let first = Founding::paid(&app, &[]).await;
    for (officer, outcome) in [("yasmin", "no_objection"), ("nila", "no_objection"), ("laila", "complete")] {
        first.act(officer, &json!({"outcome": outcome})).await.expect(200);
    }
    app.forward_days(60).await;
    let second = Founding::draft(&app, "salma", "Padma Boats").await;
    second.submit().await.expect(200);
    assert_eq!(second.open().await, ["correct"], "it is held");
    app.forward_days(1).await;
    second.answer("correct", &json!({"form": form("Padma Boats")})).await.expect(200);
    second.pay().await;
    for (officer, outcome) in [("yasmin", "no_objection"), ("nila", "no_objection"), ("laila", "complete")] {
        second.act(officer, &json!({"outcome": outcome})).await.expect(200);
    }
    let register = json!({"outcome": "register"});
    second.act("ayesha", &register).await.expect(200);
    assert_eq!(second.end().await, "registered");
    // Whose name it was hears of it at once, and not of what he enters himself.
    let told = async |who: &str| {
        let messages = app.get(who, "/v1/me/messages?limit=200").await.expect(200).json;
        messages["items"].as_array().into_iter().flatten().filter(|m| m["about"] == "name_taken").count()
    };
    app.until("the first is told", async || (told("rahim").await == 1).then_some(())).await;
    let read = "SELECT count(*) FROM audit_entries WHERE action = 'register.read' AND purpose = 'hearing'";
    assert_eq!(app.count(read).await, 1, "what it heard of was read for it, and that is written down");
    let watched = "SELECT count(*) FROM register_watches WHERE register = 'company_names' AND key = 'padma boats'";
    assert_eq!(app.count(watched).await, 1, "the case that has ended hears no more");
    first.act("ayesha", &register).await.expect(200);
    assert_eq!(
        (first.open().await, first.view().await["decision"].clone()),
        (vec!["another_name".to_owned()], json!("favourable"))
    );
    first.answer("another_name", &json!({"form": form("PADMA boats")})).await.expect(200);
    assert_eq!(first.open().await, ["another_name"]);
    // What was decided stands, but for the name: nothing else is asked for.
    let asked = first.view().await["actions"][0].clone();
    assert_eq!((&asked["wants"], &asked["fields"]), (&json!(["form"]), &json!(["name"])));
    let mut richer = form("Padma Sails");
    richer["capital"] = json!(9_000_000);
    let refused = first.answer("another_name", &json!({"form": richer})).await.expect(422);
    assert_eq!(refused.json["errors"][0]["pointer"], "/form/capital");
    assert_eq!(refused.json["errors"][0]["code"], "not_asked");
    first.answer("another_name", &json!({"form": {"name": "Padma Sails"}})).await.expect(200);
    assert_eq!(first.open().await, ["sign_again"], "nothing is entered that not all have signed");
    for founder in ["rahim", "salma"] {
        first.sign(founder).await.expect(200);
    }
    assert_eq!(first.end().await, "registered", "what was decided stands");
}

#[actix_web::test]
async fn a_number_that_was_entered_by_hand_is_cleared() {
    let app = TestApp::new().await;
    app.execute(
        "INSERT INTO register_records (register, key, version, authority, record, changed_at) \
         SELECT register, 'C-2026-000001', 1, authority, record, changed_at FROM register_records \
         WHERE register = 'organisations' AND key = 'C-100201'",
    )
    .await;
    let case = Founding::paid(&app, &[]).await;
    for (officer, outcome) in
        [("yasmin", "no_objection"), ("nila", "no_objection"), ("laila", "complete"), ("ayesha", "register")]
    {
        case.act(officer, &json!({"outcome": outcome})).await.expect(200);
    }
    assert_eq!(case.open().await, ["announce_by_hand"]);
    case.act("ayesha", &json!({"outcome": "again"})).await.expect(200);
    assert_eq!(case.open().await, ["announce_by_hand"]);
    case.act("sajib", &json!({"outcome": "entered"})).await.expect(200);
    assert_eq!(case.end().await, "registered");
}

#[actix_web::test]
async fn who_enters_a_name_does_not_hear_of_it_himself() {
    let folder = copy("hears-himself");
    let service = folder.join("business-registration/service.yaml");
    // It goes on after the entry, and would hear in any step.
    replace(&service, "      wait: none\n", "      wait: all\n");
    replace(&service, "    while: [opinions, decision]\n", "");
    std::fs::remove_dir_all(folder.join("business-registration/scenarios")).expect("they are of what is shipped");
    let services = folder.to_str().expect("a path").to_owned();
    let app = TestApp::on(empty_database_url(), &[("GUICHET_SERVICES", &services)], machine_now()).await;
    let case = Founding::paid(&app, &[]).await;
    for (officer, outcome) in [("yasmin", "no_objection"), ("nila", "no_objection"), ("laila", "complete")] {
        case.act(officer, &json!({"outcome": outcome})).await.expect(200);
    }
    case.act("ayesha", &json!({"outcome": "register"})).await.expect(200);
    case.until_open(&["taxpayer"]).await;
    app.all_done().await;
    assert_eq!(app.count("SELECT count(*) FROM register_watches").await, 1, "it is open still");
    assert_eq!(app.count("SELECT count(*) FROM case_events WHERE kind = 'happened'").await, 0);
    std::fs::remove_dir_all(folder).expect("removed");
}

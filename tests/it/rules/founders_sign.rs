//! Every founder signs for himself the form as he has read it, and the offices look at it when all have.

use guichet::kernel::clock::machine_now;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::definitions::{copy, replace};
use crate::support::founding::Founding;
use crate::support::mutation::{Mutation, Point, rahim, salma, sharing};
use crate::support::{TestApp, empty_database_url};

fn digest(form: &Value) -> String {
    Sha256::digest(guichet::audit::canonical(form)).iter().map(|b| format!("{b:02x}")).collect()
}

/// A company whose founders are asked to sign.
async fn to_be_signed(app: &TestApp) -> Founding<'_> {
    let case = Founding::draft(app, "rahim", "Padma Boats").await;
    case.submit().await.expect(200);
    case.pay_alone().await;
    case
}

#[actix_web::test]
async fn it_goes_on_when_each_has_signed_what_he_has_read() {
    let app = TestApp::new().await;
    let case = to_be_signed(&app).await;

    // Who filed it is a founder as well, and is asked as one.
    let asked = case.to_sign("rahim").await.expect("he is asked");
    assert_eq!(asked["wants"], json!(["signature"]));
    let href = asked["href"].as_str().expect("an address");
    let form = app.get("rahim", &format!("{}/form", case.path)).await.expect(200).json["form"].clone();
    assert_eq!(asked["signature"], json!(digest(&form)), "anybody who has the form can work it out");

    // Not without one, nor for another form.
    let nothing = app.post("rahim", href, &json!({})).await.expect(422);
    assert_eq!(nothing.json["errors"][0]["pointer"], "/signature", "{}", nothing.json);
    let other =
        app.post("rahim", href, &json!({"signature": digest(&json!({"name": "Meghna Boats"}))})).await.expect(422);
    assert_eq!(other.json["errors"][0]["code"], "not_this_form", "{}", other.json);
    let told = other.json["errors"][0]["message"].as_str().unwrap_or_default();
    assert!(told.contains("another one meanwhile"), "{told}");

    case.sign("rahim").await.expect(200);
    assert_eq!(case.open().await, ["sign"], "the other founder has not signed");
    assert!(case.to_sign("rahim").await.is_none(), "he has signed");
    let again = app.post("rahim", href, &json!({"signature": asked["signature"]})).await.expect(409);
    assert_eq!(again.json["code"], "already_answered");
    // Nobody else is asked.
    for stranger in ["karim", "yasmin"] {
        let refused = app.post(stranger, href, &json!({"signature": asked["signature"]})).await;
        assert!([403, 404].contains(&refused.status), "{stranger}: {}", refused.status);
    }
    case.sign("salma").await.expect(200);
    case.until_open(&["opinions", "tax", "municipality", "papers"]).await;
    let kept = "SELECT count(*) FROM case_events WHERE kind = 'voted'";
    assert_eq!(app.count(kept).await, 2);
}

#[actix_web::test]
async fn only_who_has_not_signed_is_reminded_and_without_him_the_fee_goes_back() {
    let app = TestApp::new().await;
    let case = to_be_signed(&app).await;
    case.sign("rahim").await.expect(200);
    let told = async |who: &str, about: &str| {
        let messages = app.get(who, "/v1/me/messages?limit=200").await.expect(200).json;
        messages["items"].as_array().into_iter().flatten().filter(|m| m["about"] == about).count()
    };
    app.forward_days(13).await;
    app.until("the other founder is reminded", async || (told("salma", "due_soon").await == 1).then_some(())).await;
    assert_eq!(told("rahim", "due_soon").await, 0);
    app.forward_days(3).await;
    app.until("it lapses", async || (case.end().await == "lapsed").then_some(())).await;
    let refunds = async || {
        (app.count("SELECT count(*) FROM payments WHERE direction = 'back' AND amount = 3000").await == 1).then_some(())
    };
    app.until("the fee goes back", refunds).await;
}

const SIGN: &str = "  sign:
    ask: {of: applicant, for: [signature], need: all}
    next: pay_notice
    expires: {after: 7 days, go: lapsed}

  pay_notice:
";

/// Mutations that every buyer signs before the notices are paid.
async fn mutations_that_are_signed() -> (TestApp, std::path::PathBuf) {
    let folder = copy("signatures");
    let service = folder.join("land-mutation/service.yaml");
    replace(
        &service,
        "'sum(form.applicants.share) = 1', go: pay_notice}",
        "'sum(form.applicants.share) = 1', go: sign}",
    );
    replace(&service, "  pay_notice:\n", SIGN);
    for (language, text) in [("en", "step-sign = Signatures\n"), ("bn", "step-sign = স্বাক্ষর\n")] {
        let file = folder.join(format!("land-mutation/texts/{language}.ftl"));
        let texts = std::fs::read_to_string(&file).expect("texts");
        std::fs::write(&file, format!("{text}{texts}")).expect("written");
    }
    std::fs::remove_dir_all(folder.join("land-mutation/scenarios")).expect("they are of what is shipped");
    let services = folder.to_str().expect("a path").to_owned();
    let app = TestApp::on(empty_database_url(), &[("GUICHET_SERVICES", &services)], machine_now()).await;
    (app, folder)
}

#[actix_web::test]
async fn of_several_applicants_each_signs_for_himself_whoever_of_them_applied() {
    let (app, folder) = mutations_that_are_signed().await;
    let buyers = vec![sharing(rahim(), 0.5), sharing(salma(), 0.5)];
    let case = Mutation::of_rahim(&app).buyers(buyers).to(Point::Submitted).await;
    assert_eq!(case.open_steps().await, ["sign"]);
    // Who did not file it signs first: that is no signature of who did.
    for (who, left) in [("salma", "sign"), ("rahim", "pay_notice")] {
        let view = app.get(who, &case.path("")).await.expect(200).json;
        let asked = view["actions"].as_array().into_iter().flatten().find(|a| a["step"] == "sign").cloned();
        let asked = asked.unwrap_or_else(|| panic!("{who} is not asked: {}", view["actions"]));
        let form = app.get(who, &case.path("/form")).await.expect(200).json["form"].clone();
        assert_eq!(asked["signature"], json!(digest(&form)));
        let body = json!({"signature": asked["signature"]});
        app.post(who, asked["href"].as_str().expect("an address"), &body).await.expect(200);
        assert_eq!(case.open_steps().await, [left]);
    }
    std::fs::remove_dir_all(folder).expect("removed");
}

#[actix_web::test]
async fn who_is_a_founder_beside_being_the_applicant_raises_what_either_may() {
    let folder = copy("either-side");
    let both = "events:\n  - {event: remark, by: [founder]}\n  - {event: hurry, by: [applicant]}\n";
    replace(&folder.join("business-registration/service.yaml"), "events:\n", both);
    for language in ["en", "bn"] {
        let texts = folder.join(format!("business-registration/texts/{language}.ftl"));
        replace(&texts, "step-pay", "event-remark = A remark\nevent-hurry = It is urgent\nstep-pay");
    }
    std::fs::remove_dir_all(folder.join("business-registration/scenarios")).expect("they are of what is shipped");
    let services = folder.to_str().expect("a path").to_owned();
    let app = TestApp::on(empty_database_url(), &[("GUICHET_SERVICES", &services)], machine_now()).await;
    let case = Founding::draft(&app, "rahim", "Padma Boats").await;
    case.submit().await.expect(200);
    let offered = async |who: &str| {
        let view = app.get(who, &case.path).await.expect(200).json;
        let all = view["actions"].as_array().into_iter().flatten().filter(|a| a["action"] == "raise_event");
        all.map(|a| a["event"]["id"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(offered("rahim").await, ["hurry", "remark"]);
    assert_eq!(offered("salma").await, ["remark"]);
    for event in ["hurry", "remark"] {
        app.post("rahim", &format!("{}/events", case.path), &json!({"event": event})).await.expect(200);
    }
    app.post("salma", &format!("{}/events", case.path), &json!({"event": "hurry"})).await.expect(403);
    std::fs::remove_dir_all(folder).expect("removed");
}

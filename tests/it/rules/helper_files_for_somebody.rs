//! A helper at a digital centre files for somebody who stands at the counter, and is named for it.

use serde_json::json;

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point, rahim};

#[actix_web::test]
async fn the_case_is_the_citizens_and_the_helper_is_named() {
    let app = TestApp::new().await;
    let case = Mutation::by(&app, "lipi").on_behalf_of(rahim()).to(Point::Opened).await;
    // It is Rahim's own case from the first moment: he sees it among his and goes on himself.
    let own = app.get("rahim", "/v1/cases").await.expect(200).json;
    assert_eq!(own["items"][0]["reference"], case.reference.as_str());
    let named = format!(
        "SELECT count(*) FROM cases c JOIN identities s ON s.person = c.started_by JOIN identities h ON h.person = c.helper \
         WHERE c.id = '{}' AND s.subject = 'rahim' AND h.subject = 'lipi'",
        case.id
    );
    assert_eq!(app.count(&named).await, 1);
    let event =
        format!("SELECT actor->>'helper' AS word FROM case_events WHERE case_id = '{}' ORDER BY seq LIMIT 1", case.id);
    let lipi = app.text("SELECT person::text AS word FROM identities WHERE subject = 'lipi'").await;
    assert_eq!(app.text(&event).await, lipi, "the first event names the helper");
    let channel = event.replace("helper", "channel");
    assert_eq!(app.text(&channel).await.as_deref(), Some("counter"));
    let his = case.read_by("rahim");
    his.go(Point::Opened, Point::NoticePaid).await;
    assert_eq!(his.open_steps().await, ["admit"]);
}

#[actix_web::test]
async fn the_helper_brings_the_papers_in_for_him() {
    let app = TestApp::new().await;
    let case = Mutation::by(&app, "lipi").on_behalf_of(rahim()).to(Point::NoticePaid).await;
    assert_eq!(case.open_steps().await, ["admit"]);
    // What he brings in is entered under his name, at the counter.
    let papers = "SELECT count(*) FROM audit_payloads p JOIN audit_entries e ON e.id = p.entry \
                  WHERE e.action = 'document.add' AND e.outcome = 'done' \
                  AND convert_from(p.bytes, 'UTF8')::jsonb #>> '{actor,helper}' = e.actor::text \
                  AND convert_from(p.bytes, 'UTF8')::jsonb #>> '{actor,channel}' = 'counter'";
    assert!(app.count(papers).await >= 1);
    // Whatever she does or reads in his case, down to paying: entries and events say helper, role and office.
    let post = app.text("SELECT role || ' ' || office AS word FROM posts p JOIN identities i ON i.person = p.person WHERE i.subject = 'lipi'").await;
    let post = post.expect("her post");
    let hers = "FROM audit_entries e JOIN audit_payloads p ON p.entry = e.id JOIN identities i ON i.person = e.actor \
                WHERE i.subject = 'lipi' AND e.case_id IS NOT NULL AND e.outcome = 'done'";
    let named = format!(
        "{hers} AND e.role || ' ' || e.office = '{post}' AND convert_from(p.bytes, 'UTF8')::jsonb #>> '{{actor,helper}}' = e.actor::text"
    );
    assert_eq!(
        app.count(&format!("SELECT count(*) {hers}")).await,
        app.count(&format!("SELECT count(*) {named}")).await
    );
    assert!(app.count(&format!("SELECT count(*) {named} AND e.action = 'payment.begin'")).await >= 1);
    assert!(app.count(&format!("SELECT count(*) {named} AND e.action LIKE '%.read%'")).await >= 1);
    let events = "SELECT count(*) FROM case_events e JOIN identities i ON i.person::text = e.actor->>'person' WHERE i.subject = 'lipi'";
    let under = format!("{events} AND concat_ws(' ', e.actor->>'role', e.actor->>'office') = '{post}'");
    assert!(app.count(events).await >= 1);
    assert_eq!(app.count(events).await, app.count(&under).await);
}

#[actix_web::test]
async fn only_a_helper_files_for_another() {
    let app = TestApp::new().await;
    for who in ["tarek", "mita"] {
        let body = json!({"service": "land-mutation", "submit": true, "on_behalf_of": rahim()});
        app.post(who, "/v1/cases", &body).await.expect(403);
    }
    let wrong = json!({"service": "land-mutation", "submit": true, "on_behalf_of": {"name": "Rahim"}});
    let refused = app.post("lipi", "/v1/cases", &wrong).await.expect(422);
    assert!(refused.faults().iter().all(|(pointer, _)| pointer.starts_with("/on_behalf_of")), "{:?}", refused.faults());
}

#[actix_web::test]
async fn the_helpers_access_ends_with_the_post() {
    let app = TestApp::new().await;
    let case = Mutation::by(&app, "lipi").on_behalf_of(rahim()).to(Point::CourtPaid).await;
    app.get("lipi", &case.path("")).await.expect(200);
    // A post of another kind is none under which one helps.
    let post = "UPDATE posts p SET role = '{}' FROM identities i WHERE i.person = p.person AND i.subject = 'lipi'";
    let role = app
        .text("SELECT role AS word FROM posts p JOIN identities i ON i.person = p.person WHERE i.subject = 'lipi'")
        .await;
    let role = role.expect("her post");
    app.execute(&post.replace("{}", "registrar")).await;
    let gone = async || {
        app.until("her access ends", async || (app.get("lipi", &case.path("")).await.status == 404).then_some(()))
            .await;
    };
    gone().await;
    for closed in ["/form", "/documents", "/fees", "/events"] {
        app.get("lipi", &case.path(closed)).await.expect(404);
    }
    app.post("lipi", &case.path("/submission"), &json!({})).await.expect(404);
    app.execute(&post.replace("{}", &role)).await;
    app.until("she is back", async || (app.get("lipi", &case.path("")).await.status == 200).then_some(())).await;
    app.execute("DELETE FROM posts p USING identities i WHERE i.person = p.person AND i.subject = 'lipi'").await;
    gone().await;
    app.get("rahim", &case.path("")).await.expect(200);
}

#[actix_web::test]
async fn who_is_filed_for_is_stated_as_in_every_form() {
    let app = TestApp::new().await;
    let file = async |stated: serde_json::Value| {
        app.post("lipi", "/v1/cases", &json!({"service": "land-mutation", "submit": true, "on_behalf_of": stated}))
            .await
    };
    let mut odd = rahim();
    odd["identifier"]["type"] = json!("x".repeat(4096));
    odd["surplus"] = json!(1);
    odd["email"] = json!("no address");
    let pointers: Vec<String> = file(odd).await.expect(422).faults().into_iter().map(|(pointer, _)| pointer).collect();
    assert_eq!(pointers, ["/on_behalf_of/email", "/on_behalf_of/identifier/type", "/on_behalf_of/surplus"]);
    assert_eq!(file(json!("Rahim")).await.expect(422).faults()[0].0, "/on_behalf_of");
    assert_eq!(app.count("SELECT count(*) FROM cases").await, 0);
}

#[actix_web::test]
async fn who_signs_for_an_organisation_files_for_nobody_at_the_counter() {
    let app = TestApp::new().await;
    app.execute("INSERT INTO mandates (id, organisation, person, from_day) SELECT gen_random_uuid(), o.id, i.person, '2000-01-01' \
        FROM organisations o, identities i WHERE o.names @> '[{\"full\": \"Nodipur Motors\"}]' AND i.subject = 'lipi'").await;
    let organisation = app.organisation("Nodipur Motors").await;
    let body = json!({"service": "land-mutation", "submit": true, "on_behalf_of": rahim()});
    let refused = app.by("lipi", "POST", "/v1/cases").header("x-acting-for", &organisation).json(&body).send().await;
    assert_eq!(refused.expect(422).faults(), [("/on_behalf_of".to_owned(), "not_expected".to_owned())]);
}

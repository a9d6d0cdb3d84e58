//! The next version of a service while cases of the one before run: it takes new cases from its day, and running ones that
//! fit are taken over where somebody asks for it.

use serde_json::json;

use crate::support::definitions::{copy, replace};
use crate::support::mutation::{Mutation, Point};
use crate::support::process::run;
use crate::support::{TestApp, empty_database_url};

/// The next version: another record fee, the review of records under another name, one more step behind it, and no way for
/// whoever is in the survey.
fn next(folder: &std::path::Path, first: jiff::civil::Date) {
    let service = folder.join("land-mutation/service.yaml");
    replace(&service, "version: \"2026.5\"", &format!("version: \"2027.1\"\napplies_from: {first}"));
    replace(
        &service,
        "  records:\n    task:",
        "  counter_sign:\n    task: {role: kanungo, not_by: [review]}\n    within: 1 working days\n    next: order\n\n  review:\n    task:",
    );
    let text = std::fs::read_to_string(&service).expect("the file");
    let text = text.replace("    next: records\n", "    next: review\n").replace("survey, records", "survey, review");
    let text = text.replace("forms/records", "forms/review");
    // It hears of the record as well.
    let heard =
        "events:\n  - {event: registers.khatians.passed_on, key: form.khatian, while: [review], mark: passed_on}\n";
    assert!(text.contains("\nevents:\n"), "it has events");
    let text = text.replacen("events:\n", heard, 1);
    let text = text.replace("steps.records", "steps.review");
    // The review goes on to the new step.
    let at = text.find("  review:\n").expect("the review");
    let (before, after) = text.split_at(at);
    std::fs::write(&service, format!("{before}{}", after.replacen("      - order\n", "      - counter_sign\n", 1)))
        .expect("written");
    let forms = folder.join("land-mutation/forms");
    std::fs::rename(forms.join("records.schema.json"), forms.join("review.schema.json")).expect("renamed");
    for language in ["en", "bn"] {
        let texts = folder.join(format!("land-mutation/texts/{language}.ftl"));
        replace(
            &texts,
            "step-records =",
            "event-registers-khatians-passed-on = Changed\nstep-counter-sign = Counter-signature\n    .done = Sign\nstep-review =",
        );
    }
    let values = folder.join("land-mutation/params.yaml");
    let tariff = "in force since 1 October 2022: correction of the record\"}\n";
    let dearer = format!("{tariff}    - {{from: {first}, value: 1200.00, basis: A new tariff}}\n");
    replace(&values, tariff, &dearer);
    let moves = folder.join("land-mutation/moves");
    std::fs::create_dir_all(&moves).expect("a folder");
    std::fs::write(moves.join("2026.5.yaml"), "steps: {records: review}\n").expect("written");
    std::fs::remove_dir_all(folder.join("land-mutation/scenarios")).expect("they are of the version before");
}

#[actix_web::test]
async fn running_cases_that_fit_are_taken_over_and_the_others_stay() {
    let url = empty_database_url();
    let folder = copy("next-version");
    // The command goes by the machine's clock.
    let now = guichet::kernel::clock::machine_now();
    let first = now.to_zoned(jiff::tz::TimeZone::get("Asia/Dhaka").expect("a zone")).date();
    let first = first.checked_add(jiff::ToSpan::days(2)).expect("a day");
    let services = folder.to_str().expect("a path").to_owned();
    let app = TestApp::on(url.clone(), &[("GUICHET_SERVICES", &services)], now).await;
    let reviewed = Mutation::of_rahim(&app).to(Point::Surveyed).await;
    let opened = Mutation::of_rahim(&app).plot("BRS-45-12", "119").to(Point::Opened).await;
    assert_eq!(reviewed.open_steps().await, ["records"]);
    let (reviewed_id, opened_id, reference) = (reviewed.id.clone(), opened.id.clone(), reviewed.reference.clone());
    drop(app);

    next(&folder, first);
    let words = |more: &[&'static str]| [&["migrate-cases", "land-mutation", "--to", "2027.1"], more].concat();
    let scratch = crate::support::process::Scratch::new("migrate-cases");
    let data = scratch.text("data");
    let settings = [("DATABASE_URL", url.as_str()), ("GUICHET_SERVICES", &services), ("GUICHET_DATA", &data)];
    let said = |done: &std::process::Output| {
        let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        format!("{out}{err}")
    };
    let rehearsed = run(&words(&["--dry-run"]), &settings);
    assert!(rehearsed.status.success(), "{}", said(&rehearsed));
    assert!(said(&rehearsed).contains(&format!("{reference}: fits")), "{}", said(&rehearsed));
    let unknown = run(&["migrate-cases", "land-mutation", "--to", "9"], &settings);
    assert!(
        !unknown.status.success() && said(&unknown).contains("no version 9 of `land-mutation`"),
        "{}",
        said(&unknown)
    );

    let app = TestApp::on(url.clone(), &[("GUICHET_SERVICES", &services)], now).await;
    let version =
        async |id: &str| app.get("rahim", &format!("/v1/cases/{id}")).await.expect(200).json["version"].clone();
    assert_eq!(version(&reviewed_id).await, "2026.5", "a rehearsal changes nothing");
    // The day before, new cases begin under the old one.
    assert_eq!(Mutation::of_rahim(&app).draft().await.view().await["version"], "2026.5");
    let surveyed = Mutation::of_rahim(&app).plot("BRS-45-12", "119").to(Point::Reported).await;
    let surveyed_id = surveyed.id.clone();
    app.execute(&format!(
        "UPDATE cases SET flow = jsonb_set(flow, '{{holds}}', '[\"court\"]') WHERE id = '{surveyed_id}'"
    ))
    .await;
    let moved = run(&words(&[]), &settings);
    assert!(moved.status.success(), "{}", said(&moved));
    assert!(said(&moved).contains(&format!("{reference}: moved")), "{}", said(&moved));
    assert!(said(&moved).contains("stays, it stands still"), "{}", said(&moved));
    assert_eq!(version(&reviewed_id).await, "2027.1");
    assert_eq!(version(&opened_id).await, "2027.1");
    assert_eq!(version(&surveyed_id).await, "2026.5");
    let watched =
        format!("SELECT count(*) FROM register_watches WHERE case_id = '{reviewed_id}' AND key = 'BRS-45-12'");
    assert_eq!(app.count(&watched).await, 1, "what the new version hears of is kept from then on");
    let events = app.get("rahim", &format!("/v1/cases/{reviewed_id}/events?limit=200")).await.expect(200).json;
    assert!(events.to_string().contains("\"migrated\""), "{events}");
    crate::around::agrees_where_kept(&app).await;
    assert!(app.audit().await.iter().filter(|entry| entry.contains("case.migrate")).count() >= 2);
    let again = run(&words(&[]), &settings);
    assert!(said(&again).contains("0 moved"), "{}", said(&again));

    // It goes on by the new rules, in the queue of the new step.
    let reviewed = Mutation::of_rahim(&app).resumed(&reviewed_id);
    let line = app.get("kamal", "/v1/tasks?step=review").await.expect(200).json;
    assert!(line.to_string().contains(&reviewed_id), "{line}");
    reviewed.act("kamal", "review", &json!({"answers": {"chain_complete": true}})).await.expect(200);
    assert_eq!(reviewed.open_steps().await, ["counter_sign"]);
    // From its first day new cases begin under it.
    app.forward_days(2).await;
    assert_eq!(Mutation::of_rahim(&app).draft().await.view().await["version"], "2027.1");
    std::fs::remove_dir_all(folder).expect("removed");
}

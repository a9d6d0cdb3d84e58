//! What a published version may still become: dated values are added to, never changed; the newest publication counts.

use guichet::postgres::migrate;

use crate::replicas::start;
use crate::support::definitions::{copy, replace};
use crate::support::mutation::Mutation;
use crate::support::{TestApp, at, bare_database_url, empty_database_url};

const PARAMS: &str = "land-mutation/params.yaml";
const COURT_FEE: &str = "    - {from: 2022-10-01, value: 20.00, basis: \"Tariff of cashless mutation, in force since 1 October 2022: court fee\"}\n";

#[actix_web::test]
async fn a_value_that_is_in_force_is_not_changed_under_the_same_version() {
    let app = TestApp::new().await;
    for (name, to) in [("altered", COURT_FEE.replace("20.00", "25.00")), ("deleted", String::new())] {
        let folder = copy(name);
        replace(&folder.join(PARAMS), COURT_FEE, &to);
        // The scenarios of the tariff would speak first.
        std::fs::remove_dir_all(folder.join("land-mutation/scenarios")).expect("removed");
        let sentence = start(&app.database_url, &folder).await.expect_err("refused");
        assert!(sentence.contains("`court_fee`: what holds from 2022-10-01 is in force under version"), "{sentence}");
        std::fs::remove_dir_all(folder).expect("removed");
    }
    // Nor is a day that has passed given another value afterwards; one to come is.
    for (day, taken) in [("2026-07-01", false), ("2026-09-01", true)] {
        let folder = copy(day);
        let more = format!("{COURT_FEE}    - {{from: {day}, value: 25.00, basis: \"Another tariff\"}}\n");
        replace(&folder.join(PARAMS), COURT_FEE, &more);
        std::fs::remove_dir_all(folder.join("land-mutation/scenarios")).expect("removed");
        let done = start(&app.database_url, &folder).await;
        assert_eq!(done.is_ok(), taken, "{day}: {done:?}");
        std::fs::remove_dir_all(folder).expect("removed");
    }
}

#[actix_web::test]
async fn a_value_holds_on_the_first_day_of_its_service() {
    let url = bare_database_url();
    migrate(&url).await.expect("migrated");
    let folder = copy("first-day");
    replace(
        &folder.join(PARAMS),
        "court_fee:\n",
        "spare:\n  values: [{from: 2026-08-04, value: 1, basis: A tariff}]\ncourt_fee:\n",
    );
    let sentence = start(&url, &folder).await.expect_err("refused");
    assert!(sentence.contains("`spare` has no value on 2026-08-03, the first day of the service"), "{sentence}");
    std::fs::remove_dir_all(folder).expect("removed");
}

#[actix_web::test]
async fn of_two_versions_with_one_first_day_the_one_published_later_counts() {
    let url = empty_database_url();
    let folder = copy("versions");
    let service = folder.join("land-mutation/service.yaml");
    replace(&service, "version: \"2026.5\"", "version: \"2026.9\"");
    start(&url, &folder).await.expect("published");
    replace(&service, "version: \"2026.9\"", "version: \"2026.10\"");
    let settings = [("GUICHET_SERVICES", folder.to_str().expect("a path"))];
    let app = TestApp::on(url, &settings, at("2026-08-03T10:00:00+06:00")).await;
    let case = Mutation::of_rahim(&app).draft().await;
    assert_eq!(case.view().await["version"], "2026.10");
    std::fs::remove_dir_all(folder).expect("removed");
}

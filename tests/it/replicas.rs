//! Several servers on one database: they start at once, publish once, and agree on what is published.

use std::path::Path;
use std::sync::Arc;

use futures_util::future::join_all;
use guichet::cli::context;
use guichet::kernel::{Clock, Error};
use guichet::postgres::migrate;

use crate::support::definitions::{copy, replace};
use crate::support::{TestApp, at, bare_database_url, services, settings};

/// Opens the database as a server does that reads its definitions from a folder.
pub async fn start(url: &str, folder: &Path) -> Result<(), String> {
    let clock = Arc::new(Clock::frozen(at("2026-08-03T10:00:00+06:00")));
    let settings = settings(&[("GUICHET_SERVICES", &folder.display().to_string()), ("GUICHET_DATABASE_POOL", "3")]);
    match context(settings, url, clock).await {
        Ok(_) => Ok(()),
        Err(Error::Internal(source)) => Err(source.to_string()),
        Err(other) => Err(other.to_string()),
    }
}

async fn one(url: &str, query: &str) -> String {
    #[derive(diesel::QueryableByName)]
    struct Word {
        #[diesel(sql_type = diesel::sql_types::Text)]
        word: String,
    }
    let mut connection = guichet::postgres::connect(url).await.expect("the database answers");
    let row: Word =
        diesel_async::RunQueryDsl::get_result(diesel::sql_query(query), &mut connection).await.expect("a row");
    row.word
}

#[actix_web::test]
async fn ten_replicas_start_at_once_on_an_empty_database() {
    let url = bare_database_url();
    let folder = services();
    let begin = async || {
        migrate(&url).await.map_err(|e| e.to_string())?;
        start(&url, &folder).await
    };
    for done in join_all((0..10).map(|_| begin())).await {
        done.expect("started");
    }
    let versions = "SELECT string_agg(service || ' ' || version, ', ' ORDER BY service) AS word FROM service_versions";
    assert_eq!(
        one(&url, versions).await,
        "business-registration 2026.4, deed-registration 2026.2, land-appeal 2026.2, land-mutation 2026.5, land-review 2026.1, residence-certificate 2026.1, standard-appeal 2026.1, tax-registration 2026.1, trade-licence 2026.2"
    );
    assert_eq!(one(&url, "SELECT count(*)::text AS word FROM checked_definitions").await, "1");
    assert_eq!(one(&url, "SELECT count(*)::text AS word FROM countries").await, "1");
    assert_eq!(one(&url, "SELECT count(*)::text AS word FROM text_corrections").await, "0");
    assert_eq!(one(&url, "SELECT count(*)::text AS word FROM identities WHERE subject = 'rahim'").await, "1");
    assert_eq!(one(&url, "SELECT count(*)::text AS word FROM register_versions GROUP BY register, key, version ORDER BY count(*) DESC LIMIT 1").await, "1");
}

/// The hash of a folder by which it is known: path and text of each file, with their lengths.
fn hash(folder: &Path) -> String {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    let mut parts: Vec<String> = guichet::catalogue::folder::read(folder)
        .expect("a folder")
        .into_iter()
        .flat_map(|(path, text)| [path, text])
        .collect();
    // A newer product looks again.
    parts.extend(["product".to_owned(), env!("CARGO_PKG_VERSION").to_owned()]);
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}

#[actix_web::test]
async fn what_was_found_in_order_is_not_checked_again() {
    let url = bare_database_url();
    migrate(&url).await.expect("migrated");
    let folder = copy("unchanged");
    start(&url, &folder).await.expect("started");
    assert_eq!(one(&url, "SELECT encode(hash, 'hex') AS word FROM checked_definitions").await, hash(&folder));
    // Only a check plays scenarios: one that does not come out stops the start where, and only where, it is checked.
    replace(&folder.join("residence-certificate/scenarios/confirmed_by_a_clerk.yaml"), "end: issued", "end: refused");
    let sentence = start(&url, &folder).await.expect_err("checked, since it changed");
    assert!(sentence.contains("confirmed_by_a_clerk.yaml"), "{sentence}");
    let known = format!("INSERT INTO checked_definitions (hash) VALUES ('\\x{}') RETURNING '' AS word", hash(&folder));
    one(&url, &known).await;
    start(&url, &folder).await.expect("known, so not checked");
    std::fs::remove_dir_all(folder).expect("removed");
}

#[actix_web::test]
async fn a_changed_definition_under_the_same_version_stops_the_start() {
    let app = TestApp::new().await;
    let folder = copy("changed");
    replace(&folder.join("residence-certificate/service.yaml"), "years: 5", "years: 6");
    let sentence = start(&app.database_url, &folder).await.expect_err("refused");
    assert!(sentence.contains("residence-certificate") && sentence.contains("2026.1"), "{sentence}");
    assert!(sentence.contains("new version"), "{sentence}");
    assert_eq!(app.count("SELECT count(*) FROM checked_definitions").await, 1, "nothing half done");
    // Under a new version it is another definition, and both are known.
    replace(&folder.join("residence-certificate/service.yaml"), "2026.1", "2026.2");
    start(&app.database_url, &folder).await.expect("published");
    let versions = "SELECT count(*) FROM service_versions WHERE service = 'residence-certificate'";
    assert_eq!(app.count(versions).await, 2);
    std::fs::remove_dir_all(folder).expect("removed");
}

#[actix_web::test]
async fn corrected_texts_are_taken_and_what_stood_there_is_kept() {
    let app = TestApp::new().await;
    let folder = copy("texts");
    let texts = folder.join("residence-certificate/texts/en.ftl");
    let old = std::fs::read_to_string(&texts).expect("texts");
    let line = old.lines().find(|l| l.starts_with("service = ")).expect("the title").to_owned();
    replace(&texts, &line, "service = Proof of where one lives");
    start(&app.database_url, &folder).await.expect("taken");
    let now = "SELECT files->>'residence-certificate/texts/en.ftl' AS word FROM service_versions WHERE service = 'residence-certificate'";
    assert!(app.text(now).await.expect("texts").contains("Proof of where one lives"));
    let before = "SELECT files->>'residence-certificate/texts/en.ftl' AS word FROM text_corrections WHERE service = 'residence-certificate'";
    assert_eq!(app.text(before).await.expect("a trail"), old);
    assert_eq!(app.count("SELECT count(*) FROM text_corrections").await, 1);
    std::fs::remove_dir_all(folder).expect("removed");
}

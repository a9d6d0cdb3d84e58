//! What `guichet restore` brings back, and when it touches nothing.

use std::fs;
use std::path::Path;

use serde_json::Value;

use super::{Place, back_up, succeeded};
use crate::object_store::Bucket;
use crate::support::mutation::{Mutation, Point};
use crate::support::process::{Scratch, Server, complaint, refused};
use crate::support::residence::{CLERK, RESIDENT};
use crate::support::{MONDAY, TestApp, at, database_url};

/// Changes one byte in the middle of a file.
fn damage(file: &Path) {
    let mut bytes = fs::read(file).expect("the part");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(file, bytes).expect("written");
}

#[actix_web::test]
async fn what_is_damaged_or_does_not_fit_is_refused_before_anything_is_done() {
    let app = TestApp::new().await;
    app.residence(RESIDENT).await;
    let case = app.draft("rahim", "land-mutation").await;
    let photo = crate::support::mutation::jpeg();
    app.upload("rahim", &case, "kind=photo&file_name=a.jpg", "image/jpeg", &photo).await.expect(201);
    let scratch = Scratch::new("restore");
    let good = scratch.path("good");
    succeeded(&back_up(&app, &good, &[]));
    let place = Place::new(&scratch, "target");

    let content = fs::read_to_string(good.join("documents.sha256")).expect("the list");
    let content = content.trim_end().split_once("  ").expect("a line").1.to_owned();
    let whole = |name: &str| fs::read(good.join(name)).expect("a part");
    for name in ["database.dump", "documents.sha256", "keys.sealed", &content] {
        let kept = whole(name);
        damage(&good.join(name));
        // The keys are looked at first, and do not open.
        place.refuses(&good, if name == "keys.sealed" { "keys of" } else { "damaged" });
        fs::write(good.join(name), &kept[..kept.len() - 1]).expect("written");
        place.refuses(&good, if name == "keys.sealed" { "keys of" } else { "damaged" });
        fs::remove_file(good.join(name)).expect("removed");
        place.refuses(&good, name.rsplit('/').next().unwrap_or(name));
        fs::write(good.join(name), kept).expect("written");
    }
    let manifest = whole("manifest.json");
    fs::remove_file(good.join("manifest.json")).expect("removed");
    place.refuses(&good, "holds no backup");
    let mut later: Value = serde_json::from_slice(&manifest).expect("JSON");
    later["migrations"].as_array_mut().expect("a list").push("20991231000001".into());
    fs::write(good.join("manifest.json"), later.to_string()).expect("written");
    place.refuses(&good, "use that one");
    let mut later: Value = serde_json::from_slice(&manifest).expect("JSON");
    later["pg_dump"] = 99.into();
    fs::write(good.join("manifest.json"), later.to_string()).expect("written");
    place.refuses(&good, "PostgreSQL 99");
    fs::write(good.join("manifest.json"), &manifest).expect("written");

    let said = complaint(&place.restore(&good, &[("GUICHET_BACKUP_PASSPHRASE", "correct horse battery stable")]));
    assert!(said.contains("GUICHET_BACKUP_PASSPHRASE does not open"), "{said}");
    let said = complaint(&place.restore(&good, &[("GUICHET_BACKUP_PASSPHRASE", "")]));
    assert!(said.contains("GUICHET_BACKUP_PASSPHRASE must be set"), "{said}");
    place.refuses(&scratch.path("nowhere"), "holds no backup");
    assert_eq!(place.tables().await, 0, "nothing was done");

    // After all of that it is still as good as it was.
    let said = succeeded(&place.restore(&good, &[]));
    assert!(said.contains("1 contents"), "{said}");
    assert!(place.tables().await > 20);
}

#[actix_web::test]
async fn only_an_empty_place_is_restored_into() {
    let app = TestApp::new().await;
    let case = app.draft("rahim", "land-mutation").await;
    let photo = crate::support::mutation::jpeg();
    app.upload("rahim", &case, "kind=photo&file_name=a.jpg", "image/jpeg", &photo).await.expect(201);
    let scratch = Scratch::new("restore");
    let copy = scratch.path("copy");
    succeeded(&back_up(&app, &copy, &[]));

    let full = Place { data: scratch.text("full"), database_url: database_url() };
    full.refuses(&copy, "the database is not empty, it holds");
    for statement in ["CREATE TABLE mine (a int)", "CREATE SCHEMA other; CREATE VIEW other.mine AS SELECT 1 AS a"] {
        let place = Place::new(&scratch, "some");
        place.execute(statement).await;
        place.refuses(&copy, "mine");
    }

    let place = Place::new(&scratch, "target");
    let refused_with = |words: &str| {
        let said = complaint(&place.restore(&copy, &[]));
        assert!(said.contains(words), "`{words}` is not in: {said}");
    };
    guichet::access::Keys::open(Path::new(&place.data)).expect("keys are made");
    let kept = fs::read(scratch.path("target/keys/identifiers.key")).expect("a key");
    refused_with("there are keys in");
    assert_eq!(fs::read(scratch.path("target/keys/identifiers.key")).expect("a key"), kept);
    fs::remove_dir_all(scratch.path("target/keys")).expect("removed");
    fs::create_dir_all(scratch.path("target/documents/sha256/ab")).expect("a folder");
    fs::write(scratch.path("target/documents/sha256/ab/abcd"), "a content").expect("a file");
    refused_with("there are documents in");
    fs::remove_file(scratch.path("target/documents/sha256/ab/abcd")).expect("removed");
    assert_eq!(place.tables().await, 0);

    // Empty folders and a role that is there are in nobody's way.
    succeeded(&place.restore(&copy, &[]));
    refused_with("there are keys in");
}

#[actix_web::test]
async fn a_restore_that_was_cut_off_is_not_taken_for_a_whole_one() {
    let app = TestApp::new().await;
    let case = app.draft("rahim", "land-mutation").await;
    let photo = crate::support::mutation::jpeg();
    app.upload("rahim", &case, "kind=photo&file_name=a.jpg", "image/jpeg", &photo).await.expect(201);
    let scratch = Scratch::new("restore");
    let copy = scratch.path("copy");
    succeeded(&back_up(&app, &copy, &[]));

    // The database takes everything but what it refuses in the end: nothing of it stays.
    let place = Place::new(&scratch, "target");
    let refuse = "CREATE FUNCTION pg_temp.no() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN \
                  RAISE EXCEPTION 'no room'; END $$;";
    let refuse = refuse.replace("pg_temp", "pg_catalog");
    place
        .execute(&format!(
            "SET allow_system_table_mods = on; {refuse} CREATE EVENT TRIGGER no ON ddl_command_end \
             WHEN TAG IN ('CREATE TRIGGER') EXECUTE FUNCTION pg_catalog.no()"
        ))
        .await;
    let said = complaint(&place.restore(&copy, &[]));
    assert!(said.contains("pg_restore") && said.contains("no room"), "{said}");
    place.execute("DROP EVENT TRIGGER no").await;
    assert_eq!(place.tables().await, 0, "whole or not at all");

    let sentence = "did not end. Remove";
    let again = complaint(&place.restore(&copy, &[]));
    assert!(again.contains(sentence) && again.contains(&place.data), "{again}");
    let served = refused(Path::new(&place.data), &[("DATABASE_URL", &place.database_url)]);
    assert!(served.contains(sentence), "a server does not start on half of it: {served}");
    assert_eq!(place.tables().await, 0);

    // What the sentence says is enough.
    for name in ["keys", "documents"] {
        fs::remove_dir_all(scratch.path("target").join(name)).expect("removed");
    }
    fs::remove_file(scratch.path("target/restore.unfinished")).expect("removed");
    succeeded(&place.restore(&copy, &[]));
    assert!(!scratch.path("target/restore.unfinished").exists());
}

#[actix_web::test]
async fn a_server_starts_on_what_was_restored() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Issued).await;
    let (before, code) = (case.view().await, case.certificate("khatian").await);
    let token = app.get("rahim", &format!("/v1/certificates/{code}/token")).await.expect(200).bytes;
    let scratch = Scratch::new("restore");
    succeeded(&back_up(&app, &scratch.path("copy"), &[]));
    let place = Place::new(&scratch, "target");
    succeeded(&place.restore(&scratch.path("copy"), &[]));

    // Twice, as the first start brings the database up.
    for _ in 0..2 {
        let server = Server::start(Path::new(&place.data), &[("DATABASE_URL", &place.database_url)]).await;
        let after = server.get("rahim", &case.path("")).await.expect(200).json;
        assert_eq!(after["steps"], before["steps"]);
        assert_eq!(after["status"], "closed");
        let said = String::from_utf8(token.clone()).expect("text");
        server.keys.verify_own(&said).expect("signed before, verified after");
        server.stop();
    }
    for statement in ["UPDATE case_events SET kind = 'told'", "TRUNCATE audit_entries"] {
        let mut connection = guichet::postgres::connect(&place.database_url).await.expect("the database answers");
        let refused = diesel_async::SimpleAsyncConnection::batch_execute(&mut connection, statement).await;
        assert!(refused.expect_err("append-only").to_string().contains("append-only"), "{statement}");
    }
}

#[actix_web::test]
async fn whoever_owns_the_database_restores_it() {
    let app = TestApp::new().await;
    app.residence(RESIDENT).await;
    let scratch = Scratch::new("restore");
    succeeded(&back_up(&app, &scratch.path("copy"), &[]));
    let mut place = Place::new(&scratch, "target");
    let name = place.database_url.split(['/', '?']).nth(3).expect("the database's name").to_owned();
    let role = format!("owner_of_{name}");
    let owner = format!(
        "CREATE ROLE {role} LOGIN PASSWORD 'a=b c'; ALTER DATABASE {name} OWNER TO {role}; \
         GRANT guichet_server, guichet_eraser TO {role}"
    );
    place.execute(&owner).await;
    let (_, rest) = place.database_url.split_once('@').expect("a password");
    place.database_url = format!("postgresql://{role}:a%3Db%20c@{rest}");
    succeeded(&place.restore(&scratch.path("copy"), &[]));
    assert!(place.tables().await > 20);
    let owned = "DO $$ BEGIN ASSERT (SELECT tableowner = current_user FROM pg_tables WHERE tablename = 'cases'); \
                 ASSERT has_table_privilege('guichet_server', 'cases', 'UPDATE'); \
                 ASSERT NOT has_table_privilege('guichet_server', 'case_events', 'UPDATE'); END $$";
    place.execute(owned).await;
}

#[actix_web::test]
async fn documents_go_from_one_bucket_into_another() {
    let (from, to) = (Bucket::start(), Bucket::start());
    let app = from.app().await;
    assert_eq!(to.ask("PUT", "/papers").await.0, 200, "the bucket is made");
    let case = Mutation::of_rahim(&app).to(Point::NoticePaid).await;
    let scratch = Scratch::new("restore");
    let copy = scratch.path("copy");
    let settings = |bucket: &Bucket| {
        let pairs = [
            ("GUICHET_S3_ENDPOINT", bucket.url.clone()),
            ("GUICHET_S3_BUCKET", "papers".to_owned()),
            ("GUICHET_S3_ACCESS_KEY", "key".to_owned()),
            ("GUICHET_S3_SECRET_KEY", "secret".to_owned()),
        ];
        pairs.to_vec()
    };
    let (source, target) = (settings(&from), settings(&to));
    let source: Vec<(&str, &str)> = source.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let target: Vec<(&str, &str)> = target.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let said = succeeded(&back_up(&app, &copy, &source));
    assert!(said.contains("5 contents"), "{said}");

    let place = Place::new(&scratch, "target");
    let full = complaint(&place.restore(&copy, &source));
    assert!(full.contains("an empty bucket"), "{full}");
    succeeded(&place.restore(&copy, &target));
    let (_, listing) = to.ask("GET", "/papers?list-type=2").await;
    assert_eq!(listing.matches("<Key>").count(), 5, "{listing}");
    let (papers, now) = (app.get("rahim", &case.path("/documents")).await.expect(200).json, at(MONDAY));
    let restored = TestApp::on(place.database_url.clone(), &target, now).await;
    for paper in papers["items"].as_array().expect("papers") {
        let path = format!("/v1/documents/{}", paper["id"].as_str().expect("an id"));
        let (before, after) =
            (app.get("rahim", &path).await.expect(200), restored.get("rahim", &path).await.expect(200));
        assert_eq!(after.bytes, before.bytes);
    }
    assert_eq!(restored.get(CLERK, &case.path("")).await.status, 404, "the policy came along");
}

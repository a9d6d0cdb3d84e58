//! What `guichet backup` writes, and when it writes nothing.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::{PASSPHRASE, back_up, succeeded};
use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point};
use crate::support::process::{Scratch, complaint, run};
use crate::support::residence::JPEG;

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

#[actix_web::test]
async fn a_backup_is_its_owners_alone_and_tells_no_secret() {
    let app = TestApp::new().await;
    Mutation::of_rahim(&app).to(Point::NoticePaid).await;
    let scratch = Scratch::new("backup");
    let folder = scratch.path("copy");
    let said = succeeded(&back_up(&app, &folder, &[]));
    assert!(said.contains("5 contents") && said.contains("encrypted"), "{said}");

    let mode = |path: &Path| fs::metadata(path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!((mode(&folder), mode(&folder.join("documents"))), (0o700, 0o700));
    let all = files(&folder);
    assert_eq!(all.len(), 4 + 5, "{all:?}");
    assert!(all.iter().all(|file| mode(file) == 0o600), "{all:?}");

    // The list is what an operator can check with the tools of his system.
    let check = std::process::Command::new("sha256sum")
        .args(["--check", "--strict", "--quiet", "documents.sha256"])
        .current_dir(&folder)
        .output()
        .expect("sha256sum runs");
    assert!(check.status.success(), "{}", complaint(&check));

    let manifest = fs::read_to_string(folder.join("manifest.json")).expect("the manifest");
    let manifest: serde_json::Value = serde_json::from_str(&manifest).expect("JSON");
    assert_eq!(manifest["tables"]["documents"], 5);
    assert_eq!(manifest["tables"]["cases"], 1);
    assert_eq!(manifest["documents"]["contents"], 5);
    assert!(manifest["parts"]["database.dump"]["bytes"].as_u64().is_some_and(|bytes| bytes > 1_000));

    let secret = fs::read(app.running.ctx.settings.data.join("keys/identifiers.key")).expect("a key");
    let sealed = fs::read_to_string(folder.join("keys.sealed")).expect("text");
    assert!(!sealed.contains("PRIVATE KEY"), "{sealed}");
    for file in all {
        let bytes = fs::read(&file).expect("a file");
        assert!(!bytes.windows(secret.len()).any(|window| window == secret), "{}", file.display());
        assert!(!bytes.windows(PASSPHRASE.1.len()).any(|w| w == PASSPHRASE.1.as_bytes()), "{}", file.display());
    }
}

#[actix_web::test]
async fn a_content_that_is_lost_is_told_by_its_documents_and_there_is_no_backup() {
    let app = TestApp::new().await;
    let case = app.draft("rahim", "land-mutation").await;
    // Its own content, as others are looked for by other tests.
    let bytes = [JPEG, app.database_url.as_bytes()].concat();
    let made = app.upload("rahim", &case, "kind=photo&file_name=a.jpg", "image/jpeg", &bytes).await.expect(201).json;
    let (id, hash) = (made["id"].as_str().expect("an id"), made["sha256"].as_str().expect("a hash"));
    let content = app.running.ctx.settings.data.join("documents/sha256").join(&hash[..2]).join(hash);
    fs::remove_file(&content).expect("the content");

    let scratch = Scratch::new("backup");
    let folder = scratch.path("copy");
    let done = back_up(&app, &folder, &[]);
    let said = complaint(&done);
    assert_eq!(done.status.code(), Some(1), "{said}");
    assert!(said.contains(id) && said.contains(hash), "{said}");
    assert!(!folder.join("manifest.json").exists());
    let again = complaint(&back_up(&app, &folder, &[]));
    assert!(again.contains("was cut off"), "{again}");

    // A content that is another than it was is no better.
    fs::write(&content, b"something else").expect("written");
    let said = complaint(&back_up(&app, &scratch.path("altered"), &[]));
    assert!(said.contains("altered") && said.contains(hash), "{said}");
    assert!(!scratch.path("altered/manifest.json").exists());
    fs::write(&content, bytes).expect("written");
    succeeded(&back_up(&app, &scratch.path("whole"), &[]));
}

#[actix_web::test]
async fn what_the_operator_said_is_looked_at_first() {
    let app = TestApp::new().await;
    let scratch = Scratch::new("backup");
    let refused = |folder: &str, more: &[(&str, &str)], words: &str| {
        let said = complaint(&back_up(&app, &scratch.path(folder), more));
        assert!(said.starts_with("guichet: ") && said.contains(words), "`{words}` is not in: {said}");
        assert!(!scratch.path(folder).join("manifest.json").exists());
    };
    refused("copy", &[("GUICHET_BACKUP_PASSPHRASE", "")], "GUICHET_BACKUP_PASSPHRASE must be set");
    refused("copy", &[("GUICHET_BACKUP_PASSPHRASE", "short")], "at least 16 characters");
    refused("copy", &[("GUICHET_DATA", &scratch.text("nowhere"))], "set GUICHET_DATA to the folder of the server");
    refused("copy", &[("DATABASE_URL", &crate::support::bare_database_url())], "no database of Guichet");
    refused("copy", &[("PG_BIN_DIR", &scratch.text("nowhere"))], "pg_dump of PostgreSQL");
    fs::create_dir(scratch.path("full")).expect("a folder");
    fs::write(scratch.path("full/letter.txt"), "dear").expect("a file");
    refused("full", &[], "is not empty");
    assert_eq!(files(&scratch.path("full")).len(), 1);

    // Neither keys nor a database are made for a backup.
    let data = app.running.ctx.settings.data.display().to_string();
    let settings = [PASSPHRASE, ("GUICHET_DATA", data.as_str())];
    let said = complaint(&run(&["backup", &scratch.text("copy")], &settings));
    assert!(said.contains("there is no database in") && !Path::new(&data).join("postgres").exists(), "{said}");
    assert!(!scratch.path("nowhere").exists());

    succeeded(&back_up(&app, &scratch.path("copy"), &[]));
    refused_over(&app, &scratch.path("copy"));
}

fn refused_over(app: &TestApp, folder: &Path) {
    let before = fs::read(folder.join("manifest.json")).expect("the manifest");
    let said = complaint(&back_up(app, folder, &[]));
    assert!(said.contains("holds a backup already"), "{said}");
    assert_eq!(fs::read(folder.join("manifest.json")).expect("the manifest"), before);
}

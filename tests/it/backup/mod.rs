//! Backups and what comes back of them, through the program itself.

mod drill;
mod restore;
mod take;

use std::path::Path;
use std::process::Output;

use diesel_async::SimpleAsyncConnection;

use crate::support::process::{Scratch, complaint, run};
use crate::support::{TestApp, bare_database_url};

/// What keys are encrypted under here.
pub const PASSPHRASE: (&str, &str) = ("GUICHET_BACKUP_PASSPHRASE", "correct horse battery staple");

/// `guichet backup` beside the server of a test.
pub fn back_up(app: &TestApp, folder: &Path, more: &[(&str, &str)]) -> Output {
    let data = app.running.ctx.settings.data.display().to_string();
    let own = [PASSPHRASE, ("GUICHET_DATA", &data), ("DATABASE_URL", &app.database_url)];
    run(&["backup", &folder.display().to_string()], &[&own[..], more].concat())
}

/// Where a backup is to go: a folder that is not there yet, and a database with nothing in it.
pub struct Place {
    pub data: String,
    pub database_url: String,
}

impl Place {
    pub fn new(scratch: &Scratch, name: &str) -> Self {
        Self { data: scratch.text(name), database_url: bare_database_url() }
    }

    pub fn restore(&self, folder: &Path, more: &[(&str, &str)]) -> Output {
        let own = [PASSPHRASE, ("GUICHET_DATA", self.data.as_str()), ("DATABASE_URL", self.database_url.as_str())];
        run(&["restore", &folder.display().to_string()], &[&own[..], more].concat())
    }

    /// Refused with one sentence that holds these words, and nothing was done.
    #[track_caller]
    pub fn refuses(&self, folder: &Path, words: &str) {
        let done = self.restore(folder, &[]);
        let said = complaint(&done);
        assert_eq!(done.status.code(), Some(1), "{said}");
        assert!(said.starts_with("guichet: ") && said.contains(words), "`{words}` is not in: {said}");
        assert!(!Path::new(&self.data).exists(), "nothing was made: {said}");
    }

    /// Changes something there, as the owner of the database.
    pub async fn execute(&self, statement: &str) {
        let mut connection = guichet::postgres::connect(&self.database_url).await.expect("the database answers");
        connection.batch_execute(statement).await.unwrap_or_else(|e| panic!("{statement}: {e}"));
    }

    /// How many tables are there.
    pub async fn tables(&self) -> usize {
        let target = guichet::postgres::archive::Snapshot::take(&self.database_url, 0).await;
        target.expect("the database answers").tables().await.expect("its tables").len()
    }
}

#[track_caller]
pub fn succeeded(done: &Output) -> String {
    assert!(done.status.success(), "{}", complaint(done));
    assert_eq!(complaint(done), "");
    String::from_utf8_lossy(&done.stdout).into_owned()
}

//! The role behind `DATABASE_URL`: it owns the database and makes roles or is a member of ours, and is no superuser.

use guichet::postgres::launcher::{Embedded, Launcher};
use guichet::postgres::{Database, connect, migrate};

use crate::support::apart;

const ROOT: &str = "the owner's own superuser";

/// A cluster in which none of our roles is there yet.
struct Cluster {
    embedded: Option<Embedded>,
    folder: std::path::PathBuf,
}

impl Cluster {
    fn new() -> Self {
        let folder = std::env::temp_dir().join(format!("guichet-owner-{}", std::process::id()));
        let mut launcher = Launcher::new("guichet-owner", folder.join("pg"));
        launcher.settings = vec![("shared_buffers".into(), "16MB".into())];
        launcher.fallback = folder.join("fallback");
        let embedded = launcher.start().unwrap_or_else(|e| panic!("{e}"));
        Self { embedded: Some(embedded), folder }
    }

    fn url(&self, database: &str) -> String {
        self.embedded.as_ref().expect(ROOT).url(database)
    }

    /// The URL of a new database, as its owner, who may do no more than `rights` say.
    fn owned(&self, name: &str, rights: &str) -> String {
        self.admin(&format!("CREATE ROLE {name} LOGIN {rights} PASSWORD 'pw'"));
        self.admin(&format!("CREATE DATABASE {name} OWNER {name}"));
        let url = self.url(name);
        let (_, rest) = url.split_once('@').expect("a user");
        format!("postgresql://{name}:pw@{rest}")
    }

    fn admin(&self, statement: &str) {
        let (url, statement) = (self.url("postgres"), statement.to_owned());
        apart(async move || {
            let mut connection = connect(&url).await.expect("the server answers");
            let done = diesel_async::SimpleAsyncConnection::batch_execute(&mut connection, &statement).await;
            done.unwrap_or_else(|e| panic!("{statement}: {e}"));
        });
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Some(mut embedded) = self.embedded.take() {
            embedded.stop();
        }
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Migrates, and works as the server does.
fn begin(url: &str) -> Result<(), String> {
    let url = url.to_owned();
    apart(async move || {
        migrate(&url).await.map_err(|e| match e {
            guichet::kernel::Error::Internal(source) => source.to_string(),
            other => other.to_string(),
        })?;
        let db = Database::new(&url, 1).map_err(|e| e.to_string())?;
        let mut tx = db.begin().await.map_err(|e| e.to_string())?;
        let done = tx.batch("SELECT count(*) FROM cases").await.map_err(|e| e.to_string());
        let refused = tx.batch("DELETE FROM audit_entries").await.map_err(|e| format!("{e:?}"));
        assert!(refused.expect_err("the server's role").contains("permission denied"));
        tx.rollback().await;
        done
    })
}

#[test]
fn an_owner_needs_to_be_no_superuser() {
    let cluster = Cluster::new();
    let first = cluster.owned("first", "CREATEROLE");
    begin(&first).expect("an owner who makes roles");
    begin(&first).expect("again");
    // By now the roles are there, and made by somebody else.
    let second = cluster.owned("second", "CREATEROLE");
    begin(&second).expect("another database of the cluster");
    let third = cluster.owned("third", "NOCREATEROLE");
    let refused = begin(&third).expect_err("no member");
    assert!(refused.contains("GRANT guichet_server, guichet_eraser TO third"), "{refused}");
    cluster.admin("GRANT guichet_server, guichet_eraser TO third");
    begin(&third).expect("a member");
}

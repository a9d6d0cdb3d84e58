//! Migrations, run at start by whichever replica comes first. During an upgrade two versions of the server are on one
//! database, and the older one may start again on a schema that the newer one has expanded: it goes on, and says so. Only
//! where that schema was contracted, and what the older one reads is gone, does it refuse. How a migration is written so
//! that this holds stands in `docs/upgrades.md`.

use std::path::Path;
use std::time::Duration;

use diesel::QueryableByName;
use diesel::migration::{Migration, MigrationSource};
use diesel::pg::Pg;
use diesel::sql_types::Bool;
use diesel_async::async_connection_wrapper::AsyncConnectionWrapper;
use diesel_async::{AsyncConnection, AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, FileBasedMigrations, MigrationHarness, embed_migrations};

use super::{connect, sql};
use crate::kernel::{Error, Result};

pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Any number, the same in every replica: the lock that says who migrates.
const LOCK: i64 = 0x6775_6963_6865_7401;
/// How often and how long a replica asks for the lock: ten minutes in all.
const PAUSE: Duration = Duration::from_millis(200);
const TRIES: u32 = 3_000;
/// The end of the version of a migration that takes away what earlier versions of the server read. A database knows of
/// its migrations nothing but their versions, so it stands there: `2027-03-01-000001-contract_holder`.
const CONTRACT: &str = "contract";
/// The end of the name of a migration that makes roles.
const ROLES: &str = "_roles";

#[derive(QueryableByName)]
struct Held {
    #[diesel(sql_type = Bool)]
    held: bool,
}

/// Brings the database up to this version, as its owner. The lock is polled: a session that *waits* for an advisory
/// lock holds a snapshot, for which `CREATE INDEX CONCURRENTLY` in another session would wait in turn.
///
/// # Errors
/// Where the database is older than PostgreSQL 15 or cannot be reached, was contracted for a newer version, a migration
/// fails, or the lock is not had within ten minutes.
pub async fn migrate(url: &str) -> Result<()> {
    run(url, MIGRATIONS).await
}

/// The same with the migrations of a folder instead of our own: for tests, which have some that are still to come.
///
/// # Errors
/// As [`migrate`]; where the folder cannot be read.
pub async fn migrate_from(url: &str, folder: &Path) -> Result<()> {
    run(url, FileBasedMigrations::from_path(folder).map_err(|e| Error::internal(e.to_string()))?).await
}

async fn run(url: &str, source: impl MigrationSource<Pg> + Send + 'static) -> Result<()> {
    let mut connection = connect(url).await.map_err(|e| Error::Unavailable(e.to_string()))?;
    check_version(&mut connection).await?;
    lock(&mut connection).await?;
    let done = tokio::task::spawn_blocking(move || {
        let mut harness = AsyncMigrationHarness::new(connection);
        let done = bring_up(&mut harness, source);
        (harness.into_inner(), done)
    });
    let (connection, done) = done.await.map_err(|e| Error::internal(e.to_string()))?;
    // Closing the session gives the lock back, also after a failure.
    drop(connection);
    let count = done?;
    if count > 0 {
        tracing::info!(count, "migrated");
    }
    Ok(())
}

/// Runs what is missing, unless a newer version has contracted the database.
fn bring_up(harness: &mut AsyncMigrationHarness<AsyncPgConnection>, source: impl MigrationSource<Pg>) -> Result<usize> {
    let failed = |e| Error::internal(format!("a migration failed: {e}"));
    let known = versions(&source).map_err(failed)?;
    let mut unknown: Vec<String> =
        harness.applied_migrations().map_err(failed)?.iter().map(ToString::to_string).collect();
    unknown.retain(|version| !known.contains(version));
    unknown.sort();
    let migrations = unknown.join(", ");
    if unknown.iter().any(|version| version.ends_with(CONTRACT)) {
        return Err(Error::internal(format!(
            "a newer version of Guichet has removed from this database what version {} needs (migrations {migrations}). \
             Start the newer version",
            env!("CARGO_PKG_VERSION"),
        )));
    }
    if !unknown.is_empty() {
        tracing::warn!(migrations, "the database was expanded by a newer version; this one goes on beside it");
    }
    Ok(harness.run_pending_migrations(source).map_err(failed)?.len())
}

fn versions(source: &impl MigrationSource<Pg>) -> diesel::migration::Result<Vec<String>> {
    Ok(source.migrations()?.iter().map(|m| m.name().version().to_string()).collect())
}

/// Versions of our own migrations.
///
/// # Errors
/// Where one of them cannot be read.
pub fn known() -> Result<Vec<String>> {
    versions(&MIGRATIONS).map_err(|e| Error::internal(e.to_string()))
}

/// Runs the migrations that make roles, without recording them: for a database whose tables come from elsewhere.
pub(super) async fn make_roles(connection: AsyncPgConnection) -> Result<AsyncPgConnection> {
    let done = tokio::task::spawn_blocking(move || {
        let mut connection: AsyncConnectionWrapper<AsyncPgConnection> = connection.into();
        let all: Vec<Box<dyn Migration<Pg>>> = MIGRATIONS.migrations()?;
        for migration in all.iter().filter(|m| m.name().to_string().ends_with(ROLES)) {
            migration.run(&mut connection)?;
        }
        diesel::migration::Result::Ok(connection.into_inner())
    });
    done.await.map_err(|e| Error::internal(e.to_string()))?.map_err(|e| Error::internal(format!("the roles: {e}")))
}

async fn check_version(connection: &mut AsyncPgConnection) -> Result<()> {
    #[derive(QueryableByName)]
    struct Version {
        #[diesel(sql_type = diesel::sql_types::Integer)]
        version: i32,
    }
    let found: Version =
        sql("SELECT current_setting('server_version_num')::int AS version").get_result(connection).await?;
    if found.version < 150_000 {
        let found = found.version / 10_000;
        return Err(Error::internal(format!("PostgreSQL 15 or newer is needed; the database is version {found}")));
    }
    Ok(())
}

/// Who holds it migrates; everybody else waits.
pub(super) async fn lock(connection: &mut AsyncPgConnection) -> Result<()> {
    for _ in 0..TRIES {
        let answer: Held = sql("SELECT pg_try_advisory_lock($1) AS held").big(LOCK).get_result(connection).await?;
        if answer.held {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(Error::Unavailable("another replica has been migrating for ten minutes".into()))
}

/// Undoes and redoes every migration: for the test that they can be.
///
/// # Errors
/// Where one fails.
pub async fn revert_all(url: &str) -> Result<()> {
    let connection = AsyncPgConnection::establish(url).await.map_err(|e| Error::Unavailable(e.to_string()))?;
    let done = tokio::task::spawn_blocking(move || {
        AsyncMigrationHarness::new(connection).revert_all_migrations(MIGRATIONS).map(|_| ()).map_err(|e| e.to_string())
    });
    done.await.map_err(|e| Error::internal(e.to_string()))?.map_err(Error::internal)
}

//! Migrations, run at start by whichever replica comes first.

use std::time::Duration;

use diesel::QueryableByName;
use diesel::sql_types::Bool;
use diesel_async::{AsyncConnection, AsyncMigrationHarness, AsyncPgConnection, RunQueryDsl};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use super::{connect, sql};
use crate::kernel::{Error, Result};

pub(crate) const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// Any number, the same in every replica: the lock that says who migrates.
const LOCK: i64 = 0x6775_6963_6865_7401;
/// How often and how long a replica asks for the lock: ten minutes in all.
const PAUSE: Duration = Duration::from_millis(200);
const TRIES: u32 = 3_000;

#[derive(QueryableByName)]
struct Held {
    #[diesel(sql_type = Bool)]
    held: bool,
}

/// Brings the database up to this version, as its owner. The lock is polled: a session that *waits* for an advisory
/// lock holds a snapshot, for which `CREATE INDEX CONCURRENTLY` in another session would wait in turn.
///
/// # Errors
/// Where the database is older than PostgreSQL 15 or cannot be reached, a migration fails, or the lock is not had
/// within ten minutes.
pub async fn migrate(url: &str) -> Result<()> {
    let mut connection = connect(url).await.map_err(|e| Error::Unavailable(e.to_string()))?;
    check_version(&mut connection).await?;
    lock(&mut connection).await?;
    let done = tokio::task::spawn_blocking(move || {
        let mut harness = AsyncMigrationHarness::new(connection);
        let done = harness.run_pending_migrations(MIGRATIONS).map(|done| done.len()).map_err(|e| e.to_string());
        (harness.into_inner(), done)
    });
    let (connection, done) = done.await.map_err(|e| Error::internal(e.to_string()))?;
    // Closing the session gives the lock back, also after a failure.
    drop(connection);
    let count = done.map_err(|e| Error::internal(format!("a migration failed: {e}")))?;
    if count > 0 {
        tracing::info!(count, "migrated");
    }
    Ok(())
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

async fn lock(connection: &mut AsyncPgConnection) -> Result<()> {
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

//! Copies of a whole database: a [`Snapshot`] that stands still while the server goes on, and `pg_dump` of exactly what
//! it shows; a [`Target`] that is empty, and `pg_restore` into it in one transaction. Promises that a dump and whatever
//! else is read from its snapshot agree, that a restore is there whole or not at all, and that no password stands on a
//! command line. Knows no table by name; where copies are kept is known to the caller.

mod program;
mod target;

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use diesel::QueryableByName;
use diesel::sql_types::{Bigint, Bool, Integer, Text};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

pub use program::Program;
pub use target::Target;

use super::{Sql, connect, sql};
use crate::kernel::{Error, Result};

/// How often and how long the lock of a copy is asked for: a minute in all.
const PAUSE: Duration = Duration::from_millis(200);
const TRIES: u32 = 300;
/// Tables that are counted at most.
const TABLES: usize = 1_000;

/// The tables of the whole database but for PostgreSQL's own and those of its extensions. Those of `public` go by their
/// bare names.
const TABLES_OF: &str = "SELECT CASE n.nspname WHEN 'public' THEN c.relname::text ELSE format('%s.%s', n.nspname, c.relname) END AS name, \
     format('%I.%I', n.nspname, c.relname) AS quoted \
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
     WHERE c.relkind = 'r' AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' \
     AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') \
     ORDER BY 1";

#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

/// The database as it is at one moment, whatever happens in it meanwhile.
pub struct Snapshot {
    connection: AsyncPgConnection,
    url: String,
    id: String,
    /// As PostgreSQL counts: 150014 is 15.14.
    version: i32,
}

impl Snapshot {
    /// Connects as the owner, takes the advisory lock `key` for as long as this value lives, and lets the snapshot
    /// begin.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the database is away, or somebody else has had the lock for a minute.
    pub async fn take(url: &str, key: i64) -> Result<Self> {
        let (mut connection, version) = owner(url).await?;
        lock(&mut connection, key).await?;
        connection.batch_execute("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY").await?;
        let found: Word = sql("SELECT pg_export_snapshot() AS word").get_result(&mut connection).await?;
        Ok(Self { connection, url: url.to_owned(), id: found.word, version })
    }

    /// The server's version, as PostgreSQL counts: 150014 is 15.14.
    #[must_use]
    pub fn version(&self) -> i32 {
        self.version
    }

    /// All rows, of the snapshot, or once it was released of now. The statement has a `LIMIT`.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn rows<R: QueryableByName<diesel::pg::Pg> + Send + 'static>(
        &mut self,
        statement: Sql,
    ) -> Result<Vec<R>> {
        Ok(statement.load(&mut self.connection).await?)
    }

    /// Every table and how many rows it has.
    ///
    /// # Errors
    /// Those of the database; where there are more than a thousand tables.
    pub async fn tables(&mut self) -> Result<BTreeMap<String, i64>> {
        tables(&mut self.connection).await
    }

    /// The migrations that the database has seen; none where it is not one of ours.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn migrations(&mut self) -> Result<Vec<String>> {
        #[derive(QueryableByName)]
        struct There {
            #[diesel(sql_type = Bool)]
            there: bool,
        }
        let text = "SELECT to_regclass('public.__diesel_schema_migrations') IS NOT NULL AS there";
        if !sql(text).get_result::<There>(&mut self.connection).await?.there {
            return Ok(Vec::new());
        }
        let text = "SELECT version::text AS word FROM public.__diesel_schema_migrations ORDER BY 1";
        let found: Vec<Word> = sql(text).load(&mut self.connection).await?;
        Ok(found.into_iter().map(|row| row.word).collect())
    }

    /// Writes all of it as an archive of `pg_dump` (format custom).
    ///
    /// # Errors
    /// Where the program cannot be run, fails, or is silent for ten minutes; where `into` cannot be written.
    pub async fn dump(&self, program: &Program, into: &mut impl Write) -> Result<()> {
        // A table that somebody alters is waited for one minute, not for ever.
        let arguments = ["--format=custom", "--no-publications", "--no-subscriptions", "--lock-wait-timeout=60s"];
        let snapshot = format!("--snapshot={}", self.id);
        program.read(&self.url, &[&arguments[..], &[snapshot.as_str()]].concat(), into).await
    }

    /// Lets the snapshot go, so that the database may clear up behind itself; the lock stays.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn release(&mut self) -> Result<()> {
        Ok(self.connection.batch_execute("COMMIT").await?)
    }
}

/// A connection as the owner, for work that may take hours, and the version of the server.
async fn owner(url: &str) -> Result<(AsyncPgConnection, i32)> {
    #[derive(QueryableByName)]
    struct Version {
        #[diesel(sql_type = Integer)]
        version: i32,
    }
    let mut connection = connect(url).await.map_err(|e| Error::Unavailable(format!("the database: {e}")))?;
    let unhurried = "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; SET lock_timeout = '60s'";
    connection.batch_execute(unhurried).await?;
    let text = "SELECT current_setting('server_version_num')::int AS version";
    let found: Version = sql(text).get_result(&mut connection).await?;
    Ok((connection, found.version))
}

/// Asks again and again: a session that *waits* for an advisory lock holds a snapshot.
async fn lock(connection: &mut AsyncPgConnection, key: i64) -> Result<()> {
    #[derive(QueryableByName)]
    struct Held {
        #[diesel(sql_type = Bool)]
        held: bool,
    }
    for _ in 0..TRIES {
        if sql("SELECT pg_try_advisory_lock($1) AS held").big(key).get_result::<Held>(connection).await?.held {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(Error::Unavailable("another copy of this database is being made; try again when it has ended".into()))
}

async fn tables(connection: &mut AsyncPgConnection) -> Result<BTreeMap<String, i64>> {
    #[derive(QueryableByName)]
    struct Table {
        #[diesel(sql_type = Text)]
        name: String,
        #[diesel(sql_type = Text)]
        quoted: String,
    }
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = Bigint)]
        count: i64,
    }
    let tables: Vec<Table> = sql(TABLES_OF).load(connection).await?;
    if tables.len() > TABLES {
        return Err(Error::internal(format!("there are more than {TABLES} tables in this database")));
    }
    let mut counts = BTreeMap::new();
    for Table { name, quoted } in tables {
        // The name comes from the catalogue, quoted by it.
        let query = diesel::sql_query(format!("SELECT count(*) AS count FROM {quoted}"));
        let found: Count = query.get_result(connection).await?;
        counts.insert(name, found.count);
    }
    Ok(counts)
}

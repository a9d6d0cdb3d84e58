//! The database that a copy goes into: empty before, and kept from every server that starts meanwhile.

use std::collections::BTreeMap;
use std::io::Read;

use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

use super::{Program, Word, owner, tables};
use crate::kernel::{Error, Result};
use crate::postgres::{migrations, sql};

/// Three of the things that are in the way, if any are; an extension may have brought its own.
const IN_THE_WAY: &str = "SELECT word FROM ( \
     SELECT c.relname::text AS word, c.oid AS id, 'pg_class'::regclass AS class, c.relnamespace AS place FROM pg_class c \
         WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') \
     UNION ALL SELECT p.proname::text, p.oid, 'pg_proc'::regclass, p.pronamespace FROM pg_proc p) AS things \
     JOIN pg_namespace n ON n.oid = things.place \
     WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND NOT EXISTS \
         (SELECT FROM pg_depend d WHERE d.classid = things.class AND d.objid = things.id AND d.deptype = 'e') \
     ORDER BY word LIMIT 3";

/// An empty database.
pub struct Target {
    connection: AsyncPgConnection,
    url: String,
    version: i32,
}

impl Target {
    /// Connects as the owner. A server that starts from now on waits until this value is dropped.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the database is away; where something is in it, the sentence names some of it.
    pub async fn open(url: &str) -> Result<Self> {
        let (mut connection, version) = owner(url).await?;
        migrations::lock(&mut connection).await?;
        let found: Vec<Word> = sql(IN_THE_WAY).load(&mut connection).await?;
        if !found.is_empty() {
            let names: Vec<String> = found.into_iter().map(|row| row.word).collect();
            return Err(Error::internal(format!(
                "the database is not empty, it holds {}. A backup is restored into an empty one: make a new database \
                 and set DATABASE_URL to it, or choose a new GUICHET_DATA",
                names.join(", ")
            )));
        }
        Ok(Self { connection, url: url.to_owned(), version })
    }

    /// The server's version, as PostgreSQL counts: 150014 is 15.14.
    #[must_use]
    pub fn version(&self) -> i32 {
        self.version
    }

    /// Makes the roles, which are the cluster's and so in no dump; then everything else in one transaction.
    ///
    /// # Errors
    /// Where the program cannot be run or fails: the database is then still empty.
    pub async fn restore(self, program: &Program, dump: &mut impl Read) -> Result<Self> {
        let Self { connection, url, version } = self;
        let connection = migrations::make_roles(connection).await?;
        // Not `--dbname=<name>`: a name with an equals sign would be read as more than that.
        let arguments = [
            "--format=custom",
            "--dbname=application_name=guichet",
            "--single-transaction",
            "--exit-on-error",
            "--no-owner",
            "--no-tablespaces",
        ];
        program.write(&url, &arguments, dump).await?;
        Ok(Self { connection, url, version })
    }

    /// Every table and how many rows it has.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn tables(&mut self) -> Result<BTreeMap<String, i64>> {
        tables(&mut self.connection).await
    }

    /// Lets the planner know what there is now; a dump does not tell it.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn analyze(&mut self) -> Result<()> {
        Ok(self.connection.batch_execute("ANALYZE").await?)
    }
}

//! Connections and transactions.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use diesel::QueryableByName;
use diesel_async::pooled_connection::deadpool::{Object, Pool};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod};
use diesel_async::{AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};

use super::Sql;
use super::target::{Target, connect};
use crate::kernel::{Error, Result};

/// How long a request waits for a connection before it is told to come back.
const WAIT: Duration = Duration::from_secs(5);

/// Requests that may wait for a connection, for each that there is; a further one is told to come back.
const WAITERS: usize = 64;

/// The database, as the server's role. Cheap to clone.
#[derive(Clone)]
pub struct Database {
    url: Arc<str>,
    pool: Pool<AsyncPgConnection>,
    /// Every pool of the process: what [`Database::load`] adds up.
    pools: Arc<Mutex<Vec<Pool<AsyncPgConnection>>>>,
}

impl Database {
    /// A pool of at most `size` connections. Connects when first used.
    ///
    /// # Errors
    /// Where the URL cannot be read.
    pub fn new(url: &str, size: usize) -> Result<Self> {
        Target::parse(url)?;
        let pool = pool(url, size, Plans::Each)?;
        Ok(Self { url: url.into(), pools: Arc::new(Mutex::new(vec![pool.clone()])), pool })
    }

    /// The same database over connections of its own, for a thread that serves requests: a connection that was opened
    /// on another thread wakes that one first with every answer.
    ///
    /// # Errors
    /// Those of making a pool.
    pub fn apart(&self, size: usize) -> Result<Self> {
        self.beside(size, Plans::Each)
    }

    /// The same for statements that take many questions at once ([`super::Together`]). One plan serves all their
    /// executions: their arrays look cheaper to PostgreSQL when planned for the few values at hand, so it would plan them
    /// anew each time, which takes longer than they run.
    ///
    /// # Errors
    /// Those of making a pool.
    pub fn for_many(&self, size: usize) -> Result<Self> {
        self.beside(size, Plans::Once)
    }

    fn beside(&self, size: usize, plans: Plans) -> Result<Self> {
        let pool = pool(&self.url, size, plans)?;
        self.pools.lock().unwrap_or_else(PoisonError::into_inner).push(pool.clone());
        Ok(Self { url: self.url.clone(), pools: self.pools.clone(), pool })
    }

    /// Begins a transaction. Dropped without [`Tx::commit`] it never happened.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where no connection is to be had within five seconds.
    pub async fn begin(&self) -> Result<Tx> {
        let mut tx = self.lazy();
        tx.begun().await?;
        Ok(tx)
    }

    /// A transaction that begins with its first change: [`Tx::rows`] and [`Tx::row`] before that stand for themselves,
    /// so what needs no change in it costs no `BEGIN` and no `COMMIT`. A connection is taken when the first statement is
    /// run.
    #[must_use]
    pub fn lazy(&self) -> Tx {
        Tx { db: self.clone(), connection: None, state: State::Lazy }
    }

    /// Each statement for itself: reads, and acts of one statement. A connection is taken when the first is run.
    #[must_use]
    pub fn later(&self) -> Tx {
        Tx { db: self.clone(), connection: None, state: State::Single }
    }

    /// The same with its connection.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where no connection is to be had within five seconds.
    pub async fn single(&self) -> Result<Tx> {
        let mut tx = self.later();
        tx.connection().await?;
        Ok(tx)
    }

    async fn connection(&self) -> Result<Object<AsyncPgConnection>> {
        let status = self.pool.status();
        if status.waiting >= WAITERS * status.max_size {
            return Err(Error::Unavailable("too many requests wait for a connection".into()));
        }
        match tokio::time::timeout(WAIT, self.pool.get()).await {
            Err(_) => Err(Error::Unavailable("no connection within five seconds".into())),
            Ok(Err(error)) => Err(Error::Unavailable(error.to_string())),
            Ok(Ok(connection)) => Ok(connection),
        }
    }

    /// Runs `work` in one transaction and commits it where it succeeds.
    ///
    /// # Errors
    /// Those of `work`, and [`Error::Unavailable`] where the database is away.
    pub async fn transaction<R>(&self, work: impl AsyncFnOnce(&mut Tx) -> Result<R>) -> Result<R> {
        let mut tx = self.begin().await?;
        match work(&mut tx).await {
            Ok(result) => {
                tx.commit().await?;
                Ok(result)
            }
            Err(error) => {
                tx.rollback().await;
                Err(error)
            }
        }
    }

    /// Connections in use and at most, of the whole process.
    #[must_use]
    pub fn load(&self) -> (usize, usize) {
        let pools = self.pools.lock().unwrap_or_else(PoisonError::into_inner);
        pools.iter().map(Pool::status).fold((0, 0), |(used, most), status| {
            (used + status.size.saturating_sub(status.available), most + status.max_size)
        })
    }
}

/// How often PostgreSQL plans a statement that it keeps.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Plans {
    /// As it sees fit: lists with a bound that varies need it.
    Each,
    Once,
}

fn pool(url: &str, size: usize, plans: Plans) -> Result<Pool<AsyncPgConnection>> {
    fn bad(error: diesel::result::Error) -> diesel::ConnectionError {
        diesel::ConnectionError::BadConnection(error.to_string())
    }
    let mut config = ManagerConfig::default();
    config.recycling_method = RecyclingMethod::Fast;
    config.custom_setup = Box::new(move |url| {
        Box::pin(async move {
            let mut connection = connect(url).await?;
            // Long transactions stop the log's horizon and hold locks: none may outlive its use.
            let set = "SET ROLE guichet_server; SET statement_timeout = '30s'; \
                       SET idle_in_transaction_session_timeout = '30s'; SET timezone = 'UTC'";
            connection.batch_execute(set).await.map_err(bad)?;
            // A plan that is kept may have been made while a table was empty, and outlives that by minutes: it must use the
            // indexes from the start. Where a table has none of use, its plan looks dear for that; to compile it would take
            // a second each time.
            let set = "SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off; SET jit = off";
            connection.batch_execute(set).await.map_err(bad)?;
            if plans == Plans::Once {
                connection.batch_execute("SET plan_cache_mode = force_generic_plan").await.map_err(bad)?;
            }
            Ok(connection)
        })
    });
    let manager = AsyncDieselConnectionManager::new_with_config(url, config);
    Pool::builder(manager).max_size(size).build().map_err(|e| Error::internal(e.to_string()))
}

/// A transaction, or (from [`Database::single`]) a connection whose statements stand for themselves.
pub struct Tx {
    db: Database,
    connection: Option<Object<AsyncPgConnection>>,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Every statement stands for itself.
    Single,
    /// A transaction is begun before the first change.
    Lazy,
    Open,
}

impl Tx {
    async fn connection(&mut self) -> Result<&mut AsyncPgConnection> {
        if self.connection.is_none() {
            self.connection = Some(self.db.connection().await?);
        }
        self.connection.as_deref_mut().ok_or_else(|| Error::internal("the transaction has ended"))
    }

    /// The connection, for a change.
    async fn begun(&mut self) -> Result<&mut AsyncPgConnection> {
        if self.state == State::Lazy {
            // First, so that a request that is cancelled meanwhile closes the connection.
            self.state = State::Open;
            self.connection().await?.batch_execute("BEGIN").await?;
        }
        self.connection().await
    }

    /// Runs a statement; gives the number of rows that it touched.
    ///
    /// # Errors
    /// Those of the database; see the conversion in this room's `mod.rs`.
    pub async fn execute(&mut self, statement: Sql) -> Result<usize> {
        Ok(RunQueryDsl::execute(statement, self.begun().await?).await?)
    }

    /// Like [`Tx::execute`], with the database's own error: for statements whose violation of a constraint is an answer.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn attempt(&mut self, statement: Sql) -> Result<Result<usize, diesel::result::Error>> {
        Ok(RunQueryDsl::execute(statement, self.begun().await?).await)
    }

    /// Like [`Tx::rows`], with the database's own error.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn attempt_rows<R: QueryableByName<diesel::pg::Pg> + Send + 'static>(
        &mut self,
        statement: Sql,
    ) -> Result<Result<Vec<R>, diesel::result::Error>> {
        Ok(RunQueryDsl::load(statement, self.connection().await?).await)
    }

    /// Whether nothing was changed in it, and nothing that follows needs it. Its connection is free for others then.
    pub fn yields(&mut self) -> bool {
        let untouched = self.state == State::Lazy;
        if untouched {
            self.connection = None;
        }
        untouched
    }

    /// All rows. The statement has a `LIMIT`, or what it can find is bounded by other means.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn rows<R: QueryableByName<diesel::pg::Pg> + Send + 'static>(
        &mut self,
        statement: Sql,
    ) -> Result<Vec<R>> {
        Ok(RunQueryDsl::load(statement, self.connection().await?).await?)
    }

    /// The first row, where there is one.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn row<R: QueryableByName<diesel::pg::Pg> + Send + 'static>(
        &mut self,
        statement: Sql,
    ) -> Result<Option<R>> {
        Ok(self.rows(statement).await?.into_iter().next())
    }

    /// Several statements without values, separated by semicolons.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn batch(&mut self, statements: &str) -> Result<()> {
        Ok(self.begun().await?.batch_execute(statements).await?)
    }

    /// Makes what was done last.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the database went away: whether it was kept is then unknown.
    pub async fn commit(mut self) -> Result<()> {
        if self.state == State::Open {
            self.connection().await?.batch_execute("COMMIT").await?;
            self.state = State::Single;
        }
        Ok(())
    }

    /// Undoes what was done. A connection on which that fails is thrown away.
    pub async fn rollback(mut self) {
        if let (State::Open, Some(connection)) = (self.state, self.connection.as_deref_mut())
            && connection.batch_execute("ROLLBACK").await.is_ok()
        {
            self.state = State::Single;
        }
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        // A request that was cancelled half-way: its connection is closed, and the database rolls back.
        if let (State::Open, Some(connection)) = (self.state, self.connection.take()) {
            drop(Object::take(connection));
        }
    }
}

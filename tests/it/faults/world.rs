//! What the processes of one test stand on: a folder, a PostgreSQL that can be killed, and the owner's look at it.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use diesel::QueryableByName;
use diesel::sql_types::{Bigint, Nullable, Text};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use guichet::postgres::connect;
use guichet::postgres::launcher::{Embedded, Launcher};

use crate::support::settings;

/// Longer than anything here takes; reached only when a test is about to fail.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// Waits until something is so.
pub async fn until<R>(what: &str, mut ask: impl AsyncFnMut() -> Option<R>) -> R {
    let begun = Instant::now();
    loop {
        if let Some(found) = ask().await {
            return found;
        }
        assert!(begun.elapsed() < PATIENCE, "it did not come about: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// Numbers that look random and are the same for the same seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Below `bound`. This is SplitMix64.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        (z ^ (z >> 31)) % bound.max(1)
    }

    pub fn moment(&mut self, least: u64, most: u64) -> Duration {
        Duration::from_millis(least + self.below(most - least))
    }
}

/// A folder of the test's own below the system's one for temporary files; gone with the value.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::SeqCst);
        let path = std::env::temp_dir().join(format!("guichet-faults-{}-{number}-{name}", std::process::id()));
        fs::create_dir(&path).expect("a new folder");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its owner");
        Self(path)
    }

    /// The `GUICHET_DATA` of a server on a database that was cloned from the template, whose identifiers are hashed with
    /// the keys of the run.
    pub fn data_of_the_run(&self) -> PathBuf {
        let (from, data) = (settings(&[]).data.join("keys"), self.0.join("data"));
        guichet::access::Keys::open(&settings(&[]).data).expect("the keys of the run");
        fs::create_dir_all(data.join("keys")).expect("a folder");
        for entry in fs::read_dir(from).expect("the keys of the run").flatten() {
            fs::copy(entry.path(), data.join("keys").join(entry.file_name())).expect("a key");
        }
        data
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A PostgreSQL of the test's own.
pub struct Postgres {
    launcher: Launcher,
    running: Option<Embedded>,
    pub url: String,
}

impl Postgres {
    pub fn start(folder: &Path, more: &[(&str, &str)]) -> Self {
        let mut launcher = Launcher::new("guichet-faults", folder);
        launcher.settings = vec![("shared_buffers".into(), "32MB".into())];
        launcher.settings.extend(more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let running = launcher.clone().start().unwrap_or_else(|e| panic!("{e}"));
        Self { url: running.url("postgres"), launcher, running: Some(running) }
    }

    pub fn pid(&self) -> i32 {
        self.running.as_ref().and_then(|server| i32::try_from(server.pid()).ok()).expect("it runs")
    }

    /// `kill -9`, of the postmaster alone: what it leaves ends by itself, in its own time.
    pub fn kill(&mut self) {
        signal(self.pid(), libc::SIGKILL);
        self.running = None;
    }

    /// `kill -9` of a process that serves somebody: the postmaster then ends all of them and recovers by itself. False
    /// where nobody is served.
    pub fn kill_backend(&self, dice: &mut Dice) -> bool {
        let children = format!("/proc/{0}/task/{0}/children", self.pid());
        let children = fs::read_to_string(children).unwrap_or_default();
        let serves = |pid: &i32| {
            let title = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            String::from_utf8_lossy(&title).contains("postgres postgres [local]")
        };
        let serving: Vec<i32> = children.split_whitespace().filter_map(|p| p.parse().ok()).filter(serves).collect();
        let Some(pid) = serving.get(usize::try_from(dice.below(serving.len() as u64)).unwrap_or(0)) else {
            return false;
        };
        signal(*pid, libc::SIGKILL);
        true
    }

    /// What an operator does who finds it dead. On a thread of its own: others of the test go on meanwhile.
    pub async fn start_again(&mut self) {
        let launcher = self.launcher.clone();
        let started = tokio::task::spawn_blocking(move || launcher.start()).await.expect("no panic");
        self.running = Some(started.unwrap_or_else(|e| panic!("{e}")));
    }

    pub fn owner(&self) -> Owner {
        Owner(self.url.clone())
    }
}

/// Sends a signal to a process that the test has started.
pub fn signal(pid: i32, signal: i32) {
    // SAFETY: a plain system call.
    unsafe { libc::kill(pid, signal) };
}

/// The owner of a database.
#[derive(Clone)]
pub struct Owner(pub String);

impl Owner {
    async fn connection(&self) -> diesel_async::AsyncPgConnection {
        connect(&self.0).await.expect("the database answers")
    }

    pub async fn rows<R: QueryableByName<diesel::pg::Pg> + Send + 'static>(&self, query: &str) -> Vec<R> {
        let rows = RunQueryDsl::load(diesel::sql_query(query), &mut self.connection().await).await;
        rows.unwrap_or_else(|e| panic!("{query}: {e}"))
    }

    pub async fn count(&self, query: &str) -> i64 {
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = Bigint)]
            count: i64,
        }
        self.rows::<Count>(query).await.into_iter().next().expect("a row").count
    }

    /// The column `word` of all rows.
    pub async fn words(&self, query: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Word {
            #[diesel(sql_type = Nullable<Text>)]
            word: Option<String>,
        }
        self.rows::<Word>(query).await.into_iter().filter_map(|row| row.word).collect()
    }

    pub async fn execute(&self, statement: &str) {
        let done = self.connection().await.batch_execute(statement).await;
        done.unwrap_or_else(|e| panic!("{statement}: {e}"));
    }
}

//! One PostgreSQL for the test run, and a database for each test.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use guichet::postgres::launcher::{Embedded, Launcher};
use guichet::postgres::{self, Database, connect};

struct Cluster {
    /// Held so that the server lives as long as the run: it ends with this process.
    embedded: Embedded,
    template: String,
}

static CLUSTER: OnceLock<Cluster> = OnceLock::new();
static NEXT: AtomicU32 = AtomicU32::new(0);

const PREFIX: &str = "guichet-test-";

/// Below the folder for temporary files, so that a server that runs as another user can get there; one for each run, so
/// that two runs at once do not share a server. What ended runs left is removed.
fn folder() -> std::path::PathBuf {
    let all = std::env::temp_dir();
    for entry in std::fs::read_dir(&all).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let ended = |pid: &str| pid.parse::<u32>().is_ok() && !std::path::Path::new("/proc").join(pid).exists();
        if name.strip_prefix(PREFIX).is_some_and(ended) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
    }
    all.join(format!("{PREFIX}{}", std::process::id()))
}

/// Runs to its end on threads of its own: tests run on runtimes that must not be blocked.
pub fn apart<R: Send + 'static>(work: impl AsyncFnOnce() -> R + Send + 'static) -> R {
    let thread = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
        let local = tokio::task::LocalSet::new();
        runtime.expect("a runtime starts").block_on(local.run_until(work()))
    });
    thread.join().expect("the work ends without a panic")
}

async fn execute(url: &str, statement: String) {
    let mut connection = connect(url).await.expect("the test server answers");
    diesel_async::SimpleAsyncConnection::batch_execute(&mut connection, &statement)
        .await
        .unwrap_or_else(|e| panic!("{statement}: {e}"));
}

fn cluster() -> &'static Cluster {
    CLUSTER.get_or_init(|| {
        let mut launcher = Launcher::new("guichet-test", folder());
        launcher.settings = vec![("shared_buffers".into(), "64MB".into()), ("max_connections".into(), "300".into())];
        let embedded = launcher.start().unwrap_or_else(|e| panic!("{e}"));
        let template = format!("template_{}", std::process::id());
        let (admin, url, name) = (embedded.url("postgres"), embedded.url(&template), template.clone());
        apart(async move || {
            execute(&admin, format!("DROP DATABASE IF EXISTS {name}")).await;
            execute(&admin, format!("CREATE DATABASE {name}")).await;
            postgres::migrate(&url).await.expect("the template is migrated");
            super::app::fill(&url).await;
        });
        Cluster { embedded, template }
    })
}

/// The URL of a new database, migrated and with the demo country.
pub fn database_url() -> String {
    let cluster = cluster();
    let name = format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
    let (admin, template, made) = (cluster.embedded.url("postgres"), cluster.template.clone(), name.clone());
    apart(async move || execute(&admin, format!("CREATE DATABASE {made} TEMPLATE {template}")).await);
    cluster.embedded.url(&name)
}

/// The URL of a new database with nothing in it at all, not even tables.
pub fn bare_database_url() -> String {
    let cluster = cluster();
    let name = format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::SeqCst));
    let (admin, made) = (cluster.embedded.url("postgres"), name.clone());
    apart(async move || execute(&admin, format!("CREATE DATABASE {made}")).await);
    cluster.embedded.url(&name)
}

/// The URL of a new database that is migrated and has nothing in it: what is published there is published at the
/// clock of the server that starts on it.
pub fn empty_database_url() -> String {
    let url = bare_database_url();
    let made = url.clone();
    apart(async move || postgres::migrate(&made).await.expect("the database is migrated"));
    url
}

/// A new database, as the server's role.
pub fn database() -> Database {
    Database::new(&database_url(), 8).expect("the URL is one")
}

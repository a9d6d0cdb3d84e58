//! Two PostgreSQL servers, the second a synchronous standby of the first, both in `DATABASE_URL`. The first is killed
//! under load and the second promoted: no acknowledged case is lost, and the server goes on by itself.

use std::cell::Cell;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::rc::Rc;

use futures_util::future::join_all;

use super::book::{Book, Kind};
use super::buyer::Buyer;
use super::checker;
use super::client::Client;
use super::server::Plan;
use super::world::{Folder, Owner, Postgres, until};

/// Makes a standby of `primary` in `folder`, as the account that owns the primary's data.
fn copy(primary: &Path, folder: &Path) {
    // A launcher of our own made the first folder: one that is made likewise is taken for ours.
    let owner = std::fs::metadata(primary.join("data")).expect("data");
    std::fs::create_dir(folder).expect("a new folder");
    for name in ["start.lock", "superuser.password"] {
        std::fs::copy(primary.join(name), folder.join(name)).expect("a small file");
        std::os::unix::fs::chown(folder.join(name), Some(owner.uid()), Some(owner.gid())).expect("ours to give");
    }
    std::os::unix::fs::chown(folder, Some(owner.uid()), Some(owner.gid())).expect("ours to give");
    let password = std::fs::read_to_string(primary.join("superuser.password")).expect("a password");
    let mut command = Command::new(programs().join("pg_basebackup"));
    command.args([
        "--checkpoint=fast",
        "--write-recovery-conf",
        "--wal-method=stream",
        "--username=postgres",
        "--host",
    ]);
    command.arg(primary).arg("--pgdata").arg(folder.join("data")).current_dir("/");
    command.env("PGPASSWORD", password.trim()).env("PGAPPNAME", "standby").stdin(Stdio::null());
    // SAFETY: a plain system call.
    if unsafe { libc::geteuid() } == 0 {
        command.gid(owner.gid()).uid(owner.uid());
    }
    let done = command.output().expect("pg_basebackup runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}

/// Where PostgreSQL's programs are: what a running server says.
fn programs() -> std::path::PathBuf {
    let dirs = std::env::var_os("PG_BIN_DIR").or_else(|| std::env::var_os("PATH")).unwrap_or_default();
    let versioned = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut all: Vec<_> = std::env::split_paths(&dirs).collect();
    all.extend(versioned.map(|entry| entry.path().join("bin")));
    all.into_iter().find(|dir| dir.join("pg_basebackup").exists()).expect("PostgreSQL's programs")
}

/// Both hosts in one address; whichever takes writes is used.
fn both(first: &str, second: &str) -> String {
    let host = |url: &str| url.split("host=").nth(1).and_then(|h| h.split('&').next()).expect("a host").to_owned();
    // Paths are not told apart by commas: the driver takes each as it is written.
    format!("{first}&host={}&port=5432&target_session_attrs=read-write", host(second))
}

#[actix_web::test]
async fn a_standby_takes_over_and_no_acknowledged_case_is_lost() {
    let folder = Folder::new("failover");
    let data = folder.0.join("data");
    let mut primary = Postgres::start(&folder.0.join("a"), &[]);
    copy(&folder.0.join("a"), &folder.0.join("b"));
    let standby = Postgres::start(&folder.0.join("b"), &[]);
    let owner = primary.owner();
    // Read from the files of the primary only: the standby, once it takes over, waits for nobody.
    owner.execute("ALTER SYSTEM SET synchronous_standby_names = '*'").await;
    owner.execute("SELECT pg_reload_conf()").await;
    let synchronous = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync' AND state = 'streaming'";
    until("the standby follows", async || (owner.count(synchronous).await == 1).then_some(())).await;

    let plan = Plan::new(&data, &both(&primary.url, &standby.url));
    let client = Client::new(&plan.url());
    let mut server = plan.up(&client).await;
    let client = client.knows(&data);
    let (book, stop) = (Rc::new(Book::default()), Rc::new(Cell::new(false)));
    let people = [("salma", "Salma Begum", "4710000103"), ("tarek", "Tarek Mia", "4710000109")];
    let buyer = |(who, name, number)| {
        let (client, book, stop) = (client.clone(), book.clone(), stop.clone());
        tokio::task::spawn_local(Buyer { client, book, stop, who, name, number }.residences())
    };
    let load: Vec<_> = people.into_iter().map(buyer).collect();
    until("there is a load", async || (book.count(Kind::Case) >= 20).then_some(())).await;
    primary.kill();
    let before = book.count(Kind::Case);
    // What an operator, or a manager of the cluster, does.
    let second = Owner(standby.url.clone());
    second.execute("SELECT pg_promote()").await;
    until("cases are opened again", async || (book.count(Kind::Case) >= before + 20).then_some(())).await;
    stop.set(true);
    for done in join_all(load).await {
        done.expect("every client is told in the end");
    }
    assert!(server.ended().is_none(), "the same process");
    let mut found = checker::faults(&second).await;
    found.extend(checker::missing(&second, &book).await);
    assert!(found.is_empty(), "{found:#?}");
}

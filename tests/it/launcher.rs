//! The embedded server against everything that can befall it. Each test has a server and a folder of its own; what
//! only root can show is left out, saying so, where the tests run as another user.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use guichet::postgres::launcher::{Embedded, LaunchError, Launcher};
use tokio_postgres::{NoTls, SimpleQueryMessage};

/// Names the folder to the other process of a test, which is this program again.
const CHILD_FOLDER: &str = "GUICHET_TEST_LAUNCH";
/// Before the pid in what that process prints.
const SAYS: &str = "postmaster=";
/// Longer than anything here takes; reached only when a test is about to fail.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder below the system's one for temporary files, which every user can enter.
struct Scratch(PathBuf);

impl Scratch {
    fn new() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("guichet-launcher-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).expect("a new folder");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("its owner");
        Self(path)
    }

    fn pg(&self) -> PathBuf {
        self.0.join("pg")
    }

    fn launcher(&self) -> Launcher {
        let mut launcher = Launcher::new("guichet", self.pg());
        launcher.settings = vec![("shared_buffers".to_owned(), "16MB".to_owned())];
        launcher.fallback = self.0.join("fallback");
        launcher
    }

    fn start(&self) -> Embedded {
        self.launcher().start().expect("a server")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Another process that has started a server; killed when dropped.
struct Other {
    process: Child,
    postmaster: u32,
    adopted: bool,
}

impl Other {
    fn spawn(folder: &Path, prepare: impl FnOnce(&mut Command)) -> Child {
        let module = module_path!();
        let module = module.split_once("::").map_or(module, |(_, rest)| rest);
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command
            .args(["--exact", "--ignored", "--nocapture"])
            .arg(format!("{module}::another_process"))
            .env(CHILD_FOLDER, folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        prepare(&mut command);
        command.spawn().expect("another process")
    }

    fn listen(mut process: Child) -> Self {
        let out = BufReader::new(process.stdout.take().expect("a pipe"));
        let line = out.lines().map_while(Result::ok).find(|line| line.contains(SAYS));
        let line = line.expect("the other process tells of its server");
        let (_, said) = line.split_once(SAYS).expect("what was looked for");
        let (pid, adopted) = said.split_once(' ').expect("two words");
        Self { process, postmaster: pid.parse().expect("a pid"), adopted: adopted == "true" }
    }

    fn start(folder: &Path) -> Self {
        Self::listen(Self::spawn(folder, |_| {}))
    }

    fn kill(&mut self) {
        self.process.kill().expect("our own child");
        self.process.wait().expect("our own child");
    }
}

impl Drop for Other {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Any program that happens to run; killed when dropped.
struct Stranger(Child);

impl Stranger {
    fn of(account: u32) -> Self {
        let mut program = Command::new("sleep");
        program.arg("600").stdout(Stdio::null()).stderr(Stdio::null());
        if account != owner_of(std::process::id()) {
            program.uid(account);
        }
        Self(program.spawn().expect("a program"))
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
#[ignore = "no test: the other process of those that need one"]
fn another_process() {
    let folder = PathBuf::from(std::env::var_os(CHILD_FOLDER).expect("started by a test"));
    let mut launcher = Launcher::new("guichet", folder);
    launcher.settings = vec![("shared_buffers".to_owned(), "16MB".to_owned())];
    let server = launcher.start().expect("a server");
    println!("\n{SAYS}{} {}", server.pid(), server.adopted());
    // Until the test ends, whatever happens to it.
    let _ = std::io::stdin().lines().next();
}

fn is_root() -> bool {
    let root = owner_of(std::process::id()) == 0;
    if !root {
        eprintln!("left out: only root can show this");
    }
    root
}

fn owner_of(pid: u32) -> u32 {
    fs::metadata(format!("/proc/{pid}")).expect("a running process").uid()
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let start = Instant::now();
    while !done() {
        assert!(start.elapsed() < PATIENCE, "not in time: {what}");
        thread::sleep(Duration::from_millis(2));
    }
}

/// Neither running nor waiting to be buried by whoever started it.
fn is_gone(pid: u32) -> bool {
    fs::read_link(format!("/proc/{pid}/cwd")).is_err()
}

fn signal(pid: u32, signal: i32) {
    let pid = i32::try_from(pid).expect("a pid");
    // SAFETY: a plain system call, to a process that the test has started.
    assert_eq!(unsafe { libc::kill(pid, signal) }, 0);
}

/// The first column of the last row, or nothing.
fn query(server: &Embedded, sql: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let url = server.url("postgres");
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("a connection");
        let connection = tokio::spawn(connection);
        let answer = client.simple_query(sql).await.expect("an answer");
        drop(client);
        connection.await.expect("an orderly end").expect("no fault");
        let rows = answer.iter().filter_map(|message| match message {
            SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
            _ => None,
        });
        rows.last().unwrap_or_default()
    })
}

fn remember(server: &Embedded) {
    query(server, "CREATE TABLE kept AS SELECT 'whole' AS word");
}

fn remembered(server: &Embedded) -> String {
    query(server, "SELECT word FROM kept")
}

fn make_executable(path: &Path, script: &str) {
    fs::write(path, script).expect("a file");
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("its owner");
}

#[test]
fn a_server_is_made_stopped_and_found_again() {
    let scratch = Scratch::new();
    let mut server = scratch.start();
    assert!(!server.adopted());
    assert_eq!(server.root(), scratch.pg());
    for (setting, value) in [
        ("fsync", "on"),
        ("full_page_writes", "on"),
        ("listen_addresses", ""),
        ("max_connections", "100"),
        ("shared_buffers", "16MB"),
        ("idle_in_transaction_session_timeout", "1min"),
        ("server_encoding", "UTF8"),
        ("data_checksums", "on"),
    ] {
        assert_eq!(query(&server, &format!("SHOW {setting}")), value, "{setting}");
    }
    let secret = fs::metadata(scratch.pg().join("superuser.password")).expect("a file");
    assert_eq!(secret.mode() & 0o777, 0o600);
    assert_eq!(fs::metadata(scratch.pg()).expect("a folder").mode() & 0o777, 0o700);
    remember(&server);
    let (pid, url) = (server.pid(), server.url("postgres"));
    server.stop();
    assert!(is_gone(pid));

    let server = scratch.start();
    assert_eq!(remembered(&server), "whole");
    assert_eq!(server.url("postgres"), url);
    let pid = server.pid();
    drop(server);
    assert!(is_gone(pid));
}

#[test]
fn what_people_stated_does_not_reach_the_log() {
    let scratch = Scratch::new();
    let server = scratch.start();
    query(&server, "CREATE TABLE people (name text UNIQUE)");
    query(&server, "INSERT INTO people VALUES ('Rahima')");
    query(
        &server,
        "DO $$ BEGIN INSERT INTO people VALUES ('Rahima'); \
         EXCEPTION WHEN unique_violation THEN RAISE WARNING 'marker'; END $$",
    );
    let url = server.url("postgres");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let (client, connection) = tokio_postgres::connect(&url, NoTls).await.expect("a connection");
        tokio::spawn(connection);
        let again = client.simple_query("INSERT INTO people VALUES ('Rahima')").await;
        assert!(again.is_err());
    });
    let log = fs::read_to_string(server.log_path()).expect("a log");
    assert!(log.contains("duplicate key"), "{log}");
    assert!(!log.contains("Rahima"), "{log}");
}

#[test]
fn root_hands_the_server_to_an_unprivileged_user() {
    if !is_root() {
        return;
    }
    let scratch = Scratch::new();
    let mut launcher = scratch.launcher();
    launcher.accounts = vec!["no-such-user".to_owned(), "nobody".to_owned()];
    let server = launcher.start().expect("a server");
    let nobody = owner_of(server.pid());
    assert_ne!(nobody, 0);
    assert_eq!(fs::metadata(scratch.pg().join("data")).expect("data").uid(), nobody);
    drop(server);

    // Data stays with the account that has it, whichever would be chosen for new data.
    let server = scratch.start();
    assert_eq!(owner_of(server.pid()), nobody);
    drop(server);

    let mut launcher = scratch.launcher();
    launcher.accounts = vec!["no-such-user".to_owned()];
    let refused = launcher.start().expect_err("nobody to run it");
    assert!(matches!(refused, LaunchError::NoAccount), "{refused}");
}

#[test]
fn data_below_a_closed_home_goes_elsewhere() {
    if !is_root() {
        return;
    }
    let scratch = Scratch::new();
    let home = scratch.0.join("home");
    fs::create_dir(&home).expect("a folder");
    fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).expect("its owner");
    let mut launcher = scratch.launcher();
    launcher.wanted = home.join("checkout/data");
    let again = launcher.clone();
    let server = launcher.start().expect("a server");
    assert!(server.root().starts_with(scratch.0.join("fallback")));
    assert!(!home.join("checkout").exists());
    remember(&server);
    let root = server.root().to_owned();
    drop(server);
    let mut other = again.clone();
    let server = again.start().expect("a server");
    assert_eq!((server.root(), remembered(&server).as_str()), (root.as_path(), "whole"));

    // Another checkout below the same home has a database of its own.
    other.wanted = home.join("second/data");
    let second = other.start().expect("a server");
    assert_ne!(second.root(), root);
    assert!(!second.adopted());
}

#[test]
fn a_killed_parent_takes_its_server_along() {
    let scratch = Scratch::new();
    let mut other = Other::start(&scratch.pg());
    let adopted = scratch.start();
    assert!(adopted.adopted() && !other.adopted);
    assert_eq!(adopted.pid(), other.postmaster);
    remember(&adopted);
    other.kill();
    // At once, while the old server is still on its way out: waited for, not adopted, nothing lost.
    let server = scratch.start();
    assert!(is_gone(other.postmaster));
    assert!(!server.adopted());
    assert_eq!(remembered(&server), "whole");
    drop(adopted);
    assert_eq!(remembered(&server), "whole");
}

#[test]
fn a_killed_server_is_replaced_and_nothing_is_lost() {
    let scratch = Scratch::new();
    let mut other = Other::start(&scratch.pg());
    let adopted = scratch.start();
    remember(&adopted);
    signal(other.postmaster, libc::SIGKILL);
    other.kill();
    let left = scratch.pg().join("data/postmaster.pid");
    assert!(left.exists() && scratch.pg().join(".s.PGSQL.5432.lock").exists());
    let server = scratch.start();
    assert!(!server.adopted());
    assert_ne!(server.pid(), other.postmaster);
    assert_eq!(remembered(&server), "whole");
}

#[test]
fn a_pid_that_now_belongs_to_another_program_is_not_believed() {
    let scratch = Scratch::new();
    let server = scratch.start();
    remember(&server);
    let account = owner_of(server.pid());
    let pid_file = scratch.pg().join("data/postmaster.pid");
    let says = fs::read_to_string(&pid_file).expect("a pid file");
    let (own, rest) = says.split_once('\n').expect("several lines");
    assert_eq!(own, server.pid().to_string());
    drop(server);
    assert!(!pid_file.exists());

    // A program of the same user: PostgreSQL itself would take it for the server and refuse to start.
    let stranger = Stranger::of(account);
    let lock = scratch.pg().join(".s.PGSQL.5432.lock");
    for text in [
        format!("{}\n{rest}", stranger.0.id()),
        format!("{}\n{rest}", u32::MAX >> 2),
        String::new(),
        "no pid at all\n".to_owned(),
    ] {
        for path in [&pid_file, &lock] {
            fs::write(path, &text).expect("our own folder");
            chown(path, Some(account), None).expect("our own file");
        }
        let server = scratch.start();
        assert!(!server.adopted(), "{text}");
        assert_eq!(remembered(&server), "whole", "{text}");
    }
}

#[test]
fn an_interrupted_initdb_is_done_again() {
    let scratch = Scratch::new();
    let mut other = Other::spawn(&scratch.pg(), |_| {});
    let half = scratch.pg().join("data.unfinished");
    wait_until("initdb is half-way", || half.join("global").exists());
    other.kill().expect("our own child");
    other.wait().expect("our own child");
    assert!(!scratch.pg().join("data").exists());
    let server = scratch.start();
    assert!(!server.adopted());
    assert!(!half.exists());
    remember(&server);
    drop(server);

    // What an initdb left that could not clean up after itself.
    fs::create_dir(&half).expect("our own folder");
    fs::rename(scratch.pg().join("data/PG_VERSION"), half.join("PG_VERSION")).expect("ours");
    fs::remove_dir_all(scratch.pg().join("data")).expect("our own folder");
    let server = scratch.start();
    assert_eq!(query(&server, "SELECT count(*) FROM pg_class WHERE relname = 'kept'"), "0");
}

#[test]
fn two_processes_at_once_share_one_server() {
    let scratch = Scratch::new();
    let both = [0, 1].map(|_| Other::spawn(&scratch.pg(), |_| {}));
    let both = both.map(Other::listen);
    assert_eq!(both[0].postmaster, both[1].postmaster);
    let adopters: Vec<_> = both.iter().filter(|other| other.adopted).collect();
    assert_eq!(adopters.len(), 1);
    // Who has adopted does not stop it.
    let third = scratch.start();
    let pid = third.pid();
    drop(third);
    assert!(!is_gone(pid));
}

#[test]
fn root_without_capabilities_still_recognises_the_server() {
    /// linux/capability.h; a container's root does not have it by default.
    const CAP_SYS_PTRACE: libc::c_ulong = 19;
    if !is_root() {
        return;
    }
    let scratch = Scratch::new();
    let server = scratch.start();
    let other = Other::listen(Other::spawn(&scratch.pg(), |command| {
        // SAFETY: a plain system call between fork and exec.
        unsafe {
            command.pre_exec(|| match libc::prctl(libc::PR_CAPBSET_DROP, CAP_SYS_PTRACE, 0, 0, 0) {
                0 => Ok(()),
                _ => Err(std::io::Error::last_os_error()),
            });
        }
    }));
    assert!(other.adopted);
    assert_eq!(other.postmaster, server.pid());
}

#[test]
fn a_path_too_long_for_a_socket_is_no_obstacle() {
    let scratch = Scratch::new();
    let mut launcher = scratch.launcher();
    launcher.wanted = scratch.0.join("ä, long".repeat(20)).join("pg");
    let again = launcher.clone();
    let server = launcher.start().expect("a server");
    remember(&server);
    let adopted = again.clone().start().expect("a server");
    assert!(adopted.adopted());
    assert_eq!(remembered(&adopted), "whole");
    let sockets = query(&server, "SHOW unix_socket_directories");
    drop(server);
    let server = again.start().expect("a server");
    assert_eq!(remembered(&server), "whole");
    drop(server);
    assert!(!Path::new(&sockets).exists());
}

#[test]
fn missing_programs_are_named_with_the_way_to_get_them() {
    let scratch = Scratch::new();
    let mut launcher = scratch.launcher();
    launcher.search.bin_dir = None;
    launcher.search.path = Some(scratch.0.clone().into());
    launcher.search.versioned = vec![scratch.0.join("none")];
    let text = launcher.start().expect_err("no programs").to_string();
    assert!(text.contains("sudo apt-get install -y postgresql"), "{text}");
    assert!(text.contains("DATABASE_URL"), "{text}");

    let mut launcher = scratch.launcher();
    launcher.search.bin_dir = Some(scratch.0.clone());
    let refused = launcher.start().expect_err("an empty folder");
    assert!(matches!(refused, LaunchError::BinDir(_)), "{refused}");
    assert!(refused.to_string().contains("PG_BIN_DIR"), "{refused}");
}

#[test]
fn programs_of_another_version_are_refused_with_a_sentence() {
    let scratch = Scratch::new();
    let versions = scratch.0.join("versions");
    for version in ["9.6.24", "14.19", "99.1"] {
        let major = version.split('.').next().expect("a number");
        let bin = versions.join(major).join("bin");
        fs::create_dir_all(&bin).expect("a folder");
        let script = format!("#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n");
        make_executable(&bin.join("postgres"), &script);
        make_executable(&bin.join("initdb"), &script);
    }
    let mut launcher = scratch.launcher();
    launcher.search.bin_dir = Some(versions.join("14/bin"));
    let refused = launcher.start().expect_err("an old version");
    assert!(matches!(refused, LaunchError::TooOld { major: 14, .. }), "{refused}");
    assert!(refused.to_string().contains("15 or newer"), "{refused}");

    let server = scratch.start();
    remember(&server);
    drop(server);
    // Newer programs beside do not touch older data, as long as there are programs that can serve it.
    let mut launcher = scratch.launcher();
    launcher.search.bin_dir = None;
    launcher.search.path = None;
    launcher.search.versioned = vec![versions];
    let refused = launcher.clone().start().expect_err("another version");
    let sentence = refused.to_string();
    assert!(matches!(refused, LaunchError::OtherMajor { found: 99, .. }), "{sentence}");
    if scratch.launcher().search.bin_dir.is_none() {
        let real = scratch.launcher().search;
        launcher.search.versioned.extend(real.versioned);
        launcher.search.path = real.path;
        assert_eq!(remembered(&launcher.start().expect("a server")), "whole");
    }
}

#[test]
fn a_server_that_cannot_start_says_why() {
    let scratch = Scratch::new();
    let mut launcher = scratch.launcher();
    launcher.settings = vec![("shared_buffers".to_owned(), "banana".to_owned())];
    let refused = launcher.start().expect_err("no such size");
    assert!(matches!(refused, LaunchError::Ended { .. }), "{refused}");
    assert!(refused.to_string().contains("banana"), "{refused}");

    let mut launcher = scratch.launcher();
    launcher.settings = vec![("fsync".to_owned(), "off".to_owned())];
    let refused = launcher.start().expect_err("durability is not for sale");
    assert!(matches!(refused, LaunchError::FixedSetting(_)), "{refused}");

    // Neither left anything behind that is in the way.
    assert_eq!(query(&scratch.start(), "SELECT 1"), "1");
}

#[test]
fn a_folder_with_something_else_in_it_is_left_alone() {
    let scratch = Scratch::new();
    fs::create_dir(scratch.pg()).expect("a folder");
    fs::write(scratch.pg().join("letters.txt"), "dear").expect("a file");
    let before = fs::metadata(scratch.pg()).expect("a folder").mode();
    let refused = scratch.launcher().start().expect_err("not ours");
    assert!(matches!(refused, LaunchError::NotOurs(_)), "{refused}");
    assert_eq!(fs::metadata(scratch.pg()).expect("a folder").mode(), before);
    assert_eq!(fs::read_dir(scratch.pg()).expect("a folder").count(), 1);
}

#[test]
fn a_database_without_its_password_is_not_overwritten() {
    let scratch = Scratch::new();
    let server = scratch.start();
    remember(&server);
    drop(server);
    let secret = scratch.pg().join("superuser.password");
    let aside = scratch.0.join("aside");
    fs::rename(&secret, &aside).expect("our own file");
    let refused = scratch.launcher().start().expect_err("no password");
    assert!(matches!(refused, LaunchError::PasswordMissing(_)), "{refused}");
    fs::rename(&aside, &secret).expect("our own file");
    assert_eq!(remembered(&scratch.start()), "whole");
}

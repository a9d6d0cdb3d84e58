//! A PostgreSQL of our own, from the programs that are installed: made on the first start, gone when we are.
//!
//! Promises: what was committed survives a kill of this process, of the server or of both (fsync stays on); no server
//! outlives the process that started it; two processes that start on the same data share one server; nothing listens
//! on the network, and only the owner of the folder (and root) reaches the socket. Synchronous, as it runs before there
//! is anything to be asynchronous about; at most a few minutes in every case.
//!
//! Does not belong here: connections, databases, roles and migrations, which are the same for a server of
//! `DATABASE_URL`.

mod account;
mod binaries;
mod cluster;
mod error;
mod folder;
mod pidfile;
mod place;
mod process;
mod settings;

use std::{
    fs::File,
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use account::Account;
use error::Doing;
use folder::{Folder, PORT};
use pidfile::PidFile;
use process::Kept;

pub use binaries::Search;
pub(in crate::postgres) use binaries::major_in;
pub use error::LaunchError;

/// For another process that makes the database or waits for its server: longer than initdb and a start together.
const START_PATIENCE: Duration = Duration::from_secs(300);
/// For a start, which may have to recover from up to `max_wal_size` of log.
const READY_PATIENCE: Duration = Duration::from_secs(120);
/// For another process that is about to adopt what we are about to stop.
const STOP_PATIENCE: Duration = Duration::from_secs(2);

/// What to start, and where.
#[derive(Debug, Clone)]
pub struct Launcher {
    /// Names the server, and its socket's folder where that cannot be in `wanted`.
    pub app: String,
    /// Where everything is kept.
    pub wanted: PathBuf,
    /// Further PostgreSQL settings, such as `("shared_buffers", "1GB")`.
    pub settings: Vec<(String, String)>,
    /// As root only: below it goes what the account cannot enter in `wanted`. `/var/lib/<app>`.
    pub fallback: PathBuf,
    /// As root only: the server runs as the first of these users that exists. `postgres`, `nobody`.
    pub accounts: Vec<String>,
    /// Where PostgreSQL's programs are looked for.
    pub search: Search,
}

/// A running server. When dropped it is stopped, if it was started here.
#[derive(Debug)]
pub struct Embedded {
    folder: Folder,
    sockets: PathBuf,
    port: u16,
    password: String,
    pid: u32,
    /// `None` where another process started it, or once stopped.
    server: Option<Kept>,
    adopted: bool,
}

impl Launcher {
    /// `app` is also part of the path of the fallback.
    pub fn new(app: &str, wanted: impl Into<PathBuf>) -> Self {
        Self {
            app: app.to_owned(),
            wanted: wanted.into(),
            settings: Vec::new(),
            fallback: Path::new("/var/lib").join(app),
            accounts: ["postgres", "nobody"].map(str::to_owned).to_vec(),
            search: Search::from_env(),
        }
    }

    /// Whether there is a database to start; asking makes nothing.
    pub fn exists(&self) -> bool {
        place::candidates(&self.wanted, &self.fallback).iter().any(|root| root.join("data").exists())
    }

    /// Makes the database where there is none, starts the server or finds it running, and returns once it answers.
    pub fn start(self) -> Result<Embedded, LaunchError> {
        if !cfg!(target_os = "linux") {
            return Err(LaunchError::NotLinux);
        }
        if !is_name(&self.app) {
            return Err(LaunchError::Name(self.app));
        }
        settings::check(&self.settings)?;
        let account = Account::choose(&self.accounts)?;
        let (root, account) = place::settle(&self.wanted, &self.fallback, account)?;
        let mut folder = Folder { sockets: root.clone(), root, account };
        let _start = folder.lock_start(START_PATIENCE)?;
        // Under the lock, as whoever stops a server takes the folder of its socket away.
        folder.sockets = place::socket_folder(&self.app, &folder.root, account)?;
        match look(&folder)? {
            Found::Running(server) => adopt(folder, server),
            Found::Nothing(lock) => self.launch(folder, lock),
        }
    }

    fn launch(self, folder: Folder, lock: File) -> Result<Embedded, LaunchError> {
        let binaries = self.search.find(folder.account, &folder.root, folder.data_version()?)?;
        cluster::ensure(&folder, &binaries, &lock)?;
        let password = password(&folder)?;
        folder.clear_leftovers()?;
        let path = folder.log();
        let (log, from) = folder.open_log(&path)?;
        let second = log.try_clone().doing("open", &path)?;
        let mut command = folder.account.command(binaries.postgres());
        command.arg("-D").arg(folder.data()).stdout(log).stderr(second);
        for setting in settings::arguments(&self.app, &folder.sockets, &self.settings) {
            command.args(["-c", &setting]);
        }
        process::tie(&mut command, libc::SIGINT, &lock).doing("prepare", &binaries.postgres())?;
        let mut server = Kept::spawn(command).doing("run", &binaries.postgres())?;
        // From here on the lock is the server's alone.
        drop(lock);
        if let Err(error) = until_ready(&folder, &mut server, from) {
            server.end();
            return Err(error);
        }
        Ok(Embedded {
            sockets: folder.sockets.clone(),
            folder,
            port: PORT,
            password,
            pid: server.pid(),
            server: Some(server),
            adopted: false,
        })
    }
}

impl Embedded {
    /// How to reach `database` as the superuser, for libpq and for tokio-postgres. Holds the password: not for logs.
    pub fn url(&self, database: &str) -> String {
        format!(
            "postgresql://{}:{}@/{}?host={}&port={}",
            cluster::SUPERUSER,
            self.password,
            percent_encoded(database),
            percent_encoded(&self.sockets.to_string_lossy()),
            self.port
        )
    }

    /// The process id of the postmaster.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Whether it ran already: it then ends with the process that started it, not with this one.
    pub fn adopted(&self) -> bool {
        self.adopted
    }

    /// The folder with everything in it: the one wanted, or its substitute below the fallback.
    pub fn root(&self) -> &Path {
        &self.folder.root
    }

    /// What the server writes about itself.
    pub fn log_path(&self) -> PathBuf {
        self.folder.log()
    }

    /// Stops the server if it was started here, and waits for it, at most 47 s. Connections are cut, their open
    /// transactions rolled back.
    pub fn stop(&mut self) {
        if let Some(server) = self.server.take() {
            // Whoever starts at this moment then waits for the end instead of adopting what is about to go. Where the
            // lock is not to be had we stop all the same.
            let _start = self.folder.lock_start(STOP_PATIENCE);
            server.end();
            if self.sockets != self.folder.root {
                // Empty by now; where it is not, the next start uses it again.
                let _ = std::fs::remove_dir(&self.sockets);
            }
        }
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.stop();
    }
}

enum Found {
    Running(PidFile),
    /// No process of any server is left; the lock of the next one.
    Nothing(File),
}

/// Waits until a server that starts, stops or dies has made up its mind.
fn look(folder: &Folder) -> Result<Found, LaunchError> {
    let start = Instant::now();
    while start.elapsed() < READY_PATIENCE {
        match folder.postmaster() {
            Some(server) if server.ready => return Ok(Found::Running(server)),
            Some(_) => {}
            None => {
                if let Some(lock) = folder.try_lock_server()? {
                    return Ok(Found::Nothing(lock));
                }
            }
        }
        thread::sleep(process::PAUSE);
    }
    Err(LaunchError::Busy { root: folder.root.clone(), seconds: READY_PATIENCE.as_secs() })
}

fn adopt(folder: Folder, server: PidFile) -> Result<Embedded, LaunchError> {
    Ok(Embedded {
        password: password(&folder)?,
        sockets: server.socket_folder.unwrap_or_else(|| folder.sockets.clone()),
        port: server.port.unwrap_or(PORT),
        pid: server.pid.unsigned_abs(),
        folder,
        server: None,
        adopted: true,
    })
}

fn until_ready(folder: &Folder, server: &mut Kept, from: u64) -> Result<(), LaunchError> {
    let log = folder.log();
    let start = Instant::now();
    while start.elapsed() < READY_PATIENCE {
        if let Some(status) = server.ended().doing("wait for", &log)? {
            return Err(LaunchError::Ended { status: status.to_string(), tail: folder::tail(&log, from), log });
        }
        let found = folder.postmaster().filter(|found| found.ready);
        if found.is_some_and(|found| found.pid.unsigned_abs() == server.pid()) {
            return Ok(());
        }
        thread::sleep(process::PAUSE);
    }
    Err(LaunchError::NotReady { seconds: READY_PATIENCE.as_secs(), tail: folder::tail(&log, from), log })
}

fn password(folder: &Folder) -> Result<String, LaunchError> {
    let path = folder.password_file();
    match folder::read_small(&path) {
        Ok(text) => Ok(text.trim().to_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(LaunchError::PasswordMissing(path)),
        Err(error) => Err(error).doing("read", &path),
    }
}

/// The name becomes part of paths and settings.
fn is_name(app: &str) -> bool {
    let spelt = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (1..=32).contains(&app.len()) && app.chars().all(spelt)
}

/// RFC 3986, section 2.1, for everything but the unreserved characters.
fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

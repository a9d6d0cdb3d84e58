//! The folder of one embedded server, private to the account that runs it:
//!
//! | name | what it is |
//! |---|---|
//! | `data/` | the database; a folder of this name is always a whole one |
//! | `data.unfinished/` | initdb at work, or interrupted |
//! | `superuser.password` | random, made together with the database |
//! | `server.log`, `initdb.log` | what the programs said |
//! | `start.lock` | held by whoever starts or stops the server |
//! | `server.lock` | held by the server's processes themselves, so free only once the last of them is gone |

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Read, Seek, SeekFrom, Write},
    os::unix::fs::{OpenOptionsExt, fchown},
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use super::{
    account::Account,
    error::{Doing, LaunchError},
    pidfile::PidFile,
    process::{self, PAUSE},
};

/// The port in the name of the Unix socket; nothing listens on the network.
pub(super) const PORT: u16 = 5432;
/// Also tells a folder of ours from any other.
pub(super) const START_LOCK: &str = "start.lock";
/// The log is set aside at a start when it has grown past this many bytes, so two such files are kept at most.
const LOG_LIMIT: u64 = 8 << 20;
/// How many bytes from the end of a log an error quotes.
const TAIL: u64 = 2_000;
/// A pid file is some hundred bytes; more is not read.
const SMALL_FILE: u64 = 16_384;

/// A folder that exists, is private, and can be entered by the account.
#[derive(Debug)]
pub(super) struct Folder {
    pub root: PathBuf,
    pub sockets: PathBuf,
    pub account: Account,
}

impl Folder {
    pub fn data(&self) -> PathBuf {
        self.root.join("data")
    }

    pub fn unfinished(&self) -> PathBuf {
        self.root.join("data.unfinished")
    }

    pub fn password_file(&self) -> PathBuf {
        self.root.join("superuser.password")
    }

    pub fn log(&self) -> PathBuf {
        self.root.join("server.log")
    }

    /// The major version that wrote the data, `None` where there is none yet.
    pub fn data_version(&self) -> Result<Option<u32>, LaunchError> {
        let path = self.data().join("PG_VERSION");
        match read_small(&path) {
            Ok(text) => text
                .trim()
                .parse()
                .map(Some)
                .map_err(|_| io::Error::other("it holds no version"))
                .doing("understand", &path),
            Err(error) if error.kind() == io::ErrorKind::NotFound && !self.data().exists() => Ok(None),
            Err(error) => Err(error).doing("read", &path),
        }
    }

    pub fn lock_start(&self, patience: Duration) -> Result<File, LaunchError> {
        let start = Instant::now();
        loop {
            if let Some(lock) = self.try_lock(START_LOCK)? {
                return Ok(lock);
            }
            if start.elapsed() >= patience {
                return Err(LaunchError::Busy { root: self.root.clone(), seconds: patience.as_secs() });
            }
            thread::sleep(PAUSE);
        }
    }

    /// The lock that the server's processes inherit; `None` while any of them lives.
    pub fn try_lock_server(&self) -> Result<Option<File>, LaunchError> {
        self.try_lock("server.lock")
    }

    fn try_lock(&self, name: &str) -> Result<Option<File>, LaunchError> {
        let path = self.root.join(name);
        let file = self.open(&path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(file)),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error).doing("lock", &path),
        }
    }

    /// Opens a file of ours for appending, made if need be. Links are not followed: the account owns the folder, and
    /// we may be root.
    fn open(&self, path: &Path) -> Result<File, LaunchError> {
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .custom_flags(libc::O_NOFOLLOW)
            .open(path)
            .doing("open", path)?;
        self.give(&file).doing("give away", path)?;
        Ok(file)
    }

    fn give(&self, file: &File) -> io::Result<()> {
        if self.account.drops {
            fchown(file, Some(self.account.uid), Some(self.account.gid))?;
        }
        Ok(())
    }

    /// Opens a log and tells where new lines will begin.
    pub fn open_log(&self, path: &Path) -> Result<(File, u64), LaunchError> {
        if fs::symlink_metadata(path).is_ok_and(|log| log.len() > LOG_LIMIT) {
            let mut older = path.as_os_str().to_owned();
            older.push(".1");
            fs::rename(path, older).doing("set aside", path)?;
        }
        let file = self.open(path)?;
        let length = file.metadata().doing("measure", path)?.len();
        Ok((file, length))
    }

    /// Writes a new file that only the account can read, in place of any older one.
    pub fn write_secret(&self, path: &Path, text: &str) -> Result<(), LaunchError> {
        remove(path)?;
        let write = || {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
            self.give(&file)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()
        };
        write().doing("write", path)
    }

    /// What the running server says of itself, believed only where the process it names works in the data folder: a
    /// pid may be long dead, and in a container soon another program's.
    pub fn postmaster(&self) -> Option<PidFile> {
        let found = PidFile::parse(&read_small(&self.pid_file()).ok()?)?;
        let data = fs::canonicalize(self.data()).ok()?;
        (self.account.working_folder(found.pid)? == data).then_some(found)
    }

    fn pid_file(&self) -> PathBuf {
        self.data().join("postmaster.pid")
    }

    /// Clears what a killed server left, so that a new one does not take it for alive. To be called with the server's
    /// lock held only.
    pub fn clear_leftovers(&self) -> Result<(), LaunchError> {
        let path = self.pid_file();
        if let Ok(text) = read_small(&path) {
            match PidFile::parse(&text) {
                None => remove(&path)?,
                // PostgreSQL sees by itself that a process is gone, and then looks whether the shared memory named
                // further down is still in use. Removing the file would take that second check away, so only the
                // pid that now belongs to somebody else is replaced, by ours: PostgreSQL never takes its own parent
                // for a rival.
                Some(found) if process::is_alive(found.pid) => {
                    let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
                    let text = format!("{}\n{rest}", std::process::id());
                    OpenOptions::new()
                        .write(true)
                        .truncate(true)
                        .custom_flags(libc::O_NOFOLLOW)
                        .open(&path)
                        .and_then(|mut file| file.write_all(text.as_bytes()))
                        .doing("correct", &path)?;
                }
                Some(_) => {}
            }
        }
        remove(&self.sockets.join(format!(".s.PGSQL.{PORT}")))?;
        remove(&self.sockets.join(format!(".s.PGSQL.{PORT}.lock")))
    }
}

/// The end of a log, from where this run began.
pub(super) fn tail(path: &Path, from: u64) -> String {
    let read = || {
        let mut file = File::open(path)?;
        let length = file.metadata()?.len();
        file.seek(SeekFrom::Start(from.max(length.saturating_sub(TAIL))))?;
        let mut bytes = Vec::new();
        file.take(TAIL).read_to_end(&mut bytes)?;
        io::Result::Ok(bytes)
    };
    match read() {
        Ok(bytes) => String::from_utf8_lossy(&bytes).trim().to_owned(),
        Err(error) => format!("(the log cannot be read: {error})"),
    }
}

pub(super) fn read_small(path: &Path) -> io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(SMALL_FILE).read_to_string(&mut text)?;
    Ok(text)
}

/// Removes a file; that it is not there is as good.
fn remove(path: &Path) -> Result<(), LaunchError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error).doing("remove", path),
        _ => Ok(()),
    }
}

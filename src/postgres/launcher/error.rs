//! What can keep the embedded server from starting, each as a sentence that says what to do.

use std::{
    io,
    path::{Path, PathBuf},
};

use super::binaries::OLDEST;

/// Why the embedded PostgreSQL is not running.
#[derive(Debug, thiserror::Error)]
pub enum LaunchError {
    #[error(
        "PostgreSQL's server programs (postgres, initdb) were not found on PATH, in /usr/lib/postgresql/*/bin or in \
         PG_BIN_DIR. Install them with `sudo apt-get install -y postgresql`, or set DATABASE_URL to use a server of \
         your own."
    )]
    NoBinaries,
    #[error("PG_BIN_DIR is {}, which does not hold the programs postgres and initdb.", .0.display())]
    BinDir(PathBuf),
    #[error(
        "PostgreSQL {major} in {} is too old: {OLDEST} or newer is needed. Install one, or set DATABASE_URL.",
        dir.display()
    )]
    TooOld { major: u32, dir: PathBuf },
    #[error(
        "The data in {} was written by PostgreSQL {data}, but only version {found} is installed. Install \
         postgresql-{data}, or move the data with pg_upgrade.",
        root.display()
    )]
    OtherMajor { root: PathBuf, data: u32, found: u32 },
    #[error(
        "PostgreSQL refuses to run as root, and there is neither a user `postgres` nor a user `nobody` to run it as."
    )]
    NoAccount,
    #[error(
        "The user who runs PostgreSQL (uid {uid}) cannot enter {}. Choose another GUICHET_DATA, or make the folders \
         above it traversable.",
        path.display()
    )]
    Unreachable { uid: u32, path: PathBuf },
    #[error(
        "{} belongs to another user (uid {owner}). Start as that user or as root, or choose another GUICHET_DATA.",
        path.display()
    )]
    Foreign { path: PathBuf, owner: u32 },
    #[error("{} holds files that are not ours. Choose an empty folder as GUICHET_DATA.", .0.display())]
    NotOurs(PathBuf),
    #[error("`{0}` cannot name an embedded server: lower-case letters, digits and hyphens only, at most 32.")]
    Name(String),
    #[error("The setting `{0}` of the embedded server is fixed.")]
    FixedSetting(String),
    #[error("`{0}` is not the name of a PostgreSQL setting.")]
    Setting(String),
    #[error("No folder for PostgreSQL's socket: {} is too long or has unusual characters. Set TMPDIR.", .0.display())]
    SocketFolder(PathBuf),
    #[error("{} is not a private folder of the user who runs PostgreSQL; remove it.", .0.display())]
    SocketFolderTaken(PathBuf),
    #[error("{} is missing although there is a database; restore it, or set the data aside.", .0.display())]
    PasswordMissing(PathBuf),
    #[error("Another process is still starting, stopping or using the database in {} after {seconds} s.", root.display())]
    Busy { root: PathBuf, seconds: u64 },
    #[error("initdb could not create a database ({cause}); see {}: {tail}", log.display())]
    Initdb { cause: String, log: PathBuf, tail: String },
    #[error("PostgreSQL ended while starting ({status}); see {}: {tail}", log.display())]
    Ended { status: String, log: PathBuf, tail: String },
    #[error("PostgreSQL was not ready after {seconds} s; see {}: {tail}", log.display())]
    NotReady { seconds: u64, log: PathBuf, tail: String },
    #[error("The embedded PostgreSQL needs Linux; set DATABASE_URL to use a server of your own.")]
    NotLinux,
    #[error("Could not {doing} {}: {source}", path.display())]
    Io { doing: &'static str, path: PathBuf, source: io::Error },
}

/// Names what was being done to which path when the system said no.
pub(super) trait Doing<T> {
    fn doing(self, doing: &'static str, path: &Path) -> Result<T, LaunchError>;
}

impl<T> Doing<T> for io::Result<T> {
    fn doing(self, doing: &'static str, path: &Path) -> Result<T, LaunchError> {
        self.map_err(|source| LaunchError::Io { doing, path: path.to_owned(), source })
    }
}

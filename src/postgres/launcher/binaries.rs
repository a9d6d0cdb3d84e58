//! Where PostgreSQL's programs are, and of which version.

use std::{
    collections::BTreeSet,
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
};

use super::{
    account::Account,
    error::{Doing, LaunchError},
};

/// The oldest major version whose behaviour we rely on.
pub(super) const OLDEST: u32 = 15;
/// Distributions keep a handful of versions side by side; more folders than this are not looked at.
const MOST_VERSIONS: usize = 64;

/// The programs without which there is no server.
const SERVER: [&str; 2] = ["postgres", "initdb"];

/// Where to look for PostgreSQL's programs.
#[derive(Debug, Clone)]
pub struct Search {
    /// `PG_BIN_DIR`: where set, nowhere else is looked.
    pub bin_dir: Option<PathBuf>,
    /// `PATH`.
    pub path: Option<OsString>,
    /// Folders with one sub-folder per major version, each with a `bin`.
    pub versioned: Vec<PathBuf>,
}

impl Search {
    /// What the environment says, and where Debian and Ubuntu put the server.
    pub fn from_env() -> Self {
        Self {
            bin_dir: std::env::var_os("PG_BIN_DIR").filter(|dir| !dir.is_empty()).map(PathBuf::from),
            path: std::env::var_os("PATH"),
            versioned: vec![PathBuf::from("/usr/lib/postgresql")],
        }
    }

    /// The programs for data of version `data`, or for new data where `None`: the first folder that serves. Beside
    /// each other, the newest version comes first.
    pub(super) fn find(&self, account: Account, root: &Path, data: Option<u32>) -> Result<Binaries, LaunchError> {
        let mut unfit = None;
        let folders = self.folders(&SERVER)?;
        if let (Some(dir), true) = (&self.bin_dir, folders.is_empty()) {
            return Err(LaunchError::BinDir(dir.clone()));
        }
        for dir in folders {
            let major = major_of(account, &dir)?;
            if major < OLDEST {
                unfit.get_or_insert(LaunchError::TooOld { major, dir });
            } else if let Some(data) = data.filter(|data| *data != major) {
                unfit = Some(LaunchError::OtherMajor { root: root.to_owned(), data, found: major });
            } else {
                return Ok(Binaries { dir });
            }
        }
        Err(unfit.unwrap_or(LaunchError::NoBinaries))
    }

    /// The folders that hold all of these programs, in the order in which they are tried.
    pub(in crate::postgres) fn folders(&self, programs: &[&str]) -> Result<Vec<PathBuf>, LaunchError> {
        let is_complete = |dir: &Path| programs.iter().all(|name| dir.join(name).is_file());
        if let Some(dir) = &self.bin_dir {
            let dir = std::path::absolute(dir).doing("resolve", dir)?;
            return Ok(if is_complete(&dir) { vec![dir] } else { Vec::new() });
        }
        let path = self.path.iter().flat_map(std::env::split_paths);
        // A relative entry of PATH would mean another folder in the child, which works elsewhere.
        let mut folders: Vec<_> = path.filter(|dir| dir.is_absolute()).collect();
        for base in &self.versioned {
            let majors: BTreeSet<u32> = fs::read_dir(base)
                .into_iter()
                .flatten()
                .take(MOST_VERSIONS)
                .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse().ok())
                .collect();
            folders.extend(majors.iter().rev().map(|major| base.join(major.to_string()).join("bin")));
        }
        folders.retain(|dir| is_complete(dir));
        Ok(folders)
    }
}

/// A folder with programs of a version that serves.
#[derive(Debug)]
pub(super) struct Binaries {
    dir: PathBuf,
}

impl Binaries {
    pub fn postgres(&self) -> PathBuf {
        self.dir.join("postgres")
    }

    pub fn initdb(&self) -> PathBuf {
        self.dir.join("initdb")
    }
}

/// Asks the program itself, as the account that will run it.
fn major_of(account: Account, dir: &Path) -> Result<u32, LaunchError> {
    let program = dir.join("postgres");
    let output = account.command(&program).arg("--version").output().doing("run", &program)?;
    major_in(&String::from_utf8_lossy(&output.stdout))
        .ok_or_else(|| std::io::Error::other("it does not tell its version"))
        .doing("use", &program)
}

/// The major version in `postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)`, `… 9.6.24` or `… 19beta1`.
pub(in crate::postgres) fn major_in(text: &str) -> Option<u32> {
    let version = text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let digits = version.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_the_program_says() {
        assert_eq!(major_in("postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n"), Some(15));
        assert_eq!(major_in("postgres (PostgreSQL) 9.6.24"), Some(9));
        assert_eq!(major_in("postgres (PostgreSQL) 19beta1"), Some(19));
        assert_eq!(major_in("postgres (PostgreSQL)"), None);
        assert_eq!(major_in(""), None);
    }
}

//! Whom the server runs as: ourselves, or, where we are root, an account without privileges.

use std::{
    fs,
    io::{self, Read},
    os::unix::process::CommandExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use super::error::{Doing, LaunchError};

/// initdb looks its own uid up and refuses one that is unknown, so an account must stand here.
const PASSWD: &str = "/etc/passwd";
/// Far above any real file of accounts; more is not read.
const PASSWD_LIMIT: u64 = 4 << 20;

/// The user and group that own the files and run the programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Account {
    pub uid: u32,
    pub gid: u32,
    /// We are root and have to become this account in every child.
    pub drops: bool,
}

impl Account {
    /// Ourselves, or the first of `candidates` that exists where we are root.
    pub fn choose(candidates: &[String]) -> Result<Self, LaunchError> {
        // SAFETY: both calls have no preconditions and cannot fail.
        let (uid, gid) = unsafe { (libc::geteuid(), libc::getegid()) };
        if uid != 0 {
            return Ok(Self { uid, gid, drops: false });
        }
        let path = Path::new(PASSWD);
        let mut text = String::new();
        fs::File::open(path).and_then(|file| file.take(PASSWD_LIMIT).read_to_string(&mut text)).doing("read", path)?;
        candidates.iter().find_map(|name| named(&text, name)).ok_or(LaunchError::NoAccount)
    }

    /// A command that runs as this account with an environment of its own: neither our secrets nor a stray `PGDATA`
    /// reach it.
    pub fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("LC_ALL", "C.UTF-8")
            .env("TZ", "UTC")
            .current_dir("/")
            .stdin(Stdio::null());
        if self.drops {
            // The standard library gives up the supplementary groups too when root sets a uid.
            command.uid(self.uid).gid(self.gid);
        }
        command
    }

    /// Whether the account can enter `folder`. Asked of the kernel, by entering it, so that access lists and mounts
    /// count as well as the mode bits.
    pub fn can_enter(&self, folder: &Path) -> bool {
        self.command("readlink")
            .arg("/proc/self/cwd")
            .current_dir(folder)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()
            .is_ok_and(|status| status.success())
    }

    /// The folder in which process `pid` works, `None` where there is no such process or it is not ours to see.
    pub fn working_folder(&self, pid: i32) -> Option<PathBuf> {
        let link = PathBuf::from(format!("/proc/{pid}/cwd"));
        match fs::read_link(&link) {
            Ok(folder) => Some(folder),
            // In a container root may lack the capability to look at other users' processes; the account itself may.
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied && self.drops => {
                let output = self.command("readlink").arg(&link).output().ok()?;
                let text = String::from_utf8(output.stdout).ok()?;
                let text = text.strip_suffix('\n').unwrap_or(&text);
                (!text.is_empty()).then(|| PathBuf::from(text))
            }
            Err(_) => None,
        }
    }
}

/// The account `name` in the text of a passwd file; root itself does not count.
fn named(passwd: &str, name: &str) -> Option<Account> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next()? != name {
            return None;
        }
        let uid: u32 = fields.nth(1)?.parse().ok()?;
        let gid = fields.next()?.parse().ok()?;
        (uid != 0).then_some(Account { uid, gid, drops: true })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "root:x:0:0:root:/root:/bin/bash\n\
                        postgresql:x:7:7::/:/bin/sh\n\
                        broken:x:no\n\
                        postgres:x:101:104:PostgreSQL administrator,,,:/var/lib/postgresql:/bin/bash\n";

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let found = named(TEXT, "postgres").map(|account| (account.uid, account.gid));
        assert_eq!(found, Some((101, 104)));
    }

    #[test]
    fn root_and_broken_lines_are_no_accounts() {
        assert_eq!(named(TEXT, "root"), None);
        assert_eq!(named(TEXT, "broken"), None);
        assert_eq!(named(TEXT, "nobody"), None);
    }
}

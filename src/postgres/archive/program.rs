//! `pg_dump` and `pg_restore`: found where the launcher finds its server, and run as children that do not outlive their
//! use. Where the server is and how one signs in there is told to them by their environment, which no other user of
//! the machine can read.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, Command};
use tokio::task::JoinHandle;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};

use crate::kernel::{Error, Result};
use crate::postgres::launcher::{Search, major_in};
use crate::postgres::target::Target;

/// Bytes on their way at once.
const PIECE: usize = 256 * 1024;
/// How long a program may be silent, or take nothing.
const SILENCE: Duration = Duration::from_secs(600);
/// How long a program may work on after the last byte: indexes and constraints of a large database are made then.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);
/// How long a program may take to tell its version.
const ASKED: Duration = Duration::from_secs(30);
/// How much of what a program complains about is repeated, in bytes.
const COMPLAINT: usize = 2_000;
/// From this version on `pg_restore` sets what older servers do not know.
const DEMANDING: u32 = 17;
/// Where Debian keeps the authorities of the web; libpq before version 16 knows no other way to name them.
const AUTHORITIES: &str = "/etc/ssl/certs/ca-certificates.crt";

/// A program of PostgreSQL that suits a server.
#[derive(Debug)]
pub struct Program {
    path: PathBuf,
    major: u32,
    /// Whose word it takes on the server's certificate; `None`: that of the authorities of the web.
    authorities: Option<PathBuf>,
}

impl Program {
    /// `pg_dump` for a server: of its version, else of the next newer; an older one refuses.
    ///
    /// # Errors
    /// Where there is none; the sentence says what to install.
    pub async fn dumper(search: &Search, server: u32, authorities: Option<&Path>) -> Result<Self> {
        Self::find(search, "pg_dump", server..u32::MAX, authorities).await
    }

    /// `pg_restore` for a server and an archive that `pg_dump` of version `written_by` has written.
    ///
    /// # Errors
    /// Where there is none, or none can be; the sentence says what to install.
    pub async fn restorer(search: &Search, server: u32, written_by: u32, authorities: Option<&Path>) -> Result<Self> {
        let most = if server < DEMANDING { DEMANDING } else { u32::MAX };
        if written_by >= most {
            return Err(Error::internal(format!(
                "the backup was written by pg_dump of PostgreSQL {written_by}, and the target is PostgreSQL {server}: \
                 restore into {DEMANDING} or newer"
            )));
        }
        Self::find(search, "pg_restore", server.max(written_by)..most, authorities).await
    }

    /// The program's major version.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.major
    }

    /// The oldest that suits: what a newer `pg_dump` writes an older `pg_restore` cannot read.
    async fn find(search: &Search, name: &'static str, suits: Range<u32>, authorities: Option<&Path>) -> Result<Self> {
        let folders = search.folders(&[name]).map_err(|e| Error::internal(e.to_string()))?;
        let mut found: Option<Self> = None;
        // From the last to the first: a distribution's own folder comes before what PATH leads to, which on Debian is
        // a script that chooses a version by itself.
        for folder in folders.iter().rev() {
            let path = folder.join(name);
            let major = major_of(&path).await?;
            if suits.contains(&major) && found.as_ref().is_none_or(|found| major < found.major) {
                found = Some(Self { path, major, authorities: authorities.map(Path::to_owned) });
            }
        }
        let place = match &search.bin_dir {
            Some(dir) => format!("PG_BIN_DIR ({})", dir.display()),
            None => "/usr/lib/postgresql/*/bin or on PATH".to_owned(),
        };
        let (least, most) = (suits.start, suits.end);
        let wanted = if most == u32::MAX { format!("{least} or newer") } else { format!("{least} to {}", most - 1) };
        found.ok_or_else(|| {
            Error::internal(format!(
                "{name} of PostgreSQL {wanted} was not found in {place}. Install it with `sudo apt-get install -y \
                 postgresql-client-{least}`"
            ))
        })
    }

    /// Runs it and takes what it writes.
    pub(super) async fn read(&self, url: &str, arguments: &[&str], into: &mut impl Write) -> Result<()> {
        let mut child = self.spawn(url, arguments, Stdio::null(), Stdio::piped())?;
        let complaint = complaint(child.stderr.take());
        let mut output = child.stdout.take().ok_or_else(|| Error::internal("no pipe"))?;
        let mut piece = vec![0; PIECE];
        loop {
            let read = tokio::time::timeout(SILENCE, output.read(&mut piece)).await;
            let read = read.map_err(|_| self.failed("it was silent for ten minutes"))?;
            match read.map_err(|e| self.failed(&e.to_string()))? {
                0 => break,
                length => into.write_all(&piece[..length]).map_err(|e| Error::internal(e.to_string()))?,
            }
        }
        self.ended(child, complaint).await
    }

    /// Runs it and gives it what it reads. Where we die before the end it sees the end of a torn archive, and undoes
    /// what it did.
    pub(super) async fn write(&self, url: &str, arguments: &[&str], from: &mut impl Read) -> Result<()> {
        let mut child = self.spawn(url, arguments, Stdio::piped(), Stdio::null())?;
        let complaint = complaint(child.stderr.take());
        let mut input = child.stdin.take().ok_or_else(|| Error::internal("no pipe"))?;
        let mut piece = vec![0; PIECE];
        loop {
            let length = from.read(&mut piece).map_err(|e| Error::internal(e.to_string()))?;
            if length == 0 {
                break;
            }
            let written = tokio::time::timeout(SILENCE, input.write_all(&piece[..length])).await;
            // Where it does not want any more, its status and its words say why.
            if written.map_err(|_| self.failed("it took nothing for ten minutes"))?.is_err() {
                break;
            }
        }
        drop(input);
        self.ended(child, complaint).await
    }

    fn spawn(&self, url: &str, arguments: &[&str], input: Stdio, output: Stdio) -> Result<Child> {
        let mut command = Command::new(&self.path);
        command.args(arguments).arg("--no-password").env_clear().envs(environment(url, self)?);
        command.stdin(input).stdout(output).stderr(Stdio::piped()).kill_on_drop(true);
        command.spawn().map_err(|e| self.failed(&e.to_string()))
    }

    async fn ended(&self, mut child: Child, complaint: JoinHandle<String>) -> Result<()> {
        let status = tokio::time::timeout(LONGEST, child.wait()).await;
        let status: ExitStatus =
            status.map_err(|_| self.failed("it did not end within a day"))?.map_err(|e| self.failed(&e.to_string()))?;
        if status.success() {
            return Ok(());
        }
        let said = complaint.await.unwrap_or_default();
        Err(self.failed(&format!("{status}: {}", said.trim())))
    }

    fn failed(&self, why: &str) -> Error {
        Error::internal(format!("{}: {why}", self.path.display()))
    }
}

/// Reads to its end what a program complains about, and keeps the beginning.
fn complaint(pipe: Option<ChildStderr>) -> JoinHandle<String> {
    tokio::spawn(async move {
        let (mut kept, mut piece) = (Vec::new(), vec![0; COMPLAINT]);
        if let Some(mut pipe) = pipe {
            while let Ok(length @ 1..) = pipe.read(&mut piece).await {
                let missing = COMPLAINT - kept.len();
                kept.extend_from_slice(&piece[..length.min(missing)]);
            }
        }
        String::from_utf8_lossy(&kept).into_owned()
    })
}

async fn major_of(path: &Path) -> Result<u32> {
    let failed = |why: String| Error::internal(format!("{}: {why}", path.display()));
    let mut command = Command::new(path);
    command.arg("--version").stdin(Stdio::null()).kill_on_drop(true);
    let output =
        tokio::time::timeout(ASKED, command.output()).await.map_err(|_| failed("it does not answer".into()))?;
    let output = output.map_err(|e| failed(e.to_string()))?;
    major_in(&String::from_utf8_lossy(&output.stdout)).ok_or_else(|| failed("it does not tell its version".into()))
}

/// What libpq reads for `url`, which is read as the server reads it.
fn environment(url: &str, program: &Program) -> Result<Vec<(&'static str, OsString)>> {
    let config = Target::parse(url)?.config;
    let host = |host: &Host| match host {
        Host::Tcp(name) => OsString::from(name),
        Host::Unix(folder) => folder.clone().into_os_string(),
    };
    let joined = |parts: Vec<OsString>| parts.join(std::ffi::OsStr::new(","));
    let ports = config.get_ports().iter().map(|port| port.to_string().into()).collect();
    let addresses = config.get_hostaddrs().iter().map(|address| address.to_string().into()).collect();
    let mut all: Vec<(&'static str, OsString)> = vec![
        ("PATH", "/usr/local/bin:/usr/bin:/bin".into()),
        ("LC_ALL", "C.UTF-8".into()),
        ("PGAPPNAME", "guichet".into()),
        ("PGCONNECT_TIMEOUT", "30".into()),
        ("PGHOST", joined(config.get_hosts().iter().map(host).collect())),
        ("PGPORT", joined(ports)),
        ("PGHOSTADDR", joined(addresses)),
        ("PGDATABASE", config.get_dbname().or(config.get_user()).unwrap_or_default().into()),
        ("PGUSER", config.get_user().unwrap_or_default().into()),
        ("PGOPTIONS", config.get_options().unwrap_or_default().into()),
    ];
    if let Some(password) = config.get_password() {
        all.push(("PGPASSWORD", String::from_utf8_lossy(password).into_owned().into()));
    }
    let session = match config.get_target_session_attrs() {
        TargetSessionAttrs::ReadWrite => "read-write",
        TargetSessionAttrs::ReadOnly => "read-only",
        _ => "any",
    };
    all.push(("PGTARGETSESSIONATTRS", session.into()));
    let mode = match config.get_ssl_mode() {
        SslMode::Disable => "disable",
        // The server's own client believes no certificate that it cannot verify; nor does this one.
        SslMode::Require => "verify-full",
        _ => "prefer",
    };
    all.push(("PGSSLMODE", mode.into()));
    if mode == "verify-full" {
        let known = if program.major >= 16 { "system" } else { AUTHORITIES };
        all.push(("PGSSLROOTCERT", program.authorities.as_ref().map_or(known.into(), |file| file.into())));
    }
    all.retain(|(_, value)| !value.is_empty());
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(url: &str) -> Vec<(&'static str, String)> {
        let authorities = Some("/etc/guichet/ca.pem".into());
        let all = environment(url, &Program { path: "pg_dump".into(), major: 15, authorities }).expect("a URL");
        all.into_iter().map(|(name, value)| (name, value.to_string_lossy().into_owned())).collect()
    }

    fn has(all: &[(&'static str, String)], name: &str, value: &str) -> bool {
        all.iter().any(|(n, v)| *n == name && v == value)
    }

    #[test]
    fn a_url_is_told_as_libpq_reads_it() {
        let all = told("postgresql://me:p%40ss@/cases?host=%2Frun%2Fpg&port=5433");
        for (name, value) in [
            ("PGHOST", "/run/pg"),
            ("PGPORT", "5433"),
            ("PGUSER", "me"),
            ("PGPASSWORD", "p@ss"),
            ("PGDATABASE", "cases"),
            ("PGSSLMODE", "prefer"),
        ] {
            assert!(has(&all, name, value), "{name} in {all:?}");
        }
        let two = told("postgres://me@a,b:5433/cases?target_session_attrs=read-write&sslmode=require");
        assert!(has(&two, "PGHOST", "a,b") && has(&two, "PGPORT", "5432,5433"), "{two:?}");
        assert!(has(&two, "PGTARGETSESSIONATTRS", "read-write") && has(&two, "PGSSLMODE", "verify-full"), "{two:?}");
        assert!(has(&two, "PGSSLROOTCERT", "/etc/guichet/ca.pem"), "{two:?}");
        assert!(!two.iter().any(|(name, _)| *name == "PGPASSWORD"), "{two:?}");
    }
}

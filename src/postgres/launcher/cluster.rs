//! The database files, made once: initdb works beside the place where they will stand, and a rename puts them there
//! whole. So an initdb that was killed at any moment leaves no `data/`, and what is there is never thrown away.

use std::{
    fs::{self, File},
    io::Read,
    path::Path,
    time::Duration,
};

use super::{
    binaries::Binaries,
    error::{Doing, LaunchError},
    folder::{Folder, tail},
    process,
};

/// The one superuser; the roles of the application are made by its migrations.
pub(super) const SUPERUSER: &str = "postgres";
/// initdb takes one to two seconds, and some more on a slow disk.
const INITDB_PATIENCE: Duration = Duration::from_secs(180);

/// Makes the database if there is none. `lock` is held by initdb while it works.
pub(super) fn ensure(folder: &Folder, binaries: &Binaries, lock: &File) -> Result<(), LaunchError> {
    if folder.data().exists() {
        return Ok(());
    }
    let unfinished = folder.unfinished();
    if unfinished.exists() {
        fs::remove_dir_all(&unfinished).doing("remove", &unfinished)?;
    }
    folder.write_secret(&folder.password_file(), &random_password()?)?;
    run_initdb(folder, binaries, lock)?;
    fs::rename(&unfinished, folder.data()).doing("put in place", &unfinished)?;
    File::open(&folder.root).and_then(|root| root.sync_all()).doing("sync", &folder.root)
}

fn run_initdb(folder: &Folder, binaries: &Binaries, lock: &File) -> Result<(), LaunchError> {
    let path = folder.root.join("initdb.log");
    let (log, from) = folder.open_log(&path)?;
    let second = log.try_clone().doing("open", &path)?;
    let mut command = folder.account.command(binaries.initdb());
    command
        .args(["--username", SUPERUSER, "--auth", "scram-sha-256"])
        .args(["--encoding", "UTF8", "--locale", "C.UTF-8"])
        .args(["--data-checksums", "--no-instructions", "--pwfile"])
        .arg(folder.password_file())
        .arg("--pgdata")
        .arg(folder.unfinished())
        .stdout(log)
        .stderr(second);
    // initdb removes what it has made when it is told to end.
    process::tie(&mut command, libc::SIGTERM, lock).doing("prepare", &binaries.initdb())?;
    let mut child = command.spawn().doing("run", &binaries.initdb())?;
    let fault = |cause: String| LaunchError::Initdb { cause, tail: tail(&path, from), log: path.clone() };
    match process::wait(&mut child, INITDB_PATIENCE) {
        Ok(Some(status)) if status.success() => Ok(()),
        Ok(Some(status)) => Err(fault(status.to_string())),
        outcome => {
            process::abandon(&mut child);
            Err(fault(match outcome {
                Err(error) => error.to_string(),
                _ => format!("not done after {} s", INITDB_PATIENCE.as_secs()),
            }))
        }
    }
}

/// 192 bits from the kernel, in hexadecimal so that it needs no quoting anywhere.
fn random_password() -> Result<String, LaunchError> {
    let source = Path::new("/dev/urandom");
    let mut bytes = [0_u8; 24];
    File::open(source).and_then(|mut file| file.read_exact(&mut bytes)).doing("read", source)?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

//! The mark of a restore that is under way. It lies in `GUICHET_DATA` from before the first thing is put there until all
//! of it is there, so a restore that was cut off, by whatever, is not mistaken for a whole one: neither by a second
//! restore nor by a server that starts. The file holds the sentence that both say.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::kernel::clock::machine_now;
use crate::kernel::{Error, Result};

const NAME: &str = "restore.unfinished";
/// Longest sentence, in bytes.
const SENTENCE: u64 = 16 << 10;

pub struct Unfinished(PathBuf);

fn failed(path: &Path, source: &std::io::Error) -> Error {
    Error::internal(format!("{}: {source}", path.display()))
}

/// Makes sure that no restore into this folder was cut off.
///
/// # Errors
/// Where one was; the sentence says what to remove.
pub fn check(data: &Path) -> Result<()> {
    let path = data.join(NAME);
    let mut sentence = String::new();
    match File::open(&path).and_then(|file| file.take(SENTENCE).read_to_string(&mut sentence)) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(e) => Err(failed(&path, &e)),
        Ok(_) => Err(Error::internal(sentence.trim_end())),
    }
}

impl Unfinished {
    /// `database` says where the database is that is being restored.
    ///
    /// # Errors
    /// Where the mark cannot be made.
    pub fn begin(data: &Path, backup: &Path, database: &str) -> Result<Self> {
        let (path, shown) = (data.join(NAME), data.display());
        let sentence = format!(
            "the restore of {} that began at {} did not end. Remove {shown}/keys, {shown}/documents (or what is in the \
             bucket), what is in {database}, and at last {}; then restore again\n",
            backup.display(),
            machine_now(),
            path.display()
        );
        let write = || {
            fs::create_dir_all(data)?;
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
            file.write_all(sentence.as_bytes())?;
            file.sync_all()?;
            File::open(data)?.sync_all()
        };
        write().map_err(|e| failed(&path, &e))?;
        Ok(Self(path))
    }

    /// All is there.
    ///
    /// # Errors
    /// Where the mark cannot be removed.
    pub fn end(self) -> Result<()> {
        let folder = self.0.parent().map(Path::to_owned).unwrap_or_default();
        let remove = || {
            fs::remove_file(&self.0)?;
            File::open(&folder)?.sync_all()
        };
        remove().map_err(|e| failed(&self.0, &e))
    }
}

//! The folder of keys. A key is made beside its place, written through to the disk and only then linked there: it is
//! there whole or not at all, and two servers that start at once end with the same one.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use ed25519_dalek::SigningKey;
use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey};

use crate::kernel::{Error, Result, random};

/// Largest key file, in bytes.
const FILE_MAX: u64 = 4_096;
/// Earlier keys that still verify, at most.
const RETIRED_MAX: usize = 50;
/// Keys of any kind, at most.
const ALL_MAX: usize = 100;

pub(super) struct Folder(PathBuf);

fn failed(path: &Path, source: &io::Error) -> Error {
    Error::internal(format!("the key {}: {source}", path.display()))
}

pub(super) fn open(data: &Path) -> Result<Folder> {
    let path = data.join("keys");
    DirBuilder::new().recursive(true).mode(0o700).create(&path).map_err(|e| failed(&path, &e))?;
    Ok(Folder(path))
}

/// The folder, where it is there.
pub(super) fn existing(data: &Path) -> Result<Option<Folder>> {
    let path = data.join("keys");
    match fs::metadata(&path) {
        Ok(found) if found.is_dir() => Ok(Some(Folder(path))),
        Ok(_) => Err(Error::internal(format!("{} is no folder", path.display()))),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(e) => Err(failed(&path, &e)),
    }
}

impl Folder {
    /// Every key, by the name of its file. What begins with a dot was left by a start that was cut off.
    pub(super) fn all(&self) -> Result<Vec<(String, Vec<u8>)>> {
        let entries = fs::read_dir(&self.0).map_err(|e| failed(&self.0, &e))?;
        let mut names: Vec<String> = entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| !name.starts_with('.'))
            .take(ALL_MAX + 1)
            .collect();
        if names.len() > ALL_MAX {
            return Err(Error::internal(format!("there are more than {ALL_MAX} keys in {}", self.0.display())));
        }
        names.sort();
        names.into_iter().map(|name| Ok((name.clone(), read(&self.0.join(name))?))).collect()
    }

    /// A key from elsewhere, under the name that it had there.
    pub(super) fn put(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let spelt = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
        if name.starts_with('.') || !name.chars().all(spelt) || bytes.len() as u64 > FILE_MAX {
            return Err(Error::internal(format!("`{name}` is no key")));
        }
        self.place(&self.0.join(name), bytes)
    }

    /// An Ed25519 key in PKCS #8, PEM.
    pub(super) fn pair(&self, name: &str) -> Result<SigningKey> {
        let path = self.0.join(name);
        if !path.exists() {
            let key = SigningKey::from_bytes(&random::bytes());
            let pem = key.to_pkcs8_pem(LineEnding::LF).map_err(|e| Error::internal(e.to_string()))?;
            self.place(&path, pem.as_bytes())?;
        }
        Self::load(&path)
    }

    /// Keys whose files begin so, by name: an operator who changes the key renames the old file.
    pub(super) fn retired(&self, prefix: &str) -> Result<Vec<SigningKey>> {
        let entries = fs::read_dir(&self.0).map_err(|e| failed(&self.0, &e))?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<_> =
            names.filter(|n| n.starts_with(prefix) && n.ends_with(".pem")).take(RETIRED_MAX).collect();
        names.sort();
        names.iter().map(|name| Self::load(&self.0.join(name))).collect()
    }

    fn load(path: &Path) -> Result<SigningKey> {
        let bytes = read(path)?;
        let text = std::str::from_utf8(&bytes).unwrap_or_default();
        SigningKey::from_pkcs8_pem(text).map_err(|_| Error::internal(format!("the key {} is none", path.display())))
    }

    /// 32 random bytes.
    pub(super) fn secret(&self, name: &str) -> Result<[u8; 32]> {
        let path = self.0.join(name);
        if !path.exists() {
            self.place(&path, &random::bytes::<32>())?;
        }
        let bytes = read(&path)?;
        bytes.try_into().map_err(|_| Error::internal(format!("the key {} has not 32 bytes", path.display())))
    }

    fn place(&self, path: &Path, bytes: &[u8]) -> Result<()> {
        let beside = self.0.join(format!(".{}", random::uuid()));
        let write = || {
            let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
            file.write_all(bytes)?;
            file.sync_all()?;
            match fs::hard_link(&beside, path) {
                // Another server was first: its key is the key.
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => Ok(()),
                other => other,
            }?;
            File::open(&self.0)?.sync_all()
        };
        let done = write();
        // Left behind it would be harmless, yet a secret too many.
        let _ = fs::remove_file(&beside);
        done.map_err(|e| failed(path, &e))
    }
}

fn read(path: &Path) -> Result<Vec<u8>> {
    let load = || {
        let file = File::open(path)?;
        let mode = file.metadata()?.mode();
        let mut bytes = Vec::new();
        file.take(FILE_MAX).read_to_end(&mut bytes)?;
        Ok((mode, bytes))
    };
    let (mode, bytes) = load().map_err(|e| failed(path, &e))?;
    if mode & 0o077 != 0 {
        let path = path.display();
        return Err(Error::internal(format!("the key {path} can be read by others: chmod 600 {path}")));
    }
    Ok(bytes)
}

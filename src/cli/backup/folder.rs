//! The folder of a backup: written for its owner only and through to the disk, read back against its manifest.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::manifest::{Documents, Manifest, Part};
use crate::kernel::{Error, Result};

pub const DATABASE: &str = "database.dump";
pub const LIST: &str = "documents.sha256";
pub const KEYS: &str = "keys.sealed";
const MANIFEST: &str = "manifest.json";
/// Largest manifest, and largest file of keys, in bytes.
const SMALL: u64 = 4 << 20;
/// Bytes that are read at once.
const PIECE: usize = 256 * 1024;

pub struct Folder(PathBuf);

fn failed(path: &Path, why: impl std::fmt::Display) -> Error {
    Error::internal(format!("{}: {why}", path.display()))
}

impl Folder {
    /// For a new backup.
    ///
    /// # Errors
    /// Where something is in it, or it cannot be made.
    pub fn create(path: &Path) -> Result<Self> {
        let make = || {
            match DirBuilder::new().mode(0o700).create(path) {
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                made => made?,
            }
            let is_empty = fs::read_dir(path)?.next().is_none();
            if is_empty {
                fs::set_permissions(path, fs::Permissions::from_mode(0o700))?;
            }
            io::Result::Ok(is_empty)
        };
        if make().map_err(|e| failed(path, e))? {
            return Ok(Self(path.to_owned()));
        }
        let what = if path.join(MANIFEST).exists() {
            "holds a backup already: choose a new folder"
        } else if path.join(DATABASE).exists() || path.join(LIST).exists() {
            "holds a backup that was cut off: remove it, or choose a new folder"
        } else {
            "is not empty: choose a new folder"
        };
        Err(failed(path, what))
    }

    /// A backup that is there, and what it says of itself.
    ///
    /// # Errors
    /// Where there is none, or one of a newer version.
    pub fn open(path: &Path) -> Result<(Self, Manifest)> {
        let folder = Self(path.to_owned());
        if !path.join(MANIFEST).exists() {
            return Err(failed(path, "holds no backup: manifest.json is missing, which is written last"));
        }
        let manifest = Manifest::parse(&folder.small(MANIFEST)?)?;
        manifest.check_version()?;
        for name in [DATABASE, LIST, KEYS] {
            if !manifest.parts.contains_key(name) {
                return Err(failed(path, format!("the manifest does not name {name}")));
            }
        }
        Ok((folder, manifest))
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn part(&self, name: &str) -> Result<Writing> {
        Writing::create(self.0.join(name))
    }

    /// Where a content is to be written.
    pub fn content(&self, sha256: &[u8; 32]) -> Result<Writing> {
        let path = self.0.join(content(&hex(sha256)));
        for folder in [self.0.join("documents"), path.parent().unwrap_or(&self.0).to_owned()] {
            match DirBuilder::new().mode(0o700).create(&folder) {
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                made => made.map_err(|e| failed(&folder, e))?,
            }
        }
        Writing::create(path)
    }

    /// The line of a content in the list.
    pub fn line(sha256: &[u8; 32]) -> String {
        let hash = hex(sha256);
        format!("{hash}  {}\n", content(&hash))
    }

    /// Writes the manifest, and with it makes a backup of the folder.
    pub fn finish(&self, manifest: &Manifest) -> Result<()> {
        // First the folders, so that no manifest speaks of files that a power cut took.
        self.sync()?;
        let mut file = self.part(MANIFEST)?;
        let text = serde_json::to_vec_pretty(manifest)?;
        file.write_all(&text).and_then(|()| file.write_all(b"\n")).map_err(|e| failed(&self.0, e))?;
        file.finish()?;
        let above = std::path::absolute(&self.0).ok().and_then(|path| path.parent().map(Path::to_owned));
        [Some(self.0.clone()), above].into_iter().flatten().try_for_each(|path| sync(&path))
    }

    fn sync(&self) -> Result<()> {
        let documents = self.0.join("documents");
        if documents.exists() {
            for entry in fs::read_dir(&documents).map_err(|e| failed(&documents, e))? {
                sync(&entry.map_err(|e| failed(&documents, e))?.path())?;
            }
            sync(&documents)?;
        }
        sync(&self.0)
    }

    /// A small part, whole.
    pub fn small(&self, name: &str) -> Result<Vec<u8>> {
        let path = self.0.join(name);
        let mut bytes = Vec::new();
        let read = File::open(&path).and_then(|file| file.take(SMALL + 1).read_to_end(&mut bytes));
        read.map_err(|e| failed(&path, e))?;
        if bytes.len() as u64 > SMALL { Err(failed(&path, "is too large")) } else { Ok(bytes) }
    }

    /// A part, to be read in pieces.
    pub fn read(&self, name: &str) -> Result<File> {
        let path = self.0.join(name);
        File::open(&path).map_err(|e| failed(&path, e))
    }

    /// Compares every file with the manifest.
    ///
    /// # Errors
    /// Names the first that is missing or damaged.
    pub fn verify(&self, manifest: &Manifest) -> Result<()> {
        for (name, part) in &manifest.parts {
            self.verify_file(name, &part.sha256, Some(part.bytes))?;
        }
        let mut found = Documents::default();
        for hash in self.list()? {
            let hash = hex(&hash?);
            found.contents += 1;
            found.bytes += self.verify_file(&content(&hash), &hash, None)?;
        }
        if found == manifest.documents {
            return Ok(());
        }
        Err(failed(&self.0, "the list of documents is not that of the manifest"))
    }

    fn verify_file(&self, name: &str, sha256: &str, bytes: Option<u64>) -> Result<u64> {
        let path = self.0.join(name);
        let mut file = File::open(&path).map_err(|e| failed(&path, format!("the backup is damaged: {e}")))?;
        let (mut hasher, mut length, mut piece) = (Sha256::new(), 0, vec![0; PIECE]);
        loop {
            match file.read(&mut piece).map_err(|e| failed(&path, e))? {
                0 => break,
                read => {
                    hasher.update(&piece[..read]);
                    length += read as u64;
                }
            }
        }
        if hex(&hasher.finalize()) != sha256 || bytes.is_some_and(|bytes| bytes != length) {
            return Err(failed(&path, "the backup is damaged: this file is not the one that was written"));
        }
        Ok(length)
    }

    /// The contents that the backup holds.
    pub fn list(&self) -> Result<impl Iterator<Item = Result<[u8; 32]>>> {
        let path = self.0.join(LIST);
        let lines = BufReader::new(self.read(LIST)?).lines();
        Ok(lines.map(move |line| {
            let line = line.map_err(|e| failed(&path, e))?;
            let hash = line.split_once("  ").and_then(|(hash, file)| (file == content(hash)).then(|| unhex(hash))?);
            hash.ok_or_else(|| failed(&path, "the backup is damaged: a line names no content"))
        }))
    }

    /// A content, piece by piece.
    pub fn read_content(&self, sha256: &[u8; 32]) -> Result<impl Iterator<Item = io::Result<Vec<u8>>>> {
        let mut file = self.read(&content(&hex(sha256)))?;
        Ok(std::iter::from_fn(move || {
            let mut piece = vec![0; PIECE];
            match file.read(&mut piece) {
                Ok(0) => None,
                Ok(length) => {
                    piece.truncate(length);
                    Some(Ok(piece))
                }
                Err(error) => Some(Err(error)),
            }
        }))
    }
}

/// A file on its way to the disk.
pub struct Writing {
    path: PathBuf,
    file: BufWriter<File>,
    hasher: Sha256,
    bytes: u64,
}

impl Writing {
    fn create(path: PathBuf) -> Result<Self> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        let file = BufWriter::with_capacity(PIECE, file.map_err(|e| failed(&path, e))?);
        Ok(Self { path, file, hasher: Sha256::new(), bytes: 0 })
    }

    /// When this returns, the file is durable.
    pub fn finish(self) -> Result<Part> {
        let Self { path, file, hasher, bytes } = self;
        let file = file.into_inner().map_err(|e| failed(&path, e.error()))?;
        file.sync_all().map_err(|e| failed(&path, e))?;
        Ok(Part { bytes, sha256: hex(&hasher.finalize()) })
    }
}

impl Write for Writing {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        let named = |e: io::Error| io::Error::new(e.kind(), format!("{}: {e}", self.path.display()));
        let length = self.file.write(piece).map_err(named)?;
        self.hasher.update(&piece[..length]);
        self.bytes += length as u64;
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

fn sync(folder: &Path) -> Result<()> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(|e| failed(folder, e))
}

/// The file of a content, below the folder.
fn content(hash: &str) -> String {
    format!("documents/{}/{hash}", hash.get(..2).unwrap_or_default())
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    if text.len() != 64 || !text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
        return None;
    }
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * at..2 * at + 2)?, 16).ok()?;
    }
    Some(bytes)
}

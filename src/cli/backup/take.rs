//! `guichet backup DIR`, beside a running server or without one.

use std::io::Write;
use std::path::Path;

use futures_util::StreamExt;

use super::folder::{DATABASE, Folder, KEYS, LIST, hex};
use super::manifest::{Documents, Manifest};
use super::{passphrase, size};
use crate::access::keys;
use crate::cli::serve;
use crate::files::{self, Files};
use crate::kernel::clock::machine_now;
use crate::kernel::settings::Settings;
use crate::kernel::{Error, Result};
use crate::postgres::archive::{Program, Snapshot};
use crate::postgres::launcher::Search;

/// Contents that are told where they are missing.
const TOLD: usize = 20;

/// # Errors
/// Where anything cannot be read or written; a folder without a manifest is then left, which is no backup.
pub async fn run(settings: &Settings, path: &Path) -> Result<()> {
    // What can be wrong with what the operator said comes first.
    let (sealed, key_count) = keys::seal(&settings.data, passphrase(settings)?)?;
    serve::check_database(settings)?;
    let folder = Folder::create(path)?;
    let (url, embedded) = serve::database(settings)?;
    let done = take(settings, &url, &folder, &sealed).await;
    drop(embedded);
    let manifest = done?;
    let database = manifest.parts.get(DATABASE).map_or(0, |part| part.bytes);
    println!("Backed up into {}, as of {}", folder.path().display(), manifest.taken_at);
    println!("  database    {} rows in {} tables, {}", manifest.rows(), manifest.tables.len(), size(database));
    println!("  documents   {} contents, {}", manifest.documents.contents, size(manifest.documents.bytes));
    println!("  keys        {key_count}, encrypted under GUICHET_BACKUP_PASSPHRASE");
    Ok(())
}

async fn take(settings: &Settings, url: &str, folder: &Folder, sealed: &[u8]) -> Result<Manifest> {
    // From here until the end nothing is swept, so that what the snapshot names stays there.
    let mut snapshot = Snapshot::take(url, files::SPARING).await?;
    let mut manifest = Manifest::new(machine_now(), snapshot.version());
    manifest.migrations = snapshot.migrations().await?;
    if manifest.migrations.is_empty() {
        return Err(Error::internal("there is no database of Guichet at DATABASE_URL: set it to that of the server"));
    }
    let major = u32::try_from(snapshot.version() / 10_000).unwrap_or_default();
    let program = Program::dumper(&Search::from_env(), major, settings.ca_file.as_deref()).await?;
    manifest.pg_dump = program.major();
    manifest.tables = snapshot.tables().await?;
    let mut list = folder.part(LIST)?;
    let mut last = None;
    loop {
        let page = files::contents(&mut snapshot, last).await?;
        for hash in &page {
            list.write_all(Folder::line(hash).as_bytes()).map_err(|e| Error::Internal(e.into()))?;
        }
        match page.last() {
            Some(hash) => last = Some(*hash),
            None => break,
        }
    }
    manifest.parts.insert(LIST.into(), list.finish()?);
    let mut dump = folder.part(DATABASE)?;
    snapshot.dump(&program, &mut dump).await?;
    manifest.parts.insert(DATABASE.into(), dump.finish()?);
    snapshot.release().await?;

    manifest.documents = copy(&Files::open(&serve::place(settings))?, folder, &mut snapshot).await?;
    let mut keys = folder.part(KEYS)?;
    keys.write_all(sealed).map_err(|e| Error::Internal(e.into()))?;
    manifest.parts.insert(KEYS.into(), keys.finish()?);
    folder.finish(&manifest)?;
    Ok(manifest)
}

/// Copies every content of the list. What is missing is told at the end, together.
async fn copy(files: &Files, folder: &Folder, snapshot: &mut Snapshot) -> Result<Documents> {
    let (mut copied, mut missing) = (Documents::default(), Vec::new());
    for hash in folder.list()? {
        let hash = hash?;
        if !files.has(&hash).await? {
            missing.push(hash);
            if missing.len() == TOLD {
                break;
            }
            continue;
        }
        let mut content = folder.content(&hash)?;
        let mut pieces = files.read(&hash).await?;
        while let Some(piece) = pieces.next().await {
            content.write_all(&piece?).map_err(|e| Error::Internal(e.into()))?;
        }
        copied.bytes += content.finish()?.bytes;
        copied.contents += 1;
    }
    if missing.is_empty() {
        return Ok(copied);
    }
    let mut told = Vec::new();
    for hash in missing {
        let documents = files::named_by(snapshot, &hash).await?;
        let documents: Vec<String> = documents.iter().map(ToString::to_string).collect();
        told.push(format!("\n  documents {}: {}", documents.join(", "), hex(&hash)));
    }
    Err(Error::internal(format!(
        "the contents of documents are missing, so there is no backup. Is GUICHET_DATA, or the bucket, that of the \
         server?{}",
        told.concat()
    )))
}

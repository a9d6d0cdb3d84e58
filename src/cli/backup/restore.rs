//! `guichet restore DIR`. The database comes last and in one transaction: it is what says that all is there.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use futures_util::stream;

use super::folder::{DATABASE, Folder, KEYS};
use super::manifest::Manifest;
use super::unfinished::{self, Unfinished};
use super::{passphrase, size};
use crate::access::keys::{self, Opened};
use crate::cli::serve;
use crate::files::Files;
use crate::kernel::settings::Settings;
use crate::kernel::{Error, Result};
use crate::postgres::archive::{Program, Target};
use crate::postgres::launcher::Search;

/// # Errors
/// Where the backup is damaged, the passphrase is another, or the target is not empty: then nothing was done. Where
/// something fails after that, a mark is left in `GUICHET_DATA`.
pub async fn run(settings: &Settings, path: &Path) -> Result<()> {
    let passphrase = passphrase(settings)?;
    unfinished::check(&settings.data)?;
    let (folder, manifest) = Folder::open(path)?;
    // Before the documents are read: a slip in the passphrase is told at once.
    let opened = keys::unseal(&folder.small(KEYS)?, passphrase)?;
    folder.verify(&manifest)?;
    check_target(settings).await?;
    let (url, embedded) = serve::database(settings)?;
    let place = match &embedded {
        Some(embedded) => format!("the database in {}", embedded.root().display()),
        None => "the database of DATABASE_URL".to_owned(),
    };
    let done = bring_back(settings, &url, &place, &folder, &manifest, &opened).await;
    drop(embedded);
    done?;
    println!("Restored from {}, as of {}", folder.path().display(), manifest.taken_at);
    println!("  database    {} rows in {} tables", manifest.rows(), manifest.tables.len());
    println!("  documents   {} contents, {}", manifest.documents.contents, size(manifest.documents.bytes));
    println!("  keys        {}", opened.count());
    Ok(())
}

/// Looks whether there is room, and makes nothing.
async fn check_target(settings: &Settings) -> Result<()> {
    let data = &settings.data;
    // SAFETY: the call has no preconditions and cannot fail.
    let own = unsafe { libc::geteuid() };
    if let Some(owner) = std::fs::metadata(data).ok().map(|found| found.uid()).filter(|owner| *owner != own) {
        return Err(Error::internal(format!(
            "{} belongs to the user with number {owner}: restore as that user, who also runs the server",
            data.display()
        )));
    }
    keys::check_none(data)?;
    if !Files::is_empty(&serve::place(settings)).await? {
        return Err(Error::internal(
            "there are documents in the folder or bucket of the settings: a backup is restored into a new GUICHET_DATA \
             and, where GUICHET_S3_BUCKET is set, into an empty bucket",
        ));
    }
    Ok(())
}

async fn bring_back(
    settings: &Settings,
    url: &str,
    place: &str,
    folder: &Folder,
    manifest: &Manifest,
    keys: &Opened,
) -> Result<()> {
    let target = Target::open(url).await?;
    let major = u32::try_from(target.version() / 10_000).unwrap_or_default();
    let authorities = settings.ca_file.as_deref();
    let program = Program::restorer(&Search::from_env(), major, manifest.pg_dump, authorities).await?;

    let mark = Unfinished::begin(&settings.data, folder.path(), place)?;
    let files = Files::open(&serve::place(settings))?;
    for hash in folder.list()? {
        let hash = hash?;
        files.keep(&hash, stream::iter(folder.read_content(&hash)?)).await?;
    }
    keys.place(&settings.data)?;
    let mut target = target.restore(&program, &mut folder.read(DATABASE)?).await?;
    manifest.check_tables(&target.tables().await?)?;
    target.analyze().await?;
    mark.end()
}

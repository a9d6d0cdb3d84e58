//! From a folder to definitions in force.

use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::Catalogue;
use super::store::{self, Hashes, New};
use super::{calendars, values};
use crate::engine::check::{self as checker, services};
use crate::engine::definition::{Country, Definition, Files, Finding, compile};
use crate::kernel::{Error, Result};
use crate::people;
use crate::postgres::{Database, Tx};

/// What a check comes to for a service that is in order.
#[derive(Debug)]
pub struct Checked {
    pub service: String,
    pub scenarios: usize,
    /// What does no harm yet.
    pub warning: Option<String>,
}

/// Checks everything in a set of files.
///
/// # Errors
/// Every finding.
pub fn check(files: &Files, now: Timestamp) -> Result<Vec<Checked>, Vec<Finding>> {
    let country = Country::read(files)?;
    let (mut checked, mut findings) = (Vec::new(), Vec::new());
    for service in services(files) {
        match checker::check(&service, files, &country) {
            Ok(done) => {
                let warning = calendars::too_short(&done.definition, now);
                checked.push(Checked { service, scenarios: done.scenarios, warning });
            }
            Err(found) => findings.extend(found),
        }
    }
    if findings.is_empty() { Ok(checked) } else { Err(findings) }
}

/// Checks what was not checked before, publishes what is new, and compiles every version in the database.
///
/// # Errors
/// With every finding in words; where a published version was changed under the same name; those of the database.
pub async fn publish(db: &Database, files: &Files, now: Timestamp) -> Result<Catalogue> {
    let country = Country::read(files).map_err(|f| fault(&f))?;
    // A newer product may look more closely: what an older one found in order is looked at again.
    let product = ("product".to_owned(), env!("CARGO_PKG_VERSION").to_owned());
    let whole = hash(files.iter().chain([(&product.0, &product.1)]));
    let mut tx = alone(db).await?;
    if !store::is_checked(&mut tx, &whole).await? {
        // It takes seconds, in which this thread has other things to do.
        let looked_at = files.clone();
        let done = tokio::task::spawn_blocking(move || check(&looked_at, now)).await;
        let done = done.map_err(|e| Error::internal(format!("the check of the definitions: {e}")))?;
        let done = done.map_err(|f| fault(&f))?;
        tracing::info!(services = done.len(), "definitions checked");
        store::set_checked(&mut tx, &whole).await?;
    }
    store::put_country(&mut tx, &hash(files.iter().filter(|(p, _)| p.starts_with('_'))), &common(files)).await?;
    people::publish_agencies(&mut tx, &country.agencies).await?;
    for service in services(files) {
        let definition = compile(&service, files, &country).map_err(|f| fault(&f))?;
        if let Some(warning) = calendars::too_short(&definition, now) {
            tracing::warn!(warning, "a calendar is to be continued");
        }
        put(&mut tx, &country, &definition, files, now).await?;
    }
    let catalogue = load(&mut tx, country).await?;
    tx.commit().await?;
    Ok(catalogue)
}

/// A transaction in which nobody else publishes: of replicas that start at once, one checks and the others find it done.
async fn alone(db: &Database) -> Result<Tx> {
    for _ in 0..TRIES {
        let mut tx = db.begin().await?;
        if store::hold_publication(&mut tx).await? {
            return Ok(tx);
        }
        tx.rollback().await;
        tokio::time::sleep(PAUSE).await;
    }
    Err(Error::Unavailable("another replica has been publishing for ten minutes".into()))
}

const PAUSE: Duration = Duration::from_millis(100);
const TRIES: u32 = 6_000;

fn fault(findings: &[Finding]) -> Error {
    let lines: Vec<String> = findings.iter().take(20).map(ToString::to_string).collect();
    Error::internal(format!("the definitions are not in order:\n{}", lines.join("\n")))
}

/// What belongs to the country: it follows the newest.
fn common(files: &Files) -> Files {
    let shared = |path: &str| ["_agencies/", "_calendar/", "_shared/"].iter().any(|f| path.starts_with(f));
    files.iter().filter(|(path, _)| shared(path)).map(|(p, t)| (p.clone(), t.clone())).collect()
}

async fn put(tx: &mut Tx, country: &Country, definition: &Definition, files: &Files, now: Timestamp) -> Result<()> {
    let folder = format!("{}/", definition.id);
    let own: Files =
        files.iter().filter(|(p, _)| p.starts_with(&folder)).map(|(p, t)| (p.clone(), t.clone())).collect();
    // Scenarios test the rules and texts tell of them: neither is one. A new dated value needs no new version.
    let other = ["texts/", "scenarios/", "params.yaml"].map(|part| format!("{folder}{part}"));
    let is_rule = |path: &str| !other.iter().any(|part| path.starts_with(part));
    let hashes = Hashes { all: hash(own.iter()), rules: hash(own.iter().filter(|(p, _)| is_rule(p))) };
    let kind = format!("{:?}", definition.kind);
    let from = definition.applies_from.unwrap_or_else(|| definition.time.day_of(now));
    let new = New {
        service: &definition.id,
        version: &definition.version,
        authority: &definition.authority,
        kind,
        hashes: &hashes,
        from,
        files: &own,
    };
    if store::put_version(tx, new).await? {
        values::in_force_from(definition, from)?;
        tracing::info!(service = definition.id, version = definition.version, "published");
        return Ok(());
    }
    let published = store::versions(tx).await?;
    let same = published.iter().find(|v| v.service == definition.id && v.version == definition.version);
    let Some(old) = same else { return Err(Error::internal("a version that was published is gone")) };
    if old.rules_hash != hashes.rules {
        return Err(Error::internal(format!(
            "services/{}: version {} is published and cannot be changed; give the changed definition a new version",
            definition.id, definition.version
        )));
    }
    if old.hash != hashes.all {
        let before: Files = serde_json::from_value(old.files.clone())?;
        // One that is not understood any more has nothing to compare.
        if let Ok(before) = compile(&definition.id, &before, country) {
            values::only_added(&before, definition, definition.time.day_of(now))?;
        }
        store::correct(tx, old, &hashes.all, &own).await?;
        tracing::info!(service = definition.id, version = definition.version, "texts, values or scenarios corrected");
    }
    Ok(())
}

async fn load(tx: &mut Tx, country: Country) -> Result<Catalogue> {
    let mut found = Vec::new();
    for version in store::versions(tx).await? {
        let files: Files = serde_json::from_value(version.files)?;
        match compile(&version.service, &files, &country) {
            Ok(definition) => found.push((version.applies_from, definition)),
            // Published by a newer server, or by an older one whose language had more: its cases wait for that server.
            Err(findings) => {
                let first = findings.first().map(ToString::to_string);
                tracing::error!(
                    service = version.service,
                    version = version.version,
                    first,
                    "a published version is not understood"
                );
            }
        }
    }
    Ok(Catalogue::new(country, found))
}

fn hash<'a>(files: impl Iterator<Item = (&'a String, &'a String)>) -> Vec<u8> {
    let mut hash = Sha256::new();
    for part in files.flat_map(|(path, text)| [path, text]) {
        hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().to_vec()
}

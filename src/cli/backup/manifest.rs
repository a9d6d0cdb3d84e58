//! What a backup says of itself.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::kernel::{Error, Result};
use crate::postgres::known_migrations;

/// Raised where an older version could not read what a newer one writes.
pub const FORMAT: u32 = 1;
const PRODUCT: &str = "guichet";

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    pub format: u32,
    pub product: String,
    /// Of the product.
    pub version: String,
    /// The moment that the backup shows.
    pub taken_at: Timestamp,
    /// Version of the server as PostgreSQL counts: 150014 is 15.14.
    pub postgresql: i32,
    /// Major version of the program that wrote the archive.
    pub pg_dump: u32,
    /// Versions of the migrations that the database has seen.
    pub migrations: Vec<String>,
    /// Rows by table.
    pub tables: BTreeMap<String, i64>,
    pub documents: Documents,
    /// By the names of their files.
    pub parts: BTreeMap<String, Part>,
}

/// The contents in the folder of documents.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Documents {
    pub contents: u64,
    pub bytes: u64,
}

/// A file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    pub bytes: u64,
    /// In hexadecimal.
    pub sha256: String,
}

impl Manifest {
    /// One with nothing in it yet.
    pub fn new(taken_at: Timestamp, postgresql: i32) -> Self {
        Self {
            format: FORMAT,
            product: PRODUCT.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            taken_at,
            postgresql,
            pg_dump: 0,
            migrations: Vec::new(),
            tables: BTreeMap::new(),
            documents: Documents::default(),
            parts: BTreeMap::new(),
        }
    }

    /// # Errors
    /// Where it is none, or one of a newer version.
    pub fn parse(text: &[u8]) -> Result<Self> {
        let damaged = |why: String| Error::internal(format!("the manifest of the backup is damaged: {why}"));
        let value: Value = serde_json::from_slice(text).map_err(|e| damaged(e.to_string()))?;
        if value["product"] != PRODUCT {
            return Err(damaged("it is not one of Guichet".into()));
        }
        if value["format"] != FORMAT {
            let version = value["version"].as_str().unwrap_or("another");
            return Err(newer(&format!("has the format of version {version}")));
        }
        serde_json::from_value(value).map_err(|e| damaged(e.to_string()))
    }

    /// Whether this version can run on the database of the backup; an older database is brought up at the next start.
    ///
    /// # Errors
    /// Where a newer version made it.
    pub fn check_version(&self) -> Result<()> {
        let known = known_migrations()?;
        match self.migrations.iter().find(|version| !known.contains(version)) {
            Some(_) => Err(newer(&format!("was made by version {}", self.version))),
            None => Ok(()),
        }
    }

    /// Rows in all.
    pub fn rows(&self) -> i64 {
        self.tables.values().sum()
    }

    /// # Errors
    /// Where the tables of a restored database are not those of the backup.
    pub fn check_tables(&self, found: &BTreeMap<String, i64>) -> Result<()> {
        let differs = |name: &&String| self.tables.get(*name) != found.get(*name);
        let names: Vec<&String> = self.tables.keys().chain(found.keys()).filter(differs).take(3).collect();
        if names.is_empty() {
            return Ok(());
        }
        let count = |counts: &BTreeMap<String, i64>, name| counts.get(name).copied().unwrap_or_default();
        let told: Vec<String> = names
            .into_iter()
            .map(|name| format!("{name} has {} rows instead of {}", count(found, name), count(&self.tables, name)))
            .collect();
        Err(Error::internal(format!("the restored database is not that of the backup: {}", told.join(", "))))
    }
}

fn newer(why: &str) -> Error {
    Error::internal(format!("the backup {why}, and this is version {}: use that one", env!("CARGO_PKG_VERSION")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence<T>(done: Result<T>) -> String {
        done.err().map(|e| crate::cli::sentence(&e)).unwrap_or_default()
    }

    #[test]
    fn only_what_this_version_understands_is_read() {
        let mut manifest = Manifest::new(Timestamp::UNIX_EPOCH, 150_014);
        manifest.migrations = known_migrations().expect("our own");
        let text = serde_json::to_value(&manifest).expect("JSON");
        Manifest::parse(text.to_string().as_bytes()).expect("read").check_version().expect("ours");

        let with = |member: &str, value: Value| {
            let mut text = text.clone();
            text[member] = value;
            Manifest::parse(text.to_string().as_bytes())
        };
        assert!(sentence(with("format", 2.into())).contains("use that one"));
        assert!(sentence(with("product", "something".into())).contains("not one of Guichet"));
        assert!(sentence(with("surprise", 1.into())).contains("surprise"));
        assert!(sentence(Manifest::parse(b"{")).contains("damaged"));
        let later = with("migrations", vec!["20991231000001".to_owned()].into()).expect("read");
        assert!(sentence(later.check_version()).contains("use that one"));
    }

    #[test]
    fn a_missing_row_is_told_by_its_table() {
        let mut manifest = Manifest::new(Timestamp::UNIX_EPOCH, 150_014);
        manifest.tables = BTreeMap::from([("cases".into(), 3), ("tasks".into(), 5)]);
        manifest.check_tables(&manifest.tables).expect("the same");
        let said = sentence(manifest.check_tables(&BTreeMap::from([("tasks".into(), 5), ("others".into(), 1)])));
        assert!(said.contains("cases has 0 rows instead of 3") && said.contains("others has 1 rows"), "{said}");
    }
}

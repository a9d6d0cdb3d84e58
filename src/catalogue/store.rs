//! Published definitions in the database.

use diesel::QueryableByName;
use diesel::sql_types::{Binary, Bool, Date as SqlDate, Jsonb, Text};
use jiff::civil::Date;
use serde_json::Value;

use crate::engine::definition::Files;
use crate::kernel::Result;
use crate::postgres::{Tx, sql};

pub(super) struct Hashes {
    pub all: Vec<u8>,
    pub rules: Vec<u8>,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    found: bool,
}

#[derive(QueryableByName)]
pub(super) struct Version {
    #[diesel(sql_type = Text)]
    pub service: String,
    #[diesel(sql_type = Text)]
    pub version: String,
    #[diesel(sql_type = Binary)]
    pub hash: Vec<u8>,
    #[diesel(sql_type = Binary)]
    pub rules_hash: Vec<u8>,
    #[diesel(sql_type = SqlDate, deserialize_as = jiff_diesel::Date)]
    pub applies_from: Date,
    #[diesel(sql_type = Jsonb)]
    pub files: Value,
}

/// Whether nobody else publishes until this transaction ends.
pub(super) async fn hold_publication(tx: &mut Tx) -> Result<bool> {
    // Meanwhile the definitions are checked, which takes as long as it takes.
    tx.execute(sql("SET LOCAL idle_in_transaction_session_timeout = 0")).await?;
    // `publish`, as bytes.
    let statement = sql("SELECT pg_try_advisory_xact_lock($1) AS found").big(0x70_75_62_6c_69_73_68);
    Ok(tx.row::<Found>(statement).await?.is_some_and(|f| f.found))
}

pub(super) async fn is_checked(tx: &mut Tx, hash: &[u8]) -> Result<bool> {
    let statement =
        sql("SELECT EXISTS (SELECT FROM checked_definitions WHERE hash = $1) AS found").bytes(hash.to_vec());
    Ok(tx.row::<Found>(statement).await?.is_some_and(|f| f.found))
}

pub(super) async fn set_checked(tx: &mut Tx, hash: &[u8]) -> Result<()> {
    let statement =
        sql("INSERT INTO checked_definitions (hash) VALUES ($1) ON CONFLICT DO NOTHING").bytes(hash.to_vec());
    tx.execute(statement).await?;
    Ok(())
}

pub(super) async fn put_country(tx: &mut Tx, hash: &[u8], files: &Files) -> Result<()> {
    let statement = sql("INSERT INTO countries (hash, files) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bytes(hash.to_vec())
        .json(serde_json::to_value(files)?);
    tx.execute(statement).await?;
    Ok(())
}

/// Every published version, the oldest publication of a service first; a deployment has some hundred.
pub(super) async fn versions(tx: &mut Tx) -> Result<Vec<Version>> {
    let text = "SELECT service, version, hash, rules_hash, applies_from, files FROM service_versions
                ORDER BY service, published_at, version LIMIT 10000";
    tx.rows(sql(text)).await
}

pub(super) struct New<'a> {
    pub service: &'a str,
    pub version: &'a str,
    pub authority: &'a str,
    pub kind: String,
    pub hashes: &'a Hashes,
    pub from: Date,
    pub files: &'a Files,
}

/// False where somebody else published the same version just now.
pub(super) async fn put_version(tx: &mut Tx, new: New<'_>) -> Result<bool> {
    let statement =
        sql("INSERT INTO service_versions (service, version, authority, kind, hash, rules_hash, applies_from, files)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING")
        .text(new.service)
        .text(new.version)
        .text(new.authority)
        .text(new.kind)
        .bytes(new.hashes.all.clone())
        .bytes(new.hashes.rules.clone())
        .day(new.from)
        .json(serde_json::to_value(new.files)?);
    Ok(tx.execute(statement).await? == 1)
}

/// Corrects what is no rule of a published version and keeps what stood there.
pub(super) async fn correct(tx: &mut Tx, old: &Version, hash: &[u8], files: &Files) -> Result<()> {
    let trail = sql("INSERT INTO text_corrections (service, version, files) VALUES ($1, $2, $3)")
        .text(&*old.service)
        .text(&*old.version)
        .json(old.files.clone());
    tx.execute(trail).await?;
    let statement = sql("UPDATE service_versions SET hash = $1, files = $2 WHERE service = $3 AND version = $4")
        .bytes(hash.to_vec())
        .json(serde_json::to_value(files)?)
        .text(&*old.service)
        .text(&*old.version);
    tx.execute(statement).await?;
    Ok(())
}

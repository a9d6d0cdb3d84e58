//! The first records of a register, from a file.

use diesel::sql_types::Bool;
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::checked_key;
use crate::kernel::{Actor, Error, Result};
use crate::postgres::{Tx, sql};

/// Records loaded in one statement.
const BATCH: usize = 500;

#[derive(diesel::QueryableByName)]
struct There {
    #[diesel(sql_type = Bool)]
    there: bool,
}

/// One line of a file of records.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    key: String,
    record: Map<String, Value>,
}

/// Loads first records from JSON lines `{"key": …, "record": {…}}`; a key that is there already is passed over, also
/// where its record has changed since. Gives the number of new records.
///
/// # Errors
/// [`Error::Internal`] with the number of the line where it cannot be read; those of the database.
pub async fn load_initial(tx: &mut Tx, register: &str, authority: &str, lines: &str, at: Timestamp) -> Result<usize> {
    let mut batch: Vec<Line> = Vec::with_capacity(BATCH);
    let mut loaded = 0;
    for (number, text) in lines.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
        let wrong = |e: String| Error::internal(format!("{register}, line {}: {e}", number + 1));
        let line: Line = serde_json::from_str(text).map_err(|e| wrong(e.to_string()))?;
        checked_key(&line.key).map_err(|_| wrong("not a key".into()))?;
        batch.push(line);
        if batch.len() == BATCH {
            loaded += load_batch(tx, register, authority, std::mem::take(&mut batch), at).await?;
        }
    }
    Ok(loaded + load_batch(tx, register, authority, batch, at).await?)
}

async fn load_batch(tx: &mut Tx, register: &str, authority: &str, batch: Vec<Line>, at: Timestamp) -> Result<usize> {
    if batch.is_empty() {
        return Ok(0);
    }
    let text = "WITH made AS (INSERT INTO register_records (register, key, version, authority, record, changed_at) \
                SELECT $1, key, 1, $2, record, $3 FROM unnest($4, $5) AS fresh (key, record) \
                ON CONFLICT DO NOTHING RETURNING *), \
                history AS (INSERT INTO register_versions \
                (register, key, version, authority, change, record, case_id, actor, changed_at) \
                SELECT register, key, version, authority, 'initial', record, NULL, $6, changed_at FROM made) \
                SELECT true AS there FROM made";
    let (keys, records): (Vec<_>, Vec<_>) = batch.into_iter().map(|l| (l.key, Value::Object(l.record))).unzip();
    let statement = sql(text)
        .text(register)
        .text(authority)
        .at(at)
        .texts(keys)
        .jsons(records)
        .json(Actor::system("start").record(None));
    let made: Vec<There> = tx.rows(statement).await?;
    Ok(made.iter().filter(|row| row.there).count())
}

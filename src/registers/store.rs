//! Rows of register records and of their versions.

mod initial;
mod unique;

pub use initial::load_initial;

use diesel::QueryableByName;
use diesel::sql_types::{Bigint, Jsonb, Text};
use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Value;

use crate::engine::numbering::Pattern;
use crate::engine::workflow::{Expects, Key, Write, Written};
use crate::kernel::{CaseId, Error, Result};
use crate::postgres::{Database, Together, Tx, placed, sql};

/// Writes of one act.
const MOST_WRITES: usize = 1_000;
/// Numbers that are skipped because a record has that key already, such as one that was taken over from paper.
const MOST_SKIPPED: usize = 1_000;
/// Characters of a key.
const LONGEST_KEY: usize = 200;

/// A record as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    pub register: String,
    pub key: String,
    pub version: i64,
    pub authority: String,
    pub record: Value,
}

/// A new version of a record, and where it comes from.
#[derive(Debug, Clone)]
pub struct Change {
    pub write: Write,
    /// The authority that answers for the register.
    pub authority: String,
    pub case: Option<CaseId>,
    /// Who did it, as with an event (`Actor::record`).
    pub actor: Value,
    pub at: Timestamp,
    /// That day at the authority: its year stands in new numbers.
    pub day: Date,
    /// How new records are numbered; none where the register numbers nothing itself.
    pub number: Option<Pattern>,
    /// Fields of which no two records of the register have the same together.
    pub unique: Vec<Vec<String>>,
}

/// What became of one write.
#[derive(Debug, Clone)]
enum Outcome {
    Written(Written),
    /// Not the version that was seen, or there already: nothing was written.
    Conflict,
    /// The register's schema does not take such a record: a defect of the definition. What was done since the last
    /// savepoint is to be given up.
    Refused,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Bigint)]
    version: i64,
    #[diesel(sql_type = Text)]
    authority: String,
    #[diesel(sql_type = Jsonb)]
    record: Value,
}

#[derive(QueryableByName)]
struct Changed {
    #[diesel(sql_type = Bigint)]
    version: i64,
    #[diesel(sql_type = Jsonb)]
    record: Value,
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = Bigint)]
    last: i64,
}

/// A record as it is now. For whom and what for, the caller has asked and writes down.
///
/// # Errors
/// Those of the database.
pub async fn read(tx: &mut Tx, register: &str, key: &str) -> Result<Option<Record>> {
    let text = "SELECT version, authority, record FROM register_records WHERE register = $1 AND key = $2";
    let row: Option<Row> = tx.row(sql(text).text(register).text(key)).await?;
    Ok(row.map(|row| Record {
        register: register.to_owned(),
        key: key.to_owned(),
        version: row.version,
        authority: row.authority,
        record: row.record,
    }))
}

/// What a case wrote by that change, at that version: keys and records.
///
/// # Errors
/// Those of the database.
pub async fn written_by(
    tx: &mut Tx,
    case: CaseId,
    register: &str,
    change: &str,
    version: i64,
) -> Result<Vec<(String, Value)>> {
    let statement = sql("SELECT key, record FROM register_versions
        WHERE case_id = $1 AND register = $2 AND change = $3 AND version = $4 ORDER BY key LIMIT 1000")
    .uuid(case.0)
    .text(register)
    .text(change)
    .big(version);
    let rows: Vec<WrittenRow> = tx.rows(statement).await?;
    Ok(rows.into_iter().map(|row| (row.key, row.record)).collect())
}

/// A record as it was at one version.
///
/// # Errors
/// Those of the database.
pub async fn as_written(tx: &mut Tx, register: &str, key: &str, version: i64) -> Result<Option<Value>> {
    let text = "SELECT key, record FROM register_versions WHERE register = $1 AND key = $2 AND version = $3";
    let row: Option<WrittenRow> = tx.row(sql(text).text(register).text(key).big(version)).await?;
    Ok(row.map(|row| row.record))
}

#[derive(QueryableByName)]
struct WrittenRow {
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Jsonb)]
    record: Value,
}

/// Reads records together with whoever else does at the moment.
#[derive(Clone)]
pub struct Records(Together<(String, String), Option<Record>>);

#[derive(QueryableByName)]
struct PlacedRow {
    #[diesel(sql_type = diesel::sql_types::Integer)]
    place: i32,
    #[diesel(embed)]
    row: Row,
}

impl Records {
    /// The place and its work, which the caller spawns.
    pub fn start(db: Database) -> (Self, impl Future<Output = ()>) {
        let find = async move |asked: &[(String, String)]| {
            let statement = sql("SELECT u.place::integer AS place, r.version, r.authority, r.record
                FROM unnest($1::text[], $2::text[]) WITH ORDINALITY u(register, key, place)
                JOIN register_records r ON r.register = u.register AND r.key = u.key")
            .texts(asked.iter().map(|a| a.0.clone()).collect::<Vec<_>>())
            .texts(asked.iter().map(|a| a.1.clone()).collect::<Vec<_>>());
            let rows: Vec<PlacedRow> = db.single().await?.rows(statement).await?;
            let rows = placed(asked.len(), rows.into_iter().map(|placed| (placed.place, placed.row)));
            let record = |(row, (register, key)): (Option<Row>, &(String, String))| {
                let Row { version, authority, record } = row?;
                Some(Record { register: register.clone(), key: key.clone(), version, authority, record })
            };
            Ok(rows.into_iter().zip(asked).map(record).collect())
        };
        let (place, work) = Together::start("the store of registers", find);
        (Self(place), work)
    }

    /// As [`read`], outside every transaction.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn read(&self, register: &str, key: &str) -> Result<Option<Record>> {
        self.0.ask((register.to_owned(), key.to_owned())).await
    }
}

/// Writes one record and its history. `valid` is asked about the whole record as it then is. Needs an open
/// transaction, which is to be given up on an error; on a conflict it may go on.
///
/// # Errors
/// [`Error::Internal`] where the definition lacks what it needs; those of the database.
async fn write(tx: &mut Tx, change: &Change, valid: &dyn Fn(&Value) -> bool) -> Result<Outcome> {
    match (&change.write.key, &change.write.expects) {
        (Key::Next, _) => insert_next(tx, change, valid).await,
        (Key::Is(key), Expects::Nothing) => {
            if !valid(&Value::Object(change.write.set.clone())) {
                return Ok(Outcome::Refused);
            }
            let done = insert(tx, change, checked_key(key)?).await?;
            Ok(done.map_or(Outcome::Conflict, Outcome::Written))
        }
        (Key::Is(key), Expects::Version(version)) => update(tx, change, key, *version, valid).await,
        (Key::Is(_), Expects::Unknown) => Ok(Outcome::Conflict),
    }
}

/// Writes several records: all of them, or on a conflict (`None`) none. It is one as well where another record has what
/// only one may have. `valid` is asked with the register's name. What
/// a schema refuses, and more than a thousand, is a conflict too, and logged as the defect it is: an error would take
/// back what led there, a payment say, each time again.
///
/// # Errors
/// [`Error::Internal`] where the definition lacks what it needs; those of the database.
pub async fn write_all(
    tx: &mut Tx,
    changes: &[Change],
    valid: &dyn Fn(&str, &Value) -> bool,
) -> Result<Option<Vec<Written>>> {
    if changes.len() > MOST_WRITES {
        tracing::error!(writes = changes.len(), "more writes in one act than {MOST_WRITES}");
        return Ok(None);
    }
    tx.batch("SAVEPOINT registers").await?;
    lock(tx, changes).await?;
    let mut written = Vec::with_capacity(changes.len());
    for change in changes {
        match write(tx, change, &|record| valid(&change.write.register, record)).await? {
            Outcome::Written(one) => written.push(one),
            other => {
                if matches!(other, Outcome::Refused) {
                    let Write { register, change, .. } = &change.write;
                    tracing::error!(register, change, "a change makes a record that its register's schema refuses");
                }
                tx.batch("ROLLBACK TO SAVEPOINT registers; RELEASE SAVEPOINT registers").await?;
                return Ok(None);
            }
        }
    }
    if !unique::are_alone(tx, changes, &written).await? {
        tx.batch("ROLLBACK TO SAVEPOINT registers; RELEASE SAVEPOINT registers").await?;
        return Ok(None);
    }
    tx.batch("RELEASE SAVEPOINT registers").await?;
    Ok(Some(written))
}

/// Two acts that write the same records in different orders would wait for each other for ever: all lock in one order.
async fn lock(tx: &mut Tx, changes: &[Change]) -> Result<()> {
    let named = |change: &Change| match &change.write.key {
        Key::Is(key) => Some((change.write.register.clone(), key.clone())),
        Key::Next => None,
    };
    let (registers, keys): (Vec<_>, Vec<_>) = changes.iter().filter_map(named).unzip();
    if keys.len() < 2 {
        return Ok(());
    }
    let text = "SELECT 1 FROM register_records WHERE (register, key) IN (SELECT * FROM unnest($1, $2)) \
                ORDER BY register, key FOR UPDATE";
    tx.execute(sql(text).texts(registers).texts(keys)).await?;
    Ok(())
}

async fn update(
    tx: &mut Tx,
    change: &Change,
    key: &str,
    version: i64,
    valid: &dyn Fn(&Value) -> bool,
) -> Result<Outcome> {
    let text = "WITH changed AS (UPDATE register_records \
                SET version = version + 1, record = record || $1, changed_at = $2 \
                WHERE register = $3 AND key = $4 AND version = $5 RETURNING *), \
                history AS (INSERT INTO register_versions \
                (register, key, version, authority, change, record, case_id, actor, changed_at) \
                SELECT register, key, version, authority, $6, record, $7, $8, changed_at FROM changed) \
                SELECT version, record FROM changed";
    let statement = sql(text)
        .json(Value::Object(change.write.set.clone()))
        .at(change.at)
        .text(change.write.register.as_str())
        .text(key)
        .big(version)
        .text(change.write.change.as_str())
        .uuid(change.case.map(|c| c.0))
        .json(change.actor.clone());
    let Some(row) = tx.row::<Changed>(statement).await? else {
        return Ok(Outcome::Conflict);
    };
    if !valid(&row.record) {
        return Ok(Outcome::Refused);
    }
    Ok(Outcome::Written(written(change, key.to_owned(), row.version, false)))
}

/// `None` where there is such a record already.
async fn insert(tx: &mut Tx, change: &Change, key: &str) -> Result<Option<Written>> {
    let text = "WITH made AS (INSERT INTO register_records (register, key, version, authority, record, changed_at) \
                VALUES ($1, $2, 1, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING *), \
                history AS (INSERT INTO register_versions \
                (register, key, version, authority, change, record, case_id, actor, changed_at) \
                SELECT register, key, version, authority, $6, record, $7, $8, changed_at FROM made) \
                SELECT version, record FROM made";
    let statement = sql(text)
        .text(change.write.register.as_str())
        .text(key)
        .text(change.authority.as_str())
        .json(Value::Object(change.write.set.clone()))
        .at(change.at)
        .text(change.write.change.as_str())
        .uuid(change.case.map(|c| c.0))
        .json(change.actor.clone());
    let made: Option<Changed> = tx.row(statement).await?;
    // New is what the register gave a number to.
    let new = matches!(change.write.key, Key::Next);
    Ok(made.map(|row| written(change, key.to_owned(), row.version, new)))
}

async fn insert_next(tx: &mut Tx, change: &Change, valid: &dyn Fn(&Value) -> bool) -> Result<Outcome> {
    if !valid(&Value::Object(change.write.set.clone())) {
        return Ok(Outcome::Refused);
    }
    let register = change.write.register.as_str();
    let pattern =
        change.number.as_ref().ok_or_else(|| Error::internal(format!("{register} has no pattern for numbers")))?;
    let year = if pattern.is_yearly() { change.day.year() } else { 0 };
    // The row stays locked until the end of the transaction: numbers have no gaps, and nobody gets the same.
    let text = "INSERT INTO register_numbers (register, year, last) VALUES ($1, $2, 1) \
                ON CONFLICT (register, year) DO UPDATE SET last = register_numbers.last + 1 RETURNING last";
    for _ in 0..MOST_SKIPPED {
        let next: Option<Number> = tx.row(sql(text).text(register).int(i32::from(year))).await?;
        let last = next.ok_or_else(|| Error::internal("a number was not counted"))?.last;
        if let Some(written) = insert(tx, change, &pattern.key(year, last)).await? {
            return Ok(Outcome::Written(written));
        }
    }
    Err(Error::internal(format!("{register}: {MOST_SKIPPED} numbers on end are taken")))
}

fn checked_key(key: &str) -> Result<&str> {
    if key.is_empty() || key.len() > LONGEST_KEY || key.chars().any(char::is_control) {
        return Err(Error::internal("a record's key is empty, too long or holds control characters"));
    }
    Ok(key)
}

fn written(change: &Change, key: String, version: i64, new: bool) -> Written {
    let Write { register, change, .. } = &change.write;
    Written { register: register.clone(), key, change: change.clone(), version, new }
}

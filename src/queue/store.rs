//! The table of jobs. All instants are the database's own clock, so that replicas whose clocks differ agree on leases.

use std::time::Duration;

use diesel::QueryableByName;
use diesel::sql_types::{Bigint, Integer, Jsonb, Nullable, Text, Uuid as SqlUuid};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use super::backoff::{self, ATTEMPTS};
use crate::kernel::{CaseId, Result};
use crate::postgres::{Database, Tx, sql};

/// Kept of an error, in characters.
const ERROR_MAX: usize = 500;

/// Work to be queued.
#[derive(Debug, Clone, PartialEq)]
pub struct Job {
    pub kind: &'static str,
    /// Of its kind there is one job with this key at a time: what it follows from, such as case and event number.
    pub key: String,
    /// Jobs of one case, kind and lane are performed in the order in which they were queued; a job without a case waits
    /// for nobody.
    pub case: Option<CaseId>,
    /// Such as whom it is for; empty where all of the case and kind go in one order.
    pub lane: String,
    /// Ids and codes only.
    pub payload: Value,
    /// Not before this moment of machine time; at once where it is none.
    pub after: Option<Timestamp>,
}

impl Job {
    /// To be done as soon as possible, in the one order of its case and kind.
    #[must_use]
    pub fn of_case(case: CaseId, kind: &'static str, key: String, payload: Value) -> Self {
        Self { kind, key, case: Some(case), lane: String::new(), payload, after: None }
    }
}

/// Jobs by columns, for `unnest`: a statement of another room takes them along with its own rows.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Columns {
    pub kinds: Vec<String>,
    pub keys: Vec<String>,
    pub cases: Vec<Option<Uuid>>,
    pub lanes: Vec<String>,
    pub payloads: Vec<Value>,
    /// None: now.
    pub run_ats: Vec<Option<Timestamp>>,
}

impl Columns {
    #[must_use]
    pub fn of<'a>(jobs: impl IntoIterator<Item = &'a Job>) -> Self {
        let mut columns = Self::default();
        for job in jobs {
            columns.kinds.push(job.kind.to_owned());
            columns.keys.push(job.key.clone());
            columns.cases.push(job.case.map(|c| c.0));
            columns.lanes.push(job.lane.clone());
            columns.payloads.push(job.payload.clone());
            columns.run_ats.push(job.after);
        }
        columns
    }
}

/// Queues jobs in the caller's transaction. Gives how many were not queued yet. What is queued behind a job that failed
/// is due when that one is: until then nobody looks at it.
///
/// # Errors
/// Those of the database.
pub async fn enqueue(tx: &mut Tx, jobs: &[Job]) -> Result<usize> {
    if jobs.is_empty() {
        return Ok(0);
    }
    let columns = Columns::of(jobs);
    let statement = sql("INSERT INTO jobs (kind, key, case_id, lane, payload, run_at)
        SELECT u.kind, u.key, u.case_id, u.lane, u.payload, greatest(coalesce(u.run_at, now()), (SELECT b.run_at FROM jobs b
            WHERE b.case_id = u.case_id AND b.kind = u.kind AND b.lane = u.lane AND b.parked_at IS NULL AND b.last_error IS NOT NULL
            ORDER BY b.id LIMIT 1))
        FROM unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::jsonb[], $6::timestamptz[])
            AS u (kind, key, case_id, lane, payload, run_at)
        ON CONFLICT (kind, key) DO NOTHING")
    .texts(columns.kinds)
    .texts(columns.keys)
    .uuids_or_null(columns.cases)
    .texts(columns.lanes)
    .jsons(columns.payloads)
    .instants_or_null(columns.run_ats);
    tx.execute(statement).await
}

/// A job in one worker's hands, until its lease ends.
#[derive(Debug, Clone, PartialEq)]
pub struct Claimed {
    pub id: i64,
    pub kind: String,
    pub key: String,
    pub case: Option<CaseId>,
    pub payload: Value,
    /// This one included.
    pub attempts: i32,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Bigint)]
    id: i64,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    case_id: Option<Uuid>,
    #[diesel(sql_type = Jsonb)]
    payload: Value,
    #[diesel(sql_type = Integer)]
    attempts: i32,
}

impl From<Row> for Claimed {
    fn from(row: Row) -> Self {
        let Row { id, kind, key, case_id, payload, attempts } = row;
        Self { id, kind, key, case: case_id.map(CaseId), payload, attempts }
    }
}

/// Takes up to `limit` jobs that are due, the longest waiting first, and never more than 16 of a kind: that bound is in
/// the statement's text, so that it is planned for a few jobs, however many wait. Of those that go in order, the first
/// only is taken, until it is done or parked. They come back by themselves after `lease`, unless they are done or have
/// failed by then. A job whose workers never came back is parked after its last attempt.
///
/// # Errors
/// Those of the database.
pub async fn claim(db: &Database, kinds: &[&str], limit: usize, lease: Duration) -> Result<Vec<Claimed>> {
    let kinds: Vec<String> = kinds.iter().map(|&k| k.to_owned()).collect();
    let statement = sql("WITH due AS MATERIALIZED (
            SELECT d.id, d.attempts FROM unnest($1::text[]) k(kind) CROSS JOIN LATERAL (
                SELECT j.id, j.attempts, j.run_at FROM jobs j
                WHERE j.kind = k.kind AND j.parked_at IS NULL AND j.run_at <= now()
                    AND (j.case_id IS NULL OR j.id = (SELECT b.id FROM jobs b WHERE b.case_id = j.case_id AND b.kind = j.kind
                        AND b.lane = j.lane AND b.parked_at IS NULL ORDER BY b.id LIMIT 1))
                ORDER BY j.run_at, j.id LIMIT 16 FOR UPDATE OF j SKIP LOCKED) d
            ORDER BY d.run_at, d.id LIMIT $2
        ), lost AS (
            UPDATE jobs SET parked_at = now(), last_error = coalesce(jobs.last_error, 'its workers never came back')
            WHERE id = ANY (ARRAY(SELECT id FROM due WHERE attempts >= $3))
        )
        UPDATE jobs SET run_at = now() + $4 * interval '1 microsecond', attempts = jobs.attempts + 1
        WHERE id = ANY (ARRAY(SELECT id FROM due WHERE attempts < $5))
        RETURNING id, kind, key, case_id, payload, attempts")
    .texts(kinds)
    .big(i64::try_from(limit).unwrap_or(i64::MAX))
    .int(ATTEMPTS)
    .big(micros(lease))
    .int(ATTEMPTS);
    let mut single = db.single().await?;
    let mut rows: Vec<Row> = single.rows(statement).await?;
    rows.sort_unstable_by_key(|row| row.id);
    Ok(rows.into_iter().map(Claimed::from).collect())
}

/// The jobs have been performed; they are forgotten. What waited behind one because it had failed is due now.
///
/// # Errors
/// Those of the database.
pub async fn done(db: &Database, ids: &[i64]) -> Result<()> {
    let statement = sql("WITH d AS (DELETE FROM jobs WHERE id = ANY ($1) RETURNING case_id, kind, lane, last_error)
        UPDATE jobs o SET run_at = now() FROM d WHERE d.last_error IS NOT NULL AND o.case_id = d.case_id
            AND o.kind = d.kind AND o.lane = d.lane AND o.parked_at IS NULL AND o.run_at > now()")
    .bigs(ids.to_vec());
    db.single().await?.execute(statement).await?;
    Ok(())
}

/// What becomes of a job that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It comes back after this wait.
    Again(SignedDuration),
    /// It does not come back by itself.
    Parked,
    /// Its lease had ended: it is somebody else's by now.
    Lost,
}

/// The job has failed: it waits longer each time, and is parked after the last attempt. `attempts` is that of the
/// claim: a worker whose lease has ended does not touch what another one holds by now. `error` is kept and shown to
/// those who operate the server: nothing that anybody stated may stand in it.
///
/// # Errors
/// Those of the database.
pub async fn failed(db: &Database, id: i64, error: &str, attempts: i32) -> Result<Fate> {
    let last = attempts >= ATTEMPTS;
    let wait = backoff::wait(attempts);
    if !put_back(db, id, error, attempts, attempts, wait, last).await? {
        return Ok(Fate::Lost);
    }
    Ok(if last { Fate::Parked } else { Fate::Again(wait) })
}

/// It is not time for the job yet: it comes back after `wait`, and what goes behind it waits with it. That is no
/// attempt. `why` is shown to those who operate the server. Gives whether it still was the worker's whose claim had
/// `attempts`.
///
/// # Errors
/// Those of the database.
pub async fn postpone(db: &Database, id: i64, why: &str, attempts: i32, wait: SignedDuration) -> Result<bool> {
    put_back(db, id, why, attempts, (attempts - 1).max(0), wait, false).await
}

/// Has done at once what waits for its time and was never tried: time was moved. Development only.
///
/// # Errors
/// Those of the database.
pub async fn hurry(tx: &mut Tx) -> Result<()> {
    tx.execute(sql("UPDATE jobs SET run_at = now() WHERE parked_at IS NULL AND attempts = 0 AND run_at > now()"))
        .await
        .map(drop)
}

async fn put_back(
    db: &Database,
    id: i64,
    why: &str,
    attempts: i32,
    counted: i32,
    wait: SignedDuration,
    parked: bool,
) -> Result<bool> {
    let kept: String = why.chars().filter(|c| *c != '\0').take(ERROR_MAX).collect();
    // What goes behind it is not due before it: else every claim would look at all that waits for a system that is away.
    let statement = sql("WITH f AS (UPDATE jobs SET last_error = $1, parked_at = CASE WHEN $2 THEN now() END,
                run_at = now() + $3 * interval '1 microsecond', attempts = $4
            WHERE id = $5 AND attempts = $6 AND parked_at IS NULL RETURNING id, case_id, kind, lane, run_at, parked_at),
        b AS (UPDATE jobs o SET run_at = f.run_at FROM f WHERE f.parked_at IS NULL AND o.case_id = f.case_id
            AND o.kind = f.kind AND o.lane = f.lane AND o.id > f.id AND o.parked_at IS NULL AND o.run_at < f.run_at)
        SELECT count(*) AS count FROM f")
    .text(kept)
    .flag(parked)
    .big(i64::try_from(wait.as_micros()).unwrap_or(i64::MAX))
    .int(counted)
    .big(id)
    .int(attempts);
    let row = db.single().await?.row::<Count>(statement).await?;
    Ok(row.is_some_and(|row| row.count > 0))
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = Bigint)]
    count: i64,
}

/// How much is queued of a kind.
#[derive(Debug, Clone, PartialEq, Eq, QueryableByName)]
pub struct Depth {
    #[diesel(sql_type = Text)]
    pub kind: String,
    /// Queued or in somebody's hands.
    #[diesel(sql_type = Bigint)]
    pub waiting: i64,
    /// Given up after the last attempt: for somebody to look at.
    #[diesel(sql_type = Bigint)]
    pub parked: i64,
    /// Seconds for which the longest waiting one has been due.
    #[diesel(sql_type = Bigint)]
    pub late: i64,
}

/// What is queued, by kind.
///
/// # Errors
/// Those of the database.
pub async fn depth(db: &Database) -> Result<Vec<Depth>> {
    let statement = sql("SELECT kind, count(*) FILTER (WHERE parked_at IS NULL) AS waiting,
            count(*) FILTER (WHERE parked_at IS NOT NULL) AS parked,
            greatest(0, coalesce(extract(epoch FROM now() - min(run_at) FILTER (WHERE parked_at IS NULL)), 0))::bigint AS late
        FROM jobs GROUP BY kind ORDER BY kind LIMIT 100");
    db.single().await?.rows(statement).await
}

pub(super) const PARKED: &str = "guichet_jobs_parked";

/// The depths into the metrics. Of `kinds` there is always a figure, zero where nothing of the kind is queued: one that
/// is gone must not be remembered.
///
/// # Errors
/// Those of the database.
pub async fn report(db: &Database, kinds: &[&str]) -> Result<()> {
    let depths = depth(db).await?;
    let none = |kind: &str| Depth { kind: kind.to_owned(), waiting: 0, parked: 0, late: 0 };
    let absent = kinds.iter().filter(|&&kind| depths.iter().all(|d| d.kind != kind)).map(|kind| none(kind));
    for depth in absent.chain(depths.iter().cloned()) {
        let gauge = |name: &'static str, value: i64| {
            let value = f64::from(i32::try_from(value).unwrap_or(i32::MAX));
            metrics::gauge!(name, "kind" => depth.kind.clone()).set(value);
        };
        gauge("guichet_jobs_waiting", depth.waiting);
        gauge(PARKED, depth.parked);
        gauge("guichet_jobs_late_seconds", depth.late);
    }
    Ok(())
}

fn micros(length: Duration) -> i64 {
    i64::try_from(length.as_micros()).unwrap_or(i64::MAX)
}

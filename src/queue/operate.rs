//! For those who operate the server: what is queued, and what was given up, to be tried again. Who may ask is not
//! decided here.

use diesel::QueryableByName;
use diesel::sql_types::{Bigint, Integer, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use jiff::Timestamp;
use uuid::Uuid;

use crate::kernel::{CaseId, Error, Result};
use crate::postgres::{Tx, sql};

/// Where a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Queued or in somebody's hands.
    Waiting,
    /// Given up after the last attempt.
    Parked,
}

impl State {
    pub const ALL: [Self; 2] = [Self::Waiting, Self::Parked];

    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Parked => "parked",
        }
    }
}

/// What a list is narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub state: Option<State>,
    pub kind: Option<String>,
}

/// A job as it is shown: without its payload.
#[derive(Debug, Clone, PartialEq)]
pub struct Queued {
    pub id: i64,
    pub kind: String,
    pub case: Option<CaseId>,
    pub attempts: i32,
    pub run_at: Timestamp,
    pub parked_at: Option<Timestamp>,
    /// Without anything that somebody stated.
    pub last_error: Option<String>,
    pub created_at: Timestamp,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Bigint)]
    id: i64,
    #[diesel(sql_type = Text)]
    kind: String,
    #[diesel(sql_type = Nullable<SqlUuid>)]
    case_id: Option<Uuid>,
    #[diesel(sql_type = Integer)]
    attempts: i32,
    #[diesel(sql_type = Timestamptz)]
    run_at: jiff_diesel::Timestamp,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    parked_at: Option<jiff_diesel::Timestamp>,
    #[diesel(sql_type = Nullable<Text>)]
    last_error: Option<String>,
    #[diesel(sql_type = Timestamptz)]
    created_at: jiff_diesel::Timestamp,
}

impl From<Row> for Queued {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            case: row.case_id.map(CaseId),
            attempts: row.attempts,
            run_at: row.run_at.to_jiff(),
            parked_at: row.parked_at.map(jiff_diesel::Timestamp::to_jiff),
            last_error: row.last_error,
            created_at: row.created_at.to_jiff(),
        }
    }
}

/// One statement for each state: what is parked is found by an index of its own, whatever else is queued.
macro_rules! listing {
    ($state:literal) => {
        concat!(
            "SELECT id, kind, case_id, attempts, run_at, parked_at, last_error, created_at FROM jobs
             WHERE id > $1 AND kind = coalesce($2, kind) AND ",
            $state,
            " ORDER BY id LIMIT $3"
        )
    };
}

/// Jobs, the oldest first, after the one with this number.
///
/// # Errors
/// Those of the database.
pub async fn list(tx: &mut Tx, filter: &Filter, after: i64, limit: i64) -> Result<Vec<Queued>> {
    let text = match filter.state {
        None => listing!("true"),
        Some(State::Waiting) => listing!("parked_at IS NULL"),
        Some(State::Parked) => listing!("parked_at IS NOT NULL"),
    };
    let rows: Vec<Row> = tx.rows(sql(text).big(after).text_or_null(filter.kind.clone()).big(limit)).await?;
    Ok(rows.into_iter().map(Queued::from).collect())
}

/// One job.
///
/// # Errors
/// [`Error::NotFound`] where there is none, or none any more; those of the database.
pub async fn find(tx: &mut Tx, id: i64) -> Result<Queued> {
    let text = "SELECT id, kind, case_id, attempts, run_at, parked_at, last_error, created_at FROM jobs WHERE id = $1";
    let row: Option<Row> = tx.row(sql(text).big(id)).await?;
    row.map(Queued::from).ok_or(Error::NotFound)
}

/// Has what was given up tried again, at once and as if for the first time. Its last error stays until another one
/// takes its place.
///
/// # Errors
/// [`Error::NotFound`] where there is no such job; [`Error::Conflict`] where it is not parked; those of the database.
pub async fn retry(tx: &mut Tx, id: i64) -> Result<Queued> {
    let job = find(tx, id).await?;
    let text = "UPDATE jobs SET attempts = 0, parked_at = NULL, run_at = now() WHERE id = $1 AND parked_at IS NOT NULL";
    match tx.execute(sql(text).big(id)).await? {
        0 => Err(Error::Conflict("not_parked".into())),
        _ => Ok(job),
    }
}

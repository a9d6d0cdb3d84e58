//! Counts of an office's work.

use diesel::QueryableByName;
use diesel::sql_types::{Bigint, Double, Nullable, Text, Timestamptz};
use jiff::Timestamp;
use uuid::Uuid;

use crate::access::Permit;
use crate::cases::oversight::{DAYS, ResultsView};
use crate::kernel::Result;
use crate::postgres::{Tx, sql};

#[derive(Debug, QueryableByName)]
pub struct LoadRow {
    #[diesel(sql_type = Text)]
    pub service: String,
    #[diesel(sql_type = Text)]
    pub step: String,
    #[diesel(sql_type = Bigint)]
    pub waiting: i64,
    #[diesel(sql_type = Bigint)]
    pub unclaimed: i64,
    #[diesel(sql_type = Bigint)]
    pub overdue: i64,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    pub oldest: Option<Timestamp>,
}

/// What waits at the desks of an office, by service and step, the latest first.
///
/// # Errors
/// Those of the database.
pub async fn load_of(tx: &mut Tx, _permit: &Permit, office: &str) -> Result<Vec<LoadRow>> {
    let statement =
        sql("SELECT service, step, count(*) AS waiting, count(*) FILTER (WHERE holder IS NULL) AS unclaimed,
            count(*) FILTER (WHERE overdue) AS overdue, min(entered_at) AS oldest
        FROM tasks WHERE office = $1 AND state = 'open' AND kind = 'task'
        GROUP BY service, step ORDER BY overdue DESC, waiting DESC, service, step LIMIT 500")
        .text(office);
    tx.rows(statement).await
}

#[derive(QueryableByName)]
struct ResultsRow {
    #[diesel(sql_type = Bigint)]
    opened: i64,
    #[diesel(sql_type = Bigint)]
    decided: i64,
    #[diesel(sql_type = Nullable<Double>)]
    median_days: Option<f64>,
    #[diesel(sql_type = Bigint)]
    late: i64,
    #[diesel(sql_type = Bigint)]
    complaints: i64,
    #[diesel(sql_type = Bigint)]
    changed: i64,
}

/// The first id that is made at an instant: ids are ordered by time (UUID version 7, RFC 9562).
fn first_id(at: Timestamp) -> Uuid {
    let millis = u64::try_from(at.as_millisecond()).unwrap_or_default();
    Uuid::from_u128(u128::from(millis) << 80)
}

/// What became of the cases of an office that were opened since an instant: the newest ten thousand of them.
///
/// # Errors
/// Those of the database.
pub async fn results_of(tx: &mut Tx, _permit: &Permit, office: &str, since: Timestamp) -> Result<ResultsView> {
    let statement = sql("WITH c AS (SELECT submitted_at, decided_at, flow FROM cases
            WHERE office = $1 AND id >= $2 AND status <> 'draft' ORDER BY id DESC LIMIT 10000),
         r AS (SELECT (a->>'effective')::boolean AS effective FROM c, jsonb_array_elements(coalesce(c.flow->'appeals', '[]')) a)
        SELECT count(*) AS opened, count(decided_at) AS decided,
            percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM decided_at - submitted_at)::float8 / 86400)
                FILTER (WHERE decided_at IS NOT NULL AND submitted_at IS NOT NULL) AS median_days,
            count(*) FILTER (WHERE (flow->'clock'->>'expired')::boolean) AS late,
            (SELECT count(*) FROM r) AS complaints,
            (SELECT count(*) FROM r WHERE effective) AS changed
        FROM c")
    .text(office)
    .uuid(first_id(since));
    let row = tx.row::<ResultsRow>(statement).await?;
    let row =
        row.unwrap_or(ResultsRow { opened: 0, decided: 0, median_days: None, late: 0, complaints: 0, changed: 0 });
    Ok(ResultsView {
        days: DAYS,
        opened: row.opened,
        decided: row.decided,
        median_days: row.median_days.map(|days| (days * 10.0).round() / 10.0),
        late: row.late,
        complaints: row.complaints,
        changed_by_complaints: row.changed,
    })
}

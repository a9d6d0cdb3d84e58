//! Cases by the hundred thousand: the rows of one that was played, multiplied in the database.

use tokio_postgres::Client;

use crate::script::Schema;
use crate::world::{CALLERS, OFFICERS, execute, one, person};

/// What a case of the load is for; part of its id.
#[derive(Clone, Copy)]
pub enum Lot {
    /// Read, and listed in a queue.
    Waiting = 1,
    /// Completed over HTTP.
    Claimed = 2,
    /// Changed by the reference script.
    Reference = 3,
}

const TABLES: [&str; 7] = ["cases", "case_parties", "case_data", "case_events", "tasks", "demands", "documents"];

/// The id of a case of the load, as an expression over its number.
pub fn case_id(lot: Lot, number: &str) -> String {
    format!("('01f0ca5e000{}' || lpad(to_hex(({number})::bigint), 20, '0'))::uuid", lot as u8)
}

/// The id of a task of such a case.
pub fn task_id(lot: Lot, number: &str, token: &str) -> String {
    format!(
        "('01f07a5c000{}' || lpad(to_hex(({token})::bigint), 4, '0') || lpad(to_hex(({number})::bigint), 16, '0'))::uuid",
        lot as u8
    )
}

/// Cases in one statement: what one statement writes has to find room at once.
const PORTION: u64 = 20_000;

/// Multiplies the case `template` into `count` of the lot.
pub async fn load(client: &Client, schema: &Schema, lot: Lot, template: &str, count: u64) {
    let starter = one(client, &format!("SELECT started_by FROM cases WHERE id = '{template}'")).await;
    let holder =
        one(client, &format!("SELECT holder FROM tasks WHERE case_id = '{template}' AND state = 'open'")).await;
    let (citizens, officers) = (CALLERS - OFFICERS, OFFICERS);
    let caller = person(&format!("n % {citizens}"));
    let officer = person(&format!("{citizens} + n % {officers}"));
    // The rows are those of a case whose references were checked, so they need not be again.
    execute(client, "SET session_replication_role = replica; SET synchronous_commit = off").await;
    // The copy that is kept beside the case names its people and tasks.
    let tasks = "SELECT coalesce(string_agg(id || ' ' || token, ','), '') FROM tasks WHERE case_id =";
    let tasks = one(client, &format!("{tasks} '{template}'")).await;
    let mut around = format!("replace(s.around::text, '{starter}', {caller}::text)");
    if !holder.is_empty() {
        around = format!("replace({around}, '{holder}', {officer}::text)");
    }
    for (id, token) in tasks.split(',').filter_map(|task| task.split_once(' ')) {
        around = format!("replace({around}, '{id}', {}::text)", task_id(lot, "n", token));
    }
    let mut statements = Vec::new();
    for table in TABLES {
        let (mut columns, mut values) = (Vec::new(), Vec::new());
        for ((_, column), kind) in schema.types.iter().filter(|((t, _), _)| t == table) {
            let value = match (table, column.as_str()) {
                ("cases", "id") | (_, "case_id") => case_id(lot, "n"),
                ("cases", "reference") => format!("'B{}-' || n", lot as u8),
                ("cases", "flow") if !holder.is_empty() => {
                    format!("replace(s.flow::text, '{holder}', {officer}::text)::jsonb")
                }
                ("cases", "around") => format!("{around}::json"),
                ("tasks", "id") => task_id(lot, "n", "s.token"),
                ("tasks", "holder") => format!("CASE WHEN s.holder IS NOT NULL THEN {officer} END"),
                ("tasks", "due_at") => "s.due_at + n * interval '1 second'".to_owned(),
                (_, "id") => "gen_random_uuid()".to_owned(),
                _ if kind == "uuid" => format!("CASE WHEN s.{column} = '{starter}' THEN {caller} ELSE s.{column} END"),
                _ => format!("s.{column}"),
            };
            columns.push(column.as_str());
            values.push(value);
        }
        let of = if table == "cases" { "id" } else { "case_id" };
        let (columns, values) = (columns.join(", "), values.join(", "));
        statements.push((
            format!("INSERT INTO {table} ({columns}) SELECT {values} FROM generate_series("),
            format!(") n, {table} s WHERE s.{of} = '{template}'"),
        ));
    }
    let mut from = 0;
    while from < count {
        let to = count.min(from + PORTION);
        for (before, after) in &statements {
            execute(client, &format!("{before}{from}, {}{after}", to - 1)).await;
        }
        from = to;
    }
}

/// The planner knows what is there, and nothing is left to be written when the clock starts.
pub async fn rest(client: &Client) {
    for table in TABLES.iter().chain(&["audit_entries", "audit_payloads", "audit_subjects", "jobs", "idempotency_keys"])
    {
        execute(client, &format!("VACUUM (ANALYZE) {table}")).await;
    }
    execute(client, "CHECKPOINT").await;
}

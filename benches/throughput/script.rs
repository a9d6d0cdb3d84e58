//! The reference: what one operation wrote, captured by triggers and turned into a script for `pgbench` that writes the
//! same rows again, one statement a table between `BEGIN` and `COMMIT`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde_json::{Map, Value};

/// Puts a trigger on every table that notes what is written. For a scratch database: the triggers cost.
pub const CAPTURE: &str = "
    CREATE TABLE captured (n bigint GENERATED ALWAYS AS IDENTITY, tab text NOT NULL, was jsonb, now jsonb NOT NULL,
        xid xid8 NOT NULL DEFAULT pg_current_xact_id());
    CREATE FUNCTION capture() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
    BEGIN
        INSERT INTO captured (tab, was, now)
        VALUES (TG_TABLE_NAME, CASE TG_OP WHEN 'UPDATE' THEN to_jsonb(OLD) END, to_jsonb(NEW));
        RETURN NULL;
    END $$;
    DO $$ DECLARE t text; BEGIN
        FOR t IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT IN ('captured') LOOP
            EXECUTE format('CREATE TRIGGER captures AFTER INSERT OR UPDATE ON %I FOR EACH ROW EXECUTE FUNCTION capture()', t);
        END LOOP;
    END $$;";

/// One row that was written.
#[derive(Debug, Clone)]
pub struct Written {
    pub table: String,
    /// What stood there before, of a row that was changed.
    pub was: Option<Map<String, Value>>,
    pub now: Map<String, Value>,
}

/// What the script must know of the tables: column types, primary keys, and columns that the database numbers itself.
#[derive(Debug, Default)]
pub struct Schema {
    pub types: BTreeMap<(String, String), String>,
    pub keys: BTreeSet<(String, String)>,
    pub numbered: BTreeSet<(String, String)>,
}

/// The query for [`Schema`]: table, column, type, part of a primary or unique key, numbered by the database.
pub const SCHEMA: &str = "
    SELECT c.relname::text AS tab, a.attname::text AS col, format_type(a.atttypid, a.atttypmod) AS kind,
        EXISTS (SELECT FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND a.attnum = ANY (i.indkey)) AS key,
        a.attidentity = 'a' AS numbered
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE n.nspname = 'public' AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped";

impl Schema {
    /// From the rows of [`SCHEMA`].
    pub fn of(rows: &[tokio_postgres::Row]) -> Self {
        let mut schema = Self::default();
        for row in rows {
            let place: (String, String) = (row.get("tab"), row.get("col"));
            if row.get("key") {
                schema.keys.insert(place.clone());
            }
            if row.get("numbered") {
                schema.numbered.insert(place.clone());
            }
            schema.types.insert(place, row.get("kind"));
        }
        schema
    }
}

/// The query for what the transaction wrote that wrote to `cases` last, and nothing of the work that followed it.
pub const CAPTURED: &str = "
    SELECT coalesce(jsonb_agg(jsonb_build_object('tab', tab, 'was', was, 'now', now) ORDER BY n), '[]')::text AS rows
    FROM captured WHERE xid = (SELECT xid FROM captured WHERE tab = 'cases' ORDER BY n DESC LIMIT 1)";

/// The rows that [`CAPTURED`] gives.
pub fn written(text: &str) -> Vec<Written> {
    let rows: Vec<Value> = serde_json::from_str(text).expect("JSON");
    let object = |v: &Value| v.as_object().cloned();
    let row = |row: Value| Written {
        table: row["tab"].as_str().unwrap_or_default().to_owned(),
        was: object(&row["was"]),
        now: object(&row["now"]).unwrap_or_default(),
    };
    rows.into_iter().map(row).collect()
}

/// Which number names what is made, and which what is there already.
pub struct Numbers<'a> {
    /// The id that the captured operation's case had, and the expression that stands for it.
    pub case: (&'a str, &'a str),
    /// Ids of rows that were there before, with the expressions of those that are changed instead.
    pub known: &'a [(String, String)],
}

/// `:u` is a number that no other transaction has; of it the ids of new rows are made.
fn new_id(ordinal: usize) -> String {
    format!("('01f0000000000{ordinal:03x}' || lpad(to_hex((:u)::bigint), 16, '0'))::uuid")
}

/// The expression of a new case, for [`Numbers`].
pub fn new_case() -> String {
    new_id(0)
}

/// How many rows of which table were written: inserted (false) and changed (true).
pub fn counts(rows: &[Written]) -> BTreeMap<(String, bool), usize> {
    let mut counts = BTreeMap::new();
    for row in rows {
        *counts.entry((row.table.clone(), row.was.is_some())).or_default() += 1;
    }
    counts
}

/// The statements, `BEGIN` and `COMMIT` among them.
pub fn statements(rows: &[Written], schema: &Schema, numbers: &Numbers<'_>) -> Vec<String> {
    let mut ids: Vec<(String, String)> = vec![(numbers.case.0.to_owned(), numbers.case.1.to_owned())];
    ids.extend(numbers.known.iter().cloned());
    let made = rows.iter().filter(|r| r.was.is_none()).filter_map(|r| r.now.get("id").and_then(Value::as_str));
    for id in made.filter(|id| id.len() == 36) {
        if !ids.iter().any(|(known, _)| known == id) {
            let ordinal = ids.len();
            ids.push((id.to_owned(), new_id(ordinal)));
        }
    }
    let mut order: Vec<(&str, bool)> = Vec::new();
    for row in rows {
        let place = (row.table.as_str(), row.was.is_some());
        if !order.contains(&place) {
            order.push(place);
        }
    }
    let mut statements = vec!["BEGIN".to_owned()];
    for (table, changed) in order {
        let of_table: Vec<&Written> = rows.iter().filter(|r| r.table == table && r.was.is_some() == changed).collect();
        if changed {
            statements.extend(of_table.iter().filter_map(|row| update(row, schema, &ids)));
        } else {
            statements.push(insert(table, &of_table, schema, &ids));
        }
    }
    statements.push("COMMIT".to_owned());
    statements
}

fn insert(table: &str, rows: &[&Written], schema: &Schema, ids: &[(String, String)]) -> String {
    let columns: Vec<&String> =
        rows[0].now.keys().filter(|c| !schema.numbered.contains(&(table.to_owned(), (*c).clone()))).collect();
    let mut out = format!("INSERT INTO {table} ({}) VALUES ", join(columns.iter().map(|c| c.as_str())));
    for (at, row) in rows.iter().enumerate() {
        let values = columns.iter().map(|c| value(table, c, &row.now[*c], at, row, schema, ids)).collect::<Vec<_>>();
        let _ = write!(out, "{}({})", if at == 0 { "" } else { ", " }, values.join(", "));
    }
    out
}

fn update(row: &Written, schema: &Schema, ids: &[(String, String)]) -> Option<String> {
    let was = row.was.as_ref()?;
    let changed = row.now.iter().filter(|(column, now)| was.get(*column) != Some(now));
    let set: Vec<String> = changed
        .map(|(column, now)| format!("{column} = {}", value(&row.table, column, now, 0, row, schema, ids)))
        .collect();
    let id = value(&row.table, "id", row.now.get("id")?, 0, row, schema, ids);
    (!set.is_empty()).then(|| format!("UPDATE {} SET {} WHERE id = {id}", row.table, set.join(", ")))
}

/// A value as it was, save for what must differ from one transaction to the next.
fn value(
    table: &str,
    column: &str,
    value: &Value,
    at: usize,
    row: &Written,
    schema: &Schema,
    ids: &[(String, String)],
) -> String {
    let place = (table.to_owned(), column.to_owned());
    let kind = schema.types.get(&place).map_or("text", String::as_str);
    let text = match value {
        Value::Null => return "NULL".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    if let Some((_, expression)) = ids.iter().find(|(id, _)| *id == text) {
        return expression.clone();
    }
    let is_key = schema.keys.contains(&place) && row.was.is_none();
    match kind {
        // A key that a person or another row of long ago has stays; one that is new was found among the ids.
        "integer" if is_key => format!("((:u)::bigint % 100000000 * 16 + {at} + 1000)::integer"),
        "text" if is_key && (column == "reference" || column == "key") => {
            let tail = ids.iter().find_map(|(id, _)| text.strip_prefix(id.as_str())).unwrap_or(&text);
            format!("(to_hex((:u)::bigint) || {})", quoted(tail))
        }
        _ => format!("{}::{kind}", quoted(&text)),
    }
}

fn quoted(text: &str) -> String {
    // A colon before a letter is a variable to pgbench, also within quotes in some modes.
    let text = text.replace('\'', "''");
    match text.contains('\\') || text.contains(':') {
        true => format!("E'{}'", text.replace('\\', "\\\\").replace(':', "\\x3a")),
        false => format!("'{text}'"),
    }
}

fn join<'a>(words: impl Iterator<Item = &'a str>) -> String {
    words.collect::<Vec<_>>().join(", ")
}

/// The file for `pgbench`: `base` keeps runs apart, also in its last eight digits, which short numbers are made of;
/// `known` rows may be changed.
pub fn pgbench(statements: &[String], base: u64, known: u64) -> String {
    let mut out =
        format!("\\set n :n + 1\n\\set u {base} + :n * 64 + :client_id\n\\set k random(1, {})\n", known.max(1));
    for statement in statements {
        let _ = writeln!(out, "{statement};");
    }
    out
}

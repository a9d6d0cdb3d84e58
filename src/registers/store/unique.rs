//! What no two records of a register have the same.

use std::collections::BTreeSet;

use diesel::QueryableByName;
use diesel::sql_types::Bool;
use serde_json::{Map, Value};

use super::{Change, read};
use crate::engine::workflow::Written;
use crate::kernel::Result;
use crate::postgres::{Tx, sql};

#[derive(QueryableByName)]
struct Other {
    #[diesel(sql_type = Bool)]
    there: bool,
}

/// Whether nobody else has what the records that were just written may have alone. Whoever writes the same at this moment waits:
/// all lock what they claim, in one order, before they look.
///
/// # Errors
/// Those of the database.
pub(super) async fn are_alone(tx: &mut Tx, changes: &[Change], written: &[Written]) -> Result<bool> {
    let mut claims = BTreeSet::new();
    for (change, written) in changes.iter().zip(written).filter(|(change, _)| !change.unique.is_empty()) {
        let Some(found) = read(tx, &written.register, &written.key).await? else { continue };
        for fields in &change.unique {
            if let Some(values) = values(&found.record, fields) {
                claims.insert((written.register.clone(), Value::Object(values).to_string(), written.key.clone()));
            }
        }
    }
    for (register, values, _) in &claims {
        let lock = sql("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))").text(format!("{register} {values}"));
        tx.execute(lock).await?;
    }
    for (register, values, key) in claims {
        let values: Value = serde_json::from_str(&values)?;
        let statement = sql("SELECT EXISTS (SELECT FROM register_records
            WHERE register = $1 AND record @> $2 AND key <> $3) AS there")
        .text(register)
        .json(values)
        .text(key);
        if tx.row::<Other>(statement).await?.is_some_and(|other| other.there) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// What a record has in these fields; none where one of them is absent: nothing is the same as nothing.
fn values(record: &Value, fields: &[String]) -> Option<Map<String, Value>> {
    let value = |field: &String| record.get(field).filter(|v| !v.is_null()).map(|v| (field.clone(), v.clone()));
    fields.iter().map(value).collect()
}

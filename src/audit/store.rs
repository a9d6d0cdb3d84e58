//! Entries into their three tables.

use jiff::Timestamp;
use uuid::Uuid;

use super::Sealed;
use crate::kernel::Result;
use crate::postgres::{Tx, sql};

/// Entries by columns, for `unnest`: a statement of another room takes them along with its own rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Columns {
    pub ids: Vec<Uuid>,
    pub ats: Vec<Timestamp>,
    pub actors: Vec<Option<Uuid>>,
    pub offices: Vec<Option<String>>,
    pub roles: Vec<Option<String>>,
    pub actions: Vec<String>,
    pub outcomes: Vec<String>,
    pub purposes: Vec<Option<String>>,
    pub cases: Vec<Option<Uuid>>,
    pub requests: Vec<String>,
    pub commitments: Vec<Vec<u8>>,
    pub versions: Vec<i32>,
    pub salts: Vec<Vec<u8>>,
    pub payloads: Vec<Vec<u8>>,
    /// One for each pair of entry and subject.
    pub subject_entries: Vec<Uuid>,
    pub subject_persons: Vec<Uuid>,
}

impl Columns {
    #[must_use]
    pub fn of<'a>(entries: impl IntoIterator<Item = &'a Sealed>) -> Self {
        let mut columns = Self::default();
        for entry in entries {
            columns.ids.push(entry.id.0);
            columns.ats.push(entry.at);
            columns.actors.push(entry.actor.map(|p| p.0));
            columns.offices.push(entry.office.clone());
            columns.roles.push(entry.role.clone());
            columns.actions.push(entry.action.clone());
            columns.outcomes.push(entry.outcome.clone());
            columns.purposes.push(entry.purpose.clone());
            columns.cases.push(entry.case.map(|c| c.0));
            columns.requests.push(entry.request.clone());
            columns.commitments.push(entry.commitment.to_vec());
            columns.versions.push(i32::from(entry.version));
            columns.salts.push(entry.salt.to_vec());
            columns.payloads.push(entry.bytes.clone());
            for subject in &entry.subjects {
                columns.subject_entries.push(entry.id.0);
                columns.subject_persons.push(subject.0);
            }
        }
        columns
    }
}

/// Writes entries, in one statement.
///
/// # Errors
/// Those of the database; then none of them is written.
pub async fn append(tx: &mut Tx, entries: &[Sealed]) -> Result<()> {
    if entries.is_empty() {
        return Ok(());
    }
    let columns = Columns::of(entries);
    let statement = sql("WITH e AS (
            INSERT INTO audit_entries (id, at, actor, office, role, action, outcome, purpose, case_id, request, commitment)
            SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[],
                $8::text[], $9::uuid[], $10::text[], $11::bytea[])
        ), p AS (
            INSERT INTO audit_payloads (entry, version, salt, bytes)
            SELECT * FROM unnest($12::uuid[], $13::int[], $14::bytea[], $15::bytea[])
        )
        INSERT INTO audit_subjects (entry, person) SELECT * FROM unnest($16::uuid[], $17::uuid[])")
    .uuids(columns.ids.clone())
    .instants(columns.ats)
    .uuids_or_null(columns.actors)
    .texts_or_null(columns.offices)
    .texts_or_null(columns.roles)
    .texts(columns.actions)
    .texts(columns.outcomes)
    .texts_or_null(columns.purposes)
    .uuids_or_null(columns.cases)
    .texts(columns.requests)
    .blobs(columns.commitments)
    .uuids(columns.ids)
    .ints(columns.versions)
    .blobs(columns.salts)
    .blobs(columns.payloads)
    .uuids(columns.subject_entries)
    .uuids(columns.subject_persons);
    tx.execute(statement).await?;
    Ok(())
}

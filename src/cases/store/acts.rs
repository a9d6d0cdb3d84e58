//! How acts are written: whole or not at all, those that are ready at the same time in one statement.

use std::collections::BTreeSet;

use diesel::QueryableByName;
use diesel::sql_types::Uuid as SqlUuid;
use uuid::Uuid;

use super::columns::statement;
use crate::cases::act::Act;
use crate::kernel::{Error, Result};
use crate::postgres::{Database, Together, Tx, violates};

/// Acts as they are written, then the parts that hang on each. `INSERT` and `UPDATE` share the rest; `last` is what only
/// a case that was there already can need.
macro_rules! acts_statement {
    ($case:literal, $parties:literal, $tasks:literal, $demands:literal, $last:literal) => {
        concat!(
            "WITH v AS (SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
                $7::text[], $8::text[], $9::text[], $10::smallint[], $11::text[], $12::uuid[], $13::uuid[], $14::uuid[],
                $15::int[], $16::text[], $17::text[], $18::int[], $19::timestamptz[], $20::timestamptz[], $21::timestamptz[],
                $22::timestamptz[], $23::timestamptz[], $24::timestamptz[], $25::date[], $26::text[], $27::bigint[])
                AS v(id, reference, service, version, authority, office, status, ending, result, level, language,
                started_by, organisation, helper, seq, flow, around, revision, next_due, created_at, submitted_at, decided_at,
                closed_at, draft_until, retain_until, retain_then, expected)),
             c AS (",
            $case,
            "),
             k AS (INSERT INTO idempotency_keys (caller, route, key, body_hash, resource)
                SELECT u.caller, u.route, u.key, u.body_hash, u.resource
                FROM c JOIN unnest($28::uuid[], $29::text[], $30::text[], $31::text[], $32::bytea[], $33::uuid[])
                    u(case_id, caller, route, key, body_hash, resource) USING (case_id)),
             e AS (INSERT INTO case_events (case_id, seq, at, recorded_at, kind, body, actor)
                SELECT c.case_id, u.seq, u.at, now(), u.kind, u.body::jsonb, u.actor
                FROM c JOIN unnest($34::uuid[], $35::int[], $36::timestamptz[], $37::text[], $38::text[], $39::jsonb[])
                    u(case_id, seq, at, kind, body, actor) USING (case_id)),
             d AS (INSERT INTO case_data (case_id, revision, key_id, bytes)
                SELECT c.case_id, u.revision, u.key_id, u.bytes
                FROM c JOIN unnest($40::uuid[], $41::int[], $42::int[], $43::bytea[]) u(case_id, revision, key_id, bytes)
                    USING (case_id)),
             p AS (INSERT INTO case_parties (case_id, authority, role, ordinal, person, organisation, share, represented_by)
                SELECT c.case_id, c.authority, u.role, u.ordinal, u.person, u.organisation, u.share, u.represented_by
                FROM c JOIN unnest($44::uuid[], $45::text[], $46::int[], $47::uuid[], $48::uuid[], $49::numeric[],
                    $50::uuid[]) u(case_id, role, ordinal, person, organisation, share, represented_by) USING (case_id)",
            $parties,
            "),
             t AS (INSERT INTO tasks (id, case_id, authority, service, version, token, step, kind, office, role, party, state,
                    holder, entered_at, due_at, overdue, outcome, done_at)
                SELECT u.id, c.case_id, c.authority, c.service, c.version, u.token, u.step, u.kind, u.office, u.role,
                    u.party, u.state, u.holder, u.entered_at, u.due_at, u.overdue, u.outcome, u.done_at
                FROM c JOIN unnest($51::uuid[], $52::uuid[], $53::int[], $54::text[], $55::text[], $56::text[], $57::text[],
                    $58::text[], $59::text[], $60::uuid[], $61::timestamptz[], $62::timestamptz[], $63::boolean[],
                    $64::text[], $65::timestamptz[]) u(case_id, id, token, step, kind, office, role, party, state, holder,
                    entered_at, due_at, overdue, outcome, done_at) USING (case_id)",
            $tasks,
            "),
             m AS (INSERT INTO demands (id, case_id, authority, currency, demanded_at, token, fee, amount, items, state, until)
                SELECT u.id, c.case_id, c.authority, u.currency, u.at, u.token, u.fee, u.amount, u.items, u.state, u.until
                FROM c JOIN unnest($66::uuid[], $67::uuid[], $68::text[], $69::timestamptz[], $70::int[], $71::text[],
                    $72::numeric[], $73::jsonb[], $74::text[], $75::timestamptz[]) u(case_id, id, currency, at, token, fee,
                    amount, items, state, until) USING (case_id)",
            $demands,
            "),
             f AS (INSERT INTO certificates (case_id, authority, service, version, issued_at, id, code, template, token,
                    content, valid_until)
                SELECT c.case_id, c.authority, c.service, c.version, u.issued_at, u.id, u.code, u.template, u.token,
                    u.content, u.valid_until
                FROM c JOIN unnest($76::uuid[], $77::timestamptz[], $78::uuid[], $79::text[], $80::text[], $81::int[],
                    $82::jsonb[], $83::timestamptz[]) u(case_id, issued_at, id, code, template, token, content,
                    valid_until) USING (case_id)),
             j AS (INSERT INTO jobs (case_id, kind, key, payload, run_at)
                SELECT c.case_id, u.kind, u.key, u.payload, coalesce(u.run_at, now())
                FROM c JOIN unnest($84::uuid[], $85::text[], $86::text[], $87::jsonb[], $88::timestamptz[])
                    u(case_id, kind, key, payload, run_at) USING (case_id)
                ON CONFLICT (kind, key) DO NOTHING),
             a AS (INSERT INTO audit_entries (id, at, actor, office, role, action, outcome, purpose, case_id, request, commitment)
                SELECT u.id, u.at, u.actor, u.office, u.role, u.action, u.outcome, u.purpose, c.case_id, u.request, u.commitment
                FROM c JOIN unnest($89::uuid[], $90::timestamptz[], $91::uuid[], $92::text[], $93::text[], $94::text[],
                    $95::text[], $96::text[], $97::uuid[], $98::text[], $99::bytea[]) u(id, at, actor, office, role, action,
                    outcome, purpose, case_id, request, commitment) USING (case_id)
                RETURNING id),
             b AS (INSERT INTO audit_payloads (entry, version, salt, bytes)
                SELECT a.id, u.version, u.salt, u.bytes
                FROM a JOIN unnest($100::uuid[], $101::int[], $102::bytea[], $103::bytea[]) u(id, version, salt, bytes)
                    USING (id)),
             s AS (INSERT INTO audit_subjects (entry, person)
                SELECT a.id, u.person FROM a JOIN unnest($104::uuid[], $105::uuid[]) u(id, person) USING (id))",
            $last,
            " SELECT case_id FROM c"
        )
    };
}

pub(super) const INSERT: &str = acts_statement!(
    "INSERT INTO cases (id, reference, service, version, authority, office, status, ending, result, level, language,
        started_by, organisation, helper, seq, flow, around, revision, next_due, created_at, submitted_at, decided_at,
        closed_at, draft_until, retain_until, retain_then)
     SELECT id, reference, service, version, authority, office, status, ending, result, level, language, started_by,
        organisation, helper, seq, flow::jsonb, around::json, revision, next_due, created_at, submitted_at, decided_at, closed_at, draft_until,
        retain_until, retain_then FROM v RETURNING id AS case_id, authority, service, version",
    "",
    "",
    "",
    ""
);
pub(super) const UPDATE: &str = acts_statement!(
    // What the end of a case set stays while it is closed: such a case is written to where money for it goes back.
    "UPDATE cases o SET version = v.version, office = v.office, status = v.status,
        ending = CASE WHEN v.status = 'closed' THEN coalesce(v.ending, o.ending) END,
        result = CASE WHEN v.status = 'closed' THEN coalesce(v.result, o.result) END,
        seq = v.seq, flow = v.flow::jsonb, around = v.around::json, revision = v.revision, next_due = v.next_due,
        submitted_at = coalesce(v.submitted_at, o.submitted_at), decided_at = v.decided_at,
        closed_at = CASE WHEN v.status = 'closed' THEN coalesce(v.closed_at, o.closed_at) END, draft_until = v.draft_until,
        retain_until = CASE WHEN v.status = 'closed' THEN coalesce(v.retain_until, o.retain_until) END,
        retain_then = CASE WHEN v.status = 'closed' THEN coalesce(v.retain_then, o.retain_then) END
     FROM v WHERE o.id = v.id AND (o.seq::bigint << 32) + o.revision = v.expected
     RETURNING o.id AS case_id, o.authority, o.service, o.version",
    " ON CONFLICT (case_id, role, ordinal) DO UPDATE SET person = excluded.person, organisation = excluded.organisation,
        share = excluded.share, represented_by = excluded.represented_by",
    " ON CONFLICT (case_id, token) DO UPDATE SET state = excluded.state, holder = excluded.holder, office = excluded.office,
        due_at = excluded.due_at, overdue = excluded.overdue, outcome = excluded.outcome, done_at = excluded.done_at",
    " ON CONFLICT (case_id, token) DO UPDATE SET state = excluded.state",
    ", g AS (DELETE FROM case_parties o USING c WHERE o.case_id = c.case_id AND c.case_id = ANY ($106::uuid[])
        AND NOT EXISTS (SELECT FROM unnest($107::uuid[], $108::text[], $109::int[]) u(case_id, role, ordinal)
            WHERE u.case_id = o.case_id AND u.role = o.role AND u.ordinal = o.ordinal)),
     r AS (UPDATE certificates o SET revoked_at = u.at, revoked_for = u.reason
        FROM c JOIN unnest($110::uuid[], $111::timestamptz[], $112::text[], $113::text[]) u(case_id, at, template, reason)
            USING (case_id)
        WHERE o.case_id = c.case_id AND u.template IN (o.template, o.id::text) AND o.revoked_at IS NULL)"
);

/// What became of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Committed {
    Written,
    /// Somebody else changed the case since it was read: nothing was written.
    Overtaken,
    /// The reference is in use already (one in a million million): another is to be drawn.
    ReferenceTaken,
    /// A request under this key was, or is being, served: what it did is to be looked up.
    KeyInUse,
}

/// Where acts are handed in that are all that is written of a request: those that are ready at the same time share one
/// statement and one commit. Cheap to clone.
#[derive(Clone)]
pub struct Acts {
    made: Together<Act, Committed>,
    changed: Together<Act, Committed>,
}

impl Acts {
    /// The place and its work, which the caller spawns.
    pub fn start(db: Database) -> (Self, impl Future<Output = ()>) {
        let other = db.clone();
        let (made, making) = Together::start("new cases", async move |acts: &[Act]| write(&mut db.later(), acts).await);
        let (changed, changing) =
            Together::start("changes of cases", async move |acts: &[Act]| write(&mut other.later(), acts).await);
        let work = async {
            tokio::join!(making, changing);
        };
        (Self { made, changed }, work)
    }
}

/// Writes an act, whole or not at all: with others where the transaction has written nothing, else as a part of it. Hands
/// the act back.
///
/// # Errors
/// Those of the database. The transaction is to be given up then, and so it is where the act was not written.
pub async fn commit(acts: &Acts, tx: &mut Tx, act: Act) -> Result<(Committed, Act)> {
    if tx.yields() {
        let place = if act.expected.is_some() { &acts.changed } else { &acts.made };
        let (act, committed) = place.lend(act).await?;
        return Ok((committed, act));
    }
    let written = write(tx, std::slice::from_ref(&act)).await?;
    Ok((written.first().copied().unwrap_or(Committed::Overtaken), act))
}

#[derive(QueryableByName)]
struct Case {
    #[diesel(sql_type = SqlUuid)]
    case_id: Uuid,
}

/// Writes acts of one kind, new cases or changes. Where a statement for several fails, the caller writes each alone.
async fn write(tx: &mut Tx, acts: &[Act]) -> Result<Vec<Committed>> {
    // Of two acts on one case the second was made without knowing of the first. In the order of ids, so that two
    // statements never wait for each other.
    let mut taken = BTreeSet::new();
    let first: Vec<bool> = acts.iter().map(|act| taken.insert(act.row.id.0)).collect();
    let mut ordered: Vec<&Act> = acts.iter().zip(&first).filter_map(|(act, first)| first.then_some(act)).collect();
    ordered.sort_unstable_by_key(|act| act.row.id.0);
    let written: BTreeSet<Uuid> = match tx.attempt_rows::<Case>(statement(&ordered)?).await? {
        Ok(rows) => rows.into_iter().map(|row| row.case_id).collect(),
        Err(error) if acts.len() == 1 => return Ok(vec![refused(error)?]),
        Err(error) => {
            return Err(match Error::from(error) {
                Error::Unavailable(why) => Error::Unavailable(why),
                other => Error::internal(format!("{} acts cannot be written together: {other}", acts.len())),
            });
        }
    };
    let committed = |(act, first): (&Act, bool)| {
        if first && written.contains(&act.row.id.0) { Committed::Written } else { Committed::Overtaken }
    };
    Ok(acts.iter().zip(first).map(committed).collect())
}

/// What the failure of one act means.
fn refused(error: diesel::result::Error) -> Result<Committed> {
    match error {
        error if violates(&error, "cases_reference_key") => Ok(Committed::ReferenceTaken),
        error if violates(&error, "idempotency_keys_pkey") => Ok(Committed::KeyInUse),
        error if violates(&error, "case_data_pkey") => Ok(Committed::Overtaken),
        error => Err(error.into()),
    }
}

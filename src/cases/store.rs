//! Cases in the database: the one statement that an act is written by, and what is read back.

mod drafts;
mod due;
mod events;
mod keys;
mod lists;
mod papers;
mod relations;
mod rows;

use diesel::QueryableByName;
use diesel::sql_types::{Bigint, Text};
use jiff::Timestamp;
use serde_json::Value;

pub use drafts::{drop_draft, expired_drafts, put_draft, remove_draft};
pub use due::due_cases;
pub use events::{EventRow, events_of_case};
pub use keys::{check_key, forget_key, keep_key, sweep_keys};
pub use lists::{
    CaseLine, EventTold, MessageRow, NewMessage, QueueFilter, TaskLine, cases_of, event_told, has_party, holders_of,
    messages_of_case, messages_of_person, people_called, post_message, read_messages, tasks_at,
};
pub use papers::{
    CertificateRow, DemandRow, DocumentRow, Unscanned, add_document, case_of_task, certificate, certificates_of_case,
    demand, demand_of, demands_of_case, document, documents_of_case, hold, people_of_case, set_document_state,
    unscanned,
};
pub use relations::relations;
pub use rows::{Loaded, Looks, Sight, Sought, colleague, find, look};

use super::act::{Act, RequestKey, pack};
use crate::audit;
use crate::kernel::{Error, Result};
use crate::postgres::{Sql, Tx, sql, violates};
use crate::queue;

/// Columns of a case as they are written, then the parts that hang on it. `INSERT` and `UPDATE` share the rest.
macro_rules! act_statement {
    ($case:literal) => {
        concat!(
            "WITH v AS (SELECT $1::uuid AS id, $2::text AS reference, $3::text AS service, $4::text AS version,
                $5::text AS authority, $6::text AS office, $7::text AS status, $8::text AS ending, $9::text AS result,
                $10::smallint AS level, $11::text AS language, $12::uuid AS started_by, $13::uuid AS organisation,
                $14::uuid AS helper, $15::int AS seq, $16::jsonb AS flow, $17::int AS revision, $18::timestamptz AS next_due,
                $19::timestamptz AS created_at, $20::timestamptz AS submitted_at, $21::timestamptz AS decided_at,
                $22::timestamptz AS closed_at, $23::timestamptz AS draft_until, $24::date AS retain_until,
                $25::text AS retain_then, $26::bigint AS expected),
             c AS (",
            $case,
            "),
             k AS (INSERT INTO idempotency_keys (caller, route, key, body_hash, resource)
                SELECT u.* FROM c, unnest($27::text[], $28::text[], $29::text[], $30::bytea[], $31::uuid[]) u),
             e AS (INSERT INTO case_events (case_id, seq, at, recorded_at, kind, body, actor)
                SELECT c.id, u.seq, u.at, now(), u.kind, u.body, u.actor
                FROM c, unnest($32::int[], $33::timestamptz[], $34::text[], $35::jsonb[], $36::jsonb[]) u(seq, at, kind, body, actor)),
             d AS (INSERT INTO case_data (case_id, revision, key_id, bytes)
                SELECT c.id, u.* FROM c, unnest($37::int[], $38::int[], $39::bytea[]) u),
             p AS (INSERT INTO case_parties (case_id, authority, role, ordinal, person, organisation, share, represented_by)
                SELECT c.id, v.authority, u.* FROM c, v,
                    unnest($40::text[], $41::int[], $42::uuid[], $43::uuid[], $44::numeric[], $45::uuid[]) u
                ON CONFLICT (case_id, role, ordinal) DO UPDATE SET person = excluded.person,
                    organisation = excluded.organisation, share = excluded.share, represented_by = excluded.represented_by),
             g AS (DELETE FROM case_parties o USING c WHERE o.case_id = c.id AND $46::boolean AND NOT EXISTS (
                SELECT FROM unnest($47::text[], $48::int[]) u(role, ordinal) WHERE u.role = o.role AND u.ordinal = o.ordinal)),
             t AS (INSERT INTO tasks (id, case_id, authority, service, version, token, step, kind, office, role, party, state,
                    holder, entered_at, due_at, overdue, outcome, done_at)
                SELECT u.id, c.id, v.authority, v.service, v.version, u.token, u.step, u.kind, u.office, u.role, u.party,
                    u.state, u.holder, u.entered_at, u.due_at, u.overdue, u.outcome, u.done_at
                FROM c, v, unnest($49::uuid[], $50::int[], $51::text[], $52::text[], $53::text[], $54::text[], $55::text[],
                    $56::text[], $57::uuid[], $58::timestamptz[], $59::timestamptz[], $60::boolean[], $61::text[],
                    $62::timestamptz[]) u(id, token, step, kind, office, role, party, state, holder, entered_at, due_at,
                    overdue, outcome, done_at)
                ON CONFLICT (case_id, token) DO UPDATE SET state = excluded.state, holder = excluded.holder,
                    due_at = excluded.due_at, overdue = excluded.overdue, outcome = excluded.outcome, done_at = excluded.done_at),
             m AS (INSERT INTO demands (id, case_id, authority, currency, demanded_at, token, fee, amount, items, state, until)
                SELECT u.id, c.id, v.authority, $63::text, $64::timestamptz, u.token, u.fee, u.amount, u.items, u.state, u.until
                FROM c, v, unnest($65::uuid[], $66::int[], $67::text[], $68::numeric[], $69::jsonb[], $70::text[],
                    $71::timestamptz[]) u(id, token, fee, amount, items, state, until)
                ON CONFLICT (case_id, token) DO UPDATE SET state = excluded.state),
             f AS (INSERT INTO certificates (case_id, authority, service, version, issued_at, id, code, template, token,
                    content, valid_until)
                SELECT c.id, v.authority, v.service, v.version, $72::timestamptz, u.* FROM c, v,
                    unnest($73::uuid[], $74::text[], $75::text[], $76::int[], $77::jsonb[], $78::timestamptz[]) u),
             r AS (UPDATE certificates o SET revoked_at = $79::timestamptz, revoked_for = u.reason
                FROM c, unnest($80::text[], $81::text[]) u(template, reason)
                WHERE o.case_id = c.id AND u.template IN (o.template, o.id::text) AND o.revoked_at IS NULL),
             j AS (INSERT INTO jobs (case_id, kind, key, payload, run_at)
                SELECT c.id, u.kind, u.key, u.payload, coalesce(u.run_at, now())
                FROM c, unnest($82::text[], $83::text[], $84::jsonb[], $85::timestamptz[]) u(kind, key, payload, run_at)
                ON CONFLICT (kind, key) DO NOTHING),
             a AS (INSERT INTO audit_entries (id, at, actor, office, role, action, outcome, purpose, case_id, request, commitment)
                SELECT u.* FROM c, unnest($86::uuid[], $87::timestamptz[], $88::uuid[], $89::text[], $90::text[], $91::text[],
                    $92::text[], $93::text[], $94::uuid[], $95::text[], $96::bytea[]) u),
             b AS (INSERT INTO audit_payloads (entry, version, salt, bytes)
                SELECT u.* FROM c, unnest($97::uuid[], $98::int[], $99::bytea[], $100::bytea[]) u),
             s AS (INSERT INTO audit_subjects (entry, person) SELECT u.* FROM c, unnest($101::uuid[], $102::uuid[]) u)
             SELECT count(*) AS count FROM c"
        )
    };
}

const INSERT: &str = act_statement!(
    "INSERT INTO cases (id, reference, service, version, authority, office, status, ending, result, level, language,
        started_by, organisation, helper, seq, flow, revision, next_due, created_at, submitted_at, decided_at, closed_at,
        draft_until, retain_until, retain_then)
     SELECT id, reference, service, version, authority, office, status, ending, result, level, language, started_by,
        organisation, helper, seq, flow, revision, next_due, created_at, submitted_at, decided_at, closed_at, draft_until,
        retain_until, retain_then FROM v RETURNING id"
);
const UPDATE: &str = act_statement!(
    // What the end of a case set stays: a closed case is written to where money for it goes back.
    "UPDATE cases o SET version = v.version, office = v.office, status = v.status,
        ending = coalesce(v.ending, o.ending), result = coalesce(v.result, o.result),
        seq = v.seq, flow = v.flow, revision = v.revision, next_due = v.next_due,
        submitted_at = coalesce(v.submitted_at, o.submitted_at), decided_at = coalesce(v.decided_at, o.decided_at),
        closed_at = coalesce(v.closed_at, o.closed_at), draft_until = v.draft_until,
        retain_until = coalesce(v.retain_until, o.retain_until), retain_then = coalesce(v.retain_then, o.retain_then)
     FROM v WHERE o.id = v.id AND (o.seq::bigint << 32) + o.revision = v.expected RETURNING o.id"
);

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = Bigint)]
    count: i64,
}

/// What became of an act.
#[derive(Debug, PartialEq, Eq)]
pub enum Committed {
    Written,
    /// Somebody else changed the case since it was read: nothing was written.
    Overtaken,
    /// The reference is in use already (one in a million million): another is to be drawn.
    ReferenceTaken,
}

/// Writes an act, whole or not at all, in one statement.
///
/// # Errors
/// [`Error::Replayed`] where the same request did it already, [`Error::KeyReused`] where another did; those of the
/// database. The transaction is to be given up then.
pub async fn commit(tx: &mut Tx, act: &Act, currency: &str) -> Result<Committed> {
    let statement = statement(act, currency)?;
    match tx.attempt_row::<Count>(statement).await? {
        Ok(Some(count)) if count.count == 1 => Ok(Committed::Written),
        Ok(_) => Ok(Committed::Overtaken),
        Err(error) if violates(&error, "cases_reference_key") => Ok(Committed::ReferenceTaken),
        Err(error) if violates(&error, "idempotency_keys_pkey") => Err(Error::Conflict("key_in_use".into())),
        Err(error) if violates(&error, "case_data_pkey") => Ok(Committed::Overtaken),
        Err(error) => Err(error.into()),
    }
}

fn statement(act: &Act, currency: &str) -> Result<Sql> {
    let (row, flow) = (&act.row, &act.case.flow);
    let text = if act.expected.is_some() { UPDATE } else { INSERT };
    let revision = row.revision + i32::from(act.restated);
    let closed = act.closed.as_ref();
    let int = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    let draft_until = row.draft_until.filter(|_| flow.status.word() == "draft");
    let base = sql(text)
        .uuid(row.id.0)
        .text(&*row.reference)
        .text(&*row.service)
        .text(&*row.version)
        .text(&*row.authority)
        .text(&*row.office)
        .text(flow.status.word())
        .text_or_null(closed.map(|c| c.1.clone()))
        .text_or_null(closed.map(|c| c.2.to_owned()))
        .small(row.level)
        .text(&*row.language)
        .uuid(row.started_by.0)
        .uuid(row.organisation.map(|o| o.0))
        .uuid(row.helper.map(|h| h.0))
        .int(int(flow.seq))
        .json(serde_json::to_value(flow)?)
        .int(revision)
        .at(flow.next_due())
        .at(row.created_at)
        .at(act.submitted_at)
        .at(act.decided_at)
        .at(closed.map(|c| c.0))
        .at(draft_until)
        .day(closed.map(|c| c.3))
        .text_or_null(closed.map(|c| c.4.to_owned()))
        // Events and what is being filled in move apart: neither may have moved since the case was read.
        .big(act.expected.map(|seq| (i64::from(seq) << 32) + i64::from(row.revision)));
    let statement = bind_key_and_events(base, act, revision)?;
    let statement = bind_tasks(bind_parties(statement, act), act);
    let statement = bind_papers(bind_demands(statement, act, currency), act);
    Ok(bind_log(statement, act))
}

fn bind_key_and_events(statement: Sql, act: &Act, revision: i32) -> Result<Sql> {
    let keys: Vec<&RequestKey> = act.key.iter().collect();
    let first = act.case.flow.seq - u32::try_from(act.events.len()).unwrap_or(0);
    let seqs =
        (1..=act.events.len()).map(|n| i32::try_from(first as usize + n).unwrap_or(i32::MAX)).collect::<Vec<_>>();
    let bodies: Result<Vec<Value>, _> = act.events.iter().map(|(e, _)| serde_json::to_value(&e.what)).collect();
    let (key_id, bytes) = pack(&act.case.data)?;
    let data: Vec<Vec<u8>> = if act.restated { vec![bytes] } else { Vec::new() };
    Ok(statement
        .texts(keys.iter().map(|k| k.caller.clone()).collect::<Vec<_>>())
        .texts(keys.iter().map(|k| k.route.clone()).collect::<Vec<_>>())
        .texts(keys.iter().map(|k| k.key.clone()).collect::<Vec<_>>())
        .blobs(keys.iter().map(|k| k.body_hash.to_vec()).collect::<Vec<_>>())
        .uuids(keys.iter().map(|_| act.resource).collect::<Vec<_>>())
        .ints(seqs)
        .instants(act.events.iter().map(|(e, _)| e.at).collect::<Vec<Timestamp>>())
        .texts(act.events.iter().map(|(e, _)| e.what.name().to_owned()).collect::<Vec<_>>())
        .jsons(bodies?)
        .jsons(act.events.iter().map(|(_, actor)| actor.clone()).collect::<Vec<_>>())
        .ints(data.iter().map(|_| revision).collect::<Vec<_>>())
        .ints(data.iter().map(|_| key_id).collect::<Vec<_>>())
        .blobs(data))
}

fn bind_parties(statement: Sql, act: &Act) -> Sql {
    let parties = act.parties.as_deref().unwrap_or_default();
    let roles: Vec<String> = parties.iter().map(|p| p.role.clone()).collect();
    let ordinals: Vec<i32> = parties.iter().map(|p| p.ordinal).collect();
    statement
        .texts(roles.clone())
        .ints(ordinals.clone())
        .uuids_or_null(parties.iter().map(|p| p.person.map(|p| p.0)).collect::<Vec<_>>())
        .uuids_or_null(parties.iter().map(|p| p.organisation.map(|o| o.0)).collect::<Vec<_>>())
        .decimals_or_null(parties.iter().map(|p| p.share).collect::<Vec<_>>())
        .uuids_or_null(parties.iter().map(|p| p.represented_by.map(|p| p.0)).collect::<Vec<_>>())
        .flag(act.parties.is_some())
        .texts(roles)
        .ints(ordinals)
}

fn bind_tasks(statement: Sql, act: &Act) -> Sql {
    let tasks = &act.tasks;
    let token = |n: u32| i32::try_from(n).unwrap_or(i32::MAX);
    statement
        .uuids(tasks.iter().map(|t| t.id).collect::<Vec<_>>())
        .ints(tasks.iter().map(|t| token(t.token)).collect::<Vec<_>>())
        .texts(tasks.iter().map(|t| t.step.clone()).collect::<Vec<_>>())
        .texts(tasks.iter().map(|t| t.kind.to_owned()).collect::<Vec<_>>())
        .texts_or_null(tasks.iter().map(|t| t.office.clone()).collect::<Vec<_>>())
        .texts_or_null(tasks.iter().map(|t| t.role.clone()).collect::<Vec<_>>())
        .texts_or_null(tasks.iter().map(|t| t.party.clone()).collect::<Vec<_>>())
        .texts(tasks.iter().map(|t| t.state.to_owned()).collect::<Vec<_>>())
        .uuids_or_null(tasks.iter().map(|t| t.holder.map(|h| h.0)).collect::<Vec<_>>())
        .instants(tasks.iter().map(|t| t.entered_at).collect::<Vec<_>>())
        .instants(tasks.iter().map(|t| t.due_at).collect::<Vec<_>>())
        .flags(tasks.iter().map(|t| t.overdue).collect::<Vec<_>>())
        .texts_or_null(tasks.iter().map(|t| t.outcome.clone()).collect::<Vec<_>>())
        .instants_or_null(tasks.iter().map(|t| t.done_at).collect::<Vec<_>>())
}

fn bind_demands(statement: Sql, act: &Act, currency: &str) -> Sql {
    let demands = &act.demands;
    statement
        .text(currency)
        .at(act.at)
        .uuids(demands.iter().map(|_| crate::kernel::random::uuid()).collect::<Vec<_>>())
        .ints(demands.iter().map(|d| i32::try_from(d.token).unwrap_or(i32::MAX)).collect::<Vec<_>>())
        .texts(demands.iter().map(|d| d.fee.clone()).collect::<Vec<_>>())
        .decimals(demands.iter().map(|d| d.amount).collect::<Vec<_>>())
        .jsons(demands.iter().map(|d| d.items.clone()).collect::<Vec<_>>())
        .texts(demands.iter().map(|d| d.state.to_owned()).collect::<Vec<_>>())
        .instants_or_null(demands.iter().map(|d| d.until).collect::<Vec<_>>())
}

fn bind_papers(statement: Sql, act: &Act) -> Sql {
    let issued = &act.certificates;
    let jobs = queue::Columns::of(&act.jobs);
    statement
        .at(act.at)
        .uuids(issued.iter().map(|c| c.id).collect::<Vec<_>>())
        .texts(issued.iter().map(|c| c.code.clone()).collect::<Vec<_>>())
        .texts(issued.iter().map(|c| c.template.clone()).collect::<Vec<_>>())
        .ints(issued.iter().map(|c| i32::try_from(c.token).unwrap_or(i32::MAX)).collect::<Vec<_>>())
        .jsons(issued.iter().map(|c| c.content.clone()).collect::<Vec<_>>())
        .instants_or_null(issued.iter().map(|c| c.valid_until).collect::<Vec<_>>())
        .at(act.at)
        .texts(act.revoked.iter().map(|(template, _)| template.clone()).collect::<Vec<_>>())
        .texts(act.revoked.iter().map(|(_, reason)| reason.clone()).collect::<Vec<_>>())
        .texts(jobs.kinds)
        .texts(jobs.keys)
        .jsons(jobs.payloads)
        .instants_or_null(jobs.run_ats)
}

fn bind_log(statement: Sql, act: &Act) -> Sql {
    let log = audit::Columns::of(&act.audit);
    statement
        .uuids(log.ids.clone())
        .instants(log.ats)
        .uuids_or_null(log.actors)
        .texts_or_null(log.offices)
        .texts_or_null(log.roles)
        .texts(log.actions)
        .texts(log.outcomes)
        .texts_or_null(log.purposes)
        .uuids_or_null(log.cases)
        .texts(log.requests)
        .blobs(log.commitments)
        .uuids(log.ids)
        .ints(log.versions)
        .blobs(log.salts)
        .blobs(log.payloads)
        .uuids(log.subject_entries)
        .uuids(log.subject_persons)
}

/// One text column.
#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

#[derive(QueryableByName)]
struct Ahead {
    #[diesel(sql_type = Bigint)]
    ahead: i64,
}

/// By how many microseconds business time runs ahead of the machine's.
///
/// # Errors
/// Those of the database.
pub async fn business_time(tx: &mut Tx) -> Result<i64> {
    let row: Option<Ahead> = tx.row(sql("SELECT ahead_microseconds AS ahead FROM business_time")).await?;
    Ok(row.map_or(0, |row| row.ahead))
}

/// Keeps by how much business time runs ahead.
///
/// # Errors
/// Those of the database.
pub async fn set_business_time(tx: &mut Tx, ahead: i64) -> Result<()> {
    let statement = sql("INSERT INTO business_time (ahead_microseconds) VALUES ($1)
        ON CONFLICT (one) DO UPDATE SET ahead_microseconds = excluded.ahead_microseconds")
    .big(ahead);
    tx.execute(statement).await?;
    Ok(())
}

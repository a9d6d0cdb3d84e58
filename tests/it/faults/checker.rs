//! Whether everything in the database is whole, acknowledged or not, and whether everything that was acknowledged is
//! there, once.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use diesel::QueryableByName;
use diesel::sql_types::{Binary, Jsonb, Nullable, Text, Timestamptz, Uuid as SqlUuid};
use guichet::cases::{self, Context};
use guichet::engine::workflow::{DemandState, Effect, Event, Flow, StepKind, effects, evolve};
use guichet::kernel::{CaseId, Clock};
use serde_json::{Value, json};
use uuid::Uuid;

use super::book::{Book, Kind};
use super::world::Owner;
use crate::support::settings;

/// What must be found nowhere: what is wrong, and how it is counted.
const FAULTS: [(&str, &str); 11] = [
    ("copies of parties and tasks that differ from them", crate::around::DIFFERING),
    (
        "cases whose events have gaps",
        "SELECT count(*) FROM cases c, LATERAL (SELECT count(*) AS n, min(seq) AS first, max(seq) AS last FROM case_events e \
         WHERE e.case_id = c.id) e WHERE e.n <> c.seq OR e.first IS DISTINCT FROM 1 OR e.last IS DISTINCT FROM c.seq",
    ),
    (
        "cases without their data",
        "SELECT count(*) FROM cases c WHERE (SELECT max(revision) FROM case_data d WHERE d.case_id = c.id) \
         IS DISTINCT FROM c.revision",
    ),
    ("events without a case", "SELECT count(*) FROM case_events WHERE case_id NOT IN (SELECT id FROM cases)"),
    ("cases without a party", "SELECT count(*) FROM cases WHERE id NOT IN (SELECT case_id FROM case_parties)"),
    (
        "cases with more or fewer certificates than they issued",
        "SELECT count(*) FROM cases c WHERE (SELECT count(*) FROM certificates f WHERE f.case_id = c.id) \
         <> (SELECT count(*) FROM case_events e WHERE e.case_id = c.id AND e.kind = 'issued')",
    ),
    (
        "fees paid other than once",
        "SELECT count(*) FROM demands d WHERE (d.state = 'paid')::int \
         <> (SELECT count(*) FROM case_events e WHERE e.case_id = d.case_id AND e.kind = 'payment_settled' \
         AND (e.body->>'demand')::int = d.token)",
    ),
    (
        "paid fees without a payment",
        "SELECT count(*) FROM demands d WHERE d.state = 'paid' AND NOT EXISTS (SELECT FROM payments p \
         WHERE p.demand = d.id AND p.direction = 'in' AND p.state = 'succeeded')",
    ),
    (
        "keys without what they stand for",
        "SELECT count(*) FROM idempotency_keys k WHERE NOT EXISTS (SELECT FROM cases WHERE id = k.resource) \
         AND NOT EXISTS (SELECT FROM documents WHERE id = k.resource) \
         AND NOT EXISTS (SELECT FROM payments WHERE id = k.resource) \
         AND NOT EXISTS (SELECT FROM messages WHERE id = k.resource)",
    ),
    (
        "entries about a case that name nobody",
        "SELECT count(*) FROM audit_entries e WHERE case_id IS NOT NULL AND outcome = 'done' \
         AND NOT EXISTS (SELECT FROM audit_subjects s WHERE s.entry = e.id)",
    ),
    (
        "records whose versions have gaps",
        "SELECT count(*) FROM register_records r WHERE r.version <> (SELECT count(*) FROM register_versions v \
         WHERE v.register = r.register AND v.key = r.key)",
    ),
];

/// Everything that is wrong; empty where nothing is.
pub async fn faults(owner: &Owner) -> Vec<String> {
    let mut found = Vec::new();
    for (what, query) in FAULTS {
        let count = owner.count(query).await;
        if count > 0 {
            found.push(format!("{what}: {count}"));
        }
    }
    found.extend(unsealed(owner).await);
    for case in cases_with_events(owner).await {
        found.extend(case.faults());
    }
    found
}

/// Entries whose payload is missing or is not what they commit to.
async fn unsealed(owner: &Owner) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
        #[diesel(sql_type = Binary)]
        commitment: Vec<u8>,
        #[diesel(sql_type = Nullable<Binary>)]
        salt: Option<Vec<u8>>,
        #[diesel(sql_type = Nullable<Binary>)]
        bytes: Option<Vec<u8>>,
    }
    let query =
        "SELECT e.id, e.commitment, p.salt, p.bytes FROM audit_entries e LEFT JOIN audit_payloads p ON p.entry = e.id";
    let sealed = |row: &Row| {
        let salt: Option<[u8; 32]> = row.salt.clone().and_then(|salt| salt.try_into().ok());
        let bytes = row.bytes.as_ref().zip(salt);
        bytes.is_some_and(|(bytes, salt)| guichet::audit::commitment(&salt, bytes).to_vec() == row.commitment)
    };
    let rows = owner.rows::<Row>(query).await;
    rows.iter().filter(|row| !sealed(row)).map(|row| format!("the entry {} is not whole", row.id)).collect()
}

/// A case, what happened to it, and what stands beside it.
struct Written {
    id: Uuid,
    flow: Flow,
    events: Vec<Event>,
    /// Token, kind, holder of the open tasks.
    tasks: BTreeSet<(u32, String, Option<String>)>,
    demands: BTreeMap<u32, String>,
}

async fn cases_with_events(owner: &Owner) -> Vec<Written> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = SqlUuid)]
        id: Uuid,
        #[diesel(sql_type = Jsonb)]
        flow: Value,
        #[diesel(sql_type = Jsonb)]
        tasks: Value,
        #[diesel(sql_type = Jsonb)]
        demands: Value,
    }
    #[derive(QueryableByName)]
    struct Happened {
        #[diesel(sql_type = SqlUuid)]
        case_id: Uuid,
        #[diesel(sql_type = Timestamptz)]
        at: jiff_diesel::Timestamp,
        #[diesel(sql_type = Jsonb)]
        body: Value,
    }
    let query = "SELECT c.id, c.flow, coalesce((SELECT jsonb_agg(jsonb_build_array(t.token, t.kind, t.holder)) FROM tasks t \
                 WHERE t.case_id = c.id AND t.state = 'open'), '[]') AS tasks, coalesce((SELECT jsonb_object_agg(d.token, d.state) \
                 FROM demands d WHERE d.case_id = c.id), '{}') AS demands FROM cases c";
    let mut events: BTreeMap<Uuid, Vec<Event>> = BTreeMap::new();
    for row in owner.rows::<Happened>("SELECT case_id, at, body FROM case_events ORDER BY case_id, seq").await {
        let mut whole = row.body;
        whole["at"] = json!(row.at.to_jiff());
        let event = serde_json::from_value(whole.clone()).unwrap_or_else(|e| panic!("{whole}: {e}"));
        events.entry(row.case_id).or_default().push(event);
    }
    let written = |row: Row| Written {
        id: row.id,
        flow: serde_json::from_value(row.flow).expect("a flow"),
        events: events.remove(&row.id).unwrap_or_default(),
        tasks: serde_json::from_value(row.tasks).expect("tasks"),
        demands: serde_json::from_value(row.demands).expect("demands"),
    };
    owner.rows::<Row>(query).await.into_iter().map(written).collect()
}

impl Written {
    fn faults(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut replayed = Flow::default();
        for event in &self.events {
            evolve(&mut replayed, event);
        }
        let kept = serde_json::to_value(&self.flow).expect("JSON");
        if serde_json::to_value(&replayed).expect("JSON") != kept {
            found.push(format!("the case {} is not what its events make it", self.id));
        }
        let kind = |kind: StepKind| match kind {
            StepKind::Task => Some("task".to_owned()),
            StepKind::Ask => Some("ask".to_owned()),
            StepKind::Charge => Some("charge".to_owned()),
            _ => None,
        };
        let open = self.flow.tokens.iter().filter(|(_, token)| token.ready.is_none());
        let tasks = open.filter_map(|(id, t)| Some((*id, kind(t.kind)?, t.holder.map(|h| h.to_string())))).collect();
        if self.tasks != tasks {
            found.push(format!("the tasks of {}: {:?}, not {tasks:?}", self.id, self.tasks));
        }
        let word = |state: DemandState| match state {
            DemandState::Due => "due".to_owned(),
            DemandState::Paid => "paid".to_owned(),
            DemandState::Void => "void".to_owned(),
            DemandState::Returned => "returned".to_owned(),
        };
        let demands: BTreeMap<u32, String> = self.flow.demands.iter().map(|(id, d)| (*id, word(d.state))).collect();
        if self.demands != demands {
            found.push(format!("the demands of {}: {:?}, not {demands:?}", self.id, self.demands));
        }
        found
    }
}

/// What was acknowledged and is not there, or is there twice.
pub async fn missing(owner: &Owner, book: &Book) -> Vec<String> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        key: String,
        #[diesel(sql_type = Text)]
        action: String,
        #[diesel(sql_type = diesel::sql_types::Bigint)]
        count: i64,
    }
    // The ids of the tries of one request begin with its key.
    let query = "SELECT split_part(request, '.', 1) AS key, action, count(*) AS count FROM audit_entries \
                 WHERE outcome = 'done' GROUP BY 1, 2";
    let done: BTreeMap<(String, String), i64> =
        owner.rows::<Row>(query).await.into_iter().map(|row| ((row.key, row.action), row.count)).collect();
    let kept = "SELECT key || ' ' || resource AS word FROM idempotency_keys";
    let kept: BTreeSet<String> = owner.words(kept).await.into_iter().collect();
    let mut found = Vec::new();
    for act in book.acts() {
        let count = done.get(&(act.key.clone(), act.kind.action().to_owned())).copied().unwrap_or(0);
        if count != 1 {
            found.push(format!("{act:?} was acknowledged and stands {count} times in the log"));
        }
        if !kept.contains(&format!("{} {}", act.key, act.resource)) {
            found.push(format!("{act:?} was acknowledged and its key is not kept with it"));
        }
    }
    let cases = owner.count("SELECT count(*) FROM cases").await;
    if usize::try_from(cases).ok() != Some(book.count(Kind::Case)) {
        found.push(format!("{cases} cases came of {} requests to open one", book.count(Kind::Case)));
    }
    let read = "SELECT request AS word FROM audit_entries WHERE action = 'case.read' AND outcome = 'done'";
    let read: BTreeSet<String> = owner.words(read).await.into_iter().collect();
    let unread = book.reads().into_iter().filter(|id| !read.contains(id));
    found.extend(unread.map(|id| format!("the case of request {id} was shown and the log does not know")));
    found
}

/// Documents whose content is not where it belongs.
pub async fn lost_contents(owner: &Owner, data: &Path) -> Vec<String> {
    let hashes = owner.words("SELECT DISTINCT encode(sha256, 'hex') AS word FROM documents").await;
    let place = |hash: &str| data.join("documents/sha256").join(&hash[..2]).join(hash);
    hashes.into_iter().filter(|hash| !place(hash).exists()).map(|hash| format!("the content {hash} is lost")).collect()
}

/// Notices that follow from what happened and are in nobody's box.
pub async fn untold(owner: &Owner, data: &Path) -> Vec<String> {
    let data = data.display().to_string();
    let settings = settings(&[("GUICHET_DATA", data.as_str())]);
    let context = guichet::cli::context(settings, &owner.0, Arc::new(Clock::default())).await;
    let (ctx, _) = context.unwrap_or_else(|e| panic!("{e:?}"));
    let told =
        "SELECT case_id || ' ' || seq || ' ' || about || ' ' || person AS word FROM messages WHERE seq IS NOT NULL";
    let told: BTreeSet<String> = owner.words(told).await.into_iter().collect();
    let mut found = Vec::new();
    for case in cases_with_events(owner).await {
        for (at, event) in case.events.iter().enumerate() {
            for effect in effects(event) {
                for line in addressed(&ctx, case.id, at + 1, effect).await {
                    if !told.contains(&line) {
                        found.push(format!("nobody was told of {line}"));
                    }
                }
            }
        }
    }
    found
}

async fn addressed(ctx: &Context, case: Uuid, seq: usize, effect: Effect) -> Vec<String> {
    let payload = match effect {
        Effect::Notify { about, step, token, .. } => json!({"seq": seq, "about": about, "step": step, "token": token}),
        Effect::Tell { who, text, booking } => {
            json!({"seq": seq, "tell": text, "who": who, "booking": booking})
        }
        Effect::Escalate { step } => json!({"seq": seq, "escalate": true, "step": step}),
        Effect::Refund { .. } => return Vec::new(),
    };
    let people = cases::addressed(ctx, CaseId(case), &payload).await.expect("an answer");
    people.iter().map(|one| format!("{case} {} {} {}", one.seq, one.about, one.person)).collect()
}

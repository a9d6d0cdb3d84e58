//! What would be costly to change later: the log, the roles of the database, what stands where, what ends when.

use std::collections::BTreeMap;

use diesel::QueryableByName;
use diesel::sql_types::{Binary, Jsonb, Text, Timestamptz, Uuid as SqlUuid};
use guichet::engine::workflow::{Event, Flow, evolve};
use guichet::kernel::reference::Reference;
use guichet::postgres::sql;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point};
use crate::support::residence::{CLERK, JPEG, NEWCOMER, RESIDENT};

const APPEND_ONLY: [&str; 7] = [
    "audit_entries",
    "audit_payloads",
    "audit_subjects",
    "case_events",
    "register_versions",
    "countries",
    "text_corrections",
];

async fn as_server(app: &TestApp, statement: &str) -> Result<(), String> {
    let mut tx = app.running.ctx.db.begin().await.expect("a connection");
    let done = tx.batch(statement).await.map_err(|e| format!("{e:?}"));
    tx.rollback().await;
    done
}

async fn as_owner(app: &TestApp, statement: &str) -> Result<(), String> {
    let mut connection = guichet::postgres::connect(&app.database_url).await.expect("the database answers");
    let text = format!("BEGIN; {statement}; ROLLBACK");
    diesel_async::SimpleAsyncConnection::batch_execute(&mut connection, &text).await.map_err(|e| e.to_string())
}

#[actix_web::test]
async fn the_server_changes_nothing_that_is_append_only() {
    let app = TestApp::new().await;
    app.residence(RESIDENT).await;
    for table in APPEND_ONLY {
        let column = format!(
            "SELECT column_name::text AS word FROM information_schema.columns \
             WHERE table_name = '{table}' AND is_identity = 'NO' ORDER BY ordinal_position"
        );
        let column = app.text(&column).await.expect("a column");
        for statement in [
            format!("UPDATE {table} SET {column} = {column}"),
            format!("DELETE FROM {table}"),
            format!("TRUNCATE {table}"),
        ] {
            let refused = as_server(&app, &statement).await.expect_err(&statement);
            assert!(refused.contains("permission denied"), "{statement}: {refused}");
        }
        as_server(&app, &format!("SELECT * FROM {table} LIMIT 1")).await.expect("it may look");
    }
    for statement in
        ["CREATE TABLE mine (a int)", "DROP TABLE cases", "ALTER TABLE cases ADD COLUMN mine int", "TRUNCATE cases"]
    {
        assert!(as_server(&app, statement).await.is_err(), "{statement}");
    }
}

#[actix_web::test]
async fn an_owners_slip_does_not_change_the_log() {
    let app = TestApp::new().await;
    app.residence(RESIDENT).await;
    for statement in [
        "UPDATE audit_entries SET outcome = 'done'",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
        "UPDATE case_events SET kind = 'told'",
        "DELETE FROM case_events",
        "TRUNCATE case_events",
        "UPDATE register_versions SET change = 'none'",
        "DELETE FROM register_versions",
        "TRUNCATE register_versions",
        "UPDATE audit_payloads SET version = 2",
        "TRUNCATE audit_payloads",
        "UPDATE audit_subjects SET person = entry",
        "DELETE FROM audit_subjects",
        "TRUNCATE audit_subjects",
        "UPDATE countries SET files = files",
        "DELETE FROM countries",
        "TRUNCATE countries",
        "UPDATE text_corrections SET files = files",
        "DELETE FROM text_corrections",
        "TRUNCATE text_corrections",
    ] {
        let refused = as_owner(&app, statement).await.expect_err(statement);
        assert!(refused.contains("is append-only"), "{statement}: {refused}");
    }
}

#[actix_web::test]
async fn the_eraser_takes_payloads_and_nothing_else() {
    let app = TestApp::new().await;
    app.residence(RESIDENT).await;
    let attempt = async |statement: &str| as_owner(&app, &format!("SET LOCAL ROLE guichet_eraser; {statement}")).await;
    attempt("DELETE FROM audit_payloads").await.expect("erased");
    for statement in [
        "DELETE FROM audit_entries",
        "UPDATE audit_payloads SET bytes = ''",
        "DELETE FROM audit_subjects",
        "DELETE FROM case_events",
        "DELETE FROM cases",
        "SELECT * FROM persons",
        "SELECT * FROM case_data",
    ] {
        let refused = attempt(statement).await.expect_err(statement);
        assert!(refused.contains("permission denied"), "{statement}: {refused}");
    }
}

#[derive(QueryableByName)]
struct Kept {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
    #[diesel(sql_type = Binary)]
    commitment: Vec<u8>,
    #[diesel(sql_type = Binary)]
    salt: Vec<u8>,
    #[diesel(sql_type = Binary)]
    bytes: Vec<u8>,
    #[diesel(sql_type = Jsonb)]
    row: Value,
}

#[actix_web::test]
async fn every_entry_commits_to_its_payload() {
    let app = TestApp::new().await;
    Mutation::of_rahim(&app).to(Point::Issued).await;
    app.get(RESIDENT, "/v1/cases/LM-26-0000-0000-0").await;
    let text = "SELECT e.id, e.commitment, p.salt, p.bytes, to_jsonb(e) || jsonb_build_object('subjects', (SELECT \
                coalesce(jsonb_agg(s.person ORDER BY s.person), '[]') FROM audit_subjects s WHERE s.entry = e.id)) AS row \
                FROM audit_entries e LEFT JOIN audit_payloads p ON p.entry = e.id";
    let mut tx = app.running.ctx.db.single().await.expect("a connection");
    let rows: Vec<Kept> = tx.rows(sql(text)).await.expect("every entry has its payload");
    assert!(rows.len() > 20, "{}", rows.len());
    for kept in rows {
        let salt: [u8; 32] = kept.salt.try_into().expect("32 bytes");
        assert_eq!(guichet::audit::commitment(&salt, &kept.bytes).to_vec(), kept.commitment, "{}", kept.id);
        let payload: Value = serde_json::from_slice(&kept.bytes).expect("JSON");
        assert_eq!(guichet::audit::canonical(&payload), kept.bytes, "RFC 8785");
        for (column, member) in [
            ("action", "action"),
            ("outcome", "outcome"),
            ("purpose", "purpose"),
            ("case_id", "case"),
            ("id", "id"),
            ("request", "request"),
            ("subjects", "subjects"),
        ] {
            assert_eq!(kept.row[column], payload[member], "{column} of {payload}");
        }
        assert_eq!(payload["version"], 1);
        for member in ["subject", "person", "acting_for", "channel", "helper", "client", "assurance", "purpose"] {
            assert!(payload["actor"].get(member).is_some(), "{member} of {payload}");
        }
    }
    assert_eq!(
        app.count("SELECT count(DISTINCT salt) FROM audit_payloads").await,
        app.count("SELECT count(*) FROM audit_payloads").await
    );
}

#[actix_web::test]
async fn a_refused_attempt_is_an_entry() {
    let app = TestApp::new().await;
    let (case, task) = app.clerks_task().await;
    let before = app.audit().await.len();
    app.get(RESIDENT, &case.path("")).await.expect(404);
    app.post(NEWCOMER, &format!("/v1/tasks/{task}/claim"), &json!({})).await;
    app.post(CLERK, &format!("/v1/tasks/{task}/completion"), &json!({"outcome": "confirm"})).await.expect(403);
    app.by(CLERK, "POST", &format!("/v1/tasks/{task}/claim")).send().await.expect(200);
    app.post(CLERK, &format!("/v1/tasks/{task}/completion"), &json!({"outcome": "perhaps"})).await.expect(422);
    let all = app.audit().await;
    let refused: Vec<&str> = all[before..].iter().map(String::as_str).filter(|l| l.contains("refused")).collect();
    assert_eq!(
        refused,
        [
            "case.read refused: not_found",
            "task.claim refused: forbidden",
            "task.complete refused: forbidden",
            "task.complete refused: invalid"
        ]
    );
    // Each has its case, the people whom it is about, the task that was named, and the codes that say why.
    let told = format!(
        "SELECT string_agg(e.action || ' ' || (convert_from(p.bytes, 'UTF8')::jsonb #>> '{{details}}'), '; ' ORDER BY e.id) AS word \
         FROM audit_entries e JOIN audit_payloads p ON p.entry = e.id JOIN audit_subjects s ON s.entry = e.id \
         WHERE e.outcome LIKE 'refused%' AND e.case_id = '{}' AND s.person = '{}'",
        case.id,
        app.person(NEWCOMER).await
    );
    let expected = [
        r#"case.read {"codes": []}"#.to_owned(),
        format!(r#"task.claim {{"task": "{task}", "codes": ["not_for_applicants"]}}"#),
        format!(r#"task.complete {{"task": "{task}", "codes": ["not_holder"]}}"#),
        format!(r#"task.complete {{"task": "{task}", "codes": ["enum"]}}"#),
    ];
    assert_eq!(app.text(&told).await.unwrap_or_default(), expected.join("; "));
    let who = "SELECT count(*) FROM audit_entries e JOIN identities i ON i.person = e.actor \
               WHERE e.outcome = 'refused: not_found' AND i.subject = 'salma'";
    assert_eq!(app.count(who).await, 1);
}

#[actix_web::test]
async fn whoever_acts_for_others_without_a_mandate_or_moves_the_clock_is_in_the_log() {
    let app = TestApp::new().await;
    let stranger = guichet::kernel::OrganisationId::make().to_string();
    app.by(RESIDENT, "GET", "/v1/me").header("x-acting-for", &stranger).send().await.expect(403);
    app.post(RESIDENT, "/v1/dev/clock", &json!({"forward": "soon"})).await.expect(422);
    app.post(RESIDENT, "/v1/dev/clock", &json!({"forward": "1 hour"})).await.expect(200);
    app.post("nobody", "/v1/dev/clock", &json!({"forward": "1 hour"})).await.expect(403);
    let all = app.audit().await;
    assert_eq!(
        all,
        [
            "organisation.act_for refused: forbidden",
            "clock.move refused: invalid",
            "clock.move done",
            "clock.move refused: forbidden"
        ]
    );
    let named = format!(
        "SELECT count(*) FROM audit_payloads WHERE convert_from(bytes, 'UTF8')::jsonb #>> '{{actor,acting_for}}' = '{stranger}'"
    );
    assert_eq!(app.count(&named).await, 1);
}

#[actix_web::test]
async fn every_read_has_its_entry_when_the_answer_is_there() {
    let app = TestApp::new().await;
    let case = app.residence(RESIDENT).await;
    let code = case.code();
    let person = app.person(RESIDENT).await;
    let reads = [
        (case.path(""), "case.read"),
        (case.path("/form"), "case.read_form"),
        (case.path("/documents"), "document.list"),
        (case.path("/events"), "case.read_events"),
        (case.path("/decisions"), "case.read_decisions"),
        (case.path("/messages"), "message.read"),
        (case.path("/fees"), "case.read_fees"),
        (format!("/v1/certificates/{code}/document"), "certificate.read"),
        (format!("/v1/certificates/{code}/token"), "certificate.read"),
        ("/v1/cases".to_owned(), "case.list"),
        ("/v1/me/messages".to_owned(), "message.box"),
    ];
    for (at, (path, action)) in reads.into_iter().enumerate() {
        let id = format!("read-{at}");
        let answer = app.by(RESIDENT, "GET", &path).header("x-request-id", &id).send().await.expect(200);
        let query = format!(
            "SELECT action || ' ' || outcome || ' ' || coalesce(purpose, '') AS word FROM audit_entries WHERE request = '{id}'"
        );
        let found = app.text(&query).await.unwrap_or_default();
        assert!(found.starts_with(action) && found.contains(" done "), "{path}: {found:?}");
        assert!(found.contains("own_"), "{path} has a purpose: {found:?}");
        // What is known already is a read all the same.
        let again = format!("{id}-304");
        let tag = answer.header("etag").to_owned();
        if !tag.is_empty() {
            let known = app.by(RESIDENT, "GET", &path).header("x-request-id", &again).header("if-none-match", &tag);
            known.send().await.expect(304);
            assert_eq!(
                app.count(&format!("SELECT count(*) FROM audit_entries WHERE request = '{again}'")).await,
                1,
                "{path}"
            );
        }
    }
    let subjects = format!(
        "SELECT count(DISTINCT e.action) FROM audit_subjects s JOIN audit_entries e ON e.id = s.entry \
         WHERE s.person = '{person}' AND e.action LIKE 'case.read%'"
    );
    assert_eq!(app.count(&subjects).await, 5);
}

#[actix_web::test]
async fn staff_read_for_a_purpose_and_it_is_written_down() {
    let app = TestApp::new().await;
    let (case, task) = app.claimed_task().await;
    app.by(CLERK, "GET", &case.path("")).header("x-request-id", "open").send().await.expect(200);
    app.post(CLERK, &format!("/v1/tasks/{task}/completion"), &json!({"outcome": "confirm"})).await.expect(200);
    let without = app.get(CLERK, &case.path("")).await;
    assert_eq!((without.status, &without.json["code"]), (428, &json!("precondition_required")));
    let request = app.by(CLERK, "GET", &case.path("")).header("x-request-id", "stated");
    request.header("x-purpose", "complaint 12 of 2026").send().await.expect(200);
    let purpose = async |id: &str| {
        app.text(&format!(
            "SELECT purpose || ' ' || role || ' ' || office AS word FROM audit_entries WHERE request = '{id}'"
        ))
        .await
    };
    assert_eq!(purpose("open").await.as_deref(), Some("open_task clerk town_hall"));
    assert_eq!(purpose("stated").await.as_deref(), Some("complaint 12 of 2026 clerk town_hall"));
    let subject = app.person(NEWCOMER).await;
    let about = format!(
        "SELECT count(*) FROM audit_subjects s JOIN audit_entries e ON e.id = s.entry WHERE e.request = 'stated' AND s.person = '{subject}'"
    );
    assert_eq!(app.count(&about).await, 1);
}

#[actix_web::test]
async fn events_jobs_and_the_log_hold_ids_and_codes_only() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Issued).await;
    let (other, task) = app.claimed_task().await;
    let grounds = "Quetzalcoatl lives elsewhere.";
    let refused = json!({"outcome": "refuse", "reasons": ["not_resident"], "grounds": grounds});
    app.post(CLERK, &format!("/v1/tasks/{task}/completion"), &refused).await.expect(200);
    app.post(NEWCOMER, &other.path("/messages"), &json!({"body": "Quetzalcoatl asks."})).await;
    for words in ["Rahim", "Karim Sheikh", "4710000101", "Quetzalcoatl"] {
        for (table, row) in [
            ("case_events", "t.body::text || t.actor::text"),
            ("jobs", "t.payload::text || t.key || coalesce(t.last_error, '')"),
            ("audit_entries", "to_jsonb(t)::text"),
            ("audit_payloads", "convert_from(t.bytes, 'UTF8')"),
            ("cases", "to_jsonb(t)::text"),
            ("tasks", "to_jsonb(t)::text"),
            ("demands", "to_jsonb(t)::text"),
            ("idempotency_keys", "to_jsonb(t)::text"),
        ] {
            let found = app.count(&format!("SELECT count(*) FROM {table} t WHERE {row} LIKE '%{words}%'")).await;
            assert_eq!(found, 0, "{words} in {table}");
        }
        if words != "Rahim" {
            let kept = app
                .count(&format!("SELECT count(*) FROM case_data WHERE convert_from(bytes, 'UTF8') LIKE '%{words}%'"))
                .await;
            assert!(kept > 0, "{words} stands in case_data");
        }
    }
    assert!(app.count(&format!("SELECT count(*) FROM case_events WHERE case_id = '{}'", case.id)).await > 20);
}

#[derive(QueryableByName)]
struct Written {
    #[diesel(sql_type = Timestamptz)]
    at: jiff_diesel::Timestamp,
    #[diesel(sql_type = Jsonb)]
    body: Value,
    #[diesel(sql_type = Text)]
    kind: String,
}

#[actix_web::test]
async fn a_case_is_what_its_events_make_it() {
    let app = TestApp::new().await;
    let issued = Mutation::of_rahim(&app).to(Point::Issued).await.id;
    let waiting = app.residence(NEWCOMER).await.id;
    for id in [issued, waiting] {
        let id: Uuid = id.parse().expect("an id");
        let mut tx = app.running.ctx.db.single().await.expect("a connection");
        let rows: Vec<Written> = tx
            .rows(sql("SELECT at, body, kind FROM case_events WHERE case_id = $1 ORDER BY seq").uuid(id))
            .await
            .expect("events");
        let mut flow = Flow::default();
        for row in rows {
            let mut whole = row.body.clone();
            assert_eq!(whole["kind"], row.kind.as_str());
            whole["at"] = json!(row.at.to_jiff());
            let event: Event = serde_json::from_value(whole).unwrap_or_else(|e| panic!("{}: {e}", row.body));
            evolve(&mut flow, &event);
        }
        let kept = app.text(&format!("SELECT flow::text AS word FROM cases WHERE id = '{id}'")).await.expect("a case");
        let kept: Flow = serde_json::from_str(&kept).expect("a flow");
        assert_eq!(serde_json::to_value(&flow).expect("JSON"), serde_json::to_value(&kept).expect("JSON"));
    }
}

#[actix_web::test]
async fn every_event_says_who_acted_and_as_what() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::Issued).await;
    let members =
        ["subject", "person", "acting_for", "role", "office", "channel", "helper", "client", "assurance", "purpose"];
    for member in members {
        let without =
            format!("SELECT count(*) FROM case_events WHERE case_id = '{}' AND NOT actor ? '{member}'", case.id);
        assert_eq!(app.count(&without).await, 0, "{member}");
    }
    let officer = app.person("anwar").await;
    let decided = format!(
        "SELECT count(*) FROM case_events WHERE case_id = '{}' AND kind = 'decided' AND actor->>'person' = '{officer}' \
         AND actor->>'role' = 'ac-land' AND actor->>'office' = 'sadar'",
        case.id
    );
    assert_eq!(app.count(&decided).await, 1);
}

#[actix_web::test]
async fn one_content_is_kept_once_however_often_it_is_handed_in() {
    let app = TestApp::new().await;
    let (first, second) = (app.draft("rahim", "land-mutation").await, app.draft("karim", "land-mutation").await);
    let content = [JPEG, app.database_url.as_bytes()].concat();
    let query = "kind=photo&file_name=a.jpg";
    let a = app.upload("rahim", &first, query, "image/jpeg", &content).await.expect(201).json;
    let b = app.upload("karim", &second, query, "image/jpeg", &content).await.expect(201).json;
    assert_ne!(a["id"], b["id"]);
    assert_eq!(a["sha256"], b["sha256"]);
    let files = stored(&app, a["sha256"].as_str().expect("a hash"));
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!(std::fs::read(&files[0]).expect("the file"), content);
}

/// The files of the store whose name or place is that of the hash.
fn stored(app: &TestApp, hash: &str) -> Vec<std::path::PathBuf> {
    let mut todo = vec![app.running.ctx.settings.data.join("documents")];
    let mut found = Vec::new();
    while let Some(at) = todo.pop() {
        for entry in std::fs::read_dir(at).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                todo.push(path);
            } else if path.to_string_lossy().replace('/', "").contains(&hash[4..]) {
                found.push(path);
            }
        }
    }
    found
}

#[actix_web::test]
async fn a_content_that_no_document_names_is_swept_after_a_day() {
    let app = TestApp::new().await;
    let case = app.draft("rahim", "land-mutation").await;
    let unique = app.database_url.as_bytes();
    let named = app
        .upload("rahim", &case, "kind=photo&file_name=a.jpg", "image/jpeg", &[JPEG, unique, b"named"].concat())
        .await;
    let named = named.expect(201).json["sha256"].as_str().expect("a hash").to_owned();
    let orphan = [JPEG, unique, b"orphan"].concat();
    let limits = guichet::files::Limits {
        max: 1 << 20,
        allowed: &["image/jpeg".to_owned()],
        declared: None,
        file_name: "a.jpg",
        patience: std::time::Duration::from_secs(30),
    };
    let stream = futures_util::stream::iter([Ok::<_, std::io::Error>(orphan)]);
    let orphan = app.running.ctx.files.receive(stream, limits).await.expect("kept").sha256;
    let hex: String = orphan.iter().map(|b| format!("{b:02x}")).collect();
    let sweep = async || {
        for shard in 0..=u8::MAX {
            guichet::files::sweep(&app.running.ctx.db, &app.running.ctx.files, shard).await.expect("swept");
        }
    };
    sweep().await;
    assert_eq!(stored(&app, &hex).len(), 1, "an upload may be under way");
    let long_ago = std::time::SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1_000_000_000);
    for hash in [&hex, &named] {
        let file = std::fs::File::options().write(true).open(&stored(&app, hash)[0]).expect("the file");
        file.set_modified(long_ago).expect("older");
    }
    // While a backup copies, nothing goes.
    let mut copying = guichet::postgres::archive::Snapshot::take(&app.database_url, guichet::files::SPARING)
        .await
        .expect("a snapshot");
    copying.release().await.expect("it may be let go");
    sweep().await;
    assert_eq!(stored(&app, &hex).len(), 1);
    drop(copying);
    let swept = async || {
        sweep().await;
        stored(&app, &hex).is_empty().then_some(())
    };
    app.until("the content is swept", swept).await;
    assert_eq!(stored(&app, &named).len(), 1);
}

#[actix_web::test]
async fn a_draft_ends_by_itself_with_all_that_it_held() {
    let app = TestApp::new().await;
    let case = app.draft("rahim", "land-mutation").await;
    app.upload("rahim", &case, "kind=photo&file_name=a.jpg", "image/jpeg", JPEG).await.expect(201);
    app.forward_days(29).await;
    guichet::cases::end_drafts(&app.running.ctx).await.expect("looked");
    app.get("rahim", &case.path("")).await.expect(200);
    app.forward_days(2).await;
    guichet::cases::end_drafts(&app.running.ctx).await.expect("ended");
    app.get("rahim", &case.path("")).await.expect(404);
    for table in ["cases WHERE id", "case_data WHERE case_id", "case_parties WHERE case_id", "documents WHERE case_id"]
    {
        assert_eq!(app.count(&format!("SELECT count(*) FROM {table} = '{}'", case.id)).await, 0, "{table}");
    }
    assert!(app.audit().await.contains(&"draft.end done".to_owned()));
}

#[actix_web::test]
async fn the_end_of_a_case_sets_the_day_until_which_it_is_kept() {
    let app = TestApp::new().await;
    let case = app.residence(RESIDENT).await;
    let kept = format!("SELECT retain_until::text || ' ' || retain_then AS word FROM cases WHERE id = '{}'", case.id);
    let kept = app.text(&kept).await.expect("a day");
    assert!(kept.starts_with("2031-08-03 "), "five years: {kept}");
    let open = app.residence(NEWCOMER).await;
    assert_eq!(app.text(&format!("SELECT retain_until::text AS word FROM cases WHERE id = '{}'", open.id)).await, None);
}

#[actix_web::test]
async fn everything_that_belongs_to_a_case_carries_its_authority() {
    let app = TestApp::new().await;
    Mutation::of_rahim(&app).to(Point::Issued).await;
    for table in ["cases", "case_parties", "tasks", "documents", "demands", "certificates"] {
        assert!(app.count(&format!("SELECT count(*) FROM {table}")).await > 0, "{table}");
        let others = format!("SELECT count(*) FROM {table} WHERE authority <> 'land-administration'");
        assert_eq!(app.count(&others).await, 0, "{table}");
    }
    assert_eq!(app.count("SELECT count(*) FROM register_versions WHERE authority = '' OR (case_id IS NOT NULL AND NOT actor ? 'person')").await, 0);
}

#[actix_web::test]
async fn references_are_told_apart_and_have_a_check_character() {
    let app = TestApp::new().await;
    let mut seen = BTreeMap::new();
    for _ in 0..20 {
        let case = app.draft(NEWCOMER, "land-mutation").await;
        assert!(case.reference.starts_with("LM-26-"), "{}", case.reference);
        assert!(Reference::parse(&case.reference).is_some());
        seen.insert(case.reference, case.id);
    }
    assert_eq!(seen.len(), 20);
    let taken = as_owner(
        &app,
        "INSERT INTO cases SELECT (jsonb_populate_record(c, jsonb_build_object('id', gen_random_uuid()))).* FROM cases c LIMIT 1",
    );
    assert!(taken.await.expect_err("unique").contains("cases_reference_key"));
}

#[actix_web::test]
async fn numbers_of_persons_are_found_by_their_hash_and_listed_by_nobody() {
    let app = TestApp::new().await;
    for table in ["person_identifiers", "organisation_identifiers"] {
        assert!(app.count(&format!("SELECT count(*) FROM {table}")).await > 0, "{table}");
        let plain = format!(
            "SELECT count(*) FROM {table} t WHERE to_jsonb(t)::text LIKE '%4710000101%' OR to_jsonb(t)::text LIKE '%C-100201%'"
        );
        assert_eq!(app.count(&plain).await, 0, "{table}");
    }
    // The same number stated in a form is the same person.
    let before = app.count("SELECT count(*) FROM persons").await;
    let case = Mutation::of_rahim(&app).to(Point::Submitted).await;
    let rahim = app.person("rahim").await;
    let party = format!(
        "SELECT count(*) FROM case_parties WHERE case_id = '{}' AND role = 'applicant' AND person = '{rahim}'",
        case.id
    );
    assert_eq!(app.count(&party).await, 1);
    assert_eq!(app.count("SELECT count(*) FROM persons").await, before);
}

#[actix_web::test]
async fn a_purpose_in_words_is_in_the_log_and_in_no_event() {
    let app = TestApp::new().await;
    let (_, task) = app.clerks_task().await;
    let words = "Salma asked me on the telephone";
    app.by(CLERK, "POST", &format!("/v1/tasks/{task}/claim")).header("x-purpose", words).send().await.expect(200);
    for (table, column) in [("case_events", "actor"), ("case_events", "body"), ("register_versions", "actor")] {
        let found = format!("SELECT count(*) FROM {table} WHERE {column}::text LIKE '%telephone%'");
        assert_eq!(app.count(&found).await, 0, "{table}.{column}");
    }
    let log = "SELECT count(*) FROM audit_payloads WHERE convert_from(bytes, 'UTF8') LIKE '%telephone%'";
    assert!(app.count(log).await >= 1, "where it can be erased");
}

//! What is measured, from nothing: a database server, `guichet` as a process beside it, callers with tokens, and cases.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use guichet::postgres::launcher::{Embedded, Launcher};
use serde_json::{Value, json};
use tokio_postgres::{Client, NoTls, SimpleQueryMessage};

use crate::script::{CAPTURED, SCHEMA, Schema, Written, counts, written};
use crate::tokens::Issuer;

/// People who call, citizens and officers together.
pub const CALLERS: usize = 2_000;
/// The last so many of them are officers.
pub const OFFICERS: usize = 64;
/// A start takes no longer.
const PATIENCE: Duration = Duration::from_secs(60);

/// A folder that the database server's user can enter, gone with the value.
pub struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new() -> Self {
        use std::os::unix::fs::PermissionsExt;
        let path = std::env::temp_dir().join(format!("guichet-bench-{}", std::process::id()));
        std::fs::create_dir(&path).expect("a new folder");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("its owner");
        Self(path)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// PostgreSQL as an operator would set it up on a machine of 4 GB; durability as it comes.
pub fn cluster(folder: &Path) -> Embedded {
    let mut launcher = Launcher::new("guichet-bench", folder.join("pg"));
    let settings = [("shared_buffers", "1GB"), ("max_connections", "200"), ("max_wal_size", "8GB"), ("jit", "off")];
    let counted = [("shared_preload_libraries", "pg_stat_statements"), ("pg_stat_statements.track_planning", "on")];
    let settings = settings.iter().chain(counted.iter().filter(|_| statements_wanted()));
    launcher.settings = settings.map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    launcher.start().unwrap_or_else(|e| panic!("{e}"))
}

/// Whether to tell what the database does in each operation. It costs some speed.
pub fn statements_wanted() -> bool {
    std::env::var_os("BENCH_STATEMENTS").is_some()
}

/// Forgets what was counted so far.
pub async fn forget_statements(client: &Client) {
    if statements_wanted() {
        execute(client, "CREATE EXTENSION IF NOT EXISTS pg_stat_statements; SELECT pg_stat_statements_reset()").await;
    }
}

/// Prints the statements since then, the dearest first: how often each operation needs it, planned how often, and what
/// one execution takes.
pub async fn tell_statements(client: &Client, operation: &str, times: u64) {
    if !statements_wanted() {
        return;
    }
    let query = format!(
        "SELECT format('%6s × %5s rows, planned %5s, %5s + %6s µs, %6s µs in all  %s', round(calls / {times}.0, 3),
            round(rows / greatest(calls, 1)::numeric, 2), round(plans / greatest(calls, 1)::numeric, 3), round(mean_plan_time * 1000),
            round(mean_exec_time * 1000), round((total_plan_time + total_exec_time)::numeric * 1000 / {times}, 1),
            left(regexp_replace(query, '\\s+', ' ', 'g'), 110))
         FROM pg_stat_statements WHERE toplevel ORDER BY total_plan_time + total_exec_time DESC LIMIT 25"
    );
    eprintln!("statements of: {operation}");
    for row in client.simple_query(&query).await.unwrap_or_else(|e| panic!("{query}: {e:?}")) {
        if let SimpleQueryMessage::Row(row) = row {
            eprintln!("  {}", row.get(0).unwrap_or_default());
        }
    }
}

/// A connection as the owner.
pub async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the database answers");
    tokio::spawn(connection);
    client
}

pub async fn execute(client: &Client, statement: &str) {
    client.batch_execute(statement).await.unwrap_or_else(|e| panic!("{statement}: {e:?}"));
}

/// The first column of the first row, as text.
pub async fn one(client: &Client, query: &str) -> String {
    let rows = client.simple_query(query).await.unwrap_or_else(|e| panic!("{query}: {e:?}"));
    let text = rows.iter().find_map(|row| match row {
        SimpleQueryMessage::Row(row) => row.get(0).map(str::to_owned),
        _ => None,
    });
    text.unwrap_or_default()
}

/// The server as a process of its own.
pub struct Server {
    child: Child,
    pub address: String,
    /// From the start of the process to its first `ready`, in seconds.
    pub ready_after: f64,
}

impl Server {
    pub async fn start(binary: &str, folder: &Path, database: &str, issuer: &Issuer, log: &Path) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
        let sandbox = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
        let address = format!("127.0.0.1:{port}");
        let services = Path::new(env!("CARGO_MANIFEST_DIR")).join("services");
        let began = Instant::now();
        let child = Command::new(binary)
            .env("DATABASE_URL", database)
            .env("GUICHET_LISTEN", &address)
            .env("GUICHET_SANDBOX_LISTEN", format!("127.0.0.1:{sandbox}"))
            .env("GUICHET_DATA", folder.join("data"))
            .env("GUICHET_SERVICES", services)
            .env("GUICHET_ISSUER", &issuer.url)
            .env("GUICHET_JWKS_URL", format!("{}/jwks", issuer.url))
            .env("GUICHET_DEMO", "true")
            .env("GUICHET_RATE_ADDRESS", "1000000,1000000")
            .env("GUICHET_RATE_CALLER", "1000000,1000000")
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(log).expect("a log"))
            .spawn()
            .expect("the server starts");
        let mut server = Self { child, address, ready_after: 0.0 };
        while !server.is_ready() {
            assert!(began.elapsed() < PATIENCE, "the server is not ready; see {}", log.display());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        server.ready_after = began.elapsed().as_secs_f64();
        server
    }

    fn is_ready(&mut self) -> bool {
        if let Ok(Some(status)) = self.child.try_wait() {
            panic!("the server ended: {status}");
        }
        let Ok(mut stream) = std::net::TcpStream::connect(&self.address) else { return false };
        let mut answer = String::new();
        let _ = stream.write_all(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
        let _ = std::io::Read::read_to_string(&mut stream, &mut answer);
        answer.starts_with("HTTP/1.1 200")
    }

    /// Resident memory now, in MB.
    pub fn memory(&self) -> f64 {
        memory(self.child.id())
    }

    /// Resident memory in MB after that many minutes of its life; none where it ends before.
    pub fn memory_at(&self, minutes: u64) -> tokio::task::JoinHandle<f64> {
        let pid = self.child.id();
        tokio::spawn(async move {
            tokio::time::sleep(Duration::from_secs(minutes * 60)).await;
            memory(pid)
        })
    }

    /// Seconds of CPU that it has used.
    pub fn cpu(&self) -> f64 {
        cpu(self.child.id())
    }

    pub fn stop(mut self) {
        // SAFETY: a signal to a child that was not waited for yet.
        #[expect(unsafe_code, reason = "no other way to send SIGTERM")]
        unsafe {
            libc::kill(i32::try_from(self.child.id()).unwrap_or(i32::MAX), libc::SIGTERM);
        }
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Resident memory of a process, in MB.
fn memory(pid: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find(|l| l.starts_with("VmRSS:")).unwrap_or_default();
    line.split_whitespace().nth(1).and_then(|kb| kb.parse::<f64>().ok()).unwrap_or(0.0) / 1_024.0
}

/// Seconds of CPU of a process.
pub fn cpu(pid: u32) -> f64 {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|t| t.parse::<f64>().ok()).unwrap_or(0.0);
    (ticks(11) + ticks(12)) / 100.0
}

/// Somebody who calls, with the header to send.
pub fn bearers(issuer: &Issuer) -> Vec<String> {
    (0..CALLERS).map(|n| format!("Bearer {}", issuer.token(&format!("caller-{n}"), n))).collect()
}

/// The id of the person behind a caller, as an expression over the caller's number.
pub fn person(number: &str) -> String {
    format!("('01f0caca0000' || lpad(to_hex(({number})::bigint), 20, '0'))::uuid")
}

/// The people who call; officers hold every role of the services' desks in the circle Sadar.
pub async fn people(client: &Client, issuer: &Issuer, data: &Path) {
    let (id, url, citizens) = (person("n"), &issuer.url, CALLERS - OFFICERS);
    execute(client, &format!(
        "INSERT INTO identities (issuer, subject, person) SELECT '{url}', subject, person FROM identities;
         INSERT INTO persons (id, names, birth_date, language)
            SELECT {id}, jsonb_build_array(jsonb_build_object('script', 'Latn', 'full', 'Caller ' || n)), '1980-01-01', 'en'
            FROM generate_series(0, {CALLERS} - 1) n;
         INSERT INTO identities (issuer, subject, person) SELECT '{url}', 'caller-' || n, {id} FROM generate_series(0, {CALLERS} - 1) n;
         INSERT INTO posts (id, person, role, office, authority, from_day)
            SELECT gen_random_uuid(), {id}, r.role, 'sadar', 'land-administration', '2020-01-01'
            FROM generate_series({citizens}, {CALLERS} - 1) n, (VALUES ('office-assistant'), ('surveyor')) r(role);
         ANALYZE persons; ANALYZE identities; ANALYZE posts;"
    )).await;
    let keys = guichet::access::Keys::open(data).expect("the server's keys");
    let hashes: Vec<Vec<u8>> = (0..CALLERS)
        .map(|n| keys.identifier_hash("national-id", guichet::people::HOME, &identifier(n)).to_vec())
        .collect();
    let statement = format!(
        "INSERT INTO person_identifiers (type, issuer, value_hash, person)
         SELECT 'national-id', 'home', h, {} FROM unnest($1::bytea[]) WITH ORDINALITY u(h, n)",
        person("n - 1")
    );
    client.execute(&statement, &[&hashes]).await.expect("callers are known by their numbers");
}

/// What the tables look like.
pub async fn schema(client: &Client) -> Schema {
    Schema::of(&client.query(SCHEMA, &[]).await.expect("the schema is read"))
}

/// What the last act wrote.
pub async fn captured(client: &Client) -> Vec<Written> {
    let rows = written(&one(client, CAPTURED).await);
    execute(client, "TRUNCATE captured").await;
    eprintln!("captured (table, changed) → rows: {:?}", counts(&rows));
    rows
}

/// The number of a caller's identity document.
pub fn identifier(caller: usize) -> String {
    format!("77{caller:08}")
}

/// The form of a mutation by sale as a caller fills it in.
pub fn form(caller: usize) -> Value {
    let person = |name: String, id: String| json!({"name": name, "identifier": {"type": "national-id", "value": id}});
    let mut buyer = person(format!("Caller {caller}"), identifier(caller));
    buyer["share"] = json!(1);
    json!({"kind": "sale", "mouza": "m045", "khatian": "BRS-45-12", "dag": "118", "quantity": 0.5,
        "deed": {"number": "2417", "date": "2026-06-24", "registry_office": "Nodipur Sadar"},
        "applicants": [buyer], "seller": person("Karim Sheikh".into(), "4710000102".into()),
        "by_representative": false, "already_mutated": true, "copies": 1})
}

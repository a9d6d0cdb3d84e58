//! The measurements themselves.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use guichet::postgres::launcher::Embedded;
use serde_json::json;

use crate::Plan;
use crate::client::{Figures, request, run};
use crate::load::{Lot, case_id, task_id};
use crate::play::{Played, survey};
use crate::report::{Report, Row};
use crate::script::{Numbers, new_case, pgbench, statements};
use crate::tokens::Issuer;
use crate::world::{
    CALLERS, OFFICERS, Server, bearers, connect, cpu, forget_statements, form, one, schema, tell_statements,
};

const CLIENTS: usize = 32;
const CITIZENS: usize = CALLERS - OFFICERS;
/// How long the server works before the clock starts.
const WARM: f64 = 3.0;

pub struct Bench<'a> {
    pub plan: &'a Plan,
    pub binary: String,
    pub folder: PathBuf,
    pub out: PathBuf,
    pub cluster: &'a Embedded,
    pub issuer: Issuer,
    pub played: Played,
}

struct Target {
    name: &'static str,
    clients: usize,
    ratio: f64,
    p99: f64,
    reference: &'static str,
}

type Next = Box<dyn FnMut(usize) -> Option<Vec<u8>>>;

impl Bench<'_> {
    pub async fn run(&self) -> Report {
        let mut report = Report::default();
        let bearers: Arc<[String]> = bearers(&self.issuer).into();
        let small = if self.plan.wants("queue") { Some(self.queue("small", &bearers).await) } else { None };
        let large = self.start("large").await;
        report.others.push(("ready on a migrated database", large.ready_after, "s", 0.5));
        let minutes = (large.memory_at(2), large.memory_at(10));
        if let Some(small) = small {
            let figures = self.queue_pages(&large, "large", &bearers).await;
            let pages = ["first", "deep"].into_iter().zip(small.into_iter().zip(figures));
            report.rows.extend(pages.map(|(page, (small, large))| queue_row(page, &small, &large)));
        }
        self.catalogue(&large, &mut report).await;
        self.reads(&large, &bearers, &mut report).await;
        self.submissions(&large, &bearers, &mut report).await;
        self.completions(&large, &bearers, &mut report).await;
        report.others.push(("resident memory after the run", large.memory(), "MB", 120.0));
        if minutes.1.is_finished() {
            let (second, tenth) = (minutes.0.await.expect("a figure"), minutes.1.await.expect("a figure"));
            report.others.push(("resident memory in minute 2", second, "MB", 120.0));
            report.others.push(("resident memory in minute 10", tenth, "MB", (11.0 * second).round() / 10.0));
        }
        large.stop();
        report
    }

    async fn start(&self, database: &str) -> Server {
        let log = self.out.join(format!("{database}.log"));
        Server::start(&self.binary, &self.folder, &self.cluster.url(database), &self.issuer, &log).await
    }

    /// Alternates the server and its reference; the medians of each.
    async fn compare(
        &self,
        server: &Server,
        target: &Target,
        good: &'static [u16],
        mut next: impl FnMut() -> Next,
        mut reference: impl AsyncFnMut(usize) -> f64,
    ) -> Option<Row> {
        if !self.plan.wants(target.name) {
            return None;
        }
        let counter = connect(&self.cluster.url("large")).await;
        let seconds = self.plan.seconds as f64;
        checked(run(&server.address, target.clients, WARM.min(seconds), good, next()).await, target.name);
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        for round in 0..self.plan.runs {
            forget_statements(&counter).await;
            let before = (server.cpu(), machine_cpu(), cpu(std::process::id()));
            let figures = checked(run(&server.address, target.clients, seconds, good, next()).await, target.name);
            let used = (server.cpu() - before.0, machine_cpu() - before.1, cpu(std::process::id()) - before.2);
            let each = |cpu: f64| cpu * 1e6 / figures.done as f64;
            let cost = (each(used.0), each(used.1 - used.0 - used.2));
            eprintln!("{}: {:.0}/s, p99 {:.1} ms", target.name, figures.per_second(), figures.percentile(0.99));
            tell_statements(&counter, target.name, figures.done).await;
            ours.push((figures, cost));
            let tps = reference(round).await;
            eprintln!("{}: reference {tps:.0}/s", target.name);
            theirs.push(tps);
        }
        ours.sort_by(|a, b| a.0.per_second().total_cmp(&b.0.per_second()));
        theirs.sort_by(f64::total_cmp);
        let ((figures, cost), reference) = (&ours[ours.len() / 2], theirs[theirs.len() / 2]);
        Some(Row {
            name: target.name.to_owned(),
            clients: target.clients,
            per_second: figures.per_second(),
            p50_ms: figures.percentile(0.5),
            p99_ms: figures.percentile(0.99),
            reference,
            reference_is: target.reference,
            ratio: figures.per_second() / reference,
            target: target.ratio,
            at_most: false,
            p99_target_ms: target.p99,
            cpu: *cost,
        })
    }

    fn pgbench(&self, script: &str, name: &str, database: &str) -> f64 {
        let file = self.out.join(format!("{name}.sql"));
        std::fs::write(&file, script).expect("the script is written");
        let config: tokio_postgres::Config = self.cluster.url(database).parse().expect("a URL");
        let mut host = config.get_hosts().iter().map(|h| match h {
            tokio_postgres::config::Host::Unix(path) => path.display().to_string(),
            tokio_postgres::config::Host::Tcp(name) => name.clone(),
        });
        let program = find_pgbench();
        let output = Command::new(&program)
            .args(["-M", "prepared", "-n", "-j", "2", "-D", "n=0", "-c"])
            .arg(CLIENTS.to_string())
            .args(["-T", &self.plan.seconds.to_string(), "-f"])
            .arg(&file)
            .args(["-h", &host.next().unwrap_or_default(), "-p", &config.get_ports()[0].to_string()])
            .args(["-U", config.get_user().unwrap_or_default(), database])
            .env("PGPASSWORD", String::from_utf8_lossy(config.get_password().unwrap_or_default()).as_ref())
            .output()
            .unwrap_or_else(|e| panic!("{}: {e}", program.display()));
        let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "{name}: {errors}{text}");
        let tps = text.lines().find_map(|l| l.strip_prefix("tps = "));
        let tps = tps.and_then(|t| t.split_whitespace().next()).and_then(|t| t.parse().ok());
        tps.unwrap_or_else(|| panic!("pgbench said no rate: {text}{errors}"))
    }

    async fn submissions(&self, server: &Server, bearers: &Arc<[String]>, report: &mut Report) {
        let target =
            Target { name: "submit a mutation", clients: CLIENTS, ratio: 1.2, p99: 25.0, reference: "its script" };
        let bodies: Arc<[String]> = (0..CITIZENS)
            .map(|n| json!({"service": "land-mutation", "submit": true, "language": "en", "form": form(n)}).to_string())
            .collect();
        let next = || {
            let (bearers, bodies, mut at) = (bearers.clone(), bodies.clone(), 0_usize);
            let next = move |client: usize| {
                at += 1;
                let caller = (at * 7 + client * 61) % CITIZENS;
                let key = guichet::kernel::random::uuid().to_string();
                let headers = [("Authorization", bearers[caller].as_str()), ("Idempotency-Key", &key)];
                Some(request("POST", "/v1/cases", &headers, &bodies[caller]))
            };
            Box::new(next) as Next
        };
        let schema = schema(&connect(&self.cluster.url("large")).await).await;
        let (case, rows) = &self.played.submitted;
        let statements = statements(rows, &schema, &Numbers { case: (case, &new_case()), known: &[] });
        let reference = async |round: usize| {
            self.pgbench(&pgbench(&statements, (round as u64 + 1) * 1_010_000_000, 1), "submit", "large")
        };
        report.rows.extend(self.compare(server, &target, &[201], next, reference).await);
    }

    async fn completions(&self, server: &Server, bearers: &Arc<[String]>, report: &mut Report) {
        let target =
            Target { name: "complete a task", clients: CLIENTS, ratio: 1.0, p99: 30.0, reference: "its script" };
        let client = connect(&self.cluster.url("large")).await;
        let (schema, body) = (schema(&client).await, survey().to_string());
        let open = format!("SELECT token FROM tasks WHERE case_id = {} AND state = 'open'", case_id(Lot::Claimed, "0"));
        let token: u64 = one(&client, &open).await.parse().expect("a task is open");
        let count = (self.plan.cases * 3 / 10).max(self.plan.tasks());
        let number = Arc::new(AtomicU64::new(0));
        let prefix = one(&client, &format!("SELECT {}::text", task_id(Lot::Claimed, "0", &token.to_string()))).await;
        let next = || {
            let (bearers, number, prefix, body) = (bearers.clone(), number.clone(), prefix.clone(), body.clone());
            let next = move |_: usize| {
                let k = number.fetch_add(1, Ordering::Relaxed);
                (k < count).then(|| {
                    let officer = CITIZENS + usize::try_from(k).unwrap_or(0) % OFFICERS;
                    let path = format!("/v1/tasks/{}{k:012x}/completion", &prefix[..24]);
                    let key = guichet::kernel::random::uuid().to_string();
                    request("POST", &path, &[("Authorization", &bearers[officer]), ("Idempotency-Key", &key)], &body)
                })
            };
            Box::new(next) as Next
        };
        let (case, rows) = &self.played.completed;
        let other = case_id(Lot::Reference, ":k - 1");
        let tasks = rows.iter().filter(|r| r.table == "tasks" && r.was.is_some()).filter_map(|r| r.now["id"].as_str());
        let known: Vec<(String, String)> =
            tasks.map(|id| (id.to_owned(), task_id(Lot::Reference, ":k - 1", &token.to_string()))).collect();
        let statements = statements(rows, &schema, &Numbers { case: (case, &other), known: &known });
        let reference = async |round: usize| {
            let script = pgbench(&statements, (round as u64 + 11) * 1_010_000_000, self.plan.cases / 10);
            self.pgbench(&script, "complete", "large")
        };
        report.rows.extend(self.compare(server, &target, &[200], next, reference).await);
    }

    async fn reads(&self, server: &Server, bearers: &Arc<[String]>, report: &mut Report) {
        let target =
            Target { name: "read a case", clients: CLIENTS, ratio: 0.3, p99: 10.0, reference: "select by key" };
        let client = connect(&self.cluster.url("large")).await;
        let count = self.plan.cases * 6 / 10;
        let first = one(&client, &format!("SELECT {}::text", case_id(Lot::Waiting, "0"))).await;
        let next = || {
            let (bearers, first, mut at) = (bearers.clone(), first.clone(), 0_u64);
            let next = move |client: usize| {
                at += 1;
                let k = (at * 7_919 + client as u64 * 104_729) % count;
                let caller = usize::try_from(k).unwrap_or(0) % CITIZENS;
                let path = format!("/v1/cases/{}{k:012x}", &first[..24]);
                Some(request("GET", &path, &[("Authorization", &bearers[caller])], ""))
            };
            Box::new(next) as Next
        };
        let script = format!(
            "\\set k random(1, {count})\nSELECT * FROM cases WHERE id = {};\n",
            case_id(Lot::Waiting, ":k - 1")
        );
        let reference = async |_| self.pgbench(&script, "read", "large");
        report.rows.extend(self.compare(server, &target, &[200], next, reference).await);
    }

    async fn catalogue(&self, server: &Server, report: &mut Report) {
        let whole =
            Target { name: "catalogue entry", clients: CLIENTS, ratio: 0.6, p99: 5.0, reference: "bare handler" };
        let known = Target { name: "catalogue entry, If-None-Match", ..whole };
        if !self.plan.wants("catalogue") {
            return;
        }
        let path = "/v1/services/land-mutation";
        let url = format!("http://{}{path}", server.address);
        #[expect(clippy::disallowed_methods, reason = "a client of its own")]
        let answer = reqwest::get(&url).await.expect("the catalogue");
        let tag = answer.headers()["etag"].to_str().expect("a tag").to_owned();
        let file = self.out.join("catalogue.json");
        std::fs::write(&file, answer.bytes().await.expect("the entry")).expect("the entry is kept");
        let bare = Bare::start(&file).await;
        for (target, tag, good, bare_tag) in
            [(whole, None, &[200_u16][..], None), (known, Some(tag), &[304][..], Some("\"same\""))]
        {
            let good: &'static [u16] = if good == [200] { &[200] } else { &[304] };
            let make = move |tag: Option<String>| {
                let bytes = match &tag {
                    Some(tag) => request("GET", path, &[("If-None-Match", tag)], ""),
                    None => request("GET", path, &[], ""),
                };
                move |_: usize| Some(bytes.clone())
            };
            let next = || Box::new(make(tag.clone())) as Next;
            let reference = async |_| {
                let seconds = self.plan.seconds as f64;
                let next = make(bare_tag.map(str::to_owned));
                checked(run(&bare.address, CLIENTS, seconds, good, next).await, "bare handler").per_second()
            };
            report.rows.extend(self.compare(server, &target, good, next, reference).await);
        }
    }

    async fn queue(&self, database: &str, bearers: &Arc<[String]>) -> Vec<Figures> {
        let server = self.start(database).await;
        let figures = self.queue_pages(&server, database, bearers).await;
        server.stop();
        figures
    }

    /// The first page and one in the middle, both full.
    async fn queue_pages(&self, server: &Server, database: &str, bearers: &Arc<[String]>) -> Vec<Figures> {
        let client = connect(&self.cluster.url(database)).await;
        let deep = "SELECT to_json(due_at)#>>'{}' || ' ' || id FROM tasks WHERE state = 'open' AND kind = 'task' AND office = 'sadar'
            AND role = 'office-assistant' ORDER BY due_at, id LIMIT 1
            OFFSET (SELECT count(*) / 2 FROM tasks WHERE state = 'open' AND kind = 'task' AND office = 'sadar' AND role = 'office-assistant')";
        let deep = one(&client, deep).await;
        let (due, id) = deep.split_once(' ').expect("a task in the middle");
        let due: jiff::Timestamp = due.parse().expect("an instant");
        let cursor = json!({"v": 1, "after": [due.to_string(), id]}).to_string();
        let cursor = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, cursor);
        let mut all = Vec::new();
        for path in ["/v1/tasks?limit=50".to_owned(), format!("/v1/tasks?limit=50&cursor={cursor}")] {
            let next = || {
                let (bearers, path, mut at) = (bearers.clone(), path.clone(), 0_usize);
                move |_: usize| {
                    at += 1;
                    Some(request("GET", &path, &[("Authorization", &bearers[CITIZENS + at % OFFICERS])], ""))
                }
            };
            self.check_page(server, &path, &bearers[CITIZENS]).await;
            checked(run(&server.address, 8, WARM, &[200], next()).await, "queue");
            let mut runs = Vec::new();
            for _ in 0..self.plan.runs {
                runs.push(checked(run(&server.address, 8, self.plan.seconds as f64, &[200], next()).await, "queue"));
            }
            runs.sort_by(|a, b| a.per_second().total_cmp(&b.per_second()));
            let middle = runs.swap_remove(runs.len() / 2);
            eprintln!("queue, {database}: {:.0}/s, p99 {:.1} ms", middle.per_second(), middle.percentile(0.99));
            all.push(middle);
        }
        all
    }

    async fn check_page(&self, server: &Server, path: &str, bearer: &str) {
        #[expect(clippy::disallowed_methods, reason = "a client of its own")]
        let client = reqwest::Client::new();
        let answer =
            client.get(format!("http://{}{path}", server.address)).header("authorization", bearer).send().await;
        let text = answer.expect("an answer").text().await.expect("a body");
        let rows = text.matches("\"due_at\"").count();
        assert_eq!(rows, 50, "the page is full: {text}");
    }
}

fn queue_row(page: &str, small: &Figures, large: &Figures) -> Row {
    Row {
        name: format!("officer's queue, {page} page"),
        clients: 8,
        per_second: large.per_second(),
        p50_ms: large.percentile(0.5),
        p99_ms: large.percentile(0.99),
        reference: small.per_second(),
        reference_is: "with 1,000 cases",
        ratio: small.per_second() / large.per_second(),
        target: 1.5,
        at_most: true,
        p99_target_ms: 8.0,
        cpu: (0.0, 0.0),
    }
}

fn checked(figures: Figures, name: &str) -> Figures {
    assert!(figures.wrong.is_empty(), "{name}: {:?}, first {}", figures.wrong, figures.example);
    assert!(figures.done > 0, "{name}: nothing was done");
    figures
}

/// Seconds of CPU that the machine has used, save waiting.
fn machine_cpu() -> f64 {
    let stat = std::fs::read_to_string("/proc/stat").unwrap_or_default();
    let fields = stat.lines().next().unwrap_or_default().split_whitespace().skip(1);
    let ticks: Vec<f64> = fields.filter_map(|f| f.parse().ok()).collect();
    // user, nice, system, irq, softirq
    [0, 1, 2, 5, 6].iter().filter_map(|at| ticks.get(*at)).sum::<f64>() / 100.0
}

fn find_pgbench() -> PathBuf {
    let debian = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten().map(|d| d.path().join("bin"));
    let dirs = std::env::var_os("PG_BIN_DIR").map(PathBuf::from).into_iter().chain(debian);
    let found = dirs.map(|d| d.join("pgbench")).find(|p| p.exists());
    found.unwrap_or_else(|| PathBuf::from("pgbench"))
}

struct Bare {
    child: Child,
    address: String,
}

impl Bare {
    async fn start(file: &Path) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|l| l.local_addr()).expect("a port").port();
        let address = format!("127.0.0.1:{port}");
        let program = std::env::current_exe().expect("this program");
        let child =
            Command::new(program).args(["--bare", &address]).arg(file).spawn().expect("the bare handler starts");
        for _ in 0..200 {
            if std::net::TcpStream::connect(&address).is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Self { child, address }
    }
}

impl Drop for Bare {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

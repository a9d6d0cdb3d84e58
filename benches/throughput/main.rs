//! Requests a second over HTTP, against what PostgreSQL does with the same rows: `make bench`.
//!
//! A database server, `guichet` and the load generator are three processes on one machine; `pgbench` takes the place of
//! the latter two for the reference, in the same run, over the same socket, into the same tables. Each figure is the
//! median of alternating runs.

mod bare;
mod client;
mod load;
mod measure;
mod play;
mod report;
mod script;
mod tokens;
mod world;

use std::path::Path;

use measure::Bench;
use tokens::Issuer;
use world::{Scratch, Server, cluster, connect, execute, schema};

/// How the bench is run; other values than these are for trying out and are not written into the documentation.
pub struct Plan {
    pub cases: u64,
    pub seconds: u64,
    pub runs: usize,
    /// Words of the names of the rows that are measured; empty: all.
    pub only: Vec<String>,
}

impl Plan {
    fn read() -> Self {
        let number = |name: &str, default: u64| {
            std::env::var(name).ok().map_or(default, |v| v.parse().unwrap_or_else(|_| panic!("{name} is a number")))
        };
        let only = std::env::var("BENCH_ONLY").unwrap_or_default();
        Self {
            cases: number("BENCH_CASES", 1_000_000),
            seconds: number("BENCH_SECONDS", 30),
            runs: usize::try_from(number("BENCH_RUNS", 3)).unwrap_or(3),
            only: only.split(',').filter(|w| !w.is_empty()).map(str::to_owned).collect(),
        }
    }

    pub fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|word| name.contains(word.as_str()))
    }

    /// Tasks that all runs complete at most: there is no machine of two cores that does as many a second.
    pub fn tasks(&self) -> u64 {
        self.seconds * self.runs as u64 * 3_000
    }

    fn is_whole(&self) -> bool {
        self.only.is_empty() && self.cases >= 1_000_000 && self.seconds >= 30 && self.runs >= 3
    }
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    if arguments.next().as_deref() == Some("--bare") {
        return bare::serve(&arguments.next().expect("an address"), Path::new(&arguments.next().expect("a file")));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
    runtime.expect("a runtime").block_on(bench(&Plan::read()));
}

async fn bench(plan: &Plan) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let scratch = Scratch::new();
    let out = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/bench");
    std::fs::create_dir_all(&out).expect("a folder for the figures");
    let binary = std::env::var("BENCH_BINARY").unwrap_or_else(|_| env!("CARGO_BIN_EXE_guichet").to_owned());
    let (cluster, issuer) = (cluster(&scratch.0), Issuer::start());
    let admin = connect(&cluster.url("postgres")).await;
    execute(&admin, "CREATE DATABASE play").await;
    eprintln!("playing what is measured");
    let played = {
        let server = Server::start(&binary, &scratch.0, &cluster.url("play"), &issuer, &out.join("play.log")).await;
        let database = connect(&cluster.url("play")).await;
        world::people(&database, &issuer, &scratch.0.join("data")).await;
        execute(&database, script::CAPTURE).await;
        #[expect(clippy::disallowed_methods, reason = "a client of its own")]
        let client = reqwest::Client::new();
        let played =
            play::Player { client, address: &server.address, issuer: &issuer, database: &database }.play().await;
        server.stop();
        execute(&database, "DROP FUNCTION capture() CASCADE; DROP TABLE captured").await;
        played
    };
    for (database, cases) in [("small", 1_000), ("large", plan.cases)] {
        eprintln!("loading {cases} cases");
        execute(&admin, &format!("CREATE DATABASE {database} TEMPLATE play")).await;
        let client = connect(&cluster.url(database)).await;
        let schema = schema(&client).await;
        // Three in ten are for the runs that complete tasks, one for the reference of those.
        let lots = [(load::Lot::Waiting, 6), (load::Lot::Claimed, 3), (load::Lot::Reference, 1)];
        for (lot, tenths) in lots {
            let template = if matches!(lot, load::Lot::Waiting) { &played.waiting } else { &played.claimed };
            let tenths = cases * tenths / 10;
            // However short the runs are, no task is wanting.
            let needed = if matches!(lot, load::Lot::Claimed) && database == "large" { plan.tasks() } else { 0 };
            load::load(&client, &schema, lot, template, tenths.max(needed)).await;
        }
        load::rest(&client).await;
    }
    let bench = Bench { plan, binary, folder: scratch.0.clone(), out: out.clone(), cluster: &cluster, issuer, played };
    let report = bench.run().await;
    report.write(&out, plan.is_whole());
}

//! The program as a process: how it is started, again and again the same, and how it ends.

use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Read};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use super::client::Client;
use super::world::{PATIENCE, signal};
use crate::support::services;

/// Lines of what it said that are kept.
const KEPT: usize = 60;
/// How often a server that ended at its start is started again, as a supervisor does.
const STARTS: usize = 60;

/// A port that the kernel does not hand out by itself: a server that is killed finds it free again.
pub fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 1_000).unwrap_or(0) * 10;
    for _ in 0..10_000 {
        let port = 20_000 + (first + NEXT.fetch_add(1, Ordering::SeqCst)) % 12_000;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("no port is free");
}

type Prepare = Arc<dyn Fn() -> io::Result<()> + Send + Sync>;

/// How a server is started.
#[derive(Clone)]
pub struct Plan {
    pub port: u16,
    settings: Vec<(String, String)>,
    prepare: Option<Prepare>,
}

impl Plan {
    /// With the demo country, on a free port, over a database and a folder that are there already.
    pub fn new(data: &Path, database: &str) -> Self {
        let port = free_port();
        let plan = Self { port, settings: Vec::new(), prepare: None };
        plan.with("GUICHET_LISTEN", format!("127.0.0.1:{port}"))
            .with("GUICHET_SANDBOX_LISTEN", "127.0.0.1:0")
            .with("GUICHET_DATA", data.display())
            .with("GUICHET_SERVICES", services().display())
            .with("GUICHET_LOG", "warn")
            // One address asks for everybody here.
            .with("GUICHET_RATE_ADDRESS", 0)
            .with("GUICHET_RATE_CALLER", 0)
            .with("DATABASE_URL", database)
    }

    /// The last word on a setting counts.
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.settings.push((name.to_owned(), value.to_string()));
        self
    }

    /// With a mail server on this machine.
    pub fn mail(self, port: u16) -> Self {
        self.with("GUICHET_SMTP_HOST", "127.0.0.1")
            .with("GUICHET_SMTP_PORT", port)
            .with("GUICHET_SMTP_TLS", "none")
            .with("GUICHET_SMTP_FROM", "Sumwhere services <no-reply@sumwhere.example>")
    }

    /// What the new process does to itself before it becomes the server: system calls only.
    pub fn prepared(mut self, prepare: impl Fn() -> io::Result<()> + Send + Sync + 'static) -> Self {
        self.prepare = Some(Arc::new(prepare));
        self
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Starts it; whether it came up is another question. To be called on the test's own thread, with which it ends.
    pub fn start(&self) -> Server {
        let mut command = Command::new(env!("CARGO_BIN_EXE_guichet"));
        command.arg("serve").env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let prepare = self.prepare.clone();
        let all = move || {
            // SAFETY: a plain system call. A test that is killed leaves no server.
            unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
            prepare.as_ref().map_or(Ok(()), |prepare| prepare())
        };
        // SAFETY: the closure makes system calls only.
        unsafe { command.pre_exec(all) };
        let mut process = command.spawn().expect("the program starts");
        let said = Arc::new(Mutex::new(VecDeque::new()));
        listen(process.stdout.take().expect("a pipe"), &said);
        listen(process.stderr.take().expect("a pipe"), &said);
        Server { process, said }
    }

    /// Starts it and waits until it can serve; where it ended because the database was not there yet, again.
    pub async fn up(&self, client: &Client) -> Server {
        let mut said = Vec::new();
        for _ in 0..STARTS {
            let mut server = self.start();
            if server.ready(client, &self.url()).await {
                return server;
            }
            tokio::time::sleep(Duration::from_millis(200)).await;
            said = server.said.lock().expect("the lines").iter().cloned().collect();
        }
        panic!("the server does not start: {said:#?}");
    }
}

fn listen(pipe: impl Read + Send + 'static, said: &Arc<Mutex<VecDeque<String>>>) {
    let said = Arc::clone(said);
    std::thread::spawn(move || {
        for line in BufReader::new(pipe).lines().map_while(Result::ok) {
            let mut said = said.lock().expect("the lines");
            if said.len() == KEPT {
                said.pop_front();
            }
            said.push_back(line);
        }
    });
}

/// A server that was started; killed with the value.
pub struct Server {
    process: Child,
    said: Arc<Mutex<VecDeque<String>>>,
}

impl Server {
    pub fn pid(&self) -> i32 {
        i32::try_from(self.process.id()).expect("a pid")
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.process.kill().expect("our own child");
        self.process.wait().expect("our own child");
    }

    pub fn term(&self) {
        signal(self.pid(), libc::SIGTERM);
    }

    /// How it ended, where it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.process.try_wait().expect("our own child")
    }

    /// Waits for the end.
    pub async fn end(&mut self) -> ExitStatus {
        super::world::until("the server ends", async || self.ended()).await
    }

    /// Waits until it can serve; false where it ended instead.
    pub async fn ready(&mut self, client: &Client, url: &str) -> bool {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            if self.ended().is_some() {
                return false;
            }
            if client.plain(&format!("{url}/readyz")).await.is_some_and(|answer| answer.status == 200) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("the server is not ready in time");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        if std::thread::panicking() {
            eprintln!("what the server said last:");
            for line in self.said.lock().iter().flat_map(|lines| lines.iter()) {
                eprintln!("  {line}");
            }
        }
    }
}

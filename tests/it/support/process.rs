//! The program as a process of its own: its other commands, and a server that can be killed.

use std::io::{BufRead, BufReader, Read};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::time::{Duration, Instant};

use guichet::access::Keys;
use guichet::postgres::launcher::Launcher;

use super::{Client, services};

/// Longer than a start takes that makes a database and checks the definitions: only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(180);

/// The program in an empty environment but for what is said.
fn program(words: &[&str], settings: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_guichet"));
    command.args(words).env_clear();
    let outer = ["PATH", "PG_BIN_DIR"].into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)));
    command.envs(outer).envs(settings.iter().copied());
    command
}

/// Runs a command to its end.
pub fn run(words: &[&str], settings: &[(&str, &str)]) -> Output {
    program(words, settings).stdin(Stdio::null()).output().expect("it runs")
}

/// What a command said on standard error.
pub fn complaint(done: &Output) -> String {
    String::from_utf8_lossy(&done.stderr).into_owned()
}

/// A folder below the system's one for temporary files, which every user can enter. Removed at the end.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new(name: &str) -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("guichet-{name}-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path).expect("a new folder");
        Self(path)
    }

    /// Something in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    /// The same as a setting.
    pub fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A server, and somebody to speak to it; killed at the end.
pub struct Server {
    client: Client,
    child: Child,
    log: Arc<Mutex<String>>,
}

impl Deref for Server {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Server {
    /// Starts it on a port that is free. Without `DATABASE_URL` among the settings it has a database of its own.
    pub async fn start(data: &Path, settings: &[(&str, &str)]) -> Self {
        let (data_text, services) = (data.display().to_string(), services().display().to_string());
        let own = [
            ("GUICHET_LISTEN", "127.0.0.1:0"),
            ("GUICHET_SANDBOX_LISTEN", "127.0.0.1:0"),
            ("GUICHET_DATABASE_POOL", "6"),
            ("GUICHET_SERVICES", services.as_str()),
            ("GUICHET_DATA", data_text.as_str()),
        ];
        let mut command = program(&["serve"], &[&own[..], settings].concat());
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
        let mut child = spawned.expect("it runs");
        let (output, complaints) = (child.stdout.take().expect("a pipe"), child.stderr.take().expect("a pipe"));
        let (tell, told) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if let Some(rest) = line.strip_prefix("Guichet listens on ") {
                    let _ = tell.send(rest.split(' ').next().unwrap_or_default().to_owned());
                }
            }
        });
        let log = Arc::new(Mutex::new(String::new()));
        let sink = Arc::clone(&log);
        std::thread::spawn(move || {
            for line in BufReader::new(complaints).lines().map_while(Result::ok) {
                sink.lock().expect("the log").push_str(&format!("{line}\n"));
            }
        });
        let told = tokio::task::spawn_blocking(move || told.recv_timeout(PATIENCE)).await.expect("no panic");
        let Ok(address) = told else {
            let _ = child.kill();
            panic!("the server did not start: {}", log.lock().expect("the log"));
        };
        let database = settings.iter().find(|(name, _)| *name == "DATABASE_URL").map(|(_, url)| (*url).to_owned());
        let database = database.unwrap_or_else(|| {
            let found = Launcher::new("guichet", data.join("postgres")).start().expect("its database runs");
            assert!(found.adopted());
            found.url("postgres")
        });
        let keys = Keys::open(data).expect("the server has made its keys");
        Self { client: Client::new(format!("http://{address}"), database, keys), child, log }
    }

    /// What it has logged by now.
    pub fn log(&self) -> String {
        self.log.lock().expect("the log").clone()
    }

    /// Ends it as an operator does, and waits.
    pub fn stop(mut self) {
        let pid = i32::try_from(self.child.id()).expect("a pid");
        // SAFETY: a plain system call, to our own child, which was not waited for.
        assert_eq!(unsafe { libc::kill(pid, libc::SIGTERM) }, 0);
        let begun = Instant::now();
        while self.child.try_wait().expect("our own child").is_none() {
            assert!(begun.elapsed() < PATIENCE, "the server does not end: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Ends it as a fault does.
    pub fn kill(mut self) {
        self.child.kill().expect("our own child");
        self.child.wait().expect("our own child");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts a server that must not start; what it says.
pub fn refused(data: &Path, settings: &[(&str, &str)]) -> String {
    let (data, services) = (data.display().to_string(), services().display().to_string());
    let own = [("GUICHET_LISTEN", "127.0.0.1:0"), ("GUICHET_SERVICES", &services), ("GUICHET_DATA", &data)];
    let mut command = program(&["serve"], &[&own[..], settings].concat());
    let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = spawned.expect("it runs");
    let begun = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().expect("our own child") {
            break status;
        }
        if begun.elapsed() > PATIENCE {
            let _ = child.kill();
            panic!("the server started");
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    assert!(!status.success());
    let mut said = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("text");
    said
}

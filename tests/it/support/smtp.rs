//! A real mail server process (aiosmtpd) that prints what it gets, and what arrived at it.

use std::io::{BufRead, BufReader};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// How long to wait for the process, and for mail: only a failing test waits so long.
const PATIENCE: Duration = Duration::from_secs(20);
const BEGIN: &str = "---------- MESSAGE FOLLOWS ----------";
const END: &str = "------------ END MESSAGE ------------";

/// The server; ends with the value.
pub struct SmtpServer {
    pub port: u16,
    process: Child,
    lines: Arc<Mutex<Vec<String>>>,
}

/// A mail as it arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    /// Unfolded, still encoded where they are not ASCII.
    headers: Vec<(String, String)>,
    /// Decoded.
    pub body: String,
}

impl Letter {
    /// The first header of this name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

impl SmtpServer {
    /// `python` is one that has the package aiosmtpd, such as [`SmtpServer::python`]; `most` the bytes of a message
    /// that it takes: beyond, it refuses for ever (552).
    pub fn start(python: &Path, most: Option<usize>) -> Self {
        let port =
            TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|l| l.local_addr()).expect("a free port").port();
        Self::start_on(python, port, most)
    }

    /// The same on a port that is known already.
    pub fn start_on(python: &Path, port: u16, most: Option<usize>) -> Self {
        let mut command = Command::new(python);
        command.args(["-u", "-m", "aiosmtpd", "-n", "-l", &format!("127.0.0.1:{port}")]);
        if let Some(most) = most {
            command.args(["-s", &most.to_string()]);
        }
        command.args(["-c", "aiosmtpd.handlers.Debugging", "stdout"]);
        let spawned = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
        let mut process = spawned.unwrap_or_else(|e| panic!("{} with aiosmtpd: {e}", python.display()));
        let output = process.stdout.take().expect("its output");
        let lines = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&lines);
        std::thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                sink.lock().expect("the lines").push(line);
            }
        });
        let server = Self { port, process, lines };
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        wait_until("the mail server", || TcpStream::connect_timeout(&address, PATIENCE).ok());
        server
    }

    /// The interpreter that the tests' own environment has.
    pub fn python() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("target/test-venv/bin/python")
    }

    pub fn pid(&self) -> u32 {
        self.process.id()
    }

    /// Waits until at least `count` letters have arrived; gives all.
    pub fn letters(&self, count: usize) -> Vec<Letter> {
        wait_until("letters", || Some(self.arrived()).filter(|letters| letters.len() >= count))
    }

    /// The letters that have arrived by now.
    pub fn arrived(&self) -> Vec<Letter> {
        let lines = self.lines.lock().expect("the lines").clone();
        let blocks = lines.split(|line| line == BEGIN).skip(1);
        blocks.filter_map(|block| Some(letter(&block[..block.iter().position(|line| line == END)?]))).collect()
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn wait_until<T>(what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
    let begun = Instant::now();
    loop {
        if let Some(value) = ready() {
            return value;
        }
        assert!(begun.elapsed() < PATIENCE, "{what} did not come");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn letter(lines: &[String]) -> Letter {
    let blank = lines.iter().position(String::is_empty).unwrap_or(lines.len());
    let mut headers: Vec<(String, String)> = Vec::new();
    for line in &lines[..blank] {
        match (line.starts_with([' ', '\t']), headers.last_mut(), line.split_once(": ")) {
            (true, Some((_, value)), _) => value.push_str(line),
            (_, _, Some((name, value))) => headers.push((name.to_owned(), value.to_owned())),
            _ => {}
        }
    }
    let text = lines.get(blank + 1..).unwrap_or_default();
    let mut letter = Letter { headers, body: String::new() };
    let bytes = match letter.header("Content-Transfer-Encoding") {
        Some("base64") => {
            use base64::Engine as _;
            base64::engine::general_purpose::STANDARD.decode(text.concat()).expect("base64")
        }
        Some("quoted-printable") => unquoted(&text.join("\n")),
        _ => text.join("\n").into_bytes(),
    };
    letter.body = String::from_utf8(bytes).expect("UTF-8").replace("\r\n", "\n").trim_end().to_owned();
    letter
}

/// RFC 2045, section 6.7.
fn unquoted(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut parts = text.split('=');
    bytes.extend(parts.next().unwrap_or_default().bytes());
    for part in parts {
        if let Some(rest) = part.strip_prefix('\n') {
            bytes.extend(rest.bytes());
            continue;
        }
        let (code, rest) = part.split_at(2);
        bytes.push(u8::from_str_radix(code, 16).expect("two hexadecimal digits"));
        bytes.extend(rest.bytes());
    }
    bytes
}

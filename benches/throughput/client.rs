//! The load: clients that each send their next request when the last one was answered, over connections that stay. As
//! little work as can be, since it shares the machine with what is measured.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// An answer takes no longer; else the run fails.
const PATIENCE: Duration = Duration::from_secs(30);
const HEAD_MAX: usize = 64 << 10;

/// What a run came to.
#[derive(Debug, Default, Clone)]
pub struct Figures {
    pub done: u64,
    pub seconds: f64,
    /// Microseconds of each answer, sorted.
    pub micros: Vec<u32>,
    /// Statuses that were not expected, and how often.
    pub wrong: Vec<(u16, u64)>,
    /// The first answer that was not expected.
    pub example: String,
}

impl Figures {
    pub fn per_second(&self) -> f64 {
        self.done as f64 / self.seconds
    }

    /// In milliseconds.
    pub fn percentile(&self, share: f64) -> f64 {
        let last = self.micros.len().saturating_sub(1);
        let at = (last as f64 * share).round() as usize;
        self.micros.get(at).map_or(0.0, |m| f64::from(*m) / 1_000.0)
    }
}

/// Runs `clients` for `seconds` against the address. `next` gives the bytes of a client's next request, or none where
/// there is nothing left to do. `good` says which statuses are expected.
pub async fn run(
    address: &str,
    clients: usize,
    seconds: f64,
    good: &[u16],
    next: impl FnMut(usize) -> Option<Vec<u8>> + 'static,
) -> Figures {
    let figures = Rc::new(RefCell::new(Figures::default()));
    let next = Rc::new(RefCell::new(next));
    let good: Rc<[u16]> = good.into();
    let began = Instant::now();
    let until = began + Duration::from_secs_f64(seconds);
    let local = tokio::task::LocalSet::new();
    local
        .run_until(async {
            let tasks = (0..clients).map(|client| {
                let (figures, next, good, address) = (figures.clone(), next.clone(), good.clone(), address.to_owned());
                tokio::task::spawn_local(async move {
                    let mut stream = TcpStream::connect(&address).await.expect("the server takes connections");
                    stream.set_nodelay(true).expect("a socket");
                    let mut buffer = Vec::with_capacity(64 << 10);
                    while Instant::now() < until {
                        let Some(request) = (next.borrow_mut())(client) else { break };
                        let sent = Instant::now();
                        stream.write_all(&request).await.expect("the request goes out");
                        let answer = tokio::time::timeout(PATIENCE, read(&mut stream, &mut buffer)).await;
                        let (status, body) = answer.expect("an answer in time").expect("an answer");
                        let took = u32::try_from(sent.elapsed().as_micros()).unwrap_or(u32::MAX);
                        let mut figures = figures.borrow_mut();
                        if good.contains(&status) {
                            figures.done += 1;
                            figures.micros.push(took);
                        } else {
                            wrong(&mut figures, status, &buffer[body..]);
                        }
                    }
                })
            });
            for task in tasks.collect::<Vec<_>>() {
                task.await.expect("a client ends");
            }
        })
        .await;
    let mut figures = figures.take();
    figures.seconds = began.elapsed().as_secs_f64();
    figures.micros.sort_unstable();
    figures
}

fn wrong(figures: &mut Figures, status: u16, body: &[u8]) {
    if figures.example.is_empty() {
        figures.example = format!("{status}: {}", String::from_utf8_lossy(body));
    }
    match figures.wrong.iter_mut().find(|(known, _)| *known == status) {
        Some((_, count)) => *count += 1,
        None => figures.wrong.push((status, 1)),
    }
}

/// Reads one answer into the buffer; gives its status and where its body begins.
async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> std::io::Result<(u16, usize)> {
    buffer.clear();
    let cut = || std::io::Error::other("the answer is cut short");
    let head = loop {
        if stream.read_buf(buffer).await? == 0 {
            return Err(cut());
        }
        if let Some(at) = find(buffer, b"\r\n\r\n") {
            break at + 4;
        }
        if buffer.len() > HEAD_MAX {
            return Err(std::io::Error::other("the head is too long"));
        }
    };
    let status = std::str::from_utf8(&buffer[9..12]).ok().and_then(|s| s.parse().ok()).unwrap_or(0);
    let length = length(&buffer[..head]).unwrap_or(0);
    while buffer.len() < head + length {
        if stream.read_buf(buffer).await? == 0 {
            return Err(cut());
        }
    }
    Ok((status, head))
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}

fn length(head: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"content-length:";
    let line = head
        .split(|b| *b == b'\n')
        .find(|line| line.len() > NAME.len() && line[..NAME.len()].eq_ignore_ascii_case(NAME))?;
    std::str::from_utf8(&line[NAME.len()..]).ok()?.trim().parse().ok()
}

/// A request with these headers and this body.
pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Vec<u8> {
    let mut out = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n");
    for (name, value) in headers {
        out.push_str(name);
        out.push_str(": ");
        out.push_str(value);
        out.push_str("\r\n");
    }
    if !body.is_empty() {
        out.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
    }
    out.push_str("\r\n");
    out.push_str(body);
    out.into_bytes()
}

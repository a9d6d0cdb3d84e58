//! A connection, watched. The web framework asks a client to hurry with the head of its first request, and then no more:
//! a second head, the rest of a refused body or an answer that is not read may take for ever. Promises that a connection
//! ends within a bounded time where its client sends or reads next to nothing, and that no single address has more than
//! its share of them. Time of the handling itself is bounded in `limits`.

use std::cell::Cell;
use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use actix_web::rt::net::TcpStream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

use super::rates::{REFUSED, customer};
use crate::kernel::settings::{Network, Settings};

/// How long a client may take to send the head of a request, at most.
const HEAD: Duration = Duration::from_secs(10);
/// How long an idle connection is kept.
pub const IDLE: Duration = Duration::from_secs(75);
/// How long a connection that is being closed is waited for. Where the web framework can end a connection, it does so
/// by so much earlier than we, and tells the client why.
pub const GOODBYE: Duration = Duration::from_secs(2);
/// A client may take so many times as long to read an answer as its making may take.
const READERS: u32 = 2;
/// Who has no more than so many is never refused: an office behind one address.
const SHARE_LEAST: usize = 64;
/// Which part of all connections one address may have.
const SHARE: usize = 4;
/// Bytes a second that a reader takes at least, once its patience is used up.
const SLOWEST: u64 = 1_024;
/// How often a connection is looked at while one limit passes.
const LOOKS: u32 = 2;

/// How many connections an address has.
pub struct Doors {
    each: usize,
    /// Who speaks for many.
    proxies: Vec<Network>,
    /// By [`customer`]; no more entries than connections.
    within: Mutex<HashMap<u128, usize>>,
}

impl Doors {
    #[must_use]
    pub fn new(settings: &Settings) -> Arc<Self> {
        let each = (settings.connections / SHARE).max(SHARE_LEAST);
        Arc::new(Self { each, proxies: settings.trusted_proxies.clone(), within: Mutex::default() })
    }

    /// Lets somebody in; none where the address has its share already.
    #[must_use]
    pub fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Pass> {
        let counted = !self.proxies.iter().any(|network| network.has(address));
        let key = counted.then(|| customer(address));
        if let Some(key) = key {
            let mut within = self.within.lock().unwrap_or_else(PoisonError::into_inner);
            let count = within.entry(key).or_default();
            if *count >= self.each {
                metrics::counter!(REFUSED, "limit" => "connections").increment(1);
                return None;
            }
            *count += 1;
        }
        metrics::gauge!("guichet_connections").increment(1.0);
        Some(Pass { doors: Arc::clone(self), key })
    }
}

/// A connection that was let in; it has left when this is dropped.
pub struct Pass {
    doors: Arc<Doors>,
    key: Option<u128>,
}

impl Drop for Pass {
    fn drop(&mut self) {
        metrics::gauge!("guichet_connections").decrement(1.0);
        let Some(key) = self.key else { return };
        let mut within = self.doors.within.lock().unwrap_or_else(PoisonError::into_inner);
        match within.get_mut(&key) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(within.remove(&key)),
        }
    }
}

/// How long a client may take.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// From the first byte of a head to its last.
    pub head: Duration,
    /// Without any request.
    pub idle: Duration,
    /// To read what it asked for, before it must keep a rate.
    pub answer: Duration,
}

impl Patience {
    #[must_use]
    pub fn new(settings: &Settings) -> Self {
        let request = Duration::from_secs(settings.request_seconds.into());
        let head = HEAD.min(request);
        Self { head, idle: IDLE, answer: request * READERS }
    }
}

/// What requests and their connection know of each other: an extension of every request.
pub struct Line {
    under_way: Cell<bool>,
    /// When the last request ended.
    since: Cell<Instant>,
    /// When something came that is no request yet.
    begun: Cell<Option<Instant>>,
}

impl Line {
    /// A request has come whole; it ends when this is dropped.
    #[must_use]
    pub fn request(self: &Rc<Self>) -> Busy {
        self.under_way.set(true);
        self.begun.set(None);
        Busy(Rc::clone(self))
    }
}

/// A request under way.
pub struct Busy(Rc<Line>);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.under_way.set(false);
        self.0.since.set(Instant::now());
    }
}

/// The client does not take what it asked for.
struct Blocked {
    since: Instant,
    sent: u64,
}

/// The connection itself.
pub struct Wire {
    io: TcpStream,
    line: Rc<Line>,
    patience: Patience,
    pulse: Pin<Box<Sleep>>,
    every: Duration,
    blocked: Option<Blocked>,
    /// Since it was looked at last.
    has_sent: bool,
    _pass: Pass,
}

impl Wire {
    #[must_use]
    pub fn new(io: TcpStream, patience: Patience, pass: Pass) -> Self {
        let now = Instant::now();
        let every = patience.head / LOOKS;
        let line = Line { under_way: Cell::new(false), since: Cell::new(now), begun: Cell::new(None) };
        let pulse = Box::pin(tokio::time::sleep_until(now + every));
        Self { io, line: Rc::new(line), patience, pulse, every, blocked: None, has_sent: false, _pass: pass }
    }

    #[must_use]
    pub fn line(&self) -> Rc<Line> {
        Rc::clone(&self.line)
    }

    /// Looks at the connection now and then; the timer wakes whoever reads or writes.
    fn look(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        while self.pulse.as_mut().poll(cx).is_ready() {
            let now = Instant::now();
            if let Some(why) = self.overdue(now) {
                metrics::counter!(CUT, "why" => why).increment(1);
                return Err(io::Error::new(io::ErrorKind::TimedOut, "the client is too slow"));
            }
            self.pulse.as_mut().reset(now + self.every);
        }
        Ok(())
    }

    /// Which limit has passed.
    fn overdue(&mut self, now: Instant) -> Option<&'static str> {
        if let Some(Blocked { since, sent }) = self.blocked {
            let allowed = self.patience.answer + Duration::from_secs(sent / SLOWEST);
            return (now - since > allowed).then_some("answer");
        }
        if self.line.under_way.get() {
            return None;
        }
        if std::mem::take(&mut self.has_sent) {
            // An answer is on its way, which may take its time; what follows it is measured from its end.
            self.line.since.set(now);
            self.line.begun.set(self.line.begun.get().map(|_| now));
            return None;
        }
        if self.line.begun.get().is_some_and(|begun| now - begun > self.patience.head + GOODBYE) {
            return Some("head");
        }
        (now - self.line.since.get() > self.patience.idle + self.patience.head + GOODBYE).then_some("idle")
    }

    fn written(&mut self, done: &Poll<io::Result<usize>>, wanted: usize) {
        match done {
            Poll::Pending => drop(self.blocked.get_or_insert(Blocked { since: Instant::now(), sent: 0 })),
            Poll::Ready(Ok(count)) => {
                self.has_sent = true;
                match &mut self.blocked {
                    Some(blocked) if *count < wanted => blocked.sent += *count as u64,
                    _ => self.blocked = None,
                }
            }
            Poll::Ready(Err(_)) => {}
        }
    }
}

const CUT: &str = "guichet_connections_cut_total";

impl AsyncRead for Wire {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.look(cx)?;
        let before = buf.filled().len();
        let read = Pin::new(&mut this.io).poll_read(cx, buf);
        let line = &this.line;
        if buf.filled().len() > before && !line.under_way.get() && line.begun.get().is_none() {
            line.begun.set(Some(Instant::now()));
        }
        read
    }
}

impl AsyncWrite for Wire {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.look(cx)?;
        let done = Pin::new(&mut this.io).poll_write(cx, buf);
        this.written(&done, buf.len());
        done
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.look(cx)?;
        Pin::new(&mut this.io).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.look(cx)?;
        Pin::new(&mut this.io).poll_shutdown(cx)
    }
}

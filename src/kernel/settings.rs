//! What the operator sets, read once from the environment into types. Promises that a wrong value stops the start with
//! a sentence that names the variable, that nothing secret is ever printed, and that [`table`] is the one list that the
//! help and the manual show. Decides nothing by itself; opens no file and no connection.

mod limits;
mod read;
mod sms;
pub mod table;

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use serde_json::{Map, Value};

pub use limits::{Network, Rate};
pub use table::{SETTINGS, Setting};

/// A value that is never printed or logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself: to be handed to the one who needs it, not kept.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

/// A setting that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{variable} {sentence}")]
pub struct SettingFault {
    pub variable: &'static str,
    /// What is wrong with it, as the rest of a sentence that begins with its name. Holds no secret.
    pub sentence: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub listen: SocketAddr,
    /// Keys, documents and the embedded database.
    pub data: PathBuf,
    pub services: PathBuf,
    /// Without a slash at the end.
    pub public_url: String,
    /// None: the embedded database.
    pub database_url: Option<Secret>,
    /// Connections at most.
    pub database_pool: usize,
    /// Loads the demo country and starts the sandbox of payments.
    pub demo: bool,
    /// None: the development issuer, which a listener beyond loopback refuses.
    pub issuer: Option<Issuer>,
    /// Seconds for which it is believed who a caller is.
    pub standing_seconds: u8,
    pub smtp: Option<Smtp>,
    pub sms: Option<Sms>,
    pub documents: Documents,
    pub clamd: Option<SocketAddr>,
    pub payment_provider: Option<PaymentProvider>,
    /// Where the sandbox of payments listens in demo mode.
    pub sandbox_listen: SocketAddr,
    /// Days after which a draft that nobody submitted ends.
    pub draft_days: u16,
    /// Bytes of one file at most.
    pub max_upload: u64,
    /// How long requests under way and jobs in hand may take to end when the server is told to stop.
    pub shutdown: Duration,
    /// Authorities to be believed beside those of the web, in PEM.
    pub ca_file: Option<PathBuf>,
    /// Connections of clients at most.
    pub connections: usize,
    /// Seconds that a request may take; an upload twenty times as long.
    pub request_seconds: u16,
    /// How often one address may ask.
    pub rate_address: Option<Rate>,
    /// How often one caller may ask.
    pub rate_caller: Option<Rate>,
    /// Who is believed when it says for whom it asks.
    pub trusted_proxies: Vec<Network>,
    /// Where spans are sent, without a slash at the end.
    pub otlp: Option<String>,
    /// What the keys in a backup are encrypted under.
    pub backup_passphrase: Option<Secret>,
    /// Filter of the log, as `tracing` writes it.
    pub log: String,
}

/// Whose tokens are taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    /// Exactly as it stands in `iss`.
    pub url: String,
    pub audience: String,
    pub jwks_url: String,
    /// Names out of [`table::ALGORITHMS`].
    pub algorithms: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Smtp {
    pub host: String,
    pub port: u16,
    pub login: Option<(String, Secret)>,
    pub tls: SmtpTls,
    /// The sender's address.
    pub from: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// Only to the machine itself.
    None,
    StartTls,
    Tls,
}

/// A gateway that sends SMS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sms {
    pub url: String,
    /// Sent as `Authorization: Bearer`.
    pub token: Option<Secret>,
    pub sender: Option<String>,
    /// What it is sent; its texts name `{to}`, `{text}`, `{sender}`, `{id}` and `{receipts}`.
    pub body: Map<String, Value>,
    /// As a form, instead of JSON.
    pub form: bool,
    /// JSON pointer to its own number of the message in its answer.
    pub reference: String,
    /// None: it tells nothing of what became of a message.
    pub receipts: Option<SmsReceipts>,
}

/// What the gateway tells of messages that it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SmsReceipts {
    /// Signs them.
    pub secret: Secret,
    /// Words for a message that has arrived, in small letters.
    pub delivered: Vec<String>,
    /// Words for one that never will.
    pub failed: Vec<String>,
}

/// Where documents are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Documents {
    Folder(PathBuf),
    S3(S3),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct S3 {
    pub endpoint: String,
    pub bucket: String,
    pub region: String,
    pub access_key: String,
    pub secret_key: Secret,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentProvider {
    pub url: String,
    /// Signs its callbacks.
    pub secret: Secret,
}

impl Settings {
    /// Reads all settings; `get` gives the value of a variable.
    ///
    /// # Errors
    /// The first setting that cannot be used.
    pub fn read(get: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingFault> {
        read::settings(get)
    }

    /// The names among these that begin like ours and are none: most likely a slip.
    #[must_use]
    pub fn unknown(names: impl IntoIterator<Item = String>) -> Vec<String> {
        let known = |name: &str| SETTINGS.iter().any(|s| s.name == name);
        let mut names: Vec<_> =
            names.into_iter().filter(|n| n.starts_with("GUICHET_") && !known(n)).take(table::WARNINGS_MAX).collect();
        names.sort();
        names
    }

    /// How the connections are parted between the jobs and each of so many threads that serve requests; none for
    /// these where there are too few to part: then all share.
    #[must_use]
    pub fn pools(&self, threads: usize) -> (usize, Option<usize>) {
        let all = self.database_pool;
        if all < 2 + 2 * threads {
            return (all, None);
        }
        let jobs = (all / 4).clamp(2, 8);
        (jobs, Some((all - jobs) / threads))
    }

    /// Whether only this machine reaches the listener.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        self.listen.ip().is_loopback()
    }
}

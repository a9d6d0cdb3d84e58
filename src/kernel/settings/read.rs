//! From words to types.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::limits::{MaybeRate, Networks};
use super::sms::sms;
use super::table::ALGORITHMS;
use super::{Documents, Issuer, Network, PaymentProvider, Rate, S3, Secret, SettingFault, Settings, Smtp, SmtpTls};
use crate::kernel::outbound;

const POOL_MAX: usize = 1_000;
const DRAFT_DAYS_MAX: u16 = 3_650;
const UPLOAD_MAX: u64 = 1 << 30;
const SHUTDOWN_MAX: u64 = 300;
const CONNECTIONS_MAX: usize = 1_000_000;
const REQUEST_SECONDS_MAX: u16 = 3_600;
/// Shortest secret that is shared with another system, in characters.
pub(super) const SECRET_MIN: usize = 16;

pub(super) type Read<T> = Result<T, SettingFault>;

pub(super) fn fault<T>(variable: &'static str, sentence: impl Into<String>) -> Read<T> {
    Err(SettingFault { variable, sentence: sentence.into() })
}

/// Where values come from. Blank is the same as absent.
pub(super) struct Source<'a>(&'a dyn Fn(&str) -> Option<String>);

impl Source<'_> {
    pub(super) fn text(&self, name: &str) -> Option<String> {
        (self.0)(name).map(|v| v.trim().to_owned()).filter(|v| !v.is_empty())
    }

    fn parsed<T: FromStr>(&self, name: &'static str, wanted: &str) -> Read<Option<T>> {
        match self.text(name) {
            None => Ok(None),
            Some(text) => match text.parse() {
                Ok(value) => Ok(Some(value)),
                Err(_) => fault(name, format!("must be {wanted}; it is \"{text}\"")),
            },
        }
    }

    fn address(&self, name: &'static str) -> Read<Option<SocketAddr>> {
        self.parsed(name, "an IP address and a port such as 127.0.0.1:8080")
    }

    fn ranged<T: FromStr + PartialOrd + std::fmt::Display>(
        &self,
        name: &'static str,
        default: T,
        least: T,
        most: T,
    ) -> Read<T> {
        let wanted = format!("a whole number from {least} to {most}");
        let value = self.parsed(name, &wanted)?.unwrap_or(default);
        if value < least || value > most {
            return fault(name, format!("must be {wanted}; it is \"{value}\""));
        }
        Ok(value)
    }

    fn rate(&self, name: &'static str, per_second: u32, burst: u32) -> Read<Option<Rate>> {
        let wanted = "requests a second and, after a comma, at once, such as 100,1000; or 0 for no limit";
        let read: Option<MaybeRate> = self.parsed(name, wanted)?;
        Ok(read.map_or(Some(Rate { per_second, burst }), |rate| rate.0))
    }

    fn url(&self, name: &'static str) -> Read<Option<String>> {
        let Some(text) = self.text(name) else { return Ok(None) };
        match outbound::check_url(&text) {
            Ok(()) => Ok(Some(text.trim_end_matches('/').to_owned())),
            Err(why) => fault(name, why),
        }
    }

    fn required(&self, name: &'static str, because: &str) -> Read<String> {
        self.text(name).map_or_else(|| fault(name, format!("is required, since {because} is set")), Ok)
    }

    /// Half of a group without its head is a slip.
    pub(super) fn none_without(&self, head: &str, members: &[&'static str]) -> Read<()> {
        match members.iter().find(|name| self.text(name).is_some()) {
            Some(name) => fault(name, format!("has no meaning without {head}")),
            None => Ok(()),
        }
    }
}

pub(super) fn settings(get: &dyn Fn(&str) -> Option<String>) -> Read<Settings> {
    let from = Source(get);
    let listen = from.address("GUICHET_LISTEN")?.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
    let data = PathBuf::from(from.text("GUICHET_DATA").unwrap_or_else(|| ".guichet".into()));
    let issuer = issuer(&from)?;
    let wanted = "true or false";
    let demo = from.parsed("GUICHET_DEMO", wanted)?.unwrap_or(issuer.is_none() && listen.ip().is_loopback());
    let sandbox_listen =
        from.address("GUICHET_SANDBOX_LISTEN")?.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8081)));
    if !sandbox_listen.ip().is_loopback() {
        return fault("GUICHET_SANDBOX_LISTEN", "must be a loopback address: the sandbox plays a payment provider");
    }
    Ok(Settings {
        public_url: public_url(&from, listen)?,
        services: PathBuf::from(from.text("GUICHET_SERVICES").unwrap_or_else(|| "services".into())),
        database_url: database(&from)?,
        database_pool: from.ranged("GUICHET_DATABASE_POOL", default_pool(), 1, POOL_MAX)?,
        standing_seconds: from.ranged("GUICHET_STANDING_SECONDS", 30, 0, 60)?,
        smtp: smtp(&from)?,
        sms: sms(&from)?,
        documents: documents(&from, &data)?,
        clamd: from.address("GUICHET_CLAMD")?,
        payment_provider: payment(&from)?,
        draft_days: from.ranged("GUICHET_DRAFT_DAYS", 30, 1, DRAFT_DAYS_MAX)?,
        max_upload: upload(&from)?,
        shutdown: Duration::from_secs(from.ranged("GUICHET_SHUTDOWN_SECONDS", 10, 1, SHUTDOWN_MAX)?),
        ca_file: from.text("GUICHET_CA_FILE").map(PathBuf::from),
        connections: from.ranged("GUICHET_CONNECTIONS", 8_192, 1, CONNECTIONS_MAX)?,
        request_seconds: from.ranged("GUICHET_REQUEST_SECONDS", 30, 1, REQUEST_SECONDS_MAX)?,
        rate_address: from.rate("GUICHET_RATE_ADDRESS", 1_000, 10_000)?,
        rate_caller: from.rate("GUICHET_RATE_CALLER", 100, 1_000)?,
        trusted_proxies: proxies(&from)?,
        otlp: from.url("GUICHET_OTLP")?,
        backup_passphrase: passphrase(&from)?,
        log: from.text("GUICHET_LOG").unwrap_or_else(|| "info".into()),
        listen,
        data,
        demo,
        issuer,
        sandbox_listen,
    })
}

/// Four for the jobs, and ten for each thread that serves requests.
fn default_pool() -> usize {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    (4 + 10 * cores).min(60)
}

fn proxies(from: &Source<'_>) -> Read<Vec<Network>> {
    let wanted = "addresses and networks such as 127.0.0.1,10.0.0.0/8";
    let read: Option<Networks> = from.parsed("GUICHET_TRUSTED_PROXIES", wanted)?;
    Ok(read.map(|all| all.0).unwrap_or_default())
}

fn public_url(from: &Source<'_>, listen: SocketAddr) -> Read<String> {
    const NAME: &str = "GUICHET_PUBLIC_URL";
    let Some(text) = from.text(NAME) else {
        if listen.ip().is_loopback() {
            return Ok(format!("http://{listen}"));
        }
        // It stands in every message and certificate, and nobody reaches 0.0.0.0.
        return fault(NAME, "is required, since others than this machine reach GUICHET_LISTEN");
    };
    // Behind a proxy that speaks TLS, or on a closed network, plain HTTP is the operator's choice here.
    if let Err(why) = outbound::check_form(&text) {
        return fault(NAME, why);
    }
    if text.contains(['?', '#']) {
        return fault(NAME, "must not hold a query or a fragment");
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// The value is not repeated in a sentence: it holds a password.
fn database(from: &Source<'_>) -> Read<Option<Secret>> {
    const NAME: &str = "DATABASE_URL";
    let Some(text) = from.text(NAME) else { return Ok(None) };
    if !text.starts_with("postgres://") && !text.starts_with("postgresql://") {
        return fault(NAME, "must begin with postgres:// or postgresql://");
    }
    Ok(Some(Secret::new(text)))
}

fn issuer(from: &Source<'_>) -> Read<Option<Issuer>> {
    // The issuer is compared letter by letter with `iss`: a slash at its end counts.
    let Some(url) = from.text("GUICHET_ISSUER") else {
        from.none_without("GUICHET_ISSUER", &["GUICHET_JWKS_URL", "GUICHET_AUDIENCE", "GUICHET_ALGORITHMS"])?;
        return Ok(None);
    };
    if let Err(why) = outbound::check_form(&url) {
        return fault("GUICHET_ISSUER", why);
    }
    from.required("GUICHET_JWKS_URL", "GUICHET_ISSUER")?;
    let list = from.text("GUICHET_ALGORITHMS").unwrap_or_else(|| "RS256,ES256,EdDSA".into());
    let algorithms: Vec<String> = list.split(',').map(|a| a.trim().to_owned()).collect();
    if let Some(wrong) = algorithms.iter().find(|a| !ALGORITHMS.contains(&a.as_str())) {
        return fault(
            "GUICHET_ALGORITHMS",
            format!("must list some of {}; \"{wrong}\" is not taken", ALGORITHMS.join(", ")),
        );
    }
    Ok(Some(Issuer {
        url,
        audience: from.text("GUICHET_AUDIENCE").unwrap_or_else(|| "guichet".into()),
        jwks_url: from.url("GUICHET_JWKS_URL")?.unwrap_or_default(),
        algorithms,
    }))
}

fn smtp(from: &Source<'_>) -> Read<Option<Smtp>> {
    const HOST: &str = "GUICHET_SMTP_HOST";
    let Some(host) = from.text(HOST) else {
        let members = [
            "GUICHET_SMTP_PORT",
            "GUICHET_SMTP_TLS",
            "GUICHET_SMTP_USER",
            "GUICHET_SMTP_PASSWORD",
            "GUICHET_SMTP_FROM",
        ];
        from.none_without(HOST, &members)?;
        return Ok(None);
    };
    let (tls, port) = match from.text("GUICHET_SMTP_TLS").as_deref() {
        None | Some("starttls") => (SmtpTls::StartTls, 587),
        Some("tls") => (SmtpTls::Tls, 465),
        Some("none") if outbound::is_local(&host) => (SmtpTls::None, 25),
        Some("none") => return fault("GUICHET_SMTP_TLS", "may be none only where GUICHET_SMTP_HOST is this machine"),
        Some(other) => return fault("GUICHET_SMTP_TLS", format!("must be tls, starttls or none; it is \"{other}\"")),
    };
    let login = match (from.text("GUICHET_SMTP_USER"), from.text("GUICHET_SMTP_PASSWORD")) {
        (Some(user), Some(password)) => Some((user, Secret::new(password))),
        (None, None) => None,
        (None, Some(_)) => return fault("GUICHET_SMTP_USER", "is required, since GUICHET_SMTP_PASSWORD is set"),
        (Some(_), None) => return fault("GUICHET_SMTP_PASSWORD", "is required, since GUICHET_SMTP_USER is set"),
    };
    let sender = from.required("GUICHET_SMTP_FROM", HOST)?;
    if sender.parse::<lettre::message::Mailbox>().is_err() {
        return fault("GUICHET_SMTP_FROM", format!("must be an e-mail address; it is \"{sender}\""));
    }
    Ok(Some(Smtp { host, port: from.ranged("GUICHET_SMTP_PORT", port, 1, u16::MAX)?, login, tls, from: sender }))
}

fn documents(from: &Source<'_>, data: &std::path::Path) -> Read<Documents> {
    const ENDPOINT: &str = "GUICHET_S3_ENDPOINT";
    let Some(endpoint) = from.url(ENDPOINT)? else {
        let members = ["GUICHET_S3_BUCKET", "GUICHET_S3_REGION", "GUICHET_S3_ACCESS_KEY", "GUICHET_S3_SECRET_KEY"];
        from.none_without(ENDPOINT, &members)?;
        return Ok(Documents::Folder(data.join("documents")));
    };
    Ok(Documents::S3(S3 {
        endpoint,
        bucket: from.required("GUICHET_S3_BUCKET", ENDPOINT)?,
        region: from.text("GUICHET_S3_REGION").unwrap_or_else(|| "us-east-1".into()),
        access_key: from.required("GUICHET_S3_ACCESS_KEY", ENDPOINT)?,
        secret_key: Secret::new(from.required("GUICHET_S3_SECRET_KEY", ENDPOINT)?),
    }))
}

fn payment(from: &Source<'_>) -> Read<Option<PaymentProvider>> {
    const SECRET: &str = "GUICHET_PAYMENT_SECRET";
    let Some(url) = from.url("GUICHET_PAYMENT_URL")? else {
        from.none_without("GUICHET_PAYMENT_URL", &[SECRET])?;
        return Ok(None);
    };
    let secret = from.required(SECRET, "GUICHET_PAYMENT_URL")?;
    if secret.chars().count() < SECRET_MIN {
        return fault(SECRET, format!("must have at least {SECRET_MIN} characters"));
    }
    Ok(Some(PaymentProvider { url, secret: Secret::new(secret) }))
}

/// Whoever has the backup may guess without end, so it is long.
fn passphrase(from: &Source<'_>) -> Read<Option<Secret>> {
    const NAME: &str = "GUICHET_BACKUP_PASSPHRASE";
    match from.text(NAME) {
        Some(text) if text.chars().count() < SECRET_MIN => {
            fault(NAME, format!("must have at least {SECRET_MIN} characters"))
        }
        text => Ok(text.map(Secret::new)),
    }
}

/// A size such as `20 MiB`; a bare number is bytes.
fn upload(from: &Source<'_>) -> Read<u64> {
    const NAME: &str = "GUICHET_MAX_UPLOAD";
    let text = from.text(NAME).unwrap_or_else(|| "20 MiB".into());
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let unit = match unit.trim() {
        "" | "B" => Some(1),
        "KiB" => Some(1 << 10),
        "MiB" => Some(1 << 20),
        "GiB" => Some(1 << 30),
        _ => None,
    };
    let size = number.parse::<u64>().ok().zip(unit).and_then(|(n, unit)| n.checked_mul(unit));
    match size {
        Some(size) if (1..=UPLOAD_MAX).contains(&size) => Ok(size),
        _ => fault(NAME, format!("must be a size up to 1 GiB such as 20 MiB; it is \"{text}\"")),
    }
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;

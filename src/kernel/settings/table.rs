//! The one list of settings: what the help and the manual show.

use std::fmt::Write;

use super::sms::{DELIVERED_WORDS, FAILED_WORDS};

/// One setting as an operator sees it.
#[derive(Debug)]
pub struct Setting {
    pub name: &'static str,
    /// The default in words; empty where there is none.
    pub default: &'static str,
    pub about: &'static str,
}

/// Algorithms that an issuer may sign with. None with a shared secret, and `none` least of all.
pub const ALGORITHMS: [&str; 9] = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA"];

/// Unknown variables that are told at most.
pub(super) const WARNINGS_MAX: usize = 20;

const fn setting(name: &'static str, default: &'static str, about: &'static str) -> Setting {
    Setting { name, default, about }
}

pub const SETTINGS: &[Setting] = &[
    setting("GUICHET_LISTEN", "127.0.0.1:8080", "Address and port of the server."),
    setting(
        "GUICHET_PUBLIC_URL",
        "http://<GUICHET_LISTEN> on loopback",
        "How the server is reached from outside; stands in certificates and messages; required beyond loopback.",
    ),
    setting("GUICHET_DATA", ".guichet", "Folder of keys, documents and the embedded database."),
    setting("GUICHET_SERVICES", "services", "Folder of the service definitions."),
    setting(
        "GUICHET_LOG",
        "info",
        "What is logged: a level, or a filter such as info,guichet=debug; of others' code never below info.",
    ),
    setting("DATABASE_URL", "", "PostgreSQL 15 or newer; without it an embedded database is started."),
    setting(
        "GUICHET_DATABASE_POOL",
        "4, and 10 for each core; 60 at most",
        "Connections to the database at most (1 to 1000).",
    ),
    setting(
        "GUICHET_CA_FILE",
        "",
        "Certificate authorities (PEM) to believe beside those of the web: database, issuer, mail, SMS, documents, payments.",
    ),
    setting(
        "GUICHET_DEMO",
        "true without an issuer on loopback, else false",
        "Loads the demo country and starts the payment sandbox.",
    ),
    setting(
        "GUICHET_ISSUER",
        "",
        "Issuer of sign-in tokens, exactly as in their iss; without it the development issuer, on loopback only.",
    ),
    setting("GUICHET_AUDIENCE", "guichet", "Audience that tokens must name."),
    setting("GUICHET_JWKS_URL", "", "Where the issuer publishes its keys; required with GUICHET_ISSUER."),
    setting(
        "GUICHET_ALGORITHMS",
        "RS256,ES256,EdDSA",
        "Signature algorithms that are taken; never none or one with a shared secret.",
    ),
    setting(
        "GUICHET_STANDING_SECONDS",
        "30",
        "How long it is believed who a caller is, which posts are held and who is suspended (0 to 60).",
    ),
    setting("GUICHET_SMTP_HOST", "", "Mail server; without it notices go to the message boxes only."),
    setting("GUICHET_SMTP_PORT", "465 with tls, 587 with starttls, 25 with none", "Its port."),
    setting("GUICHET_SMTP_TLS", "starttls", "tls, starttls, or none (to this machine only)."),
    setting("GUICHET_SMTP_USER", "", "User at the mail server."),
    setting("GUICHET_SMTP_PASSWORD", "", "Password at the mail server."),
    setting("GUICHET_SMTP_FROM", "", "Sender of e-mails; required with GUICHET_SMTP_HOST."),
    setting("GUICHET_SMS_URL", "", "SMS gateway, which takes a POST for each message; without it there are no SMS."),
    setting("GUICHET_SMS_TOKEN", "", "Sent to it as Authorization: Bearer."),
    setting("GUICHET_SMS_SENDER", "", "Name or number that messages come from, where it asks for one."),
    setting(
        "GUICHET_SMS_BODY",
        "id, to, text, from, receipts",
        "What it is sent: a JSON object whose texts name {to}, {text}, {sender}, {id} and {receipts}.",
    ),
    setting("GUICHET_SMS_FORMAT", "json", "json or form: how that is written."),
    setting("GUICHET_SMS_REFERENCE", "/id", "JSON pointer to its own number of the message in its answer."),
    setting(
        "GUICHET_SMS_RECEIPT_SECRET",
        "",
        "Secret shared with it, which signs its delivery receipts; at least 16 characters; without it none are taken.",
    ),
    setting("GUICHET_SMS_DELIVERED", DELIVERED_WORDS, "Words of a receipt for a message that has arrived."),
    setting("GUICHET_SMS_FAILED", FAILED_WORDS, "Words of a receipt for one that never will."),
    setting("GUICHET_S3_ENDPOINT", "", "S3-compatible store for documents; without it a folder under GUICHET_DATA."),
    setting("GUICHET_S3_BUCKET", "", "Its bucket."),
    setting("GUICHET_S3_REGION", "us-east-1", "Its region."),
    setting("GUICHET_S3_ACCESS_KEY", "", "Its access key."),
    setting("GUICHET_S3_SECRET_KEY", "", "Its secret key."),
    setting("GUICHET_CLAMD", "", "Address and port of a virus scanner that speaks the clamd protocol."),
    setting("GUICHET_PAYMENT_URL", "", "Payment provider; in demo mode the sandbox."),
    setting("GUICHET_PAYMENT_SECRET", "", "Secret shared with it, which signs its callbacks; at least 16 characters."),
    setting(
        "GUICHET_SANDBOX_LISTEN",
        "127.0.0.1:8081",
        "Address and port of the payment sandbox in demo mode; loopback only.",
    ),
    setting("PG_BIN_DIR", "", "Folder of PostgreSQL's programs for the embedded database; without it the usual ones."),
    setting("GUICHET_DRAFT_DAYS", "30", "Days after which a draft that was not submitted ends (1 to 3650)."),
    setting("GUICHET_MAX_UPLOAD", "20 MiB", "Largest file (up to 1 GiB)."),
    setting(
        "GUICHET_SHUTDOWN_SECONDS",
        "10",
        "How long requests and jobs under way may take to end once the server is told to stop (1 to 300).",
    ),
    setting("GUICHET_CONNECTIONS", "8192", "Connections of clients at most; further ones wait (1 to 1000000)."),
    setting(
        "GUICHET_REQUEST_SECONDS",
        "30",
        "Seconds that a request may take; an upload may take twenty times as long (1 to 3600).",
    ),
    setting(
        "GUICHET_RATE_ADDRESS",
        "1000,10000",
        "Requests a second from one address and, after the comma, at once; 0 for no limit.",
    ),
    setting(
        "GUICHET_RATE_CALLER",
        "100,1000",
        "Requests a second by one signed-in caller and, after the comma, at once; 0 for no limit.",
    ),
    setting(
        "GUICHET_TRUSTED_PROXIES",
        "",
        "Addresses and networks of proxies whose X-Forwarded-For is believed, separated by commas.",
    ),
    setting("GUICHET_OTLP", "", "Collector of OpenTelemetry traces (OTLP over HTTP), such as http://127.0.0.1:4318."),
    setting(
        "GUICHET_BACKUP_PASSPHRASE",
        "",
        "Encrypts the keys in a backup; required by backup and restore, at least 16 characters.",
    ),
];

/// The settings as the help shows them.
#[must_use]
pub fn help() -> String {
    let mut out = String::from("Settings, from the environment:\n");
    for setting in SETTINGS {
        let default =
            if setting.default.is_empty() { String::new() } else { format!(" [default: {}]", setting.default) };
        let _ = write!(out, "  {}\n          {}{default}\n", setting.name, setting.about);
    }
    out
}

/// The settings as the table of the manual.
#[must_use]
pub fn markdown() -> String {
    let mut out = String::from("| Variable | Default | Meaning |\n|---|---|---|\n");
    for setting in SETTINGS {
        let default = if setting.default.is_empty() { "–".to_owned() } else { format!("`{}`", setting.default) };
        let _ = writeln!(out, "| `{}` | {default} | {} |", setting.name, setting.about);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manual_shows_every_setting() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/configuration.md");
        let manual = std::fs::read_to_string(path).expect("the manual");
        assert!(manual.contains(&markdown()), "docs/configuration.md must hold this table:\n{}", markdown());
    }

    #[test]
    fn no_setting_stands_twice() {
        let names: std::collections::BTreeSet<_> = SETTINGS.iter().map(|s| s.name).collect();
        assert_eq!(names.len(), SETTINGS.len());
    }
}

//! Where the database is, and how the way there is secured.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use diesel_async::AsyncPgConnection;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use tokio_postgres::config::{Host, SslMode};

use crate::kernel::{Error, Result, outbound};

/// libpq's own name for it; taken out of the URL, as the driver does not know it.
const CA: &str = "sslrootcert";

/// The URL with the file of the authorities that vouch for the server, in place of the public ones.
#[must_use]
pub fn with_authority(url: &str, file: &Path) -> String {
    let encoded: String = file.to_string_lossy().bytes().map(|byte| format!("%{byte:02X}")).collect();
    format!("{url}{}{CA}={encoded}", if url.contains('?') { '&' } else { '?' })
}

/// A URL, read.
pub(super) struct Target {
    config: tokio_postgres::Config,
    authority: Option<PathBuf>,
}

impl Target {
    /// # Errors
    /// Where the URL cannot be read. The sentence holds no password.
    pub(super) fn parse(url: &str) -> Result<Self> {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let (ours, theirs): (Vec<_>, Vec<_>) =
            query.split('&').filter(|p| !p.is_empty()).partition(|p| p.split('=').next() == Some(CA));
        let bare = if theirs.is_empty() { base.to_owned() } else { format!("{base}?{}", theirs.join("&")) };
        let config = bare.parse().map_err(|e| Error::internal(format!("DATABASE_URL cannot be read: {e}")))?;
        let authority = ours.last().and_then(|p| p.split_once('=')).map(|(_, file)| PathBuf::from(decoded(file)));
        let mut target = Self { config, authority };
        if !target.is_plain() {
            // The driver's own default goes on in the clear where a server, or somebody on the way, says that it has
            // no TLS.
            target.config.ssl_mode(SslMode::Require);
        }
        Ok(target)
    }

    /// On this machine the way is not encrypted unless the URL asks for it; to others it always is, unless the URL
    /// says `sslmode=disable`.
    fn is_plain(&self) -> bool {
        let near = |host: &Host| match host {
            Host::Unix(_) => true,
            Host::Tcp(name) => outbound::is_local(name),
        };
        let addresses = self.config.get_hostaddrs();
        let local = self.config.get_hosts().iter().all(near) && addresses.iter().all(IpAddr::is_loopback);
        match self.config.get_ssl_mode() {
            SslMode::Disable => true,
            SslMode::Require => false,
            _ => local,
        }
    }

    fn tls(&self) -> Result<rustls::ClientConfig> {
        let bad = |e: rustls::Error| Error::internal(format!("TLS to the database: {e}"));
        let mut roots = rustls::RootCertStore::empty();
        match &self.authority {
            None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
            Some(file) => {
                let unread =
                    |e: &dyn std::fmt::Display| Error::internal(format!("GUICHET_DATABASE_CA {}: {e}", file.display()));
                for certificate in CertificateDer::pem_file_iter(file).map_err(|e| unread(&e))? {
                    roots.add(certificate.map_err(|e| unread(&e))?).map_err(bad)?;
                }
                if roots.is_empty() {
                    return Err(unread(&"holds no certificate"));
                }
            }
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let tls = rustls::ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
        Ok(tls.map_err(bad)?.with_root_certificates(roots).with_no_client_auth())
    }

    async fn connect(&self) -> diesel::ConnectionResult<AsyncPgConnection> {
        let bad = |e: String| diesel::ConnectionError::BadConnection(e);
        if self.is_plain() {
            let (client, connection) = self.config.connect(tokio_postgres::NoTls).await.map_err(|e| bad(told(&e)))?;
            return AsyncPgConnection::try_from_client_and_connection(client, connection).await;
        }
        let tls = self.tls().map_err(|e| bad(told(&e)))?;
        let tls = tokio_postgres_rustls::MakeRustlsConnect::new(tls);
        let (client, connection) = self.config.connect(tls).await.map_err(|e| bad(told(&e)))?;
        AsyncPgConnection::try_from_client_and_connection(client, connection).await
    }
}

/// A connection to the database of a URL.
///
/// # Errors
/// Where the server cannot be reached or refuses, and where it has no TLS though others may listen on the way.
pub async fn connect(url: &str) -> diesel::ConnectionResult<AsyncPgConnection> {
    let target = Target::parse(url).map_err(|e| diesel::ConnectionError::BadConnection(told(&e)))?;
    target.connect().await
}

/// An error with what caused it.
fn told(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}

/// What stands for `%XX`. What is no such thing stays as it is.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match code.filter(|_| first == b'%').and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    fn plain(url: &str) -> bool {
        Target::parse(url).expect("a URL").is_plain()
    }

    #[test]
    fn in_the_clear_on_this_machine_only() {
        for near in [
            "postgres://a@localhost/a",
            "postgres://a@127.0.0.1:5432/a",
            "postgres://a@[::1]/a",
            "postgres:///a?host=/run/postgresql",
            "postgres://a@db.example/a?sslmode=disable",
        ] {
            assert!(plain(near), "{near}");
        }
        for far in [
            "postgres://a@db.example/a",
            "postgres://a@db.example/a?sslmode=prefer",
            "postgres://a@10.0.0.7/a",
            "postgres://a@localhost,db.example/a",
            "postgres:///a?hostaddr=10.0.0.7",
            "postgres://a@localhost/a?sslmode=require",
        ] {
            assert!(!plain(far), "{far}");
            assert_eq!(Target::parse(far).expect("a URL").config.get_ssl_mode(), SslMode::Require, "{far}");
        }
    }

    #[test]
    fn an_authority_of_ones_own_stands_in_the_url() {
        for base in ["postgres://a:b@db.example/a", "postgres://a:b@db.example/a?application_name=x"] {
            let url = with_authority(base, Path::new("/etc/own ca/ü&?=.pem"));
            let target = Target::parse(&url).expect("a URL");
            assert_eq!(target.authority.as_deref(), Some(Path::new("/etc/own ca/ü&?=.pem")));
            assert_eq!(target.config.get_application_name().is_some(), base.contains('?'));
        }
        let url = with_authority("postgres://a@db.example/a", Path::new("/nowhere/ca.pem"));
        let error = Target::parse(&url).expect("a URL").tls().expect_err("no file");
        assert!(told(&error).contains("GUICHET_DATABASE_CA /nowhere/ca.pem"), "{}", told(&error));
    }

    /// A server, or somebody on the way, that says it has no TLS is told nothing: neither user nor password.
    #[tokio::test]
    async fn who_answers_that_there_is_no_tls_is_told_nothing() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let server = async {
            let (mut stream, _) = listener.accept().await.expect("a caller");
            let mut asked = [0_u8; 8];
            stream.read_exact(&mut asked).await.expect("a question");
            assert_eq!(asked[4..], 80_877_103_u32.to_be_bytes(), "SSLRequest");
            stream.write_all(b"N").await.expect("an answer");
            let mut more = Vec::new();
            let _ = stream.read_to_end(&mut more).await;
            more
        };
        let url = format!("postgres://a:b@db.example:{port}/a?hostaddr=127.0.0.1");
        let (told, done) = tokio::join!(server, connect(&url));
        assert!(told.is_empty(), "{} bytes in the clear", told.len());
        let error = done.err().expect("refused").to_string();
        assert!(error.contains("TLS"), "{error}");
    }
}

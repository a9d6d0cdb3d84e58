//! Where the database is, and how the way there is secured.

use std::net::IpAddr;

use diesel_async::AsyncPgConnection;
use tokio_postgres::config::{Host, SslMode};

use crate::kernel::{Error, Result, outbound, roots};

/// A URL, read.
pub(super) struct Target {
    pub(super) config: tokio_postgres::Config,
}

impl Target {
    /// # Errors
    /// Where the URL cannot be read. The sentence holds no password.
    pub(super) fn parse(url: &str) -> Result<Self> {
        let config: tokio_postgres::Config =
            url.parse().map_err(|e| Error::internal(format!("DATABASE_URL cannot be read: {e}")))?;
        let mut target = Self { config };
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

    async fn connect(&self) -> diesel::ConnectionResult<AsyncPgConnection> {
        let bad = |e: String| diesel::ConnectionError::BadConnection(e);
        if self.is_plain() {
            let (client, connection) = self.config.connect(tokio_postgres::NoTls).await.map_err(|e| bad(told(&e)))?;
            return AsyncPgConnection::try_from_client_and_connection(client, connection).await;
        }
        let tls = roots::client().map_err(|e| bad(told(&e)))?;
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

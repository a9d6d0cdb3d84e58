//! The only HTTP client. Promises that no answer is larger than 1 MiB, none is waited for longer than ten seconds, no
//! redirect is followed, and that what is asked in the clear stays on this machine. Knows nobody's protocol.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::{Error, Result, roots};

const PATIENCE: Duration = Duration::from_secs(10);
const CONNECTING: Duration = Duration::from_secs(5);
/// Bytes of an answer at most.
const ANSWER_MAX: usize = 1 << 20;
const AGENT: &str = concat!("guichet/", env!("CARGO_PKG_VERSION"));

/// What another system answered, whatever its status.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Answer {
    #[must_use]
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body as JSON.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where it is none: the other system does not keep to the protocol.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|e| Error::Unavailable(format!("the answer cannot be read: {e}")))
    }
}

/// Cheap to clone; its connections are kept and shared.
#[derive(Debug, Clone)]
pub struct Outbound {
    client: reqwest::Client,
}

impl Outbound {
    /// # Errors
    /// Where TLS cannot be set up.
    pub fn new() -> Result<Self> {
        let tls = roots::client().map_err(|e| Error::internal(e.to_string()))?;
        #[expect(clippy::disallowed_methods, reason = "the one place where a client is made")]
        let builder = reqwest::Client::builder();
        let client = builder
            .tls_backend_preconfigured(tls)
            .user_agent(AGENT)
            .timeout(PATIENCE)
            .connect_timeout(CONNECTING)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build();
        Ok(Self { client: client.map_err(|e| Error::Internal(e.into()))? })
    }

    /// Fetches a JSON document.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the other system is away, answers with another status than success, or with
    /// something that cannot be read; [`Error::Internal`] where the address is not allowed.
    pub async fn get_json<T: DeserializeOwned>(&self, url: &str) -> Result<T> {
        check_url(url).map_err(Error::internal)?;
        let answer = Self::perform(self.client.get(url).header("accept", "application/json")).await?;
        if !answer.is_success() {
            return Err(Error::Unavailable(format!("it answered with status {}", answer.status)));
        }
        answer.json()
    }

    /// Sends JSON; any status is an answer.
    ///
    /// # Errors
    /// As [`Outbound::post`].
    pub async fn post_json(&self, url: &str, headers: &[(&str, &str)], body: &Value) -> Result<Answer> {
        self.post(url, "application/json", headers, serde_json::to_vec(body)?).await
    }

    /// Sends exactly these bytes: for bodies that are signed. Any status is an answer.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where the other system is away; [`Error::Internal`] where the address is not allowed.
    pub async fn post(&self, url: &str, media_type: &str, headers: &[(&str, &str)], body: Vec<u8>) -> Result<Answer> {
        check_url(url).map_err(Error::internal)?;
        let mut request = self.client.post(url).header("content-type", media_type).body(body);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Self::perform(request).await
    }

    /// Sends a request of any method, with a body where its media type is given; any status is an answer.
    ///
    /// # Errors
    /// As [`Outbound::post`]; [`Error::Internal`] also for a method that is none.
    pub async fn request(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        media_type: Option<&str>,
        body: Vec<u8>,
    ) -> Result<Answer> {
        check_url(url).map_err(Error::internal)?;
        let method = reqwest::Method::from_bytes(method.as_bytes()).map_err(|e| Error::internal(e.to_string()))?;
        let mut request = self.client.request(method, url);
        if let Some(media_type) = media_type {
            request = request.header("content-type", media_type).body(body);
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Self::perform(request).await
    }

    async fn perform(request: reqwest::RequestBuilder) -> Result<Answer> {
        // Addresses can hold secrets and references: they do not belong in a message.
        let away = |e: reqwest::Error| Error::Unavailable(describe(&e.without_url()));
        let mut response = request.send().await.map_err(away)?;
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(away)? {
            if body.len() + chunk.len() > ANSWER_MAX {
                return Err(Error::Unavailable(format!("its answer is over {ANSWER_MAX} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, body })
    }
}

/// These pairs as a form has them (`application/x-www-form-urlencoded`).
#[must_use]
pub fn form(pairs: &[(String, String)]) -> String {
    // The address is only what the pairs are written behind.
    let written = reqwest::Url::parse_with_params("http://localhost/", pairs);
    written.ok().and_then(|url| url.query().map(str::to_owned)).unwrap_or_default()
}

/// With the causes, which the client's own error leaves out. Bounded, as chains are short.
fn describe(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    for _ in 0..8 {
        let Some(found) = cause else { break };
        text = format!("{text}: {found}");
        cause = found.source();
    }
    text
}

/// Whether this is an address of the web without a user's name or password.
///
/// # Errors
/// The rest of a sentence that begins with the name of what holds the address.
pub fn check_form(url: &str) -> Result<(), String> {
    parse(url).map(|_| ())
}

/// Whether we may ask there: over TLS, or on this machine.
///
/// # Errors
/// The rest of a sentence that begins with the name of what holds the address.
pub fn check_url(url: &str) -> Result<(), String> {
    let parsed = parse(url)?;
    if parsed.scheme() == "https" || parsed.host_str().is_some_and(is_local) {
        return Ok(());
    }
    Err("must begin with https:// unless its host is this machine".into())
}

fn parse(url: &str) -> Result<reqwest::Url, String> {
    let parsed =
        reqwest::Url::parse(url).map_err(|e| format!("must be an address such as https://example.org: {e}"))?;
    if !matches!(parsed.scheme(), "http" | "https") || parsed.host_str().is_none_or(str::is_empty) {
        return Err("must begin with https:// or http:// and name a host".into());
    }
    if !parsed.username().is_empty() || parsed.password().is_some() {
        return Err("must not hold a user's name or password".into());
    }
    Ok(parsed)
}

/// Whether a host is this machine.
#[must_use]
pub fn is_local(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use actix_web::{App, HttpResponse, HttpServer, web};

    use super::*;

    #[test]
    fn in_the_clear_only_to_this_machine() {
        for good in ["https://id.example/jwks", "http://127.0.0.1:8080/x", "http://localhost/", "http://[::1]:1/"] {
            assert_eq!(check_url(good), Ok(()), "{good}");
        }
        for bad in
            ["http://id.example/", "ftp://localhost/", "https://", "file:///etc/passwd", "https://a:b@id.example/", "x"]
        {
            assert!(check_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_form_holds_whatever_is_said() {
        let pairs = [("to", "+88017"), ("text", "a b&c=d ক")].map(|(n, v)| (n.to_owned(), v.to_owned()));
        assert_eq!(form(&pairs), "to=%2B88017&text=a+b%26c%3Dd+%E0%A6%95");
        assert_eq!(form(&[]), "");
    }

    async fn server() -> String {
        let server = HttpServer::new(|| {
            App::new()
                .route("/large", web::get().to(|| async { HttpResponse::Ok().body(vec![b' '; ANSWER_MAX + 1]) }))
                .route(
                    "/away",
                    web::get().to(|| async { HttpResponse::Found().insert_header(("location", "/json")).finish() }),
                )
                .route("/json", web::get().to(|| async { HttpResponse::Ok().body("{\"a\": 1}") }))
                .route("/echo", web::post().to(|body: web::Bytes| async { HttpResponse::Conflict().body(body) }))
        });
        let server = server.workers(1).disable_signals().bind("127.0.0.1:0").expect("a port");
        let address = server.addrs()[0];
        actix_web::rt::spawn(server.run());
        format!("http://{address}")
    }

    #[actix_web::test]
    async fn answers_are_bounded_and_redirects_stay() {
        let (base, client) = (server().await, Outbound::new().expect("a client"));
        let json: Value = client.get_json(&format!("{base}/json")).await.expect("JSON");
        assert_eq!(json["a"], 1);
        for refused in ["large", "away", "nothing"] {
            let error = client.get_json::<Value>(&format!("{base}/{refused}")).await.expect_err(refused);
            assert!(matches!(error, Error::Unavailable(_)), "{error}");
        }
        let answer = client.post_json(&format!("{base}/echo"), &[("x-a", "b")], &json).await.expect("an answer");
        assert_eq!((answer.status, answer.is_success()), (409, false));
        assert_eq!(answer.json::<Value>().expect("JSON"), json);
    }
}

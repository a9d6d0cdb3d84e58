//! Speaks to the server as its clients do: over HTTP, with a token. Promises that an answer of another status than the
//! expected one is told with the request that it answers.

use serde_json::Value;

use crate::kernel::outbound::{Answer, Outbound};
use crate::kernel::{Error, random};

/// Characters of an unexpected answer that are shown.
const SHOWN: usize = 2_000;

/// Why the demonstration ends before its end.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error("the server is not reached: {0}")]
    Away(String),
    #[error("{act}\n  expected: {expected}\n  came:     {came}")]
    Differs { act: String, expected: String, came: String },
    #[error("{0}")]
    Unready(String),
}

pub type Result<T, E = Failure> = std::result::Result<T, E>;

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Unavailable(why) => Self::Away(why),
            other => Self::Unready(crate::cli::sentence(&other)),
        }
    }
}

/// Something else than what should be.
pub fn differs(act: impl Into<String>, expected: impl ToString, came: impl ToString) -> Failure {
    let came: String = came.to_string().chars().take(SHOWN).collect();
    Failure::Differs { act: act.into(), expected: expected.to_string(), came }
}

/// Somebody who signed in.
pub struct Person {
    pub name: &'static str,
    pub token: String,
    /// The organisation that is acted for.
    pub acting_for: Option<String>,
}

/// A file on its way up.
pub struct File {
    pub name: String,
    pub media_type: &'static str,
    pub content: Vec<u8>,
}

pub struct Client {
    outbound: Outbound,
    base: String,
}

impl Client {
    pub fn new(base: &str) -> Result<Self> {
        Ok(Self { outbound: Outbound::new()?, base: base.to_owned() })
    }

    /// Reads JSON.
    pub async fn get(&self, who: Option<&Person>, path: &str) -> Result<Value> {
        let answer = self.send(who, "GET", path, &[("accept", "application/json")], None).await?;
        json(&expected(answer, "GET", path, &[200])?, "GET", path)
    }

    /// Reads something else: a page, a token.
    pub async fn text(&self, who: Option<&Person>, path: &str, accept: &str) -> Result<String> {
        let answer = self.send(who, "GET", path, &[("accept", accept)], None).await?;
        let answer = expected(answer, "GET", path, &[200])?;
        String::from_utf8(answer.body).map_err(|_| differs(format!("GET {path}"), "text in UTF-8", "something else"))
    }

    /// Does something, under a key by which a repeat would be known. Null where the answer has no body.
    pub async fn post(&self, who: &Person, path: &str, body: &Value, statuses: &[u16]) -> Result<Value> {
        let key = random::uuid().to_string();
        let content = Some(("application/json", body.to_string().into_bytes()));
        let answer = self.send(Some(who), "POST", path, &[("idempotency-key", &key)], content).await?;
        json(&expected(answer, "POST", path, statuses)?, "POST", path)
    }

    /// Replaces what the caller has read at this revision.
    pub async fn put(&self, who: &Person, path: &str, revision: i64, body: &Value) -> Result<Value> {
        let known = format!("\"{revision}\"");
        let content = Some(("application/json", body.to_string().into_bytes()));
        let answer = self.send(Some(who), "PUT", path, &[("if-match", &known)], content).await?;
        json(&expected(answer, "PUT", path, &[200])?, "PUT", path)
    }

    pub async fn upload(&self, who: &Person, path: &str, file: File) -> Result<Value> {
        let key = random::uuid().to_string();
        let name = format!("attachment; filename=\"{}\"", file.name);
        let headers = [("idempotency-key", key.as_str()), ("content-disposition", name.as_str())];
        let answer = self.send(Some(who), "POST", path, &headers, Some((file.media_type, file.content))).await?;
        json(&expected(answer, "POST", path, &[201])?, "POST", path)
    }

    async fn send(
        &self,
        who: Option<&Person>,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        content: Option<(&str, Vec<u8>)>,
    ) -> Result<Answer> {
        let bearer = who.map(|who| format!("Bearer {}", who.token));
        let mut headers = headers.to_vec();
        headers.push(("accept-language", "en"));
        headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        headers.extend(who.and_then(|who| who.acting_for.as_deref()).map(|id| ("x-acting-for", id)));
        let (media_type, body) = content.map_or((None, Vec::new()), |(media_type, body)| (Some(media_type), body));
        let url = format!("{}{path}", self.base);
        let answer = self.outbound.request(method, &url, &headers, media_type, body).await?;
        match (answer.status, who) {
            (401, Some(who)) => Err(Failure::Unready(format!(
                "the server does not take a development token of {}: it must run with the development issuer and \
                 with the same GUICHET_DATA and GUICHET_PUBLIC_URL as this command",
                who.name
            ))),
            _ => Ok(answer),
        }
    }
}

fn expected(answer: Answer, method: &str, path: &str, statuses: &[u16]) -> Result<Answer> {
    if statuses.contains(&answer.status) {
        return Ok(answer);
    }
    let wanted: Vec<_> = statuses.iter().map(u16::to_string).collect();
    let came = format!("status {}: {}", answer.status, String::from_utf8_lossy(&answer.body));
    Err(differs(format!("{method} {path}"), format!("status {}", wanted.join(" or ")), came))
}

fn json(answer: &Answer, method: &str, path: &str) -> Result<Value> {
    if answer.body.is_empty() {
        return Ok(Value::Null);
    }
    let unread = |_| differs(format!("{method} {path}"), "JSON", String::from_utf8_lossy(&answer.body));
    serde_json::from_slice(&answer.body).map_err(unread)
}

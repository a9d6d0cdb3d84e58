//! SMS through a gateway that speaks HTTP: one request for each message, in whatever shape the gateway asks for.

use serde_json::{Map, Value};

use crate::kernel::outbound::{self, Answer, Outbound};
use crate::kernel::settings;
use crate::kernel::{Error, Result};

/// Characters that are kept of the gateway's own number.
const REFERENCE_MAX: usize = 200;
/// Where it tells what became of a message.
const RECEIPTS: &str = "/v1/sms/receipts";

/// One message to one telephone.
#[derive(Debug, Clone)]
pub struct Sms {
    /// The same at every try, so that one sent twice arrives once.
    pub id: String,
    /// E.164, with its plus.
    pub to: String,
    pub text: String,
}

/// What the gateway made of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// It has taken charge of it, under its own number where it told one.
    Taken(Option<String>),
    /// It will never take it.
    Refused(u16),
}

/// Sends SMS. Cheap to clone.
#[derive(Clone)]
pub struct Gateway {
    outbound: Outbound,
    settings: settings::Sms,
    /// Our address for receipts.
    receipts: String,
    bearer: Option<String>,
}

impl Gateway {
    #[must_use]
    pub fn new(outbound: Outbound, settings: settings::Sms, public_url: &str) -> Self {
        let bearer = settings.token.as_ref().map(|token| format!("Bearer {}", token.reveal()));
        Self { outbound, receipts: format!("{public_url}{RECEIPTS}"), bearer, settings }
    }

    /// Hands a message to the gateway.
    ///
    /// # Errors
    /// [`Error::Unavailable`] where it is worth another try, in words without number or text; [`Error::Internal`] where
    /// the address is not allowed.
    pub async fn send(&self, sms: &Sms) -> Result<Sent> {
        let body = self.body(sms);
        let (media_type, body) = match self.settings.form {
            true => ("application/x-www-form-urlencoded", outbound::form(&pairs(&body)).into_bytes()),
            false => ("application/json", serde_json::to_vec(&body)?),
        };
        let mut headers = vec![("accept", "application/json"), ("idempotency-key", sms.id.as_str())];
        headers.extend(self.bearer.as_deref().map(|bearer| ("authorization", bearer)));
        let answer = self.outbound.post(&self.settings.url, media_type, &headers, body).await;
        let answer = answer.map_err(|error| match error {
            Error::Unavailable(why) => Error::Unavailable(format!("the SMS gateway: {why}")),
            other => other,
        })?;
        match answer.status {
            200..300 => Ok(Sent::Taken(self.reference(&answer))),
            status if is_for_ever(status) => Ok(Sent::Refused(status)),
            status => Err(Error::Unavailable(format!("the SMS gateway: it answered with status {status}"))),
        }
    }

    fn body(&self, sms: &Sms) -> Map<String, Value> {
        let put = |place: &str| match place {
            "to" => Some(sms.to.as_str()),
            "text" => Some(sms.text.as_str()),
            "id" => Some(sms.id.as_str()),
            "sender" => self.settings.sender.as_deref(),
            "receipts" => Some(self.receipts.as_str()),
            _ => None,
        };
        self.settings.body.iter().map(|(name, value)| (name.clone(), filled(value, &put))).collect()
    }

    /// Its own number of the message, where its answer tells one that can be kept.
    fn reference(&self, answer: &Answer) -> Option<String> {
        let answer: Value = serde_json::from_slice(&answer.body).ok()?;
        let found = match answer.pointer(&self.settings.reference)? {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        is_reference(&found).then_some(found)
    }
}

/// Whether this can be a gateway's own number.
pub(super) fn is_reference(text: &str) -> bool {
    (1..=REFERENCE_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control)
}

/// 4xx is about the message, save where it is about us, or about now: a wrong address or token is put right by somebody,
/// and the message shall then go out.
fn is_for_ever(status: u16) -> bool {
    (400..500).contains(&status) && !matches!(status, 401 | 403 | 404 | 405 | 407 | 408 | 425 | 429)
}

/// The value with its places filled, each once: what is put in is not read again. As deep as the setting is.
fn filled<'t>(value: &Value, put: &impl Fn(&str) -> Option<&'t str>) -> Value {
    match value {
        Value::String(text) => Value::String(filled_text(text, put)),
        Value::Array(items) => Value::Array(items.iter().map(|item| filled(item, put)).collect()),
        Value::Object(members) => {
            Value::Object(members.iter().map(|(name, member)| (name.clone(), filled(member, put))).collect())
        }
        plain => plain.clone(),
    }
}

fn filled_text<'t>(text: &str, put: &impl Fn(&str) -> Option<&'t str>) -> String {
    let mut parts = text.split('{');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        match part.split_once('}').and_then(|(place, rest)| Some((put(place)?, rest))) {
            Some((found, rest)) => out.extend([found, rest]),
            None => out.extend(["{", part]),
        }
    }
    out
}

/// As a form has them: the settings hold texts and plain values only.
fn pairs(body: &Map<String, Value>) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    body.iter().map(|(name, value)| (name.clone(), text(value))).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_put_in_is_not_read_again() {
        let put = |place: &str| match place {
            "to" => Some("+1"),
            "text" => Some("{to} {id"),
            _ => None,
        };
        let value = json!({"a": "tel:{to}", "b": ["{text}", 1], "c": "{x} {", "d": "{to}{to}}"});
        let expected = json!({"a": "tel:+1", "b": ["{to} {id", 1], "c": "{x} {", "d": "+1+1}"});
        assert_eq!(filled(&value, &put), expected);
    }

    #[test]
    fn what_is_about_us_or_about_now_is_tried_again() {
        for (status, expected) in [(400, true), (402, true), (410, true), (413, true), (422, true), (404, false)] {
            assert_eq!(is_for_ever(status), expected, "{status}");
        }
        for status in [301, 401, 403, 405, 408, 425, 429, 500, 502, 503, 504] {
            assert!(!is_for_ever(status), "{status}");
        }
    }
}

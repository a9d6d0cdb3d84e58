//! The SMS gateway: where it is, what it is sent, and what its receipts say.

use serde_json::{Map, Value, json};

use super::read::{Read, SECRET_MIN, Source, fault};
use super::{Secret, Sms, SmsReceipts};
use crate::kernel::outbound;

const URL: &str = "GUICHET_SMS_URL";
const TOKEN: &str = "GUICHET_SMS_TOKEN";
const SENDER: &str = "GUICHET_SMS_SENDER";
const BODY: &str = "GUICHET_SMS_BODY";
const FORMAT: &str = "GUICHET_SMS_FORMAT";
const REFERENCE: &str = "GUICHET_SMS_REFERENCE";
const SECRET: &str = "GUICHET_SMS_RECEIPT_SECRET";
const DELIVERED: &str = "GUICHET_SMS_DELIVERED";
const FAILED: &str = "GUICHET_SMS_FAILED";

/// What a value of the body may name, in braces.
pub const PLACES: [&str; 5] = ["to", "text", "sender", "id", "receipts"];
/// Bytes of the template of a body.
const BODY_MAX: usize = 4_096;
/// Characters of a sender.
const SENDER_MAX: usize = 20;
/// Words of a list, and bytes of each.
const WORDS_MAX: usize = 32;
const WORD_MAX: usize = 40;
/// Those of SMPP (3.4, appendix B), and what gateways that speak HTTP say.
pub(super) const DELIVERED_WORDS: &str = "DELIVRD,delivered";
pub(super) const FAILED_WORDS: &str =
    "UNDELIV,EXPIRED,REJECTD,DELETED,undelivered,undeliverable,failed,rejected,expired";

pub(super) fn sms(from: &Source<'_>) -> Read<Option<Sms>> {
    let Some(url) = from.text(URL) else {
        from.none_without(URL, &[TOKEN, SENDER, BODY, FORMAT, REFERENCE, SECRET, DELIVERED, FAILED])?;
        return Ok(None);
    };
    if let Err(why) = outbound::check_url(&url) {
        return fault(URL, why);
    }
    let (sender, receipts) = (sender(from)?, receipts(from)?);
    let form = match from.text(FORMAT).as_deref() {
        None | Some("json") => false,
        Some("form") => true,
        Some(other) => return fault(FORMAT, format!("must be json or form; it is \"{other}\"")),
    };
    let body = match from.text(BODY) {
        Some(text) => body(&text, form, sender.is_some(), receipts.is_some())?,
        None => plain(sender.is_some(), receipts.is_some()),
    };
    let reference = from.text(REFERENCE).unwrap_or_else(|| "/id".into());
    if !reference.starts_with('/') {
        return fault(REFERENCE, "must be a JSON pointer such as /id or /messages/0/id");
    }
    Ok(Some(Sms { url, token: token(from)?, sender, body, form, reference, receipts }))
}

fn token(from: &Source<'_>) -> Read<Option<Secret>> {
    match from.text(TOKEN) {
        Some(text) if !text.bytes().all(|b| b.is_ascii_graphic()) => fault(TOKEN, "must be visible ASCII characters"),
        text => Ok(text.map(Secret::new)),
    }
}

fn sender(from: &Source<'_>) -> Read<Option<String>> {
    match from.text(SENDER) {
        Some(text) if text.chars().count() > SENDER_MAX || text.chars().any(char::is_control) => {
            fault(SENDER, format!("must be a name or a number of at most {SENDER_MAX} characters"))
        }
        text => Ok(text),
    }
}

fn receipts(from: &Source<'_>) -> Read<Option<SmsReceipts>> {
    let Some(secret) = from.text(SECRET) else {
        from.none_without(SECRET, &[DELIVERED, FAILED])?;
        return Ok(None);
    };
    if secret.chars().count() < SECRET_MIN {
        return fault(SECRET, format!("must have at least {SECRET_MIN} characters"));
    }
    let (delivered, failed) = (words(from, DELIVERED, DELIVERED_WORDS)?, words(from, FAILED, FAILED_WORDS)?);
    if let Some(both) = failed.iter().find(|word| delivered.contains(word)) {
        return fault(FAILED, format!("holds \"{both}\", which {DELIVERED} holds too"));
    }
    Ok(Some(SmsReceipts { secret: Secret::new(secret), delivered, failed }))
}

/// Words separated by commas, in small letters.
fn words(from: &Source<'_>, name: &'static str, default: &str) -> Read<Vec<String>> {
    let list = from.text(name).unwrap_or_else(|| default.to_owned());
    let words: Vec<String> = list.split(',').map(|word| word.trim().to_lowercase()).collect();
    if words.len() > WORDS_MAX || words.iter().any(|word| word.is_empty() || word.len() > WORD_MAX) {
        return fault(name, format!("must be 1 to {WORDS_MAX} words separated by commas, such as {default}"));
    }
    Ok(words)
}

/// The body where none is set: what there is, under plain names.
fn plain(sender: bool, receipts: bool) -> Map<String, Value> {
    let mut body = Map::new();
    let mut put = |name: &str, value: &str| body.insert(name.into(), json!(value));
    put("id", "{id}");
    put("to", "{to}");
    put("text", "{text}");
    if sender {
        put("from", "{sender}");
    }
    if receipts {
        put("receipts", "{receipts}");
    }
    body
}

fn body(text: &str, form: bool, sender: bool, receipts: bool) -> Read<Map<String, Value>> {
    if text.len() > BODY_MAX {
        return fault(BODY, format!("must have at most {BODY_MAX} bytes"));
    }
    let body: Map<String, Value> = match serde_json::from_str(text) {
        Ok(body) => body,
        Err(error) => return fault(BODY, format!("must be a JSON object: column {}", error.column())),
    };
    if form && body.values().any(|value| value.is_object() || value.is_array() || value.is_null()) {
        return fault(BODY, format!("must hold texts and numbers alone, since {FORMAT} is form"));
    }
    let mut named = Vec::new();
    body.values().for_each(|value| places(value, &mut named));
    if let Some(unknown) = named.iter().find(|name| !PLACES.contains(&name.as_str())) {
        return fault(BODY, format!("names {{{unknown}}}; there are {{{}}}", PLACES.join("}, {")));
    }
    let names = |place: &str| named.iter().any(|name| name == place);
    if let Some(missing) = ["to", "text"].into_iter().find(|place| !names(place)) {
        return fault(BODY, format!("must name {{{missing}}} in some value"));
    }
    if names("sender") && !sender {
        return fault(SENDER, format!("is required, since {BODY} names {{sender}}"));
    }
    if names("receipts") && !receipts {
        return fault(SECRET, format!("is required, since {BODY} names {{receipts}}"));
    }
    Ok(body)
}

/// What stands in braces in the texts of a value. As deep as JSON is read: 128 at most.
fn places(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::String(text) => {
            for part in text.split('{').skip(1) {
                let word = part.split('}').next().filter(|word| word.len() < part.len());
                let is_name = |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase());
                found.extend(word.filter(is_name).map(str::to_owned));
            }
        }
        Value::Array(items) => items.iter().for_each(|item| places(item, found)),
        Value::Object(members) => members.values().for_each(|member| places(member, found)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SettingFault, Settings};
    use super::*;

    const WHERE: (&str, &str) = (URL, "https://sms.example/send");
    const SIGNED: (&str, &str) = (SECRET, "sixteen letters!");

    fn read(pairs: &[(&str, &str)]) -> Result<Option<Sms>, SettingFault> {
        let get = |name: &str| pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| (*v).to_owned());
        Settings::read(&get).map(|settings| settings.sms)
    }

    #[test]
    fn without_a_gateway_there_is_none_and_with_one_a_plain_body() {
        assert_eq!(read(&[]), Ok(None));
        let sms = read(&[WHERE]).expect("settings").expect("a gateway");
        assert_eq!(Value::Object(sms.body), json!({"id": "{id}", "to": "{to}", "text": "{text}"}));
        assert_eq!((sms.reference.as_str(), sms.form, sms.receipts), ("/id", false, None));
        let sms = read(&[WHERE, SIGNED, (SENDER, "Sumwhere")]).expect("settings").expect("a gateway");
        assert!(sms.body.contains_key("from") && sms.body.contains_key("receipts"));
        let receipts = sms.receipts.expect("receipts");
        assert!(receipts.delivered.contains(&"delivrd".into()) && receipts.failed.contains(&"rejectd".into()));
    }

    #[test]
    fn a_body_of_ones_own_names_what_there_is() {
        let own = r#"{"message": {"to": ["tel:{to}"], "body": "{text}"}, "flash": false}"#;
        assert!(read(&[WHERE, (BODY, own)]).expect("settings").is_some());
        for (value, variable) in [
            ("[]", BODY),
            ("{", BODY),
            (r#"{"to": "{to}"}"#, BODY),
            (r#"{"to": "{to}", "text": "{text}", "x": "{name}"}"#, BODY),
            (r#"{"to": "{to}", "text": "{text}", "x": "{sender}"}"#, SENDER),
            (r#"{"to": "{to}", "text": "{text}", "x": "{receipts}"}"#, SECRET),
        ] {
            assert_eq!(read(&[WHERE, (BODY, value)]).unwrap_err().variable, variable, "{value}");
        }
        assert_eq!(read(&[WHERE, (FORMAT, "form"), (BODY, own)]).unwrap_err().variable, BODY);
        assert!(read(&[WHERE, (FORMAT, "form"), (BODY, r#"{"a": "{to} {x", "b": "{text}", "c": 1}"#)]).is_ok());
    }

    #[test]
    fn a_wrong_value_names_its_variable() {
        for (name, value) in [
            (FORMAT, "xml"),
            (REFERENCE, "id"),
            (SECRET, "short"),
            (SENDER, "a very long name of a sender"),
            (TOKEN, "two words"),
            (DELIVERED, "done"),
        ] {
            let variable = if name == DELIVERED { DELIVERED } else { name };
            assert_eq!(read(&[WHERE, (name, value)]).unwrap_err().variable, variable, "{name}");
            assert_eq!(read(&[(name, value)]).unwrap_err().variable, name, "nothing without a gateway");
        }
        assert_eq!(read(&[(URL, "http://sms.example/")]).unwrap_err().variable, URL);
        assert!(read(&[(URL, "http://127.0.0.1:9/")]).is_ok());
        assert_eq!(read(&[WHERE, SIGNED, (FAILED, "a,,b")]).unwrap_err().variable, FAILED);
        assert_eq!(read(&[WHERE, SIGNED, (FAILED, "lost,Delivered")]).unwrap_err().variable, FAILED);
    }
}

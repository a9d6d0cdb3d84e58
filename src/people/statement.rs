//! What a form states about a person or an organisation (`guichet:person`, `guichet:organisation`), as kept here.

use serde::Deserialize;
use serde_json::Value;

use super::names::Name;
use super::{HOME, Hash};
use crate::kernel::{Error, Result};

/// Lines of an address, and characters of each: those of `guichet:address`.
const LINES: usize = 6;

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Identifier {
    #[serde(rename = "type")]
    pub kind: String,
    /// Left out: [`HOME`].
    pub issuer: Option<String>,
    pub value: String,
}

impl Identifier {
    pub fn issuer(&self) -> &str {
        self.issuer.as_deref().unwrap_or(HOME)
    }

    pub fn hashed(&self, keys: Hash<'_>) -> Vec<u8> {
        keys(&self.kind, self.issuer(), &self.value).to_vec()
    }
}

#[derive(Debug, Clone, Deserialize)]
pub(super) struct Address {
    pub lines: Vec<String>,
    pub area: Option<String>,
    pub postcode: Option<String>,
}

/// Members that are of no use here, such as `share` and `id`, are passed over: the form has been checked before.
#[derive(Debug, Deserialize)]
struct Stated {
    name: String,
    identifier: Identifier,
    birth_date: Option<String>,
    sex: Option<String>,
    phone: Option<String>,
    email: Option<String>,
    address: Option<Address>,
}

/// A person or organisation who may be new to us.
#[derive(Debug)]
pub(super) struct Newcomer {
    pub names: Vec<Name>,
    pub identifiers: Vec<Identifier>,
    pub birth_date: Option<String>,
    pub sex: Option<String>,
    pub language: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub address: Option<Address>,
}

impl Newcomer {
    /// # Errors
    /// [`Error::Invalid`] where the statement lacks a name or an identifier, or holds what cannot be kept.
    pub fn read(statement: &Value) -> Result<Self> {
        let stated = Stated::deserialize(statement).map_err(|_| Error::invalid("", "type"))?;
        if stated.identifier.value.trim().is_empty() {
            return Err(Error::invalid("/identifier/value", "required"));
        }
        if stated.birth_date.as_deref().is_some_and(|d| !is_day_or_year(d)) {
            return Err(Error::invalid("/birth_date", "format"));
        }
        if stated.sex.as_deref().is_some_and(|s| !matches!(s, "female" | "male" | "other")) {
            return Err(Error::invalid("/sex", "enum"));
        }
        if stated.address.as_ref().is_some_and(|a| a.lines.is_empty() || a.lines.len() > LINES) {
            return Err(Error::invalid("/address/lines", "count"));
        }
        Ok(Self {
            names: vec![Name::parse(&stated.name)?],
            identifiers: vec![stated.identifier],
            birth_date: stated.birth_date,
            sex: stated.sex,
            language: None,
            phone: stated.phone,
            email: stated.email,
            address: stated.address,
        })
    }
}

impl Newcomer {
    /// Without e-mail and telephone: whoever states somebody else could have that person's notices sent to himself.
    #[must_use]
    pub fn unreached(self) -> Self {
        Self { phone: None, email: None, ..self }
    }
}

/// A date, or a year alone where no more is known.
pub(super) fn is_day_or_year(text: &str) -> bool {
    (text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()))
        || (text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_statement_needs_a_name_and_an_identifier() {
        let good =
            json!({"name": "Rahim", "identifier": {"type": "national-id", "value": "4710 000101"}, "share": 0.5});
        let read = Newcomer::read(&good).unwrap();
        assert_eq!((read.names[0].full.as_str(), read.identifiers[0].issuer()), ("Rahim", HOME));
        for bad in [
            json!({"name": "Rahim"}),
            json!({"name": " ", "identifier": {"type": "passport", "value": "A1"}}),
            json!({"name": "Rahim", "identifier": {"type": "passport", "value": " "}}),
            json!({"name": "R", "identifier": {"type": "passport", "value": "A1234"}, "birth_date": "12.3.1980"}),
            json!({"name": "R", "identifier": {"type": "passport", "value": "A1234"}, "address": {"lines": []}}),
            json!("Rahim"),
        ] {
            assert!(matches!(Newcomer::read(&bad), Err(Error::Invalid(_))), "{bad}");
        }
    }

    #[test]
    fn a_year_alone_is_a_birth_date() {
        assert!(is_day_or_year("1962") && is_day_or_year("1962-11-09"));
        assert!(!is_day_or_year("1962-02-30") && !is_day_or_year("62") && !is_day_or_year("1962-11"));
    }
}

//! The `Idempotency-Key`: by which a repeated request is known. Reads it; what was done under a key is kept with the act.

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::problem::Problem;
use crate::cases::RequestKey;
use crate::kernel::{Actor, Error, Result};

/// Characters of a key at most.
const KEY_MAX: usize = 255;

/// The header, where it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey(pub Option<String>);

impl IdempotencyKey {
    /// Refuses where none was given and a repeat would make a second thing.
    ///
    /// # Errors
    /// [`Error::KeyRequired`].
    pub fn required(self) -> Result<Self> {
        if self.0.is_some() { Ok(self) } else { Err(Error::KeyRequired) }
    }

    /// The key of this request; none where the header was not given or nobody is known who could repeat it.
    #[must_use]
    pub fn of(self, request: &HttpRequest, actor: &Actor, body_hash: [u8; 32]) -> Option<RequestKey> {
        let person = actor.person?;
        let caller = match actor.acting_for {
            Some(organisation) => format!("{person} for {organisation}"),
            None => person.to_string(),
        };
        let route = format!("{} {}", request.method(), request.path());
        self.0.map(|key| RequestKey { caller, route, key, body_hash })
    }

    fn parse(request: &HttpRequest) -> Result<Self> {
        let mut values = request.headers().get_all("idempotency-key");
        let Some(value) = values.next() else { return Ok(Self(None)) };
        // The draft standard quotes it, many clients do not.
        let text = value.to_str().unwrap_or_default().trim();
        let bare = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
        let visible = bare.bytes().all(|byte| byte.is_ascii_graphic());
        if values.next().is_some() || bare.is_empty() || bare.len() > KEY_MAX || !visible {
            let sentence = format!("Idempotency-Key is given once and has 1 to {KEY_MAX} visible ASCII characters");
            return Err(Error::Malformed(sentence));
        }
        Ok(Self(Some(bare.to_owned())))
    }
}

impl FromRequest for IdempotencyKey {
    type Error = Problem;
    type Future = std::future::Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Self::parse(request).map_err(Problem))
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;
    use crate::kernel::{OrganisationId, PersonId};

    fn parse(values: &[&str]) -> Result<IdempotencyKey> {
        let mut request = TestRequest::post().uri("/v1/cases?a=b");
        for value in values {
            request = request.append_header(("idempotency-key", *value));
        }
        IdempotencyKey::parse(&request.to_http_request())
    }

    #[test]
    fn a_key_is_short_and_visible() {
        assert_eq!(parse(&[]).expect("none"), IdempotencyKey(None));
        for good in ["\"a-1\"", "a-1", " a-1 "] {
            assert_eq!(parse(&[good]).expect("a key"), IdempotencyKey(Some("a-1".into())));
        }
        assert!(parse(&[&"a".repeat(255)]).is_ok());
        for bad in [&[""][..], &["\"\""], &["a b"], &["é"], &[&"a".repeat(256)], &["a", "a"]] {
            assert!(matches!(parse(bad), Err(Error::Malformed(_))), "{bad:?}");
        }
        assert!(matches!(IdempotencyKey(None).required(), Err(Error::KeyRequired)));
    }

    #[test]
    fn a_key_belongs_to_one_caller() {
        let request = TestRequest::post().uri("/v1/cases/7/documents?a=b").to_http_request();
        let person = Actor { person: Some(PersonId::make()), ..Actor::anonymous("r") };
        let signatory = Actor { acting_for: Some(OrganisationId::make()), ..person.clone() };
        let key = |actor: &Actor| IdempotencyKey(Some("k".into())).of(&request, actor, [1; 32]);
        assert_eq!(key(&person).expect("a key").route, "POST /v1/cases/7/documents");
        assert_ne!(key(&person), key(&signatory));
        assert_eq!(key(&Actor::anonymous("r")), None);
    }
}

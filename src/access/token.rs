//! Bearer tokens. Promises that a token is taken only with a signature by a key of the configured issuer, under an
//! algorithm that the operator allows (never `none`, never a shared secret), for us, and in its time; and that what was
//! verified is believed for a minute at most, never past its end. Knows no person: a subject is only a word here.

mod jwks;

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use super::Keys;
use super::believed::Believed;
use super::keys::{DEVELOPMENT_AUDIENCE, DEVELOPMENT_ISSUER};
use crate::kernel::clock::machine_now;
use crate::kernel::settings::Settings;
use crate::kernel::{Assurance, Error, Result};

/// Longest token, in bytes.
const TOKEN_MAX: usize = 8_192;
/// Longest subject, client and the like, in bytes.
const WORD_MAX: usize = 255;
/// How long a token is believed without looking again.
const BELIEVED: SignedDuration = SignedDuration::from_secs(60);
/// By how many seconds clocks may differ.
const LEEWAY: u64 = 30;

/// What a verified token says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claims {
    pub issuer: String,
    pub subject: String,
    /// The client application.
    pub client: Option<String>,
    pub assurance: Assurance,
    pub expires: Timestamp,
}

/// Cheap to clone.
#[derive(Clone)]
pub struct Verifier {
    inner: Arc<Inner>,
}

struct Inner {
    validation: Validation,
    keys: Source,
    /// By the SHA-256 of the token: the tokens themselves are not kept.
    cache: Believed<[u8; 32], Claims>,
}

enum Source {
    Development { kid: String, key: Box<DecodingKey> },
    Issuer(jwks::Remote),
}

#[derive(Deserialize)]
struct Raw {
    iss: String,
    sub: String,
    exp: f64,
    azp: Option<String>,
    client_id: Option<String>,
    acr: Option<String>,
}

/// Whether somebody could sign in under these settings: asked before anything is started.
///
/// # Errors
/// Where no issuer is configured and others than this machine reach the listener.
pub fn check_issuer(settings: &Settings) -> Result<()> {
    if settings.issuer.is_none() && !settings.is_loopback() { Err(no_issuer()) } else { Ok(()) }
}

fn no_issuer() -> Error {
    let text = "GUICHET_ISSUER must be set, since others than this machine reach GUICHET_LISTEN: the development issuer \
                is for loopback only";
    Error::internal(text)
}

impl Verifier {
    /// The verifier for the configured issuer, or for the development issuer.
    ///
    /// # Errors
    /// Where no issuer is configured and others than this machine reach the listener.
    pub fn new(settings: &Settings, keys: &Keys) -> Result<Self> {
        let (issuer, audience, algorithms, keys) = match &settings.issuer {
            Some(issuer) => {
                let algorithms =
                    issuer.algorithms.iter().filter_map(|a| a.parse().ok()).filter(is_asymmetric).collect();
                (
                    issuer.url.clone(),
                    issuer.audience.clone(),
                    algorithms,
                    Source::Issuer(jwks::Remote::new(&issuer.jwks_url)?),
                )
            }
            None if settings.is_loopback() => {
                let (kid, key) = keys.development_key();
                let key = Box::new(DecodingKey::from_ed_der(key.as_bytes()));
                let source = Source::Development { kid: kid.to_owned(), key };
                let issuer = DEVELOPMENT_ISSUER.to_owned();
                (issuer, DEVELOPMENT_AUDIENCE.to_owned(), vec![Algorithm::EdDSA], source)
            }
            None => return Err(no_issuer()),
        };
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.algorithms = algorithms;
        validation.set_issuer(&[issuer]);
        validation.set_audience(&[audience]);
        validation.set_required_spec_claims(&["exp", "iss", "aud", "sub"]);
        validation.validate_nbf = true;
        validation.leeway = LEEWAY;
        Ok(Self { inner: Arc::new(Inner { validation, keys, cache: Believed::default() }) })
    }

    /// Whether tokens are those of the development issuer.
    #[must_use]
    pub fn is_development(&self) -> bool {
        matches!(self.inner.keys, Source::Development { .. })
    }

    /// The claims of a token that is good now.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] with the reason; [`Error::Unavailable`] where the issuer's keys are not to be had.
    pub async fn verify(&self, bearer: &str) -> Result<Claims> {
        if bearer.len() > TOKEN_MAX {
            return Err(Error::Unauthenticated("token_too_long"));
        }
        let (now, hash) = (machine_now(), Sha256::digest(bearer.as_bytes()).into());
        if let Some(claims) = self.inner.cache.get(&hash, now) {
            return Ok(claims);
        }
        let (key, algorithm) = self.key(bearer).await?;
        // The library wants every algorithm of the list to be of the key's family; that this one is allowed is known.
        let validation = Validation { algorithms: vec![algorithm], ..self.inner.validation.clone() };
        let token = jsonwebtoken::decode::<Raw>(bearer, &key, &validation).map_err(|e| refusal(&e))?;
        let claims = claims(token.claims)?;
        let until = now.checked_add(BELIEVED).unwrap_or(now).min(claims.expires);
        self.inner.cache.put(hash, claims.clone(), now, until);
        Ok(claims)
    }

    /// The key that the token names, and the algorithm, where the operator allows it.
    async fn key(&self, bearer: &str) -> Result<(DecodingKey, Algorithm)> {
        let header = jsonwebtoken::decode_header(bearer).map_err(|e| refusal(&e))?;
        // An extension that must be understood: we understand none (RFC 7515, 4.1.11).
        if header.crit.is_some() || header.extras.inner().contains_key("crit") {
            return Err(Error::Unauthenticated("token_extension"));
        }
        if !self.inner.validation.algorithms.contains(&header.alg) {
            return Err(Error::Unauthenticated("token_algorithm"));
        }
        let kid = header.kid.filter(|kid| kid.len() <= WORD_MAX).ok_or(Error::Unauthenticated("token_key"))?;
        match &self.inner.keys {
            Source::Development { kid: own, key } if *own == kid => Ok((DecodingKey::clone(key), header.alg)),
            Source::Development { .. } => Err(Error::Unauthenticated("token_key")),
            Source::Issuer(remote) => Ok((remote.key(&kid, header.alg).await?, header.alg)),
        }
    }
}

fn is_asymmetric(algorithm: &Algorithm) -> bool {
    !matches!(algorithm, Algorithm::HS256 | Algorithm::HS384 | Algorithm::HS512)
}

fn claims(raw: Raw) -> Result<Claims> {
    let words = [Some(&raw.sub), raw.azp.as_ref(), raw.client_id.as_ref()];
    if raw.sub.is_empty() || words.into_iter().flatten().any(|w| w.len() > WORD_MAX || w.contains('\0')) {
        return Err(Error::Unauthenticated("token_claims"));
    }
    // NumericDate may have a fraction; the cast saturates, and what no clock reaches is refused below.
    #[expect(clippy::cast_possible_truncation, reason = "saturating")]
    let expires = Timestamp::from_second(raw.exp as i64).map_err(|_| Error::Unauthenticated("token_claims"))?;
    let assurance = match raw.acr.as_deref().map(|acr| acr.rsplit(['/', ':']).next().unwrap_or(acr)) {
        Some("high") => Assurance::High,
        Some("substantial") => Assurance::Substantial,
        _ => Assurance::Low,
    };
    Ok(Claims { issuer: raw.iss, subject: raw.sub, client: raw.client_id.or(raw.azp), assurance, expires })
}

/// Why, in a word that tells the client enough and an attacker nothing.
fn refusal(error: &jsonwebtoken::errors::Error) -> Error {
    use jsonwebtoken::errors::ErrorKind as Kind;
    Error::Unauthenticated(match error.kind() {
        Kind::ExpiredSignature => "token_expired",
        Kind::ImmatureSignature => "token_not_yet",
        Kind::InvalidIssuer => "token_issuer",
        Kind::InvalidAudience => "token_audience",
        Kind::InvalidSignature => "token_signature",
        Kind::InvalidAlgorithm | Kind::InvalidAlgorithmName | Kind::UnsupportedAlgorithm => "token_algorithm",
        Kind::MissingRequiredClaim(_) | Kind::InvalidClaimFormat(_) => "token_claims",
        _ => "token_malformed",
    })
}

#[cfg(test)]
mod tests;

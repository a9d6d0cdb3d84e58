//! The keys that an installation makes for itself, in `<data>/keys`, readable by its owner only: what certificates are
//! signed with, what identifiers are hashed with, the secret shared with the sandbox of payments, and the development issuer's key.
//! Promises that a key once made is never written over. Knows no certificate and no person.

mod folder;
mod sealed;

use std::path::Path;
use std::sync::Arc;

pub use sealed::{Opened, check_none, seal, unseal};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use hmac::{Hmac, KeyInit, Mac};
use jiff::SignedDuration;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use unicode_normalization::UnicodeNormalization;

use crate::kernel::clock::machine_now;
use crate::kernel::{Error, Result};

/// Audience of the development issuer's tokens.
pub const DEVELOPMENT_AUDIENCE: &str = "guichet";
/// Longest compact JWS that is looked at, in bytes.
const JWS_MAX: usize = 64 << 10;

/// Cheap to clone.
#[derive(Clone)]
pub struct Keys {
    kept: Arc<Kept>,
}

struct Kept {
    /// The first signs; the others, of earlier years, still verify.
    certificates: Vec<Named>,
    development: Named,
    identifiers: [u8; 32],
    callbacks: [u8; 32],
}

/// An Ed25519 key by its RFC 7638 thumbprint.
struct Named {
    kid: String,
    key: SigningKey,
}

impl Named {
    fn new(key: SigningKey) -> Self {
        let x = BASE64.encode(key.verifying_key().as_bytes());
        // The members and their order are those of RFC 8037, appendix A.3.
        let kid = BASE64.encode(Sha256::digest(format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#)));
        Self { kid, key }
    }

    fn jwk(&self) -> Value {
        let x = BASE64.encode(self.key.verifying_key().as_bytes());
        json!({"kty": "OKP", "crv": "Ed25519", "x": x, "kid": self.kid, "use": "sig", "alg": "EdDSA"})
    }

    fn sign(&self, claims: &Value) -> Result<String> {
        let header = json!({"alg": "EdDSA", "kid": self.kid, "typ": "JWT"});
        let signed = format!("{}.{}", BASE64.encode(header.to_string()), BASE64.encode(serde_json::to_vec(claims)?));
        let signature = self.key.sign(signed.as_bytes());
        Ok(format!("{signed}.{}", BASE64.encode(signature.to_bytes())))
    }
}

impl Keys {
    /// Loads the keys of this installation; makes at the first start what is not there.
    ///
    /// # Errors
    /// Where a file cannot be read or written, is no key, or can be read by others than its owner.
    pub fn open(data: &Path) -> Result<Self> {
        let folder = folder::open(data)?;
        let mut certificates = vec![Named::new(folder.pair("certificates.pem")?)];
        certificates.extend(folder.retired("certificates-")?.into_iter().map(Named::new));
        let development = Named::new(folder.pair("development.pem")?);
        let (identifiers, callbacks) = (folder.secret("identifiers.key")?, folder.secret("callbacks.key")?);
        Ok(Self { kept: Arc::new(Kept { certificates, development, identifiers, callbacks }) })
    }

    /// The public keys of certificates as a JWK set (RFC 7517, RFC 8037), the one in use first.
    #[must_use]
    pub fn jwks(&self) -> Value {
        json!({"keys": self.kept.certificates.iter().map(Named::jwk).collect::<Vec<_>>()})
    }

    /// Signs these claims as a compact JWS.
    ///
    /// # Errors
    /// Where the claims cannot be written as JSON.
    pub fn sign(&self, claims: &Value) -> Result<String> {
        match self.kept.certificates.first() {
            Some(key) => key.sign(claims),
            None => Err(Error::internal("there is no key for certificates")),
        }
    }

    /// The claims of a JWS that this installation has signed, now or under an earlier key.
    ///
    /// # Errors
    /// [`Error::Malformed`] where it is none or was changed.
    pub fn verify_own(&self, jws: &str) -> Result<Value> {
        self.checked(jws).ok_or_else(|| Error::Malformed("not a paper of this office, or it was changed".into()))
    }

    fn checked(&self, jws: &str) -> Option<Value> {
        if jws.len() > JWS_MAX {
            return None;
        }
        let (signed, signature) = jws.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        let header: Value = serde_json::from_slice(&BASE64.decode(header).ok()?).ok()?;
        if header.get("alg") != Some(&json!("EdDSA")) || header.get("crit").is_some() {
            return None;
        }
        let kid = header.get("kid")?.as_str()?;
        let key = self.kept.certificates.iter().find(|k| k.kid == kid)?;
        let signature = Signature::from_slice(&BASE64.decode(signature).ok()?).ok()?;
        key.key.verifying_key().verify_strict(signed.as_bytes(), &signature).ok()?;
        serde_json::from_slice(&BASE64.decode(payload).ok()?).ok()
    }

    /// What an identifier is found by: HMAC-SHA256 under a key of this installation, so that the hashes of all numbers
    /// cannot be listed without it. The value is normalised (NFKC, upper case, without spaces and dashes).
    #[must_use]
    pub fn identifier_hash(&self, kind: &str, issuer: &str, value: &str) -> [u8; 32] {
        let value: String =
            value.nfkc().flat_map(char::to_uppercase).filter(|c| !c.is_whitespace() && !is_dash(*c)).collect();
        #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.kept.identifiers).expect("a key");
        for part in [kind, issuer, &value] {
            // With their lengths: no two triples give the same bytes.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        mac.finalize().into_bytes().into()
    }

    /// The secret shared with the sandbox of payments.
    #[must_use]
    pub fn callback_secret(&self) -> &[u8; 32] {
        &self.kept.callbacks
    }

    /// A token of the development issuer for this subject.
    ///
    /// # Errors
    /// Where it cannot be written as JSON.
    pub fn development_token(&self, subject: &str, ttl: SignedDuration) -> Result<String> {
        let now = machine_now().as_second();
        self.kept.development.sign(&json!({
            "iss": DEVELOPMENT_ISSUER, "aud": DEVELOPMENT_AUDIENCE, "sub": subject, "client_id": DEVELOPMENT_CLIENT,
            "acr": "substantial", "iat": now, "nbf": now, "exp": now.saturating_add(ttl.as_secs()),
        }))
    }

    pub(super) fn development_key(&self) -> (&str, VerifyingKey) {
        (&self.kept.development.kid, self.kept.development.key.verifying_key())
    }
}

/// The client application of its tokens.
pub const DEVELOPMENT_CLIENT: &str = "development";
/// The name of the development issuer. Its key is that of one data folder: nobody else's tokens are good there.
pub const DEVELOPMENT_ISSUER: &str = "urn:guichet:development";

/// Hyphens and dashes, all of which people type for the same.
fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}')
}

#[cfg(test)]
pub(in crate::access) mod tests;

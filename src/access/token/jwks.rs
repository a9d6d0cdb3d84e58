//! The keys that an issuer publishes: fetched when first needed, again when a token names one that is not known, yet
//! at most once in ten seconds, so that invented names do not make us knock at the issuer's door. Once an hour they are
//! fetched anyhow, so that a key that was withdrawn ends. A key that is known is answered at once, whatever the issuer
//! does meanwhile: only who names an unknown one waits for it, all of them for one request.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, AlgorithmFamily, DecodingKey};
use serde::Deserialize;
use serde_json::Value;

use super::WORD_MAX;
use crate::kernel::clock::machine_now;
use crate::kernel::outbound::Outbound;
use crate::kernel::{Error, Result};

/// Keys taken of a set, at most.
const KEYS_MAX: usize = 64;
/// Between two requests at least.
const PAUSE: SignedDuration = SignedDuration::from_secs(10);
/// How long a set is believed; it is then fetched again beside the requests that need it.
const BELIEVED: SignedDuration = SignedDuration::from_hours(1);
/// Where nobody has asked the issuer for so long, the set is fetched before it is used.
const FORGOTTEN: SignedDuration = SignedDuration::from_hours(2);
/// Bits of an RSA key at least: NIST SP 800-131A.
const RSA_BYTES_MIN: usize = 256;
const ED25519_BYTES: usize = 32;

#[derive(Clone)]
pub(super) struct Remote {
    inner: Arc<Inner>,
}

struct Inner {
    url: String,
    client: Outbound,
    /// Held for a look, never while fetching.
    state: Mutex<State>,
    /// Held while fetching.
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    keys: HashMap<String, Usable>,
    asked: Option<Timestamp>,
    fetched: Option<Timestamp>,
}

#[derive(Clone)]
struct Usable {
    key: DecodingKey,
    algorithm: Option<String>,
}

#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

impl Remote {
    pub(super) fn new(url: &str) -> Result<Self> {
        let (url, client) = (url.to_owned(), Outbound::new()?);
        let (state, fetching) = (Mutex::default(), tokio::sync::Mutex::default());
        Ok(Self { inner: Arc::new(Inner { url, client, state, fetching }) })
    }

    /// The same keys, to be fetched elsewhere from now on.
    #[cfg(test)]
    pub(super) fn ask_at(&mut self, url: &str) {
        let state = std::mem::take(&mut *self.inner.state());
        let moved = Self::new(url).inspect(|remote| *remote.inner.state() = state);
        *self = moved.unwrap_or_else(|error| panic!("{error}"));
    }

    /// The key of this name, for this algorithm.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] where the issuer has none; [`Error::Unavailable`] where it was never reached.
    pub(super) async fn key(&self, kid: &str, algorithm: Algorithm) -> Result<DecodingKey> {
        self.key_at(kid, algorithm, machine_now()).await
    }

    pub(super) async fn key_at(&self, kid: &str, algorithm: Algorithm, now: Timestamp) -> Result<DecodingKey> {
        let (known, stale, rested, forgotten) = {
            let state = self.inner.state();
            let since = |at: Option<Timestamp>, length| at.is_none_or(|at| now.duration_since(at) >= length);
            let known = state.keys.contains_key(kid);
            (known, since(state.fetched, BELIEVED), since(state.asked, PAUSE), since(state.asked, FORGOTTEN))
        };
        if !known || forgotten {
            self.inner.fetch(Some(kid).filter(|_| !forgotten), now).await;
        } else if stale && rested {
            let inner = self.inner.clone();
            tokio::spawn(async move { inner.fetch(None, now).await });
        }
        self.inner.state().find(kid, algorithm)
    }
}

impl Inner {
    fn state(&self) -> MutexGuard<'_, State> {
        // Each change is one assignment.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fetches the set, unless somebody did a moment ago; `unless` names a key that makes it needless by then.
    async fn fetch(&self, unless: Option<&str>, now: Timestamp) {
        let _alone = self.fetching.lock().await;
        {
            let mut state = self.state();
            let rested = state.asked.is_none_or(|at| now.duration_since(at) >= PAUSE);
            if !rested || unless.is_some_and(|kid| state.keys.contains_key(kid)) {
                return;
            }
            state.asked = Some(now);
        }
        match self.client.get_json::<Set>(&self.url).await {
            Ok(set) => {
                let keys = usable(set);
                let mut state = self.state();
                state.keys = keys;
                state.fetched = Some(now);
            }
            // The keys that are known stay good for the while.
            Err(error) => tracing::warn!(%error, "the issuer's keys were not to be had"),
        }
    }
}

impl State {
    fn find(&self, kid: &str, algorithm: Algorithm) -> Result<DecodingKey> {
        if self.fetched.is_none() {
            return Err(Error::Unavailable("the issuer's keys are not to be had".into()));
        }
        let found = self.keys.get(kid).filter(|usable| usable.fits(algorithm));
        found.map(|usable| usable.key.clone()).ok_or(Error::Unauthenticated("token_key"))
    }
}

impl Usable {
    /// A key says what it is for; a token may not use it for anything else (RFC 8725, 3.1).
    fn fits(&self, algorithm: Algorithm) -> bool {
        let named = self.algorithm.as_deref();
        // RFC 9864 gives EdDSA over this curve a name of its own.
        let same =
            |name: &str| name == format!("{algorithm:?}") || (name == "Ed25519" && algorithm == Algorithm::EdDSA);
        self.key.family() == algorithm.family() && named.is_none_or(same)
    }
}

/// What can be used of a set; what cannot be read is left out, as a set may hold kinds that are newer than we are.
fn usable(set: Set) -> HashMap<String, Usable> {
    let keys = set.keys.into_iter().take(KEYS_MAX).filter_map(|value| {
        let algorithm = value.get("alg").and_then(Value::as_str).map(str::to_owned);
        let jwk: Jwk = serde_json::from_value(value).ok()?;
        let kid = jwk.common.key_id.clone().filter(|kid| kid.len() <= WORD_MAX)?;
        if jwk.common.public_key_use.as_ref().is_some_and(|usage| *usage != PublicKeyUse::Signature) || !is_sound(&jwk)
        {
            return None;
        }
        let key = DecodingKey::from_jwk(&jwk).ok()?;
        (key.family() != AlgorithmFamily::Hmac).then_some((kid, Usable { key, algorithm }))
    });
    keys.collect()
}

fn is_sound(jwk: &Jwk) -> bool {
    use base64::Engine;
    let length =
        |text: &str| base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(text).map_or(0, |bytes| bytes.len());
    match &jwk.algorithm {
        AlgorithmParameters::RSA(rsa) => length(&rsa.n) >= RSA_BYTES_MIN,
        AlgorithmParameters::EllipticCurve(curve) => matches!(curve.curve, EllipticCurve::P256 | EllipticCurve::P384),
        // The library takes the first 32 bytes without asking for their number.
        AlgorithmParameters::OctetKeyPair(pair) => {
            pair.curve == EllipticCurve::Ed25519 && length(&pair.x) == ED25519_BYTES
        }
        _ => false,
    }
}

//! The keys of an installation on their way into a backup and out of it: all of them in one text, encrypted under a
//! passphrase. Whoever has the text and not the passphrase learns how many bytes of keys there are, and nothing else.

use std::num::NonZeroU32;
use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::pbkdf2;
use serde::{Deserialize, Serialize};

use super::folder;
use crate::kernel::settings::Secret;
use crate::kernel::{Error, Result, random};

const KDF: &str = "PBKDF2-HMAC-SHA256";
const CIPHER: &str = "ChaCha20-Poly1305";
/// What the cipher authenticates beside the keys: the format, so that a later one is never read as this.
const AAD: &[u8] = b"guichet keys 1";
/// Half a second on a slow machine; whoever guesses pays it for each guess.
const ITERATIONS: u32 = 1_000_000;
/// A text that asks for more is not ours, and would keep the machine busy.
const ITERATIONS_MAX: u32 = 10_000_000;
/// Keys without which an installation is not the same.
const NEEDED: [&str; 2] = ["certificates.pem", "identifiers.key"];

/// The text. Bytes stand in base 64.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    kdf: String,
    iterations: u32,
    salt: String,
    cipher: String,
    nonce: String,
    /// The encrypted keys, and the cipher's tag of 16 bytes.
    keys: String,
}

/// A file of the folder of keys.
#[derive(Serialize, Deserialize)]
struct Key {
    name: String,
    bytes: String,
}

/// Keys that are no longer encrypted; not for printing.
pub struct Opened(Vec<(String, Vec<u8>)>);

/// All keys in `data`, encrypted, and how many they are.
///
/// # Errors
/// Where there are none, one cannot be read, or one can be read by others than its owner.
pub fn seal(data: &Path, passphrase: &Secret) -> Result<(Vec<u8>, usize)> {
    let all = folder::existing(data)?.map(|found| found.all()).transpose()?.unwrap_or_default();
    if let Some(missing) = NEEDED.iter().find(|name| !all.iter().any(|(n, _)| n == *name)) {
        return Err(Error::internal(format!(
            "there is no key {missing} in {}: set GUICHET_DATA to the folder of the server",
            data.join("keys").display()
        )));
    }
    let count = all.len();
    let keys: Vec<Key> = all.into_iter().map(|(name, bytes)| Key { name, bytes: BASE64.encode(bytes) }).collect();
    let mut text = serde_json::to_vec(&keys)?;
    let (salt, nonce) = (random::bytes::<32>(), random::bytes::<12>());
    let key = derived(passphrase, ITERATIONS, &salt)?;
    let sealed = key.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(AAD), &mut text);
    sealed.map_err(|_| Error::internal("the keys could not be encrypted"))?;
    let sealed = Sealed {
        kdf: KDF.into(),
        iterations: ITERATIONS,
        salt: BASE64.encode(salt),
        cipher: CIPHER.into(),
        nonce: BASE64.encode(nonce),
        keys: BASE64.encode(text),
    };
    Ok((serde_json::to_vec_pretty(&sealed)?, count))
}

/// The keys in a text that [`seal`] made.
///
/// # Errors
/// Where it is none, or the passphrase is another.
pub fn unseal(text: &[u8], passphrase: &Secret) -> Result<Opened> {
    let none = || Error::internal("the keys of the backup are not in a format that this version reads");
    let sealed: Sealed = serde_json::from_slice(text).map_err(|_| none())?;
    if sealed.kdf != KDF || sealed.cipher != CIPHER || !(1..=ITERATIONS_MAX).contains(&sealed.iterations) {
        return Err(none());
    }
    let bytes = |text: &str| BASE64.decode(text).map_err(|_| none());
    let (salt, nonce, mut keys) = (bytes(&sealed.salt)?, bytes(&sealed.nonce)?, bytes(&sealed.keys)?);
    let nonce = Nonce::try_assume_unique_for_key(&nonce).map_err(|_| none())?;
    let key = derived(passphrase, sealed.iterations, &salt)?;
    let opened = key.open_in_place(nonce, Aad::from(AAD), &mut keys).map_err(|_| {
        Error::internal(
            "GUICHET_BACKUP_PASSPHRASE does not open the keys of this backup: set the one with which it was made",
        )
    })?;
    let keys: Vec<Key> = serde_json::from_slice(opened).map_err(|_| none())?;
    keys.into_iter().map(|key| Ok((key.name, bytes(&key.bytes)?))).collect::<Result<_>>().map(Opened)
}

impl Opened {
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// Puts the keys into `data`, where there are none yet.
    ///
    /// # Errors
    /// Where one is there, or cannot be written.
    pub fn place(&self, data: &Path) -> Result<()> {
        check_none(data)?;
        let folder = folder::open(data)?;
        self.0.iter().try_for_each(|(name, bytes)| folder.put(name, bytes))
    }
}

/// Makes sure that there are no keys in `data`; makes nothing.
///
/// # Errors
/// Where there are some, or the folder cannot be read.
pub fn check_none(data: &Path) -> Result<()> {
    match folder::existing(data)?.map(|found| found.all()).transpose()? {
        Some(found) if !found.is_empty() => Err(Error::internal(format!(
            "there are keys in {}: a backup is restored into a new GUICHET_DATA",
            data.join("keys").display()
        ))),
        _ => Ok(()),
    }
}

fn derived(passphrase: &Secret, iterations: u32, salt: &[u8]) -> Result<LessSafeKey> {
    let iterations = NonZeroU32::new(iterations).ok_or_else(|| Error::internal("no iterations"))?;
    let mut key = [0; 32];
    pbkdf2::derive(pbkdf2::PBKDF2_HMAC_SHA256, iterations, salt, passphrase.reveal().as_bytes(), &mut key);
    let key = UnboundKey::new(&CHACHA20_POLY1305, &key).map_err(|_| Error::internal("no key"))?;
    Ok(LessSafeKey::new(key))
}

#[cfg(test)]
mod tests {
    use super::super::Keys;
    use super::super::tests::Scratch;
    use super::*;

    fn passphrase(text: &str) -> Secret {
        Secret::new(text)
    }

    fn sentence<T>(done: Result<T>) -> String {
        match done {
            Err(Error::Internal(source)) => source.to_string(),
            Err(other) => other.to_string(),
            Ok(_) => String::new(),
        }
    }

    #[test]
    fn keys_come_back_as_they_were_and_only_under_their_passphrase() {
        let (from, to) = (Scratch::new(), Scratch::new());
        let keys = from.keys();
        let (text, count) = seal(&from.0, &passphrase("correct horse battery")).expect("sealed");
        assert_eq!(count, 4);
        let said = String::from_utf8(text.clone()).expect("text");
        assert!(said.contains(KDF) && said.contains(CIPHER) && !said.contains("PRIVATE"), "{said}");

        let wrong = sentence(unseal(&text, &passphrase("correct horse batterz")));
        assert!(wrong.contains("GUICHET_BACKUP_PASSPHRASE"), "{wrong}");
        let opened = unseal(&text, &passphrase("correct horse battery")).expect("opened");
        opened.place(&to.0).expect("placed");
        let placed = Keys::open(&to.0).expect("keys, for their owner only");
        assert_eq!(placed.jwks(), keys.jwks());
        assert_eq!(placed.identifier_hash("a", "b", "c"), keys.identifier_hash("a", "b", "c"));
        assert!(sentence(opened.place(&to.0)).contains("there are keys"), "never over others");
    }

    #[test]
    fn what_was_changed_on_the_way_is_refused() {
        let from = Scratch::new();
        from.keys();
        let (text, _) = seal(&from.0, &passphrase("correct horse battery")).expect("sealed");
        let sealed: Sealed = serde_json::from_slice(&text).expect("the text");
        let mut keys = BASE64.decode(&sealed.keys).expect("bytes");
        keys[7] ^= 1;
        let changes: [(&str, serde_json::Value); 5] = [
            ("keys", BASE64.encode(keys).into()),
            ("iterations", u32::MAX.into()),
            ("iterations", 0.into()),
            ("cipher", "none".into()),
            ("nonce", "AAAA".into()),
        ];
        for (member, value) in changes {
            let mut changed: serde_json::Value = serde_json::from_slice(&text).expect("JSON");
            changed[member] = value;
            let refused = unseal(changed.to_string().as_bytes(), &passphrase("correct horse battery"));
            assert!(refused.is_err(), "{member}");
        }
    }

    #[test]
    fn without_keys_there_is_nothing_to_seal_and_nothing_is_made() {
        let empty = Scratch::new();
        assert!(sentence(seal(&empty.0, &passphrase("correct horse battery"))).contains("GUICHET_DATA"));
        assert!(!empty.0.join("keys").exists());
        check_none(&empty.0).expect("none");
    }
}

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use super::*;
use crate::kernel::random;

/// A folder of its own, removed at the end.
pub(in crate::access) struct Scratch(pub PathBuf);

impl Scratch {
    pub fn new() -> Self {
        let path = std::env::temp_dir().join(format!("guichet-keys-{}", random::uuid()));
        fs::create_dir(&path).expect("a folder");
        Self(path)
    }

    pub fn keys(&self) -> Keys {
        Keys::open(&self.0).expect("keys")
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn keys_are_made_once_and_for_their_owner_only() {
    let scratch = Scratch::new();
    let (first, second) = (scratch.keys(), scratch.keys());
    assert_eq!(first.jwks(), second.jwks());
    assert_eq!(first.callback_secret(), second.callback_secret());
    let names: Vec<_> = fs::read_dir(scratch.0.join("keys")).expect("a folder").map(|e| e.expect("an entry")).collect();
    assert_eq!(names.len(), 4, "nothing is left beside the keys");
    for entry in names {
        assert_eq!(entry.metadata().expect("metadata").permissions().mode() & 0o777, 0o600);
    }
    assert!(!first.jwks().to_string().contains("\"d\""), "the private half stays");
}

#[test]
fn a_key_that_others_can_read_is_refused() {
    let scratch = Scratch::new();
    scratch.keys();
    let path = scratch.0.join("keys/identifiers.key");
    fs::set_permissions(path, fs::Permissions::from_mode(0o640)).expect("permissions");
    assert!(Keys::open(&scratch.0).is_err());
}

#[test]
fn a_paper_verifies_until_it_is_changed_also_after_the_key_was() {
    let scratch = Scratch::new();
    let claims = json!({"number": "K-2026-000001"});
    let jws = scratch.keys().sign(&claims).expect("a signature");
    assert_eq!(scratch.keys().verify_own(&jws).expect("verified"), claims);

    let mut parts: Vec<_> = jws.split('.').map(str::to_owned).collect();
    parts[1] = BASE64.encode(json!({"number": "K-2026-000002"}).to_string());
    for bad in
        [parts.join("."), jws.replace('.', ""), String::new(), "..".into(), "a.b.c".into(), jws[..jws.len() - 4].into()]
    {
        assert!(scratch.keys().verify_own(&bad).is_err(), "{bad}");
    }

    let folder = scratch.0.join("keys");
    fs::rename(folder.join("certificates.pem"), folder.join("certificates-2026.pem")).expect("renamed");
    let later = scratch.keys();
    assert_eq!(later.verify_own(&jws).expect("verified"), claims);
    let new = later.sign(&claims).expect("a signature");
    assert_ne!(new, jws, "signed under the new key");
    assert_eq!(later.jwks()["keys"].as_array().map(Vec::len), Some(2));
    assert!(Scratch::new().keys().verify_own(&jws).is_err(), "another office's paper");
}

#[test]
fn the_development_key_signs_no_papers() {
    let keys = Scratch::new().keys();
    let token = keys.development_token("rahim", SignedDuration::from_hours(1)).expect("a token");
    assert!(keys.verify_own(&token).is_err());
}

#[test]
fn the_key_id_is_the_thumbprint_of_rfc_8037() {
    // RFC 8037, appendix A.1 and A.3.
    let d = BASE64.decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A").expect("base 64");
    let named = Named::new(SigningKey::from_bytes(&d.try_into().expect("32 bytes")));
    assert_eq!(named.kid, "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    assert_eq!(named.jwk()["x"], "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
}

#[test]
fn an_identifier_is_found_however_it_was_typed() {
    let scratch = Scratch::new();
    let keys = scratch.keys();
    let hash = |kind: &str, issuer: &str, value: &str| keys.identifier_hash(kind, issuer, value);
    let one = hash("passport", "bd", "ab 123-456");
    assert_eq!(one, hash("passport", "bd", " AB123456"));
    assert_eq!(one, hash("passport", "bd", "ＡＢ１２３\u{2013}４５６"));
    assert_ne!(one, hash("passport", "bd", "AB123457"));
    assert_ne!(one, hash("passport", "in", "AB123456"));
    assert_ne!(hash("a", "bc", "d"), hash("ab", "c", "d"));
    assert_ne!(one, Scratch::new().keys().identifier_hash("passport", "bd", "AB123456"));
}

//! Bodies that another system signs: `X-Signature: t=<unix seconds>,v1=<hex of HMAC-SHA256(secret, "t.body")>`. The
//! instant is part of what is signed, so that a body that was overheard cannot be sent again later.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use super::{Error, Result};

/// The header that carries the signature.
pub const HEADER: &str = "X-Signature";
/// How far the signer's clock may be from ours, in seconds.
pub const TOLERANCE: i64 = 300;
/// A header is no longer than this, in bytes: room for a few signatures, while a secret is being changed.
const HEADER_MAX: usize = 512;

/// The header's value for a body signed at that instant (Unix seconds).
#[must_use]
pub fn sign(secret: &[u8], unix: i64, body: &[u8]) -> String {
    let code = code(secret, unix, body).finalize().into_bytes();
    let hex: String = code.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("t={unix},v1={hex}")
}

/// Whether the header is a signature of this body, made within [`TOLERANCE`] of `now`. The comparison takes the same
/// time whatever differs.
///
/// # Errors
/// [`Error::Unauthenticated`] where it is not.
pub fn check_signature(secret: &[u8], header: &str, body: &[u8], now: Timestamp) -> Result<()> {
    let malformed = Error::Unauthenticated("the signature cannot be read");
    if header.len() > HEADER_MAX {
        return Err(malformed);
    }
    let (mut unix, mut codes) = (None, Vec::new());
    for part in header.split(',') {
        match part.trim().split_once('=') {
            Some(("t", seconds)) if unix.is_none() => unix = seconds.parse::<i64>().ok(),
            Some(("v1", hex)) => codes.extend(bytes(hex)),
            // Later versions of the scheme may stand beside the one that is known.
            Some((name, _)) if name != "t" => {}
            _ => return Err(malformed),
        }
    }
    let Some(unix) = unix else {
        return Err(malformed);
    };
    if now.as_second().abs_diff(unix) > TOLERANCE.unsigned_abs() {
        return Err(Error::Unauthenticated("the signature is too old or from the future"));
    }
    let ours = code(secret, unix, body);
    if codes.iter().any(|theirs| ours.clone().verify_slice(theirs).is_ok()) {
        return Ok(());
    }
    Err(Error::Unauthenticated("the signature is wrong"))
}

fn code(secret: &[u8], unix: i64, body: &[u8]) -> Hmac<Sha256> {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    let code = Hmac::<Sha256>::new_from_slice(secret).expect("any length");
    code.chain_update(unix.to_string()).chain_update(b".").chain_update(body)
}

/// 32 bytes from 64 hexadecimal digits.
fn bytes(hex: &str) -> Option<[u8; 32]> {
    if hex.len() != 64 || !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    let mut out = [0; 32];
    for (byte, digits) in out.iter_mut().zip(hex.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8] = b"a shared secret";
    const BODY: &[u8] = br#"{"a":1}"#;

    fn at(unix: i64) -> Timestamp {
        Timestamp::from_second(unix).expect("an instant")
    }

    /// Made with another implementation: Python's `hmac.new(secret, b"1763892000." + body, sha256)`.
    #[test]
    fn it_is_what_others_compute() {
        let expected = "t=1763892000,v1=98f572d55423d5b4d27ed1c58a8fa5a8ab8ac1fc89da18c847cf2b3150ed05f2";
        assert_eq!(sign(SECRET, 1_763_892_000, BODY), expected);
        assert!(check_signature(SECRET, expected, BODY, at(1_763_892_000)).is_ok());
    }

    #[test]
    fn another_body_secret_or_instant_is_refused() {
        let header = sign(SECRET, 1_000, BODY);
        assert!(check_signature(SECRET, &header, br#"{"a":2}"#, at(1_000)).is_err());
        assert!(check_signature(b"another", &header, BODY, at(1_000)).is_err());
        let moved = header.replace("t=1000", "t=1001");
        assert!(check_signature(SECRET, &moved, BODY, at(1_000)).is_err());
    }

    #[test]
    fn it_holds_for_five_minutes_in_both_directions() {
        let header = sign(SECRET, 10_000, BODY);
        for (now, good) in [(9_699, false), (9_700, true), (10_000, true), (10_300, true), (10_301, false)] {
            assert_eq!(check_signature(SECRET, &header, BODY, at(now)).is_ok(), good, "{now}");
        }
    }

    #[test]
    fn while_a_secret_is_changed_one_of_two_signatures_is_enough() {
        let (old, new) = (sign(b"old", 1_000, BODY), sign(SECRET, 1_000, BODY));
        let both = format!("{old},{}", new.trim_start_matches("t=1000,"));
        assert!(check_signature(SECRET, &both, BODY, at(1_000)).is_ok());
        assert!(check_signature(SECRET, &old, BODY, at(1_000)).is_err());
    }

    #[test]
    fn what_is_no_signature_is_refused() {
        let header = sign(SECRET, 1_000, BODY);
        let no_time = header.trim_start_matches("t=1000,");
        let huge = "v1=".repeat(1_000);
        let longest = format!("t={},v1=00", i64::MIN);
        for bad in [
            "",
            "t=1000",
            "t=,v1=",
            "t=1000,v1=zz",
            "v1",
            no_time,
            &huge,
            "t=1000,t=1000",
            &longest,
            "é=1",
            &header[..40],
        ] {
            assert!(check_signature(SECRET, bad, BODY, at(1_000)).is_err(), "{bad}");
        }
    }
}

//! The only source of randomness. Everything that must not be guessed (certificate codes, salts, references, keys)
//! is drawn here, from the operating system's generator.

use rand::TryRngCore;
use uuid::Uuid;

/// `N` random bytes from the operating system.
///
/// # Panics
/// Where the operating system has no random numbers to give: nothing that is secret may be made without them.
#[must_use]
pub fn bytes<const N: usize>() -> [u8; N] {
    let mut out = [0; N];
    #[expect(clippy::expect_used, reason = "a machine without randomness must not go on")]
    rand::rngs::OsRng.try_fill_bytes(&mut out).expect("the operating system gives random bytes");
    out
}

/// A version 7 UUID: 48 bits of machine time, the rest random.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the one place where ids are drawn")]
pub fn uuid() -> Uuid {
    Uuid::now_v7()
}

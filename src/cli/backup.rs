//! `guichet backup DIR` and `guichet restore DIR`. A backup is a folder:
//!
//! | name | what it is |
//! |---|---|
//! | `database.dump` | an archive of `pg_dump`, of one moment |
//! | `documents.sha256` | which contents the documents of that moment name, as `sha256sum --check` reads it |
//! | `documents/` | those contents |
//! | `keys.sealed` | the keys, encrypted |
//! | `manifest.json` | what there is, and the hash of each part; written last, so without it there is no backup |
//!
//! Promises that whatever was acknowledged before a backup began is in it, that a damaged backup is known before
//! anything is touched, and that a restore which was cut off is never mistaken for a whole one.

mod folder;
mod manifest;
mod restore;
mod take;
mod unfinished;

pub use restore::run as restore;
pub use take::run as backup;
pub use unfinished::check as check_finished;

use crate::kernel::settings::{Secret, Settings};
use crate::kernel::{Error, Result};

/// What the keys are encrypted under.
fn passphrase(settings: &Settings) -> Result<&Secret> {
    settings.backup_passphrase.as_ref().ok_or_else(|| {
        Error::internal("GUICHET_BACKUP_PASSPHRASE must be set: the keys in a backup are encrypted under it")
    })
}

/// Bytes as an operator reads them.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    let (mut tenths, mut unit) = (bytes.saturating_mul(10), "bytes");
    for next in UNITS {
        if tenths < 10_240 {
            break;
        }
        (tenths, unit) = (tenths / 1_024, next);
    }
    if unit == "bytes" { format!("{bytes} bytes") } else { format!("{}.{} {unit}", tenths / 10, tenths % 10) }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_read_by_people() {
        let cases = [(0, "0 bytes"), (1_023, "1023 bytes"), (1_024, "1.0 KiB"), (1_600_000, "1.5 MiB")];
        for (bytes, text) in cases {
            assert_eq!(size(bytes), text);
        }
        assert_eq!(size(5 << 40), "5.0 TiB");
    }
}

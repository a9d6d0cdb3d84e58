//! `guichet token NAME`: a token of the development issuer, alone on standard output.

use jiff::SignedDuration;

use crate::access::Keys;
use crate::kernel::settings::Settings;
use crate::kernel::{Error, Result};

/// How long a development token is good.
const HOURS: i64 = 12;

pub fn run(settings: &Settings, name: &str) -> Result<()> {
    println!("{}", make(settings, &Keys::open(&settings.data)?, name)?);
    Ok(())
}

/// A token for somebody of the demo.
///
/// # Errors
/// Where an issuer is configured: then tokens are its affair.
pub fn make(settings: &Settings, keys: &Keys, name: &str) -> Result<String> {
    if settings.issuer.is_some() {
        return Err(Error::internal("GUICHET_ISSUER is set: there are no development tokens beside it"));
    }
    keys.development_token(name, SignedDuration::from_hours(HOURS))
}

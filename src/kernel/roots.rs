//! Whose word is taken on the certificates of other systems: that of the authorities of the web, and of those in the
//! operator's file. Said once for the process and before its first connection, like the provider of cryptography; so
//! nothing that connects can be made without it. What one's own certificate is, stands elsewhere: TLS in front of the
//! server is a proxy's.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::{Error, Result};

/// Largest file, in bytes.
const FILE_MAX: u64 = 1 << 20;

static FURTHER: OnceLock<Vec<CertificateDer<'static>>> = OnceLock::new();

/// Believes the authorities of this file, in PEM, beside those of the web. The first file of a process counts.
///
/// # Errors
/// Where the file cannot be read, is over 1 MiB, or holds anything but certificates of authorities.
pub fn trust(file: &Path) -> Result<()> {
    let failed = |why: &str| Error::internal(format!("GUICHET_CA_FILE {}: {why}", file.display()));
    let mut pem = Vec::new();
    let read = File::open(file).and_then(|opened| opened.take(FILE_MAX + 1).read_to_end(&mut pem));
    let read = read.map_err(|e| failed(&e.to_string()))?;
    if read as u64 > FILE_MAX {
        return Err(failed("is over 1 MiB"));
    }
    let found: Vec<_> =
        CertificateDer::pem_slice_iter(&pem).collect::<Result<_, _>>().map_err(|e| failed(&e.to_string()))?;
    if found.is_empty() {
        return Err(failed("holds no certificate in PEM"));
    }
    let mut probe = RootCertStore::empty();
    for authority in &found {
        probe.add(authority.clone()).map_err(|e| failed(&e.to_string()))?;
    }
    FURTHER.get_or_init(|| found);
    Ok(())
}

/// The operator's authorities, for clients that have those of the web by themselves.
#[must_use]
pub fn further() -> &'static [CertificateDer<'static>] {
    FURTHER.get().map_or(&[], Vec::as_slice)
}

/// TLS as a client, without a certificate of our own.
///
/// # Errors
/// Where TLS cannot be set up.
pub fn client() -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    roots.add_parsable_certificates(further().iter().cloned());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}

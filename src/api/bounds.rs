//! What every request is measured by, as the operator set it: an application's data.

use std::net::IpAddr;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_web::HttpRequest;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::HeaderMap;

use super::limits::{Routes, UNMATCHED};
use super::peer;
use super::rates::Rates;
use crate::kernel::Result;
use crate::kernel::settings::{Network, Settings};

/// An upload may take so many times as long as another request: twenty for the file, see `files`, and one for the rest.
const UPLOADS: u32 = 21;
/// Cheap to clone.
#[derive(Clone)]
pub struct Bounds {
    rates: Arc<Rates>,
    proxies: Arc<[Network]>,
    /// How long a request may take.
    pub request: Duration,
    routes: Arc<Routes>,
}

impl Bounds {
    #[must_use]
    pub fn new(settings: &Settings, routes: Routes) -> Self {
        Self {
            rates: Arc::new(Rates::new(settings)),
            proxies: settings.trusted_proxies.clone().into(),
            request: Duration::from_secs(settings.request_seconds.into()),
            routes: Arc::new(routes),
        }
    }

    /// The pattern of a path, for the figures.
    #[must_use]
    pub fn route(&self, path: &str) -> &str {
        self.routes.pattern(path).unwrap_or(UNMATCHED)
    }

    /// How long an upload may take.
    #[must_use]
    pub fn upload(&self) -> Duration {
        self.request * UPLOADS
    }

    /// Counts a request by where it came from. Whether the process lives and can serve may always be asked: a machine
    /// that asks behind the same address as everybody must not be told that the server is dead.
    ///
    /// # Errors
    /// [`crate::kernel::Error::TooMany`].
    pub fn count(&self, request: &ServiceRequest) -> Result<()> {
        let peer = request.peer_addr().map(|address| address.ip());
        match (peer, request.path()) {
            (None, _) | (_, "/healthz" | "/readyz") => Ok(()),
            (Some(peer), _) => self.rates.address(self.client(peer, request.headers())),
        }
    }

    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        peer::client(peer, headers, &self.proxies)
    }

    /// Counts a request by whom it is.
    ///
    /// # Errors
    /// [`crate::kernel::Error::TooMany`].
    pub fn count_caller(request: &HttpRequest, issuer: &str, subject: &str) -> Result<()> {
        let bounds = request.app_data::<Rc<Self>>();
        bounds.map_or(Ok(()), |bounds| bounds.rates.caller(issuer, subject))
    }
}

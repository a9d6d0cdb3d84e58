//! The HTTP server: the application that every worker runs, and the limits of its connections.

use std::future::ready;
use std::io::ErrorKind;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;

use actix_http::HttpService;
use actix_http::error::DispatchError;
use actix_service::{IntoServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_web::dev::AppConfig;
use actix_web::middleware::from_fn;
use actix_web::rt::net::TcpStream;
use actix_web::{App, web};
use tokio::net::TcpSocket;

use super::bounds::Bounds;
use super::connection::{Doors, GOODBYE, Patience, Wire};
use super::payments::MaybeTill;
use super::{Gate, Till, docs, health, limits, openapi, operations, services};
use crate::cases::Context;
use crate::kernel::settings::Settings;
use crate::kernel::{Error, Result};
use crate::payments::Provider;

/// Seconds that requests under way have to end when the server stops.
const SHUTDOWN: u64 = 10;
/// Connections that wait to be taken, in the kernel; further ones are not answered yet.
const BACKLOG: u32 = 1_024;

/// Threads that serve requests.
#[must_use]
pub fn threads() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// What the operations work with. Cheap to clone.
#[derive(Clone)]
pub struct Server {
    pub ctx: Context,
    pub gate: Gate,
    /// None where no provider of payments is configured.
    pub till: Option<Till>,
}

/// What is made of the description of the API, once.
#[derive(Clone)]
struct Pages {
    document: String,
    routes: limits::Routes,
    bounds: Bounds,
}

impl Pages {
    fn new(settings: &Settings) -> Result<Self> {
        let description = openapi::description();
        let routes = limits::Routes::new(&description);
        Ok(Self { document: openapi::write(&description)?, bounds: Bounds::new(settings, routes.clone()), routes })
    }
}

impl Server {
    /// The same for one of so many threads, over connections of its own; the jobs keep some. Where there are too few
    /// to part, all are shared.
    fn apart(&self, threads: usize) -> Result<Self> {
        let (_, Some(each)) = self.ctx.settings.pools(threads) else { return Ok(self.clone()) };
        let ctx = self.ctx.apart(each)?;
        Ok(Self { gate: self.gate.apart(&ctx), ctx, till: self.till.clone() })
    }

    /// The whole of an application but for the middleware [`limits::around`].
    fn configure(self, pages: Pages) -> impl FnOnce(&mut web::ServiceConfig) {
        move |app: &mut web::ServiceConfig| {
            app.app_data(web::Data::new(self.ctx)).app_data(web::Data::new(self.gate));
            app.app_data(web::Data::new(MaybeTill(self.till)));
            app.app_data(web::Data::new(services::Entries::default()));
            app.app_data(Rc::new(pages.bounds));
            app.configure(limits::configure(pages.routes));
            operations(&mut utoipa_actix_web::service_config::ServiceConfig::new(app));
            // Last: the pages of the reference take every path that is left.
            app.configure(docs::configure(pages.document));
        }
    }
}

/// A listener on this address.
///
/// # Errors
/// Where it cannot be had.
pub fn bind(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A restart does not wait for what the kernel remembers of the last one.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)?.into_std()
}

/// Serves on a listener that is bound already; the answer is to be awaited, and its `handle()` stops it. Signals are the
/// caller's business. `provider` signs its callbacks with `secret`.
///
/// # Errors
/// Where the listener cannot be used, or something else in the process counts figures already.
pub fn serve(
    listener: TcpListener,
    ctx: Context,
    gate: Gate,
    provider: Option<Arc<dyn Provider>>,
    secret: Vec<u8>,
) -> Result<actix_web::dev::Server> {
    // Counting begins before the first request; without a reader the figures are swept all the same.
    health::figures()?;
    tokio::spawn(async {
        if let Err(error) = health::sweep().await {
            tracing::error!(error = &error as &dyn std::error::Error, "the figures are not swept");
        }
    });
    let settings = Arc::clone(&ctx.settings);
    let till = provider.map(|provider| Till { provider, secret: secret.into() });
    let server = Server { ctx, gate, till };
    let (pages, workers) = (Pages::new(&settings)?, threads());
    let (patience, doors) = (Patience::new(&settings), Doors::new(&settings));
    let builder = actix_web::dev::Server::build()
        .workers(workers)
        .max_concurrent_connections(settings.connections.div_ceil(workers))
        .shutdown_timeout(SHUTDOWN)
        .disable_signals();
    let stopping = builder.graceful_shutdown_signal();
    let serving = builder.listen("http", listener, move || {
        // On the thread that is going to serve.
        #[expect(clippy::expect_used, reason = "a pool is made of what made one before")]
        let own = server.apart(workers).expect("a pool of connections");
        let app = App::new().wrap(from_fn(limits::around)).configure(own.configure(pages.clone()));
        let (stopping, doors) = (stopping.clone(), Arc::clone(&doors));
        let stopped = move || {
            let stopping = stopping.clone();
            async move { stopping.notified().await }
        };
        let http = HttpService::build()
            .graceful_shutdown_signal(stopped)
            .client_request_timeout(patience.head)
            .client_disconnect_timeout(GOODBYE)
            .keep_alive(patience.idle)
            .on_connect_ext(|wire: &Wire, extensions| drop(extensions.insert(wire.line())))
            .h1(map_config(app.into_factory().map_err(|error: actix_web::Error| error.error_response()), |()| {
                AppConfig::default()
            }));
        fn_service(move |io| ready(watched(io, patience, &doors))).and_then(http)
    });
    Ok(serving.map_err(|error| Error::internal(format!("GUICHET_LISTEN: cannot listen: {error}")))?.run())
}

/// A connection that is let in, and whose it is.
fn watched(
    io: TcpStream,
    patience: Patience,
    doors: &Arc<Doors>,
) -> std::result::Result<(Wire, Option<SocketAddr>), DispatchError> {
    let address = io.peer_addr().map_err(DispatchError::Io)?;
    let pass = doors.enter(address.ip()).ok_or_else(|| DispatchError::Io(ErrorKind::ConnectionRefused.into()))?;
    Ok((Wire::new(io, patience, pass), Some(address)))
}

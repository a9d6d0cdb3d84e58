//! The HTTP server: the application that every worker runs, and the limits of its connections.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};

use super::payments::MaybeTill;
use super::{Gate, Till, docs, health, limits, openapi, operations, services};
use crate::cases::Context;
use crate::kernel::{Error, Result};
use crate::payments::Provider;

/// How long a client may take to send the head of a request.
const HEAD: Duration = Duration::from_secs(10);
/// How long a connection that is being closed is waited for.
const GOODBYE: Duration = Duration::from_secs(2);
/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(75);
/// Seconds that requests under way have to end when the server stops.
const SHUTDOWN: u64 = 10;
/// Connections of one worker at most.
const CONNECTIONS: usize = 8_192;

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
}

impl Pages {
    fn new() -> Result<Self> {
        let description = openapi::description();
        Ok(Self { document: openapi::write(&description)?, routes: limits::Routes::new(&description) })
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
            app.configure(limits::configure(pages.routes));
            operations(&mut utoipa_actix_web::service_config::ServiceConfig::new(app));
            // Last: the pages of the reference take every path that is left.
            app.configure(docs::configure(pages.document));
        }
    }
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
    let till = provider.map(|provider| Till { provider, secret: secret.into() });
    let server = Server { ctx, gate, till };
    let pages = Pages::new()?;
    let workers = threads();
    let server = HttpServer::new(move || {
        // On the thread that is going to serve.
        #[expect(clippy::expect_used, reason = "a pool is made of what made one before")]
        let own = server.apart(workers).expect("a pool of connections");
        App::new().wrap(from_fn(limits::around)).configure(own.configure(pages.clone()))
    })
    .workers(workers)
    .client_request_timeout(HEAD)
    .client_disconnect_timeout(GOODBYE)
    .keep_alive(IDLE)
    .max_connections(CONNECTIONS)
    .shutdown_timeout(SHUTDOWN)
    .disable_signals()
    .listen(listener)
    .map_err(|error| Error::internal(format!("GUICHET_LISTEN: cannot listen: {error}")))?;
    Ok(server.run())
}

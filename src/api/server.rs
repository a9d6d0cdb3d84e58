//! The HTTP server: the application that every worker runs, and the limits of its connections.

use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::middleware::from_fn;
use actix_web::{App, HttpServer, web};

use super::payments::MaybeTill;
use super::{Gate, Till, docs, health, limits, openapi, operations};
use crate::cases::Context;
use crate::kernel::{Error, Result};
use crate::payments::Provider;

/// How long a client may take to send the head of a request.
const HEAD: Duration = Duration::from_secs(10);
/// How long a connection that is being closed is waited for.
const GOODBYE: Duration = Duration::from_secs(2);
/// How long an idle connection is kept.
const IDLE: Duration = Duration::from_secs(75);
/// Connections of one worker at most.
const CONNECTIONS: usize = 8_192;

/// What the operations work with. Cheap to clone.
#[derive(Clone)]
pub struct Server {
    pub ctx: Context,
    pub gate: Gate,
    /// None where no provider of payments is configured.
    pub till: Option<Till>,
}

impl Server {
    /// The whole of an application but for the middleware [`limits::around`].
    ///
    /// # Errors
    /// Where the document of the API cannot be written.
    pub fn configure(&self) -> Result<impl FnOnce(&mut web::ServiceConfig) + Clone + Send + 'static> {
        let (server, description) = (self.clone(), openapi::description());
        let (document, routes) = (openapi::write(&description)?, limits::Routes::new(&description));
        Ok(move |app: &mut web::ServiceConfig| {
            app.app_data(web::Data::new(server.ctx)).app_data(web::Data::new(server.gate));
            app.app_data(web::Data::new(MaybeTill(server.till)));
            app.configure(limits::configure(routes));
            operations(&mut utoipa_actix_web::service_config::ServiceConfig::new(app));
            // Last: the pages of the reference take every path that is left.
            app.configure(docs::configure(document));
        })
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
    let shutdown = ctx.settings.shutdown.as_secs();
    let till = provider.map(|provider| Till { provider, secret: secret.into() });
    let configure = Server { ctx, gate, till }.configure()?;
    let workers = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let server = HttpServer::new(move || App::new().wrap(from_fn(limits::around)).configure(configure.clone()))
        .workers(workers)
        .client_request_timeout(HEAD)
        .client_disconnect_timeout(GOODBYE)
        .keep_alive(IDLE)
        .max_connections(CONNECTIONS)
        .shutdown_timeout(shutdown)
        .disable_signals()
        .listen(listener)
        .map_err(|error| Error::internal(format!("GUICHET_LISTEN: cannot listen: {error}")))?;
    Ok(server.run())
}

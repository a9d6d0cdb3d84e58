//! `guichet serve`: everything started in its order, and stopped in the reverse one.

use std::path::Path;
use std::rc::Rc;
use std::sync::Arc;

use tokio::sync::watch;
use tokio::task::LocalSet;
use tokio::time::Instant;

use super::backup;
use crate::access::{Keys, Verifier, keys::DEVELOPMENT_ISSUER, token::check_issuer};
use crate::api::{self, extract::Gate, trace::Exporter};
use crate::cases::{self, Context};
use crate::catalogue::{self, Catalogue};
use crate::files::{Files, Place, S3};
use crate::jobs::{self, Means};
use crate::kernel::outbound::Outbound;
use crate::kernel::settings::{Documents, Settings, SmtpTls};
use crate::kernel::{Clock, Error, Result};
use crate::notify::{Gateway, Mailer, Security, Server as MailServer};
use crate::payments::{Provider, PushProvider, sandbox};
use crate::people;
use crate::postgres::launcher::{Embedded, Launcher};
use crate::postgres::{self, Database};
use crate::registers;

/// The name of the one payment provider, in its callback's address.
pub const PROVIDER: &str = "push";
/// The database within the embedded server.
const DATABASE: &str = "postgres";

fn launcher(settings: &Settings) -> Launcher {
    Launcher::new("guichet", settings.data.join("postgres"))
}

/// Makes sure that [`database`] finds a database rather than makes one.
///
/// # Errors
/// Where it would make one.
pub(super) fn check_database(settings: &Settings) -> Result<()> {
    if settings.database_url.is_some() || launcher(settings).exists() {
        return Ok(());
    }
    let place = settings.data.join("postgres");
    Err(Error::internal(format!(
        "there is no database in {}: set GUICHET_DATA or DATABASE_URL to those of the server",
        place.display()
    )))
}

/// The URL of the database, and the embedded server behind it where there is one.
///
/// # Errors
/// Where a restore was cut off here, or the embedded server cannot be started.
pub(super) fn database(settings: &Settings) -> Result<(String, Option<Embedded>)> {
    backup::check_finished(&settings.data)?;
    if let Some(url) = &settings.database_url {
        return Ok((url.reveal().to_owned(), None));
    }
    let embedded = launcher(settings).start().map_err(|e| Error::internal(e.to_string()))?;
    Ok((embedded.url(DATABASE), Some(embedded)))
}

/// `guichet migrate`.
///
/// # Errors
/// Where the database cannot be reached or a migration fails.
pub async fn migrate(settings: &Settings) -> Result<()> {
    let (url, embedded) = database(settings)?;
    let done = postgres::migrate(&url).await;
    drop(embedded);
    done
}

/// `guichet migrate-cases`.
///
/// # Errors
/// Where there is no such version; where something cannot be started; those of the database.
pub async fn migrate_cases(settings: Settings, service: &str, version: &str, rehearse: bool) -> Result<()> {
    let (url, embedded) = database(&settings)?;
    postgres::migrate(&url).await?;
    let done = LocalSet::new()
        .run_until(async {
            let (ctx, _) = context(settings, &url, Arc::new(Clock::default())).await?;
            let mut say = |line: String| println!("{line}");
            let done = cases::migrate_cases(&ctx, service, version, rehearse, &mut say).await;
            done.map_err(|error| match error {
                Error::NotFound => Error::internal(format!("there is no version {version} of `{service}`")),
                other => other,
            })
        })
        .await;
    drop(embedded);
    done
}

/// `guichet serve`, until it is told to stop.
///
/// # Errors
/// Where something cannot be started; the sentence says what.
pub async fn run(settings: Settings) -> Result<()> {
    check_issuer(&settings)?;
    let exporter = settings.otlp.as_deref().map(Exporter::start).transpose()?;
    api::trace::init(&settings.log, exporter.as_ref())?;
    if exporter.is_some() {
        postgres::trace_statements()?;
    }
    let (url, embedded) = database(&settings)?;
    postgres::migrate(&url).await?;
    let local = LocalSet::new();
    let done = local
        .run_until(async {
            let running = start(settings, &url).await?;
            running.announce();
            running.until_stopped().await
        })
        .await;
    if let Some(exporter) = exporter {
        exporter.flush().await;
    }
    drop(embedded);
    done
}

/// A server that runs.
pub struct Running {
    pub ctx: Context,
    /// Where it listens.
    pub address: std::net::SocketAddr,
    server: actix_web::dev::ServerHandle,
    sandbox: Option<actix_web::dev::ServerHandle>,
    main: tokio::task::JoinHandle<std::io::Result<()>>,
    stop: watch::Sender<bool>,
    jobs: Vec<tokio::task::JoinHandle<()>>,
    demo: bool,
}

/// Everything that a request or a job needs, over a migrated database.
///
/// # Errors
/// Where the definitions are not in order or a folder cannot be used.
pub async fn context(settings: Settings, url: &str, clock: Arc<Clock>) -> Result<(Context, Keys)> {
    let (each, together) = cases::parted(settings.pools(api::threads()).0);
    let db = Database::new(url, each)?;
    let many = db.for_many(together)?;
    let keys = Keys::open(&settings.data)?;
    cases::follow_clock(&db, &clock).await?;
    let definitions = catalogue::folder::read(&settings.services)?;
    let catalogue = catalogue::publish(&db, &definitions, clock.now()).await?;
    if settings.demo {
        load_demo(&db, &keys, &catalogue, &settings, clock.now()).await?;
    }
    let files = Files::open(&place(&settings))?;
    Ok((Context::new(settings, clock, (db, many), catalogue, files, keys.clone()), keys))
}

/// Starts the server and its jobs on the current [`LocalSet`].
///
/// # Errors
/// Where an address is taken or something else cannot be started.
pub async fn start(settings: Settings, url: &str) -> Result<Running> {
    start_at(settings, url, Arc::new(Clock::default())).await
}

/// The same with a clock of the caller's: tests let time stand still.
///
/// # Errors
/// As [`start`].
pub async fn start_at(mut settings: Settings, url: &str, clock: Arc<Clock>) -> Result<Running> {
    // Listeners first: with port 0 only they know the address that others are told.
    super::descriptors::raise(settings.connections);
    let listener = api::bind(settings.listen);
    let listener = listener.map_err(|e| Error::internal(format!("GUICHET_LISTEN {}: {e}", settings.listen)))?;
    let address = listener.local_addr().map_err(|e| Error::Internal(e.into()))?;
    if settings.public_url == format!("http://{}", settings.listen) {
        settings.public_url = format!("http://{address}");
    }
    let outbound = Outbound::new()?;
    let demo = settings.demo;
    let (ctx, keys) = context(settings, url, clock).await?;
    let verifier = Verifier::new(&ctx.settings, &keys)?;
    let (provider, sandbox) = provider(&ctx, &keys, &outbound)?;
    let secret = ctx.settings.payment_provider.as_ref().map(|p| p.secret.reveal().as_bytes().to_vec());
    let secret = secret.unwrap_or_else(|| keys.callback_secret().to_vec());
    let gate = Gate::new(verifier, &ctx);
    let server = api::serve(listener, ctx.clone(), gate, provider.clone(), secret)?;
    let handle = server.handle();
    let main = tokio::task::spawn_local(server);
    let sms = ctx.settings.sms.clone();
    let gateway = sms.map(|sms| Gateway::new(outbound, sms, &ctx.settings.public_url));
    let means = Means { mailer: mailer(&ctx.settings)?.map(Rc::new), gateway, provider };
    let (stop, stopped) = watch::channel(false);
    let jobs = jobs::start(&ctx, &means, &stopped);
    Ok(Running { ctx, address, server: handle, sandbox, main, stop, jobs, demo })
}

impl Running {
    fn announce(&self) {
        let url = &self.ctx.settings.public_url;
        println!("Guichet listens on {} and is reached at {url}", self.address);
        println!("  reference of the API   {url}/docs");
        println!("  services on offer      {url}/v1/services");
        if self.demo {
            println!("  the demo country Sumwhere is loaded; in a second shell: make demo");
            println!("  a token of somebody    cargo run --release -- token rahim");
        }
    }

    /// Waits for SIGTERM or SIGINT, or for the server to end by itself; then stops in order.
    ///
    /// # Errors
    /// Where the server ended by an error.
    pub async fn until_stopped(mut self) -> Result<()> {
        let mut term = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())
            .map_err(|e| Error::Internal(e.into()))?;
        let ended = tokio::select! {
            ended = &mut self.main => ended.map_err(|e| Error::Internal(e.into()))?.map_err(|e| Error::Internal(e.into())),
            _ = term.recv() => Ok(()),
            _ = tokio::signal::ctrl_c() => Ok(()),
        };
        self.stop().await;
        ended
    }

    /// New connections are refused, requests under way and jobs in hand finish, what does not is broken off or given
    /// back: all within the configured time. What is queued waits for the next start.
    pub async fn stop(self) {
        let until = Instant::now() + self.ctx.settings.shutdown;
        let _ = self.stop.send(true);
        let _ = tokio::time::timeout_at(until, self.server.stop(true)).await;
        if let Some(sandbox) = &self.sandbox {
            let _ = tokio::time::timeout_at(until, sandbox.stop(false)).await;
        }
        for job in self.jobs {
            let _ = tokio::time::timeout_at(until, job).await;
        }
    }
}

/// Where documents lie.
pub(super) fn place(settings: &Settings) -> Place {
    match &settings.documents {
        Documents::Folder(folder) => Place::Folder(folder.clone()),
        Documents::S3(s3) => Place::S3(S3 {
            endpoint: Some(s3.endpoint.clone()),
            bucket: s3.bucket.clone(),
            region: s3.region.clone(),
            access_key: s3.access_key.clone(),
            secret_key: s3.secret_key.reveal().to_owned(),
        }),
    }
}

fn mailer(settings: &Settings) -> Result<Option<Mailer>> {
    let Some(smtp) = &settings.smtp else { return Ok(None) };
    let security = match smtp.tls {
        SmtpTls::None => Security::None,
        SmtpTls::StartTls => Security::StartTls,
        SmtpTls::Tls => Security::Tls,
    };
    let credentials = smtp.login.as_ref().map(|(user, password)| (user.clone(), password.reveal().to_owned()));
    let server =
        MailServer { host: smtp.host.clone(), port: smtp.port, security, credentials, from: smtp.from.clone() };
    Mailer::new(&server).map(Some)
}

type Pay = (Option<Arc<dyn Provider>>, Option<actix_web::dev::ServerHandle>);

/// The configured provider, or in a demonstration the sandbox: a listener of its own that is spoken to over HTTP.
fn provider(ctx: &Context, keys: &Keys, outbound: &Outbound) -> Result<Pay> {
    let settings = &ctx.settings;
    let push = |url: String, secret: Vec<u8>| -> Result<Arc<dyn Provider>> {
        Ok(Arc::new(PushProvider::new(outbound.clone(), PROVIDER, &url, secret, &settings.public_url)))
    };
    if let Some(provider) = &settings.payment_provider {
        return Ok((Some(push(provider.url.clone(), provider.secret.reveal().as_bytes().to_vec())?), None));
    }
    if !settings.demo {
        return Ok((None, None));
    }
    let secret = keys.callback_secret().to_vec();
    let sandbox = sandbox::server(settings.sandbox_listen, sandbox::Settings::new(secret.clone()), outbound.clone())?;
    let handle = sandbox.server.handle();
    tokio::task::spawn_local(sandbox.server);
    Ok((Some(push(format!("http://{}", sandbox.address), secret)?), Some(handle)))
}

/// The demo country: people, and what stands in its registers. Loaded where it is not there yet.
async fn load_demo(
    db: &Database,
    keys: &Keys,
    catalogue: &Catalogue,
    settings: &Settings,
    now: jiff::Timestamp,
) -> Result<()> {
    let folder = settings.services.join("_demo");
    let people_file = folder.join("people.yaml");
    if !people_file.exists() {
        return Ok(());
    }
    let read =
        |path: &Path| std::fs::read_to_string(path).map_err(|e| Error::internal(format!("{}: {e}", path.display())));
    let people = read(&people_file)?;
    let hash = |kind: &str, issuer: &str, value: &str| keys.identifier_hash(kind, issuer, value);
    let owners: std::collections::BTreeMap<&String, &String> =
        catalogue.on_offer(now).flat_map(|def| def.registers.iter().map(|(name, r)| (name, &r.owner))).collect();
    let mut tx = db.begin().await?;
    people::demo::load(&mut tx, &hash, &people, DEVELOPMENT_ISSUER).await?;
    for (register, owner) in owners {
        let file = folder.join("registers").join(format!("{register}.jsonl"));
        if file.exists() {
            let records = people::demo::with_ids(&mut tx, &read(&file)?, DEVELOPMENT_ISSUER).await?;
            registers::load_initial(&mut tx, register, owner, &records, now).await?;
        }
    }
    tx.commit().await
}

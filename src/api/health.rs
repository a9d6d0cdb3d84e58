//! For those who run the server: whether it lives, whether it can serve, and its figures for Prometheus. Knows no person
//! and no case; figures carry route patterns, never paths.

use std::sync::OnceLock;
use std::time::Duration;

use actix_web::http::header;
use actix_web::{HttpResponse, get, web};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::sync::Semaphore;

use super::extract::Gate;
use super::problem::Problem;
use crate::kernel::{Error, Result};
use crate::postgres::sql;

/// How long the database may take to say that it is there.
const READY_WITHIN: Duration = Duration::from_secs(2);
/// How many may ask the database at once: whether it is there may be asked by anybody, however often.
static ASKING: Semaphore = Semaphore::const_new(4);
/// Between two sweeps of what the figures are made of.
const SWEEP: Duration = Duration::from_secs(5);
/// Bounds of the durations of requests, in seconds.
const BUCKETS: [f64; 11] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0];

pub const REQUESTS: &str = "http_requests_total";
pub const DURATIONS: &str = "http_request_duration_seconds";
/// Counted where audit entries are written.
const UNWRITTEN: &str = "guichet_audit_unwritten_total";

/// The process's figures; the first call begins to count.
///
/// # Errors
/// Where something else in the process counts already.
pub fn figures() -> Result<&'static PrometheusHandle> {
    static FIGURES: OnceLock<Result<PrometheusHandle, String>> = OnceLock::new();
    let install = || {
        let builder = PrometheusBuilder::new().set_buckets_for_metric(Matcher::Full(DURATIONS.into()), &BUCKETS);
        let handle = builder.and_then(PrometheusBuilder::install_recorder).map_err(|e| e.to_string())?;
        metrics::describe_counter!(REQUESTS, "Requests by method, route and status.");
        metrics::describe_counter!(
            UNWRITTEN,
            "Audit entries of reads that were refused, since they could not be written."
        );
        // There from the start: what appears with its first increment is no increase to Prometheus.
        metrics::counter!(UNWRITTEN).increment(0);
        metrics::describe_histogram!(DURATIONS, metrics::Unit::Seconds, "Time until the head of the answer was ready.");
        Ok(handle)
    };
    FIGURES.get_or_init(install).as_ref().map_err(|text| Error::internal(text.clone()))
}

/// Keeps the figures from growing while nobody asks for them. Never ends.
///
/// # Errors
/// As [`figures`].
pub async fn sweep() -> Result<()> {
    let figures = figures()?;
    loop {
        tokio::time::sleep(SWEEP).await;
        figures.run_upkeep();
    }
}

/// Whether the process lives.
#[utoipa::path(
    operation_id = "health", tag = "operation", security(()),
    responses((status = 200, description = "It does.", body = String, content_type = "text/plain", example = "ok"))
)]
#[get("/healthz")]
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok().content_type("text/plain").body("ok")
}

/// Whether the server can serve: the database answers.
#[utoipa::path(
    operation_id = "readiness", tag = "operation", security(()),
    responses(
        (status = 200, description = "It can.", body = String, content_type = "text/plain", example = "ready"),
        (status = 503, description = "The database is away.", body = super::problem::Document,
         content_type = "application/problem+json"),
    )
)]
#[get("/readyz")]
pub async fn readyz(gate: web::Data<Gate>) -> Result<HttpResponse, Problem> {
    let ask = async {
        let _turn = ASKING.acquire().await.map_err(|e| Error::Internal(e.into()))?;
        gate.db.single().await?.execute(sql("SELECT 1")).await
    };
    let late = |_| Error::Unavailable("the database did not answer within two seconds".into());
    tokio::time::timeout(READY_WITHIN, ask).await.map_err(late)??;
    Ok(HttpResponse::Ok().content_type("text/plain").body("ready"))
}

/// The figures in the format of Prometheus.
#[utoipa::path(
    operation_id = "metrics", tag = "operation", security(()),
    responses((status = 200, description = "The figures.", body = String, content_type = "text/plain",
               example = "http_requests_total{method=\"GET\",route=\"/v1/services\",status=\"200\"} 7"))
)]
#[get("/metrics")]
pub async fn metrics_page(gate: web::Data<Gate>) -> Result<HttpResponse, Problem> {
    let (used, most) = gate.db.load();
    #[expect(clippy::cast_precision_loss, reason = "a few hundred connections")]
    {
        metrics::gauge!("database_connections_used").set(used as f64);
        metrics::gauge!("database_connections_limit").set(most as f64);
    }
    if let Some(kib) = resident_kib() {
        metrics::gauge!("process_resident_memory_bytes").set(f64::from(kib) * 1024.0);
    }
    let body = figures()?.render();
    Ok(HttpResponse::Ok().insert_header((header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")).body(body))
}

/// Resident memory in KiB, as Linux counts it.
fn resident_kib() -> Option<u32> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().strip_suffix("kB")?.trim_end().parse().ok()
}

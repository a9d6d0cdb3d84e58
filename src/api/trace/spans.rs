//! Spans for an OpenTelemetry collector: of a request or a job, the use case within it, and its SQL statements. Promises
//! that nothing leaves but what is listed here: names and attributes are words of the product, never what somebody sent,
//! not even an id.

use std::fmt::Debug;
use std::time::Instant;

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::layer::{Context, Layer};
use tracing_subscriber::registry::{LookupSpan, SpanRef};

use super::export::Queue;
use crate::kernel::clock::machine_now;
use crate::kernel::random;

/// The span of a request, begun in `api/limits.rs`.
const REQUEST: &str = "request";
/// That of a job, begun in `queue/worker.rs`.
const JOB: &str = "job";
/// That of a question that is answered together with those of others, begun in `postgres/together.rs`: the statement
/// itself belongs to none of them.
const QUESTION: &str = "question";
/// That of a statement, begun in `postgres/statements.rs`.
const SQL: &str = "sql";

/// A span that has ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Span {
    pub trace: [u8; 16],
    pub id: [u8; 8],
    pub parent: Option<[u8; 8]>,
    pub name: String,
    pub kind: Kind,
    /// Nanoseconds since 1970.
    pub began: u128,
    pub ended: u128,
    pub texts: Vec<(&'static str, String)>,
    pub status: Option<u64>,
}

/// As OpenTelemetry numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Internal = 1,
    Server = 2,
    Client = 3,
}

/// Whether something is of interest here: our own spans, and the event that tells the status of an answer.
pub(super) fn is_wanted(metadata: &Metadata<'_>) -> bool {
    let ours = metadata.target().starts_with("guichet");
    let level = *metadata.level() <= Level::DEBUG;
    ours && level && (metadata.is_span() || metadata.fields().field("status").is_some())
}

/// Hands every span that ends to the queue.
pub struct Spans {
    queue: Queue,
}

impl Spans {
    pub(super) fn new(queue: Queue) -> Self {
        Self { queue }
    }
}

/// What is kept of a span while it lasts.
struct Kept {
    trace: [u8; 16],
    id: [u8; 8],
    parent: Option<[u8; 8]>,
    /// Whoever began the trace does not want it kept.
    is_silent: bool,
    /// Nanoseconds since 1970.
    began: u128,
    since: Instant,
    fields: Fields,
}

/// The only fields that are read.
#[derive(Debug, Default)]
struct Fields {
    method: Option<String>,
    route: Option<String>,
    trace_id: Option<String>,
    parent: Option<String>,
    kind: Option<String>,
    operation: Option<String>,
    collection: Option<String>,
    status: Option<u64>,
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        let place = match field.name() {
            "method" => &mut self.method,
            "route" => &mut self.route,
            "trace_id" => &mut self.trace_id,
            "parent" => &mut self.parent,
            "kind" => &mut self.kind,
            "operation" => &mut self.operation,
            "collection" => &mut self.collection,
            _ => return,
        };
        *place = Some(value.to_owned());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        if field.name() == "status" {
            self.status = Some(value);
        }
    }

    fn record_debug(&mut self, _: &Field, _: &dyn Debug) {}
}

impl<S: Subscriber + for<'l> LookupSpan<'l>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(id) else { return };
        let since = Instant::now();
        let above = span.parent().and_then(|parent| {
            let extensions = parent.extensions();
            // Told by the clock of the first of them: a span lies within that around it also where the machine's clock
            // is set, or something else runs, between two looks at it.
            extensions.get::<Kept>().map(|kept| (kept.trace, kept.id, kept.is_silent, kept.at(since)))
        });
        let is_root = [REQUEST, JOB].contains(&attributes.metadata().name());
        let (trace, parent, is_silent, began) = match above {
            Some((trace, id, is_silent, began)) => (trace, Some(id), is_silent, began),
            None if is_root => {
                (random::bytes(), None, false, u128::try_from(machine_now().as_nanosecond()).unwrap_or(0))
            }
            // Of no request and no job: the server's own, such as a look at the clock.
            None => return,
        };
        let mut kept = Kept { trace, id: random::bytes(), parent, is_silent, began, since, fields: Fields::default() };
        attributes.record(&mut kept.fields);
        kept.adopt();
        span.extensions_mut().insert(kept);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(id) else { return };
        let mut extensions = span.extensions_mut();
        if let Some(kept) = extensions.get_mut::<Kept>() {
            values.record(&mut kept.fields);
            kept.adopt();
        }
    }

    fn on_event(&self, event: &Event<'_>, ctx: Context<'_, S>) {
        let Some(span) = ctx.event_span(event).filter(|span| span.name() == REQUEST) else { return };
        if let Some(kept) = span.extensions_mut().get_mut::<Kept>() {
            event.record(&mut kept.fields);
        }
    }

    fn on_close(&self, id: Id, ctx: Context<'_, S>) {
        let Some(span) = ctx.span(&id) else { return };
        let kept = span.extensions_mut().remove::<Kept>();
        if let Some(kept) = kept.filter(|kept| !kept.is_silent) {
            self.queue.push(kept.ended(&span));
        }
    }
}

impl Kept {
    /// An instant, in nanoseconds since 1970.
    fn at(&self, instant: Instant) -> u128 {
        self.began + instant.duration_since(self.since).as_nanos()
    }

    /// Goes on with the trace of the caller, where it named one.
    fn adopt(&mut self) {
        let Some((trace, parent)) = self.fields.trace_id.as_deref().zip(self.fields.parent.as_deref()) else { return };
        let (Some(trace), Some((parent, flags))) = (bytes(trace), parent.split_once('-')) else { return };
        if let (Some(parent), Some([flags])) = (bytes(parent), bytes::<1>(flags)) {
            (self.trace, self.parent, self.is_silent) = (trace, Some(parent), flags & 1 == 0);
        }
    }

    fn ended<S: for<'l> LookupSpan<'l>>(self, span: &SpanRef<'_, S>) -> Span {
        let ended = self.at(Instant::now());
        let Fields { method, route, kind, operation, collection, status, .. } = self.fields;
        let (name, role, texts) = match span.name() {
            REQUEST => {
                let words = [method.as_deref(), route.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" ");
                (words, Kind::Server, vec![("http.request.method", method), ("http.route", route)])
            }
            JOB => {
                let name = format!("{JOB} {}", kind.as_deref().unwrap_or_default());
                (name, Kind::Internal, vec![("guichet.job.kind", kind)])
            }
            QUESTION => (format!("{QUESTION} to {}", kind.unwrap_or_default()), Kind::Client, Vec::new()),
            SQL => {
                let name = [operation.as_deref(), collection.as_deref()].into_iter().flatten().collect::<Vec<_>>();
                let system = Some("postgresql".to_owned());
                let texts = vec![
                    ("db.system.name", system),
                    ("db.operation.name", operation.clone()),
                    ("db.collection.name", collection.clone()),
                ];
                (name.join(" "), Kind::Client, texts)
            }
            // The name stands in the source.
            other => (other.to_owned(), Kind::Internal, Vec::new()),
        };
        Span {
            trace: self.trace,
            id: self.id,
            parent: self.parent,
            name,
            kind: role,
            began: self.began,
            ended,
            texts: texts.into_iter().filter_map(|(name, value)| Some((name, value?))).collect(),
            status,
        }
    }
}

/// Bytes from their hexadecimal digits.
fn bytes<const N: usize>(text: &str) -> Option<[u8; N]> {
    let mut out = [0; N];
    if text.len() != 2 * N {
        return None;
    }
    for (byte, at) in out.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::filter::filter_fn;
    use tracing_subscriber::layer::SubscriberExt;

    use super::super::export;
    use super::*;

    /// The spans that some work leaves.
    fn of(work: impl FnOnce()) -> Vec<Span> {
        let (queue, mut waiting) = export::queue();
        let subscriber = tracing_subscriber::registry().with(Spans::new(queue).with_filter(filter_fn(is_wanted)));
        tracing::subscriber::with_default(subscriber, work);
        std::iter::from_fn(|| waiting.try_recv().ok().and_then(export::Item::span)).collect()
    }

    fn request(trace: &str, parent: &str) {
        let span = tracing::info_span!(
            target: "guichet::api", "request", request_id = "r-secret", method = "GET", trace_id = trace,
            parent = tracing::field::Empty, route = tracing::field::Empty
        );
        if !parent.is_empty() {
            span.record("parent", parent);
        }
        let _in = span.enter();
        span.record("route", "/v1/cases/{id}");
        tracing::debug_span!(target: "guichet::cases", "case.read", name = "secret").in_scope(|| {
            tracing::debug_span!(target: "guichet::sql", "sql", operation = "SELECT", collection = "cases")
                .in_scope(|| tracing::info!(target: "guichet::x", status = 1_u64, "inner"));
        });
        tracing::info!(target: "guichet::api", status = 200_u64, micros = 7_u64, "answered");
    }

    #[test]
    fn a_request_its_use_case_and_its_statement_are_one_trace() {
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let spans = of(|| request(trace, "00f067aa0ba902b7-01"));
        let [sql, act, whole] = spans.as_slice() else { panic!("{spans:?}") };
        assert_eq!((whole.name.as_str(), whole.kind, whole.status), ("GET /v1/cases/{id}", Kind::Server, Some(200)));
        assert_eq!((whole.trace, whole.parent), (bytes(trace).expect("an id"), bytes("00f067aa0ba902b7")));
        assert_eq!((act.name.as_str(), act.parent, act.trace), ("case.read", Some(whole.id), whole.trace));
        assert_eq!((sql.name.as_str(), sql.kind, sql.parent), ("SELECT cases", Kind::Client, Some(act.id)));
        assert!(whole.began <= act.began && act.began <= act.ended && act.ended <= whole.ended);
        assert!(!format!("{spans:?}").contains("secret"));
    }

    #[test]
    fn who_names_no_trace_begins_one_and_who_wants_none_gets_none() {
        let spans = of(|| request("", ""));
        assert_eq!((spans.len(), spans[2].parent), (3, None));
        assert!(spans.iter().all(|span| span.trace == spans[2].trace && span.trace != [0; 16]));
        assert!(of(|| request("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7-00")).is_empty());
    }

    #[test]
    fn what_belongs_to_no_request_and_no_job_is_not_kept() {
        let work = || {
            tracing::debug_span!(target: "guichet::sql", "sql", operation = "SELECT").in_scope(|| ());
            tracing::info_span!(target: "elsewhere", "request").in_scope(|| ());
        };
        assert!(of(work).is_empty());
        let spans = of(|| tracing::debug_span!(target: "guichet::queue", "job", kind = "mail").in_scope(|| ()));
        assert_eq!(spans[0].name, "job mail");
    }
}

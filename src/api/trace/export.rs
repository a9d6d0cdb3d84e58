//! Spans on their way to a collector: OTLP over HTTP, in JSON. Promises that tracing never holds up or fails what it
//! looks at: the queue is bounded, what does not fit or cannot be delivered is counted and forgotten.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::spans::Span;
use crate::kernel::outbound::Outbound;
use crate::kernel::{Result, random};

/// Spans that may wait.
const WAITING: usize = 8_192;
/// Spans in one request.
const TOGETHER: usize = 512;
/// How long spans gather before they go.
const GATHER: Duration = Duration::from_secs(1);
/// How long the last ones may take when the server stops.
const GOODBYE: Duration = Duration::from_secs(3);
/// Spans that were not delivered, by why.
const LOST: &str = "guichet_spans_lost_total";
/// From here on an answer is a failure of ours.
const FAILED: u64 = 500;

pub(super) enum Item {
    Span(Box<Span>),
    /// Answered when everything before it is out.
    Flush(oneshot::Sender<()>),
}

impl Item {
    #[cfg(test)]
    pub(super) fn span(self) -> Option<Span> {
        match self {
            Self::Span(span) => Some(*span),
            Self::Flush(_) => None,
        }
    }
}

/// Where spans are handed in.
#[derive(Clone)]
pub(super) struct Queue(mpsc::Sender<Item>);

impl Queue {
    pub(super) fn push(&self, span: Span) {
        if self.0.try_send(Item::Span(Box::new(span))).is_err() {
            metrics::counter!(LOST, "why" => "full").increment(1);
        }
    }
}

pub(super) fn queue() -> (Queue, mpsc::Receiver<Item>) {
    let (sender, receiver) = mpsc::channel(WAITING);
    (Queue(sender), receiver)
}

/// Delivers what is handed in, on a task of its own.
pub struct Exporter {
    queue: Queue,
}

impl Exporter {
    /// `base`: the collector's address, without the path.
    ///
    /// # Errors
    /// Where no HTTP client can be made.
    pub fn start(base: &str) -> Result<Self> {
        let (queue, waiting) = queue();
        tokio::spawn(work(waiting, Outbound::new()?, format!("{base}/v1/traces")));
        Ok(Self { queue })
    }

    pub(super) fn queue(&self) -> Queue {
        self.queue.clone()
    }

    /// Waits until what was handed in is delivered, for a few seconds at most.
    pub async fn flush(&self) {
        let (done, flushed) = oneshot::channel();
        let all = async {
            if self.queue.0.send(Item::Flush(done)).await.is_ok() {
                let _ = flushed.await;
            }
        };
        if timeout(GOODBYE, all).await.is_err() {
            tracing::warn!("the last spans were not delivered in time");
        }
    }
}

async fn work(mut waiting: mpsc::Receiver<Item>, outbound: Outbound, url: String) {
    // Replicas are told apart by it.
    let resource = resource(&random::uuid().to_string());
    let (mut batch, mut was_away) = (Vec::with_capacity(TOGETHER), false);
    while let Some(first) = waiting.recv().await {
        let mut flush = take(&mut batch, first);
        let gather = async {
            while flush.is_none() && batch.len() < TOGETHER {
                let Some(next) = waiting.recv().await else { break };
                flush = take(&mut batch, next);
            }
        };
        // Those that gathered by then go; what is left is not lost, it has not been received.
        let _ = timeout(GATHER, gather).await;
        let is_away = !batch.is_empty() && !deliver(&outbound, &url, &resource, &batch).await;
        if is_away && !was_away {
            tracing::warn!("the collector of GUICHET_OTLP does not take spans");
        }
        was_away = is_away;
        batch.clear();
        if let Some(flush) = flush {
            let _ = flush.send(());
        }
    }
}

fn take(batch: &mut Vec<Span>, item: Item) -> Option<oneshot::Sender<()>> {
    match item {
        Item::Span(span) => {
            batch.push(*span);
            None
        }
        Item::Flush(done) => Some(done),
    }
}

async fn deliver(outbound: &Outbound, url: &str, resource: &Value, batch: &[Span]) -> bool {
    let delivered =
        outbound.post_json(url, &[], &document(resource, batch)).await.is_ok_and(|answer| answer.is_success());
    if !delivered {
        metrics::counter!(LOST, "why" => "refused").increment(batch.len() as u64);
    }
    delivered
}

fn text(key: &str, value: &str) -> Value {
    json!({"key": key, "value": {"stringValue": value}})
}

fn resource(instance: &str) -> Value {
    json!({"attributes": [
        text("service.name", "guichet"),
        text("service.version", env!("CARGO_PKG_VERSION")),
        text("service.instance.id", instance),
    ]})
}

/// An `ExportTraceServiceRequest` in JSON.
fn document(resource: &Value, batch: &[Span]) -> Value {
    let spans: Vec<Value> = batch.iter().map(span).collect();
    json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": "guichet"}, "spans": spans}]}]})
}

fn span(span: &Span) -> Value {
    let mut attributes: Vec<Value> = span.texts.iter().map(|(key, value)| text(key, value)).collect();
    if let Some(status) = span.status {
        attributes.push(json!({"key": "http.response.status_code", "value": {"intValue": status.to_string()}}));
    }
    let failed = span.status.is_some_and(|status| status >= FAILED);
    json!({
        "traceId": hex(&span.trace),
        "spanId": hex(&span.id),
        "parentSpanId": span.parent.map(|id| hex(&id)).unwrap_or_default(),
        "name": span.name,
        "kind": span.kind as u8,
        "startTimeUnixNano": span.began.to_string(),
        "endTimeUnixNano": span.ended.to_string(),
        "attributes": attributes,
        "status": if failed { json!({"code": 2}) } else { json!({}) },
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::super::spans::Kind;
    use super::*;

    fn example(status: u64) -> Span {
        Span {
            trace: [1; 16],
            id: [2; 8],
            parent: None,
            name: "GET /healthz".into(),
            kind: Kind::Server,
            began: 1_000,
            ended: 3_000,
            texts: vec![("http.route", "/healthz".into())],
            status: Some(status),
        }
    }

    #[test]
    fn a_span_is_written_as_the_protocol_has_it() {
        let document = document(&resource("i"), &[example(200), example(503)]);
        let spans = &document["resourceSpans"][0]["scopeSpans"][0]["spans"];
        assert_eq!(
            spans[0],
            json!({
                "traceId": "01".repeat(16), "spanId": "02".repeat(8), "parentSpanId": "", "name": "GET /healthz", "kind": 2,
                "startTimeUnixNano": "1000", "endTimeUnixNano": "3000", "status": {},
                "attributes": [
                    {"key": "http.route", "value": {"stringValue": "/healthz"}},
                    {"key": "http.response.status_code", "value": {"intValue": "200"}},
                ],
            })
        );
        assert_eq!(spans[1]["status"], json!({"code": 2}));
    }

    #[test]
    fn what_does_not_fit_is_let_go() {
        let (queue, mut waiting) = queue();
        for _ in 0..WAITING + 10 {
            queue.push(example(200));
        }
        let held = std::iter::from_fn(|| waiting.try_recv().ok()).count();
        assert_eq!(held, WAITING);
    }
}

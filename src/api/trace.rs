//! The log: one JSON object a line on standard error, with the id of the request. What people state, addresses of
//! requests and tokens are never given to it. And, where a collector is configured, spans for it.

mod export;
mod lines;
mod spans;

use actix_web::http::header::HeaderMap;
use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{FilterExt, filter_fn};
use tracing_subscriber::layer::{Layer, SubscriberExt};
use tracing_subscriber::util::SubscriberInitExt;

use crate::kernel::{Error, Result};

pub use export::Exporter;

/// Begins to log, and to hand spans to `exporter` where there is one; without one nothing is made that could make any.
///
/// # Errors
/// Where the filter cannot be read, or something else in the process logs already.
pub fn init(filter: &str, exporter: Option<&Exporter>) -> Result<()> {
    let filter = EnvFilter::try_new(filter)
        .map_err(|e| Error::internal(format!("GUICHET_LOG must be a level such as info or a filter: {e}")))?;
    let registry = tracing_subscriber::registry();
    let done = match exporter {
        None => registry.with(filter).with(filter_fn(is_ours_or_calm)).with(lines::Lines).try_init(),
        Some(exporter) => {
            // What is logged and what is traced do not depend on each other.
            let log = lines::Lines.with_filter(filter.and(filter_fn(is_ours_or_calm)));
            let spans = spans::Spans::new(exporter.queue()).with_filter(filter_fn(spans::is_wanted));
            registry.with(log).with(spans).try_init()
        }
    };
    done.map_err(|e| Error::internal(format!("the log cannot be started: {e}")))
}

/// Drivers and clients write statements with their values, headers and bodies at `debug`: whatever the filter says, only
/// our own code speaks below `info`.
fn is_ours_or_calm(about: &Metadata<'_>) -> bool {
    let ours = about.target().split("::").next() == Some(env!("CARGO_CRATE_NAME"));
    ours || *about.level() <= Level::INFO
}

/// The trace of which the request is a part: W3C Trace Context, `traceparent`. Its id, and what there is to say of the
/// span above: `<id>-<flags>`.
#[must_use]
pub fn parent(headers: &HeaderMap) -> Option<(&str, &str)> {
    let text = headers.get("traceparent")?.to_str().ok()?;
    let mut parts = text.split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let hex = |text: &str, length| {
        text.len() == length && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    // Version 00 has four parts; later ones may have more; ff is none. Zeros alone are no id.
    let whole = version != "00" || parts.next().is_none();
    let sound = hex(version, 2) && version != "ff" && hex(trace, 32) && hex(parent, 16) && hex(flags, 2) && whole;
    let begin = version.len() + 1 + trace.len() + 1;
    let above = text.get(begin..begin + parent.len() + 1 + flags.len())?;
    (sound && trace.bytes().any(|b| b != b'0') && parent.bytes().any(|b| b != b'0')).then_some((trace, above))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_trace_is_taken_up_where_it_is_sound() {
        let read = |text: &str| {
            let request = TestRequest::get().insert_header(("traceparent", text)).to_http_request();
            parent(request.headers()).map(|(trace, above)| format!("{trace} {above}"))
        };
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        let taken = format!("{trace} 00f067aa0ba902b7-01");
        assert_eq!(read(&format!("00-{trace}-00f067aa0ba902b7-01")).as_ref(), Some(&taken));
        assert_eq!(read(&format!("01-{trace}-00f067aa0ba902b7-01-more")).as_ref(), Some(&taken));
        for bad in [
            String::new(),
            format!("00-{trace}-00f067aa0ba902b7"),
            format!("ff-{trace}-00f067aa0ba902b7-01"),
            format!("00-{trace}-00f067aa0ba902b7-01-more"),
            format!("00-{}-00f067aa0ba902b7-01", trace.to_uppercase()),
            format!("00-{}-00f067aa0ba902b7-01", "0".repeat(32)),
            format!("00-{trace}-0000000000000000-01"),
        ] {
            assert_eq!(read(&bad), None, "{bad}");
        }
    }

    #[test]
    fn a_filter_that_cannot_be_read_is_told_by_its_name() {
        let Error::Internal(source) = init("guichet=loud", None).expect_err("refused") else { panic!("another error") };
        assert!(source.to_string().contains("GUICHET_LOG"));
    }
}

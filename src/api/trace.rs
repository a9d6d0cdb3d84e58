//! The log: one JSON object a line on standard error, with the id of the request. What people state, addresses of
//! requests and tokens are never given to it.

mod lines;

use actix_web::http::header::HeaderMap;
use tracing::{Level, Metadata};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::kernel::{Error, Result};

/// Begins to log.
///
/// # Errors
/// Where the filter cannot be read, or something else in the process logs already.
pub fn init(filter: &str) -> Result<()> {
    let filter = EnvFilter::try_new(filter)
        .map_err(|e| Error::internal(format!("GUICHET_LOG must be a level such as info or a filter: {e}")))?;
    let log = tracing_subscriber::registry().with(filter).with(filter_fn(is_ours_or_calm));
    let done = log.with(lines::Lines).try_init();
    done.map_err(|e| Error::internal(format!("the log cannot be started: {e}")))
}

/// Drivers and clients write statements with their values, headers and bodies at `debug`: whatever the filter says, only
/// our own code speaks below `info`.
fn is_ours_or_calm(about: &Metadata<'_>) -> bool {
    let ours = about.target().split("::").next() == Some(env!("CARGO_CRATE_NAME"));
    ours || *about.level() <= Level::INFO
}

/// The trace of which the request is a part: W3C Trace Context, `traceparent`.
#[must_use]
pub fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let text = headers.get("traceparent")?.to_str().ok()?;
    let mut parts = text.split('-');
    let (version, trace, parent, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let hex = |text: &str, length| {
        text.len() == length && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    // Version 00 has four parts; later ones may have more; ff is none. Zeros alone are no id.
    let whole = version != "00" || parts.next().is_none();
    let sound = hex(version, 2) && version != "ff" && hex(trace, 32) && hex(parent, 16) && hex(flags, 2) && whole;
    (sound && trace.bytes().any(|b| b != b'0') && parent.bytes().any(|b| b != b'0')).then_some(trace)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_trace_is_taken_up_where_it_is_sound() {
        let read = |text: &str| {
            let request = TestRequest::get().insert_header(("traceparent", text)).to_http_request();
            trace_id(request.headers()).map(str::to_owned)
        };
        let trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(read(&format!("00-{trace}-00f067aa0ba902b7-01")).as_deref(), Some(trace));
        assert_eq!(read(&format!("01-{trace}-00f067aa0ba902b7-01-more")).as_deref(), Some(trace));
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
        let Error::Internal(source) = init("guichet=loud").expect_err("refused") else { panic!("another error") };
        assert!(source.to_string().contains("GUICHET_LOG"));
    }
}

//! Lines of the log, written once and never read again: a span's fields are kept as the text that they become, and an
//! event is one write. (The general formatter parses and writes a span's JSON anew with every field that is recorded.)

use std::cell::RefCell;
use std::fmt::{self, Write as _};
use std::io::Write as _;

use serde_json::Value;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// A line, or the fields of a span, are cut off here, in bytes.
const LONGEST: usize = 16 << 10;

thread_local! {
    static LINE: RefCell<String> = const { RefCell::new(String::new()) };
}

/// One JSON object a line on standard error.
pub struct Lines;

/// The fields of a span as they stand in a line.
struct Fields(String);

/// Members of an object, one after the other.
struct Members<'a>(&'a mut String);

impl Members<'_> {
    fn name(&mut self, name: &str) -> bool {
        if self.0.len() > LONGEST {
            return false;
        }
        if !self.0.ends_with('{') && !self.0.is_empty() {
            self.0.push(',');
        }
        let _ = write!(self.0, "\"{name}\":");
        true
    }

    fn text(&mut self, name: &str, text: &str) {
        if self.name(name) {
            quote(self.0, text);
        }
    }

    fn bare(&mut self, name: &str, value: impl fmt::Display) {
        if self.name(name) {
            let _ = write!(self.0, "{value}");
        }
    }
}

fn quote(out: &mut String, text: &str) {
    let plain = text.bytes().all(|b| b >= 0x20 && b != b'"' && b != b'\\');
    if plain {
        out.push('"');
        out.push_str(text);
        out.push('"');
    } else {
        let _ = write!(out, "{}", Value::from(text));
    }
}

impl Visit for Members<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.text(field.name(), &format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.text(field.name(), value);
    }

    fn record_error(&mut self, field: &Field, value: &(dyn std::error::Error + 'static)) {
        self.text(field.name(), &value.to_string());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.bare(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.bare(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.bare(field.name(), value);
    }
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Lines {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if let Some(span) = context.span(id) {
            let mut fields = String::with_capacity(160);
            attributes.record(&mut Members(&mut fields));
            span.extensions_mut().insert(Fields(fields));
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if let Some(span) = context.span(id)
            && let Some(Fields(fields)) = span.extensions_mut().get_mut()
        {
            values.record(&mut Members(fields));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        LINE.with(|line| {
            // An event within the writing of one is not written.
            let Ok(mut line) = line.try_borrow_mut() else { return };
            line.clear();
            write_line(&mut line, event, &context);
            // Nobody is there to be told that the log cannot be written.
            let _ = std::io::stderr().lock().write_all(line.as_bytes());
        });
    }
}

fn write_line<S: Subscriber + for<'s> LookupSpan<'s>>(line: &mut String, event: &Event<'_>, context: &Context<'_, S>) {
    let (metadata, now) = (event.metadata(), crate::kernel::clock::machine_now());
    let _ = write!(line, "{{\"timestamp\":\"{now:.6}\",\"level\":\"{}\"", metadata.level());
    event.record(&mut Members(line));
    Members(line).text("target", metadata.target());
    if let Some(span) = context.event_span(event) {
        line.push_str(",\"span\":{");
        if let Some(Fields(fields)) = span.extensions().get() {
            line.push_str(fields);
        }
        Members(line).text("name", span.name());
        line.push('}');
    }
    line.push_str("}\n");
}

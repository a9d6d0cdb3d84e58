//! Whether the holidays are known as far as the periods of a service reach.

use jiff::Timestamp;

use crate::engine::calendar::Duration;
use crate::engine::definition::{Definition, Span};

/// What is to be said where a period that begins now ends after the last day of the calendar: from there on only
/// weekends are known, and a date that was promised may move.
#[must_use]
pub(super) fn too_short(definition: &Definition, now: Timestamp) -> Option<String> {
    let time = &definition.time;
    let (period, day) = periods(definition).map(|span| (span, time.day_of(span.end(now, time)))).max_by_key(|p| p.1)?;
    let calendar = time.calendar();
    (!calendar.covers(day)).then(|| {
        format!(
            "{}: the calendar `{}` ends on {}, before a period of {period} that begins today",
            definition.id,
            calendar.name(),
            calendar.until()
        )
    })
}

fn periods(definition: &Definition) -> impl Iterator<Item = Duration> {
    let limit = definition.time_limit.iter().map(|l| &l.within);
    let steps = definition.steps.values();
    let steps = steps.flat_map(|s| s.within.iter().chain(s.expires.iter().filter_map(|e| e.after())));
    let fixed = limit.chain(steps).filter_map(|span| match span {
        Span::Fixed(duration) => Some(*duration),
        Span::Computed(_) => None,
    });
    let dated = definition.params.values().flat_map(|p| &p.values);
    let dated = dated.filter_map(|(_, value, _)| value.as_str().and_then(Duration::parse));
    let levels = definition.remedies.values().flat_map(|r| r.levels.iter().map(|l| l.within));
    fixed.chain(dated).chain(levels)
}

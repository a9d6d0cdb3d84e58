//! With the development issuer only: moves business time forward, so that a demonstration passes what takes weeks.

use actix_web::{HttpResponse, post, web};
use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::answer::JSON;
use super::body::{Json, NoQuery};
use super::extract::{Gate, MaybeCaller};
use super::problem::Problem;
use crate::cases;
use crate::cases::Context;
use crate::kernel::{Error, Fault, Result};

/// How far time is moved at once, in days.
const DAYS_MAX: i64 = 3_660;

/// How far to move.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ClockMove)]
pub struct ClockBody {
    pub forward: Length,
}

/// In words (`16 days`), after ISO 8601 (`P16D`), or in seconds.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(untagged)]
pub enum Length {
    Words(String),
    Exact(Seconds),
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Seconds {
    pub seconds: u32,
}

/// What time it is.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = Clock)]
pub struct ClockView {
    /// Business time.
    pub now: Timestamp,
}

/// Moves business time forward.
///
/// And runs the timers that are due by then. Only with the development issuer; elsewhere there is no such path.
#[utoipa::path(
    operation_id = "move_clock", tag = "development", security(("bearer" = [])),
    request_body(content = ClockBody, example = json!({"forward": "16 days"})),
    responses((status = 200, description = "The time after the move.", body = ClockView))
)]
#[post("/v1/dev/clock")]
pub async fn move_clock(
    gate: web::Data<Gate>,
    caller: MaybeCaller,
    ctx: web::Data<Context>,
    _: NoQuery,
    body: Json<ClockBody>,
) -> Result<HttpResponse, Problem> {
    if !gate.verifier.is_development() {
        return Err(Error::NotFound.into());
    }
    let now = cases::forward(&ctx, &caller, length(&body.value.forward)).await?;
    let view = serde_json::to_vec(&ClockView { now }).map_err(Error::from)?;
    Ok(HttpResponse::Ok().content_type(JSON).body(view))
}

fn length(length: &Length) -> Result<SignedDuration> {
    let by = match length {
        Length::Exact(Seconds { seconds }) => SignedDuration::from_secs(i64::from(*seconds)),
        Length::Words(words) => {
            let span: Span = words.parse().map_err(|_| Error::invalid("/forward", "format"))?;
            let exact = span.to_duration(SpanRelativeTo::days_are_24_hours());
            exact.map_err(|_| Error::invalid("/forward", "format"))?
        }
    };
    if by <= SignedDuration::ZERO {
        return Err(Error::Invalid(vec![Fault::new("/forward", "exclusive_minimum").with("limit", 0)]));
    }
    if by > SignedDuration::from_hours(24 * DAYS_MAX) {
        return Err(Error::Invalid(vec![Fault::new("/forward", "maximum").with("limit", format!("{DAYS_MAX} days"))]));
    }
    Ok(by)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_moved_forward_by_a_length_in_words_or_seconds() {
        let read = |json: &str| length(&serde_json::from_str::<ClockBody>(json).expect("read").forward);
        let days = |days: i64| SignedDuration::from_hours(24 * days);
        assert_eq!(read(r#"{"forward": "16 days"}"#).expect("a length"), days(16));
        assert_eq!(read(r#"{"forward": "P16D"}"#).expect("a length"), days(16));
        assert_eq!(
            read(r#"{"forward": "2 weeks 1 hour"}"#).expect("a length"),
            days(14) + SignedDuration::from_hours(1)
        );
        assert_eq!(read(r#"{"forward": {"seconds": 90}}"#).expect("a length"), SignedDuration::from_secs(90));
        for bad in ["-1 day", "0 days", "1 month", "", "soon", "4000 days"] {
            assert!(read(&serde_json::json!({"forward": bad}).to_string()).is_err(), "{bad}");
        }
    }
}

//! Which language somebody is answered in.

/// Longest `Accept-Language` header that is read, in bytes, and most ranges in it.
const HEADER_BYTES_MAX: usize = 1_000;
const RANGES_MAX: usize = 20;
/// The one of the available languages that an `Accept-Language` header (RFC 9110, section 12.5.4)
/// wants most; the first of them where it wants none, or is too long to be sensible.
#[must_use]
pub fn negotiate(accept_language: &str, available: &[String]) -> String {
    let fallback = available.first().cloned().unwrap_or_default();
    if accept_language.len() > HEADER_BYTES_MAX {
        return fallback;
    }
    let mut wanted: Vec<(&str, u16)> = accept_language.split(',').take(RANGES_MAX).filter_map(range).collect();
    // Stable: what is wanted alike keeps the order of the header.
    wanted.sort_by_key(|(_, quality)| std::cmp::Reverse(*quality));
    let refused = |tag: &str| wanted.iter().any(|(range, q)| *q == 0 && range.eq_ignore_ascii_case(tag));
    let mut ranges = wanted.iter().filter(|(_, quality)| *quality > 0);
    let found = ranges.find_map(|(range, _)| {
        let mut able = available.iter().filter(|tag| !refused(tag));
        if *range == "*" { able.next() } else { able.find(|tag| serves(tag, range)) }
    });
    found.cloned().unwrap_or(fallback)
}

/// One range and its weight in thousandths.
fn range(text: &str) -> Option<(&str, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next().filter(|range| !range.is_empty())?;
    let quality = match parts.next() {
        None => 1_000,
        Some(weight) => {
            let weight: f32 = weight.strip_prefix("q=").or(weight.strip_prefix("Q="))?.parse().ok()?;
            if !(0.0..=1.0).contains(&weight) {
                return None;
            }
            // Bounded just above; a weight has three decimals at most.
            #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1000")]
            let thousandths = (weight * 1_000.0).round() as u16;
            thousandths
        }
    };
    Some((range, quality))
}

/// `bn` serves who wants `bn-BD`, and `bn-BD` who wants `bn`.
fn serves(tag: &str, range: &str) -> bool {
    let begins = |long: &str, short: &str| {
        long.get(..short.len()).is_some_and(|head| head.eq_ignore_ascii_case(short))
            && matches!(long.as_bytes().get(short.len()), None | Some(b'-'))
    };
    begins(tag, range) || begins(range, tag)
}

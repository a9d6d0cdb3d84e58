//! Texts as people compare them: what is the same in spite of spelling, and how alike two names are.

use rust_decimal::Decimal;
use unicode_normalization::UnicodeNormalization;

/// Compatibility composition (NFKC), lower case, without white space around, and one space for any inside.
pub(super) fn normalise(text: &str) -> String {
    // Lower case can take a composed letter apart, so composition comes last as well.
    let lower: String = text.nfkc().flat_map(char::to_lowercase).nfkc().collect();
    let mut made = String::with_capacity(lower.len());
    for word in lower.split_whitespace() {
        if !made.is_empty() {
            made.push(' ');
        }
        made.push_str(word);
    }
    made
}

/// Dice's coefficient of the pairs of neighbouring characters of both texts, normalised: from 0 (nothing in
/// common) to 1 (the same), with four decimals. The ends count as characters, so that short names can differ a little.
pub(super) fn similarity(a: &str, b: &str) -> Decimal {
    let (left, right) = (pairs(&normalise(a)), pairs(&normalise(b)));
    let (mut i, mut j, mut common) = (0, 0, 0_u32);
    while let (Some(x), Some(y)) = (left.get(i), right.get(j)) {
        match x.cmp(y) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                common += 1;
                i += 1;
                j += 1;
            }
        }
    }
    let all = Decimal::from(left.len() + right.len());
    Decimal::from(2 * common).checked_div(all).unwrap_or(Decimal::ONE).round_dp(4)
}

/// All pairs, sorted. An empty text has none.
fn pairs(text: &str) -> Vec<(char, char)> {
    const EDGE: char = '\0';
    if text.is_empty() {
        return Vec::new();
    }
    let before = std::iter::once(EDGE).chain(text.chars());
    let mut pairs: Vec<_> = before.zip(text.chars().chain([EDGE])).collect();
    pairs.sort_unstable();
    pairs
}

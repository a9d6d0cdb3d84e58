//! What leaves nothing to what.

use super::super::Expression;

#[test]
fn what_is_covered_is_known_and_what_may_not_be_is_not() {
    let covered = |earlier: &[&str], guard: &str| Expression::is_covered(earlier, guard);
    assert!(covered(&["a > 1"], "a > 1"));
    assert!(covered(&["a > 1"], "a > 1 and b = 2"));
    assert!(covered(&["a = 1 or b = 2"], "b = 2"));
    assert!(covered(&["a.b = \"x\"", "c"], "c and a.b = \"y\""));
    assert!(covered(&["not(a = 1)"], "a = 2"), "nothing equals two constants");
    assert!(!covered(&["a > 1"], "a > 2"), "how far the two go is not known");
    assert!(!covered(&["a = 1"], "a = 2"));
    assert!(!covered(&["a and b"], "a"));
    // A null is neither: then what comes third is taken.
    assert!(!covered(&["a", "not(a)"], "b"));
    assert!(!covered(&[], "a"));
    let many = (0..20).map(|n| format!("a{n} = 1")).collect::<Vec<_>>().join(" and ");
    assert!(!covered(&["b"], &many), "what is too much to try is not said");
}

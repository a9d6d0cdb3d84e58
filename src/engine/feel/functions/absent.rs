//! What authors may look for and not find.

/// Functions of FEEL and of Guichet that are not here, with what to do instead.
const ABSENT: [(&str, &str); 30] = [
    ("function", "Functions cannot be defined in an expression."),
    ("external", "External functions are not supported."),
    ("today", "Write today without brackets."),
    ("now", "Write now without brackets."),
    ("time", "Times of day without a date are not supported."),
    ("as_of", "as_of is not supported yet."),
    ("lot", "lot is not supported yet."),
    ("interest", "interest is not supported yet."),
    ("matches", "Patterns are not supported. Put the pattern into the form's schema."),
    ("replace", "Patterns are not supported."),
    ("split", "Patterns are not supported."),
    ("extract", "Patterns are not supported."),
    ("sort", "sort is not supported yet."),
    ("sublist", "sublist is not supported yet."),
    ("reverse", "reverse is not supported yet. list[-1] is the last item."),
    ("remove", "remove is not supported yet. A filter such as list[item != x] leaves out items."),
    ("insert before", "insert before is not supported yet."),
    ("string join", "string join is not supported yet."),
    ("substring before", "substring before is not supported yet."),
    ("substring after", "substring after is not supported yet."),
    ("median", "median is not supported yet."),
    ("mode", "mode is not supported yet."),
    ("stddev", "stddev is not supported yet."),
    ("product", "product is not supported yet."),
    ("sqrt", "sqrt is not supported yet."),
    ("log", "log is not supported yet."),
    ("exp", "exp is not supported yet."),
    ("context merge", "context merge is not supported yet."),
    ("day of week", "day of week is not supported. Write date.weekday, where Monday is 1."),
    ("context", "context is not supported yet."),
];

pub(in super::super) fn why_absent(name: &str) -> Option<&'static str> {
    ABSENT.iter().find(|(absent, _)| *absent == name).map(|(_, why)| *why)
}

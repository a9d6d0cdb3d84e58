//! Checks an answer and says what is wrong with it: the validator's findings, turned into stable
//! codes, each at the member that it is about.

use std::collections::{BTreeMap, BTreeSet};

use jsonschema::{ValidationError, Validator, error::ValidationErrorKind as Kind};
use serde_json::Value;

use super::{FormError, sections::named_by_failed_parts, token};

/// Deepest nesting of an answer.
const DEPTH_MAX: usize = 32;
/// Most faults told.
const ERRORS_MAX: usize = 100;
/// Most findings looked at before they are sorted.
const FINDINGS_MAX: usize = 1_000;
/// Longest list of permitted values that is told, in bytes.
const OPTIONS_BYTES_MAX: usize = 500;

pub(super) fn errors(schema: &Value, validator: &Validator, answer: &Value) -> Vec<FormError> {
    let mut errors = BTreeSet::new();
    unstorable(answer, &mut String::new(), 0, &mut errors);
    // Everything below is made for the rarer case, so it need not be fast.
    if errors.is_empty() && !validator.is_valid(answer) {
        let findings: Vec<_> = validator.iter_errors(answer).take(FINDINGS_MAX).collect();
        for finding in &findings {
            tell(schema, finding, &findings, &mut errors);
        }
    }
    errors.into_iter().take(ERRORS_MAX).collect()
}

/// Nesting beyond any form, and U+0000, which PostgreSQL cannot hold in text.
fn unstorable(value: &Value, pointer: &mut String, depth: usize, errors: &mut BTreeSet<FormError>) {
    if depth > DEPTH_MAX {
        errors.insert(error(pointer, "too_deep", &[("limit", DEPTH_MAX.to_string())]));
        return;
    }
    let length = pointer.len();
    match value {
        Value::String(text) if text.contains('\0') => {
            errors.insert(error(pointer, "control_character", &[]));
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                if matches!(item, Value::Array(_) | Value::Object(_) | Value::String(_)) {
                    pointer.push_str(&format!("/{index}"));
                    unstorable(item, pointer, depth + 1, errors);
                    pointer.truncate(length);
                }
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                if name.contains('\0') {
                    errors.insert(error(pointer, "control_character", &[]));
                } else if matches!(member, Value::Array(_) | Value::Object(_) | Value::String(_)) {
                    pointer.push('/');
                    pointer.push_str(&token(name));
                    unstorable(member, pointer, depth + 1, errors);
                    pointer.truncate(length);
                }
            }
        }
        _ => {}
    }
}

fn tell(schema: &Value, finding: &ValidationError<'_>, all: &[ValidationError<'_>], errors: &mut BTreeSet<FormError>) {
    let pointer = finding.instance_path().as_str();
    match finding.kind() {
        Kind::Required { property } => {
            let name = property.as_str().unwrap_or_default();
            errors.insert(error(&format!("{pointer}/{}", token(name)), "required", &[]));
        }
        Kind::AdditionalProperties { unexpected } => not_expected(pointer, unexpected, errors),
        Kind::UnevaluatedProperties { unexpected } => {
            let excused = named_by_failed_parts(schema, finding, all);
            let unexpected = unexpected.iter().filter(|name| !excused.contains(name.as_str()));
            not_expected(pointer, unexpected, errors);
        }
        Kind::AnyOf { context } | Kind::OneOfNotValid { context } => match only_likely_branch(pointer, context) {
            Some(branch) => {
                for finding in branch {
                    tell(schema, finding, branch, errors);
                }
            }
            None => {
                let code = if matches!(finding.kind(), Kind::AnyOf { .. }) { "any_of" } else { "one_of" };
                errors.insert(error(pointer, code, &[]));
            }
        },
        kind => {
            let (code, args) = code(kind);
            errors.insert(error(pointer, code, &args));
        }
    }
}

fn not_expected<'a>(pointer: &str, names: impl IntoIterator<Item = &'a String>, errors: &mut BTreeSet<FormError>) {
    for name in names {
        errors.insert(error(&format!("{pointer}/{}", token(name)), "not_expected", &[]));
    }
}

fn code(kind: &Kind) -> (&'static str, Vec<(&'static str, String)>) {
    let limit = |limit: &dyn ToString| vec![("limit", limit.to_string())];
    match kind {
        Kind::Type { kind } => {
            let expected = match kind {
                jsonschema::error::TypeKind::Single(name) => name.to_string(),
                jsonschema::error::TypeKind::Multiple(names) => {
                    names.iter().map(|name| name.to_string()).collect::<Vec<_>>().join(", ")
                }
            };
            ("type", vec![("expected", expected)])
        }
        Kind::Enum { options } => ("enum", vec![("options", listed(options))]),
        Kind::Constant { expected_value } => ("const", vec![("expected", plain(expected_value))]),
        Kind::Pattern { pattern } => ("pattern", vec![("pattern", pattern.clone())]),
        Kind::Format { format } => ("format", vec![("format", format.clone())]),
        Kind::MinLength { limit: at } => ("min_length", limit(at)),
        Kind::MaxLength { limit: at } => ("max_length", limit(at)),
        Kind::Minimum { limit: at } => ("minimum", limit(at)),
        Kind::Maximum { limit: at } => ("maximum", limit(at)),
        Kind::ExclusiveMinimum { limit: at } => ("exclusive_minimum", limit(at)),
        Kind::ExclusiveMaximum { limit: at } => ("exclusive_maximum", limit(at)),
        Kind::MultipleOf { multiple_of } => ("multiple_of", limit(multiple_of)),
        Kind::MinItems { limit: at } => ("min_items", limit(at)),
        Kind::MaxItems { limit: at } => ("max_items", limit(at)),
        Kind::MinProperties { limit: at } => ("min_properties", limit(at)),
        Kind::MaxProperties { limit: at } => ("max_properties", limit(at)),
        Kind::UniqueItems => ("unique_items", Vec::new()),
        Kind::OneOfMultipleValid { .. } => ("one_of", Vec::new()),
        Kind::Not { .. } => ("not", Vec::new()),
        // No other keyword gets past `Form::compile`; should one, the answer is still refused.
        _ => ("invalid", Vec::new()),
    }
}

fn listed(options: &Value) -> String {
    let mut text = String::new();
    for option in options.as_array().map(Vec::as_slice).unwrap_or_default() {
        let option = plain(option);
        if text.len() + option.len() > OPTIONS_BYTES_MAX {
            text.push_str(", …");
            break;
        }
        if !text.is_empty() {
            text.push_str(", ");
        }
        text.push_str(&option);
    }
    text
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn error(pointer: &str, code: &'static str, args: &[(&str, String)]) -> FormError {
    let args: BTreeMap<_, _> = args.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    FormError { pointer: pointer.to_owned(), code, args }
}

/// The branch of an `anyOf` or `oneOf` that was meant: the only one which neither the kind of the
/// value nor a constant or a list of choices (its own, or of a member) rules out.
fn only_likely_branch<'a, 'b>(
    pointer: &str,
    branches: &'a [Vec<ValidationError<'b>>],
) -> Option<&'a [ValidationError<'b>]> {
    let ruled_out = |finding: &ValidationError<'_>| match finding.kind() {
        Kind::Type { .. } => finding.instance_path().as_str() == pointer,
        Kind::Constant { .. } | Kind::Enum { .. } => true,
        _ => false,
    };
    let mut likely = branches.iter().filter(|branch| !branch.iter().any(ruled_out));
    let branch = likely.next().filter(|branch| !branch.is_empty())?;
    likely.next().is_none().then_some(branch.as_slice())
}

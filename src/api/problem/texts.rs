//! The sentences of problem documents: Fluent files in the product, by code. Those of services are the definitions'.

use std::sync::LazyLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource};
use unic_langid::LanguageIdentifier;

use crate::kernel::Fault;

/// Languages in which errors are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    English,
    Bangla,
}

/// Members of `Accept-Language` that are looked at.
const WISHES_MAX: usize = 16;

type Bundle = FluentBundle<FluentResource>;

static ENGLISH: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::English, include_str!("../faults.en.ftl")));
static BANGLA: LazyLock<Bundle> = LazyLock::new(|| bundle(Language::Bangla, include_str!("../faults.bn.ftl")));

fn bundle(language: Language, source: &str) -> Bundle {
    let tag: LanguageIdentifier = language.tag().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![tag]);
    bundle.set_use_isolating(false);
    // A test reads both files whole; what could not be read would fall back to the general sentence.
    let resource = FluentResource::try_new(source.to_owned()).unwrap_or_else(|(resource, _)| resource);
    bundle.add_resource_overriding(resource);
    bundle
}

impl Language {
    /// The first that the client wishes for and we have; else English.
    #[must_use]
    pub fn preferred(accept: &str) -> Self {
        let wish = |part: &str| {
            let (tag, weight) = part.split_once(';').unwrap_or((part, "q=1"));
            let weight: f32 = weight.trim().strip_prefix("q=").and_then(|q| q.parse().ok()).unwrap_or(0.0);
            let language = match tag.trim().split('-').next().unwrap_or_default().to_ascii_lowercase().as_str() {
                "bn" => Self::Bangla,
                "en" | "*" => Self::English,
                _ => return None,
            };
            (weight > 0.0).then_some((weight, language))
        };
        let wishes = accept.split(',').take(WISHES_MAX).filter_map(wish);
        // The first of those with the same weight.
        let best = wishes.reduce(|best, next| if next.0 > best.0 { next } else { best });
        best.map_or(Self::English, |(_, language)| language)
    }

    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::Bangla => "bn",
        }
    }

    fn bundle(self) -> &'static Bundle {
        match self {
            Self::English => &ENGLISH,
            Self::Bangla => &BANGLA,
        }
    }
}

fn format(bundle: &Bundle, id: &str, attribute: Option<&str>, args: &FluentArgs<'_>) -> Option<String> {
    let message = bundle.get_message(id)?;
    let pattern = match attribute {
        None => message.value()?,
        Some(name) => message.get_attribute(name)?.value(),
    };
    let mut errors = Vec::new();
    Some(bundle.format_pattern(pattern, Some(args), &mut errors).into_owned())
}

/// Ids of Fluent have dashes where codes have underscores.
fn id(prefix: &str, code: &str) -> String {
    format!("{prefix}-{}", code.replace('_', "-"))
}

/// Title and detail of a problem. The title is that of its class; the detail that of its code, where it has one.
pub(super) fn problem(language: Language, class: &str, code: &str, argument: &str) -> (String, String) {
    let mut args = FluentArgs::new();
    args.set("what", argument.to_owned());
    let (bundle, class) = (language.bundle(), id("problem", class));
    let title = format(bundle, &class, None, &args).unwrap_or_default();
    let detail =
        format(bundle, &id("code", code), None, &args).or_else(|| format(bundle, &class, Some("detail"), &args));
    (title, detail.unwrap_or_default())
}

/// A fault in words; the general sentence where a code has none of its own.
pub(super) fn fault(language: Language, fault: &Fault) -> String {
    let mut args = FluentArgs::new();
    for (name, value) in &fault.args {
        args.set(name.clone(), value.clone());
    }
    let sentence = format(language.bundle(), &id("fault", &fault.code), None, &args);
    sentence.or_else(|| format(language.bundle(), "fault-invalid", None, &args)).unwrap_or_default()
}

/// A word of a page of ours; its id where there is none.
#[must_use]
pub fn word(language: Language, name: &str, day: &str) -> String {
    let mut args = FluentArgs::new();
    args.set("day", day.to_owned());
    format(language.bundle(), &id("page", name), None, &args).unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_wish_of_the_client_counts() {
        let cases = [
            ("", Language::English),
            ("bn", Language::Bangla),
            ("bn-BD, en;q=0.5", Language::Bangla),
            ("fr, bn;q=0.2, en;q=0.8", Language::English),
            ("en;q=0, bn;q=0.1", Language::Bangla),
            ("bn;q=x", Language::English),
            (";;,,=", Language::English),
        ];
        for (header, language) in cases {
            assert_eq!(Language::preferred(header), language, "{header}");
        }
    }

    fn ids(source: &str) -> BTreeSet<String> {
        assert!(FluentResource::try_new(source.to_owned()).is_ok(), "every line can be read");
        let lines = source.lines().filter_map(|line| line.split_once(" =").map(|(id, _)| id.to_owned()));
        lines.filter(|id| !id.contains(' ')).collect()
    }

    #[test]
    fn both_languages_say_the_same_things() {
        assert_eq!(ids(include_str!("../faults.en.ftl")), ids(include_str!("../faults.bn.ftl")));
    }

    #[test]
    fn a_fault_is_told_with_what_the_rule_asks_for() {
        let fault = Fault::new("/a", "max_length").with("limit", 40);
        assert_eq!(super::fault(Language::English, &fault), "Use 40 characters at most.");
        assert!(super::fault(Language::Bangla, &fault).contains("40"));
        let unknown = Fault::new("/a", "no_such_code");
        assert_eq!(super::fault(Language::English, &unknown), "This is not valid.");
    }
}

//! Texts for people, in Fluent, by language: a service's own over the shared ones.
//! Promises that a missing text falls back along the languages in their order, that formatting
//! never fails, and that what a text says is known before it is needed (`has`, `variables`).
//! Which texts a service needs does not belong here.

mod languages;
pub mod sms;
mod used;

#[cfg(test)]
mod tests;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
};

use fluent_bundle::{FluentArgs, FluentResource, FluentValue, concurrent::FluentBundle};
use fluent_syntax::ast::{Entry, Pattern};
use unic_langid::LanguageIdentifier;

pub use languages::negotiate;
use used::Used;

/// Largest file of texts, in bytes.
const FILE_BYTES_MAX: usize = 1024 * 1024;
/// Fluent ids have no underscores here: `pay_court` → `step-pay-court`.
#[must_use]
pub fn text_id(kind: &str, name: &str) -> String {
    format!("{kind}-{}", name.trim_matches('/').replace("/*", "").replace(['_', '/', '.'], "-"))
}

/// The texts of a service in all its languages. Cheap to clone.
#[derive(Clone)]
pub struct Texts(Arc<Vec<Language>>);

struct Language {
    tag: String,
    bundle: FluentBundle<FluentResource>,
    used: BTreeMap<String, Used>,
}

/// What is wrong with a file of texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextFault {
    /// Its name as it was given.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// For the author.
    pub sentence: String,
}

impl fmt::Display for TextFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.line, self.sentence)
    }
}

impl std::error::Error for TextFault {}

impl Texts {
    /// `languages`: BCP 47 tags, the first being the last resort. `files`: language, name and
    /// content, where a later file overrides an earlier one text by text. Files of other languages
    /// are left out. All faults are told at once.
    pub fn load(languages: &[String], files: &[(String, String, String)]) -> Result<Self, Vec<TextFault>> {
        let mut faults = Vec::new();
        let mut loaded = Vec::with_capacity(languages.len());
        for tag in languages {
            let Ok(id) = tag.parse::<LanguageIdentifier>() else {
                let sentence = format!("\"{tag}\" is no language tag");
                faults.push(TextFault { file: tag.clone(), line: 1, sentence });
                continue;
            };
            let mut language =
                Language { tag: tag.clone(), bundle: FluentBundle::new_concurrent(vec![id]), used: BTreeMap::new() };
            // The marks show as boxes in plain-text mail and break comparisons.
            language.bundle.set_use_isolating(false);
            for (_, name, content) in files.iter().filter(|(lang, ..)| lang == tag) {
                language.add(name, content, &mut faults);
            }
            loaded.push(language);
        }
        if faults.is_empty() { Ok(Self(Arc::new(loaded))) } else { Err(faults) }
    }

    /// The languages, in their order.
    pub fn languages(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|language| language.tag.as_str())
    }

    /// Whether that language itself has the text (with `attr`: its attribute; without: its value).
    #[must_use]
    pub fn has(&self, lang: &str, id: &str, attr: Option<&str>) -> bool {
        self.language(lang).is_some_and(|language| language.pattern(id, attr).is_some())
    }

    /// The text in that language, else in the first of the others that has it; `None` where none
    /// has. A whole number given as an argument chooses plural forms. A variable that was not
    /// given stands there as its name in braces.
    #[must_use]
    pub fn format(&self, lang: &str, id: &str, attr: Option<&str>, args: &BTreeMap<String, String>) -> Option<String> {
        let chain = self.language(lang).into_iter().chain(self.0.iter());
        let (language, pattern) = chain.filter_map(|language| Some((language, language.pattern(id, attr)?))).next()?;
        let args: FluentArgs = args.iter().map(|(name, text)| (name.as_str(), value(text))).collect();
        let mut ignored = Vec::new();
        let text = language.bundle.format_pattern(pattern, Some(&args), &mut ignored);
        Some(text.into_owned())
    }

    /// The variables that a text and its attributes use in that language, those of the texts they
    /// refer to included.
    #[must_use]
    pub fn variables(&self, lang: &str, id: &str) -> BTreeSet<String> {
        let mut variables = BTreeSet::new();
        let Some(language) = self.language(lang) else {
            return variables;
        };
        let mut seen = BTreeSet::new();
        let mut open = vec![id];
        while let Some(id) = open.pop() {
            if let Some(used) = language.used.get(id).filter(|_| seen.insert(id)) {
                variables.extend(used.variables.iter().cloned());
                open.extend(used.texts.iter().map(String::as_str));
            }
        }
        variables
    }

    fn language(&self, tag: &str) -> Option<&Language> {
        self.0.iter().find(|language| language.tag == tag)
    }
}

impl fmt::Debug for Texts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.languages()).finish()
    }
}

impl Language {
    fn pattern(&self, id: &str, attr: Option<&str>) -> Option<&Pattern<&str>> {
        let message = self.bundle.get_message(id)?;
        match attr {
            Some(attr) => message.get_attribute(attr).map(|attribute| attribute.value()),
            None => message.value(),
        }
    }

    fn add(&mut self, file: &str, content: &str, faults: &mut Vec<TextFault>) {
        let mut fault = |line: usize, sentence: String| {
            faults.push(TextFault { file: file.to_owned(), line, sentence });
        };
        if content.len() > FILE_BYTES_MAX {
            return fault(1, format!("larger than {FILE_BYTES_MAX} bytes"));
        }
        let resource = match FluentResource::try_new(content.to_owned()) {
            Ok(resource) => resource,
            Err((_, errors)) => {
                for error in errors {
                    fault(line_of(content, error.pos.start), error.to_string());
                }
                return;
            }
        };
        let mut stated = BTreeSet::new();
        for entry in resource.entries() {
            let (id, name, used) = match entry {
                Entry::Message(message) => {
                    let attributes = message.attributes.iter().map(|attribute| &attribute.value);
                    let used = Used::of(message.value.iter().chain(attributes));
                    (message.id.name.to_owned(), message.id.name, used)
                }
                Entry::Term(term) => (format!("-{}", term.id.name), term.id.name, Used::of([&term.value])),
                _ => continue,
            };
            if !stated.insert(id.clone()) {
                let place = name.as_ptr() as usize - resource.source().as_ptr() as usize;
                fault(line_of(content, place), format!("\"{id}\" stands in this file twice"));
            }
            self.used.insert(id, used);
        }
        self.bundle.add_resource_overriding(resource);
    }
}

/// A short whole number, written as numbers are, may choose a plural form; anything else (also an
/// identifier with leading zeros) is text and stays as it is.
fn value(text: &str) -> FluentValue<'_> {
    let plain = text == "0" || !text.starts_with('0');
    if plain && (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) {
        FluentValue::try_number(text)
    } else {
        FluentValue::from(text)
    }
}

fn line_of(content: &str, place: usize) -> usize {
    content.bytes().take(place).filter(|byte| *byte == b'\n').count() + 1
}

//! Names of persons and organisations, as people write them: one for each script, a full name alone is enough.
//! Promises NFC, no control characters and at most 200 characters a part. Which language is spoken is not decided here.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::kernel::{Error, Result};

/// Characters of a full name or a part of it. Long enough for the longest in the civil registers known to us.
pub const LONGEST: usize = 200;
/// Names of one person: one for each script, and former ones.
pub const MOST: usize = 8;

/// A name in one script.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Name {
    /// ISO 15924, such as `Latn` or `Beng`.
    pub script: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub family: Option<String>,
    pub full: String,
}

impl Name {
    /// A full name alone; its script is that of its first letter.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/name` where it is blank, too long or holds control characters.
    pub fn parse(full: &str) -> Result<Self> {
        let full = part(full)?;
        Ok(Self { script: script_of(&full).to_owned(), given: None, family: None, full })
    }

    /// The same name in the form in which it is kept.
    ///
    /// # Errors
    /// [`Error::Invalid`] at `/name`, as [`Name::parse`]; also where the script is not four letters.
    pub fn normalised(&self) -> Result<Self> {
        if self.script.len() != 4 || !self.script.bytes().all(|b| b.is_ascii_alphabetic()) {
            return Err(Error::invalid("/name/script", "pattern"));
        }
        let optional = |text: &Option<String>| text.as_deref().map(part).transpose();
        Ok(Self {
            script: self.script.clone(),
            given: optional(&self.given)?,
            family: optional(&self.family)?,
            full: part(&self.full)?,
        })
    }
}

/// Every name of one person, in the form in which they are kept.
///
/// # Errors
/// [`Error::Invalid`] at `/name` where there is none, more than [`MOST`], or one that is not in order.
pub fn normalised(names: &[Name]) -> Result<Vec<Name>> {
    if names.is_empty() || names.len() > MOST {
        return Err(Error::invalid("/name", "count"));
    }
    names.iter().map(Name::normalised).collect()
}

fn part(text: &str) -> Result<String> {
    let text: String = text.trim().nfc().collect();
    if text.is_empty() {
        return Err(Error::invalid("/name", "required"));
    }
    if text.chars().count() > LONGEST {
        return Err(Error::invalid("/name", "max_length"));
    }
    if text.chars().any(char::is_control) {
        return Err(Error::invalid("/name", "pattern"));
    }
    Ok(text)
}

/// The name to show to a reader of `language` (BCP 47): the one in the script of that language, else the first.
#[must_use]
pub fn display_name<'n>(names: &'n [Name], language: &str) -> &'n str {
    let script = script_for(language);
    let own = names.iter().find(|n| n.script == script);
    own.or(names.first()).map_or("", |n| n.full.as_str())
}

/// The script in which a language is mostly written (CLDR's likely subtags, for languages not written in Latin).
fn script_for(language: &str) -> &str {
    let mut subtags = language.split('-');
    let primary = subtags.next().unwrap_or_default();
    // A tag may name its script itself: `sr-Latn`.
    if let Some(script) = subtags.next().filter(|s| s.len() == 4 && s.bytes().all(|b| b.is_ascii_alphabetic())) {
        return script;
    }
    match primary {
        "bn" | "as" => "Beng",
        "ar" | "fa" | "ur" | "ps" | "sd" | "ug" | "ckb" => "Arab",
        "hi" | "ne" | "mr" | "sa" | "mai" => "Deva",
        "ru" | "uk" | "be" | "bg" | "mk" | "sr" | "kk" | "ky" | "tg" | "mn" => "Cyrl",
        "el" => "Grek",
        "he" | "yi" => "Hebr",
        "am" | "ti" => "Ethi",
        "hy" => "Armn",
        "ka" => "Geor",
        "ta" => "Taml",
        "te" => "Telu",
        "ml" => "Mlym",
        "kn" => "Knda",
        "gu" => "Gujr",
        "pa" => "Guru",
        "si" => "Sinh",
        "my" => "Mymr",
        "km" => "Khmr",
        "lo" => "Laoo",
        "th" => "Thai",
        "ja" => "Jpan",
        "ko" => "Kore",
        "zh" => "Hans",
        _ => "Latn",
    }
}

/// Unicode blocks by script: first and last code point. Where a block serves several languages, its script counts.
const BLOCKS: &[(u32, u32, &str)] = &[
    (0x0041, 0x024F, "Latn"),
    (0x0370, 0x03FF, "Grek"),
    (0x0400, 0x052F, "Cyrl"),
    (0x0530, 0x058F, "Armn"),
    (0x0590, 0x05FF, "Hebr"),
    (0x0600, 0x06FF, "Arab"),
    (0x0750, 0x077F, "Arab"),
    (0x0900, 0x097F, "Deva"),
    (0x0980, 0x09FF, "Beng"),
    (0x0A00, 0x0A7F, "Guru"),
    (0x0A80, 0x0AFF, "Gujr"),
    (0x0B80, 0x0BFF, "Taml"),
    (0x0C00, 0x0C7F, "Telu"),
    (0x0C80, 0x0CFF, "Knda"),
    (0x0D00, 0x0D7F, "Mlym"),
    (0x0D80, 0x0DFF, "Sinh"),
    (0x0E00, 0x0E7F, "Thai"),
    (0x0E80, 0x0EFF, "Laoo"),
    (0x1000, 0x109F, "Mymr"),
    (0x10A0, 0x10FF, "Geor"),
    (0x1200, 0x137F, "Ethi"),
    (0x1780, 0x17FF, "Khmr"),
    (0x1E00, 0x1EFF, "Latn"),
    (0x3040, 0x30FF, "Jpan"),
    (0x4E00, 0x9FFF, "Hans"),
    (0xAC00, 0xD7AF, "Kore"),
];

/// The script of the first letter; `Zyyy` (undetermined) where no letter is known.
fn script_of(text: &str) -> &'static str {
    let of = |c: char| {
        let code = u32::from(c);
        let block = BLOCKS.iter().find(|(first, last, _)| (*first..=*last).contains(&code));
        block.map(|(_, _, script)| *script)
    };
    text.chars().filter(|c| c.is_alphabetic()).find_map(of).unwrap_or("Zyyy")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_name_alone_is_composed_and_has_the_script_of_its_letters() {
        let name = Name::parse("  Jose\u{301} García ").unwrap();
        assert_eq!((name.full.as_str(), name.script.as_str()), ("José García", "Latn"));
        assert_eq!(Name::parse("রহিম উদ্দিন").unwrap().script, "Beng");
        assert_eq!(Name::parse("محمد").unwrap().script, "Arab");
    }

    #[test]
    fn blank_overlong_and_control_characters_are_no_names() {
        assert!(Name::parse(" \u{a0} ").is_err());
        assert!(Name::parse("Ra\u{0}him").is_err());
        assert!(Name::parse(&"ক".repeat(LONGEST)).is_ok());
        assert!(Name::parse(&"ক".repeat(LONGEST + 1)).is_err());
        assert!(normalised(&[]).is_err());
    }

    #[test]
    fn readers_see_the_name_in_their_script() {
        let names = [Name::parse("Rahim Uddin").unwrap(), Name::parse("রহিম উদ্দিন").unwrap()];
        assert_eq!(display_name(&names, "bn-BD"), "রহিম উদ্দিন");
        assert_eq!(display_name(&names, "en"), "Rahim Uddin");
        assert_eq!(display_name(&names, "ar"), "Rahim Uddin");
        assert_eq!(display_name(&names, "en-Beng"), "রহিম উদ্দিন");
        assert_eq!(display_name(&[], "en"), "");
    }
}

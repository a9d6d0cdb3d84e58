//! The words of a notice, from the texts of the service.

use std::collections::BTreeMap;

use crate::engine::texts::{Texts, sms};
use crate::kernel::{Error, Result};

/// Characters of a subject line: as much as mail programs show.
const SUBJECT: usize = 150;

/// A notice in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    pub body: String,
    /// What an SMS says, short enough for one.
    pub sms: String,
}

/// The notice `notice-<about>` in `language`: its value the body, its attribute `subject` the subject line, and its
/// attribute `sms`, where that language has it, what an SMS says; else that is the subject.
///
/// # Errors
/// [`Error::Internal`] where there is no such text: the definition has been checked for it.
pub fn notice(texts: &Texts, language: &str, about: &str, args: &BTreeMap<String, String>) -> Result<Rendered> {
    let id = format!("notice-{}", about.replace('_', "-"));
    let text = |attribute: Option<&str>| {
        let found = texts.format(language, &id, attribute, args);
        found.ok_or_else(|| Error::internal(format!("no text {id} {}", attribute.unwrap_or_default())))
    };
    let subject = text(Some("subject"))?;
    // A name or reference that was put in must not begin a new header.
    let subject: String = subject.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(SUBJECT).collect();
    let short = if texts.has(language, &id, Some("sms")) { text(Some("sms"))? } else { subject.clone() };
    Ok(Rendered { subject, body: text(None)?, sms: sms::one_sms(&short) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn body_and_subject_come_from_one_text() {
        let source = "notice-due-soon = Case { $reference } is due.\n    .subject = Case { $reference }\n";
        let texts = Texts::load(&["en".into()], &[("en".into(), "en.ftl".into(), source.into())]).unwrap();
        let args = BTreeMap::from([("reference".to_owned(), "LM-26\r\nBcc: x@y.example".to_owned())]);
        let rendered = notice(&texts, "en", "due_soon", &args).unwrap();
        assert_eq!(rendered.subject, "Case LM-26 Bcc: x@y.example");
        assert!(rendered.body.starts_with("Case LM-26") && rendered.body.ends_with(" is due."));
        assert!(notice(&texts, "en", "unheard_of", &args).is_err());
    }

    #[test]
    fn an_sms_says_what_it_was_given_to_say_or_the_subject() {
        let en = "notice-a = Long.\n    .subject = Subject { $reference }\n    .sms = Short { $reference }\nnotice-b = B.\n    .subject = Of b\n";
        let bn = "notice-a = দীর্ঘ।\n    .subject = বিষয়\n";
        let file = |lang: &str, text: &str| (lang.to_owned(), format!("{lang}.ftl"), text.to_owned());
        let texts = Texts::load(&["en".into(), "bn".into()], &[file("en", en), file("bn", bn)]).unwrap();
        let args = BTreeMap::from([("reference".to_owned(), "A\u{7}\n1".to_owned())]);
        let sms = |language: &str, about: &str| notice(&texts, language, about, &args).unwrap().sms;
        assert_eq!(sms("en", "a"), "Short A 1");
        assert_eq!(sms("en", "b"), "Of b");
        // Not in another language than the rest of it.
        assert_eq!(sms("bn", "a"), "বিষয়");
    }
}

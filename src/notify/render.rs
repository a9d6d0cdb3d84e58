//! The words of a notice, from the texts of the service.

use std::collections::BTreeMap;

use crate::engine::texts::Texts;
use crate::kernel::{Error, Result};

/// Characters of a subject line: as much as mail programs show.
const SUBJECT: usize = 150;

/// A notice in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    pub body: String,
}

/// The notice `notice-<about>` (its value the body, its attribute `subject` the subject line) in `language`.
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
    Ok(Rendered { subject, body: text(None)? })
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
}

//! Where and how a person wants to be told, in the person's own words: the only ones that are taken for it.

use std::collections::BTreeSet;

use jiff::civil::Time;
use unic_langid::LanguageIdentifier;

use crate::engine::calendar::{Quiet, time_of_day};
use crate::engine::definition::Channel;
use crate::kernel::{Error, Fault, Result};

/// Characters of an e-mail address (RFC 5321, 4.5.3.1).
const EMAIL_MAX: usize = 254;
/// Characters of a language tag.
const LANGUAGE_MAX: usize = 35;

/// What is kept of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contact {
    pub email: Option<String>,
    /// E.164, with its plus.
    pub phone: Option<String>,
    /// Ways beside the message box; none: e-mail where there is an address, else SMS.
    pub channels: Option<BTreeSet<Channel>>,
    /// BCP 47; none: that of the case.
    pub language: Option<String>,
    /// None: those of the country.
    pub quiet: Option<Quiet>,
    /// Grows with each change; 0 where nothing was chosen yet.
    pub revision: u32,
}

/// What is to be changed: none leaves it, an inner none takes it back.
#[derive(Debug, Clone, Default)]
pub struct ContactChange {
    pub email: Option<Option<String>>,
    pub phone: Option<Option<String>>,
    pub channels: Option<Option<Vec<Channel>>>,
    pub language: Option<Option<String>>,
    /// From and until, as hours and minutes.
    pub quiet: Option<Option<(String, String)>>,
}

impl ContactChange {
    /// What it names, for the log.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        let all = [
            ("email", self.email.is_some()),
            ("phone", self.phone.is_some()),
            ("channels", self.channels.is_some()),
            ("language", self.language.is_some()),
            ("quiet", self.quiet.is_some()),
        ];
        all.into_iter().filter(|(_, named)| *named).map(|(name, _)| name).collect()
    }
}

impl Contact {
    /// The same with a change, as the next revision.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault: what is no address, number, language or time of day, and a channel that
    /// leads nowhere.
    pub fn changed(self, change: ContactChange) -> Result<Self> {
        let mut faults = Vec::new();
        let mut next = Self { revision: self.revision.saturating_add(1), ..self };
        put(&mut next.email, change.email, ("/email", "email"), email, &mut faults);
        put(&mut next.phone, change.phone, ("/phone", "phone"), |text| phone(&text), &mut faults);
        put(&mut next.language, change.language, ("/language", "language"), language, &mut faults);
        if let Some(channels) = change.channels {
            next.channels = channels.map(|channels| channels.into_iter().collect());
        }
        match change.quiet {
            Some(Some((from, until))) => match (time_of_day(&from), time_of_day(&until)) {
                (Some(from), Some(until)) => next.quiet = Some(Quiet { from, until }),
                (from, until) => {
                    let wrong = |time: Option<Time>, at| time.is_none().then(|| Fault::new(at, "format"));
                    faults.extend(wrong(from, "/quiet/from").into_iter().chain(wrong(until, "/quiet/until")));
                }
            },
            Some(None) => next.quiet = None,
            None => {}
        }
        faults.extend(next.leading_nowhere(&faults));
        if faults.is_empty() { Ok(next) } else { Err(Error::Invalid(faults)) }
    }

    /// Whoever chose a channel has to be reached on it.
    fn leading_nowhere(&self, known: &[Fault]) -> Vec<Fault> {
        let chosen = |channel| self.channels.as_ref().is_some_and(|all| all.contains(&channel));
        let wanted = [("/email", Channel::Email, &self.email), ("/phone", Channel::Sms, &self.phone)];
        let missing = wanted.into_iter().filter(|(at, channel, address)| {
            chosen(*channel) && address.is_none() && known.iter().all(|fault| fault.pointer != *at)
        });
        missing.map(|(at, ..)| Fault::new(at, "required")).collect()
    }
}

fn put(
    place: &mut Option<String>,
    given: Option<Option<String>>,
    (at, code): (&str, &str),
    read: impl Fn(String) -> Option<String>,
    faults: &mut Vec<Fault>,
) {
    match given.map(|given| given.map(read)) {
        None => {}
        Some(None) => *place = None,
        Some(Some(Some(text))) => *place = Some(text),
        Some(Some(None)) => faults.push(Fault::new(at, code)),
    }
}

fn email(text: String) -> Option<String> {
    let text = text.trim();
    let good = text.chars().count() <= EMAIL_MAX && text.parse::<lettre::Address>().is_ok();
    good.then(|| text.to_owned())
}

/// A telephone number as networks write it (ITU-T E.164): a plus, the code of the country, 7 to 15 digits in all. Spaces
/// and dashes are dropped.
#[must_use]
pub fn phone(text: &str) -> Option<String> {
    let text: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).take(20).collect();
    let digits = text.strip_prefix('+')?;
    let good = (7..=15).contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|digit| digit.is_ascii_digit());
    good.then_some(text)
}

fn language(text: String) -> Option<String> {
    let good = text.len() <= LANGUAGE_MAX && text.parse::<LanguageIdentifier>().is_ok();
    good.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(change: ContactChange) -> Vec<(String, String)> {
        match Contact::default().changed(change) {
            Err(Error::Invalid(faults)) => faults.into_iter().map(|f| (f.pointer, f.code)).collect(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_number_is_that_of_the_whole_world() {
        assert_eq!(phone("+880 1711-000001").as_deref(), Some("+8801711000001"));
        for bad in ["01711000001", "+0171100000", "+88017x1000001", "+123456", "+1234567890123456", "", "+", "+৮৮০১৭১১"]
        {
            assert_eq!(phone(bad), None, "{bad}");
        }
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let change = ContactChange {
            email: Some(Some("rahim".into())),
            phone: Some(Some("0171".into())),
            channels: Some(Some(vec![Channel::Email, Channel::Sms])),
            language: Some(Some("not a language".into())),
            quiet: Some(Some(("21".into(), "08:00".into()))),
        };
        let all = [("/email", "email"), ("/phone", "phone"), ("/language", "language"), ("/quiet/from", "format")];
        assert_eq!(faults(change), all.map(|(at, code)| (at.to_owned(), code.to_owned())));
        let nowhere = ContactChange { channels: Some(Some(vec![Channel::Sms])), ..ContactChange::default() };
        assert_eq!(faults(nowhere), [("/phone".to_owned(), "required".to_owned())]);
    }

    #[test]
    fn what_is_not_named_stays_and_null_takes_it_back() {
        let first = ContactChange {
            phone: Some(Some("+8801711000001".into())),
            channels: Some(Some(vec![Channel::Sms])),
            ..ContactChange::default()
        };
        let one = Contact::default().changed(first).expect("good");
        let two =
            one.clone().changed(ContactChange { channels: Some(None), ..ContactChange::default() }).expect("good");
        assert_eq!((two.phone, two.channels, two.revision), (one.phone.clone(), None, 2));
        assert!(one.changed(ContactChange { phone: Some(None), ..ContactChange::default() }).is_err());
    }
}

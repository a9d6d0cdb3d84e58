//! On which ways a notice goes out beside the message box.

use std::collections::BTreeSet;

use super::store::Made;
use crate::engine::definition::Channel;

/// What this deployment can send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ways {
    pub mail: bool,
    pub sms: bool,
}

impl Ways {
    /// Those on which the person is reached, the service tells and the person wants to be told. Who chose nothing is
    /// told on one way: by e-mail where there is an address, because it costs nobody anything and holds the whole text;
    /// else by SMS.
    pub(super) fn to(self, made: &Made, of_service: &BTreeSet<Channel>) -> Vec<Channel> {
        let reached = |channel: &Channel| match channel {
            Channel::Email => self.mail && made.has_email,
            Channel::Sms => self.sms && made.has_phone,
        };
        let all = Channel::ALL.into_iter().filter(|channel| reached(channel) && of_service.contains(channel));
        match &made.channels {
            None => all.take(1).collect(),
            Some(chosen) => all.filter(|channel| chosen.iter().any(|word| word == channel.word())).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn made(has_email: bool, has_phone: bool, channels: Option<&[&str]>) -> Made {
        let channels = channels.map(|words| words.iter().map(|&word| word.to_owned()).collect());
        Made { id: Uuid::nil(), has_email, has_phone, channels }
    }

    #[test]
    fn who_chose_nothing_is_told_by_mail_else_by_sms() {
        let (both, no_mail) = (Ways { mail: true, sms: true }, Ways { mail: false, sms: true });
        let all = BTreeSet::from(Channel::ALL);
        assert_eq!(both.to(&made(true, true, None), &all), [Channel::Email]);
        assert_eq!(both.to(&made(false, true, None), &all), [Channel::Sms]);
        assert_eq!(no_mail.to(&made(true, true, None), &all), [Channel::Sms]);
        assert_eq!(both.to(&made(false, false, None), &all), []);
        assert_eq!(both.to(&made(true, true, None), &BTreeSet::from([Channel::Sms])), [Channel::Sms]);
    }

    #[test]
    fn a_choice_is_kept_to_within_what_the_service_uses() {
        let both = Ways { mail: true, sms: true };
        let all = BTreeSet::from(Channel::ALL);
        assert_eq!(both.to(&made(true, true, Some(&["sms", "email"])), &all), Channel::ALL);
        assert_eq!(both.to(&made(true, true, Some(&["sms"])), &all), [Channel::Sms]);
        assert_eq!(both.to(&made(true, false, Some(&["sms"])), &all), []);
        assert_eq!(both.to(&made(true, true, Some(&[])), &all), []);
        assert_eq!(both.to(&made(true, true, Some(&["sms"])), &BTreeSet::from([Channel::Email])), []);
    }
}

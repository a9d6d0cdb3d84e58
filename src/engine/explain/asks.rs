//! What a party is asked for, in words.

use super::Page;
use crate::engine::definition::{Needed, Verb};
use crate::engine::texts::text_id;

impl Page<'_> {
    /// Nothing where the step asks nobody.
    pub(super) fn asks(&self, verb: &Verb) -> String {
        let Verb::Ask { of, form, fields, documents, signature, message, own, need } = verb else {
            return String::new();
        };
        let asked = [
            (*form && fields.is_empty(), "ask-form"),
            (*documents, "ask-documents"),
            (own.is_some(), "ask-answer"),
            (*signature, "ask-signature"),
            (*message, "ask-message"),
        ];
        let asked = asked.iter().filter(|(is, _)| *is).map(|(_, word)| self.word(word, &[]));
        let fields = fields.iter().map(|field| format!("“{}”", self.text(&text_id("field", field), None)));
        let what = fields.chain(asked).collect::<Vec<_>>().join(", ");
        let asks = self.word("step-asks", &[("who", self.who(of)), ("what", what)]);
        match need {
            Needed::Number(1) => asks,
            Needed::All => format!("{asks} {}", self.word("ask-all", &[])),
            Needed::Number(number) => format!("{asks} {}", self.word("ask-number", &[("number", self.number(number))])),
        }
    }
}

//! What a story issues is put on paper in every language, so that a text or a fact that is not there is found before
//! anybody waits for his certificate.

use serde_json::{Value, json};

use super::run::World;
use crate::engine::workflow::{Case, Event, View, What};

/// The address that stands in a QR code: as long as real ones are.
const ADDRESS: &str = "https://guichet.example/v1/certificates/0123456789ABCDEFGHJKMNPQRS";

impl World<'_> {
    /// Renders what was issued.
    ///
    /// # Errors
    /// The template, the language, and what is wrong.
    pub(super) fn on_paper(&self, case: &Case, events: &[Event]) -> Result<(), String> {
        for event in events {
            let What::Issued { template, .. } = &event.what else { continue };
            let compiled = self.def.templates.get(template).ok_or_else(|| format!("there is no `{template}`"))?;
            let mut facts = View::new(self.def, case, event.at).content(&self.written);
            self.complete_facts(&mut facts, event);
            for language in &self.def.languages {
                let rendered = compiled.render(language, &self.def.texts, &facts, ADDRESS);
                rendered.map_err(|sentence| format!("`{template}.html` in `{language}`: {sentence}"))?;
            }
        }
        Ok(())
    }

    /// What is added when a certificate is read: names of offices, sums as money, its own code.
    fn complete_facts(&self, facts: &mut Value, event: &Event) {
        let day = self.def.time.day_of(event.at);
        let number = facts.get("steps").and_then(Value::as_object);
        let number = number.and_then(|steps| steps.values().rev().find_map(|s| s.get("number").cloned()));
        let certificate = json!({
            "code": ADDRESS.rsplit('/').next(), "number": number, "issued": day, "url": ADDRESS,
            "issuer": self.def.authority, "valid_until": day,
        });
        let Value::Object(members) = facts else { return };
        members.insert("certificate".into(), certificate);
        if let Some(Value::Object(about)) = members.get_mut("case") {
            about.insert("office_name".into(), json!(self.def.main_office));
        }
        let fees = members.get_mut("fees").and_then(Value::as_object_mut);
        let sums = fees.into_iter().flat_map(|fees| fees.values_mut()).filter_map(Value::as_object_mut);
        for sum in sums.flat_map(|sums| sums.values_mut()) {
            if let Ok(amount) = sum.to_string().parse() {
                *sum = json!({"amount": self.def.round(amount).to_string(), "currency": self.def.currency});
            }
        }
    }
}

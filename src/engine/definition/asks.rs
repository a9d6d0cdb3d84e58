//! What a party is asked for: checked and compiled.

use super::compile::Compiler;
use super::language as raw;
use super::model::Verb;

/// What every answer of several has beside what is stated with it.
const OF_ANSWERS: [&str; 3] = ["at", "by", "statement"];

impl Compiler<'_> {
    pub(super) fn ask(&mut self, id: &str, ask: &raw::Ask) -> Option<Verb> {
        let path = ["steps", id, "ask"];
        self.party(&path, &ask.of);
        if ask.what.is_empty() {
            self.fault(&path, "it does not say what is asked for");
        }
        let asked = |what| ask.what.contains(&what);
        let field = |what: &raw::Asked| match what {
            raw::Asked::Field(field) => Some(field.clone()),
            _ => None,
        };
        let fields: Vec<String> = ask.what.iter().filter_map(field).collect();
        if let Some(crate::engine::forms::Shape::Object(members)) = self.form.as_ref().map(|form| form.shape()) {
            for unknown in fields.iter().filter(|field| !members.contains_key(*field)).cloned().collect::<Vec<_>>() {
                self.fault(&path, format!("the form has no member `{unknown}`"));
            }
        }
        if !fields.is_empty() && (asked(raw::Asked::Form) || ask.form.is_some()) {
            self.fault(&path, "it asks for members of the form, or for a whole form");
        }
        let own = self.step_forms.remove(id);
        let form = (asked(raw::Asked::Form) && ask.form.is_none()) || !fields.is_empty();
        if form && !self.files.contains_key(&format!("{}/form.schema.json", self.id)) {
            self.fault(&path, "there is no `form.schema.json` to ask for");
            return None;
        }
        let (documents, signature) = (asked(raw::Asked::Documents), asked(raw::Asked::Signature));
        let message = asked(raw::Asked::Message);
        if message && (ask.what.len() > 1 || own.is_some() || ask.need != raw::Needed::Number(1)) {
            self.fault(&path, "a message is asked for in a step of its own, and one of the party writes it");
        }
        let may = self.service.parties.get(&ask.of).and_then(|party| party.may.as_ref());
        let writes = may.map_or(ask.of == "applicant", |may| may.contains(&raw::PartyMay::Message));
        if message && !writes {
            self.fault(&path, format!("`{}` is asked to write, and may not: `may: [message]`", ask.of));
        }
        if signature && form {
            self.fault(&path, "what is signed has been stated before: ask for the `form` in a step of its own");
        }
        if signature && self.form.is_none() {
            self.fault(&path, "there is no `form.schema.json`, so nothing is there to be signed");
        }
        let sees = self.service.parties.get(&ask.of).and_then(|party| party.sees.as_ref());
        let reads = sees.map_or(ask.of == "applicant", |sees| sees.iter().any(|path| path == "form"));
        if signature && !reads {
            self.fault(&path, format!("`{}` signs the form, and does not see it: `sees: [form]`", ask.of));
        }
        self.joint(&path, ask, form || documents);
        if let Some(crate::engine::forms::Shape::Object(members)) = own.as_ref().map(|own| own.shape())
            && (signature || ask.need != raw::Needed::Number(1))
        {
            let taken: Vec<_> = members.keys().filter(|m| OF_ANSWERS.contains(&m.as_str())).cloned().collect();
            for taken in taken {
                self.fault(&path, format!("`{taken}` cannot be stated: every answer has it already"));
            }
        }
        Some(Verb::Ask { of: ask.of.clone(), form, fields, documents, signature, message, own, need: ask.need })
    }

    /// Several answer where there are several, and each what he can say for himself.
    fn joint(&mut self, path: &[&str], ask: &raw::Ask, once: bool) {
        let raw::Needed::Number(number) = ask.need else {
            return self.of_several(path, ask, once);
        };
        if number == 0 {
            self.fault(path, "`need` is `any`, `all` or a number from 1");
        }
        if number > 1 {
            self.of_several(path, ask, once);
        }
    }

    fn of_several(&mut self, path: &[&str], ask: &raw::Ask, once: bool) {
        if once {
            self.fault(
                path,
                "the form and the documents of a case are handed in once: `need` is for answers and signatures",
            );
        }
        let party = self.service.parties.get(&ask.of);
        if !party.is_some_and(|party| party.many && party.is == raw::PartyKind::Person) {
            self.fault(path, format!("`need` is for a party of several persons (`many`), and `{}` is none", ask.of));
        }
    }
}

//! What a service declares beside its steps: offices, parties, documents, fees, ends and remedies.

use indexmap::IndexMap;

use super::compile::Compiler;
use super::language as raw;
use super::model::{Document, End, FeeItem, OfficeRule, Party};
use super::remedies::LINK_OTHERS;
use crate::engine::feel::{Expression, Type};

impl Compiler<'_> {
    pub(super) fn offices(&mut self) -> IndexMap<String, OfficeRule> {
        let mut offices = IndexMap::new();
        for (name, rule) in &self.service.offices {
            let path = ["offices", name.as_str()];
            let compiled = match rule {
                raw::Office::Id(id) => {
                    if !self.country.agencies.offices.contains_key(id) {
                        self.fault(&path, format!("there is no office `{id}`"));
                    }
                    Some(OfficeRule::Fixed(id.clone()))
                }
                raw::Office::Rule(raw::OfficeRule { choose: Some(choose), register: None, key: None, take: None }) => {
                    self.expression(&path, choose).map(|choose| {
                        self.weighed(&path, &choose);
                        OfficeRule::Choose(choose)
                    })
                }
                raw::Office::Rule(raw::OfficeRule {
                    choose: None,
                    register: Some(register),
                    key: Some(key),
                    take: Some(take),
                }) => {
                    self.register_field(&path, register, take);
                    let pointer =
                        key.strip_prefix("form.").map_or("/form".into(), |p| format!("/form/{}", p.replace('.', "/")));
                    let (register, take) = (register.clone(), take.clone());
                    self.key(&path, key).map(|key| OfficeRule::Register { register, key, take, pointer })
                }
                raw::Office::Rule(_) => {
                    self.fault(&path, "an office has `register`, `key` and `take`, or `choose` alone");
                    None
                }
            };
            offices.extend(compiled.map(|c| (name.clone(), c)));
        }
        offices
    }

    pub(super) fn register_field(&mut self, path: &[&str], register: &str, field: &str) {
        let Some(found) = self.registers.get(register) else {
            self.fault(path, format!("there is no register `{register}`"));
            return;
        };
        let known = match found.schema.shape() {
            crate::engine::forms::Shape::Object(members) => members.contains_key(field),
            _ => true,
        };
        if !known {
            self.fault(path, format!("the register `{register}` has no field `{field}`"));
        }
    }

    pub(super) fn parties(&mut self) -> IndexMap<String, Party> {
        let mut parties = IndexMap::new();
        for (name, party) in &self.service.parties {
            let path = ["parties", name.as_str()];
            if name == super::reactions::PUBLIC {
                self.fault(&path, "`public` is everybody, and no party");
            }
            let is_other_side = party.from.as_deref() == Some(LINK_OTHERS);
            if is_other_side && (!self.is_for_cases() || !party.many) {
                self.fault(&path, "`link.others` are `many`, in a service that another case opens (`by: [case]`)");
            }
            if let Some(from) = party.from.as_ref().filter(|_| !is_other_side) {
                if !from.starts_with("form.") && self.learned(from).is_none() {
                    self.fault(&path, format!("`{from}` is neither a member of the form nor what a look-up takes"));
                } else {
                    self.stated_party(&path, from, party.many);
                }
            }
            let learned = party.from.as_ref().and_then(|from| self.learned(from));
            if learned.is_some() && name == "applicant" {
                self.fault(&path, "the applicant is stated in the form, or is who starts the case");
            }
            let from = party
                .from
                .as_ref()
                .filter(|from| from.starts_with("form."))
                .map(|f| f.split('.').skip(1).map(str::to_owned).collect());
            let default_sees = if name == "applicant" { vec!["case", "form", "documents", "messages"] } else { vec![] };
            for seen in party.sees.iter().flatten() {
                self.seen(&["parties", name.as_str(), "sees"], seen);
            }
            let sees = party.sees.clone().unwrap_or_else(|| default_sees.into_iter().map(str::to_owned).collect());
            let all = vec![raw::PartyMay::Message, raw::PartyMay::Document, raw::PartyMay::Withdraw];
            let may = party.may.clone().unwrap_or(if name == "applicant" { all } else { vec![] });
            parties.insert(
                name.clone(),
                Party { kind: party.is, from, learned, is_other_side, many: party.many, sees, may },
            );
        }
        if !parties.contains_key("applicant") {
            let organisations_only = self.service.start.by.iter().all(|b| *b == raw::Starter::Organisation);
            let kind = if organisations_only { raw::PartyKind::Organisation } else { raw::PartyKind::Person };
            let sees = ["case", "form", "documents", "messages"].map(str::to_owned).to_vec();
            let may = vec![raw::PartyMay::Message, raw::PartyMay::Document, raw::PartyMay::Withdraw];
            parties.insert(
                "applicant".into(),
                Party { kind, from: None, learned: None, is_other_side: false, many: false, sees, may },
            );
        }
        parties
    }

    /// The look-up and the field that it takes, of `steps.khatian.holders`.
    fn learned(&self, from: &str) -> Option<(String, String)> {
        let (step, field) = from.strip_prefix("steps.")?.split_once('.')?;
        let lookup = self.service.steps.get(step)?.lookup.as_ref()?;
        lookup.take.iter().any(|taken| taken == field).then(|| (step.to_owned(), field.to_owned()))
    }

    /// Where the form says who a party is: an object, or a list of objects where there are many.
    fn stated_party(&mut self, path: &[&str], from: &str, many: bool) {
        let Some(stated) = self.expression(path, from) else { return };
        let fits = match (stated.result(), many) {
            (Type::Any | Type::Null, _) | (Type::Context { .. }, false) => true,
            (Type::List(items), true) => matches!(**items, Type::Any | Type::Context { .. }),
            _ => false,
        };
        if !fits {
            let wanted = if many { "a list of objects, as it is `many`" } else { "an object" };
            self.fault(path, format!("`{from}` is {}, and must be {wanted}", stated.result()));
        }
    }

    /// What a party sees is `messages`, or a path to what the case holds.
    fn seen(&mut self, path: &[&str], seen: &str) {
        let root = seen.split('.').next().unwrap_or_default();
        let plain = seen.split('.').all(|m| !m.is_empty() && m.chars().all(|c| c.is_alphanumeric() || c == '_'));
        if plain && ["case", "form", "parties", "steps", "documents", "fees"].contains(&root) {
            self.expression(path, seen);
        } else if seen != "messages" {
            let main = self.main();
            self.findings.add_on(&main, path, seen, format!("`{seen}` is nothing that a party can see"));
        }
    }

    pub(super) fn documents(&mut self) -> IndexMap<String, Document> {
        let mut documents = IndexMap::new();
        for (name, document) in &self.service.documents {
            let path = ["documents", name.as_str()];
            if let Some(other) = &document.or
                && !self.service.documents.contains_key(other)
            {
                self.fault(&path, format!("there is no document `{other}`"));
            }
            let per = document.per.as_ref().map(|p| p.strip_prefix("parties.").unwrap_or(p).to_owned());
            if let Some(party) = &per
                && party != "applicant"
                && !self.service.parties.contains_key(party)
            {
                self.fault(&path, format!("there is no party `{party}`"));
            }
            let max = document.max.as_deref().map_or(Some(DOCUMENT_MAX), bytes);
            if max.is_none() {
                self.fault(&path, "`max` is a size such as `2 MiB`");
            }
            for kind in document.types.iter().flatten().filter(|t| !MEDIA.contains(&t.as_str())) {
                let known = MEDIA.join(", ");
                self.fault(
                    &path,
                    format!("`{kind}` is no kind of file that is known by its content; there are {known}"),
                );
            }
            let types = document.types.clone().unwrap_or_else(|| DOCUMENT_TYPES.map(str::to_owned).to_vec());
            let compiled = Document {
                required: document.required.unwrap_or(true),
                when: self.guard(&path, document.when.as_ref()),
                per,
                or: document.or.clone(),
                many: document.many,
                types,
                max: max.unwrap_or(DOCUMENT_MAX),
                not_older_than: document.not_older_than.as_ref().and_then(|age| self.span(&path, age)),
                held_by: self.held_by(&path, document),
            };
            documents.insert(name.clone(), compiled);
        }
        documents
    }

    fn held_by(&mut self, path: &[&str], document: &raw::Document) -> Option<(String, Expression)> {
        match (&document.held_by, &document.key) {
            (None, None) => None,
            (Some(register), Some(key)) => {
                let name = path.last().copied().unwrap_or_default();
                match self.registers.get(register) {
                    None => self.fault(path, format!("there is no register `{register}`")),
                    Some(known) if !known.proves.iter().any(|document| document == name) => {
                        self.fault(path, format!("the register `{register}` does not say that it `proves` `{name}`"));
                    }
                    Some(_) => {}
                }
                if document.per.is_some() {
                    self.fault(path, "a register is asked once: not `per` party");
                }
                let key = self.key(path, key)?;
                // It is asked while the statement is looked at: nothing else is known then.
                let known = |p: &Vec<String>| p.first().is_none_or(|root| root == "form" || root == "parties");
                if !key.paths().iter().all(known) {
                    self.fault(path, format!("`{}` reads what is not known with the statement", key.source()));
                }
                Some((register.clone(), key))
            }
            _ => {
                self.fault(path, "a document that a register holds has `held_by` and `key`");
                None
            }
        }
    }

    pub(super) fn fees(&mut self) -> IndexMap<String, Vec<FeeItem>> {
        let mut fees = IndexMap::new();
        for (name, fee) in &self.service.fees {
            let mut items = Vec::new();
            for (item, raw) in &fee.items {
                let path = ["fees", name.as_str(), item.as_str()];
                let (amount, when) = match raw {
                    raw::FeeItem::Amount(amount) => (amount, None),
                    raw::FeeItem::Guarded(item) => (&item.amount, item.when.as_ref()),
                };
                let when = self.guard(&path, when);
                let Some(amount) = self.expression(&path, amount) else { continue };
                self.weighed(&path, &amount);
                if !amount.result().fits(&crate::engine::feel::Type::Number) {
                    self.fault(&path, format!("`{}` is no amount", amount.source()));
                }
                if !amount.paths().iter().any(|p| p.first().is_some_and(|p| p == "params")) {
                    self.fault(
                        &path,
                        format!("the amount `{}` is not dated: name a param with its days", amount.source()),
                    );
                }
                items.push(FeeItem { name: item.clone(), amount, when });
            }
            fees.insert(name.clone(), items);
        }
        fees
    }

    pub(super) fn ends(&mut self) -> IndexMap<String, End> {
        let mut ends = IndexMap::new();
        for (id, end) in &self.service.ends {
            if self.service.steps.contains_key(id) || id == "withdrawn" || id == "done" {
                self.fault(&["ends", id], format!("`{id}` cannot be the name of an end"));
            }
            let end = match end {
                raw::End::Result(result) => End { result: *result, retention: None, gives: IndexMap::new() },
                raw::End::Full(full) => {
                    let gives = self.gives(id, &full.gives);
                    End { result: full.result, retention: full.retention.clone(), gives }
                }
            };
            ends.insert(id.clone(), end);
        }
        ends
    }
}

/// Bytes of one file, where the definition says nothing.
const DOCUMENT_MAX: u64 = 10 * 1024 * 1024;
const DOCUMENT_TYPES: [&str; 4] = ["application/pdf", "image/jpeg", "image/png", "image/tiff"];

/// Kinds of files that the product knows by their content.
const MEDIA: [&str; 13] = [
    "application/pdf",
    "image/jpeg",
    "image/png",
    "image/gif",
    "image/tiff",
    "image/webp",
    "image/heic",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "application/vnd.oasis.opendocument.text",
    "application/vnd.oasis.opendocument.spreadsheet",
    "application/zip",
];

/// `2 MiB`, `500 KiB`.
fn bytes(text: &str) -> Option<u64> {
    let (count, unit) = text.split_once(' ')?;
    let unit: u64 = match unit {
        "KiB" => 1024,
        "MiB" => 1024 * 1024,
        _ => return None,
    };
    count.parse::<u64>().ok().filter(|n| (1..=1024).contains(n)).map(|n| n * unit)
}

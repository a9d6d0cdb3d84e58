//! From words to a definition that can be run: names are resolved, expressions parsed and typed, forms, registers,
//! texts and templates read. Every fault is found at once.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;
use serde_json::Value;

use super::country::{Country, parse};
use super::finding::{Files, Finding, Findings};
use super::language as raw;
use super::model::{Definition, Document, End, FeeItem, OfficeRule, Param, Party, Register, Span, Start, TimeLimit};
use super::names::{Known, names};
use crate::engine::calendar::Duration;
use crate::engine::certificate::Template;
use crate::engine::feel::{Expression, Names};
use crate::engine::forms::Form;
use crate::engine::numbering::Pattern;
use crate::engine::texts::Texts;

/// One service on its way.
pub(super) struct Compiler<'a> {
    pub id: &'a str,
    pub files: &'a Files,
    pub country: &'a Country,
    pub service: &'a raw::Service,
    pub params: &'a raw::Params,
    pub names: Names,
    pub step_forms: BTreeMap<String, Form>,
    pub registers: BTreeMap<String, Register>,
    pub templates: BTreeSet<String>,
    pub findings: Findings<'a>,
}

/// Compiles the service in the folder `id`. `files` holds the paths from the root of the definitions.
///
/// # Errors
/// Every fault that was found, with file and line.
pub fn compile(id: &str, files: &Files, country: &Country) -> Result<Definition, Vec<Finding>> {
    let mut findings = Findings::new(files);
    let main = format!("{id}/service.yaml");
    let Some(text) = files.get(&main) else {
        findings.add_at(&main, 1, "there is no such file");
        return Err(findings.into_sorted());
    };
    let service: Option<raw::Service> = parse(&main, text, &mut findings);
    let params = read_params(id, files, country, &mut findings);
    let Some(service) = service else { return Err(findings.into_sorted()) };
    let form = read_form(id, files, country, "form.schema.json", &mut findings);
    let step_forms = read_step_forms(id, files, country, &service, &mut findings);
    let registers = read_registers(id, files, country, &mut findings);
    let templates = read_templates(id, files, &mut findings);
    let texts = read_texts(id, files, country, &service, &mut findings);
    let known = Known { service: &service, params: &params, form: form.as_ref(), step_forms: &step_forms, registers: &registers };
    let names = names(&known);
    let template_names = templates.keys().cloned().collect();
    let mut compiler =
        Compiler { id, files, country, service: &service, params: &params, names, step_forms, registers, templates: template_names, findings };
    compiler.check_head(&params);
    let start = compiler.start();
    let time_limit = compiler.time_limit();
    let offices = compiler.offices();
    let parties = compiler.parties();
    let documents = compiler.documents();
    let fees = compiler.fees();
    let steps = compiler.steps();
    let ends = compiler.ends();
    compiler.remedies();
    let Compiler { registers, findings, .. } = compiler;
    let time = country.time(&service.authority);
    let authority = country.agencies.authorities.get(&service.authority);
    let (Some(time), Some(authority), Some(texts)) = (time, authority, texts) else { return Err(findings.into_sorted()) };
    if !findings.is_empty() {
        return Err(findings.into_sorted());
    }
    let prefix = service.reference.clone().unwrap_or_else(|| initials(id));
    Ok(Definition {
        id: service.id,
        version: service.version,
        applies_from: service.applies_from,
        kind: service.kind,
        authority: service.authority,
        languages: service.languages,
        currency: service.currency.unwrap_or_else(|| "XXX".into()),
        prefix,
        life_events: service.life_events,
        legal_basis: service.legal_basis,
        start,
        time_limit,
        offices,
        parties,
        documents,
        fees,
        steps,
        ends,
        reasons: service.reasons,
        remedies: service.remedies,
        notices: notices(service.notices),
        retention: service.retention.unwrap_or(raw::Retention { years: 10, then: raw::After::Erase }),
        params: model_params(params),
        registers,
        form,
        texts,
        templates,
        main_office: authority.main_office.clone(),
        time,
    })
}

/// `land-mutation` → `LM`.
fn initials(id: &str) -> String {
    id.split('-').filter_map(|word| word.chars().next()).map(|c| c.to_ascii_uppercase()).take(6).collect()
}

fn notices(given: Option<raw::Notices>) -> BTreeSet<raw::About> {
    use raw::About::{Closed, Decided, Issued, Message, Step, Submitted};
    let all = || vec![Submitted, Step, Decided, Issued, Message, Closed];
    given.map_or_else(all, |n| n.about).into_iter().collect()
}

fn model_params(params: raw::Params) -> IndexMap<String, Param> {
    let of = |p: raw::Param| Param {
        as_of: p.as_of,
        unit: p.unit,
        values: p.values.into_iter().map(|v| (v.from, v.value, v.basis)).collect(),
    };
    params.into_iter().map(|(name, p)| (name, of(p))).collect()
}

fn read_params(id: &str, files: &Files, country: &Country, findings: &mut Findings<'_>) -> raw::Params {
    let mut all = raw::Params::new();
    let own = format!("{id}/params.yaml");
    let shared = country.shared.get("params.yaml").map(|text| ("_shared/params.yaml".to_owned(), text));
    for (file, text) in shared.into_iter().chain(files.get(&own).map(|text| (own.clone(), text))) {
        let read: raw::Params = parse(&file, text, findings).unwrap_or_default();
        for (name, param) in &read {
            let at = [name.as_str()];
            if param.values.is_empty() {
                findings.add(&file, &at, format!("`{name}` has no value"));
            }
            if param.values.windows(2).any(|w| w[0].from >= w[1].from) {
                findings.add(&file, &at, format!("the values of `{name}` are not in the order of their first days"));
            }
            if param.values.iter().any(|v| v.basis.trim().is_empty()) {
                findings.add(&file, &at, format!("a value of `{name}` does not say what it is based on"));
            }
        }
        all.extend(read);
    }
    all
}

/// A form of the service, or one that several services share.
fn read_form(id: &str, files: &Files, country: &Country, name: &str, findings: &mut Findings<'_>) -> Option<Form> {
    let file = format!("{id}/{name}");
    let text = files.get(&file)?;
    let schema: Value = match serde_json::from_str(text) {
        Ok(schema) => schema,
        Err(error) => {
            findings.add_at(&file, error.line(), error.to_string());
            return None;
        }
    };
    compile_form(&file, &schema, country, findings)
}

fn compile_form(file: &str, schema: &Value, country: &Country, findings: &mut Findings<'_>) -> Option<Form> {
    let shared = |name: &str| {
        let text = country.shared.get(&format!("forms/{name}.schema.json"))?;
        serde_json::from_str(text).ok()
    };
    match Form::compile(file, schema, &shared) {
        Ok(form) => Some(form),
        Err(fault) => {
            let path: Vec<&str> = fault.place.split('/').filter(|p| !p.is_empty()).collect();
            findings.add(file, &path, format!("{} (at `{}`)", fault.sentence, fault.place));
            None
        }
    }
}

fn read_step_forms(
    id: &str,
    files: &Files,
    country: &Country,
    service: &raw::Service,
    findings: &mut Findings<'_>,
) -> BTreeMap<String, Form> {
    let mut forms = BTreeMap::new();
    for (step, raw) in &service.steps {
        let named = raw.task.as_ref().and_then(|t| t.form.as_ref()).or(raw.ask.as_ref().and_then(|a| a.form.as_ref()));
        let Some(name) = named else { continue };
        if !files.contains_key(&format!("{id}/{name}")) {
            findings.add(&format!("{id}/service.yaml"), &["steps", step, "form"], format!("there is no file `{name}`"));
        } else if let Some(form) = read_form(id, files, country, name, findings) {
            forms.insert(step.clone(), form);
        }
    }
    forms
}

fn read_registers(id: &str, files: &Files, country: &Country, findings: &mut Findings<'_>) -> BTreeMap<String, Register> {
    let own = format!("{id}/registers/");
    let shared = country.shared.iter().filter_map(|(p, t)| {
        p.strip_prefix("registers/").map(|name| (format!("_shared/{p}"), name.to_owned(), t))
    });
    let own = files.iter().filter_map(|(p, t)| p.strip_prefix(&own).map(|name| (p.clone(), name.to_owned(), t)));
    let mut registers = BTreeMap::new();
    for (file, name, text) in shared.chain(own) {
        let Some(name) = name.strip_suffix(".yaml") else { continue };
        let Some(raw) = parse::<raw::Register>(&file, text, findings) else { continue };
        if !country.agencies.authorities.contains_key(&raw.owner) {
            findings.add(&file, &["owner"], format!("there is no authority `{}`", raw.owner));
        }
        let number = raw.number.as_deref().map(Pattern::parse);
        if let Some(Err(_)) = number {
            findings.add(&file, &["number"], "a pattern for numbers looks like `K-{year}-{000001}`");
        }
        if let Some(schema) = compile_form(&file, &raw.schema, country, findings) {
            let number = number.and_then(Result::ok);
            let register = Register { owner: raw.owner, key: raw.key, number, schema };
            registers.insert(name.to_owned(), register);
        }
    }
    registers
}

fn read_templates(id: &str, files: &Files, findings: &mut Findings<'_>) -> BTreeMap<String, Template> {
    let folder = format!("{id}/");
    let mut templates = BTreeMap::new();
    for (path, text) in files.iter().filter(|(p, _)| p.starts_with(&format!("{id}/certificates/"))) {
        let name = path.strip_prefix(&folder).and_then(|p| p.strip_suffix(".html"));
        let Some(name) = name else {
            findings.add_at(path, 1, "a certificate template ends in `.html`");
            continue;
        };
        match Template::compile(name, text) {
            Ok(template) => drop(templates.insert(name.to_owned(), template)),
            Err(sentence) => findings.add_at(path, 1, sentence),
        }
    }
    templates
}

fn read_texts(
    id: &str,
    files: &Files,
    country: &Country,
    service: &raw::Service,
    findings: &mut Findings<'_>,
) -> Option<Texts> {
    let mut sources = Vec::new();
    for language in &service.languages {
        if let Some(text) = country.shared.get(&format!("texts/{language}.ftl")) {
            sources.push((language.clone(), format!("_shared/texts/{language}.ftl"), text.clone()));
        }
        let file = format!("{id}/texts/{language}.ftl");
        match files.get(&file) {
            Some(text) => sources.push((language.clone(), file, text.clone())),
            None => findings.add(&format!("{id}/service.yaml"), &["languages"], format!("there are no texts in `{language}`: {file}")),
        }
    }
    match Texts::load(&service.languages, &sources) {
        Ok(texts) => Some(texts),
        Err(faults) => {
            for fault in faults {
                findings.add_at(&fault.file, fault.line, fault.sentence);
            }
            None
        }
    }
}

impl<'a> Compiler<'a> {
    pub(super) fn main(&self) -> String {
        format!("{}/service.yaml", self.id)
    }

    pub(super) fn fault(&mut self, path: &[&str], sentence: impl Into<String>) {
        let main = self.main();
        self.findings.add(&main, path, sentence);
    }

    /// An expression over the names of the service.
    pub(super) fn expression(&mut self, path: &[&str], text: &str) -> Option<Expression> {
        let names = self.names.clone();
        self.expression_with(path, text, &names)
    }

    pub(super) fn expression_with(&mut self, path: &[&str], text: &str, names: &Names) -> Option<Expression> {
        match Expression::compile(text, names) {
            Ok(expression) => Some(expression),
            Err(fault) => {
                let main = self.main();
                self.findings.add_on(&main, path, text, format!("`{text}`: {fault}"));
                None
            }
        }
    }

    pub(super) fn guard(&mut self, path: &[&str], text: Option<&String>) -> Option<Expression> {
        let guard = self.expression(path, text?)?;
        if !guard.result().fits(&crate::engine::feel::Type::Bool) {
            self.fault(path, format!("`{}` is neither true nor false", guard.source()));
        }
        Some(guard)
    }

    /// A duration, or an expression that gives one. A duration begins with a digit.
    pub(super) fn span(&mut self, path: &[&str], text: &str) -> Option<Span> {
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            let parsed = Duration::parse(text);
            if parsed.is_none() {
                self.fault(path, format!("`{text}` is no duration such as `7 days` or `3 working days`"));
            }
            return parsed.map(Span::Fixed);
        }
        let expression = self.expression(path, text)?;
        if !expression.result().fits(&crate::engine::feel::Type::Text) {
            self.fault(path, format!("`{text}` gives no duration"));
        }
        let dated = text.strip_prefix("params.").and_then(|name| self.params.get(name));
        let wrong = dated.and_then(|p| p.values.iter().find(|v| v.value.as_str().and_then(Duration::parse).is_none()));
        if let Some(wrong) = wrong {
            self.fault(path, format!("the value of `{text}` from {} is no duration such as `7 days`", wrong.from));
        }
        Some(Span::Computed(expression))
    }

    fn check_head(&mut self, params: &raw::Params) {
        let service = self.service;
        if service.guichet != 1 {
            self.fault(&["guichet"], format!("version {} of the language is not known; this is 1", service.guichet));
        }
        if service.id != self.id {
            self.fault(&["id"], format!("the id `{}` is not the name of the folder, `{}`", service.id, self.id));
        }
        if service.languages.is_empty() {
            self.fault(&["languages"], "at least one language is needed");
        }
        if !self.country.agencies.authorities.contains_key(&service.authority) {
            self.fault(&["authority"], format!("there is no authority `{}`", service.authority));
        }
        if !service.fees.is_empty() && service.currency.is_none() {
            self.fault(&["fees"], "fees need a `currency`");
        }
        if let Some(currency) = &service.currency
            && crate::kernel::money::Currency::parse(currency).is_none()
        {
            self.fault(&["currency"], format!("`{currency}` is no currency of ISO 4217"));
        }
        if let Some(prefix) = &service.reference
            && !((1..=6).contains(&prefix.len()) && prefix.chars().all(|c| c.is_ascii_uppercase()))
        {
            self.fault(&["reference"], "a prefix has one to six capital letters");
        }
        for (name, param) in params {
            let dated = param.values.first().is_some_and(|v| service.applies_from.is_none_or(|from| v.from <= from));
            if !dated {
                let file = format!("{}/params.yaml", self.id);
                self.findings.add(&file, &[name], format!("`{name}` has no value on the first day of the service"));
            }
        }
    }

    fn start(&mut self) -> Start {
        let start = &self.service.start;
        if start.by.is_empty() {
            self.fault(&["start", "by"], "nobody may start it");
        }
        if let Some(role) = &start.helper {
            self.role(&["start", "helper"], role);
        }
        self.step_id(&["start", "first"], &start.first);
        let needs = start.needs.clone().unwrap_or_else(|| vec![raw::Need::Form, raw::Need::Documents]);
        Start {
            by: start.by.clone(),
            first: start.first.clone(),
            needs_form: needs.contains(&raw::Need::Form),
            needs_documents: needs.contains(&raw::Need::Documents),
            helper: start.helper.clone(),
            when: self.guard(&["start", "when"], start.when.as_ref()),
        }
    }

    pub(super) fn step_id(&mut self, path: &[&str], id: &str) {
        if !self.service.steps.contains_key(id) {
            self.fault(path, format!("there is no step `{id}`"));
        }
    }

    pub(super) fn role(&mut self, path: &[&str], role: &str) {
        if !self.country.agencies.roles.contains_key(role) {
            self.fault(path, format!("the role `{role}` is not declared in {}", super::AGENCIES));
        } else if !self.country.agencies.offices.values().any(|o| o.roles.iter().any(|r| r == role)) {
            self.fault(path, format!("no office has the role `{role}`"));
        }
    }

    fn time_limit(&mut self) -> Option<TimeLimit> {
        let limit = self.service.time_limit.as_ref()?;
        if let Some(role) = &limit.escalate {
            self.role(&["time_limit", "escalate"], role);
        }
        let target = limit.target.as_ref().and_then(|t| self.span(&["time_limit", "target"], t));
        let within = self.span(&["time_limit", "within"], &limit.within)?;
        if matches!(within, Span::Fixed(span) if span.unit() == crate::engine::calendar::Unit::Hours) {
            self.fault(&["time_limit", "within"], "a legal limit is counted in days, not in hours");
        }
        Some(TimeLimit { within, target, escalate: limit.escalate.clone() })
    }

    fn offices(&mut self) -> IndexMap<String, OfficeRule> {
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
                    self.expression(&path, choose).map(OfficeRule::Choose)
                }
                raw::Office::Rule(raw::OfficeRule { choose: None, register: Some(register), key: Some(key), take: Some(take) }) => {
                    self.register_field(&path, register, take);
                    let pointer = key.strip_prefix("form.").map_or("/form".into(), |p| format!("/form/{}", p.replace('.', "/")));
                    let (register, take) = (register.clone(), take.clone());
                    self.expression(&path, key).map(|key| OfficeRule::Register { register, key, take, pointer })
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

    fn parties(&mut self) -> IndexMap<String, Party> {
        let mut parties = IndexMap::new();
        for (name, party) in &self.service.parties {
            let path = ["parties", name.as_str()];
            if let Some(from) = &party.from {
                match from.strip_prefix("form.") {
                    Some(_) => drop(self.expression(&path, from)),
                    None => self.fault(&path, format!("`{from}` is not a member of the form")),
                }
            }
            let from = party.from.as_ref().map(|f| f.split('.').skip(1).map(str::to_owned).collect());
            let default_sees = if name == "applicant" { vec!["case", "form", "documents", "messages"] } else { vec![] };
            let sees = party.sees.clone().unwrap_or_else(|| default_sees.into_iter().map(str::to_owned).collect());
            let all = vec![raw::PartyMay::Message, raw::PartyMay::Document, raw::PartyMay::Withdraw];
            let may = party.may.clone().unwrap_or(if name == "applicant" { all } else { vec![] });
            parties.insert(name.clone(), Party { kind: party.is, from, many: party.many, sees, may });
        }
        if !parties.contains_key("applicant") {
            let organisations_only = self.service.start.by.iter().all(|b| *b == raw::Starter::Organisation);
            let kind = if organisations_only { raw::PartyKind::Organisation } else { raw::PartyKind::Person };
            let sees = ["case", "form", "documents", "messages"].map(str::to_owned).to_vec();
            let may = vec![raw::PartyMay::Message, raw::PartyMay::Document, raw::PartyMay::Withdraw];
            parties.insert("applicant".into(), Party { kind, from: None, many: false, sees, may });
        }
        parties
    }

    fn documents(&mut self) -> IndexMap<String, Document> {
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
            };
            documents.insert(name.clone(), compiled);
        }
        documents
    }

    fn fees(&mut self) -> IndexMap<String, Vec<FeeItem>> {
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
                if !amount.result().fits(&crate::engine::feel::Type::Number) {
                    self.fault(&path, format!("`{}` is no amount", amount.source()));
                }
                if !amount.paths().iter().any(|p| p.first().is_some_and(|p| p == "params")) {
                    self.fault(&path, format!("the amount `{}` is not dated: name a param with its days", amount.source()));
                }
                items.push(FeeItem { name: item.clone(), amount, when });
            }
            fees.insert(name.clone(), items);
        }
        fees
    }

    fn ends(&mut self) -> IndexMap<String, End> {
        let mut ends = IndexMap::new();
        for (id, end) in &self.service.ends {
            if self.service.steps.contains_key(id) || id == "withdrawn" || id == "done" {
                self.fault(&["ends", id], format!("`{id}` cannot be the name of an end"));
            }
            let end = match end {
                raw::End::Result(result) => End { result: *result, retention: None },
                raw::End::Full(full) => End { result: full.result, retention: full.retention.clone() },
            };
            ends.insert(id.clone(), end);
        }
        ends
    }

    fn remedies(&mut self) {
        for (id, remedy) in &self.service.remedies {
            for step in &remedy.against {
                self.step_id(&["remedies", id, "against"], step);
            }
            for level in &remedy.levels {
                self.role(&["remedies", id, "levels"], &level.role);
                let within = level.within.as_ref().or(remedy.within.as_ref());
                if within.and_then(|w| Duration::parse(w)).is_none() {
                    self.fault(&["remedies", id], "says no time within which it is to be lodged, such as `30 days`");
                }
            }
        }
    }
}

/// Bytes of one file, where the definition says nothing.
const DOCUMENT_MAX: u64 = 10 * 1024 * 1024;
const DOCUMENT_TYPES: [&str; 4] = ["application/pdf", "image/jpeg", "image/png", "image/tiff"];

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

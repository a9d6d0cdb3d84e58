//! From words to a definition that can be run: names are resolved, expressions parsed and typed, forms, registers,
//! texts and templates read. Every fault is found at once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use indexmap::IndexMap;

use super::country::{Country, parse};
use super::finding::{Files, Finding, Findings};
use super::language as raw;
use super::model::{Definition, Param, Span, Target, TimeLimit};
use super::names::{Known, names};
use super::protected::protected;
use super::sources::Register;
use super::sources::{
    read_event_forms, read_form, read_params, read_registers, read_step_forms, read_tables, read_templates, read_texts,
};
use crate::engine::calendar::Duration;
use crate::engine::certificate::Template;
use crate::engine::dmn::Sheet;
use crate::engine::feel::{Expression, Names};
use crate::engine::forms::Form;

/// One service on its way.
pub(super) struct Compiler<'a> {
    pub id: &'a str,
    pub files: &'a Files,
    pub country: &'a Country,
    pub service: &'a raw::Service,
    pub params: &'a raw::Params,
    pub form: Option<&'a Form>,
    pub names: Names,
    pub step_forms: BTreeMap<String, Form>,
    /// By the name of the file.
    pub event_forms: BTreeMap<String, Arc<Form>>,
    pub registers: BTreeMap<String, Register>,
    pub sheets: BTreeMap<String, Sheet>,
    pub templates: BTreeSet<String>,
    /// Attributes that a rule weighs only where a law allows it.
    pub protected: BTreeSet<String>,
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
    let event_forms = read_event_forms(id, files, country, &service, &mut findings);
    let registers = read_registers(id, files, country, &mut findings);
    let sheets = read_tables(id, files, &mut findings);
    let templates = read_templates(id, files, &mut findings);
    let texts = read_texts(id, files, country, &service, &mut findings);
    let known = Known {
        service: &service,
        params: &params,
        form: form.as_ref(),
        step_forms: &step_forms,
        event_forms: &event_forms,
        registers: &registers,
        sheets: &sheets,
    };
    let names = names(&known);
    let template_names = templates.keys().cloned().collect();
    let mut compiler = Compiler {
        id,
        files,
        country,
        service: &service,
        params: &params,
        form: form.as_ref(),
        names,
        step_forms,
        event_forms,
        registers,
        sheets,
        templates: template_names,
        protected: protected(id, files, country),
        findings,
    };
    compiler.check_head(&params);
    compiler.check_ids();
    compiler.allowed();
    let start = compiler.start();
    let time_limit = compiler.time_limit();
    let offices = compiler.offices();
    let parties = compiler.parties();
    let documents = compiler.documents();
    let fees = compiler.fees();
    let steps = compiler.steps();
    let tables = compiler.tables();
    let ends = compiler.ends();
    let reactions = compiler.reactions();
    let remedies = compiler.remedies();
    let holds = compiler.holds();
    let moves = compiler.moves();
    let remind = compiler.remind();
    let disclosure = compiler.disclosure();
    compiler.shown(&templates);
    let Compiler { registers, findings, .. } = compiler;
    let time = country.time(&service.authority);
    let authority = country.agencies.authorities.get(&service.authority);
    let (Some(time), Some(authority), Some(texts)) = (time, authority, texts) else {
        return Err(findings.into_sorted());
    };
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
        reactions,
        reasons: service.reasons,
        remedies,
        holds,
        channels: channels(service.notices.as_ref()),
        notices: notices(service.notices),
        remind,
        disclosure,
        retention: service.retention.unwrap_or(raw::Retention { years: 10, then: raw::After::Erase }),
        params: model_params(params),
        registers,
        form,
        texts,
        templates,
        tables,
        moves,
        main_office: authority.main_office.clone(),
        time,
    })
}

/// Days before the last one on which a party is reminded, where nothing is said.
const REMINDED_BEFORE: u32 = 3;

/// `land-mutation` → `LM`.
fn initials(id: &str) -> String {
    id.split('-').filter_map(|word| word.chars().next()).map(|c| c.to_ascii_uppercase()).take(6).collect()
}

fn notices(given: Option<raw::Notices>) -> BTreeSet<raw::About> {
    use raw::About::{Closed, Decided, DueSoon, Extended, Held, Issued, Message, Resumed, Revoked, Step, Submitted};
    let all = || vec![Submitted, Step, DueSoon, Decided, Issued, Revoked, Message, Extended, Held, Resumed, Closed];
    given.and_then(|n| n.about).unwrap_or_else(all).into_iter().collect()
}

fn channels(given: Option<&raw::Notices>) -> BTreeSet<raw::Channel> {
    let given = given.and_then(|notices| notices.channels.clone());
    given.unwrap_or_else(|| raw::Channel::ALL.to_vec()).into_iter().collect()
}

fn model_params(params: raw::Params) -> IndexMap<String, Param> {
    let of = |p: raw::Param| Param {
        as_of: p.as_of,
        unit: p.unit,
        values: p.values.into_iter().map(|v| (v.from, v.value, v.basis)).collect(),
    };
    params.into_iter().map(|(name, p)| (name, of(p))).collect()
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
        self.weighed(path, &guard);
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
        self.weighed(path, &expression);
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

    /// What certificates show when they are verified leads somewhere.
    fn shown(&mut self, templates: &BTreeMap<String, Template>) {
        for (name, template) in templates {
            for path in &template.head().public {
                let of_case = ["form.", "parties.", "steps."].iter().any(|root| path.starts_with(root));
                if let (true, Err(fault)) = (of_case, Expression::compile(path, &self.names)) {
                    let file = format!("{}/{name}.html", self.id);
                    self.findings.add_on(&file, &[], path, format!("`{path}`: {fault}"));
                }
            }
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

    /// A role that works in the office of a step: in that very one where it is fixed, else in one of the authority's.
    pub(super) fn role_at(&mut self, path: &[&str], role: &str, office: &str) {
        let before = self.findings.count();
        self.role(path, role);
        if self.findings.count() > before {
            return;
        }
        let country = self.country;
        let authority = &self.service.authority;
        let fixed = match self.service.offices.get(office) {
            Some(raw::Office::Id(id)) => Some(id),
            Some(raw::Office::Rule(_)) => None,
            None => country.agencies.authorities.get(authority).map(|a| &a.main_office),
        };
        let has = |o: &raw::AgencyOffice| o.roles.iter().any(|r| r == role);
        match fixed {
            Some(id) if country.agencies.offices.get(id).is_some_and(|o| !has(o)) => {
                self.fault(path, format!("the office `{id}` has no role `{role}`: nobody could do it"));
            }
            None if !country.agencies.offices.values().any(|o| o.authority == *authority && has(o)) => {
                self.fault(path, format!("no office of `{authority}` has the role `{role}`"));
            }
            _ => {}
        }
    }

    /// How many days before the last one a party is reminded.
    fn remind(&mut self) -> u32 {
        let before = self.service.notices.as_ref().and_then(|notices| notices.before.as_ref());
        let Some(before) = before else { return REMINDED_BEFORE };
        match Duration::parse(before).filter(|d| d.unit() == crate::engine::calendar::Unit::Days) {
            Some(days) => days.count(),
            None => {
                self.fault(&["notices", "before"], format!("`{before}` is no number of days such as `3 days`"));
                REMINDED_BEFORE
            }
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
        let extend = limit.extend.as_ref().and_then(|extend| self.extend(extend));
        let then = limit.then.as_ref().and_then(|then| self.arrow(&["time_limit", "then"], then));
        if then.as_ref().is_some_and(|then| then.when.is_some() || matches!(then.to, Target::Done)) {
            self.fault(&["time_limit", "then"], "silence waits for no guard, and leads to a step or an end");
        }
        let adverse = then.as_ref().is_some_and(|t| t.decision == Some(raw::Decision::Adverse));
        if adverse && self.service.legal_basis.automated.is_none() {
            self.fault(&["time_limit", "then"], "silence decides against the applicant: `legal_basis.automated`");
        }
        let starts = limit.starts.as_deref().unwrap_or("case.submitted");
        let mark = starts.strip_prefix("case.").unwrap_or_default();
        let is_mark = mark == "submitted" || self.service.marks().any(|known| known == mark);
        if !is_mark {
            self.fault(&["time_limit", "starts"], format!("`{starts}` is no mark, such as `case.submitted`"));
        }
        Some(TimeLimit { within, starts: mark.to_owned(), target, escalate: limit.escalate.clone(), extend, then })
    }
}

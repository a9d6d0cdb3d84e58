//! The catalogue as people see it: what is on offer, what it needs, costs and takes.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::context::Context;
use super::view::{Named, Shown, language};
use crate::engine::check::text_id;
use crate::engine::definition::{Definition, Span, Starter, Verb};
use crate::engine::workflow::{Case, View};
use crate::kernel::{Error, Result};

/// What a list may be narrowed to.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub kind: Option<String>,
    pub authority: Option<String>,
    pub life_event: Option<String>,
    /// Words in the title or the description.
    pub q: Option<String>,
}

/// A service in the list.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceLine {
    pub id: String,
    pub version: String,
    pub kind: String,
    pub authority: String,
    pub title: String,
    pub description: String,
    pub life_events: Vec<String>,
    pub languages: Vec<String>,
}

/// A service, whole.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceView {
    #[serde(flatten)]
    pub line: ServiceLine,
    pub legal_basis: LegalBasisView,
    /// Who may start it.
    pub started_by: Vec<String>,
    /// JSON Schema of the form.
    #[schema(value_type = Object)]
    pub form: Option<Value>,
    /// Pointer of a field → its label.
    pub labels: BTreeMap<String, String>,
    pub documents: Vec<DocumentRuleView>,
    pub fees: Vec<FeeRuleView>,
    pub deadline: Option<String>,
    /// What is aimed at.
    pub target: Option<String>,
    pub steps: Vec<StepRuleView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct LegalBasisView {
    pub act: String,
    pub sections: Vec<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct DocumentRuleView {
    pub id: String,
    pub title: String,
    pub required: bool,
    /// The condition under which it is required.
    pub when: Option<String>,
    /// One for each of this party.
    pub per: Option<String>,
    pub many: bool,
    pub types: Vec<String>,
    /// Bytes.
    pub max: u64,
    /// The register that holds what it says: it is asked for only where that has no record.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub held_by: Option<Named>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FeeRuleView {
    pub id: String,
    pub title: String,
    pub currency: String,
    pub items: Vec<FeeItemRuleView>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct FeeItemRuleView {
    pub id: String,
    pub title: String,
    /// Today's amount; none where it depends on the case.
    pub amount: Option<String>,
    /// How it is worked out.
    pub rule: String,
    pub when: Option<String>,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct StepRuleView {
    pub id: String,
    pub title: String,
    pub kind: String,
    /// Who is waited for.
    pub who: Option<Named>,
    pub within: Option<String>,
}

/// What is on offer, by id.
#[must_use]
pub fn list(ctx: &Context, filter: &Filter, accept: &str) -> Vec<ServiceLine> {
    let wanted = |line: &ServiceLine| {
        let eq = |given: &Option<String>, value: &str| given.as_ref().is_none_or(|g| g.eq_ignore_ascii_case(value));
        let life = filter.life_event.as_ref().is_none_or(|e| line.life_events.contains(e));
        let words = filter.q.as_ref().is_none_or(|q| {
            let all = format!("{} {} {}", line.id, line.title, line.description).to_lowercase();
            q.to_lowercase().split_whitespace().all(|word| all.contains(word))
        });
        eq(&filter.kind, &line.kind) && eq(&filter.authority, &line.authority) && life && words
    };
    // What other cases open is found from there.
    let on_offer = ctx.catalogue.on_offer(ctx.clock.now()).filter(|def| !def.is_for_cases_alone());
    let lines = on_offer.map(|def| line(def, &language(def, accept)));
    lines.filter(wanted).collect()
}

fn text(def: &Definition, language: &str, id: &str, attribute: Option<&str>) -> String {
    def.texts.format(language, id, attribute, &BTreeMap::new()).unwrap_or_else(|| id.to_owned())
}

fn line(def: &Definition, language: &str) -> ServiceLine {
    ServiceLine {
        id: def.id.clone(),
        version: def.version.clone(),
        kind: format!("{:?}", def.kind),
        authority: def.authority.clone(),
        title: text(def, language, "service", None),
        description: text(def, language, "service-description", None),
        life_events: def.life_events.clone(),
        languages: def.languages.clone(),
    }
}

/// A service in the caller's language.
///
/// # Errors
/// [`Error::NotFound`].
pub fn show(ctx: &Context, id: &str, accept: &str) -> Result<Shown<ServiceView>> {
    let now = ctx.clock.now();
    let def = ctx.catalogue.in_force(id, now).ok_or(Error::NotFound)?;
    let language = language(def, accept);
    Ok(Shown { view: entry(ctx, def, &language, now), seq: 0, language })
}

/// What tells one showing of a service from another: version, language, and the day, on which amounts depend.
pub type Edition = (String, String, String, Date);

/// Which edition [`show`] would give.
///
/// # Errors
/// As [`show`].
pub fn edition(ctx: &Context, id: &str, accept: &str) -> Result<Edition> {
    let now = ctx.clock.now();
    let def = ctx.catalogue.in_force(id, now).ok_or(Error::NotFound)?;
    Ok((def.id.clone(), def.version.clone(), language(def, accept), def.time.day_of(now)))
}

fn entry(ctx: &Context, def: &Definition, language: &str, now: Timestamp) -> ServiceView {
    // A case of which nothing is stated yet: what costs the same for everybody comes out as an amount.
    let nobody = Case::default();
    let today = View::new(def, &nobody, now);
    ServiceView {
        line: line(def, language),
        legal_basis: LegalBasisView { act: def.legal_basis.act.clone(), sections: def.legal_basis.sections.clone() },
        started_by: def.start.by.iter().map(starter).collect(),
        form: def.form.as_ref().map(|f| f.schema().clone()),
        labels: labels(def, language),
        documents: def.documents.iter().map(|(id, rule)| document(def, language, id, rule)).collect(),
        fees: def.fees.keys().map(|id| fee(def, language, id, &today)).collect(),
        deadline: def.time_limit.as_ref().and_then(|l| today.span(&l.within).ok()).map(|d| d.to_string()),
        target: def
            .time_limit
            .as_ref()
            .and_then(|l| l.target.as_ref())
            .and_then(|t| today.span(t).ok())
            .map(|d| d.to_string()),
        steps: def.steps.iter().map(|(id, step)| step_rule(ctx, def, language, id, step, &today)).collect(),
    }
}

fn starter(starter: &Starter) -> String {
    format!("{starter:?}").to_lowercase()
}

fn labels(def: &Definition, language: &str) -> BTreeMap<String, String> {
    let fields = def.form.iter().flat_map(|f| f.fields().iter());
    fields.map(|f| (f.pointer.clone(), text(def, language, &text_id("field", &f.pointer), None))).collect()
}

fn document(
    def: &Definition,
    language: &str,
    id: &str,
    rule: &crate::engine::definition::Document,
) -> DocumentRuleView {
    DocumentRuleView {
        title: text(def, language, &text_id("document", id), None),
        id: id.to_owned(),
        required: rule.required,
        when: rule.when.as_ref().map(|w| w.source().to_owned()),
        per: rule.per.clone(),
        many: rule.many,
        types: rule.types.clone(),
        max: rule.max,
        held_by: rule.held_by.as_ref().map(|(register, _)| Named {
            title: text(def, language, &text_id("register", register), None),
            id: register.clone(),
        }),
    }
}

fn fee(def: &Definition, language: &str, id: &str, today: &View<'_>) -> FeeRuleView {
    let text_of = text_id("fee", id);
    let items = def.fees.get(id).map_or(&[][..], Vec::as_slice).iter().map(|item| FeeItemRuleView {
        title: text(def, language, &text_of, Some(&item.name.replace('_', "-"))),
        id: item.name.clone(),
        amount: match today.eval(&item.amount) {
            Ok(crate::engine::feel::Value::Number(amount)) => Some(def.round(amount).to_string()),
            _ => None,
        },
        rule: item.amount.source().to_owned(),
        when: item.when.as_ref().map(|w| w.source().to_owned()),
    });
    FeeRuleView {
        id: id.to_owned(),
        title: text(def, language, &text_of, None),
        currency: def.currency.clone(),
        items: items.collect(),
    }
}

fn step_rule(
    ctx: &Context,
    def: &Definition,
    language: &str,
    id: &str,
    step: &crate::engine::definition::Step,
    today: &View<'_>,
) -> StepRuleView {
    let party =
        |party: &String| Named { id: party.clone(), title: text(def, language, &text_id("party", party), None) };
    let role = |role: &String| {
        let names = ctx.catalogue.country().agencies.roles.get(role).map(|r| &r.name);
        let title = names.and_then(|n| n.get(language).or(n.values().next())).cloned();
        Named { id: role.clone(), title: title.unwrap_or_else(|| role.clone()) }
    };
    let (kind, who) = match &step.verb {
        Verb::Task { role: r, .. } => ("task", Some(role(r))),
        Verb::Ask { of, .. } => ("ask", Some(party(of))),
        Verb::Charge { of, .. } => ("charge", Some(party(of))),
        Verb::Lookup { .. } => ("lookup", None),
        Verb::Do(_) => ("do", None),
        Verb::Decide { .. } => ("decide", None),
        Verb::Wait { .. } => ("wait", None),
        Verb::Reserve(_) => ("reserve", None),
        Verb::Open(_) => ("open", None),
        Verb::Together { .. } => ("together", None),
        Verb::Junction => ("junction", None),
    };
    let span = |span: &Span| today.span(span).ok().map(|d| d.to_string());
    let within = step.within.as_ref().or(step.expires.as_ref().and_then(|e| e.after())).and_then(span);
    StepRuleView {
        id: id.to_owned(),
        title: text(def, language, &text_id("step", id), None),
        kind: kind.into(),
        who,
        within,
    }
}

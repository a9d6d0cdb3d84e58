//! Texts in every language that the service promises, for everything that a person gets to see.

use std::collections::{BTreeMap, BTreeSet};

use indexmap::IndexMap;

use crate::engine::definition::{About, ActVerb, Definition, Findings, SILENCE, Verb};
use crate::engine::feel::Expression;
use crate::engine::forms::Form;
use crate::engine::texts::{sms, text_id};
use crate::engine::workflow::{BOOKED, MOOT, UNBOOKED};

/// What a notice may name: what the product fills in when it is sent.
const OF_NOTICES: [&str; 11] =
    ["reference", "service", "step", "due", "outcome", "end", "office", "until", "when", "mode", "hold"];

pub fn check(def: &Definition, findings: &mut Findings<'_>) {
    // Text → what it may name beside.
    let mut named: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    for text in told(def).into_iter().collect::<BTreeSet<_>>() {
        facts(def, text, findings);
        let names = def.told_with(text).flat_map(|with| with.keys().map(String::as_str));
        named.insert(text.replace('_', "-"), names.collect());
    }
    for (id, attribute) in wanted(def) {
        if attribute.as_deref() == Some("subject") {
            short(def, &id, findings);
        }
        for language in &def.languages {
            if !def.texts.has(language, &id, attribute.as_deref()) {
                let dotted = attribute.as_ref().map_or(id.clone(), |a| format!("{id}.{a}"));
                let file = format!("{}/texts/{language}.ftl", def.id);
                findings.add_at(&file, 1, format!("the text `{dotted}` is missing in `{language}`"));
                continue;
            }
            let given = match id.strip_prefix("notice-") {
                Some(about) => OF_NOTICES.into_iter().chain(named.get(about).into_iter().flatten().copied()).collect(),
                None => Vec::new(),
            };
            for variable in def.texts.variables(language, &id).iter().filter(|v| !given.contains(&v.as_str())) {
                let file = format!("{}/texts/{language}.ftl", def.id);
                let sentence = match given.as_slice() {
                    [] => format!("the text `{id}` is shown without variables, and names `${variable}`"),
                    _ => format!("nobody gives the text `{id}` a `${variable}`; there are ${}", given.join(", $")),
                };
                findings.add_on(&file, &[], &format!("{id} ="), sentence);
            }
        }
    }
}

/// What a notice says by SMS has room in one, with nothing yet put in.
fn short(def: &Definition, id: &str, findings: &mut Findings<'_>) {
    let nothing: BTreeMap<String, String> = OF_NOTICES.iter().map(|name| ((*name).to_owned(), String::new())).collect();
    for language in def.languages.iter().filter(|language| def.texts.has(language, id, Some("sms"))) {
        let text = def.texts.format(language, id, Some("sms"), &nothing).unwrap_or_default();
        let text = sms::line(&text);
        if !sms::fits(&text) {
            let sentence = format!(
                "the text `{id}.sms` has {} characters before anything is put in; an SMS in these letters has {}",
                text.chars().count(),
                sms::most(&text)
            );
            findings.add_on(&format!("{}/texts/{language}.ftl", def.id), &[], &format!("{id} ="), sentence);
        }
    }
}

/// The text that names a public field: that of the form where it comes from there, else that of its last member.
#[must_use]
pub fn field_text(path: &str) -> String {
    let name = path.strip_prefix("form.").or_else(|| path.rsplit('.').next()).unwrap_or(path);
    text_id("field", &name.replace('.', "/"))
}

/// The text that names where it was decided: in a step, or by what a remedy came to.
#[must_use]
pub fn decided_text(def: &Definition, step: &str) -> String {
    text_id(if def.remedies.contains_key(step) { "remedy" } else { "step" }, step)
}

fn wanted(def: &Definition) -> BTreeSet<(String, Option<String>)> {
    let mut ids: BTreeSet<(String, Option<String>)> = BTreeSet::new();
    let mut want = |id: String, attribute: Option<&str>| {
        ids.insert((id, attribute.map(|a| a.replace('_', "-"))));
    };
    want("service".into(), None);
    want("service-description".into(), None);
    for (id, step) in &def.steps {
        want(text_id("step", id), None);
        if let Verb::Task { form, .. } = &step.verb {
            step.outcomes.keys().for_each(|outcome| want(text_id("step", id), Some(outcome)));
            form.iter().flat_map(fields).for_each(|f| want(f, None));
        }
        if let Verb::Ask { own: Some(form), .. } = &step.verb {
            fields(form).into_iter().for_each(|f| want(f, None));
        }
    }
    for notice in notices(def) {
        want(text_id("notice", &notice), None);
        want(text_id("notice", &notice), Some("subject"));
    }
    for reaction in def.reactions.iter().filter(|r| !r.by.is_empty() || r.trigger.is_some() || r.heard.is_some()) {
        want(text_id("event", &reaction.event), None);
        reaction.form.iter().flat_map(|form| fields(form)).for_each(|f| want(f, None));
    }
    def.form.iter().flat_map(fields).for_each(|f| want(f, None));
    def.documents.keys().for_each(|d| want(text_id("document", d), None));
    for (fee, items) in &def.fees {
        want(text_id("fee", fee), None);
        items.iter().for_each(|item| want(text_id("fee", fee), Some(&item.name)));
    }
    def.ends.keys().for_each(|e| want(text_id("end", e), None));
    want(text_id("end", "withdrawn"), None);
    def.reasons.keys().for_each(|r| want(text_id("reason", r), None));
    def.remedies.keys().for_each(|r| want(text_id("remedy", r), None));
    if def.is_for_cases() {
        want(text_id("end", MOOT), None);
    }
    if def.time_limit.as_ref().is_some_and(|limit| limit.then.is_some()) {
        want(text_id("step", SILENCE), None);
    }
    def.parties.keys().for_each(|p| want(text_id("party", p), None));
    for template in def.templates.values() {
        want(template.head().kind_text.clone(), None);
        template.head().public.iter().for_each(|path| want(field_text(path), None));
    }
    if meets(def) {
        want("mode-in-person".into(), None);
        want("mode-online".into(), None);
    }
    def.holds.keys().for_each(|h| want(text_id("hold", h), None));
    ids
}

fn meets(def: &Definition) -> bool {
    def.steps.values().any(|step| matches!(step.verb, Verb::Task { meeting: Some(_), .. }))
}

/// Everything that people are told: by acts, by what a service has, and what it wants told of the rest.
fn notices(def: &Definition) -> Vec<String> {
    let limit = def.time_limit.as_ref();
    let charges = def.steps.values().any(|step| matches!(step.verb, Verb::Charge { .. }));
    let by_itself = [
        (charges, "payment_returned"),
        (limit.is_some_and(|limit| limit.escalate.is_some()), "overdue"),
        // What the scanner refuses is told to who added it, whatever the service wants told.
        (!def.documents.is_empty(), "document_refused"),
        (meets(def), BOOKED),
        (meets(def), UNBOOKED),
    ];
    let by_itself = by_itself.into_iter().filter(|(comes_about, _)| *comes_about).map(|(_, notice)| notice);
    let comes_about = |about: &&About| match about {
        About::Extended => limit.is_some_and(|limit| limit.extend.is_some()),
        About::Held | About::Resumed => !def.holds.is_empty(),
        _ => true,
    };
    let word = |about: &About| serde_json::to_value(about).ok().and_then(|v| v.as_str().map(str::to_owned));
    let wanted = def.notices.iter().filter(comes_about).filter_map(word);
    told(def).into_iter().chain(by_itself).map(str::to_owned).chain(wanted).collect()
}

fn fields(form: &Form) -> Vec<String> {
    form.fields().iter().map(|f| text_id("field", &f.pointer)).collect()
}

fn told(def: &Definition) -> Vec<&str> {
    def.acts()
        .filter_map(|a| match &a.verb {
            ActVerb::Tell { text, .. } => Some(text.as_str()),
            _ => None,
        })
        .collect()
}

/// What every act that tells a text gives it: the same, as the text is one.
fn facts(def: &Definition, text: &str, findings: &mut Findings<'_>) {
    let sources = |with: &IndexMap<String, Expression>| -> BTreeMap<String, String> {
        with.iter().map(|(name, value)| (name.clone(), value.source().to_owned())).collect()
    };
    let mut all = def.told_with(text).map(sources);
    let first = all.next().unwrap_or_default();
    let main = format!("{}/service.yaml", def.id);
    if all.any(|other| other != first) {
        findings.add(
            &main,
            &[],
            format!("the text `{text}` is told `with` different facts: each needs a text of its own"),
        );
    }
    if let Some(taken) = first.keys().find(|name| OF_NOTICES.contains(&name.as_str())) {
        findings.add(&main, &[], format!("`{taken}` is given to every notice, `{text}` included"));
    }
}

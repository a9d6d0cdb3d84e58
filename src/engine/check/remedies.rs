//! Remedies: who hears them, and that what they come to is there.

use std::collections::BTreeMap;

use crate::engine::definition::{Country, Decision, Definition, Findings, OfficeRule, SILENCE, Verb};

/// `linked`: the services whose cases are remedies of this one, by id.
pub fn check(def: &Definition, linked: &BTreeMap<String, Definition>, country: &Country, findings: &mut Findings<'_>) {
    let main = format!("{}/service.yaml", def.id);
    for (id, remedy) in &def.remedies {
        let path = ["remedies", id.as_str()];
        let Some(service) = &remedy.service else {
            // Of a case of our own, whoever decided is shut out; elsewhere nobody sees to that.
            for level in &remedy.levels {
                let decides = remedy.against.iter().find(|step| {
                    matches!(def.steps.get(*step).map(|s| &s.verb), Some(Verb::Task { role, .. }) if *role == level.role)
                });
                if let Some(step) = decides {
                    let sentence = format!("`{}` decides in `{step}` and could hear the remedy against it", level.role);
                    findings.add(&main, &path, sentence);
                }
            }
            continue;
        };
        for level in remedy.levels.iter().filter(|level| level.office.is_none()) {
            if !is_above(def, country, &level.role) {
                let sentence =
                    format!("no office from the competent one upwards has the role `{}`: nobody hears it", level.role);
                findings.add(&main, &path, sentence);
            }
        }
        let Some(heard) = linked.get(service) else {
            findings.add(&main, &path, format!("there is no service `{service}` that is in order"));
            continue;
        };
        if !heard.is_for_cases() {
            let sentence = format!("a case of `{service}` is not opened by another: `start: {{by: [case]}}`");
            findings.add(&main, &path, sentence);
        }
        for end in remedy.then.keys().filter(|end| !heard.ends.contains_key(*end)) {
            findings.add(&main, &path, format!("`{service}` does not end in `{end}`"));
        }
    }
    for (at, heard) in def.reactions.iter().enumerate().filter_map(|(at, r)| Some((at, r.heard.as_ref()?))) {
        let Some(service) = heard.service() else { continue };
        let path = ["events", &at.to_string()];
        match linked.get(service).or((service == def.id).then_some(def)) {
            None => findings.add(&main, &path, format!("there is no service `{service}` that is in order")),
            Some(other) if !other.ends.contains_key(&heard.change) && heard.change != "withdrawn" => {
                findings.add(&main, &path, format!("`{service}` does not end in `{}`", heard.change));
            }
            Some(_) => {}
        }
    }
    let silence = def.time_limit.as_ref().and_then(|limit| limit.then.as_ref());
    let against = def.remedies.values().any(|remedy| remedy.against.iter().any(|step| step == SILENCE));
    if silence.is_some_and(|then| then.decision == Some(Decision::Adverse) && then.last.is_none()) && !against {
        let sentence = "silence decides against the applicant, and no remedy is against `silence`";
        findings.add(&main, &["time_limit"], sentence);
    }
}

/// Whether an office that has the role is above one that can be competent, or is one.
fn is_above(def: &Definition, country: &Country, role: &str) -> bool {
    let offices = &country.agencies.offices;
    let reaches = |from: &String| {
        let mut at = Some(from);
        for _ in 0..offices.len() {
            let Some(office) = at.and_then(|id| offices.get(id)) else { return false };
            if office.roles.iter().any(|has| has == role) {
                return true;
            }
            at = office.parent.as_ref();
        }
        false
    };
    match def.offices.get("competent") {
        None => reaches(&def.main_office),
        Some(OfficeRule::Fixed(office)) => reaches(office),
        Some(_) => offices.iter().filter(|(_, office)| office.authority == def.authority).any(|(id, _)| reaches(id)),
    }
}

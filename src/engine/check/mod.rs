//! Whether a definition should be published. Compiling finds what cannot be run; this finds what would run and be wrong:
//! cases that never end, people nobody tells, decisions without a reason. Every finding has file, line and sentence.

mod branches;
mod children;
mod flow;
mod guards;
mod openings;
mod papers;
mod remedies;
mod slowest;
mod tables;
mod texts;

pub use texts::{decided_text, field_text};

pub use super::texts::text_id;

use std::collections::BTreeMap;

use super::definition::{Country, Definition, Files, Finding, Findings, compile};
use super::scenario;

/// A definition in order, and how many scenarios came out as written.
#[derive(Debug)]
pub struct Checked {
    pub definition: Definition,
    pub scenarios: usize,
}

/// Compiles and checks one service.
///
/// # Errors
/// Everything that was found. Scenarios are run only where nothing else was.
pub fn check(id: &str, files: &Files, country: &Country) -> Result<Checked, Vec<Finding>> {
    let mut definition = compile(id, files, country)?;
    let mut findings = Findings::new(files);
    flow::check(&definition, &mut findings);
    guards::check(&definition, &mut findings);
    slowest::check(&definition, &mut findings);
    openings::check(&definition, files, country, &mut findings);
    papers::check(&definition, &mut findings);
    texts::check(&definition, &mut findings);
    tables::check(&definition, &mut findings);
    let mut linked = linked(&definition, files, country);
    remedies::check(&definition, &linked, country, &mut findings);
    children::check(&definition, &linked, files, &mut findings);
    if !findings.is_empty() {
        return Err(findings.into_sorted());
    }
    let scenarios = scenario::run_all(&mut definition, &mut linked, files, country)?;
    Ok(Checked { definition, scenarios })
}

/// Walks every way that cases of a service can take, as far as `go_on` lets it: see [`scenario::explore`].
///
/// # Errors
/// What was found; every fault of a definition that is not in order.
pub fn explore(
    id: &str,
    files: &Files,
    country: &Country,
    go_on: &mut dyn FnMut(usize) -> bool,
) -> Result<scenario::Explored, Vec<Finding>> {
    let definition = compile(id, files, country)?;
    let linked = linked(&definition, files, country);
    scenario::explore(&definition, &linked, files, go_on)
}

/// The services whose cases are opened by one: as remedies or by steps, and further ones from there. Those that are not in order are
/// told of where they themselves are checked.
fn linked(definition: &Definition, files: &Files, country: &Country) -> BTreeMap<String, Definition> {
    let mut found: BTreeMap<String, Definition> = BTreeMap::new();
    let named = |def: &Definition| {
        let remedies = def.remedies.values().filter_map(|r| r.service.clone());
        let ended = def.reactions.iter().filter_map(|r| r.heard.as_ref()?.service().map(str::to_owned));
        remedies.chain(openings::opened(def).map(|o| o.service.clone())).chain(ended).collect::<Vec<_>>()
    };
    let mut todo = named(definition);
    while let Some(service) = todo.pop() {
        if service == definition.id || found.contains_key(&service) {
            continue;
        }
        if let Ok(compiled) = compile(&service, files, country) {
            todo.extend(named(&compiled));
            found.insert(service, compiled);
        }
    }
    found
}

/// The services in a set of files: every folder with a `service.yaml`.
#[must_use]
pub fn services(files: &Files) -> Vec<String> {
    files
        .keys()
        .filter_map(|p| p.strip_suffix("/service.yaml"))
        .filter(|p| !p.contains('/'))
        .map(str::to_owned)
        .collect()
}

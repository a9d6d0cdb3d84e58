//! Cases that registers open: a case never opens another one of its own service, by whatever way, without end.

use std::collections::BTreeSet;

use crate::engine::definition::{ActVerb, Country, Definition, Files, Findings, Opening, Verb, compile};

/// A register, and what kind of change.
type Change = (String, String);

pub fn check(def: &Definition, files: &Files, country: &Country, findings: &mut Findings<'_>) {
    if def.start.opened_by.is_empty() && opened(def).next().is_none() {
        return;
    }
    let others = super::services(files).into_iter().filter(|id| *id != def.id);
    let others: Vec<Definition> = others.filter_map(|id| compile(&id, files, country).ok()).collect();
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let mut todo = vec![def];
    while let Some(at) = todo.pop() {
        let written = written(at);
        if let Some((register, change)) = written.iter().find(|change| opens(def, change)) {
            let sentence = format!(
                "what follows from a case changes `{register}` by `{change}`, which opens another one, without end"
            );
            findings.add(&format!("{}/service.yaml", def.id), &["start", "opened_by"], sentence);
            return;
        }
        if opened(at).any(|opening| opening.service == def.id) {
            let sentence = format!("what follows from a case opens another one of `{}`, without end", def.id);
            findings.add(&format!("{}/service.yaml", def.id), &["steps"], sentence);
            return;
        }
        let follows = |other: &&Definition| {
            written.iter().any(|change| opens(other, change)) || opened(at).any(|opening| opening.service == other.id)
        };
        let next: Vec<_> = others.iter().filter(follows).filter(|other| seen.insert(other.id.as_str())).collect();
        todo.extend(next);
    }
}

/// What its steps open.
pub(super) fn opened(def: &Definition) -> impl Iterator<Item = &Opening> {
    def.steps.values().filter_map(|step| match &step.verb {
        Verb::Open(opening) => Some(opening.as_ref()),
        _ => None,
    })
}

fn opens(def: &Definition, (register, change): &Change) -> bool {
    def.start.opened_by.iter().any(|rule| rule.register == *register && rule.change == *change)
}

/// What its cases change in registers.
fn written(def: &Definition) -> Vec<Change> {
    let acts = def.steps.values().flat_map(|step| match &step.verb {
        Verb::Do(acts) => acts.as_slice(),
        _ => &[],
    });
    let changes = acts.filter_map(|act| match &act.verb {
        ActVerb::Record(record) => Some((record.register.clone(), record.change.clone())),
        _ => None,
    });
    changes.collect()
}

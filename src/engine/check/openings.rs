//! Cases that registers open: a case never opens another one of its own service, by whatever way, without end.

use std::collections::BTreeSet;

use crate::engine::definition::{ActVerb, Country, Definition, Files, Findings, Verb, compile};

/// A register, and what kind of change.
type Change = (String, String);

pub fn check(def: &Definition, files: &Files, country: &Country, findings: &mut Findings<'_>) {
    if def.start.opened_by.is_empty() {
        return;
    }
    let others = super::services(files).into_iter().filter(|id| *id != def.id);
    let others: Vec<Definition> = others.filter_map(|id| compile(&id, files, country).ok()).collect();
    let mut seen: BTreeSet<Change> = BTreeSet::new();
    let mut todo = written(def);
    while let Some(change) = todo.pop() {
        if !seen.insert(change.clone()) {
            continue;
        }
        if opens(def, &change) {
            let (register, change) = change;
            let sentence = format!(
                "what follows from a case changes `{register}` by `{change}`, which opens another one, without end"
            );
            findings.add(&format!("{}/service.yaml", def.id), &["start", "opened_by"], sentence);
            return;
        }
        todo.extend(others.iter().filter(|other| opens(other, &change)).flat_map(written));
    }
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

//! Documents that are asked for though a register holds what they say.

use crate::engine::definition::{ActVerb, Definition, Findings, Verb};

pub fn check(def: &Definition, findings: &mut Findings<'_>) {
    let main = format!("{}/service.yaml", def.id);
    for (name, rule) in def.documents.iter().filter(|(_, rule)| rule.held_by.is_none()) {
        let proves = |(_, register): &(&String, &crate::engine::definition::Register)| register.proves.contains(name);
        let holder =
            def.registers.iter().filter(proves).find(|(register, _)| !enters(def, register) || reads(def, register));
        if let (true, Some((register, _))) = (rule.required, holder) {
            let sentence = format!(
                "`{name}` is asked for, and the register `{register}` holds what it says: `held_by: {register}` with its `key`"
            );
            findings.add(&main, &["documents", name], sentence);
        }
    }
}

fn reads(def: &Definition, of: &str) -> bool {
    def.steps.values().any(|step| matches!(&step.verb, Verb::Lookup { register, .. } if register == of))
}

/// Whether its cases are what makes such records: before, there is none, unless it looks one up.
fn enters(def: &Definition, register: &str) -> bool {
    let acts = def.steps.values().flat_map(|step| match &step.verb {
        Verb::Do(acts) => acts.as_slice(),
        _ => &[],
    });
    acts.into_iter().any(|act| match &act.verb {
        ActVerb::Record(record) => record.register == register && record.expects.is_none() && !record.undo,
        _ => false,
    })
}

//! Decision tables of a service, checked and compiled.

use std::collections::BTreeMap;

use super::compile::Compiler;
use super::language as raw;
use super::names::ADVISED;
use super::protected::unlawful_in;
use crate::engine::dmn::{Sheet, Table, outputs};
use crate::engine::feel::Type;

impl Compiler<'_> {
    pub(super) fn tables(&mut self) -> BTreeMap<String, Table> {
        let mut tables = BTreeMap::new();
        for (name, sheet) in &self.sheets {
            let file = format!("{}/{name}", self.id);
            for (output, _) in outputs(sheet).iter().filter(|(output, _)| !super::ids::is_id(output)) {
                let sentence = format!("the output `{output}` is no id: small letters, digits and `_`, a letter first");
                self.findings.add_at(&file, 1, sentence);
            }
            let steps = self.service.steps.iter();
            let advised = steps
                .clone()
                .filter(|(_, step)| step.task.as_ref().and_then(|task| task.advice.as_ref()) == Some(name));
            for (id, step) in advised.clone() {
                for (line, sentence) in unadvised(sheet, step) {
                    self.findings.add_at(&file, line, format!("as advice on `{id}`, {sentence}"));
                }
            }
            let decides = |(_, s): (&String, &raw::Step)| s.decide.as_ref().is_some_and(|d| d.table == *name);
            if advised.count() == 0 && !steps.into_iter().any(decides) {
                self.findings.add_at(&file, 1, format!("no step decides by `{name}`, and none is advised by it"));
            }
            for (line, sentence) in unlawful_in(sheet, &self.protected, &self.service.legal_basis.protected) {
                self.findings.add_at(&file, line, sentence);
            }
            match Table::compile(sheet, &self.names) {
                Ok(table) => drop(tables.insert(name.clone(), table)),
                Err(faults) => {
                    for (line, sentence) in faults {
                        self.findings.add_at(&file, line, sentence);
                    }
                }
            }
        }
        tables
    }
}

/// Why a table is no advice on a step: it names one outcome, or none, and each is one that the step has.
fn unadvised(sheet: &Sheet, step: &raw::Step) -> Vec<(usize, String)> {
    let outputs = outputs(sheet);
    let Some(at) = outputs.iter().position(|(name, _)| name == ADVISED) else {
        return vec![(sheet.line, format!("it has no output `{ADVISED}`"))];
    };
    if !matches!(outputs[at].1, Type::Text | Type::Any) {
        return vec![(sheet.line, format!("its output `{ADVISED}` is not one text"))];
    }
    let known = |outcome: &str| match (&step.outcomes, &step.next) {
        (Some(all), _) => all.contains_key(outcome),
        (None, next) => next.is_some() && outcome == "done",
    };
    let cells = sheet.rows.iter().filter_map(|row| row.outputs.get(at));
    let usual = sheet.outputs.get(at).and_then(|column| column.expression.as_ref());
    let named = cells.chain(usual).filter_map(|cell| {
        let text = cell.text.trim();
        let outcome = text.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
        match outcome {
            Some(outcome) => (!known(outcome)).then(|| (cell.line, format!("there is no outcome `{outcome}`"))),
            None if text.is_empty() || text == "null" => None,
            None => Some((cell.line, format!("`{text}` names no outcome: an outcome is a text, or null"))),
        }
    });
    named.collect()
}

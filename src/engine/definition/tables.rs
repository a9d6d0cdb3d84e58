//! Decision tables of a service, checked and compiled.

use std::collections::BTreeMap;

use super::compile::Compiler;
use crate::engine::dmn::{Table, outputs};

impl Compiler<'_> {
    pub(super) fn tables(&mut self) -> BTreeMap<String, Table> {
        let mut tables = BTreeMap::new();
        for (name, sheet) in &self.sheets {
            let file = format!("{}/{name}", self.id);
            for (output, _) in outputs(sheet).iter().filter(|(output, _)| !super::ids::is_id(output)) {
                let sentence = format!("the output `{output}` is no id: small letters, digits and `_`, a letter first");
                self.findings.add_at(&file, 1, sentence);
            }
            let used = self.service.steps.values().any(|s| s.decide.as_ref().is_some_and(|d| d.table == *name));
            if !used {
                self.findings.add_at(&file, 1, format!("no step decides by `{name}`"));
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

//! Decision tables: gaps and overlaps against their hit policy.

use crate::engine::definition::{Definition, Findings};
use crate::engine::dmn::flaws;

pub fn check(def: &Definition, findings: &mut Findings<'_>) {
    for (name, table) in &def.tables {
        let file = format!("{}/{name}", def.id);
        for flaw in flaws(table).into_iter().flatten() {
            findings.add_at(&file, flaw.line, flaw.sentence);
        }
    }
}

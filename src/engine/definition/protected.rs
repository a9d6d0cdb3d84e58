//! Attributes by which nobody is treated otherwise unless a law says so.

use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::Value;

use super::compile::Compiler;
use super::country::Country;
use super::finding::Files;
use crate::engine::dmn::{Cell, Sheet};
use crate::engine::feel::{Expression, words};

/// By article 21 of the Charter of Fundamental Rights of the European Union and article 26 of the International Covenant on
/// Civil and Political Rights, as forms call them. What else a form or a register holds is marked there: `x-protected: true`.
const ATTRIBUTES: [&str; 19] = [
    "age",
    "belief",
    "birth_date",
    "birth_place",
    "caste",
    "colour",
    "disability",
    "ethnicity",
    "gender",
    "genetic_features",
    "language",
    "marital_status",
    "nationality",
    "political_opinion",
    "race",
    "religion",
    "sex",
    "sexual_orientation",
    "social_origin",
];
/// The mark of a field.
const MARK: &str = "x-protected";
/// How deep a mark is looked for; a form is not nested deeper.
const DEPTH_MAX: usize = 64;

/// The attributes that are protected in a service.
pub(super) fn protected(id: &str, files: &Files, country: &Country) -> BTreeSet<String> {
    let mut found: BTreeSet<String> = ATTRIBUTES.iter().map(|name| (*name).to_owned()).collect();
    let own = files.iter().filter(|(path, _)| path.starts_with(&format!("{id}/")));
    let shared = country.shared.iter().filter(|(path, _)| path.starts_with("forms/") || path.starts_with("registers/"));
    for (path, text) in own.chain(shared) {
        let schema = match path {
            form if form.ends_with(".schema.json") => serde_json::from_str::<Value>(text).ok(),
            register if register.contains("registers/") => serde_saphyr::from_str::<Value>(text).ok(),
            _ => None,
        };
        schema.iter().for_each(|schema| marked(schema, 0, &mut found));
    }
    found
}

fn marked(schema: &Value, depth: usize, found: &mut BTreeSet<String>) {
    if depth > DEPTH_MAX {
        return;
    }
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        let fields = properties.iter().filter(|(_, field)| field.get(MARK) == Some(&Value::Bool(true)));
        found.extend(fields.map(|(name, _)| name.clone()));
    }
    match schema {
        Value::Object(members) => members.values().for_each(|member| marked(member, depth + 1, found)),
        Value::Array(items) => items.iter().for_each(|item| marked(item, depth + 1, found)),
        _ => {}
    }
}

/// What a text weighs that no law allows to be weighed.
fn unlawful(text: &str, protected: &BTreeSet<String>, allowed: &IndexMap<String, String>) -> BTreeSet<String> {
    let weighed = words(text).into_iter().filter(|word| protected.contains(word) && !allowed.contains_key(word));
    weighed.collect()
}

/// The same in a table, with the lines.
pub(super) fn unlawful_in(
    sheet: &Sheet,
    protected: &BTreeSet<String>,
    allowed: &IndexMap<String, String>,
) -> Vec<(usize, String)> {
    let columns = sheet.inputs.iter().filter_map(|column| column.expression.as_ref());
    let cells = columns.chain(sheet.rows.iter().flat_map(|row| row.tests.iter().chain(&row.outputs)));
    let of = |cell: &Cell| {
        let line = cell.line;
        unlawful(&cell.text, protected, allowed).into_iter().map(move |named| (line, sentence(&named)))
    };
    cells.flat_map(of).collect()
}

impl Compiler<'_> {
    /// What an expression weighs that a law must allow to be weighed.
    pub(super) fn weighed(&mut self, path: &[&str], expression: &Expression) {
        let main = self.main();
        for attribute in unlawful(expression.source(), &self.protected, &self.service.legal_basis.protected) {
            self.findings.add_on(&main, path, expression.source(), sentence(&attribute));
        }
    }

    /// What the law is said to allow is an attribute that is protected, and the section is named.
    pub(super) fn allowed(&mut self) {
        for (attribute, section) in &self.service.legal_basis.protected {
            let path = ["legal_basis", "protected", attribute.as_str()];
            if !self.protected.contains(attribute) {
                self.fault(&path, format!("`{attribute}` is not protected: no form marks it `{MARK}`"));
            }
            if section.trim().is_empty() {
                self.fault(&path, format!("no section is named that allows a rule to weigh `{attribute}`"));
            }
        }
    }
}

fn sentence(attribute: &str) -> String {
    format!("a rule weighs `{attribute}`, which is protected: `legal_basis.protected` names the section that allows it")
}

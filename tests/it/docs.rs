//! The documentation says what is so: every word of the definition language is explained, every example works, every
//! dependency has its reason, every picture is drawn from what it shows.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use guichet::engine::definition::{Country, Files, compile, language};
use guichet::engine::feel::{Bindings, Expression, Names, Value};
use guichet::engine::{check, diagram};
use serde_json::Value as Json;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

fn services() -> Files {
    guichet::catalogue::folder::read(&root().join("services")).expect("the definitions can be read")
}

/// The blocks whose fence says `kind`, without their fences.
fn blocks(text: &str, kind: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(said) = line.strip_prefix("```") else { continue };
        let block: Vec<&str> = lines.by_ref().take_while(|l| !l.starts_with("```")).collect();
        if said.trim() == kind {
            found.push(block.iter().map(|l| format!("{l}\n")).collect());
        }
    }
    found
}

/// Words in backticks, outside of blocks.
fn coded(text: &str) -> BTreeSet<String> {
    let mut inside = false;
    let prose: Vec<&str> = text
        .lines()
        .filter(|line| {
            let fence = line.starts_with("```");
            inside ^= fence;
            !inside && !fence
        })
        .collect();
    let prose = prose.join("\n");
    let spans = prose.split('`').skip(1).step_by(2);
    spans.flat_map(|s| s.split(|c: char| !c.is_alphanumeric() && c != '_')).map(str::to_owned).collect()
}

/// Names of fields and words of enumerations, anywhere in a schema.
fn words(schema: &Json, found: &mut BTreeSet<String>) {
    match schema {
        Json::Object(members) => {
            if let Some(Json::Object(properties)) = members.get("properties") {
                found.extend(properties.keys().cloned());
            }
            if let Some(Json::Array(values)) = members.get("enum") {
                found.extend(values.iter().filter_map(|v| v.as_str().map(str::to_owned)));
            }
            found.extend(members.get("const").and_then(Json::as_str).map(str::to_owned));
            members.values().for_each(|m| words(m, found));
        }
        Json::Array(items) => items.iter().for_each(|item| words(item, found)),
        _ => {}
    }
}

#[test]
fn every_word_of_the_language_is_explained() {
    let mut wanted = BTreeSet::new();
    for schema in [
        schemars::schema_for!(language::Service),
        schemars::schema_for!(language::Params),
        schemars::schema_for!(language::Register),
        schemars::schema_for!(language::Agencies),
    ] {
        words(schema.as_value(), &mut wanted);
    }
    assert!(wanted.len() > 100, "the schema is not what was expected: {wanted:?}");
    let explained = coded(&read("docs/definitions.md"));
    let missing: Vec<&String> = wanted.difference(&explained).collect();
    assert!(missing.is_empty(), "docs/definitions.md does not mention {missing:?}");
}

#[test]
fn every_service_shown_is_one_that_works() {
    let files = services();
    let shown = blocks(&read("docs/definitions.md"), "yaml service");
    assert!(!shown.is_empty(), "docs/definitions.md shows no service");
    for text in shown {
        let id = text.lines().find_map(|l| l.strip_prefix("id: ")).expect("the example has an id").to_owned();
        let path = format!("{id}/service.yaml");
        assert_eq!(files.get(&path), Some(&text), "docs/definitions.md shows another services/{path}");
        let country = Country::read(&files).unwrap_or_else(|found| panic!("{found:#?}"));
        check::check(&id, &files, &country).unwrap_or_else(|found| panic!("{found:#?}"));
    }
}

#[test]
fn every_expression_shown_gives_what_it_says() {
    let shown = blocks(&read("docs/definitions.md"), "feel");
    let lines: Vec<&str> = shown.iter().flat_map(|b| b.lines()).filter(|l| !l.trim().is_empty()).collect();
    assert!(lines.len() > 20, "docs/definitions.md shows hardly any expression");
    for line in lines {
        let (left, right) = line.split_once("=>").unwrap_or_else(|| panic!("`{line}` does not say what it gives"));
        let both = format!("({}) = ({})", left.trim(), right.trim());
        let compiled = Expression::compile(&both, &Names::new()).unwrap_or_else(|fault| panic!("`{line}`: {fault}"));
        assert_eq!(compiled.is_true(&Bindings::default()), Ok(true), "`{line}` gives {:?}", worth(left));
    }
}

fn worth(expression: &str) -> Option<Value> {
    Expression::compile(expression.trim(), &Names::new()).ok()?.evaluate(&Bindings::default()).ok()
}

#[test]
fn the_picture_of_the_mutation_is_current() {
    let files = services();
    let country = Country::read(&files).unwrap_or_else(|found| panic!("{found:#?}"));
    let def = compile("land-mutation", &files, &country).unwrap_or_else(|found| panic!("{found:#?}"));
    let drawn = format!("```mermaid\n{}```", diagram::mermaid(&def, "en"));
    let (open, close) = ("<!-- mutation-diagram -->", "<!-- /mutation-diagram -->");
    let readme = read("README.md");
    let (before, rest) = readme.split_once(open).unwrap_or_else(|| panic!("README.md has no {open}"));
    let (shown, after) = rest.split_once(close).unwrap_or_else(|| panic!("README.md has no {close}"));
    if std::env::var("GUICHET_BLESS").is_ok_and(|v| v == "1") {
        let blessed = format!("{before}{open}\n{drawn}\n{close}{after}");
        std::fs::write(root().join("README.md"), blessed).expect("README.md can be written");
        return;
    }
    assert_eq!(shown.trim(), drawn, "README.md is stale: run this test once with GUICHET_BLESS=1");
}

/// Section → its keys, of a manifest in which each dependency has a line of its own.
fn dependencies(manifest: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut section = String::new();
    for line in manifest.lines() {
        if let Some(name) = line.strip_prefix('[') {
            name.trim_end().trim_end_matches(']').clone_into(&mut section);
        } else if let Some((name, _)) = line.split_once(" = ")
            && section.ends_with("dependencies")
        {
            found.entry(section.clone()).or_default().insert(name.trim().to_owned());
        }
    }
    found
}

#[test]
fn every_dependency_has_its_reason() {
    let stated: BTreeSet<String> = dependencies(&read("Cargo.toml")).into_values().flatten().collect();
    let mut explained = BTreeMap::new();
    for line in read("docs/dependencies.md").lines() {
        let Some((name, reason)) = line.strip_prefix("- `").and_then(|l| l.split_once("`: ")) else { continue };
        assert!(reason.trim().len() > 10, "docs/dependencies.md gives no reason for {name}");
        assert!(explained.insert(name.to_owned(), reason.to_owned()).is_none(), "{name} stands there twice");
    }
    assert_eq!(
        explained.into_keys().collect::<BTreeSet<_>>(),
        stated,
        "docs/dependencies.md, left, and Cargo.toml differ"
    );
}

fn markdown(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("a folder of documents") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(markdown(&path));
        } else if path.extension().is_some_and(|e| e == "md") {
            found.push(path);
        }
    }
    found
}

#[test]
fn every_link_leads_somewhere() {
    let mut documents = markdown(&root().join("docs"));
    documents.extend(["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(|name| root().join(name)));
    let mut broken = Vec::new();
    for document in documents.iter().filter(|d| d.exists()) {
        let text = std::fs::read_to_string(document).expect("a document");
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            let here = document.parent().expect("a folder");
            if !target.contains("://") && !file.is_empty() && !here.join(file).exists() {
                broken.push(format!("{}: {target}", document.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

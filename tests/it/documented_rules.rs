//! `docs/rules.md` says of every rule what proves it: what it names is there, and what is there is named.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Names in a folder, without this ending.
fn names(folder: &Path, ending: &str) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
    names.filter_map(|name| name.strip_suffix(ending).map(str::to_owned)).collect()
}

fn services() -> BTreeSet<String> {
    names(&root().join("services"), "").into_iter().filter(|id| !id.starts_with('_')).collect()
}

/// Rows of the page, each with the heading above it.
fn rows(page: &str) -> Vec<(String, Vec<String>)> {
    let (mut heading, mut found) = (String::new(), Vec::new());
    for line in page.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            heading = title.to_owned();
        } else if line.starts_with("| ") && !line.starts_with("| rule |") && !line.starts_with("| number |") {
            let cells = line.trim_matches('|').split(" | ").map(|cell| cell.trim().to_owned());
            found.push((heading.clone(), cells.collect()));
        }
    }
    found
}

fn coded(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// Whether a file of tests has a function of that name.
fn has(folder: &str, name: &str) -> bool {
    let (file, function) = name.split_once("::").unwrap_or_else(|| panic!("`{name}` names no test"));
    let text = std::fs::read_to_string(root().join(folder).join(format!("{file}.rs"))).unwrap_or_default();
    text.contains(&format!("fn {function}("))
}

/// What is wrong with a page.
fn faults(page: &str) -> Vec<String> {
    let (mut scenarios, mut files, mut faults) = (BTreeSet::new(), BTreeSet::new(), Vec::new());
    for (heading, cells) in rows(page) {
        let [_, _, left, right] = cells.as_slice() else {
            faults.push(format!("a row of another length under `{heading}`: {cells:?}"));
            continue;
        };
        if heading == "Invariants of the engine" {
            let missing = coded(left).chain(coded(right)).filter(|name| !has("tests/it/engine", name));
            faults.extend(missing.map(|name| format!("no `{name}` in tests/it/engine")));
            continue;
        }
        let service = heading.split(':').next().unwrap_or_default();
        for name in coded(left) {
            let (service, name) = name.split_once('/').unwrap_or((service, name));
            if !root().join("services").join(service).join("scenarios").join(format!("{name}.yaml")).is_file() {
                faults.push(format!("{service} has no scenario `{name}`"));
            }
            scenarios.insert(format!("{service}/{name}"));
        }
        for name in coded(right) {
            let (folder, test) = name.strip_prefix("journeys/").map_or(("rules", name), |test| ("journeys", test));
            if !has(&format!("tests/it/{folder}"), test) {
                faults.push(format!("no test `{name}`"));
            }
            if folder == "rules" {
                files.extend(test.split("::").next().map(str::to_owned));
            }
        }
    }
    let headings: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    for service in services() {
        if !headings.iter().any(|h| h.split(':').next() == Some(service.as_str())) {
            faults.push(format!("{service} has no section"));
        }
        let folder = root().join("services").join(&service).join("scenarios");
        let all = names(&folder, ".yaml").into_iter().map(|name| format!("{service}/{name}"));
        faults.extend(
            all.filter(|name| !scenarios.contains(name)).map(|name| format!("the scenario {name} is not named")),
        );
    }
    let all = names(&root().join("tests/it/rules"), ".rs").into_iter().filter(|name| name != "mod");
    faults.extend(all.filter(|file| !files.contains(file)).map(|file| format!("rules/{file}.rs is not named")));
    faults
}

#[test]
fn every_rule_has_what_proves_it() {
    let found = faults(&read("docs/rules.md"));
    assert!(found.is_empty(), "{found:#?}");
}

#[test]
fn the_check_of_the_page_can_fail() {
    let page = read("docs/rules.md");
    for (from, to, sentence) in [
        ("`absent_from_the_hearing`", "`absent_from_work`", "land-mutation has no scenario `absent_from_work`"),
        (", `absent_from_the_hearing`", "", "the scenario land-mutation/absent_from_the_hearing is not named"),
        ("::of_two_who_want_one_slot_one_gets_it", "::of_three", "no test `hearings_have_slots::of_three`"),
        ("## deed-registration", "## deeds", "deed-registration has no section"),
        ("officers_keep_out::", "four_eyes::", "rules/officers_keep_out.rs is not named"),
        ("`ways::commute`", "`ways::differ`", "no `ways::differ` in tests/it/engine"),
    ] {
        assert!(page.contains(from), "{from}");
        let found = faults(&page.replace(from, to));
        assert!(found.iter().any(|f| f == sentence), "{sentence}: {found:#?}");
    }
}

//! What `deploy/` names is there: figures in the source, settings in their table, paths in the repository, alerts in the
//! manual. Whether the files are well-formed is the business of `make check-deploy`.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use guichet::kernel::settings::SETTINGS;
use serde_json::Value;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: impl AsRef<Path>) -> String {
    let path = root().join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// The files below a folder, at any depth.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

fn yaml(name: &str) -> Value {
    serde_saphyr::from_str(&read(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// Every text that stands under this name, anywhere.
fn under<'a>(value: &'a Value, name: &str, found: &mut Vec<&'a str>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get(name).and_then(Value::as_str));
            members.values().for_each(|member| under(member, name, found));
        }
        Value::Array(items) => items.iter().for_each(|item| under(item, name, found)),
        _ => {}
    }
}

fn all_under<'a>(value: &'a Value, name: &str) -> Vec<&'a str> {
    let mut found = Vec::new();
    under(value, name, &mut found);
    found
}

/// Without what stands between these two characters.
fn without(text: &str, open: char, close: char) -> String {
    let mut inside = false;
    let mut kept = String::new();
    for c in text.chars() {
        match c {
            _ if !inside && c == open => inside = true,
            _ if inside && c == close => inside = false,
            _ if !inside => kept.push(c),
            _ => {}
        }
    }
    kept
}

/// The names of the figures in a PromQL expression: its words but for labels, functions, keywords and lengths of time.
fn figures(expression: &str) -> BTreeSet<String> {
    const GROUPING: [&str; 6] = ["by", "without", "on", "ignoring", "group_left", "group_right"];
    const KEYWORDS: [&str; 5] = ["and", "or", "unless", "bool", "offset"];
    let bare = without(&without(&without(expression, '"', '"'), '{', '}'), '[', ']');
    let mut found = BTreeSet::new();
    let mut rest = bare.as_str();
    while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric() || c == '_') {
        let word: &str = &rest[start..];
        let end = word.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | ':'))).unwrap_or(word.len());
        let (word, after) = word.split_at(end);
        let after = after.trim_start();
        rest = after;
        let next = after.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).next().unwrap_or_default();
        let is_function = after.starts_with('(') || matches!(next, "by" | "without");
        if GROUPING.contains(&word) {
            rest = after.split_once(')').map_or("", |(_, rest)| rest);
        } else if !is_function && !KEYWORDS.contains(&word) && !word.starts_with(|c: char| c.is_ascii_digit()) {
            found.insert(word.to_owned());
        }
    }
    found
}

#[test]
fn figures_are_told_from_functions_labels_and_numbers() {
    let expression = r#"histogram_quantile(0.99, sum by (le) (rate(a_bucket{job="x",route!~"/a|b"}[5m]))) / on (i) b:c > 400 * 2 or vector(0)"#;
    assert_eq!(figures(expression), ["a_bucket", "b:c"].map(String::from).into());
}

#[test]
fn every_figure_that_is_asked_for_is_counted() {
    let source: String =
        files(&root().join("src")).iter().filter(|f| f.extension().is_some_and(|e| e == "rs")).map(read).collect();
    let rules = yaml("deploy/prometheus/rules.yaml");
    let tests = yaml("deploy/prometheus/rules.test.yaml");
    let dashboard: Value = serde_json::from_str(&read("deploy/grafana/guichet.json")).expect("JSON");
    let recorded = all_under(&rules, "record");
    let mut asked: Vec<&str> =
        [&rules, &tests, &dashboard].into_iter().flat_map(|file| all_under(file, "expr")).collect();
    asked.extend(all_under(&tests, "series"));
    let names: BTreeSet<String> = asked.into_iter().flat_map(figures).collect();
    assert!(names.len() > 12, "hardly any figure was found: {names:?}");
    let is_counted = |name: &str| {
        // Prometheus has these by itself.
        let own = matches!(name, "up" | "ALERTS");
        let of_histogram = ["_bucket", "_sum", "_count"].iter().find_map(|part| name.strip_suffix(part));
        own || recorded.contains(&name) || source.contains(&format!("\"{}\"", of_histogram.unwrap_or(name)))
    };
    let missing: Vec<&String> = names.iter().filter(|name| !is_counted(name)).collect();
    assert!(missing.is_empty(), "nothing in src/ counts {missing:?}");
}

#[test]
fn every_setting_named_is_one() {
    let known: BTreeSet<&str> = SETTINGS.iter().map(|s| s.name).collect();
    let mut named = files(&root().join("deploy"));
    named.push(root().join("docs/operations.md"));
    for file in named {
        let text = read(&file);
        let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
        // `GUICHET_SMTP_*` stands for all that begin so.
        let is_known = |w: &str| known.contains(w) || w.ends_with('_') && known.iter().any(|k| k.starts_with(w));
        let wrong: Vec<&str> = words.filter(|w| w.starts_with("GUICHET_") && !is_known(w)).collect();
        assert!(wrong.is_empty(), "{}: {wrong:?} are no settings", file.display());
    }
}

#[test]
fn the_image_copies_what_is_there() {
    let mut copied = 0;
    for line in read("deploy/Containerfile").lines() {
        let Some(paths) = line.strip_prefix("COPY ").filter(|rest| !rest.starts_with("--from")) else { continue };
        let paths: Vec<&str> = paths.split_whitespace().collect();
        for path in &paths[..paths.len() - 1] {
            assert!(root().join(path).exists(), "deploy/Containerfile copies {path}, which is not there");
            copied += 1;
        }
    }
    assert!(copied >= 5, "deploy/Containerfile copies hardly anything");
}

#[test]
fn the_dashboard_is_whole() {
    let dashboard: Value = serde_json::from_str(&read("deploy/grafana/guichet.json")).expect("JSON");
    assert!(dashboard["schemaVersion"].as_u64().is_some_and(|version| version >= 39));
    assert_eq!((dashboard["uid"].as_str(), dashboard["title"].as_str()), (Some("guichet"), Some("Guichet")));
    let panels = dashboard["panels"].as_array().expect("panels");
    let mut ids = BTreeSet::new();
    let mut taken = BTreeSet::new();
    for panel in panels {
        let title = panel["title"].as_str().filter(|t| !t.is_empty()).unwrap_or_else(|| panic!("a title: {panel}"));
        assert!(ids.insert(panel["id"].as_u64()), "{title}: its id is another's");
        let targets = panel["targets"].as_array().expect("targets");
        assert!(targets.iter().all(|t| t["expr"].as_str().is_some_and(|e| !e.is_empty())), "{title} asks nothing");
        let at = |name: &str| panel["gridPos"][name].as_u64().unwrap_or_else(|| panic!("{title}: no {name}"));
        assert!(at("x") + at("w") <= 24, "{title} is over the edge");
        for cell in (at("y")..at("y") + at("h")).flat_map(|y| (at("x")..at("x") + at("w")).map(move |x| (x, y))) {
            assert!(taken.insert(cell), "{title} lies on another");
        }
    }
    assert!(panels.len() > 10);
}

#[test]
fn every_alert_is_explained() {
    let manual = read("docs/operations.md");
    let rules = yaml("deploy/prometheus/rules.yaml");
    let alerts = all_under(&rules, "alert");
    assert!(alerts.len() > 10, "{alerts:?}");
    let unexplained: Vec<_> = alerts.iter().filter(|alert| !manual.contains(&format!("| `{alert}` |"))).collect();
    assert!(unexplained.is_empty(), "docs/operations.md does not say what to do about {unexplained:?}");
}

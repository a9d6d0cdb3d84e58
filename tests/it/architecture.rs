//! The floors of the house, read from the source: which room may use which, what the engine keeps out, where diesel
//! stands, and that every file says what it is for. What is found here is fixed by moving code, not by widening a rule.

use std::path::{Path, PathBuf};

use syn::visit::{self, Visit};

/// A room, its floor, and the rooms of its own floor that it may use.
struct Room(&'static str, u8, &'static [&'static str]);

const ROOMS: &[Room] = &[
    Room("kernel", 0, &[]),
    Room("engine", 0, &["kernel"]),
    Room("postgres", 0, &["kernel"]),
    Room("access", 1, &[]),
    Room("audit", 1, &[]),
    Room("queue", 1, &[]),
    Room("catalogue", 2, &["registers", "people"]),
    Room("registers", 2, &[]),
    Room("people", 2, &[]),
    Room("files", 2, &[]),
    Room("cases", 3, &[]),
    Room("notify", 4, &[]),
    Room("payments", 4, &[]),
    Room("api", 5, &[]),
    Room("jobs", 5, &[]),
    // `serve` puts the rest of the house together.
    Room("cli", 5, &["api", "jobs"]),
];

/// Lines of code in a file; its tests do not count.
const LINES_MAX: usize = 400;

/// What one file uses, each as the segments of a path; `crate` and `super` are resolved to the room they lead to.
#[derive(Debug, Default)]
struct Uses {
    rooms: Vec<String>,
    paths: Vec<Vec<String>>,
    asynchronous: bool,
    explained: bool,
    /// Lines of modules of tests within the file.
    test_lines: usize,
}

/// `module`: where the file stands, such as `["people", "store"]`.
fn uses(module: &[String], source: &str) -> Uses {
    let file = syn::parse_file(source).expect("the source compiles, so it can be read");
    let mut reader = Reader { module: module.to_vec(), uses: Uses::default() };
    reader.uses.explained = source.trim_start().starts_with("//!");
    reader.visit_file(&file);
    let mut uses = reader.uses;
    uses.test_lines = inline_tests(source);
    uses
}

/// Lines of `#[cfg(test)] mod … { … }` at the margin, to its closing brace.
fn inline_tests(source: &str) -> usize {
    let lines: Vec<&str> = source.lines().collect();
    let mut count = 0;
    for (at, pair) in lines.windows(2).enumerate() {
        if pair[0] == "#[cfg(test)]" && pair[1].starts_with("mod ") && pair[1].ends_with('{') {
            count += lines[at..].iter().position(|l| *l == "}").map_or(lines.len() - at, |end| end + 1);
        }
    }
    count
}

struct Reader {
    module: Vec<String>,
    uses: Uses,
}

impl Reader {
    fn path(&mut self, segments: Vec<String>) {
        let from_root = match segments.first().map(String::as_str) {
            Some("crate") => Some(&segments[1..]),
            Some("super" | "self") => {
                let up = segments.iter().take_while(|s| *s == "super").count();
                let own = usize::from(segments[0] == "self");
                (own == 0 && up >= self.module.len() && !self.module.is_empty()).then(|| &segments[up..])
            }
            _ => None,
        };
        if let Some(rest) = from_root {
            self.uses.rooms.push(rest.first().cloned().unwrap_or_else(|| "crate".into()));
        }
        self.uses.paths.push(segments);
    }

    fn tree(&mut self, tree: &syn::UseTree, before: &[String]) {
        let with = |name: &str| before.iter().cloned().chain([name.to_owned()]).collect::<Vec<_>>();
        match tree {
            syn::UseTree::Path(path) => self.tree(&path.tree, &with(&path.ident.to_string())),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.tree(item, before)),
            syn::UseTree::Name(name) => self.path(with(&name.ident.to_string())),
            syn::UseTree::Rename(name) => self.path(with(&name.ident.to_string())),
            syn::UseTree::Glob(_) => self.path(with("*")),
        }
    }

    /// What stands in a macro or an attribute is not parsed; its words are read one by one.
    fn tokens(&mut self, text: &str) {
        for path in paths_in(text) {
            if path == ["async"] || path == ["await"] {
                self.uses.asynchronous = true;
            }
            self.path(path);
        }
    }
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.tree(&item.tree, &[]);
    }

    fn visit_item_mod(&mut self, item: &'ast syn::ItemMod) {
        self.module.push(item.ident.to_string());
        visit::visit_item_mod(self, item);
        self.module.pop();
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.path(path.segments.iter().map(|s| s.ident.to_string()).collect());
        visit::visit_path(self, path);
    }

    /// `pub(crate)` and `pub(super)` use nothing.
    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}

    fn visit_macro(&mut self, item: &'ast syn::Macro) {
        self.tokens(&item.tokens.to_string());
        visit::visit_macro(self, item);
    }

    fn visit_meta_list(&mut self, item: &'ast syn::MetaList) {
        self.tokens(&item.tokens.to_string());
        visit::visit_meta_list(self, item);
    }

    fn visit_signature(&mut self, item: &'ast syn::Signature) {
        self.uses.asynchronous |= item.asyncness.is_some();
        visit::visit_signature(self, item);
    }

    fn visit_expr_async(&mut self, item: &'ast syn::ExprAsync) {
        self.uses.asynchronous = true;
        visit::visit_expr_async(self, item);
    }

    fn visit_expr_closure(&mut self, item: &'ast syn::ExprClosure) {
        self.uses.asynchronous |= item.asyncness.is_some();
        visit::visit_expr_closure(self, item);
    }

    fn visit_expr_await(&mut self, item: &'ast syn::ExprAwait) {
        self.uses.asynchronous = true;
        visit::visit_expr_await(self, item);
    }
}

/// The paths (`a :: b`) and lone words of a run of tokens; texts and characters are left out.
fn paths_in(text: &str) -> Vec<Vec<String>> {
    let mut found: Vec<Vec<String>> = Vec::new();
    let (mut rest, mut joined) = (text, false);
    while let Some(c) = rest.chars().next() {
        if c.is_alphabetic() || c == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            let (word, after) = rest.split_at(end);
            if after.starts_with(['"', '#']) && ["r", "b", "br", "c", "cr"].contains(&word) {
                rest = after_text(after);
                joined = false;
                continue;
            }
            match found.last_mut().filter(|_| joined) {
                Some(path) => path.push(word.to_owned()),
                None => found.push(vec![word.to_owned()]),
            }
            (rest, joined) = (after, false);
        } else if c == '"' {
            (rest, joined) = (after_text(rest), false);
        } else if let Some(after) = rest.strip_prefix("::") {
            (rest, joined) = (after, true);
        } else {
            joined &= c.is_whitespace();
            rest = &rest[c.len_utf8()..];
        }
    }
    found
}

/// What follows a text in quotes, which may be raw.
fn after_text(text: &str) -> &str {
    let hashes = text.bytes().take_while(|b| *b == b'#').count();
    let Some(inside) = text[hashes..].strip_prefix('"') else { return &text[hashes.max(1)..] };
    if hashes > 0 {
        let close = format!("\"{}", "#".repeat(hashes));
        return inside.split_once(&close).map_or("", |(_, after)| after);
    }
    let mut escaped = false;
    for (at, c) in inside.char_indices() {
        match c {
            '"' if !escaped => return &inside[at + 1..],
            '\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    ""
}

fn room(name: &str) -> Option<&'static Room> {
    ROOMS.iter().find(|r| r.0 == name)
}

/// Why a room may not use another.
fn forbidden(from: &str, to: &str) -> Option<String> {
    let Some(Room(_, floor, beside)) = room(from) else { return Some(format!("the room `{from}` has no floor")) };
    if from == to || beside.contains(&to) {
        return None;
    }
    match room(to) {
        None => Some(format!("`{from}` uses `crate::{to}`, which is no room")),
        Some(Room(_, other, _)) if other < floor => None,
        Some(Room(_, other, _)) if other == floor => Some(format!("`{from}` uses `{to}`, which is beside it")),
        Some(_) => Some(format!("`{from}` uses `{to}`, which is above it")),
    }
}

fn imports(file: &str, uses: &Uses) -> Vec<String> {
    let from = module_of(file).first().cloned().unwrap_or_default();
    // `lib.rs` and `main.rs` are no room.
    let mut rooms: Vec<&String> = uses.rooms.iter().filter(|_| !from.is_empty()).collect();
    rooms.sort();
    rooms.dedup();
    rooms.into_iter().filter_map(|to| forbidden(&from, to)).map(|why| format!("{file}: {why}")).collect()
}

/// What makes the engine depend on the moment, the machine or the database.
fn impurities(file: &str, uses: &Uses) -> Vec<String> {
    if module_of(file).first().is_none_or(|r| r != "engine") {
        return Vec::new();
    }
    let crates = ["diesel", "diesel_async", "tokio", "tokio_postgres", "actix_web", "reqwest", "rand"];
    let calls = [["Timestamp", "now"], ["Zoned", "now"], ["Instant", "now"], ["kernel", "clock"], ["kernel", "random"]];
    let mut found: Vec<String> = Vec::new();
    if uses.asynchronous {
        found.push("async".into());
    }
    for path in &uses.paths {
        if let Some(first) = path.first().filter(|s| crates.contains(&s.as_str())) {
            found.push(first.clone());
        }
        found.extend(path.iter().filter(|s| *s == "SystemTime").cloned());
        found.extend(path.windows(2).filter(|pair| calls.iter().any(|c| pair == c)).map(|pair| pair.join("::")));
    }
    found.sort();
    found.dedup();
    found.into_iter().map(|what| format!("{file}: `{what}` in the engine")).collect()
}

fn stray_sql(file: &str, uses: &Uses) -> Vec<String> {
    let module = module_of(file);
    let allowed = module.first().is_some_and(|r| ["postgres", "audit", "queue", "access"].contains(&r.as_str()))
        || module.iter().any(|m| m == "store");
    let names = ["diesel", "diesel_async", "diesel_migrations", "jiff_diesel", "tokio_postgres"];
    let uses_it = uses.paths.iter().any(|p| p.first().is_some_and(|first| names.contains(&first.as_str())));
    if uses_it && !allowed { vec![format!("{file}: diesel belongs into a `store.rs`")] } else { Vec::new() }
}

fn unexplained(file: &str, uses: &Uses) -> Vec<String> {
    // Tests say by their names what they are for.
    let tests = module_of(file).last().is_some_and(|m| m == "tests");
    if uses.explained || tests {
        return Vec::new();
    }
    vec![format!("{file}: does not begin with `//!`, what it is for")]
}

fn too_long(file: &str, source: &str, uses: &Uses) -> Vec<String> {
    let lines = source.lines().count() - uses.test_lines;
    let tests = module_of(file).iter().any(|m| m == "tests");
    if lines > LINES_MAX && !tests {
        vec![format!("{file}: {lines} lines; look for the missing room")]
    } else {
        Vec::new()
    }
}

/// `people/store/mod.rs` → people, store.
fn module_of(file: &str) -> Vec<String> {
    let path = file.strip_suffix(".rs").unwrap_or(file);
    let path = path.strip_suffix("/mod").unwrap_or(path);
    path.split('/').filter(|part| !["lib", "main"].contains(part)).map(str::to_owned).collect()
}

/// Every source of the crate, by its path below `src`.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut todo: Vec<PathBuf> = vec![root.clone()];
    while let Some(folder) = todo.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of sources") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                todo.push(path);
            } else if path.extension().is_some_and(|e| e == "rs") {
                let name = path.strip_prefix(&root).expect("below src").to_string_lossy().replace('\\', "/");
                found.push((name, std::fs::read_to_string(&path).expect("a source")));
            }
        }
    }
    assert!(found.len() > 50, "the sources were not found");
    found.sort();
    found
}

fn everywhere(rule: impl Fn(&str, &str, &Uses) -> Vec<String>) {
    let found: Vec<String> =
        sources().iter().flat_map(|(file, source)| rule(file, source, &uses(&module_of(file), source))).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn no_room_uses_one_above_or_beside_it() {
    everywhere(|file, _, uses| imports(file, uses));
}

#[test]
fn the_engine_is_pure() {
    everywhere(|file, _, uses| impurities(file, uses));
}

#[test]
fn diesel_stands_in_the_stores() {
    everywhere(|file, _, uses| stray_sql(file, uses));
}

#[test]
fn every_file_says_what_it_is_for() {
    everywhere(|file, _, uses| unexplained(file, uses));
}

#[test]
fn no_file_is_too_long() {
    everywhere(too_long);
}

fn sample(file: &str, source: &str) -> Uses {
    uses(&module_of(file), source)
}

#[test]
fn an_import_that_goes_up_or_sideways_is_found() {
    for (file, source) in [
        ("audit/store.rs", "use crate::cases::Case;"),
        ("audit/store.rs", "use crate::{kernel::Error, queue::Job};"),
        ("audit/store.rs", "fn f() { crate::access::permit(); }"),
        ("audit/store.rs", "fn f() -> crate::queue::Job { g() }"),
        ("audit/store.rs", "use super::super::queue;"),
        ("audit/mod.rs", "use super::queue;"),
        ("audit/store.rs", "mod tests { use super::super::super::queue::Job; }"),
        ("audit/store.rs", "fn f() { assert!(crate::queue::depth() > 0); }"),
        ("engine/x.rs", "use crate::postgres::Tx;"),
        ("kernel/x.rs", "use crate::engine::feel;"),
        ("notify/mod.rs", "use crate::payments;"),
        ("registers/mod.rs", "use crate::people;"),
        ("jobs/mod.rs", "use crate::api;"),
        ("attic/mod.rs", "use crate::kernel;"),
        ("people/mod.rs", "use crate::*;"),
    ] {
        assert!(!imports(file, &sample(file, source)).is_empty(), "{file}: {source}");
    }
    for (file, source) in [
        ("audit/store.rs", "use crate::{kernel::Error, postgres::Tx, engine::feel};"),
        ("catalogue/mod.rs", "use crate::registers::load_initial; use crate::people;"),
        ("notify/mod.rs", "use crate::{cases, queue};"),
        ("audit/store.rs", "mod tests { use super::super::entry; use super::f; use self::g; }"),
        ("audit/store.rs", "fn f() { println!(\"crate::queue::depth\"); }"),
        ("audit/store.rs", "pub(crate) fn f() {} pub(super) struct S;"),
        ("main.rs", "use crate::cases;"),
    ] {
        assert_eq!(imports(file, &sample(file, source)), Vec::<String>::new(), "{source}");
    }
}

#[test]
fn a_clock_or_an_await_in_the_engine_is_found() {
    for source in [
        "async fn f() {}",
        "fn f() { let g = async || 1; }",
        "fn f() { h(async { 1 }); }",
        "fn f() { select!(async { 1 }); }",
        "use diesel::prelude::*;",
        "use tokio::time;",
        "fn f() { jiff::Timestamp::now(); }",
        "use std::time::SystemTime;",
        "fn f() { std::time::Instant::now(); }",
        "fn f() { println!(\"{}\", Timestamp::now()); }",
        "use crate::kernel::clock::machine_now;",
        "fn f() -> u8 { rand::random() }",
    ] {
        assert!(!impurities("engine/x.rs", &sample("engine/x.rs", source)).is_empty(), "{source}");
        assert!(impurities("files/x.rs", &sample("files/x.rs", source)).is_empty(), "{source}");
    }
    let innocent =
        "/// Nothing async here, Timestamp::now is not called.\nfn f() { println!(\"async tokio::spawn\"); }";
    assert!(impurities("engine/x.rs", &sample("engine/x.rs", innocent)).is_empty());
}

#[test]
fn diesel_outside_a_store_is_found() {
    for source in [
        "use diesel::QueryableByName;",
        "#[derive(diesel::QueryableByName)] struct Row { #[diesel(sql_type = Text)] a: String }",
        "fn f() { jiff_diesel::Timestamp::from(t); }",
    ] {
        assert!(!stray_sql("people/names.rs", &sample("people/names.rs", source)).is_empty(), "{source}");
        for file in ["people/store.rs", "people/store/demo.rs", "audit/entry.rs", "postgres/pool.rs"] {
            assert!(stray_sql(file, &sample(file, source)).is_empty(), "{file}: {source}");
        }
    }
}

#[test]
fn a_file_that_says_nothing_or_too_much_is_found() {
    assert!(!unexplained("people/x.rs", &sample("people/x.rs", "// A note.\nfn f() {}")).is_empty());
    assert!(unexplained("people/x.rs", &sample("people/x.rs", "//! What it is for.\nfn f() {}")).is_empty());
    let long = "fn f() {}\n".repeat(LINES_MAX + 1);
    assert!(!too_long("people/x.rs", &long, &sample("people/x.rs", &long)).is_empty());
    assert!(too_long("people/tests.rs", &long, &sample("people/tests.rs", &long)).is_empty());
    let tested = format!("fn f() {{}}\n#[cfg(test)]\nmod tests {{\n{}}}\n", "    fn f() {}\n".repeat(LINES_MAX));
    assert!(too_long("people/x.rs", &tested, &sample("people/x.rs", &tested)).is_empty());
}

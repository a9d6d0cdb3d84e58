//! Decision tables: what editors write is read, each hit policy does what DMN says, gaps and overlaps are found, and what
//! a case was decided upon is kept.

use guichet::engine::check::check;
use guichet::engine::definition::{Country, Finding, compile};
use guichet::engine::dmn::{Found, Table, flaws, read};
use guichet::engine::feel::{Names, Type, Value};
use serde_json::{Value as Json, json};

use super::bench::{bench_files, does, kit};
use super::laws;
use super::play::World;
use super::scene::Kit;

/// As an editor writes it: a prefix, an entity, CDATA, a cell without a text, and a drawing after the table.
const EDITED: &str = r##"<?xml version="1.0" encoding="UTF-8"?>
<dmn:definitions xmlns:dmn="https://www.omg.org/spec/DMN/20230324/MODEL/" xmlns:dmndi="https://www.omg.org/spec/DMN/20230324/DMNDI/"
    id="d" name="Risk" namespace="http://example.org">
  <dmn:decision id="risk" name="Risk">
    <dmn:description>Not a rule: &lt;text&gt;</dmn:description>
    <dmn:decisionTable id="t" hitPolicy="UNIQUE">
      <dmn:input id="i1" label="Size">
        <dmn:inputExpression id="e1" typeRef="number"><dmn:text>form.size</dmn:text></dmn:inputExpression>
      </dmn:input>
      <dmn:input id="i2" label="">
        <dmn:inputExpression id="e2" typeRef="boolean"><dmn:text>form.urgent</dmn:text></dmn:inputExpression>
      </dmn:input>
      <dmn:output id="o1" label="How" name="channel" typeRef="string" />
      <dmn:output id="o2" name="days" typeRef="number" />
      <dmn:rule id="r1">
        <dmn:description>Small</dmn:description>
        <dmn:inputEntry id="u1"><dmn:text>&lt; 10</dmn:text></dmn:inputEntry>
        <dmn:inputEntry id="u2"><dmn:text></dmn:text></dmn:inputEntry>
        <dmn:outputEntry id="v1"><dmn:text>"green"</dmn:text></dmn:outputEntry>
        <dmn:outputEntry id="v2"><dmn:text><![CDATA[2 * 1]]></dmn:text></dmn:outputEntry>
      </dmn:rule>
      <dmn:rule id="r2">
        <dmn:inputEntry id="u3"><dmn:text>&gt;= 10</dmn:text></dmn:inputEntry>
        <dmn:inputEntry id="u4"><dmn:text>true</dmn:text></dmn:inputEntry>
        <dmn:outputEntry id="v3"><dmn:text>"red"</dmn:text></dmn:outputEntry>
        <dmn:outputEntry id="v4"><dmn:text>form.size</dmn:text></dmn:outputEntry>
      </dmn:rule>
      <dmn:rule id="r3">
        <dmn:inputEntry id="u5"><dmn:text>&#62;= 10</dmn:text></dmn:inputEntry>
        <dmn:inputEntry id="u6"><dmn:text>false</dmn:text></dmn:inputEntry>
        <dmn:outputEntry id="v5"><dmn:text>"yellow"</dmn:text></dmn:outputEntry>
        <dmn:outputEntry id="v6"/>
      </dmn:rule>
    </dmn:decisionTable>
  </dmn:decision>
  <dmndi:DMNDI><dmndi:DMNDiagram><dmndi:text>drawn</dmndi:text></dmndi:DMNDiagram></dmndi:DMNDI>
</dmn:definitions>"##;

fn names() -> Names {
    let form =
        Type::closed([("size", Type::Number), ("urgent", Type::Bool), ("kind", Type::Text), ("day", Type::Date)]);
    Names::new().with("form", form)
}

fn compiled(xml: &str) -> Table {
    let sheet = read(xml).expect("it is read");
    Table::compile(&sheet, &names()).unwrap_or_else(|faults| panic!("{faults:?}"))
}

/// A table of one input, `form.size`, and one output `out`. Each row: a test and what it says.
fn table(hit: &str, column: &str, rows: &[(&str, &str)]) -> String {
    let cell = |name: &str, text: &str| format!("<{name}><text><![CDATA[{text}]]></text></{name}>");
    let rows: String = rows
        .iter()
        .map(|(test, says)| format!("<rule>{}{}</rule>\n", cell("inputEntry", test), cell("outputEntry", says)))
        .collect();
    format!(
        "<definitions><decision><decisionTable {hit}>\n<input label=\"size\">{}</input>\n\
         <output name=\"out\" typeRef=\"number\">{column}</output>\n{rows}</decisionTable></decision></definitions>",
        cell("inputExpression", "form.size")
    )
}

fn run(xml: &str, form: Json) -> Found {
    compiled(xml).evaluate(&json!({"form": form})).expect("within its budget")
}

/// What the output is, and which rows counted.
fn out(hit: &str, column: &str, rows: &[(&str, &str)], size: i64) -> (Json, Vec<usize>) {
    let found = run(&table(hit, column, rows), json!({"size": size}));
    (found.outputs[0].1.to_json(), found.rows)
}

#[test]
fn what_an_editor_writes_is_read() {
    let edited = EDITED
        .replace("<dmn:outputEntry id=\"v6\"/>", "<dmn:outputEntry id=\"v6\"><dmn:text>9</dmn:text></dmn:outputEntry>");
    let found = run(&edited, json!({"size": 12, "urgent": true}));
    assert_eq!(found.rows, [2]);
    assert_eq!(
        found.outputs,
        [("channel".into(), Value::Text("red".into())), ("days".into(), Value::Number(12.into()))]
    );
    let labels: Vec<&str> = found.inputs.iter().map(|(label, _)| label.as_str()).collect();
    assert_eq!(labels, ["Size", "form.urgent"], "an input without a label is known by what it reads");
    assert_eq!(run(&edited, json!({"size": 3, "urgent": false})).outputs[1].1, Value::Number(2.into()));
    assert_eq!(flaws(&compiled(&edited)), Some(vec![]));
}

#[test]
fn every_hit_policy_does_what_it_says() {
    let rows = [("< 10", "3"), ("< 20", "1"), ("[5..30]", "2")];
    let listed = "<outputValues><text>2, 1, 3</text></outputValues>";
    let with = |hit: &str| out(&format!("hitPolicy=\"{hit}\""), listed, &rows, 7);
    assert_eq!(with("UNIQUE"), (json!(null), vec![1, 2, 3]), "two rows of a unique table say nothing");
    assert_eq!(out("", "", &rows, 25), (json!(2), vec![3]), "unique is what is meant where nothing is said");
    assert_eq!(with("FIRST"), (json!(3), vec![1]));
    assert_eq!(with("PRIORITY"), (json!(2), vec![3]));
    assert_eq!(with("RULE ORDER"), (json!([3, 1, 2]), vec![1, 2, 3]));
    assert_eq!(with("OUTPUT ORDER"), (json!([2, 1, 3]), vec![3, 2, 1]));
    assert_eq!(with("COLLECT"), (json!([3, 1, 2]), vec![1, 2, 3]));
    let sum = |how: &str, size| out(&format!("hitPolicy=\"COLLECT\" aggregation=\"{how}\""), "", &rows, size);
    assert_eq!(sum("SUM", 7).0, json!(6));
    assert_eq!(sum("MIN", 7).0, json!(1));
    assert_eq!(sum("MAX", 7).0, json!(3));
    assert_eq!(sum("COUNT", 7).0, json!(3));
    assert_eq!(with("ANY").0, json!(null), "rows that contradict each other say nothing");
    let agreeing = [("< 10", "3"), ("< 20", "3")];
    assert_eq!(out("hitPolicy=\"ANY\"", "", &agreeing, 7), (json!(3), vec![1, 2]));
}

#[test]
fn where_no_row_fits_the_default_counts() {
    let rows = [("< 10", "3")];
    assert_eq!(out("", "", &rows, 50), (json!(null), vec![]));
    assert_eq!(out("", "<defaultOutputEntry><text>8</text></defaultOutputEntry>", &rows, 50), (json!(8), vec![]));
    assert_eq!(out("hitPolicy=\"COLLECT\"", "", &rows, 50).0, json!([]));
    assert_eq!(out("hitPolicy=\"COLLECT\" aggregation=\"COUNT\"", "", &rows, 50).0, json!(0));
}

fn faults(xml: &str) -> Vec<(usize, String)> {
    match read(xml) {
        Err(fault) => vec![fault],
        Ok(sheet) => Table::compile(&sheet, &names()).err().unwrap_or_default(),
    }
}

#[test]
fn what_is_wrong_has_a_line_and_a_sentence() {
    let wrong = |xml: &str, line: usize, words: &str| {
        let found = faults(xml);
        assert!(
            found.iter().any(|(at, s)| *at == line && s.contains(words)),
            "wanted {line}: {words}\nfound {found:?}"
        );
    };
    let rows = [("< 10", "3"), (">= 10", "4")];
    wrong("<definitions/>", 1, "no decision table");
    wrong("<definitions><decision>", 1, "no XML");
    wrong("<!DOCTYPE x [<!ENTITY a \"b\">]><definitions/>", 1, "document type");
    wrong("<definitions><text>&a;</text></definitions>", 1, "`&a;` is not known");
    wrong("<definitions><decision><literalExpression/></decision></definitions>", 1, "a decision is a table");
    wrong(&table("hitPolicy=\"BEST\"", "", &rows), 1, "`BEST` is not known");
    wrong(&table("hitPolicy=\"COLLECT\" aggregation=\"MEAN\"", "", &rows), 1, "`COLLECT MEAN` is not known");
    wrong(&table("hitPolicy=\"PRIORITY\"", "", &rows), 3, "in the order of their priority");
    wrong(&table("", "", &[]), 1, "a row at least");
    wrong(&table("", "", &[("< 10", "3"), (">= ten", "4")]), 5, "ten");
    wrong(&table("", "", &[("< 10", "3"), (">= 10", "form.colour")]), 5, "colour");
    wrong(&table("", "", &[("< 10", "3"), (">= 10", "\"four\"")]), 5, "is to give");
    wrong(&table("", "", &[("\"a\"", "3")]), 4, "cannot be compared");
    wrong(&table("", "", &rows).replacen("<rule>", "<rule><inputEntry/>", 1), 4, "a cell for every input");
    wrong(&table("", "", &rows).replace("form.size", "form.height"), 2, "height");
    wrong(
        &table("", "", &rows).replace("</decisionTable>", "</decisionTable><decisionTable/>"),
        6,
        "second decision table",
    );
    let wide: Vec<(&str, &str)> = vec![("1", "1"); 900];
    let cells = "<inputEntry><text>1</text></inputEntry>".repeat(6);
    let input = "<input><inputExpression><text>form.size</text></inputExpression></input>".repeat(5);
    let xml = table("", "", &wide).replace("</input>", &format!("</input>{input}"));
    let first =
        xml.find("<inputEntry>").and_then(|at| Some(xml[at..at + xml[at..].find("</inputEntry>")? + 13].to_owned()));
    wrong(&xml.replace(&first.expect("a cell"), &cells), 1, "5000 cells at most");
    let deep = format!("{}{}", "<a>".repeat(40), "</a>".repeat(40));
    wrong(&deep, 1, "too deeply");
    let many: Vec<(&str, &str)> = vec![("1", "1"); 1_001];
    assert!(faults(&table("", "", &many)).iter().any(|(_, s)| s.contains("1000 rows at most")));
}

fn told(hit: &str, column: &str, rows: &[(&str, &str)]) -> Vec<String> {
    let found = flaws(&compiled(&table(hit, column, rows))).expect("its cells are constants");
    found.into_iter().map(|flaw| flaw.sentence).collect()
}

#[test]
fn gaps_overlaps_and_rows_without_use_are_found() {
    assert_eq!(told("", "", &[("< 10", "1"), (">= 10", "2")]), Vec::<String>::new());
    assert_eq!(told("", "", &[("< 10", "1"), ("> 10", "2")]), ["no row fits where size = 10"]);
    assert_eq!(told("", "", &[("<= 10", "1"), (">= 10", "2")]), ["rows 1 and 2 both fit where size = 10"]);
    assert_eq!(told("", "", &[("[1..5]", "1"), ("not([1..5])", "2")]), Vec::<String>::new());
    assert_eq!(told("hitPolicy=\"ANY\"", "", &[("<= 10", "1"), (">= 10", "1")]), Vec::<String>::new());
    assert_eq!(told("hitPolicy=\"ANY\"", "", &[("<= 10", "1"), (">= 10", "2")]).len(), 1);
    assert_eq!(told("hitPolicy=\"FIRST\"", "", &[("< 10", "1"), ("-", "2")]), Vec::<String>::new());
    assert_eq!(told("hitPolicy=\"FIRST\"", "", &[("< 10", "1"), ("< 5", "3"), ("-", "2")]), ["row 2 is never taken"]);
    assert_eq!(told("hitPolicy=\"COLLECT\"", "", &[("< 10", "1"), ("< 5", "3")]), Vec::<String>::new());
    let default = "<defaultOutputEntry><text>8</text></defaultOutputEntry>";
    assert_eq!(told("", default, &[("< 10", "1")]), Vec::<String>::new());
    // What may come is known: nothing outside of it is a gap.
    let allowed = table("", "", &[("< 10", "1"), ("10", "2")])
        .replace("</input>", "<inputValues><text>[0..10]</text></inputValues></input>");
    assert_eq!(flaws(&compiled(&allowed)), Some(vec![]));
    // What cannot be told beforehand is not told.
    assert_eq!(flaws(&compiled(&table("", "", &[("< form.size", "1")]))), None);
}

#[test]
fn texts_days_and_truths_are_split_as_well() {
    let of = |input: &str, rows: &[(&str, &str)]| {
        let table = compiled(&table("", "", rows).replace("form.size", input));
        flaws(&table).expect("constants").into_iter().map(|flaw| flaw.sentence).collect::<Vec<_>>()
    };
    assert_eq!(of("form.kind", &[("\"sale\"", "1"), ("\"gift\"", "2")]), ["no row fits where size = (any other)"]);
    assert_eq!(of("form.kind", &[("\"sale\", \"gift\"", "1"), ("not(\"sale\", \"gift\")", "2")]), Vec::<String>::new());
    assert_eq!(of("form.urgent", &[("true", "1")]), ["no row fits where size = false"]);
    let day = "date(\"2026-07-01\")";
    assert_eq!(
        of("form.day", &[(&format!("< {day}"), "1"), (&format!("> {day}"), "2")]),
        ["no row fits where size = 2026-07-01"]
    );
}

#[test]
fn a_table_too_large_to_look_at_is_said_to_be() {
    let rows: String = (0..60)
        .map(|n| {
            let cell = format!("<inputEntry><text>{n}</text></inputEntry>");
            format!("<rule>{}<outputEntry><text>{n}</text></outputEntry></rule>", cell.repeat(4))
        })
        .collect();
    let input = "<input><inputExpression><text>form.size</text></inputExpression></input>";
    let xml = format!("<d><decisionTable>{}<output name=\"out\"/>{rows}</decisionTable></d>", input.repeat(4));
    let found = flaws(&compiled(&xml)).expect("constants");
    assert!(found.len() == 1 && found[0].sentence.contains("more than 100000 cells"), "{found:?}");
}

const STORY: &str = "
start: {by: [person], first: weigh, needs: [form]}
time_limit: {within: 20 working days}
steps:
  weigh: {decide: {table: decisions/risk.dmn}, next: [{when: 'steps.weigh.out > 1', go: order}, {go: granted, decision: favourable}]}
  order: {task: {role: chief}, outcomes: {approve: {go: granted, decision: favourable}, again: weigh}}
";

fn files(xml: &str) -> guichet::engine::definition::Files {
    let mut files = bench_files(STORY);
    files.insert("bench/decisions/risk.dmn".into(), xml.to_owned());
    files
}

fn sizes() -> String {
    table("", "", &[("< 10", "1"), (">= 10", "2")])
}

#[test]
fn a_step_decides_and_keeps_what_it_was_decided_upon() {
    let files = files(&sizes());
    let country = Country::read(&files).expect("a country");
    let def = compile("bench", &files, &country).unwrap_or_else(|f| panic!("{f:?}"));
    let mut scenes = kit(super::decider::ORDER).scenes;
    scenes[0].forms = vec![json!({"size": 12})];
    let kit = Kit { def, scenes };
    let mut world = World::new(&kit, 0);
    world.submit().expect("submitted");
    let kept = json!({"out": 2, "rows": [2], "inputs": {"size": 12}, "table": "decisions/risk.dmn", "version": "1"});
    assert_eq!(world.case.data.steps["weigh"], kept);
    assert_eq!(world.case.flow.tokens.values().map(|t| t.step.as_str()).collect::<Vec<_>>(), ["order"]);
    does(&mut world, "order", "again", 1).expect("weighed again");
    assert_eq!((world.case.flow.results["weigh"].rounds, world.case.data.history["weigh"].len()), (2, 1));
    does(&mut world, "order", "approve", 1).expect("approved");
    laws::all(&world).expect("the invariants hold");
}

fn findings(xml: &str, story: (&str, &str)) -> Vec<Finding> {
    let mut files = files(xml);
    let service = files.get_mut("bench/service.yaml").expect("the service");
    assert!(service.contains(story.0));
    *service = service.replace(story.0, story.1);
    let country = Country::read(&files).expect("a country");
    let found = check("bench", &files, &country).err().unwrap_or_default();
    // The bench's other ends, and its texts, are not what is looked at.
    found.into_iter().filter(|f| !f.file.ends_with(".ftl") && !f.sentence.contains("leads to the end")).collect()
}

#[test]
fn the_checker_looks_into_tables() {
    let found = |xml: &str, story: (&str, &str), file: &str, line: usize, words: &str| {
        let all = findings(xml, story);
        let weigh =
            files(xml)["bench/service.yaml"].lines().position(|l| l.starts_with("  weigh:")).unwrap_or_default() + 1;
        let line = if file == "service.yaml" { weigh } else { line };
        let right = |f: &&Finding| f.file == format!("bench/{file}") && f.line == line && f.sentence.contains(words);
        assert!(all.iter().any(|f| right(&f)), "wanted {file}:{line}: {words}\nfound {all:#?}");
    };
    let same = ("weigh:", "weigh:");
    let file = "decisions/risk.dmn";
    assert_eq!(findings(&sizes(), same), []);
    found(&table("", "", &[("< 10", "1"), ("> 10", "2")]), same, file, 1, "no row fits where size = 10");
    found(&table("", "", &[("< 10", "1"), (">= 5", "2")]), same, file, 5, "rows 1 and 2 both fit");
    found(&table("", "", &[("< 10", "1"), (">= 10", "two")]), same, file, 5, "two");
    found("<d>", same, file, 1, "no XML");
    found(&sizes().replace("name=\"out\"", "name=\"Out\""), ("steps.weigh.out > 1", "true"), file, 1, "is no id");
    found(
        &sizes().replace("name=\"out\"", "name=\"rows\""),
        ("steps.weigh.out > 1", "true"),
        "service.yaml",
        0,
        "is taken",
    );
    found(&sizes(), ("decisions/risk.dmn", "decisions/luck.dmn"), "service.yaml", 0, "no table `decisions/luck.dmn`");
    found(
        &sizes(),
        ("{decide: {table: decisions/risk.dmn}, next: [{when: 'steps.weigh.out > 1', go: order},", "{next: ["),
        file,
        1,
        "no step decides by",
    );
    found(
        &sizes(),
        ("{decide: {table: decisions/risk.dmn},", "{decide: {table: decisions/risk.dmn}, within: 2 days,"),
        "service.yaml",
        0,
        "waits for nobody",
    );
}

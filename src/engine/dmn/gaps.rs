//! Whether a table has gaps or overlaps: each input is split at the values that it is compared with, and each combination
//! of what lies at and between them is looked at.

use jiff::ToSpan;
use rust_decimal::Decimal;
use serde_json::Value as Json;

use super::{Hit, Input, Table};
use crate::engine::feel::{Type, Value};

/// Combinations that are looked at.
const CELLS_MAX: usize = 100_000;
/// Of each kind, what is told.
const TOLD_MAX: usize = 5;
/// A text that no table names.
const OTHER: &str = "(any other)";

/// What is wrong with a table as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    pub line: usize,
    pub sentence: String,
}

/// Where a table breaks its own hit policy. None where its cells cannot be told beforehand: one compares with something
/// that is not written in it.
#[must_use]
pub fn flaws(table: &Table) -> Option<Vec<Flaw>> {
    let domains: Vec<Vec<Value>> =
        (0..table.inputs.len()).map(|column| domain(table, column)).collect::<Option<Vec<_>>>()?;
    let cells = domains.iter().try_fold(1_usize, |cells, domain| cells.checked_mul(domain.len()));
    if cells.is_none_or(|cells| cells > CELLS_MAX) {
        let sentence = format!("the table has more than {CELLS_MAX} cells to look at: make two tables of it");
        return Some(vec![Flaw { line: table.line, sentence }]);
    }
    // Of each input and value, the rows that it fits.
    let fits: Vec<Vec<Vec<bool>>> = domains
        .iter()
        .enumerate()
        .map(|(column, domain)| domain.iter().map(|value| fitting(table, column, value)).collect())
        .collect();
    let mut seen =
        Seen { table, domains: &domains, gaps: Vec::new(), overlaps: Vec::new(), hit: vec![false; table.rows.len()] };
    let mut place = vec![0; domains.len()];
    loop {
        let fit = |row: &usize| place.iter().enumerate().all(|(column, at)| fits[column][*at][*row]);
        seen.cell(&place, &(0..table.rows.len()).filter(fit).collect::<Vec<_>>());
        // The next combination.
        let Some(column) = (0..place.len()).rev().find(|column| place[*column] + 1 < domains[*column].len()) else {
            break;
        };
        place[column] += 1;
        place[column + 1..].fill(0);
    }
    Some(seen.flaws())
}

fn fitting(table: &Table, column: usize, value: &Value) -> Vec<bool> {
    table.rows.iter().map(|row| row.tests[column].matches(value, &Json::Null).unwrap_or(false)).collect()
}

struct Seen<'a> {
    table: &'a Table,
    domains: &'a [Vec<Value>],
    gaps: Vec<String>,
    /// Two rows, and where they meet.
    overlaps: Vec<(usize, usize, String)>,
    /// Rows that decide somewhere.
    hit: Vec<bool>,
}

impl Seen<'_> {
    fn cell(&mut self, place: &[usize], rows: &[usize]) {
        let hit = self.table.hit;
        match (rows, hit) {
            ([], hit) if !hit.is_list() && !hit.aggregates() => {
                let answered = self.table.outputs.iter().all(|output| output.otherwise.is_some());
                if !answered && self.gaps.len() < TOLD_MAX {
                    self.gaps.push(self.words(place));
                }
            }
            ([first, ..], Hit::First) => self.hit[*first] = true,
            (rows, _) => rows.iter().for_each(|row| self.hit[*row] = true),
        }
        let [first, rest @ ..] = rows else { return };
        for second in rest {
            let differ = hit == Hit::Unique || (hit == Hit::Any && !self.say_the_same(*first, *second));
            let known = self.overlaps.iter().any(|(a, b, _)| (a, b) == (first, second));
            if differ && !known && self.overlaps.len() < TOLD_MAX {
                let words = self.words(place);
                self.overlaps.push((*first, *second, words));
            }
        }
    }

    fn say_the_same(&self, a: usize, b: usize) -> bool {
        let pairs = self.table.rows[a].outputs.iter().zip(&self.table.rows[b].outputs);
        pairs.into_iter().all(|(a, b)| a.source().trim() == b.source().trim())
    }

    fn words(&self, place: &[usize]) -> String {
        let named = self.table.inputs.iter().zip(place).zip(self.domains);
        let words = named.map(|((input, at), domain)| format!("{} = {}", input.label, domain[*at].to_text()));
        words.collect::<Vec<_>>().join(", ")
    }

    fn flaws(self) -> Vec<Flaw> {
        let Self { table, gaps, overlaps, hit, .. } = self;
        let mut flaws: Vec<Flaw> = gaps
            .into_iter()
            .map(|words| Flaw { line: table.line, sentence: format!("no row fits where {words}") })
            .collect();
        flaws.extend(overlaps.into_iter().map(|(a, b, words)| Flaw {
            line: table.rows[b].line,
            sentence: format!("rows {} and {} both fit where {words}", a + 1, b + 1),
        }));
        let never = hit.iter().enumerate().filter(|(_, hit)| !**hit).take(TOLD_MAX);
        flaws.extend(
            never.map(|(row, _)| Flaw {
                line: table.rows[row].line,
                sentence: format!("row {} is never taken", row + 1),
            }),
        );
        flaws
    }
}

/// Values that stand for all that an input can be: those that it is compared with, and one of each kind between them.
fn domain(table: &Table, column: usize) -> Option<Vec<Value>> {
    let input = &table.inputs[column];
    let mut named: Vec<Value> = Vec::new();
    for row in &table.rows {
        named.extend(row.tests[column].literals()?);
    }
    let allowed = input.allowed.as_ref().map(crate::engine::feel::UnaryTests::literals);
    if let Some(allowed) = allowed {
        named.extend(allowed?);
    }
    let all = match kind(input, &named)? {
        Type::Bool => vec![Value::Bool(true), Value::Bool(false)],
        Type::Number => numbers(&named),
        Type::Date => dates(&named)?,
        _ => texts(named),
    };
    let may = |value: &Value| match &input.allowed {
        Some(allowed) => allowed.matches(value, &Json::Null).unwrap_or(false),
        None => true,
    };
    let kept: Vec<Value> = all.into_iter().filter(may).collect();
    // Where the allowed values are open, so is everything.
    (!kept.is_empty()).then_some(kept)
}

/// What the input is compared as: its type, or that of the values where it may be anything.
fn kind(input: &Input, named: &[Value]) -> Option<Type> {
    let of = |value: &Value| match value {
        Value::Bool(_) => Some(Type::Bool),
        Value::Number(_) => Some(Type::Number),
        Value::Date(_) => Some(Type::Date),
        Value::Text(_) => Some(Type::Text),
        _ => None,
    };
    let mut kinds = named.iter().map(of);
    let first = kinds.next().unwrap_or_else(|| match input.expression.result() {
        known @ (Type::Bool | Type::Number | Type::Date) => Some(known.clone()),
        _ => Some(Type::Text),
    })?;
    kinds.all(|other| other.as_ref() == Some(&first)).then_some(first)
}

fn numbers(named: &[Value]) -> Vec<Value> {
    let mut marks: Vec<Decimal> =
        named.iter().filter_map(|v| if let Value::Number(n) = v { Some(*n) } else { None }).collect();
    marks.sort_unstable();
    marks.dedup();
    let (Some(least), Some(most)) = (marks.first(), marks.last()) else { return vec![Value::Number(Decimal::ZERO)] };
    let mut all = vec![least.saturating_sub(Decimal::ONE), most.saturating_add(Decimal::ONE)];
    all.extend(marks.windows(2).map(|pair| pair[0] / Decimal::TWO + pair[1] / Decimal::TWO));
    all.extend(marks);
    all.sort_unstable();
    all.into_iter().map(Value::Number).collect()
}

fn dates(named: &[Value]) -> Option<Vec<Value>> {
    let marks = named.iter().map(|v| if let Value::Date(day) = v { Some(*day) } else { None });
    let marks = marks.collect::<Option<Vec<_>>>()?;
    let mut all = Vec::new();
    for day in marks {
        all.extend([day.checked_sub(1.day()).ok(), Some(day), day.checked_add(1.day()).ok()].into_iter().flatten());
    }
    all.sort_unstable();
    all.dedup();
    if all.is_empty() {
        all.push(jiff::civil::date(2026, 1, 1));
    }
    Some(all.into_iter().map(Value::Date).collect())
}

fn texts(named: Vec<Value>) -> Vec<Value> {
    let mut all: Vec<Value> = Vec::new();
    for value in named.into_iter().chain([Value::Text(OTHER.to_owned())]) {
        if !all.contains(&value) {
            all.push(value);
        }
    }
    all
}

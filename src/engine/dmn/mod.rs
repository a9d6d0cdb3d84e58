//! Decision tables in the XML of DMN, with cells in FEEL. Promises: what is read can be run; a run is bounded by the budget
//! of each cell; and every result says which inputs it read and which rows fitted. Which files there are, and when a case
//! comes to a table, is not known here.

mod gaps;
mod read;

use std::cmp::Ordering;

pub use gaps::{Flaw, flaws};
pub use read::{Cell, Sheet, read};

use super::feel::{Exhausted, Expression, Names, Scope, Type, UnaryTests, Value};
use read::Column;

/// Which rows count where several fit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hit {
    /// One fits at most.
    Unique,
    /// Several may fit that say the same.
    Any,
    First,
    /// The one whose outputs stand first among the values that are listed.
    Priority,
    /// All, in the order of the rows.
    RuleOrder,
    /// All, in the order of the values that are listed.
    OutputOrder,
    /// All.
    Collect,
    Sum,
    Min,
    Max,
    Count,
}

impl Hit {
    fn read(hit: Option<&str>, aggregation: Option<&str>) -> Option<Self> {
        let hit = match hit.unwrap_or("UNIQUE") {
            "UNIQUE" | "U" => Self::Unique,
            "ANY" | "A" => Self::Any,
            "FIRST" | "F" => Self::First,
            "PRIORITY" | "P" => Self::Priority,
            "RULE ORDER" | "R" => Self::RuleOrder,
            "OUTPUT ORDER" | "O" => Self::OutputOrder,
            "COLLECT" | "C" => match aggregation {
                None | Some("LIST") => Self::Collect,
                Some("SUM") => Self::Sum,
                Some("MIN") => Self::Min,
                Some("MAX") => Self::Max,
                Some("COUNT") => Self::Count,
                Some(_) => return None,
            },
            _ => return None,
        };
        Some(hit)
    }

    /// Whether an output is a list: of what each row says that fits.
    #[must_use]
    pub fn is_list(self) -> bool {
        matches!(self, Self::RuleOrder | Self::OutputOrder | Self::Collect)
    }

    fn aggregates(self) -> bool {
        matches!(self, Self::Sum | Self::Min | Self::Max | Self::Count)
    }
}

#[derive(Debug)]
struct Input {
    label: String,
    expression: Expression,
    /// What may come, where the table says so.
    allowed: Option<UnaryTests>,
}

#[derive(Debug)]
struct Output {
    name: String,
    /// In the order of their priority.
    values: Vec<Value>,
    /// Where no row fits.
    otherwise: Option<Expression>,
}

#[derive(Debug)]
struct Row {
    line: usize,
    tests: Vec<UnaryTests>,
    outputs: Vec<Expression>,
}

/// A table that can be run.
#[derive(Debug)]
pub struct Table {
    line: usize,
    hit: Hit,
    inputs: Vec<Input>,
    outputs: Vec<Output>,
    rows: Vec<Row>,
}

/// What a table came to.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Label of each input, and what it read.
    pub inputs: Vec<(String, Value)>,
    /// Rows that fit and count, from 1.
    pub rows: Vec<usize>,
    pub outputs: Vec<(String, Value)>,
}

/// The names and types of what a table gives, as it declares them.
#[must_use]
pub fn outputs(sheet: &Sheet) -> Vec<(String, Type)> {
    let hit = Hit::read(sheet.hit.as_deref(), sheet.aggregation.as_deref());
    let of = |column: &Column| match hit {
        Some(Hit::Count | Hit::Sum) => Type::Number,
        Some(hit) if hit.is_list() => Type::list(declared(column)),
        _ => declared(column),
    };
    sheet.outputs.iter().map(|column| (column.name.clone(), of(column))).collect()
}

fn declared(column: &Column) -> Type {
    let of = column.of.as_deref().unwrap_or_default();
    match of.rsplit(':').next().unwrap_or_default() {
        "string" => Type::Text,
        "number" | "integer" | "long" | "double" => Type::Number,
        "boolean" => Type::Bool,
        "date" => Type::Date,
        "dateTime" | "date and time" => Type::Instant,
        _ => Type::Any,
    }
}

impl Table {
    /// Checks every cell over the names in scope.
    ///
    /// # Errors
    /// Each fault with its line.
    pub fn compile(sheet: &Sheet, names: &Names) -> Result<Self, Vec<(usize, String)>> {
        let mut faults = Vec::new();
        let hit = Hit::read(sheet.hit.as_deref(), sheet.aggregation.as_deref());
        let policy =
            || [sheet.hit.clone(), sheet.aggregation.clone()].into_iter().flatten().collect::<Vec<_>>().join(" ");
        if hit.is_none() {
            faults.push((sheet.line, format!("the hit policy `{}` is not known", policy())));
        }
        let hit = hit.unwrap_or(Hit::Unique);
        shape(sheet, hit, &mut faults);
        let inputs: Vec<Input> = sheet.inputs.iter().filter_map(|column| input(column, names, &mut faults)).collect();
        let outputs: Vec<Output> =
            sheet.outputs.iter().filter_map(|column| output(column, hit, names, &mut faults)).collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let mut rows = Vec::new();
        for row in &sheet.rows {
            let tests = row.tests.iter().zip(&inputs);
            let tests =
                tests.filter_map(|(cell, input)| self::tests(cell, names, input.expression.result(), &mut faults));
            let tests = tests.collect();
            let said = row.outputs.iter().zip(&sheet.outputs);
            let outputs =
                said.filter_map(|(cell, column)| expression(cell, names, &declared(column), "the output", &mut faults));
            let outputs = outputs.collect();
            rows.push(Row { line: row.line, tests, outputs });
        }
        if faults.is_empty() { Ok(Self { line: sheet.line, hit, inputs, outputs, rows }) } else { Err(faults) }
    }

    /// Runs the table.
    ///
    /// # Errors
    /// Where a cell costs more than its budget.
    pub fn evaluate(&self, scope: &dyn Scope) -> Result<Found, Exhausted> {
        let mut read = Vec::with_capacity(self.inputs.len());
        for input in &self.inputs {
            read.push(input.expression.evaluate(scope)?);
        }
        let mut fits = Vec::new();
        for (at, row) in self.rows.iter().enumerate() {
            let mut cells = row.tests.iter().zip(&read);
            if cells.try_fold(true, |fits, (test, input)| Ok::<_, Exhausted>(fits && test.matches(input, scope)?))? {
                fits.push(at);
                if self.hit == Hit::First {
                    break;
                }
            }
        }
        let mut said = Vec::with_capacity(fits.len());
        for at in &fits {
            let outputs = &self.rows[*at].outputs;
            said.push(outputs.iter().map(|o| o.evaluate(scope)).collect::<Result<Vec<_>, _>>()?);
        }
        let (counting, outputs) = self.outputs(&fits, said, scope)?;
        let labels = self.inputs.iter().map(|input| input.label.clone());
        Ok(Found {
            inputs: labels.zip(read).collect(),
            rows: counting.into_iter().map(|at| at + 1).collect(),
            outputs: self.outputs.iter().map(|output| output.name.clone()).zip(outputs).collect(),
        })
    }

    /// The rows that count, and what they come to. Where the policy is broken (two rows of a unique table, rows that
    /// contradict each other) nothing is said: null.
    fn outputs(
        &self,
        fits: &[usize],
        said: Vec<Vec<Value>>,
        scope: &dyn Scope,
    ) -> Result<(Vec<usize>, Vec<Value>), Exhausted> {
        let nothing = || vec![Value::Null; self.outputs.len()];
        if said.is_empty() {
            let mut otherwise = Vec::with_capacity(self.outputs.len());
            for output in &self.outputs {
                let value = output.otherwise.as_ref().map(|e| e.evaluate(scope)).transpose()?;
                otherwise.push(value.unwrap_or_else(|| match self.hit {
                    Hit::Count => Value::Number(0.into()),
                    hit if hit.is_list() => Value::List(Vec::new()),
                    _ => Value::Null,
                }));
            }
            return Ok((Vec::new(), otherwise));
        }
        let mut rows: Vec<(usize, Vec<Value>)> = fits.iter().copied().zip(said).collect();
        let all = |rows: &[(usize, Vec<Value>)]| rows.iter().map(|(at, _)| *at).collect::<Vec<_>>();
        if matches!(self.hit, Hit::Priority | Hit::OutputOrder) {
            rows.sort_by(|(_, a), (_, b)| self.by_priority(a, b));
        }
        Ok(match self.hit {
            Hit::Unique if rows.len() > 1 => (all(&rows), nothing()),
            Hit::Any if rows.windows(2).any(|pair| pair[0].1 != pair[1].1) => (all(&rows), nothing()),
            Hit::Unique | Hit::First | Hit::Priority => {
                let (at, said) = rows.swap_remove(0);
                (vec![at], said)
            }
            Hit::Any => (all(&rows), rows.swap_remove(0).1),
            Hit::RuleOrder | Hit::OutputOrder | Hit::Collect => {
                let column = |at: usize| Value::List(rows.iter().map(|(_, said)| said[at].clone()).collect());
                (all(&rows), (0..self.outputs.len()).map(column).collect())
            }
            Hit::Sum | Hit::Min | Hit::Max | Hit::Count => {
                let values: Vec<&Value> = rows.iter().filter_map(|(_, said)| said.first()).collect();
                (all(&rows), vec![aggregate(self.hit, &values)])
            }
        })
    }

    fn by_priority(&self, a: &[Value], b: &[Value]) -> Ordering {
        let place = |output: &Output, value: &Value| {
            output.values.iter().position(|listed| listed == value).unwrap_or(usize::MAX)
        };
        let pairs = self.outputs.iter().zip(a.iter().zip(b));
        pairs
            .map(|(output, (a, b))| place(output, a).cmp(&place(output, b)))
            .find(|o| o.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

/// One value of all: null where one of them cannot be summed or compared.
fn aggregate(hit: Hit, values: &[&Value]) -> Value {
    if hit == Hit::Count {
        return Value::Number(values.len().into());
    }
    let numbers: Option<Vec<_>> =
        values.iter().map(|v| if let Value::Number(n) = v { Some(*n) } else { None }).collect();
    let Some(numbers) = numbers else { return Value::Null };
    let value = match hit {
        Hit::Sum => numbers.iter().copied().try_fold(rust_decimal::Decimal::ZERO, |sum, n| sum.checked_add(n)),
        Hit::Min => numbers.iter().copied().min(),
        _ => numbers.iter().copied().max(),
    };
    value.map_or(Value::Null, Value::Number)
}

/// Tests of a table: each has a budget of its own, and all of them may be run in one act.
const CELLS_MAX: usize = 5_000;

/// Columns and rows that belong together.
fn shape(sheet: &Sheet, hit: Hit, faults: &mut Vec<(usize, String)>) {
    if sheet.inputs.is_empty() || sheet.outputs.is_empty() || sheet.rows.is_empty() {
        faults.push((sheet.line, "a table has an input, an output and a row at least".to_owned()));
    }
    if sheet.rows.len() * sheet.inputs.len() > CELLS_MAX {
        faults.push((sheet.line, format!("a table has {CELLS_MAX} cells at most: make two tables of it")));
    }
    if hit.aggregates() && sheet.outputs.len() != 1 {
        faults.push((sheet.line, "a table that aggregates has one output".to_owned()));
    }
    for row in &sheet.rows {
        if row.tests.len() != sheet.inputs.len() || row.outputs.len() != sheet.outputs.len() {
            faults.push((row.line, "a row has a cell for every input and every output".to_owned()));
        }
    }
    for (at, column) in sheet.outputs.iter().enumerate() {
        if sheet.outputs[..at].iter().any(|other| other.name == column.name) {
            faults.push((column.line, format!("there are two outputs `{}`", column.name)));
        }
    }
}

fn input(column: &Column, names: &Names, faults: &mut Vec<(usize, String)>) -> Option<Input> {
    let Some(cell) = &column.expression else {
        faults.push((column.line, "an input says what it reads".to_owned()));
        return None;
    };
    let expression = expression(cell, names, &Type::Any, "the input", faults)?;
    let label = if column.name.is_empty() { cell.text.clone() } else { column.name.clone() };
    let allowed = column.values.as_ref().map(|cell| tests(cell, names, expression.result(), faults));
    Some(Input { label, allowed: allowed.flatten(), expression })
}

fn output(column: &Column, hit: Hit, names: &Names, faults: &mut Vec<(usize, String)>) -> Option<Output> {
    let of = declared(column);
    let otherwise = column.expression.as_ref().and_then(|cell| expression(cell, names, &of, "the default", faults));
    let listed = column.values.as_ref().and_then(|cell| {
        let list = Cell { text: format!("[{}]", cell.text), line: cell.line };
        expression(&list, &Names::new(), &Type::Any, "the list of values", faults)
    });
    let values = match listed.map(|list| list.evaluate(&serde_json::Value::Null)) {
        Some(Ok(Value::List(values))) => values,
        _ => Vec::new(),
    };
    if values.is_empty() && matches!(hit, Hit::Priority | Hit::OutputOrder) {
        faults
            .push((column.line, format!("the values of `{}` are listed in the order of their priority", column.name)));
        return None;
    }
    Some(Output { name: column.name.clone(), values, otherwise })
}

fn expression(
    cell: &Cell,
    names: &Names,
    of: &Type,
    what: &str,
    faults: &mut Vec<(usize, String)>,
) -> Option<Expression> {
    let compiled = Expression::compile(&cell.text, names).map_err(|fault| format!("{what} `{}`: {fault}", cell.text));
    let fitting = compiled.and_then(|expression| {
        let wrong = || format!("{what} `{}` gives {}, and is to give {of}", cell.text, expression.result());
        if expression.result().fits(of) { Ok(expression) } else { Err(wrong()) }
    });
    fitting.map_err(|sentence| faults.push((cell.line, sentence))).ok()
}

/// A cell that is left empty asks for nothing.
fn tests(cell: &Cell, names: &Names, of: &Type, faults: &mut Vec<(usize, String)>) -> Option<UnaryTests> {
    let text = if cell.text.is_empty() { "-" } else { &cell.text };
    let compiled = Expression::compile_unary_tests(text, names, of);
    compiled.map_err(|fault| faults.push((cell.line, format!("the cell `{text}`: {fault}")))).ok()
}

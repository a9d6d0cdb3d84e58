//! A decision table as it stands in the XML of DMN, whichever editor wrote it. Names of elements are read without their
//! namespace, so that every edition from 1.1 to 1.5 is read alike; what is drawn, described or annotated is passed over.

use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader;

/// Deepest nesting of elements.
const DEPTH_MAX: usize = 32;
/// Rows of a table, and columns of inputs or outputs.
pub(super) const ROWS_MAX: usize = 1_000;
pub(super) const COLUMNS_MAX: usize = 64;

/// A text and the line on which it ends, from 1.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cell {
    pub text: String,
    pub line: usize,
}

#[derive(Debug, Clone, Default)]
pub struct Column {
    /// Of an input its label; of an output the name that it is read by.
    pub name: String,
    pub line: usize,
    /// As `typeRef` says.
    pub of: Option<String>,
    /// Of an input what it reads; of an output what it is where no row fits.
    pub expression: Option<Cell>,
    /// What may stand there; of an output in the order of its priority.
    pub values: Option<Cell>,
}

#[derive(Debug, Clone, Default)]
pub struct Row {
    pub line: usize,
    pub tests: Vec<Cell>,
    pub outputs: Vec<Cell>,
}

/// A decision table, not yet understood.
#[derive(Debug, Clone, Default)]
pub struct Sheet {
    pub line: usize,
    pub hit: Option<String>,
    pub aggregation: Option<String>,
    pub inputs: Vec<Column>,
    pub outputs: Vec<Column>,
    pub rows: Vec<Row>,
}

/// Reads the one decision table of a file.
///
/// # Errors
/// The line and what is wrong with it.
pub fn read(xml: &str) -> Result<Sheet, (usize, String)> {
    let mut reader = Reader::from_str(xml);
    let mut reading = Reading { line: 1, ..Reading::default() };
    let mut read = 0;
    loop {
        let event = reader.read_event();
        let place = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX).min(xml.len());
        reading.line += xml.as_bytes()[read..place].iter().filter(|b| **b == b'\n').count();
        read = place;
        let event = event.map_err(|error| (reading.line, format!("this is no XML: {error}")))?;
        let done = reading.event(&event).map_err(|sentence| (reading.line, sentence))?;
        if done {
            return reading.sheet.ok_or_else(|| (1, "there is no decision table in the file".to_owned()));
        }
    }
}

#[derive(Default)]
struct Reading {
    line: usize,
    /// Local names of the elements that are open.
    path: Vec<String>,
    text: String,
    sheet: Option<Sheet>,
}

impl Reading {
    /// Whether the file ends here.
    fn event(&mut self, event: &Event<'_>) -> Result<bool, String> {
        let text = match event {
            Event::Start(element) => {
                self.start(element)?;
                None
            }
            Event::End(_) => {
                self.end();
                None
            }
            Event::Empty(element) => {
                self.start(element)?;
                self.end();
                None
            }
            Event::Text(text) => Some(text.xml10_content().map_err(|e| e.to_string())?.into_owned()),
            Event::CData(text) => Some(text.xml10_content().map_err(|e| e.to_string())?.into_owned()),
            Event::GeneralRef(reference) => {
                let name = reference.decode().map_err(|e| e.to_string())?;
                match reference.resolve_char_ref().map_err(|e| e.to_string())? {
                    Some(letter) => Some(letter.to_string()),
                    None => match quick_xml::escape::resolve_predefined_entity(&name) {
                        Some(text) => Some(text.to_owned()),
                        None => return Err(format!("`&{name};` is not known here")),
                    },
                }
            }
            Event::DocType(_) => return Err("a document type cannot be declared here".to_owned()),
            Event::Eof => match self.path.last() {
                None => return Ok(true),
                Some(open) => return Err(format!("this is no XML: it ends within `{open}`")),
            },
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => None,
        };
        if let (Some(text), Some("text")) = (text, self.path.last().map(String::as_str)) {
            self.text.push_str(&text);
        }
        Ok(false)
    }

    fn start(&mut self, element: &BytesStart<'_>) -> Result<(), String> {
        let name = String::from_utf8_lossy(element.local_name().as_ref()).into_owned();
        if self.path.len() >= DEPTH_MAX {
            return Err("the elements are nested too deeply".to_owned());
        }
        let attribute = |name: &str| -> Result<Option<String>, String> {
            let found = element.try_get_attribute(name).map_err(|e| e.to_string())?;
            let value = found.map(|a| a.normalized_value(XmlVersion::Implicit1_0)).transpose();
            Ok(value.map_err(|e| e.to_string())?.map(|v| v.into_owned()))
        };
        let line = self.line;
        match (name.as_str(), &mut self.sheet) {
            ("decisionTable", Some(_)) => return Err("there is a second decision table: one a file".to_owned()),
            ("decisionTable", none) => {
                let (hit, aggregation) = (attribute("hitPolicy")?, attribute("aggregation")?);
                *none = Some(Sheet { line, hit, aggregation, ..Sheet::default() });
            }
            ("literalExpression" | "context" | "invocation" | "functionDefinition", _) => {
                return Err(format!("`{name}` is not read here: a decision is a table"));
            }
            ("input", Some(sheet)) => {
                let name = attribute("label")?.unwrap_or_default();
                sheet.inputs.push(Column { name, line, ..Column::default() });
            }
            ("inputExpression", Some(sheet)) => {
                if let Some(input) = sheet.inputs.last_mut() {
                    input.of = attribute("typeRef")?;
                }
            }
            ("output", Some(sheet)) => {
                let (name, of) = (attribute("name")?.unwrap_or_default(), attribute("typeRef")?);
                sheet.outputs.push(Column { name, line, of, ..Column::default() });
            }
            ("rule", Some(sheet)) => sheet.rows.push(Row { line, ..Row::default() }),
            // A cell that an editor left without a text is a cell all the same.
            ("inputEntry" | "outputEntry", Some(sheet)) => {
                if let Some(row) = sheet.rows.last_mut() {
                    let cells = if name == "inputEntry" { &mut row.tests } else { &mut row.outputs };
                    cells.push(Cell { text: String::new(), line });
                }
            }
            _ => {}
        }
        if let Some(sheet) = &self.sheet {
            if sheet.rows.len() > ROWS_MAX {
                return Err(format!("a table has {ROWS_MAX} rows at most"));
            }
            if sheet.inputs.len().max(sheet.outputs.len()) > COLUMNS_MAX {
                return Err(format!("a table has {COLUMNS_MAX} columns of a kind at most"));
            }
        }
        self.path.push(name);
        self.text.clear();
        Ok(())
    }

    fn end(&mut self) {
        let Some(name) = self.path.pop() else { return };
        let (Some(sheet), "text", Some(holder)) = (&mut self.sheet, name.as_str(), self.path.last()) else { return };
        let cell = Cell { text: self.text.trim().to_owned(), line: self.line };
        let some = Some(cell.clone()).filter(|cell| !cell.text.is_empty());
        match (holder.as_str(), sheet.rows.last_mut(), sheet.inputs.last_mut(), sheet.outputs.last_mut()) {
            ("inputEntry", Some(row), ..) => row.tests.last_mut().into_iter().for_each(|last| *last = cell.clone()),
            ("outputEntry", Some(row), ..) => row.outputs.last_mut().into_iter().for_each(|last| *last = cell.clone()),
            ("inputExpression", _, Some(input), _) => input.expression = some,
            ("inputValues", _, Some(input), _) => input.values = some,
            ("outputValues", .., Some(output)) => output.values = some,
            ("defaultOutputEntry", .., Some(output)) => output.expression = some,
            _ => {}
        }
    }
}

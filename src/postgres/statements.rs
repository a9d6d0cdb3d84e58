//! Spans of SQL statements, for traces: which operation on which table, never a value. Installed only where traces are
//! wanted; otherwise a statement costs nothing more.

use std::fmt::{self, Write};

use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use tracing::Span;

use crate::kernel::Result;

/// From now on every new connection tells of its statements.
///
/// # Errors
/// None in practice: somebody would have to have panicked while doing the same.
pub fn trace_statements() -> Result<()> {
    Ok(set_default_instrumentation(|| Some(Box::new(Statements { under_way: None })))?)
}

struct Statements {
    /// A connection has one statement at a time.
    under_way: Option<Span>,
}

impl Instrumentation for Statements {
    fn on_connection_event(&mut self, event: InstrumentationEvent<'_>) {
        match event {
            InstrumentationEvent::StartQuery { query, .. } => {
                let text = Text::of(query);
                let (operation, collection) = summary(&text.0);
                self.under_way = Some(tracing::debug_span!("sql", operation, collection));
            }
            InstrumentationEvent::FinishQuery { .. } => self.under_way = None,
            // Those of connecting hold an address with a password: they are not looked at.
            _ => {}
        }
    }
}

/// The text of a statement. What is written after it are its values: they are not even formatted.
struct Text(String);

impl Text {
    fn of(query: &dyn fmt::Display) -> Self {
        let mut text = Self(String::new());
        // It ends with an error, on purpose.
        let _ = write!(text, "{query}");
        text
    }
}

impl Write for Text {
    fn write_str(&mut self, part: &str) -> fmt::Result {
        if self.0.is_empty() {
            self.0.push_str(part);
            return Ok(());
        }
        Err(fmt::Error)
    }
}

/// The first word of a statement, and the first table that it names.
fn summary(text: &str) -> (&str, Option<&str>) {
    let mut words = text.split(|c: char| c.is_whitespace() || "(),;".contains(c)).filter(|word| !word.is_empty());
    let first = words.next().filter(|word| word.bytes().all(|b| b.is_ascii_uppercase())).unwrap_or("OTHER");
    let mut table = (first == "UPDATE").then(|| words.next()).flatten();
    while table.is_none() {
        match words.next() {
            Some("FROM" | "INTO" | "UPDATE") => table = words.next(),
            Some(_) => {}
            None => break,
        }
    }
    let is_name = |name: &&str| name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    (first, table.filter(is_name))
}

#[cfg(test)]
mod tests {
    use diesel::debug_query;
    use diesel::pg::Pg;

    use super::*;
    use crate::postgres::sql;

    #[test]
    fn a_statement_is_told_by_its_operation_and_table() {
        for (text, told) in [
            ("SELECT a, b FROM cases WHERE id = $1", ("SELECT", Some("cases"))),
            ("INSERT INTO jobs (kind) VALUES ($1)", ("INSERT", Some("jobs"))),
            ("UPDATE jobs SET x = 1", ("UPDATE", Some("jobs"))),
            ("WITH v AS (SELECT 1), c AS (INSERT INTO cases (id) SELECT 1)", ("WITH", Some("cases"))),
            ("SELECT count(*) FROM (SELECT 1) x", ("SELECT", None)),
            ("SELECT 1", ("SELECT", None)),
            ("BEGIN", ("BEGIN", None)),
            ("SET ROLE guichet_server; SET x = 'y'", ("SET", None)),
            ("", ("OTHER", None)),
        ] {
            assert_eq!(summary(text), told, "{text}");
        }
    }

    #[test]
    fn values_are_not_part_of_it() {
        let statement = sql("SELECT id FROM persons WHERE name = $1").text("Rahim Uddin");
        let query = debug_query::<Pg, _>(&statement);
        assert!(query.to_string().contains("Rahim"), "diesel would tell");
        assert_eq!(Text::of(&query).0, "SELECT id FROM persons WHERE name = $1");
    }
}

//! What came out, for programs and for people.

use std::fmt::Write;
use std::path::Path;

use serde_json::{Value, json};

/// One line of the table.
pub struct Row {
    pub name: String,
    pub clients: usize,
    pub per_second: f64,
    pub p50_ms: f64,
    pub p99_ms: f64,
    /// What the reference did a second.
    pub reference: f64,
    pub reference_is: &'static str,
    pub ratio: f64,
    /// The least ratio, or the most where less is better.
    pub target: f64,
    pub at_most: bool,
    pub p99_target_ms: f64,
    /// Microseconds of CPU of one request: our process, and the database with all that is left.
    pub cpu: (f64, f64),
}

impl Row {
    fn met(&self) -> bool {
        let ratio = if self.at_most { self.ratio <= self.target } else { self.ratio >= self.target };
        ratio && self.p99_ms <= self.p99_target_ms
    }

    fn json(&self) -> Value {
        json!({"name": self.name, "clients": self.clients, "per_second": round(self.per_second),
            "p50_ms": self.p50_ms, "p99_ms": self.p99_ms, "reference": self.reference_is,
            "reference_per_second": round(self.reference), "ratio": (self.ratio * 100.0).round() / 100.0,
            "target": self.target, "target_p99_ms": self.p99_target_ms, "met": self.met(),
            "server_cpu_micros": round(self.cpu.0), "other_cpu_micros": round(self.cpu.1)})
    }
}

fn round(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

/// All rows, and what is no rate.
#[derive(Default)]
pub struct Report {
    pub rows: Vec<Row>,
    /// Name, figure, unit, most.
    pub others: Vec<(&'static str, f64, &'static str, f64)>,
}

impl Report {
    fn table(&self) -> String {
        let mut out = String::from(
            "| work | clients | a second | p50 | p99 | reference, a second | ratio | target | met |\n|---|---|---|---|---|---|---|---|---|\n",
        );
        for row in &self.rows {
            let sign = if row.at_most { "≤" } else { "≥" };
            let _ = writeln!(
                out,
                "| {} | {} | {:.0} | {:.1} ms | {:.1} ms | {:.0} ({}) | {:.2} | {sign} {}, p99 ≤ {} ms | {} |",
                row.name,
                row.clients,
                row.per_second,
                row.p50_ms,
                row.p99_ms,
                row.reference,
                row.reference_is,
                row.ratio,
                row.target,
                row.p99_target_ms,
                if row.met() { "yes" } else { "**no**" }
            );
        }
        for (name, figure, unit, most) in &self.others {
            let met = if figure <= most { "yes" } else { "**no**" };
            let _ = writeln!(out, "| {name} | | {figure:.2} {unit} | | | | | ≤ {most} {unit} | {met} |");
        }
        out
    }

    /// Into `throughput.json`, onto the terminal, and into the manual where the whole of it was measured.
    pub fn write(&self, out: &Path, whole: bool) {
        let rows: Vec<Value> = self.rows.iter().map(Row::json).collect();
        let others = self.others.iter().map(|(name, figure, unit, most)| {
            json!({"name": name, "figure": figure, "unit": unit, "target": most, "met": figure <= most})
        });
        let all = json!({"rows": rows, "others": others.collect::<Vec<_>>()});
        let text = serde_json::to_string_pretty(&all).expect("JSON");
        std::fs::write(out.join("throughput.json"), text).expect("the figures are written");
        println!("{}", self.table());
        for row in &self.rows {
            println!("{}: {:.0} µs of CPU in the server, {:.0} µs elsewhere", row.name, row.cpu.0, row.cpu.1);
        }
        let manual = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/performance.md");
        let (begin, end) = ("<!-- table -->\n", "<!-- /table -->");
        let Ok(text) = std::fs::read_to_string(&manual) else { return };
        if let (true, Some(from), Some(to)) = (whole, text.find(begin), text.find(end)) {
            let text = format!("{}{}{}", &text[..from + begin.len()], self.table(), &text[to..]);
            std::fs::write(manual, text).expect("the manual is written");
        }
    }
}

//! Arrows as they are drawn.

use super::{BESIDE, end, escaped, short, step_node};
use crate::engine::definition::{Arrow, Target};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    Solid,
    Dotted,
    Thick,
    Event,
}

/// The arrows out of one step. Those that differ in their outcome only are drawn as one.
#[derive(Default)]
pub(super) struct Edges(Vec<Edge>);

struct Edge {
    line: Line,
    to: String,
    guard: Option<String>,
    labels: Vec<String>,
}

impl Edges {
    pub(super) fn add(&mut self, line: Line, arrow: &Arrow, label: Option<&str>) {
        let to = Self::target(arrow);
        let guard = arrow.when.as_ref().map(|w| short(w.source()));
        for beside in &arrow.also {
            self.put(Line::Thick, step_node(beside), guard.clone(), label);
        }
        self.put(line, to, guard, label);
    }

    pub(super) fn target(arrow: &Arrow) -> String {
        match &arrow.to {
            Target::Step(id) => step_node(id),
            Target::End(id) => end(id),
            Target::Done => BESIDE.to_owned(),
        }
    }

    pub(super) fn put(&mut self, line: Line, to: String, guard: Option<String>, label: Option<&str>) {
        let known = self.0.iter_mut().find(|e| e.line == line && e.to == to && e.guard == guard);
        let edge = match known {
            Some(edge) => edge,
            None => {
                self.0.push(Edge { line, to, guard, labels: Vec::new() });
                let Some(edge) = self.0.last_mut() else { return };
                edge
            }
        };
        if let Some(label) = label.filter(|l| !edge.labels.iter().any(|known| known == l)) {
            edge.labels.push(label.to_owned());
        }
    }

    /// Without those that lead nowhere but out of what was opened beside others.
    pub(super) fn without_beside(mut self) -> Self {
        self.0.retain(|edge| edge.to != BESIDE);
        self
    }

    pub(super) fn written(&self, from: &str) -> Vec<String> {
        self.0.iter().map(|edge| edge.written(from)).collect()
    }
}

impl Edge {
    fn written(&self, from: &str) -> String {
        let line = match self.line {
            Line::Solid => "-->",
            Line::Dotted => "-.->",
            Line::Thick => "==>",
            Line::Event => "--o",
        };
        let guard = self.guard.as_ref().map(|g| format!("[{}]", escaped(g)));
        let labels = (!self.labels.is_empty()).then(|| escaped(&self.labels.join(" / ")));
        let parts: Vec<String> = labels.into_iter().chain(guard).collect();
        let label = if parts.is_empty() { String::new() } else { format!("|\"{}\"|", parts.join("<br/>")) };
        format!("{from} {line}{label} {}", self.to)
    }
}

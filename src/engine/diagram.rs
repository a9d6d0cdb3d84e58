//! A definition as a picture: the steps and ends of a service, drawn in Mermaid from what was compiled, so that the
//! picture is what runs. Promises the same text for the same definition, and that no text of a service becomes markup
//! or a directive. Where the picture is shown, and whether it is current, is not known here.

mod edges;

use std::collections::BTreeMap;
use std::fmt::Write;

use super::definition::{Definition, EndResult, Expiry, Silence, Span, Step, Target, Until, Verb};
use super::texts::text_id;
use edges::{Edges, Line};

/// Characters of a guard on an arrow; what is longer is read in the definition.
const GUARD_MAX: usize = 48;
/// Node of what ends a step that was opened beside others.
const BESIDE: &str = "beside";
/// Node of any open step.
const ANY: &str = "any_step";

/// The flowchart of a service, without a fence, with the texts in `language` (the service's fallback where one is
/// missing there).
///
/// A task is a rectangle with its role, what a party is asked for a parallelogram, a charge a hexagon with its fee, a
/// look-up or a place in a pool a cylinder, what opens branches a trapezium, what is waited for a rounded rectangle, what is done at once or decided by a table a framed one, a
/// junction a rhombus. An arrow names its outcome and its guard; a dotted one is taken when time has passed; a thick one
/// opens a step beside the others; one that ends in a circle is an event, which leads on from any of the steps or ends that
/// it comes from. What a remedy comes to, and silence of the office, lead on from a node of their own. A dashed border: the
/// legal limit stands.
#[must_use]
pub fn mermaid(def: &Definition, language: &str) -> String {
    let drawing = Drawing { def, language };
    let mut out = String::from("flowchart TD\n");
    line(&mut out, &format!("start([{}])", quoted(&drawing.text("service", None))));
    for (id, step) in &def.steps {
        line(&mut out, &drawing.step(id, step));
    }
    for id in def.ends.keys() {
        line(&mut out, &format!("{}([{}])", end(id), quoted(&drawing.text(&text_id("end", id), None))));
    }
    if def.steps.values().flat_map(Step::arrows).any(|a| matches!(a.to, Target::Done)) {
        line(&mut out, &format!("{BESIDE}(( ))"));
    }
    line(&mut out, &format!("start --> {}", step_node(&def.start.first)));
    for (id, step) in &def.steps {
        for edge in drawing.edges(id, step) {
            line(&mut out, &edge);
        }
    }
    for edge in drawing.events().into_iter().chain(drawing.outside()) {
        line(&mut out, &edge);
    }
    styles(&mut out, def);
    out
}

struct Drawing<'a> {
    def: &'a Definition,
    language: &'a str,
}

impl Drawing<'_> {
    fn text(&self, id: &str, attribute: Option<&str>) -> String {
        let attribute = attribute.map(|a| a.replace('_', "-"));
        let found = self.def.texts.format(self.language, id, attribute.as_deref(), &BTreeMap::new());
        // A definition that only compiled may lack texts; its ids then stand for them.
        found.unwrap_or_else(|| attribute.unwrap_or_else(|| id.to_owned()))
    }

    fn step(&self, id: &str, step: &Step) -> String {
        let title = self.text(&text_id("step", id), None);
        let (open, close, below) = match &step.verb {
            Verb::Task { role, .. } => ("[", "]", Some(role.clone())),
            Verb::Ask { of, .. } => ("[/", "/]", Some(self.party(of))),
            Verb::Charge { fee, .. } => ("{{", "}}", Some(self.text(&text_id("fee", fee), None))),
            Verb::Lookup { register, .. } => ("[(", ")]", Some(register.clone())),
            Verb::Decide { table } => ("[[", "]]", Some(table.clone())),
            Verb::Wait { until, when } => {
                let moment = until.as_ref().map(|m| match m.after {
                    Some(after) => format!("{} + {after}", short(m.from.source())),
                    None => short(m.from.source()),
                });
                ("(", ")", moment.or(when.as_ref().map(|w| short(w.source()))))
            }
            Verb::Do(_) => ("[[", "]]", None),
            Verb::Reserve(reserve) => ("[(", ")]", Some(reserve.pool.pool.clone())),
            Verb::Open(opening) => ("[[", "]]", Some(opening.service.clone())),
            Verb::Together { .. } => ("[/", "\\]", None),
            Verb::Junction => ("{", "}", None),
        };
        let below = below.map(|b| format!("<br/>{}", escaped(&b))).unwrap_or_default();
        format!("{}{open}\"{}{below}\"{close}", step_node(id), escaped(&title))
    }

    /// The applicant has a text only where the definition declares who that is.
    fn party(&self, name: &str) -> String {
        let id = text_id("party", name);
        if self.def.texts.has(self.language, &id, None) { self.text(&id, None) } else { name.to_owned() }
    }

    /// A duration; that of a param is its newest, an expression stands for itself.
    fn span(&self, span: &Span) -> String {
        let source = match span {
            Span::Fixed(duration) => return duration.to_string(),
            Span::Computed(expression) => expression.source().trim(),
        };
        let param = source.strip_prefix("params.").and_then(|name| self.def.params.get(name));
        let newest = param.and_then(|p| p.values.last()).and_then(|(_, value, _)| value.as_str());
        newest.map_or_else(|| short(source), str::to_owned)
    }

    /// Where events lead. What only is kept, or is not taken in, leads nowhere.
    fn events(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for reaction in &self.def.reactions {
            let Some(arrow) = &reaction.arrow else { continue };
            let text = text_id("event", &reaction.event);
            let known = self.def.texts.has(self.language, &text, None);
            let title = if known { self.text(&text, None) } else { reaction.event.clone() };
            let mut edges = Edges::default();
            edges.put(
                Line::Event,
                Edges::target(arrow),
                reaction.when.as_ref().map(|w| short(w.source())),
                Some(&title),
            );
            for beside in &arrow.also {
                edges.put(Line::Event, step_node(beside), None, Some(&title));
            }
            let edges = edges.without_beside();
            let steps = reaction.steps.iter().map(|id| step_node(id));
            let mut from: Vec<String> = steps.chain(reaction.ends.iter().map(|id| end(id))).collect();
            if from.is_empty() {
                from.push(ANY.to_owned());
                lines.push(format!("{ANY}(((\"*\")))"));
            }
            lines.extend(from.iter().flat_map(|from| edges.written(from)));
        }
        lines
    }

    /// Where silence and the ends of remedies lead, from wherever the case stands.
    fn outside(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if let Some(limit) = self.def.time_limit.as_ref().filter(|limit| limit.then.is_some()) {
            let mut edges = Edges::default();
            let after = self.span(&limit.within);
            limit.then.iter().for_each(|arrow| edges.add(Line::Dotted, arrow, Some(&after)));
            lines.push(format!("limit(({}))", quoted(&after)));
            lines.extend(edges.written("limit"));
        }
        for (id, remedy) in self.def.remedies.iter().filter(|(_, remedy)| !remedy.then.is_empty()) {
            let mut edges = Edges::default();
            for (end, arrows) in &remedy.then {
                arrows.iter().for_each(|arrow| edges.add(Line::Event, arrow, Some(end)));
            }
            let from = node("r", id);
            lines.push(format!("{from}[[{}]]", quoted(&self.text(&text_id("remedy", id), None))));
            lines.extend(edges.written(&from));
        }
        lines
    }

    fn edges(&self, id: &str, step: &Step) -> Vec<String> {
        let mut edges = Edges::default();
        if let Verb::Together { branches, .. } = &step.verb {
            branches.iter().for_each(|first| edges.put(Line::Thick, step_node(first), None, None));
        }
        for (outcome, arrows) in &step.outcomes {
            let label = match &step.verb {
                Verb::Task { .. } if step.outcomes.len() > 1 => Some(self.text(&text_id("step", id), Some(outcome))),
                _ if step.outcomes.len() > 1 => Some(outcome.clone()),
                _ => None,
            };
            for arrow in arrows {
                edges.add(Line::Solid, arrow, label.as_deref());
            }
        }
        if let Some(Expiry { until, takes }) = &step.expires {
            let after = match until {
                Until::After(span) => self.span(span),
                Until::At(moment) => short(&moment.to_string()),
            };
            let taken = match takes {
                Silence::Arrow(arrow) => std::slice::from_ref(arrow.as_ref()),
                Silence::Outcome(outcome) => step.outcomes.get(outcome).map(Vec::as_slice).unwrap_or_default(),
            };
            for arrow in taken {
                edges.add(Line::Dotted, arrow, Some(&after));
            }
        }
        edges.written(&step_node(id))
    }
}

fn styles(out: &mut String, def: &Definition) {
    let of = |result| def.ends.iter().filter(move |(_, e)| e.result == result).map(|(id, _)| end(id));
    let classes = [
        ("favourable", EndResult::Favourable, "fill:#d9f2e3,stroke:#1a7f4b,color:#0b3d22"),
        ("adverse", EndResult::Adverse, "fill:#fbe0de,stroke:#b42318,color:#5c120c"),
        ("neutral", EndResult::Neutral, "fill:#eceff1,stroke:#607d8b,color:#263238"),
    ];
    for (class, result, style) in classes {
        class_of(out, class, style, &of(result).collect::<Vec<_>>());
    }
    let standing: Vec<String> = def.steps.iter().filter(|(_, s)| s.stands).map(|(id, _)| step_node(id)).collect();
    class_of(out, "stands", "stroke-dasharray:5 4", &standing);
}

fn class_of(out: &mut String, class: &str, style: &str, nodes: &[String]) {
    if !nodes.is_empty() {
        line(out, &format!("classDef {class} {style}"));
        line(out, &format!("class {} {class}", nodes.join(",")));
    }
}

fn line(out: &mut String, text: &str) {
    let _ = writeln!(out, "    {text}");
}

fn step_node(id: &str) -> String {
    node("s", id)
}

fn end(id: &str) -> String {
    node("e", id)
}

/// Bare ids would meet words of Mermaid's own (`end`, `default`); other characters than these break a node's name.
fn node(kind: &str, id: &str) -> String {
    let mut name = format!("{kind}_");
    for c in id.chars() {
        if c.is_ascii_alphanumeric() || c == '_' {
            name.push(c);
        } else {
            let _ = write!(name, "_{:x}_", u32::from(c));
        }
    }
    name
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// Within quotes: what ends a text, begins an entity, markup or a directive is written by its number.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' | '#' | '<' | '>' | '&' | '`' | '|' | '%' | '\\' => {
                let _ = write!(out, "#{};", u32::from(c));
            }
            '\n' | '\r' | '\t' => out.push(' '),
            c if c.is_control() => {}
            c => out.push(c),
        }
    }
    out
}

/// On one line, cut at a word where there is one.
fn short(source: &str) -> String {
    let one = source.split_whitespace().collect::<Vec<_>>().join(" ");
    if one.chars().count() <= GUARD_MAX {
        return one;
    }
    let cut: String = one.chars().take(GUARD_MAX).collect();
    let cut = cut.rsplit_once(' ').map_or(cut.as_str(), |(before, _)| before);
    format!("{cut} …")
}

#[cfg(test)]
mod tests;

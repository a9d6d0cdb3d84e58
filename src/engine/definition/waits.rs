//! Steps that wait for a moment, or for something to become true.

use super::compile::Compiler;
use super::language as raw;
use super::model::{Moment, Verb};
use crate::engine::calendar::Duration;
use crate::engine::feel::{Expression, Type};

pub(super) fn timed(expression: &Expression) -> bool {
    expression.paths().iter().any(|path| path.first().is_some_and(|name| name == "today" || name == "now"))
}

impl Compiler<'_> {
    pub(super) fn wait(&mut self, id: &str, wait: &raw::Wait, expires: bool) -> Option<Verb> {
        let path = ["steps", id, "wait"];
        match (&wait.until, &wait.when) {
            (Some(until), None) => {
                if expires {
                    self.fault(&["steps", id], "what waits until a moment ends then: it does not expire");
                }
                let until = self.moment(&path, until)?;
                Some(Verb::Wait { until: Some(until), when: None })
            }
            (None, Some(_)) => {
                let when = self.guard(&path, wait.when.as_ref())?;
                // Time passes without anything happening: nobody would look.
                if timed(&when) {
                    self.fault(&path, format!("`{}` becomes true by time alone: wait `until` a moment", when.source()));
                }
                Some(Verb::Wait { until: None, when: Some(when) })
            }
            _ => {
                self.fault(&path, "it waits either `until` a moment or for `when` something holds");
                None
            }
        }
    }

    /// An expression that gives a day or an instant, and perhaps ` + ` a duration.
    pub(super) fn moment(&mut self, path: &[&str], text: &str) -> Option<Moment> {
        let split = text.rsplit_once(" + ").and_then(|(from, after)| Some((from, Duration::parse(after.trim())?)));
        let (from, after) = split.map_or((text, None), |(from, after)| (from, Some(after)));
        let from = self.expression(path, from)?;
        if timed(&from) {
            self.fault(path, format!("`{}` moves on with the days and is never reached", from.source()));
        }
        if ![Type::Instant, Type::Date].iter().any(|of| from.result().fits(of)) {
            self.fault(path, format!("`{}` gives neither a day nor an instant", from.source()));
        }
        self.weighed(path, &from);
        Some(Moment { from, after })
    }
}

//! What tables come to, and what they advise an officer: kept with all that it was said upon, whether it was followed or not.

use serde_json::{Map, Value};

use super::command::Completion;
use super::decide::Turn;
use super::refusal::Refusal;
use super::state::Case;
use super::view::View;
use crate::engine::definition::{ADVICE, ADVISED, Definition, Verb};
use crate::kernel::Fault;

/// What a table says, with its inputs, its rows, and which version of the rules it is of.
///
/// # Errors
/// [`Refusal::Defect`] where it cannot be worked out.
pub(super) fn ruled(def: &Definition, name: &str, view: &View<'_>) -> Result<Map<String, Value>, Refusal> {
    let table = def.tables.get(name).ok_or_else(|| Refusal::Defect(format!("there is no table `{name}`")))?;
    let found = table.evaluate(view).map_err(|e| Refusal::Defect(format!("`{name}`: {e}")))?;
    let inputs: Map<String, Value> = found.inputs.into_iter().map(|(label, v)| (label, v.to_json())).collect();
    let mut kept: Map<String, Value> = found.outputs.into_iter().map(|(name, v)| (name, v.to_json())).collect();
    kept.insert("rows".into(), found.rows.into());
    kept.insert("inputs".into(), Value::Object(inputs));
    kept.insert("table".into(), name.into());
    kept.insert("version".into(), def.version.as_str().into());
    Ok(kept)
}

/// What the rules would have an officer do in a step; none where the step has no advice.
///
/// # Errors
/// As the table.
pub fn advice(
    def: &Definition,
    case: &Case,
    step: &str,
    now: jiff::Timestamp,
) -> Result<Option<Map<String, Value>>, Refusal> {
    match def.steps.get(step).map(|s| &s.verb) {
        Some(Verb::Task { advice: Some(table), .. }) => ruled(def, table, &View::new(def, case, now)).map(Some),
        _ => Ok(None),
    }
}

impl Turn<'_> {
    /// What is kept of a task: its answers and, where there is advice, that as it was before them; and the fault of whoever
    /// does otherwise without saying why.
    pub(super) fn advised(
        &self,
        step: &str,
        outcome: &str,
        done: &Completion,
    ) -> Result<(Option<Value>, Option<Fault>), Refusal> {
        let Some(mut kept) = advice(self.def, &self.case, step, self.at)? else {
            return Ok((done.answers.clone(), None));
        };
        let advised = kept.get(ADVISED).and_then(Value::as_str);
        let followed = advised.map(|advised| advised == outcome);
        let overruled = advised.filter(|_| followed == Some(false) && done.grounds.trim().is_empty());
        let fault = overruled.map(|advised| Fault::new("/grounds", "overruled").with("advised", advised));
        kept.insert("followed".into(), followed.into());
        let mut answers = match &done.answers {
            Some(Value::Object(answers)) => answers.clone(),
            _ => Map::new(),
        };
        answers.insert(ADVICE.to_owned(), Value::Object(kept));
        Ok((Some(Value::Object(answers)), fault))
    }
}

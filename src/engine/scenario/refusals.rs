//! Refusals of a story, in words.

use crate::engine::workflow::Refusal;

/// A member of a form may be named without saying which form it is of: the line says that already.
pub(super) fn points(found: &str, wanted: &str) -> bool {
    let within = |form| found.strip_prefix(form).is_some_and(|rest| rest == wanted);
    found == wanted || within("/form") || within("/answers")
}

pub fn words(refusal: &Refusal) -> String {
    match refusal {
        Refusal::Invalid(faults) => {
            let all: Vec<String> = faults.iter().take(10).map(|f| format!("{} at {}", f.code, f.pointer)).collect();
            all.join(", ")
        }
        Refusal::FourEyes(step) => format!("four_eyes (did `{step}`)"),
        Refusal::NoRoute(step) => format!("no_route (from `{step}`)"),
        Refusal::Defect(sentence) => sentence.clone(),
        other => other.code().to_owned(),
    }
}

//! Cases that a step opens: what they are opened with is worked out on entering it and kept with the case; that they are
//! there, and how they ended, is told afterwards, once each.

use serde_json::{Map, Value, json};

use super::command::Linked;
use super::decide::Turn;
use super::event::What;
use super::links::NOT_OPENED;
use super::links::{Link, Parent};
use super::refusal::Refusal;
use super::state::{Flow, StepKind, TokenId};
use super::view::View;
use crate::engine::definition::{Awaited, Definition, Opening, Verb};
use crate::engine::feel::Value as Feel;
use crate::kernel::{CaseId, PersonId};

/// Cases that one visit to a step opens, and one case over all.
const ITEMS_MAX: usize = 100;
const CHILDREN_MAX: usize = 1_000;

/// Of which case a new one is a remedy, who hears nothing of it, and which case opened it.
type Origin = (Option<Box<Link>>, Vec<PersonId>, Option<Box<Parent>>);

/// Where a case comes from, if the service takes it from there.
///
/// # Errors
/// [`Refusal::StartRefused`].
pub(super) fn origin(def: &Definition, linked: Option<&Linked>) -> Result<Origin, Refusal> {
    match linked.cloned() {
        None if !def.is_for_cases_alone() => Ok((None, Vec::new(), None)),
        Some(Linked::Remedy { link, excluded }) if def.is_for_cases() => Ok((Some(link), excluded, None)),
        Some(Linked::Child(parent)) if def.is_for_cases() && !def.is_remedy() => Ok((None, Vec::new(), Some(parent))),
        _ => Err(Refusal::StartRefused),
    }
}

/// What each case is opened with.
///
/// # Errors
/// [`Refusal::Defect`] where `each` gives no list, or too long a one.
pub(super) fn opened_items(opening: &Opening, view: &View<'_>) -> Result<Vec<Value>, Refusal> {
    let each = match &opening.each {
        None => vec![None],
        Some(each) => match view.eval(each)? {
            Feel::List(list) if list.len() <= ITEMS_MAX => list.iter().map(|item| Some(item.to_json())).collect(),
            Feel::Null => Vec::new(),
            _ => return Err(Refusal::Defect(format!("`{}` gives no list of at most {ITEMS_MAX}", each.source()))),
        },
    };
    let form = |item: Option<Value>| {
        let with = item.map(|item| view.with("item", item));
        let view = with.as_ref().unwrap_or(view);
        let form = view.filled(&opening.form)?;
        Ok(json!({"form": form, "case": null, "end": null, "result": null, "given": {}}))
    };
    each.into_iter().map(form).collect()
}

/// The step of a visit, as it is called by now, and what the cases of the visit are opened with, as it was kept on entering
/// it; none where nothing is kept of it any more.
#[must_use]
pub fn kept_items(case: &super::Case, token: TokenId) -> Option<(&str, &[Value])> {
    let (now, before) = (case.data.steps.iter(), case.data.history.iter());
    let rounds = now.chain(before.flat_map(|(step, rounds)| rounds.iter().map(move |kept| (step, kept))));
    let mut of_visit = rounds.filter(|(_, kept)| is_of(kept, token));
    let (step, kept) = of_visit.next()?;
    Some((step.as_str(), kept.get("items")?.as_array()?.as_slice()))
}

fn is_of(kept: &Value, token: TokenId) -> bool {
    kept.get("items").is_some() && kept.get("token").and_then(Value::as_u64) == Some(u64::from(token))
}

/// Whether a case is still to be opened for a visit to a step: none that was opened already, and none that nobody waits
/// for any more.
#[must_use]
pub fn is_to_open(flow: &Flow, wait: Awaited, token: TokenId, index: u32) -> bool {
    let opened = flow.children.iter().any(|child| (child.token, child.index) == (token, index));
    let waits = flow.tokens.get(&token).is_some_and(|t| t.ready.is_none());
    !opened && (wait == Awaited::None || waits)
}

impl Turn<'_> {
    pub(super) fn open_cases(&mut self, token: TokenId, step: &str, items: Vec<Value>) {
        let is_over = items.is_empty() || self.awaited(step) == Some(Awaited::None);
        self.keep(step, json!({"token": token, "items": items}));
        if is_over {
            self.answer(token, step, "done");
        }
    }

    fn awaited(&self, step: &str) -> Option<Awaited> {
        match self.def.steps.get(step).map(|s| &s.verb) {
            Some(Verb::Open(opening)) => Some(opening.wait),
            _ => None,
        }
    }

    pub(super) fn child_opened(
        &mut self,
        token: TokenId,
        index: u32,
        case: CaseId,
        reference: &str,
    ) -> Result<(), Refusal> {
        let step = kept_items(&self.case, token).map(|(step, _)| step.to_owned()).ok_or(Refusal::NoLongerActive)?;
        let wait = self.awaited(&step).ok_or(Refusal::WrongKind)?;
        if !is_to_open(&self.case.flow, wait, token, index) {
            return Err(Refusal::NoLongerActive);
        }
        // Then it counts as one that could not be opened.
        if self.case.flow.children.len() >= CHILDREN_MAX {
            return Err(Refusal::TooMany);
        }
        let reference = reference.to_owned();
        self.note(token, index, |item| drop(item.insert("case".into(), json!(reference))));
        self.emit(What::ChildOpened { token, step, index, case, reference });
        Ok(())
    }

    /// Told a second time, or of what nobody waits for any more, it leads nowhere.
    pub(super) fn child_returned(
        &mut self,
        token: TokenId,
        index: u32,
        end: &str,
        result: &str,
        given: &Map<String, Value>,
    ) {
        let child = self.case.flow.children.iter().find(|child| (child.token, child.index) == (token, index));
        let Some((step, items)) = kept_items(&self.case, token) else { return };
        let kept = usize::try_from(index).ok().and_then(|at| items.get(at));
        let is_known = kept.is_none_or(|item| !item.get("end").is_none_or(Value::is_null));
        if is_known || child.is_some_and(|child| child.end.is_some()) {
            return;
        }
        let (step, all) = (step.to_owned(), items.len());
        self.note(token, index, |item| {
            item.insert("end".into(), json!(end));
            item.insert("result".into(), json!(result));
            item.insert("given".into(), Value::Object(given.clone()));
        });
        self.emit(What::ChildReturned { token, step: step.clone(), index, end: end.to_owned() });
        let Some(found) = self.case.flow.tokens.get(&token).filter(|t| t.ready.is_none() && t.kind == StepKind::Open)
        else {
            return;
        };
        // Of any, one that has ended is enough; one that was never there is none.
        let is_over = self.awaited(&step) == Some(Awaited::Any) && end != NOT_OPENED
            || usize::try_from(found.arrived).is_ok_and(|arrived| arrived >= all);
        if is_over {
            self.answer(token, &step, "done");
        }
    }

    /// Keeps something of one of the cases that a visit opened.
    fn note(&mut self, token: TokenId, index: u32, note: impl FnOnce(&mut Map<String, Value>)) {
        let data = &mut self.case.data;
        let mut rounds = data.steps.values_mut().chain(data.history.values_mut().flatten());
        let at = usize::try_from(index).unwrap_or(usize::MAX);
        let kept = rounds.find(|kept| is_of(kept, token));
        let item = kept.and_then(|kept| kept.get_mut("items")?.get_mut(at)?.as_object_mut());
        if let Some(item) = item {
            note(item);
            self.restated = true;
        }
    }
}

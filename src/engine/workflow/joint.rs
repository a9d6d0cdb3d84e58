//! What several of a party are asked: each answers for himself, and what they say is kept side by side, until enough have.

use serde_json::{Value, json};

use super::command::Completion;
use super::decide::Turn;
use super::event::{Doer, What};
use super::refusal::Refusal;
use super::state::{Data, Flow, TokenId};
use crate::engine::definition::{Needed, PartyKind, Step, Verb};
use crate::kernel::PersonId;

/// Answers of one round.
const ANSWERS_MAX: usize = 1_000;
/// What each of them has come to.
const ANSWERED: &str = "done";

/// Whether somebody has answered an open step already. What is stated anew is answered and signed anew.
#[must_use]
pub fn has_answered(flow: &Flow, token: TokenId, person: PersonId) -> bool {
    flow.tokens.get(&token).is_some_and(|token| token.votes.contains_key(&person))
}

/// The persons that a party is, each once, as far as it is stated who they are.
#[must_use]
pub fn persons_of(data: &Data, party: &str) -> Vec<PersonId> {
    let list = match data.parties.get(party) {
        Some(Value::Array(list)) => list.iter().collect(),
        one => one.into_iter().collect::<Vec<_>>(),
    };
    let id = |stated: &Value| serde_json::from_value(stated.get("id")?.clone()).ok();
    let mut persons: Vec<PersonId> = list.into_iter().filter_map(id).collect();
    persons.sort_unstable();
    persons.dedup();
    persons
}

/// How many are stated of a party without anybody knowing who they are.
fn unknown(data: &Data, party: &str) -> usize {
    match data.parties.get(party) {
        Some(Value::Array(list)) => list.iter().filter(|one| one.get("id").is_none_or(Value::is_null)).count(),
        _ => 0,
    }
}

impl Turn<'_> {
    /// Takes in what one of several answers. True where others are waited for.
    pub(super) fn one_of_several(
        &mut self,
        token: TokenId,
        step: &Step,
        by: Doer,
        done: &Completion,
    ) -> Result<bool, Refusal> {
        let Verb::Ask { of, need, .. } = &step.verb else { return Ok(false) };
        let asked = self.persons(of);
        // Whoever acts for somebody answers in his place; of an organisation it is known who answered.
        let person = by.behalf.unwrap_or(by.person);
        if asked.as_ref().is_some_and(|asked| !asked.contains(&person)) {
            return Err(Refusal::NotAsked);
        }
        if has_answered(&self.case.flow, token, person) {
            return Err(Refusal::AlreadyAnswered);
        }
        let mut answer = done.answers.as_ref().and_then(Value::as_object).cloned().unwrap_or_default();
        answer.extend([("by".to_owned(), json!(person)), ("at".to_owned(), json!(self.at))]);
        answer.extend(done.signed.iter().map(|signed| ("statement".to_owned(), json!(signed))));
        let found = self.active(token)?;
        let kept = self.case.data.steps.entry(found.step.clone()).or_insert_with(|| json!({"answers": []}));
        let answers = kept.get_mut("answers").and_then(Value::as_array_mut).ok_or(Refusal::WrongKind)?;
        if answers.len() >= ANSWERS_MAX {
            return Err(Refusal::TooMany);
        }
        answers.push(Value::Object(answer));
        self.restated = true;
        self.emit(What::Voted { token, step: found.step, outcome: ANSWERED.to_owned(), by });
        let asked = asked.unwrap_or_default();
        let given = asked.iter().filter(|person| has_answered(&self.case.flow, token, **person)).count();
        let needed = match need {
            // Of whom nobody knows who it is, nobody answers.
            Needed::All => asked.len() + unknown(&self.case.data, of),
            Needed::Number(number) => asked.len().min(usize::try_from(*number).unwrap_or(usize::MAX)),
        };
        Ok(*need != Needed::Number(1) && given < needed)
    }

    /// What was answered before is of another round, or of a form that is not the case's any more.
    pub(super) fn shelve(&mut self, step: &str) {
        if let Some(before) = self.case.data.steps.remove(step) {
            self.case.data.history.entry(step.to_owned()).or_default().push(before);
            self.restated = true;
        }
    }

    /// The form is another one: what several were asked about it they are asked again.
    pub(super) fn ask_again(&mut self) {
        let def = self.def;
        let is_joint = |step: &String| def.steps.get(step).is_some_and(Step::is_joint);
        let open = self.case.flow.tokens.iter().filter(|(_, t)| !t.votes.is_empty() && is_joint(&t.step));
        for (token, step) in open.map(|(id, t)| (*id, t.step.clone())).collect::<Vec<_>>() {
            self.shelve(&step);
            self.emit(What::AskedAgain { token, step });
        }
    }

    /// The persons that a party is; none where it is an organisation, or nobody said who it is.
    fn persons(&self, party: &str) -> Option<Vec<PersonId>> {
        if self.def.parties.get(party).is_some_and(|rule| rule.kind == PartyKind::Organisation) {
            return None;
        }
        let persons = persons_of(&self.case.data, party);
        Some(persons).filter(|persons| !persons.is_empty())
    }
}

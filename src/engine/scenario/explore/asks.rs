//! What parties are asked, answered by whoever of them can; and what a case hears of registers.

use serde_json::{Value, json};

use super::Walk;
use crate::engine::definition::{MESSAGE, Verb};
use crate::engine::scenario::Line;
use crate::engine::scenario::people::person;
use crate::engine::scenario::run::{MAIN, World};
use crate::engine::workflow::{Command, TokenId, has_answered, watched};
use crate::kernel::MessageId;

impl Walk<'_> {
    /// With every form that a scenario states there.
    pub(super) fn asked<'w>(
        &self,
        world: &World<'w>,
        token: TokenId,
        step: &str,
        moves: &mut Vec<(String, Result<World<'w>, String>)>,
    ) {
        let verb = self.def.steps.get(step).map(|s| &s.verb);
        if let Some(Verb::Ask { message: true, of, .. }) = verb {
            let command = Command::Message {
                message: MessageId(uuid::Uuid::from_u128(u128::from(token) + 1)),
                party: of.clone(),
                asked: vec![token],
            };
            self.tried(world, format!("{step}: written"), moves, |w| w.command(None, &command));
            return;
        }
        let forms: Vec<Option<&Value>> = match self.forms.steps.get(step).filter(|forms| !forms.is_empty()) {
            Some(forms) => forms.iter().copied().map(Some).collect(),
            None if matches!(verb, Some(Verb::Ask { form: true, .. })) => {
                self.forms.first.iter().copied().map(Some).collect()
            }
            None => vec![None],
        };
        let Some(by) = self.answers(world, token, step) else { return };
        for form in forms {
            let line = Line {
                step: Some(step.to_owned()),
                form: form.cloned(),
                documents: self.papers(world),
                ..Line::default()
            };
            self.tried(world, format!("{step}: answered"), moves, |w| w.complete(&by, step, &line));
        }
    }

    /// A party writes to the office, once.
    pub(super) fn written<'w>(&self, world: &World<'w>, moves: &mut Vec<(String, Result<World<'w>, String>)>) {
        let Some(played) = world.cases.get(MAIN) else { return };
        let is_read = self.def.reactions.iter().any(|r| r.event == MESSAGE);
        if is_read && !played.case.data.events.contains_key(MESSAGE) {
            let (message, party) = (MessageId(uuid::Uuid::nil()), "applicant".to_owned());
            let command = Command::Message { message, party, asked: Vec::new() };
            self.tried(world, MESSAGE.to_owned(), moves, |w| w.command(None, &command));
        }
    }

    /// Other cases change the registers that concern this one, or end, once each.
    pub(super) fn hears<'w>(&self, world: &World<'w>, moves: &mut Vec<(String, Result<World<'w>, String>)>) {
        let Some(played) = world.cases.get(MAIN) else { return };
        let records = watched(self.def, &played.case, world.now).unwrap_or_default();
        for reaction in self.def.reactions.iter().filter(|r| !played.case.data.events.contains_key(&r.event)) {
            let Some(heard) = &reaction.heard else { continue };
            let Some((register, key)) = records.iter().find(|(register, _)| *register == heard.register) else {
                continue;
            };
            let kept = world.registers.get(register).and_then(|all| all.get(key).or(all.values().next()));
            let (version, mut record) = kept.cloned().unwrap_or_default();
            let (register, key, change) = (register.clone(), key.clone(), heard.change.clone());
            if let Some(other) = heard.service() {
                let other = world.linked.get(other).unwrap_or(self.def);
                let result = other.ends.get(&change).map(|end| end.result.word());
                record = json!({"reference": key, "end": change, "result": result});
            }
            let command = Command::Heard { register, key, change, version: version + 1, record };
            self.tried(world, reaction.event.clone(), moves, |w| w.command(None, &command));
        }
    }

    /// Who answers: of several the first who has not; where it is of no interest, whoever began the case.
    fn answers(&self, world: &World<'_>, token: TokenId, step: &str) -> Option<String> {
        let step = self.def.steps.get(step)?;
        let flow = &world.cases.get(MAIN)?.case.flow;
        match &step.verb {
            Verb::Ask { of, .. } if step.is_joint() => {
                let mut people = world.scenario.given.people.names().into_iter();
                people.find(|name| {
                    let is_asked = world.parties_of(None, name).is_ok_and(|parties| parties.contains(of));
                    is_asked && !has_answered(flow, token, person(name))
                })
            }
            _ => world.scenario.story.iter().find(|line| line.start.is_some())?.by.clone(),
        }
    }
}

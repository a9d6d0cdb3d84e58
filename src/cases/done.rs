//! A case right after an act, as it was written: the answer to the act is made from it, without reading the case again.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::act::{Act, Party};
use super::perform::with_parties;
use super::store::{Loaded, relations};
use crate::access::{APPLICANT, Action, Asked, Desk, Facts, TaskKind};
use crate::engine::definition::{Definition, Verb};
use crate::engine::workflow::{StepKind, TokenId};
use crate::kernel::{Actor, CaseId};

/// What an act leaves.
pub struct Done {
    pub case: CaseId,
    /// None where the case must be read to be shown: nothing was written, or the act was a repeat.
    pub after: Option<Box<After>>,
}

impl Done {
    /// A repeat of what was done before.
    #[must_use]
    pub fn again(case: uuid::Uuid) -> Self {
        Self { case: CaseId(case), after: None }
    }
}

/// The case after the act, and what the policy needs to know of it.
pub struct After {
    pub def: Arc<Definition>,
    pub facts: Facts,
    pub loaded: Loaded,
}

impl After {
    /// `facts` and `loaded` are those before the act.
    pub fn of(actor: &Actor, act: Act, def: Arc<Definition>, facts: Facts, mut loaded: Loaded) -> Self {
        let mut desks: BTreeMap<(String, String), bool> =
            facts.desks.into_iter().map(|d| ((d.role, d.office), false)).collect();
        for task in &act.tasks {
            if let (Some(role), Some(office)) = (&task.role, &task.office) {
                desks.entry((role.clone(), office.clone())).or_default();
            }
            loaded.tasks.entry(task.token).or_insert(task.id);
        }
        for token in act.case.flow.tokens.values().filter(|t| t.ready.is_none() && t.kind == StepKind::Task) {
            let role = match def.steps.get(&token.step).map(|s| &s.verb) {
                Some(Verb::Task { role, .. }) => act.case.flow.role_for(role).to_owned(),
                _ => continue,
            };
            desks.extend(token.office.clone().map(|office| ((role, office), true)));
        }
        let asked = asked(facts.asked, &act);
        let relations = match &act.parties {
            Some(parties) => {
                let row = &act.row;
                let parties =
                    parties.iter().map(|p: &Party| (p.role.as_str(), p.person, p.organisation, p.represented_by));
                relations(actor, row.started_by, row.organisation, row.helper, parties)
            }
            None => facts.relations,
        };
        let facts = Facts {
            case: Some(act.row.id),
            service: act.row.service.clone(),
            authority: act.row.authority.clone(),
            office: act.row.office.clone(),
            level: act.row.level,
            status: act.case.flow.status.word().to_owned(),
            relations,
            party_may: Vec::new(),
            party_sees: Vec::new(),
            raised_by: Vec::new(),
            appealed_by: Vec::new(),
            booked_by: Vec::new(),
            overseen_by: Vec::new(),
            extended_by: None,
            held_by: Vec::new(),
            asked,
            desks: desks.into_iter().map(|((role, office), open)| Desk { role, office, open }).collect(),
            task: None,
        };
        let facts = with_parties(facts, actor, Action::ReadCase, &def);
        loaded.certified |= !act.certificates.is_empty();
        loaded.row = act.row;
        loaded.case = act.case;
        Self { def, facts, loaded }
    }
}

/// What parties other than the applicant were asked before, and by the act.
fn asked(before: Vec<Asked>, act: &Act) -> Vec<Asked> {
    let waits = |token: &TokenId| act.case.flow.tokens.get(token).is_some_and(|t| t.ready.is_none());
    let ended = |asked: &Asked| act.tasks.iter().any(|t| t.step == asked.step && !waits(&t.token));
    let mut all: Vec<Asked> = before.into_iter().map(|a| Asked { open: a.open && !ended(&a), ..a }).collect();
    all.extend(act.tasks.iter().filter(|task| waits(&task.token)).filter_map(|task| {
        let kind = if task.kind == "charge" { TaskKind::Charge } else { TaskKind::Ask };
        let party = task.party.clone().filter(|party| party != APPLICANT)?;
        Some(Asked { kind, party, step: task.step.clone(), open: true, documents: false })
    }));
    all
}

//! A case right after an act, as it was written: the answer to the act is made from it, without reading the case again.

use std::sync::Arc;

use super::act::{Act, Party};
use super::perform::with_parties;
use super::store::{Loaded, relations};
use crate::access::{Action, Facts};
use crate::engine::definition::Definition;
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
        let relations = match &act.parties {
            Some(parties) => {
                let row = &act.row;
                let parties =
                    parties.iter().map(|p: &Party| (p.role.as_str(), p.person, p.organisation, p.represented_by));
                relations(actor, row.started_by, row.organisation, row.helper, parties)
            }
            None => facts.relations,
        };
        let facts = act.row.facts(act.case.flow.status.word(), relations);
        let facts = with_parties(facts, actor, Action::ReadCase, &def);
        loaded.row = act.row;
        loaded.case = act.case;
        Self { def, facts, loaded }
    }
}

//! What hangs on a case and every look at it needs: its parties and its tasks, also those that are done.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::act::{Party, TaskRow};
use crate::access::{APPLICANT, Asked, Desk, TaskFacts, TaskKind};
use crate::engine::workflow::TokenId;
use crate::kernel::{OrganisationId, PersonId};

/// With more tasks, or more parties, than this no copy is kept beside the case: the tables are read.
const MOST: usize = 100;

/// Kept beside the case, as a copy of `case_parties` and `tasks`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Around {
    pub parties: Vec<AroundParty>,
    pub tasks: Vec<AroundTask>,
    /// It has issued certificates.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub certified: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AroundParty {
    pub role: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub organisation: Option<OrganisationId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub represented_by: Option<PersonId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AroundTask {
    pub id: Uuid,
    pub token: TokenId,
    /// `task`, `ask` or `charge`.
    pub kind: String,
    pub step: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub open: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub office: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub party: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub holder: Option<PersonId>,
}

impl AroundTask {
    fn kind(&self) -> TaskKind {
        match self.kind.as_str() {
            "ask" => TaskKind::Ask,
            "charge" => TaskKind::Charge,
            _ => TaskKind::Task,
        }
    }

    /// What the policy needs to know of it.
    pub fn facts(&self) -> TaskFacts {
        TaskFacts {
            kind: self.kind(),
            role: self.role.clone(),
            office: self.office.clone(),
            party: self.party.clone(),
            holder: self.holder,
        }
    }
}

impl Around {
    /// From what is stored, where that is of a case with so many events: what it is a copy of changes with acts alone.
    pub fn read(stored: &str, seq: u32) -> Option<Self> {
        let (of, around): (u32, Self) = serde_json::from_str(stored).ok()?;
        (of == seq).then_some(around)
    }

    /// As it is stored with a case that has so many events; none where it has grown too long.
    pub fn write(&self, seq: u32) -> Option<String> {
        (self.tasks.len().max(self.parties.len()) <= MOST).then(|| serde_json::to_string(&(seq, self)).ok()).flatten()
    }

    /// What an act makes of it.
    pub fn follow(&mut self, tasks: &[TaskRow]) {
        for row in tasks {
            let open = row.state == "open";
            match self.tasks.iter_mut().find(|task| task.token == row.token) {
                Some(task) => {
                    (task.open, task.office, task.holder) = (open, row.office.clone(), row.holder);
                }
                None => self.tasks.push(AroundTask {
                    id: row.id,
                    token: row.token,
                    kind: row.kind.to_owned(),
                    step: row.step.clone(),
                    open,
                    role: row.role.clone(),
                    office: row.office.clone(),
                    party: row.party.clone(),
                    holder: row.holder,
                }),
            }
        }
    }

    /// The parties as they were stated anew.
    pub fn state(&mut self, parties: &[Party]) {
        let party = |p: &Party| AroundParty {
            role: p.role.clone(),
            person: p.person,
            organisation: p.organisation,
            represented_by: p.represented_by,
        };
        self.parties = parties.iter().map(party).collect();
    }

    pub fn task(&self, id: Uuid) -> Option<&AroundTask> {
        self.tasks.iter().find(|task| task.id == id)
    }

    /// The id of the task that a step is waited for by.
    pub fn task_of(&self, token: TokenId) -> Option<Uuid> {
        self.tasks.iter().find(|task| task.token == token).map(|task| task.id)
    }

    /// Everybody who is a party.
    pub fn persons(&self) -> impl Iterator<Item = PersonId> {
        self.parties.iter().filter_map(|party| party.person)
    }

    /// What parties other than the applicant were asked.
    pub fn asked(&self) -> Vec<Asked> {
        let asked = |task: &AroundTask| {
            let kind = if task.kind() == TaskKind::Charge { TaskKind::Charge } else { TaskKind::Ask };
            let party = task.party.clone().filter(|party| party != APPLICANT)?;
            Some(Asked { kind, party, step: task.step.clone(), open: task.open, documents: false })
        };
        self.tasks.iter().filter_map(asked).collect()
    }

    /// The desks that have, or had, a task of it.
    pub fn desks(&self) -> Vec<Desk> {
        let mut desks: Vec<Desk> = Vec::new();
        for task in &self.tasks {
            let (Some(role), Some(office)) = (&task.role, &task.office) else { continue };
            match desks.iter_mut().find(|d| d.role == *role && d.office == *office) {
                Some(desk) => desk.open |= task.open,
                None => desks.push(Desk { role: role.clone(), office: office.clone(), open: task.open }),
            }
        }
        desks
    }
}

//! The one policy: who may do what, and for what purpose. Promises that a [`Permit`] or a [`Scope`] comes from here and
//! nowhere else, and that who has nothing to do with a case is not even told that it exists. Knows a case by its
//! [`Facts`] only; rules that depend on the state of a case (guards, four eyes, deadlines) are the engine's.

mod rules;

use crate::kernel::{Actor, CaseId, Error, OrganisationId, PersonId, Post, Result, TaskId};

pub use rules::permit;

/// Cases above this level (of 8) are read by staff at the desk of an open task only.
pub const LEVEL_GUARDED: i16 = 6;
/// The role of those who operate the server: a post with it, in whatever office.
pub const OPERATOR: &str = "operator";
/// The party that applies; it always exists.
pub const APPLICANT: &str = "applicant";

/// How the actor stands to a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Relation {
    /// Started the case.
    Starter,
    /// Is this party of the definition.
    Party(String),
    /// Acts for a party that another person or the applicant named: sees what the applicant sees.
    Represented,
    /// Filed the case for somebody at the counter. On its own it opens nothing: while the post lasts under which that
    /// was done, the helper is [`Relation::Represented`] as well.
    Helper,
    /// Acts with a mandate of the organisation whose case it is.
    Signatory,
}

/// A role in an office that has or had a task in this case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Desk {
    pub role: String,
    pub office: String,
    /// It has an open task.
    pub open: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskKind {
    Task,
    Ask,
    Charge,
}

/// The task that the act is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskFacts {
    pub kind: TaskKind,
    /// Role and office of an officer's task.
    pub role: Option<String>,
    pub office: Option<String>,
    /// The party of an ask or a charge.
    pub party: Option<String>,
    pub holder: Option<PersonId>,
}

/// An ask or a charge of a party other than the applicant, past or open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub kind: TaskKind,
    pub party: String,
    pub step: String,
    pub open: bool,
    /// It asks for documents.
    pub documents: bool,
}

/// What the policy needs to know of a case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Facts {
    /// None where it is about to be started.
    pub case: Option<CaseId>,
    pub service: String,
    pub authority: String,
    /// The competent office.
    pub office: String,
    /// 1 public … 8 top secret.
    pub level: i16,
    pub status: String,
    /// All relations of *this* actor.
    pub relations: Vec<Relation>,
    /// What the actor's parties, other than the applicant, may: `message`, `document`, `withdraw`.
    pub party_may: Vec<String>,
    /// What those parties see: the paths of the definition.
    pub party_sees: Vec<String>,
    /// Parties and roles that may raise some event of the definition.
    pub raised_by: Vec<String>,
    /// Parties that have a remedy against some decision.
    pub appealed_by: Vec<String>,
    /// Parties that may choose a slot for a meeting that is waited for.
    pub booked_by: Vec<String>,
    /// Roles and offices from which the office is overseen.
    pub overseen_by: Vec<(String, String)>,
    /// Who may extend the legal limit, in the competent office.
    pub extended_by: Option<String>,
    /// Roles that may let the case stand still, in the competent office.
    pub held_by: Vec<String>,
    pub asked: Vec<Asked>,
    pub desks: Vec<Desk>,
    pub task: Option<TaskFacts>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Action {
    ReadCase,
    ReadForm,
    ReadDocument,
    ReadEvents,
    ReadDecisions,
    ReadFees,
    ReadMessages,
    ListCases,
    ListTasks,
    StartCase,
    SaveForm,
    AddDocument,
    Submit,
    Withdraw,
    /// An event of the definition.
    Raise,
    /// A remedy against what was decided.
    Lodge,
    /// Of the legal limit.
    Extend,
    /// Letting the case stand still, or go on.
    Hold,
    /// An appointment, and the slots for one.
    Book,
    /// Keeping out of a case.
    Recuse,
    WriteMessage,
    Claim,
    Release,
    Assign,
    /// Of a task, to another office.
    Transfer,
    Complete,
    Pay,
    Revoke,
    ReadOwnMessages,
    /// How one wants to be told oneself.
    ReadContact,
    ChangeContact,
    /// How the work of an office stands; no case in particular.
    Oversee,
    ListJobs,
    RetryJob,
    Suspend,
    /// Development only.
    MoveClock,
}

impl Action {
    /// Every action: for tests that must miss none.
    pub const ALL: [Self; 36] = [
        Self::ReadCase,
        Self::ReadForm,
        Self::ReadDocument,
        Self::ReadEvents,
        Self::ReadDecisions,
        Self::ReadFees,
        Self::ReadMessages,
        Self::ListCases,
        Self::ListTasks,
        Self::StartCase,
        Self::SaveForm,
        Self::AddDocument,
        Self::Submit,
        Self::Withdraw,
        Self::Raise,
        Self::Lodge,
        Self::Extend,
        Self::Hold,
        Self::Book,
        Self::Recuse,
        Self::WriteMessage,
        Self::Claim,
        Self::Release,
        Self::Assign,
        Self::Transfer,
        Self::Complete,
        Self::Pay,
        Self::Revoke,
        Self::ReadOwnMessages,
        Self::ReadContact,
        Self::ChangeContact,
        Self::Oversee,
        Self::ListJobs,
        Self::RetryJob,
        Self::Suspend,
        Self::MoveClock,
    ];

    /// Whether personal data of a case is read.
    #[must_use]
    pub fn is_read(self) -> bool {
        use Action as A;
        matches!(
            self,
            A::ReadCase
                | A::ReadForm
                | A::ReadDocument
                | A::ReadEvents
                | A::ReadDecisions
                | A::ReadFees
                | A::ReadMessages
        )
    }

    /// Whether it is about no case in particular.
    fn is_general(self) -> bool {
        use Action as A;
        matches!(
            self,
            A::ListCases
                | A::ListTasks
                | A::StartCase
                | A::ReadOwnMessages
                | A::ReadContact
                | A::ChangeContact
                | A::Oversee
                | A::ListJobs
                | A::RetryJob
                | A::Suspend
                | A::MoveClock
        )
    }
}

/// Why something is read, as the caller of the policy knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// The actor's own case, or nothing that needs a reason.
    OwnCase,
    /// This task of the case; believed only where the case has an open task at a desk of the actor.
    OpenTask(TaskId),
    /// In the actor's own words.
    Stated(String),
}

/// That an actor may do one thing. Only the policy makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permit {
    /// On what ground: a word for the log.
    pub basis: &'static str,
    pub purpose: String,
    /// The post under which it is done.
    pub post: Option<Post>,
    /// Parties through whose eyes the case is seen; none: the whole of it.
    pub narrowed_to: Option<Vec<String>>,
    /// Other parties that somebody on the applicant's side is as well.
    pub also: Vec<String>,
    sealed: Sealed,
}

impl Permit {
    /// In whose name the actor raises an event: of a role at a desk, of other parties, or of the applicant.
    #[must_use]
    pub fn speaks_as(&self) -> Vec<String> {
        match (&self.post, &self.narrowed_to) {
            (Some(post), _) => vec![post.role.clone()],
            (None, Some(parties)) => parties.clone(),
            (None, None) => vec![APPLICANT.to_owned()],
        }
    }

    /// Whether the actor is this party, be it beside another.
    #[must_use]
    pub fn is_party(&self, party: &str) -> bool {
        let as_applicant = || self.also.iter().any(|name| name == party) || party == APPLICANT;
        self.speaks_for(party) || (self.post.is_none() && self.narrowed_to.is_none() && as_applicant())
    }

    /// Whether the case is seen through the eyes of this party, which is another than the applicant.
    #[must_use]
    pub fn speaks_for(&self, party: &str) -> bool {
        self.narrowed_to.as_ref().is_some_and(|names| names.iter().any(|name| name == party))
    }
}

/// Keeps a permit or a scope from being written down anywhere else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed(());

/// Whose rows a list shows. Only the policy makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// Cases of the person, or of the organisation the person acts for.
    Person {
        person: PersonId,
        organisation: Option<OrganisationId>,
        sealed: Sealed,
    },
    /// Rows at these desks: the two lists go together, place by place.
    Desks {
        roles: Vec<String>,
        offices: Vec<String>,
        sealed: Sealed,
    },
    Nothing,
}

/// Whose rows the actor's list shows.
///
/// # Errors
/// [`Error::Unauthenticated`] without a person; [`Error::Forbidden`] where the action is no list.
pub fn scope(actor: &Actor, action: Action) -> Result<Scope> {
    let person = signed_in(actor)?;
    match action {
        Action::ListCases | Action::ReadOwnMessages => {
            Ok(Scope::Person { person, organisation: actor.acting_for, sealed: Sealed(()) })
        }
        Action::ListTasks if actor.posts.is_empty() => Ok(Scope::Nothing),
        Action::ListTasks => {
            let (roles, offices) = actor.posts.iter().map(|p| (p.role.clone(), p.office.clone())).unzip();
            Ok(Scope::Desks { roles, offices, sealed: Sealed(()) })
        }
        _ => Err(Error::Forbidden("not_a_list")),
    }
}

/// The desks of an office, and by which post somebody sees them who oversees it: `overseen_by` are the roles and offices from
/// which it is, `roles` its own.
///
/// # Errors
/// [`Error::Forbidden`] for everybody else.
pub fn scope_of_office(
    actor: &Actor,
    office: &str,
    roles: &[String],
    overseen_by: &[(String, String)],
) -> Result<(Scope, Permit)> {
    let facts = Facts { overseen_by: overseen_by.to_vec(), ..Facts::default() };
    let permit = permit(actor, Action::Oversee, &facts, Purpose::OwnCase)?;
    let offices = vec![office.to_owned(); roles.len()];
    Ok((Scope::Desks { roles: roles.to_vec(), offices, sealed: Sealed(()) }, permit))
}

/// The person behind the actor.
fn signed_in(actor: &Actor) -> Result<PersonId> {
    match actor.person {
        Some(person) => Ok(person),
        None if actor.subject.is_empty() => Err(Error::Unauthenticated("token_missing")),
        // A good token of somebody whom no register knows.
        None => Err(Error::Forbidden("unknown_person")),
    }
}

#[cfg(test)]
mod tests;

//! Why a command is refused.

use crate::kernel::Fault;

/// Why a command was refused. Nothing was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    WrongVersion,
    AlreadySubmitted,
    NotSubmitted,
    Closed,
    NoSuchToken,
    /// The step has ended or was taken back meanwhile.
    NoLongerActive,
    WrongKind,
    WrongRole,
    NotHolder,
    /// The officer has not said whether anything ties him to anybody in the case.
    NotDeclared,
    AlreadyClaimed,
    /// Whoever is asked with others has answered already.
    AlreadyAnswered,
    /// The step asks others.
    NotAsked,
    /// Who did this step may not do that one.
    FourEyes(String),
    NoSuchOutcome,
    /// The guard of the outcome does not hold.
    NotOffered,
    AlreadyDecided,
    NotDecided,
    /// The task is done at an appointment, and none was made.
    NotBooked,
    /// The appointment, or the first that there can be, is still to come.
    TooEarly,
    /// No slot of the office begins then.
    NoSuchSlot,
    /// A hold stands.
    Held,
    /// It does not stand.
    NotHeld,
    NoSuchHold,
    /// Who is shut out from the case.
    Recused,
    /// Nothing can be done against this, or not by this party.
    NoRemedy,
    AppealPending,
    AlreadyLodged,
    TooLate,
    /// The limit does not run, has passed, or was extended as often as it may be.
    ClockNotOpen,
    UnknownDemand,
    NoSuchEvent,
    /// As the case stands this is not taken in.
    NotNow,
    /// It happened more often than a case holds.
    TooMany,
    /// The service is not open to this case (`start.when`).
    StartRefused,
    /// What was stated is not in order.
    Invalid(Vec<Fault>),
    /// More fell due meanwhile than one transaction holds: the timer catches up, in portions, and then it is tried again.
    Behind,
    /// Defects of the definition: no arrow fits, or it does not come to rest.
    NoRoute(String),
    Runaway,
    /// A rule could not be worked out within its budget.
    Defect(String),
}

impl Refusal {
    /// The stable code, the same in problem documents and scenarios.
    #[must_use]
    pub fn code(&self) -> &str {
        match self {
            Self::WrongVersion => "wrong_version",
            Self::AlreadySubmitted => "already_submitted",
            Self::NotSubmitted => "not_submitted",
            Self::Closed => "closed",
            Self::NoSuchToken => "no_such_token",
            Self::NoLongerActive => "no_longer_active",
            Self::WrongKind => "wrong_kind",
            Self::WrongRole => "wrong_role",
            Self::NotHolder => "not_holder",
            Self::NotDeclared => "not_declared",
            Self::AlreadyClaimed => "already_claimed",
            Self::AlreadyAnswered => "already_answered",
            Self::NotAsked => "not_asked_of_you",
            Self::FourEyes(_) => "four_eyes",
            Self::NoSuchOutcome => "no_such_outcome",
            Self::NotOffered => "not_offered",
            Self::AlreadyDecided => "already_decided",
            Self::NotDecided => "not_decided",
            Self::NotBooked => "not_booked",
            Self::TooEarly => "too_early",
            Self::NoSuchSlot => "no_such_slot",
            Self::Held => "held",
            Self::NotHeld => "not_held",
            Self::NoSuchHold => "no_such_hold",
            Self::Recused => "recused",
            Self::NoRemedy => "no_remedy",
            Self::AppealPending => "appeal_pending",
            Self::AlreadyLodged => "already_lodged",
            Self::TooLate => "too_late",
            Self::ClockNotOpen => "clock_not_open",
            Self::UnknownDemand => "unknown_demand",
            Self::NoSuchEvent => "no_such_event",
            Self::NotNow => "not_now",
            Self::TooMany => "too_many",
            Self::StartRefused => "start_refused",
            Self::Invalid(_) => "invalid",
            Self::Behind => "behind",
            Self::NoRoute(_) => "no_route",
            Self::Runaway => "runaway",
            Self::Defect(_) => "defect",
        }
    }
}

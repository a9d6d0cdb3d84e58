//! The decider: from facts to a plan. [`decide`] takes a case and a command and gives events; [`evolve`] replays them;
//! [`effects`] says what follows outside; [`calls`] what our own registers are asked before the transaction may end.
//! No async, no SQL, no clock, no randomness. What differs from service to service is in the definition alone.

mod clock;
mod command;
mod course;
mod decide;
mod event;
mod eyes;
mod grounds;
mod hands;
mod offers;
mod papers;
mod raised;
mod settle;
mod state;
mod view;
mod waits;
mod writes;

pub use command::{Answer, Call, Command, Completion, Expects, Key, Refusal, Statement, Worker, Write, Written};
pub use course::Course;
pub use decide::{BOUND, Plan, decide};
pub use event::{BY_OFFICE, Doer, EXPIRED, Event, What, evolve};
pub use eyes::may_take;
pub use offers::{Effect, Offer, OfficeKey, calls, effects, fixed_offices, offers, office_keys, stated_parties};
pub use papers::{document_faults, is_required};
pub use raised::counts;
pub use state::{
    Case, Charge, Data, Demand, DemandState, DocumentFact, Flow, Grounds, LegalClock, Result, Run, Status, StepKind,
    Token, TokenId,
};
pub use view::View;
pub use writes::fee_items;

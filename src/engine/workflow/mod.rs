//! The decider: from facts to a plan. [`decide`] takes a case and a command and gives events; [`evolve`] replays them;
//! [`effects`] says what follows outside; [`calls`] what our own registers are asked before the transaction may end.
//! No async, no SQL, no clock, no randomness. What differs from service to service is in the definition alone.

mod advice;
mod alarms;
mod answers;
mod branches;
mod children;
mod clock;
mod command;
mod course;
mod decide;
mod doer;
mod event;
mod evolve;
mod eyes;
mod grounds;
mod hands;
mod heard;
mod holds;
mod joint;
mod links;
mod meetings;
mod offers;
mod papers;
mod raised;
mod refusal;
mod remedies;
mod settle;
mod state;
mod versions;
mod view;
mod votes;
mod waits;
mod writes;

pub use advice::advice;
pub use children::{is_to_open, kept_items};
pub use command::{Answer, Call, Command, Completion, Expects, Key, Linked, Statement, Worker, Write, Written};
pub use course::Course;
pub use decide::{BOUND, Plan, decide};
pub use event::{BY_OFFICE, Doer, EXPIRED, Event, Moved, What};
pub use evolve::evolve;
pub use eyes::{may_take, undeclared};
pub use heard::watched;
pub use joint::{has_answered, persons_of};
pub use links::{Appeal, Child, Link, MOOT, NOT_OPENED, Parent};
pub use meetings::{meeting, slots};
pub use offers::{
    BOOKED, Effect, Offer, OfficeKey, UNBOOKED, calls, effects, fixed_offices, offers, office_keys, stated_parties,
};
pub use papers::{amended, document_faults, held_documents, is_required};
pub use raised::{asked_to_write, counts};
pub use refusal::Refusal;
pub use remedies::{Instance, OUTSIDE, excluded, instance, open_remedies};
pub use state::{
    Alarm, Booking, Case, Charge, Data, Demand, DemandState, DocumentFact, Flow, Grounds, LegalClock, Place, Result,
    Run, Status, StepKind, Token, TokenId,
};
pub use versions::misfits;
pub use view::View;
pub use writes::fee_items;

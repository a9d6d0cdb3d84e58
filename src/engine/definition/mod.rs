//! Service definitions: the language they are written in, and what they compile to. A [`Definition`] can be run: its
//! names are resolved, its expressions typed. Reads no disk; whoever has the files hands them in as text.

mod branches;
mod compile;
mod country;
mod declared;
mod events;
mod finding;
mod ids;
pub mod language;
mod meetings;
mod model;
mod moves;
mod names;
mod pools;
mod records;
mod remedies;
mod sources;
mod steps;
mod tables;
mod waits;

pub use branches::Branch;
pub use compile::compile;
pub use country::{AGENCIES, Country};
pub use finding::{Files, Finding, Findings, line_of};
pub use language::{
    About, After, AsOf, Decision, EndResult, Kind, Mode, Needed, PartyKind, PartyMay, Retention, Starter,
};
pub use meetings::{Meeting, Slots};
pub use model::{
    Act, ActVerb, Arrow, DOCUMENT, Definition, Document, End, Expiry, FeeItem, Moment, OfficeRule, Param, Party,
    Reaction, Record, Register, Silence, Span, Start, Step, Target, TimeLimit, Trigger, Verb, WITHDRAWAL,
};
pub use moves::Moves;
pub use names::of_shape;
pub use pools::{Places, Reserve};
pub use remedies::{Extend, LINK_OFFICE, LINK_ROLE, Level, Remedy, SILENCE};

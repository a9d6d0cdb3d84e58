//! Service definitions: the language they are written in, and what they compile to. A [`Definition`] can be run: its
//! names are resolved, its expressions typed. Reads no disk; whoever has the files hands them in as text.

mod acts;
mod asks;
mod branches;
mod children;
mod compile;
mod country;
mod declared;
mod disclosure;
mod events;
mod expiry;
mod finding;
mod ids;
pub mod language;
mod meetings;
mod model;
mod moves;
mod names;
mod pools;
mod protected;
mod reactions;
mod records;
mod remedies;
mod sources;
mod start;
mod steps;
mod tables;
mod waits;

pub use branches::Branch;
pub use children::Opening;
pub use compile::compile;
pub use country::{AGENCIES, Country};
pub use disclosure::Disclosure;
pub use expiry::{Expiry, Silence, Until};
pub use finding::{Files, Finding, Findings, line_of};
pub use language::{
    About, After, AsOf, Awaited, Channel, Decision, EndResult, Kind, Mode, Needed, PartyKind, PartyMay, Retention,
    Starter,
};
pub use meetings::{Meeting, Slots};
pub use model::{
    Act, ActVerb, Arrow, Definition, Document, End, FeeItem, Moment, OfficeRule, Param, Party, Record, Span, Step,
    Target, TimeLimit, Verb,
};
pub use moves::Moves;
pub use names::{ADVICE, ADVISED, as_name, of_shape};
pub use pools::{Places, Reserve};
pub use reactions::{DOCUMENT, Heard, MESSAGE, PAYMENT, PUBLIC, Reaction, Trigger, WITHDRAWAL, cases_of, of_cases};
pub use records::misfit;
pub use remedies::{Extend, LINK_OFFICE, LINK_ROLE, Level, Remedy, SILENCE};
pub use sources::Register;
pub use start::{OpenedBy, Start};

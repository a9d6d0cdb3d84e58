//! Persons and organisations, who may sign for whom, and the authorities with their offices. Promises that one
//! identifier belongs to one person, also when two cases state it at the same moment, and that identifiers are found
//! by hash only. What somebody states about another changes nothing that is known already: it stays in the case.
//! Who may read what is decided in `access`; who is signed in, there as well.

mod contact;
pub mod demo;
pub mod names;
mod statement;
mod store;

pub use contact::{Contact, ContactChange, phone};
pub use names::{Name, display_name};
pub use store::{
    Identified, Summary, chosen_languages, contact, hold_contact, organisation_summary, person_summary,
    publish_agencies, put_contact, resolve_organisation, resolve_person,
};

/// Hash of an identifier: type, issuer, value → HMAC. Normalises the value itself.
pub type Hash<'h> = &'h dyn Fn(&str, &str, &str) -> [u8; 32];

/// The issuer of an identifier of which nobody says who issued it: the jurisdiction that this deployment serves.
pub const HOME: &str = "home";

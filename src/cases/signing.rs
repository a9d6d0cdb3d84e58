//! Signatures of the parties: whoever signs says which statement was read.

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::prepare::Input;
use super::store::Loaded;
use crate::access::APPLICANT;
use crate::audit::canonical;
use crate::engine::workflow::{Case, TokenId, Worker, has_answered, persons_of};
use crate::kernel::{Error, PersonId, Result};

/// SHA-256, in hexadecimal, of a form in the canonical form of JSON (RFC 8785): anybody who has the form can work it out.
pub(super) fn digest(form: &Value) -> String {
    Sha256::digest(canonical(form)).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is signed is the form as it stands.
pub(super) fn agrees(input: &Input, loaded: &Loaded) -> Result<()> {
    match &input.signature {
        Some(signed) if *signed != digest(&loaded.case.data.form) => Err(Error::invalid("/signature", "not_this_form")),
        _ => Ok(()),
    }
}

/// In whose name somebody answers what a party is asked: of the party, in his own; whoever began the case for applicants of whom
/// he is none, in that of the first who has not answered yet.
pub(super) fn answers_for(
    case: &Case,
    starter: PersonId,
    token: TokenId,
    party: &str,
    me: PersonId,
) -> Option<PersonId> {
    let persons = persons_of(&case.data, party);
    if persons.contains(&me) {
        return Some(me);
    }
    let represents = party == APPLICANT && me == starter;
    let open = persons.iter().find(|person| !has_answered(&case.flow, token, **person));
    open.or(persons.first()).copied().filter(|_| represents)
}

/// Puts that into effect. Nobody signs for whom he merely helps at the counter.
pub(super) fn in_whose_name(
    by: &mut Worker,
    input: &Input,
    loaded: &Loaded,
    token: TokenId,
    party: &str,
) -> Result<()> {
    let me = by.doer.person;
    if input.signature.is_some() && loaded.row.helper == Some(me) {
        return Err(Error::Forbidden("not_asked_of_you"));
    }
    if let Some(person) = answers_for(&loaded.case, loaded.row.started_by, token, party, me) {
        by.doer.behalf = Some(person).filter(|person| *person != me);
    }
    Ok(())
}

//! One entry, from what a room says of an act to the rows that stand for it. Everything personal is in the payload,
//! which can be erased; the entry itself keeps ids, codes and a commitment to the payload.

use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::canonical;
use crate::kernel::{Actor, CaseId, EntryId, Error, PersonId, Post, random};

/// Version of the payload's members; raised when they change, so that old payloads stay readable.
const PAYLOAD_VERSION: i16 = 1;
/// The longest purpose that is kept, in characters; a caller states it in a header.
const PURPOSE_MAX: usize = 500;

/// What is to be said of an act or a read.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The operation, such as `case.submit`.
    pub action: &'static str,
    /// `done`, or `refused: ` and the error's word.
    pub outcome: String,
    /// Why, where the policy knows it; what the caller stated stands in otherwise.
    pub purpose: Option<String>,
    pub case: Option<CaseId>,
    /// The post under which it was done.
    pub post: Option<Post>,
    /// Everybody whose data were read or changed.
    pub subjects: Vec<PersonId>,
    /// Ids and codes that belong to this action.
    pub details: Value,
}

impl Entry {
    /// An act that was done.
    #[must_use]
    pub fn done(action: &'static str) -> Self {
        let outcome = "done".to_owned();
        Self { action, outcome, purpose: None, case: None, post: None, subjects: Vec::new(), details: json!({}) }
    }

    /// An attempt that was refused, with the codes that say why.
    #[must_use]
    pub fn refused(action: &'static str, error: &Error) -> Self {
        let details = json!({"codes": error.codes()});
        Self { outcome: format!("refused: {}", error.word()), details, ..Self::done(action) }
    }
}

/// An entry as it is written: a row of `audit_entries`, one of `audit_payloads`, and one of `audit_subjects` for each
/// subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sealed {
    pub id: EntryId,
    pub at: Timestamp,
    pub actor: Option<PersonId>,
    pub office: Option<String>,
    pub role: Option<String>,
    pub action: String,
    pub outcome: String,
    pub purpose: Option<String>,
    pub case: Option<CaseId>,
    pub request: String,
    pub commitment: [u8; 32],
    pub version: i16,
    pub salt: [u8; 32],
    /// The payload, in canonical JSON.
    pub bytes: Vec<u8>,
    /// Each person once.
    pub subjects: Vec<PersonId>,
}

/// What stands in the log for a payload: `SHA256(salt ‖ bytes)`. Without the salt nobody can test a guess.
#[must_use]
pub fn commitment(salt: &[u8; 32], bytes: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(salt).chain_update(bytes).finalize().into()
}

/// Numbers, dates and commits to an entry. `at` is business time, kept in microseconds.
#[must_use]
pub fn seal(actor: &Actor, entry: Entry, at: Timestamp) -> Sealed {
    let id = EntryId::make();
    // What the column keeps: the payload says the same instant as its row.
    let at = Timestamp::from_microsecond(at.as_microsecond()).unwrap_or(at);
    let salt = random::bytes::<32>();
    let mut subjects = entry.subjects;
    subjects.sort_unstable();
    subjects.dedup();
    let outcome = kept(&entry.outcome);
    let purpose = entry.purpose.or_else(|| actor.purpose.clone()).map(|p| kept(&p));
    let post = actor.under(entry.post.as_ref());
    let bytes = canonical(&json!({
        "version": PAYLOAD_VERSION, "id": id, "at": at.to_string(), "actor": actor.record(post), "action": entry.action,
        "outcome": outcome, "purpose": purpose, "case": entry.case, "request": actor.request, "subjects": subjects,
        "details": entry.details,
    }));
    Sealed {
        id,
        at,
        actor: actor.person,
        office: post.map(|p| p.office.clone()),
        role: post.map(|p| p.role.clone()),
        action: entry.action.to_owned(),
        outcome,
        purpose,
        case: entry.case,
        request: kept(&actor.request),
        commitment: commitment(&salt, &bytes),
        version: PAYLOAD_VERSION,
        salt,
        bytes,
        subjects,
    }
}

/// A text that PostgreSQL takes: one NUL would otherwise fail the statement, and with it the entries of other readers.
fn kept(text: &str) -> String {
    text.chars().take(PURPOSE_MAX).map(|c| if c == '\0' { '\u{fffd}' } else { c }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at() -> Timestamp {
        "2026-11-23T10:00:00.123456Z".parse().expect("an instant")
    }

    #[test]
    fn the_commitment_is_of_salt_and_payload() {
        let sealed = seal(&Actor::system("r-1"), Entry::done("case.submit"), at());
        assert_eq!(sealed.commitment, commitment(&sealed.salt, &sealed.bytes));
        let mut other = sealed.bytes.clone();
        other[0] ^= 1;
        assert_ne!(sealed.commitment, commitment(&sealed.salt, &other));
        // SHA256 of 32 zero bytes, a known value.
        let zeros = commitment(&[0; 32], b"");
        assert_eq!(zeros[..4], [0x66, 0x68, 0x7a, 0xad]);
    }

    #[test]
    fn the_same_entry_twice_has_two_commitments() {
        let entry = Entry::done("case.read");
        let (one, two) = (seal(&Actor::system("r"), entry.clone(), at()), seal(&Actor::system("r"), entry, at()));
        assert_ne!(one.salt, two.salt);
        assert_ne!(one.commitment, two.commitment);
    }

    #[test]
    fn the_payload_says_all_of_it() {
        let (person, case) = (PersonId::make(), CaseId::make());
        let post = Post { role: "clerk".into(), office: "sadar".into(), authority: "land".into(), until: None };
        let actor = Actor { person: Some(person), purpose: Some("a complaint".into()), ..Actor::anonymous("r-7") };
        let entry = Entry {
            case: Some(case),
            post: Some(post),
            subjects: vec![person, person],
            details: json!({"document": "deed"}),
            ..Entry::refused("document.read", &Error::Forbidden("level"))
        };
        let sealed = seal(&actor, entry, at());
        let payload: Value = serde_json::from_slice(&sealed.bytes).expect("JSON");
        assert_eq!(payload["version"], 1);
        assert_eq!(payload["id"], json!(sealed.id));
        assert_eq!(payload["at"], "2026-11-23T10:00:00.123456Z");
        assert_eq!(payload["outcome"], "refused: forbidden");
        assert_eq!(payload["purpose"], "a complaint");
        assert_eq!(payload["actor"]["office"], "sadar");
        assert_eq!(payload["subjects"], json!([person]));
        assert_eq!(payload["details"]["document"], "deed");
        assert_eq!((sealed.office.as_deref(), sealed.role.as_deref()), (Some("sadar"), Some("clerk")));
        assert_eq!((sealed.case, sealed.subjects), (Some(case), vec![person]));
    }

    #[test]
    fn a_purpose_cannot_break_the_statement_of_others() {
        let actor = Actor { purpose: Some("\0".repeat(10_000)), ..Actor::anonymous("r\0") };
        let sealed = seal(&actor, Entry::done("case.read"), at());
        assert_eq!(sealed.purpose.map(|p| (p.contains('\0'), p.chars().count())), Some((false, PURPOSE_MAX)));
        assert!(!sealed.request.contains('\0'));
    }
}

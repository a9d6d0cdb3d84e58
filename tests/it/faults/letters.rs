//! Letters against messages: none is lost, a second one has the same `Message-ID`, and what one person is told of one
//! case comes in the order of the case.

use std::collections::{BTreeMap, BTreeSet};

use diesel::QueryableByName;
use diesel::sql_types::{Integer, Text};

use super::world::Owner;
use crate::support::smtp::Letter;

#[derive(QueryableByName)]
struct Message {
    #[diesel(sql_type = Text)]
    id: String,
    #[diesel(sql_type = Text)]
    lane: String,
    #[diesel(sql_type = Integer)]
    seq: i32,
}

/// What was found.
#[derive(Debug, PartialEq, Eq)]
pub struct Found {
    /// Messages to people who have an address.
    pub messages: usize,
    pub lost: usize,
    pub doubled: usize,
    /// Letters that are about no message.
    pub strange: usize,
    /// Letters that came after a later one of the same person and case.
    pub disordered: usize,
}

pub async fn compare(owner: &Owner, letters: &[Letter]) -> Found {
    let query = "SELECT m.id::text AS id, m.case_id || ' ' || m.person AS lane, m.seq FROM messages m \
                 JOIN persons p ON p.id = m.person WHERE p.email IS NOT NULL AND m.seq IS NOT NULL";
    let messages: BTreeMap<String, Message> =
        owner.rows::<Message>(query).await.into_iter().map(|m| (m.id.clone(), m)).collect();
    let mut found = Found { messages: messages.len(), lost: 0, doubled: 0, strange: 0, disordered: 0 };
    let (mut seen, mut last) = (BTreeSet::new(), BTreeMap::<&str, i32>::new());
    for letter in letters {
        let id = letter.header("Message-ID").unwrap_or_default();
        let id = id.trim_start_matches('<').split('@').next().unwrap_or_default();
        let Some(message) = messages.get(id) else {
            found.strange += 1;
            continue;
        };
        if !seen.insert(&message.id) {
            found.doubled += 1;
            continue;
        }
        let before = last.entry(&message.lane).or_insert(i32::MIN);
        found.disordered += usize::from(*before > message.seq);
        *before = message.seq.max(*before);
    }
    found.lost = messages.len() - seen.len();
    found
}

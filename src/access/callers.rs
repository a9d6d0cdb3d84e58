//! Who callers are: asked of the database, and believed for a few seconds. How long is the operator's choice, a minute
//! at most: so long may somebody act whose post was taken away or who was suspended.

use jiff::{SignedDuration, Timestamp};

use super::believed::Believed;
use super::standing;
use super::token::Claims;
use crate::kernel::clock::machine_now;
use crate::kernel::{PersonId, Post, Result};
use crate::postgres::Database;

/// What the database knows of a caller.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// None: no register knows the person.
    pub person: Option<PersonId>,
    /// Held today.
    pub posts: Vec<Post>,
    /// The person or the client application may not come in for now.
    pub suspended: bool,
}

/// Callers that were asked about a moment ago.
pub struct Callers {
    db: Database,
    believed: SignedDuration,
    /// By issuer, subject and client; with the business time for which it holds.
    kept: Believed<(String, String, Option<String>), (Standing, Timestamp)>,
}

impl Callers {
    #[must_use]
    pub fn new(db: Database, believed: SignedDuration) -> Self {
        Self { db, believed, kept: Believed::default() }
    }

    /// Who it is, at this moment of business time.
    ///
    /// # Errors
    /// Those of the database.
    pub async fn standing(&self, claims: &Claims, at: Timestamp) -> Result<Standing> {
        let now = machine_now();
        let key = (claims.issuer.clone(), claims.subject.clone(), claims.client.clone());
        // Business time that was moved ends posts and mandates as the machine's does.
        if let Some((standing, from)) = self.kept.get(&key, now)
            && at.duration_since(from).abs() <= self.believed
        {
            return Ok(standing);
        }
        let client = claims.client.as_deref();
        let mut tx = self.db.single().await?;
        let standing = standing::standing(&mut tx, &claims.issuer, &claims.subject, client, at).await?;
        drop(tx);
        let until = now.checked_add(self.believed).unwrap_or(now);
        self.kept.put(key, (standing.clone(), at), now, until);
        Ok(standing)
    }
}

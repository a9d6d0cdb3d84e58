//! What the log says of money: one entry in the transaction of each change.

use jiff::Timestamp;
use serde_json::Value;

use crate::audit::{self, Entry};
use crate::cases;
use crate::kernel::{Actor, CaseId, Result};
use crate::postgres::Tx;

/// Who reports a change of money, and when it is by business time.
#[derive(Debug, Clone, Copy)]
pub struct Reporter<'a> {
    /// The request, or the work, by which we learned of it.
    pub request: &'a str,
    pub at: Timestamp,
}

impl Reporter<'_> {
    /// An entry about the money of a case, in the caller's transaction.
    pub(super) async fn note(&self, tx: &mut Tx, case: CaseId, action: &'static str, details: Value) -> Result<()> {
        let subjects = cases::people_of_case(tx, case).await?;
        let purpose = Some("duty".to_owned());
        let entry = Entry { case: Some(case), purpose, subjects, details, ..Entry::done(action) };
        audit::append(tx, &[audit::seal(&Actor::system(self.request), entry, self.at)]).await
    }
}

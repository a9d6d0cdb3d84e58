//! The database: finds or starts it, migrates it, hands out connections and transactions. Promises that what was
//! committed is on disk (`synchronous_commit` and `fsync` are never touched) and that the server works under the role
//! that cannot change what is append-only. Knows no table: SQL stands in the rooms that own it.

pub mod archive;
pub mod launcher;
mod migrations;
mod pool;
mod sql;
mod statements;
mod target;
mod together;

pub use migrations::{known as known_migrations, migrate, migrate_from, revert_all};
pub use pool::{Database, Tx};
pub use sql::{Sql, sql};
pub use statements::trace_statements;
pub use target::connect;
pub use together::{Together, placed};

use crate::kernel::Error;

impl From<diesel::result::Error> for Error {
    fn from(source: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind as Kind, Error as Diesel};
        match &source {
            Diesel::NotFound => Error::NotFound,
            // Read-only is a server that another one has taken over from, or is about to.
            Diesel::DatabaseError(
                Kind::ClosedConnection | Kind::UnableToSendCommand | Kind::ReadOnlyTransaction,
                _,
            ) => Error::Unavailable(source.to_string()),
            Diesel::DatabaseError(Kind::Unknown, told) if is_going(told.message()) => {
                Error::Unavailable(source.to_string())
            }
            // Two acts met on the same rows: the loser may try again, and sees the winner's state.
            Diesel::DatabaseError(Kind::SerializationFailure, _) => Error::Conflict("simultaneous".into()),
            Diesel::DatabaseError(Kind::Unknown, told) if told.message().contains("deadlock detected") => {
                Error::Conflict("simultaneous".into())
            }
            _ => Error::Internal(source.into()),
        }
    }
}

/// Whether the database says that it goes away, comes back, or has no room left. Diesel hands on its words alone.
fn is_going(message: &str) -> bool {
    ["terminating connection", "the database system is", "could not extend file", "could not write"]
        .iter()
        .any(|words| message.starts_with(words))
}

/// Whether a statement failed on this unique constraint or index.
#[must_use]
pub fn violates(error: &diesel::result::Error, constraint: &str) -> bool {
    use diesel::result::{DatabaseErrorKind::UniqueViolation, Error::DatabaseError};
    matches!(error, DatabaseError(UniqueViolation, info) if info.constraint_name() == Some(constraint))
}

//! Cases in the database: the one statement that acts are written by, and what is read back.

mod acts;
mod appointments;
mod around;
mod columns;
mod deliveries;
mod disclosed;
mod drafts;
mod due;
mod events;
mod keys;
mod lists;
mod oversight;
mod papers;
mod places;
mod relations;
mod rows;
mod told;
mod watches;

use diesel::QueryableByName;
use diesel::sql_types::{Bigint, Text};

pub use acts::{Acts, Committed, commit};
pub use appointments::{Held, hold_place, leave_place, taken};
pub use deliveries::{DeliveryRow, deliveries_of, deliveries_of_letters};
pub use disclosed::{conceal, counts, disclose, disclosed};
pub use drafts::{drop_draft, expired_drafts, put_draft, remove_draft};
pub use due::{due_cases, forget_around, retarget, running};
pub use events::{EventRow, events_of_case};
pub use keys::{check_key, forget_key, keep_key, sweep_keys};
pub use lists::{
    CaseLine, MessageRow, NewMessage, QueueFilter, TaskLine, cases_of, has_party, messages_of_case, messages_of_person,
    post_message, read_messages, tasks_at,
};
pub use oversight::{LoadRow, load_of, results_of};
pub use papers::{
    CertificateRow, DemandRow, DocumentRow, Unscanned, add_document, case_of_task, certificate, certificates_of_case,
    demand, demand_of, demands_of_case, document, documents_of_case, hold, parties_of_case, people_of_case,
    set_document_state, unscanned,
};
pub use places::{give_back, note_origin, reserve};
pub use relations::relations;
pub use rows::{Loaded, Looks, Sight, Sought, colleague, desks_of, find, look};
pub use told::{EventTold, event_told, people_called, posted};
pub use watches::{queue_for_watching, watch};

use crate::kernel::Result;
use crate::postgres::{Tx, sql};

/// One text column.
#[derive(QueryableByName)]
struct Word {
    #[diesel(sql_type = Text)]
    word: String,
}

#[derive(QueryableByName)]
struct Ahead {
    #[diesel(sql_type = Bigint)]
    ahead: i64,
}

/// By how many microseconds business time runs ahead of the machine's.
///
/// # Errors
/// Those of the database.
pub async fn business_time(tx: &mut Tx) -> Result<i64> {
    let row: Option<Ahead> = tx.row(sql("SELECT ahead_microseconds AS ahead FROM business_time")).await?;
    Ok(row.map_or(0, |row| row.ahead))
}

/// Moves business time forward by that many microseconds; gives by how many it runs ahead then.
///
/// # Errors
/// Those of the database.
pub async fn move_business_time(tx: &mut Tx, by: i64) -> Result<i64> {
    let statement = sql("INSERT INTO business_time AS o (ahead_microseconds) VALUES ($1)
        ON CONFLICT (one) DO UPDATE SET ahead_microseconds = o.ahead_microseconds + excluded.ahead_microseconds
        RETURNING ahead_microseconds AS ahead")
    .big(by);
    Ok(tx.row::<Ahead>(statement).await?.map_or(by, |row| row.ahead))
}

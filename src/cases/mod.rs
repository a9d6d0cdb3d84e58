//! The heart: one file a verb. Each asks the policy, lets the engine decide, and writes one act, whole or not at all.
//! Promises that nothing is read without a permit and none of it answered before the log has it; that a refusal changes
//! nothing and is written down; and that nothing here knows a service. What follows an act outside is queued with it
//! and done by others.

mod act;
mod around;
mod certificates;
mod children;
mod clock;
mod context;
mod crossing;
mod desks;
mod disclosed;
mod documents;
mod done;
mod heard;
mod history;
mod itself;
mod linked;
mod lists;
mod meetings;
mod messages;
mod notices;
pub mod offer;
mod office;
mod opened;
mod operations;
mod oversight;
mod perform;
mod play;
mod prepare;
mod reading;
mod records;
mod remedies;
mod scans;
mod sees;
mod showing;
mod signing;
mod start;
mod stated;
mod statement;
mod store;
mod suspensions;
mod tasks;
mod timers;
mod versions;
mod view;

pub use act::{END_MOOT, GIVE_UP, JOBS, NOTICE, OPEN, REPAY, RETURN, RequestKey, SETTLE};
pub use certificates::{
    CertificateView, FieldView, certificate, certificate_document, certificate_token, revoke_certificate,
    verify_certificate,
};
pub use children::{give_up, open_children, tell_parent};
pub use clock::{follow_clock, forward, move_clock};
pub use context::{Context, parted};
pub use disclosed::{CountView, CutView, DisclosedView, StatisticsView, list_disclosed, statistics};
pub use documents::{DocumentView, NewDocument, add_document, list_documents, open_document};
pub use heard::{HEAR, TELL, hear, tell_of_end};
pub use history::{DecisionView, EventView, RemedyView, decisions, events};
pub use linked::{LodgedView, OpenedByView, OpenedView, RemedyInView};
pub use lists::{CaseLineView, FeeItemView, FeeView, QueueFilter, TaskView, fees, list_cases, list_tasks};
pub use meetings::{SlotView, book, free_slots, unbook};
pub use messages::{DeliveryView, MessageView, messages, my_messages, write_message};
pub use notices::{Addressed, Announced, addressed, announced};
pub use office::{extend, hold};
pub use opened::{REGISTERED, registered};
pub use operations::{JobView, list_jobs, retry_job};
pub use oversight::{LoadView, OfficeView, ResultsView, oversee};
pub use prepare::Input;
pub use reading::{record, resolve};
pub use records::{RecordView, public_record};
pub use remedies::{NewRemedy, end_moot, lodge, settle};
pub use scans::scan_waiting;
pub use start::{NewCase, start};
pub use statement::{FormView, raise, read_form, save_form, submit, withdraw};
pub use store::{DemandRow, Loaded, Sought, check_key, demand_of, keep_key, people_of_case, sweep_keys};
pub use suspensions::{NewSuspension, SuspensionView, lift_suspension, list_suspensions, suspend};
pub use tasks::{assign, claim, complete, recuse, release, transfer};
pub use timers::{Failing, end_drafts, payment_settled, tick_due};
pub use versions::migrate_cases;
pub use view::{
    ActionView, AdviceView, AppointmentView, CaseView, DeadlineView, IssuedView, Named, OutcomeView, Shown, StepView,
    show, show_after,
};

pub use done::Done;
pub use perform::{Admitted, admitted, at_counter};

/// One demand for the payments room, and which case it is of.
///
/// # Errors
/// Those of the database.
pub async fn demand(
    tx: &mut crate::postgres::Tx,
    id: crate::kernel::DemandId,
) -> crate::kernel::Result<Option<DemandRow>> {
    store::demand(tx, id).await
}

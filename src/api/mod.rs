//! HTTP in and out: who asks, what was sent, and the answer. One file a resource; each operation only translates
//! between a request and a use case. Promises that every error is a problem document, that everything read is bounded,
//! and that the OpenAPI document is made of the very operations that are served. No rule of a service and none of the
//! administration stands here.

pub mod answer;
pub mod body;
pub mod bounds;
pub mod cases;
pub mod certificates;
mod connection;
pub mod contact;
pub mod decisions;
pub mod development;
pub mod disclosed;
pub mod docs;
pub mod documents;
pub mod extract;
pub mod fees;
pub mod forms;
pub mod health;
mod holds;
pub mod idempotency;
pub mod json;
pub mod jwks;
pub mod limits;
pub mod me;
mod meetings;
pub mod messages;
pub mod notices;
pub mod openapi;
pub mod operations;
mod oversight;
pub mod paging;
pub mod payments;
pub mod peer;
pub mod preconditions;
pub mod problem;
pub mod rates;
pub mod registers;
mod remedies;
mod server;
pub mod services;
pub mod sms;
pub mod submissions;
pub mod suspensions;
pub mod tasks;
pub mod trace;

pub use extract::Gate;
pub use openapi::{description, document};
pub use payments::Till;
pub use server::{Server, bind, serve, threads};

use utoipa_actix_web::service_config::ServiceConfig;

/// All operations. The document and the server are both made from this list.
pub fn operations(app: &mut ServiceConfig<'_>) {
    app.service(services::list_services).service(services::read_service);
    app.service(cases::open_case).service(cases::list_cases).service(cases::read_case);
    app.service(forms::read_form).service(forms::save_form);
    app.service(documents::add_document).service(documents::list_documents).service(documents::read_document);
    app.service(submissions::submit_case).service(submissions::withdraw_case);
    app.service(decisions::list_events).service(decisions::raise_event).service(decisions::list_decisions);
    app.service(remedies::appeal_case).service(remedies::review_case).service(remedies::extend_case);
    app.service(oversight::oversee_office).service(holds::hold_case).service(holds::resume_case);
    app.service(meetings::list_slots).service(meetings::book_appointment).service(meetings::cancel_appointment);
    app.service(messages::write_message).service(messages::list_messages);
    app.service(tasks::list_tasks).service(tasks::claim_task).service(tasks::release_task);
    app.service(tasks::transfer_task)
        .service(tasks::assign_task)
        .service(tasks::complete_task)
        .service(tasks::recuse_from_task);
    app.service(fees::list_fees).service(payments::pay_fee).service(payments::settle_payment);
    app.service(certificates::verify_certificate).service(certificates::read_certificate_document);
    app.service(certificates::read_certificate_token).service(certificates::revoke_certificate);
    app.service(registers::read_record).service(notices::list_notices);
    app.service(disclosed::list_public_cases).service(disclosed::read_statistics);
    app.service(suspensions::list_suspensions).service(suspensions::start_suspension);
    app.service(suspensions::end_suspension);
    app.service(me::read_me).service(me::list_my_messages);
    app.service(contact::read_my_contact).service(contact::change_my_contact).service(sms::take_sms_receipt);
    app.service(operations::list_jobs).service(operations::retry_job);
    app.service(jwks::read_keys).service(development::move_clock);
    app.service(health::healthz).service(health::readyz).service(health::metrics_page);
    app.service(docs::read_openapi).service(docs::see_docs);
}

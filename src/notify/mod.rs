//! Tells people: a notice goes to the person's own message box always, and by e-mail where an address is known and a
//! mail server is configured. A reactor: it acts on what a case has committed, from the queue, and may do so twice;
//! a notice about one event is then still one message with one `Message-ID`. When to tell whom is the case's affair.

mod mail;
mod render;
mod store;

pub use mail::{Mail, MailError, Mailer, Security, Server};
pub use render::{Rendered, notice};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::kernel::{CaseId, Error, PersonId, Result};
use crate::postgres::{Database, Together, Tx};
use crate::queue::{self, Job};
use jiff::Timestamp;

/// The kind of job that [`send_mail`] performs.
pub const MAIL: &str = "mail";

/// One notice to one person, in words.
#[derive(Debug, Clone)]
pub struct Notice {
    pub case: CaseId,
    /// The event of the case that it is about.
    pub seq: i32,
    /// The id of its text, without `notice-`.
    pub about: String,
    pub person: PersonId,
    pub words: Rendered,
    /// BCP 47.
    pub language: String,
    pub at: Timestamp,
}

/// Puts notices into message boxes and, where `by_mail`, queues an e-mail to everybody who has an address. A notice
/// that is there already is passed over. What one person is told of one case is sent in its order, whatever becomes of
/// the mails to others.
///
/// # Errors
/// Those of the database.
async fn deliver(tx: &mut Tx, notices: &[Notice], by_mail: bool) -> Result<()> {
    let made = store::insert(tx, notices).await?;
    let job = |message: &store::Made| Job {
        kind: MAIL,
        key: message.id.to_string(),
        case: Some(CaseId(message.case_id)),
        lane: message.person.to_string(),
        payload: json!({"message": message.id}),
        after: None,
    };
    let jobs: Vec<Job> = made.iter().filter(|m| by_mail && m.has_email).map(job).collect();
    queue::enqueue(tx, &jobs).await?;
    Ok(())
}

/// Where notices are handed in: those that are ready at the same time share one transaction. Cheap to clone.
#[derive(Clone)]
pub struct Deliveries(Together<Vec<Notice>, ()>);

impl Deliveries {
    /// The place and its work, which the caller spawns.
    pub fn start(db: Database, by_mail: bool) -> (Self, impl Future<Output = ()>) {
        let write = async move |handed: &[Vec<Notice>]| {
            let notices = handed.concat();
            db.transaction(async |tx| deliver(tx, &notices, by_mail).await).await?;
            Ok(vec![(); handed.len()])
        };
        let (place, work) = Together::start("notices", write);
        (Self(place), work)
    }

    /// Returns when the notices are in their boxes and their e-mails are queued.
    ///
    /// # Errors
    /// Those of the database; [`Error::Unavailable`] where too many wait.
    pub async fn hand_in(&self, notices: Vec<Notice>) -> Result<()> {
        if notices.is_empty() { Ok(()) } else { self.0.ask(notices).await }
    }
}

/// Sends the e-mail of a queued job. What can never be delivered is done with: the notice stays in the message box.
///
/// # Errors
/// [`Error::Unavailable`] where it is worth another try; [`Error::Internal`] for a job that cannot be read.
pub async fn send_mail(db: &Database, mailer: &Mailer, payload: &Value) -> Result<()> {
    let message = payload.get("message").and_then(Value::as_str).and_then(|id| id.parse::<Uuid>().ok());
    let message = message.ok_or_else(|| Error::internal("a mail job without a message"))?;
    let Some(letter) = store::letter(&mut db.single().await?, message).await? else {
        // Erased with its case, or the person has no address any more.
        return Ok(());
    };
    let mail = Mail {
        to: letter.email,
        subject: letter.subject,
        body_text: letter.body,
        message_id: format!("<{message}@{}>", mailer.domain()),
        language: letter.language,
    };
    match mailer.send(&mail).await {
        Ok(()) => Ok(()),
        Err(MailError::Permanent(why)) => {
            tracing::warn!(%message, why, "an e-mail cannot be delivered");
            metrics::counter!("guichet_mail_refused_total").increment(1);
            Ok(())
        }
        Err(MailError::Transient(why)) => Err(Error::Unavailable(format!("the mail server: {why}"))),
    }
}

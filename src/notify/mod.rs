//! Tells people: a notice goes to the person's own message box always, and beside it by e-mail or SMS: as the person
//! chose, the service allows and the deployment can. A reactor: it acts on what a case has committed, from the queue, and
//! may do so twice; a notice about one event is then still one message, with one `Message-ID` and one number at the
//! gateway. What became of it on each way is kept. When to tell whom is the case's affair.

mod contact;
mod mail;
mod public;
mod receipt;
mod render;
mod send;
mod sms;
mod store;
mod ways;

pub use contact::{ContactView, QuietView, change_contact, read_contact};
pub use mail::{Mail, MailError, Mailer, Security, Server};
pub use public::{PublicNotice, board, publish};
pub use receipt::receive;
pub use render::{Rendered, notice};
pub use send::{give_up_sms, send_mail, send_sms};
pub use sms::{Gateway, Sent, Sms};
pub use ways::Ways;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;
use uuid::Uuid;

use crate::engine::definition::Channel;
use crate::kernel::{CaseId, PersonId, Result, random};
use crate::postgres::{Database, Together, Tx};
use crate::queue::{self, Job};
use jiff::Timestamp;

/// The kind of job that [`send_mail`] performs.
pub const MAIL: &str = "mail";
/// The kind of job that [`send_sms`] performs.
pub const SMS: &str = "sms";

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
    /// Ways that the service uses beside the message box.
    pub channels: BTreeSet<Channel>,
}

/// Puts notices into message boxes and queues what goes out beside. A notice that is there already is passed over. What
/// one person is told of one case is sent in its order on each way, whatever becomes of what others are told.
///
/// # Errors
/// Those of the database.
async fn deliver(tx: &mut Tx, notices: &[Notice], ways: Ways) -> Result<()> {
    let ids: Vec<Uuid> = notices.iter().map(|_| random::uuid()).collect();
    let made: BTreeMap<Uuid, store::Made> =
        store::insert(tx, notices, &ids).await?.into_iter().map(|made| (made.id, made)).collect();
    let mut queued = Vec::new();
    // In the order in which they were handed in.
    for (id, notice) in ids.iter().zip(notices) {
        let Some(made) = made.get(id) else { continue };
        queued.extend(ways.to(made, &notice.channels).into_iter().map(|channel| store::Delivery {
            message: *id,
            case: notice.case,
            person: notice.person,
            channel,
            words: (channel == Channel::Sms).then(|| notice.words.sms.clone()),
            at: notice.at,
        }));
    }
    queue_deliveries(tx, &queued).await
}

/// Writes down that messages go out, and queues that they do.
async fn queue_deliveries(tx: &mut Tx, deliveries: &[store::Delivery]) -> Result<()> {
    if deliveries.is_empty() {
        return Ok(());
    }
    store::insert_deliveries(tx, deliveries).await?;
    let job = |delivery: &store::Delivery| Job {
        kind: match delivery.channel {
            Channel::Email => MAIL,
            Channel::Sms => SMS,
        },
        key: delivery.message.to_string(),
        case: Some(delivery.case),
        lane: delivery.person.to_string(),
        payload: json!({"message": delivery.message}),
        after: None,
    };
    queue::enqueue(tx, &deliveries.iter().map(job).collect::<Vec<_>>()).await.map(drop)
}

/// Where notices are handed in: those that are ready at the same time share one transaction. Cheap to clone.
#[derive(Clone)]
pub struct Deliveries(Together<Vec<Notice>, ()>);

impl Deliveries {
    /// The place and its work, which the caller spawns.
    pub fn start(db: Database, ways: Ways) -> (Self, impl Future<Output = ()>) {
        let write = async move |handed: &[Vec<Notice>]| {
            let notices = handed.concat();
            db.transaction(async |tx| deliver(tx, &notices, ways).await).await?;
            Ok(vec![(); handed.len()])
        };
        let (place, work) = Together::start("notices", write);
        (Self(place), work)
    }

    /// Returns when the notices are in their boxes and what goes out beside is queued.
    ///
    /// # Errors
    /// Those of the database; [`Error::Unavailable`] where too many wait.
    pub async fn hand_in(&self, notices: Vec<Notice>) -> Result<()> {
        if notices.is_empty() { Ok(()) } else { self.0.ask(notices).await }
    }
}

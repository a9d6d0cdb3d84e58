//! Sends what was queued: one e-mail or SMS, and writes down what became of it.

use serde_json::Value;
use uuid::Uuid;

use super::mail::{Mail, MailError, Mailer};
use super::sms::{Gateway, Sent, Sms};
use super::{queue_deliveries, store};
use crate::cases::Context;
use crate::engine::calendar::Quiet;
use crate::engine::definition::{Channel, Definition};
use crate::kernel::{CaseId, Error, PersonId, Result};
use crate::people;
use crate::postgres::Tx;
use crate::queue::Next;

/// Sends the e-mail of a queued job. What can never be delivered is done with: the notice stays in the message box.
///
/// # Errors
/// [`Error::Unavailable`] where it is worth another try; [`Error::Internal`] for a job that cannot be read.
pub async fn send_mail(ctx: &Context, mailer: &Mailer, payload: &Value) -> Result<()> {
    let message = message(payload)?;
    let Some(letter) = store::letter(&mut ctx.db.single().await?, message).await? else {
        return unreached(ctx, message, Channel::Email).await;
    };
    let mail = Mail {
        to: letter.email,
        subject: letter.subject,
        body_text: letter.body,
        message_id: format!("<{message}@{}>", mailer.domain()),
        language: letter.language,
    };
    let written = match mailer.send(&mail).await {
        Ok(()) => sent(ctx, message, Channel::Email, None).await,
        Err(MailError::Permanent(why)) => {
            tracing::warn!(%message, why, "an e-mail cannot be delivered");
            metrics::counter!("guichet_mail_refused_total").increment(1);
            let mut tx = ctx.db.single().await?;
            store::failed(&mut tx, message, Channel::Email, ctx.clock.now()).await.map(drop)
        }
        Err(MailError::Transient(why)) => return Err(Error::Unavailable(format!("the mail server: {why}"))),
    };
    if let Err(error) = written {
        // Tried again it would be sent again, and a mail server does not tell the two apart.
        tracing::warn!(error = &error as &dyn std::error::Error, %message, "what became of an e-mail was not written");
    }
    Ok(())
}

/// Sends the SMS of a queued job; in quiet hours, after them. What the gateway will never take goes by e-mail instead,
/// where it can.
///
/// # Errors
/// As [`send_mail`].
pub async fn send_sms(ctx: &Context, gateway: &Gateway, payload: &Value) -> Result<Next> {
    let message = message(payload)?;
    let Some(short) = store::short(&mut ctx.db.single().await?, message).await? else {
        return unreached(ctx, message, Channel::Sms).await.map(Next::from);
    };
    let Some(to) = short.phone.as_deref().and_then(people::phone) else {
        return give_up(ctx, message, "no telephone number").await;
    };
    let def = ctx.catalogue.version(&short.service, &short.version);
    let def = def.ok_or_else(|| Error::internal("the version of the case is not in the catalogue"))?;
    if let Some(later) = after_quiet_hours(ctx, def, &short) {
        return Ok(later);
    }
    match gateway.send(&Sms { id: message.to_string(), to, text: short.words }).await? {
        Sent::Taken(reference) => {
            count("sent");
            sent(ctx, message, Channel::Sms, reference).await?;
            Ok(Next::Done)
        }
        Sent::Refused(status) => give_up(ctx, message, &format!("the gateway answered with status {status}")).await,
    }
}

fn message(payload: &Value) -> Result<Uuid> {
    let message = payload.get("message").and_then(Value::as_str).and_then(|id| id.parse::<Uuid>().ok());
    message.ok_or_else(|| Error::internal("a job without a message"))
}

/// Those of the person, else those of the country; in the time zone of the authority.
fn after_quiet_hours(ctx: &Context, def: &Definition, short: &store::Short) -> Option<Next> {
    let own =
        short.quiet_from.as_ref().zip(short.quiet_until.as_ref()).and_then(|(from, until)| Quiet::parse(from, until));
    let now = ctx.clock.now();
    let end = own.or_else(|| def.time.calendar().quiet())?.end(now, def.time.zone())?;
    Some(Next::Later { wait: end.duration_since(now), why: "quiet hours" })
}

/// Nothing is left to be sent. Where it was not sent before, it never will be.
async fn unreached(ctx: &Context, message: Uuid, channel: Channel) -> Result<()> {
    store::unreached(&mut ctx.db.single().await?, message, channel, ctx.clock.now()).await
}

async fn sent(ctx: &Context, message: Uuid, channel: Channel, reference: Option<String>) -> Result<()> {
    let mut tx = ctx.db.single().await?;
    store::sent(&mut tx, message, channel, reference, ctx.clock.now()).await
}

/// After its last try an SMS is not waited for any longer.
///
/// # Errors
/// Those of the database.
pub async fn give_up_sms(ctx: &Context, payload: &Value) -> Result<()> {
    give_up(ctx, message(payload)?, "it was tried as often as it may be").await.map(drop)
}

async fn give_up(ctx: &Context, message: Uuid, why: &str) -> Result<Next> {
    tracing::warn!(%message, why, "an SMS cannot be delivered");
    count("refused");
    ctx.transaction(async |tx| fail_sms(ctx, tx, message).await).await?;
    Ok(Next::Done)
}

/// Writes down that an SMS will not arrive, once, and sends an e-mail instead where none was sent: even to somebody who
/// chose SMS alone, because what an office says has to arrive.
///
/// # Errors
/// Those of the database.
pub(super) async fn fail_sms(ctx: &Context, tx: &mut Tx, message: Uuid) -> Result<()> {
    let at = ctx.clock.now();
    if !store::failed(tx, message, Channel::Sms, at).await? || ctx.settings.smtp.is_none() {
        return Ok(());
    }
    let Some(reached) = store::still_by_mail(tx, message).await? else { return Ok(()) };
    let def = ctx.catalogue.version(&reached.service, &reached.version);
    if !def.is_some_and(|def| def.channels.contains(&Channel::Email)) {
        return Ok(());
    }
    let instead = store::Delivery {
        message,
        case: CaseId(reached.case_id),
        person: PersonId(reached.person),
        channel: Channel::Email,
        words: None,
        at,
    };
    queue_deliveries(tx, &[instead]).await
}

fn count(outcome: &'static str) {
    metrics::counter!("guichet_sms_total", "outcome" => outcome).increment(1);
}

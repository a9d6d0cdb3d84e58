//! Effects of acts, performed after the commit by the room that knows how.

use std::collections::BTreeMap;

use serde_json::Value;

use super::Means;
use crate::cases::{self, Context};
use crate::kernel::money::{Currency, Money};
use crate::kernel::{DemandId, Error, PaymentId, Result};
use crate::notify::{self, Deliveries, Notice};
use crate::payments::{self, RefundOrder, Reporter};
use crate::queue::{self, Claimed, Next};

/// Performs one job, or says that it is not time for it. Done twice it changes nothing the second time.
///
/// # Errors
/// Whatever goes wrong: the job is tried again, later each time.
pub async fn perform(ctx: &Context, means: &Means, deliveries: &Deliveries, job: Claimed) -> Result<Next> {
    if job.kind == notify::SMS {
        let sent = match &means.gateway {
            Some(gateway) => notify::send_sms(ctx, gateway, &job.payload).await,
            None => Err(Error::Unavailable("no SMS gateway is configured".into())),
        };
        if sent.is_err() && job.attempts >= queue::ATTEMPTS {
            notify::give_up_sms(ctx, &job.payload).await?;
        }
        return sent;
    }
    if job.kind == cases::HEAR {
        return cases::hear(ctx, &job).await;
    }
    let done = match job.kind.as_str() {
        cases::NOTICE => notice(ctx, deliveries, &job).await,
        cases::REPAY => repay(ctx, &job).await,
        cases::SETTLE => cases::settle(ctx, &job).await,
        cases::END_MOOT => cases::end_moot(ctx, &job).await,
        cases::OPEN => cases::open_children(ctx, &job).await,
        cases::GIVE_UP => cases::give_up(ctx, &job).await,
        cases::TELL => cases::tell_of_end(ctx, &job).await,
        cases::RETURN => cases::tell_parent(ctx, &job).await,
        cases::REGISTERED => cases::registered(ctx, &job).await,
        notify::MAIL => match &means.mailer {
            Some(mailer) => notify::send_mail(ctx, mailer, &job.payload).await,
            None => Err(Error::Unavailable("no mail server is configured".into())),
        },
        payments::REFUND => match &means.provider {
            Some(provider) => {
                let by = Reporter { request: "refund", at: ctx.clock.now() };
                payments::refund(&ctx.db, provider.as_ref(), job.case, &job.payload, by).await.map(drop)
            }
            None => Err(Error::Unavailable("no payment provider is configured".into())),
        },
        other => Err(Error::internal(format!("nobody knows jobs of the kind `{other}`"))),
    };
    done.map(Next::from)
}

/// A text into everybody's box, and out of it by e-mail or SMS.
async fn notice(ctx: &Context, deliveries: &Deliveries, job: &Claimed) -> Result<()> {
    let Some(case) = job.case else { return Ok(()) };
    if let Some(announced) = cases::announced(ctx, case, &job.payload).await? {
        return notify::publish(ctx, announced).await;
    }
    let mut notices = Vec::new();
    for one in cases::addressed(ctx, case, &job.payload).await? {
        let def = ctx.catalogue.version(&one.service, &one.version);
        let def = def.ok_or_else(|| Error::internal("the version of the case is not in the catalogue"))?;
        let about = one.about.replace('_', "-");
        let mut args: BTreeMap<String, String> = one.args;
        args.insert("url".into(), ctx.settings.public_url.clone());
        let words = notify::notice(&def.texts, &one.language, &about, &args)?;
        let (person, language, channels) = (one.person, one.language, def.channels.clone());
        let at = ctx.clock.now();
        notices.push(Notice { case, seq: one.seq, about: one.about, person, words, language, at, channels });
    }
    deliveries.hand_in(notices).await
}

/// Money that goes back: an order to the provider, once for each demand.
async fn repay(ctx: &Context, job: &Claimed) -> Result<()> {
    let Some(case) = job.case else { return Ok(()) };
    let token =
        job.payload.get("token").and_then(Value::as_i64).and_then(|t| i32::try_from(t).ok()).unwrap_or_default();
    let amount = job.payload.get("amount").and_then(|a| a.as_str().map(str::to_owned).or_else(|| Some(a.to_string())));
    let amount = amount.and_then(|a| a.parse().ok()).ok_or_else(|| Error::internal("the amount is not one"))?;
    ctx.transaction(async |tx| {
        let Some(demand) = cases::demand_of(tx, case, token).await? else { return Ok(()) };
        let currency = Currency::parse(&demand.currency).ok_or_else(|| Error::internal("the currency is not one"))?;
        let amount = Money::new(amount, currency).map_err(|e| Error::internal(e.to_string()))?;
        let order = RefundOrder {
            id: PaymentId(refund_id(&job.key)),
            demand: DemandId(demand.id),
            payment: None,
            amount: Some(amount),
        };
        payments::order(tx, &order, case, Reporter { request: "refund", at: ctx.clock.now() }).await
    })
    .await
}

/// The same order for the same effect, however often it is performed.
fn refund_id(key: &str) -> uuid::Uuid {
    use sha2::{Digest, Sha256};
    let hash = Sha256::digest(key.as_bytes());
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}

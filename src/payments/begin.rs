//! A party pays, and the provider tells that it did: both within the policy, the log and the case.

use std::collections::BTreeMap;

use super::{Callback, Opened, Payer, PaymentView, Provider, Reporter, State, ask, of_demands, open, receive};
use crate::access::Action;
use crate::audit::{self, Entry};
use crate::cases::{self, Admitted, Context, RequestKey, Sought, keep_key};
use crate::engine::check::text_id;
use crate::engine::definition::Definition;
use crate::kernel::{Actor, CaseId, DemandId, Error, PaymentId, Result, TaskId};

/// Asks the provider for a fee. The payment is a row before the provider knows of it; a provider that cannot be reached
/// leaves the fee payable again.
///
/// # Errors
/// [`Error::NotFound`]; refusals of the policy; [`Error::Conflict`] where it is paid or being paid;
/// [`Error::Unavailable`] where the provider is away.
#[tracing::instrument(level = "debug", name = "payment.begin", skip_all)]
pub async fn begin(
    ctx: &Context,
    actor: &Actor,
    provider: &dyn Provider,
    demand: DemandId,
    phone: Option<&str>,
    key: Option<RequestKey>,
) -> Result<PaymentView> {
    let mut tx = ctx.db.single().await?;
    let row = cases::demand(&mut tx, demand).await?;
    drop(tx);
    let Some(row) = row else { return ctx.refuse(actor, "payment.begin", None, Error::NotFound).await };
    let case = CaseId(row.case_id);
    let payer = match Payer::new(actor.person, phone) {
        Ok(payer) => payer,
        Err(error) => return ctx.refuse(actor, "payment.begin", Some(case), error).await,
    };
    let opened = ctx
        .transaction(async |tx| {
            cases::check_key(tx, key.as_ref()).await?;
            let sought = row.task.map_or(Sought::Case(case), |task| Sought::TaskOf(case, TaskId(task)));
            let Admitted { permit, def, loaded, .. } = cases::admitted(ctx, tx, actor, sought, Action::Pay).await?;
            let opened = open(tx, provider, demand, &payer).await?;
            keep_key(tx, key.as_ref(), opened.payment.0).await?;
            let entry = Entry {
                case: Some(case),
                purpose: Some(permit.purpose.clone()),
                subjects: loaded.subjects.iter().copied().chain(actor.person).collect(),
                details: serde_json::json!({"demand": demand, "payment": opened.payment}),
                ..Entry::done("payment.begin")
            };
            audit::append(tx, &[audit::seal(&cases::at_counter(ctx, actor, &loaded), entry, ctx.clock.now())]).await?;
            Ok((opened, description(&def, &row.fee)))
        })
        .await;
    let (opened, description) = match opened {
        Ok(opened) => opened,
        Err(error) => return ctx.refuse(actor, "payment.begin", Some(case), error).await,
    };
    let by = Reporter { request: &actor.request, at: ctx.clock.now() };
    ask(&ctx.db, provider, &opened, &payer, &description, by).await
}

/// One payment, for the request that is repeated: within the policy of the request itself, as whoever is charged may pay
/// without reading all fees of the case. The provider is asked again for one that it has not acknowledged: the process
/// that asked first may have died before it did, and to the provider the same payment is the same request.
///
/// # Errors
/// [`Error::NotFound`]; refusals of the policy; those of [`ask`] and of the database.
#[tracing::instrument(level = "debug", name = "payment.read", skip_all)]
pub async fn show(
    ctx: &Context,
    actor: &Actor,
    provider: &dyn Provider,
    demand: DemandId,
    payment: PaymentId,
    phone: Option<&str>,
) -> Result<PaymentView> {
    const NAME: &str = "payment.read";
    let mut tx = ctx.db.single().await?;
    let Some(row) = cases::demand(&mut tx, demand).await? else {
        drop(tx);
        return ctx.refuse(actor, NAME, None, Error::NotFound).await;
    };
    let case = CaseId(row.case_id);
    let sought = row.task.map_or(Sought::Case(case), |task| Sought::TaskOf(case, TaskId(task)));
    let admitted = cases::admitted(ctx, &mut tx, actor, sought, Action::Pay).await;
    let all = of_demands(&mut tx, &[demand]).await?;
    drop(tx);
    let Admitted { permit, def, loaded, .. } = match admitted {
        Ok(admitted) => admitted,
        Err(error) => return ctx.refuse_on(actor, NAME, Some(case), row.task.map(TaskId), error).await,
    };
    let found = all.into_iter().find(|p| p.id == payment).ok_or(Error::NotFound)?;
    cases::record(ctx, actor, &permit, &loaded, NAME).await?;
    if found.state != State::Asked || row.state != "due" {
        return Ok(found);
    }
    let opened = Opened { payment, demand, case, token: row.token, amount: found.amount };
    let payer = Payer::new(actor.person, phone)?;
    let by = Reporter { request: &actor.request, at: ctx.clock.now() };
    ask(&ctx.db, provider, &opened, &payer, &description(&def, &row.fee), by).await
}

/// What the payer reads on the telephone.
fn description(def: &Definition, fee: &str) -> String {
    let language = def.languages.first().map_or("en", String::as_str);
    let title = def.texts.format(language, &text_id("fee", fee), None, &BTreeMap::new());
    title.unwrap_or_else(|| fee.to_owned())
}

/// How often a callback is tried again that met another change of its case.
const TRIES: usize = 8;

/// What a provider tells: the payment and the case in one transaction. A duplicate changes nothing.
///
/// # Errors
/// [`Error::Unauthenticated`] where the signature is not the provider's; faults of the body; those of the database.
#[tracing::instrument(level = "debug", name = "payment.callback", skip_all)]
pub async fn settle(
    ctx: &Context,
    provider: &str,
    secret: &[u8],
    header: &str,
    body: &[u8],
    request: &str,
) -> Result<()> {
    let callback = match Callback::verified(secret, header, body) {
        Ok(callback) => callback,
        // Anybody can send those, as many as he likes: they are counted, and leave nothing behind.
        Err(error @ Error::Unauthenticated(_)) => {
            metrics::counter!("guichet_payment_callbacks_unsigned_total").increment(1);
            return Err(error);
        }
        Err(error) => return refused(ctx, request, None, error).await,
    };
    for _ in 0..TRIES {
        let by = Reporter { request, at: ctx.clock.now() };
        let done = ctx
            .transaction(async |tx| {
                let settled = receive(tx, provider, &callback, by).await?;
                if settled.pays || settled.returns {
                    cases::payment_settled(ctx, tx, settled.case, settled.token, request).await?;
                }
                Ok(())
            })
            .await;
        match done {
            Err(Error::Conflict(code)) if code == "simultaneous" => {}
            Err(error) => return refused(ctx, request, Some(&callback), error).await,
            Ok(()) => return Ok(()),
        }
    }
    Err(Error::Unavailable("the case is being changed".into()))
}

/// What the provider signed and we did not take.
async fn refused(ctx: &Context, request: &str, callback: Option<&Callback>, error: Error) -> Result<()> {
    if !matches!(error, Error::Internal(_) | Error::Unavailable(_)) {
        let mut entry = Entry::refused("payment.callback", &error);
        entry.details["payment"] = serde_json::json!(callback.map(|c| c.payment));
        ctx.recorder.record(audit::seal(&Actor::system(request), entry, ctx.clock.now())).await?;
    }
    Err(error)
}

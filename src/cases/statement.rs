//! What a citizen states: filling in, handing in, taking back.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::act::RequestKey;
use super::context::Context;
use super::done::Done;
use super::perform::{Admitted, Request, admitted, at_counter, perform};
use super::prepare::{Input, Order};
use super::reading::{self, Read};
use super::store::{self, Sought};
use crate::access::Action;
use crate::audit::{self, Entry};
use crate::engine::definition::{MESSAGE, Verb};
use crate::kernel::{Actor, CaseId, Error, Fault, Result, TaskId};

/// The service's form as it stands in a case.
#[derive(Debug, Serialize, ToSchema)]
pub struct FormView {
    /// Null where nothing was filled in yet.
    pub form: Value,
    /// True where it was not handed in yet.
    pub draft: bool,
    /// What was raised in the case, by the name of the event: when, what was stated with it and, for staff, by whom.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    #[schema(value_type = Object)]
    pub events: BTreeMap<String, Vec<Value>>,
    pub revision: i32,
}

/// What is stated, or being filled in.
///
/// # Errors
/// Refusals of the policy; those of the database.
#[tracing::instrument(level = "debug", name = "case.read_form", skip_all)]
pub async fn read_form(ctx: &Context, actor: &Actor, id: CaseId) -> Result<FormView> {
    let Read { permit, loaded, tx, .. } = reading::read(ctx, actor, id, Action::ReadForm, "case.read_form").await?;
    drop(tx);
    reading::record(ctx, actor, &permit, &loaded, "case.read_form").await?;
    let draft = loaded.case.data.draft.clone().filter(|_| permit.post.is_none());
    let is_draft = draft.is_some();
    let mut data = loaded.case.data;
    if permit.post.is_none() {
        // Who raised it is told to staff by id; a citizen knows by what the event is called.
        // What sides write to the office is theirs: each reads its own letters.
        data.events.remove(MESSAGE);
        let raised = data.events.values_mut().flatten().filter_map(Value::as_object_mut);
        raised.for_each(|raised| drop(raised.remove("by")));
    }
    let (form, revision) = (draft.unwrap_or(data.form), loaded.row.revision);
    Ok(FormView { form, draft: is_draft, events: data.events, revision })
}

/// Keeps what is being filled in. It may be incomplete: it is checked when it is handed in.
///
/// # Errors
/// [`Error::Stale`] where somebody else saved since; refusals; those of the database.
#[tracing::instrument(level = "debug", name = "case.save_form", skip_all)]
pub async fn save_form(ctx: &Context, actor: &Actor, id: CaseId, expects: Option<i32>, form: Value) -> Result<i32> {
    for _ in 0..TRIES {
        match save(ctx, actor, id, expects, form.clone()).await {
            Ok(revision) => return Ok(revision),
            // Whoever names no revision means the newest, whatever else happens in the case at this moment.
            Err(Error::Stale) if expects.is_none() => {}
            Err(error) => return ctx.refuse(actor, "case.save_form", Some(id), error).await,
        }
    }
    ctx.refuse(actor, "case.save_form", Some(id), Error::Stale).await
}

/// How often a form is saved again that met another change of its case.
const TRIES: usize = 8;

async fn save(ctx: &Context, actor: &Actor, id: CaseId, expects: Option<i32>, form: Value) -> Result<i32> {
    if !form.is_object() {
        return Err(Error::Invalid(vec![Fault::new("", "type").with("expected", "object")]));
    }
    let mut tx = ctx.db.begin().await?;
    let Admitted { permit, def, mut loaded, .. } =
        admitted(ctx, &mut tx, actor, Sought::Case(id), Action::SaveForm).await?;
    if expects.is_some_and(|revision| revision != loaded.row.revision) {
        return Err(Error::Stale);
    }
    let flow = &loaded.case.flow;
    let asked = flow
        .tokens
        .values()
        .filter(|t| t.ready.is_none())
        .any(|t| matches!(def.steps.get(&t.step).map(|s| &s.verb), Some(Verb::Ask { form: true, .. })));
    if flow.status.word() != "draft" && !asked {
        return Err(Error::Conflict("not_now".into()));
    }
    let over = flow.status.word() == "draft" || loaded.case.data.draft.is_some();
    loaded.case.data.draft = Some(form);
    if !store::put_draft(&mut tx, &loaded.row, &loaded.case.data, over).await? {
        return Err(Error::Stale);
    }
    let entry = Entry {
        case: Some(id),
        purpose: Some(permit.purpose.clone()),
        subjects: loaded.subjects.clone(),
        ..Entry::done("case.save_form")
    };
    audit::append(&mut tx, &[audit::seal(&at_counter(ctx, actor, &loaded), entry, ctx.clock.now())]).await?;
    tx.commit().await?;
    Ok(loaded.row.revision + 1)
}

/// Hands in: submits a draft, or completes the step that asks for the form.
///
/// # Errors
/// Every fault of what is handed in; refusals; those of the database.
#[tracing::instrument(level = "debug", name = "case.submit", skip_all)]
pub async fn submit(
    ctx: &Context,
    actor: &Actor,
    id: CaseId,
    form: Option<Value>,
    key: Option<RequestKey>,
) -> Result<Done> {
    let Read { def, loaded, tx, .. } = reading::read(ctx, actor, id, Action::Submit, "case.submit").await?;
    drop(tx);
    if loaded.case.flow.status.word() == "draft" {
        let order = Order::Submit { form: form.as_ref(), linked: None };
        let request = Request {
            sought: Sought::Case(id),
            action: Action::Submit,
            name: "case.submit",
            order,
            key,
            expects: None,
        };
        return perform(ctx, actor, &request).await;
    }
    let asks = |step: &str| matches!(def.steps.get(step).map(|s| &s.verb), Some(Verb::Ask { form: true, .. }));
    let token = loaded.case.flow.tokens.iter().find(|(_, t)| t.ready.is_none() && asks(&t.step)).map(|(id, _)| *id);
    let task = token.and_then(|token| loaded.row.around.task_of(token)).map(TaskId);
    let Some(task) = task else {
        // A repeat of the submission that went through is answered as it was.
        let mut tx = ctx.db.single().await?;
        let error = store::check_key(&mut tx, key.as_ref()).await.err();
        drop(tx);
        let error = error.unwrap_or_else(|| Error::Conflict("already_submitted".into()));
        return ctx.refuse(actor, "case.submit", Some(id), error).await;
    };
    let input = Input { form, ..Input::default() };
    let order = Order::Complete(&input);
    let sought = Sought::TaskOf(id, task);
    perform(ctx, actor, &Request { sought, action: Action::Complete, name: "task.complete", order, key, expects: None })
        .await
}

/// Takes the application back, until it is decided.
///
/// # Errors
/// Refusals of the policy and of the engine; [`Error::Stale`]; those of the database.
#[tracing::instrument(level = "debug", name = "case.withdraw", skip_all)]
pub async fn withdraw(
    ctx: &Context,
    actor: &Actor,
    id: CaseId,
    expects: Option<u32>,
    key: Option<RequestKey>,
) -> Result<Done> {
    let order = Order::Withdraw;
    perform(
        ctx,
        actor,
        &Request { sought: Sought::Case(id), action: Action::Withdraw, name: "case.withdraw", order, key, expects },
    )
    .await
}

/// Raises an event of the definition: what comes in any step.
///
/// # Errors
/// Every fault of what is stated with it; refusals; those of the database.
#[tracing::instrument(level = "debug", name = "case.raise", skip_all)]
pub async fn raise(
    ctx: &Context,
    actor: &Actor,
    id: CaseId,
    event: &str,
    answers: Option<&Value>,
    key: Option<RequestKey>,
) -> Result<Done> {
    let order = Order::Raise { event, answers };
    let sought = Sought::Case(id);
    perform(ctx, actor, &Request { sought, action: Action::Raise, name: "case.raise", order, key, expects: None }).await
}

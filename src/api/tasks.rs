//! Steps that wait for an officer or a party.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, delete, get, post, web};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answer::{Page, page, repeated};
use super::body::{Json, NoQuery, Nothing, OptionalJson};
use super::cases::after;
use super::extract::{Caller, accept_language};
use super::idempotency::IdempotencyKey;
use super::paging;
use super::problem::Problem;
use crate::cases::{self, CaseView, Done, Input, QueueFilter, TaskView};
use crate::kernel::{Error, PersonId, Result, TaskId};

type Ctx = web::Data<cases::Context>;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct TaskFilter {
    /// Of this service.
    service: Option<String>,
    /// Of this step.
    step: Option<String>,
    /// Held by the caller.
    #[serde(default)]
    #[param(required = false)]
    mine: bool,
    /// Held by nobody.
    #[serde(default)]
    #[param(required = false)]
    free: bool,
    /// Past its target.
    #[serde(default)]
    #[param(required = false)]
    overdue: bool,
    /// Of this office, which the caller oversees, in place of the caller's desks.
    office: Option<String>,
    /// Where to go on, from `Link`.
    cursor: Option<String>,
    /// Rows of a page: 1 to 200, or 50.
    limit: Option<u32>,
}

/// Lists the open tasks of the caller's desks.
///
/// What is due first stands first.
#[utoipa::path(
    operation_id = "list_tasks", tag = "tasks", security(("bearer" = [])), params(TaskFilter),
    responses((status = 200, description = "A page.", body = Page<TaskView>))
)]
#[get("/v1/tasks")]
pub async fn list_tasks(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    filter: web::Query<TaskFilter>,
) -> Result<HttpResponse, Problem> {
    let TaskFilter { service, step, mine, free, overdue, office, cursor, limit } = filter.into_inner();
    for (name, word) in [("/service", &service), ("/step", &step), ("/office", &office)] {
        // No id has it, and no database compares it.
        if word.as_ref().is_some_and(|word| word.contains('\0')) {
            return Err(Error::invalid(name, "unknown").into());
        }
    }
    let limit = paging::limit(limit)?;
    let after: Option<(Timestamp, Uuid)> = paging::decode(cursor.as_deref())?;
    let filter = QueueFilter { service, step, mine, free, overdue, office };
    let accept = accept_language(&request);
    let rows = cases::list_tasks(&ctx, &caller, filter, after, i64::from(limit) + 1, accept).await?;
    Ok(page(&request, rows, limit, |row| (row.due_at, row.id))?)
}

/// What is said with a claim.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
#[schema(as = Claim)]
pub struct ClaimBody {
    /// True: nothing ties the caller to anybody in the case. Needed where the action `claim` wants `no_ties`; whom something
    /// ties keeps out of the case instead.
    pub no_ties: bool,
}

/// Claims a task.
///
/// One of two who try at once gets it; the other is told 409. Whoever has it already may still say that nothing ties him.
#[utoipa::path(
    operation_id = "claim_task", tag = "tasks", security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The task.")),
    request_body(content = Option<ClaimBody>, example = json!({"no_ties": true})),
    responses(
        (status = 200, description = "The case, with the task in the caller's hands.", body = CaseView),
        (status = 204, description = "It is done; the caller may not see the case."),
    )
)]
#[post("/v1/tasks/{id}/claim")]
pub async fn claim_task(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    id: web::Path<Uuid>,
    _: NoQuery,
    key: IdempotencyKey,
    body: OptionalJson<ClaimBody>,
) -> Result<HttpResponse, Problem> {
    let key = key.of(&request, &caller, body.hash);
    let (task, untied) = (TaskId(id.into_inner()), body.value.no_ties);
    let done = repeated(cases::claim(&ctx, &caller, task, untied, key).await, Done::again)?;
    Ok(after(&ctx, &caller, done, &request, StatusCode::OK).await?)
}

/// Releases a task.
///
/// It is back at its desk.
#[utoipa::path(
    operation_id = "release_task", tag = "tasks", security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The task.")),
    responses(
        (status = 200, description = "The case, with the task in nobody's hands.", body = CaseView),
        (status = 204, description = "It is done; the caller may not see the case."),
    )
)]
#[delete("/v1/tasks/{id}/claim")]
pub async fn release_task(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    id: web::Path<Uuid>,
    _: NoQuery,
    key: IdempotencyKey,
    body: OptionalJson<Nothing>,
) -> Result<HttpResponse, Problem> {
    let key = key.of(&request, &caller, body.hash);
    let done = repeated(cases::release(&ctx, &caller, TaskId(id.into_inner()), key).await, Done::again)?;
    Ok(after(&ctx, &caller, done, &request, StatusCode::OK).await?)
}

/// Who gets a task.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Assignment)]
pub struct AssignmentBody {
    /// Somebody at the desk of the task.
    pub person: Uuid,
}

/// Assigns a task.
///
/// To somebody at its desk: by a colleague there, or by whoever oversees the office.
#[utoipa::path(
    operation_id = "assign_task", tag = "tasks", security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The task.")),
    request_body(content = AssignmentBody, example = json!({"person": "0199aa50-2c1e-7c3a-8a0e-0f6f3c1d2b4a"})),
    responses(
        (status = 200, description = "The case, with the task in the colleague's hands.", body = CaseView),
        (status = 204, description = "It is done; the caller may not see the case."),
    )
)]
#[post("/v1/tasks/{id}/assignment")]
pub async fn assign_task(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    id: web::Path<Uuid>,
    _: NoQuery,
    key: IdempotencyKey,
    body: Json<AssignmentBody>,
) -> Result<HttpResponse, Problem> {
    let key = key.of(&request, &caller, body.hash);
    let (task, to) = (TaskId(id.into_inner()), PersonId(body.value.person));
    let done = repeated(cases::assign(&ctx, &caller, task, to, key).await, Done::again)?;
    Ok(after(&ctx, &caller, done, &request, StatusCode::OK).await?)
}

/// Which office gets a task.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Transfer)]
pub struct TransferBody {
    /// An office that has the role of the task, and that the caller oversees as well.
    #[schema(max_length = 100)]
    pub office: String,
    /// The reason in words.
    #[schema(max_length = 4_000)]
    pub reason: String,
}

/// Transfers a task to another office.
///
/// By whoever oversees both: where nobody is left at its desk, say. Who held it gives it back, and an appointment is cancelled.
#[utoipa::path(
    operation_id = "transfer_task", tag = "tasks", security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The task.")),
    request_body(content = TransferBody, example = json!({"office": "savar", "reason": "The only officer keeps out."})),
    responses(
        (status = 200, description = "The case, with the task at the other office.", body = CaseView),
        (status = 204, description = "It is done; the caller may not see the case."),
    )
)]
#[post("/v1/tasks/{id}/transfer")]
pub async fn transfer_task(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    id: web::Path<Uuid>,
    _: NoQuery,
    key: IdempotencyKey,
    body: Json<TransferBody>,
) -> Result<HttpResponse, Problem> {
    let key = key.of(&request, &caller, body.hash);
    let (task, TransferBody { office, reason }) = (TaskId(id.into_inner()), body.value);
    let done = repeated(cases::transfer(&ctx, &caller, task, &office, &reason, key).await, Done::again)?;
    Ok(after(&ctx, &caller, done, &request, StatusCode::OK).await?)
}

/// What completes a step. What it asks for, and which outcomes and reasons it has, is said by the case's actions.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = Completion)]
pub struct CompletionBody {
    /// One of the step's outcomes; needed where it has more than one.
    #[serde(default)]
    pub outcome: Option<String>,
    /// The service's form, where the step asks for it.
    #[serde(default)]
    pub form: Option<Value>,
    /// The step's own form.
    #[serde(default)]
    pub answers: Option<Value>,
    /// Codes of the step's reasons.
    #[serde(default)]
    pub reasons: Vec<String>,
    /// The reasons in words, for the one whom it is about.
    #[serde(default)]
    pub grounds: String,
    /// Where the step asks for a signature: the digest of the form that the action names. Whoever sends it has read the form
    /// and agrees to it.
    #[serde(default)]
    #[schema(max_length = 64)]
    pub signature: Option<String>,
}

/// Completes a task.
///
/// An officer's task that the caller holds, or what a party was asked for. Officers decide by completing tasks.
#[utoipa::path(
    operation_id = "complete_task", tag = "tasks", security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The task.")),
    request_body(content = CompletionBody, example = json!({
        "outcome": "reject", "reasons": ["seller_holds_less"],
        "grounds": "The seller holds 12 decimals of plot 101; 20 were sold."})),
    responses(
        (status = 200, description = "The case, a step further.", body = CaseView),
        (status = 204, description = "It is done; the caller may not see the case."),
    )
)]
#[post("/v1/tasks/{id}/completion")]
pub async fn complete_task(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    id: web::Path<Uuid>,
    _: NoQuery,
    key: IdempotencyKey,
    body: OptionalJson<CompletionBody>,
) -> Result<HttpResponse, Problem> {
    let key = key.of(&request, &caller, body.hash);
    let CompletionBody { outcome, form, answers, reasons, grounds, signature } = body.value;
    let input = Input { outcome, form, answers, reasons, grounds, signature };
    let done = repeated(cases::complete(&ctx, &caller, TaskId(id.into_inner()), &input, key).await, Done::again)?;
    Ok(after(&ctx, &caller, done, &request, StatusCode::OK).await?)
}

/// Keeps out of the case of a task.
///
/// For good: what the caller had claimed in the case is back at its desk, and nothing in it is offered to the caller again.
#[utoipa::path(
    operation_id = "recuse_from_task", tag = "tasks", security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "A task that the caller has, or could take.")),
    request_body(content = Option<Nothing>, example = json!({})),
    responses(
        (status = 200, description = "The case.", body = CaseView),
        (status = 204, description = "It is done; the caller may not see the case."),
    )
)]
#[post("/v1/tasks/{id}/recusal")]
pub async fn recuse_from_task(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    id: web::Path<Uuid>,
    _: NoQuery,
    key: IdempotencyKey,
    body: OptionalJson<Nothing>,
) -> Result<HttpResponse, Problem> {
    let key = key.of(&request, &caller, body.hash);
    let done = repeated(cases::recuse(&ctx, &caller, TaskId(id.into_inner()), key).await, Done::again)?;
    Ok(after(&ctx, &caller, done, &request, StatusCode::OK).await?)
}

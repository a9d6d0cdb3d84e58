//! Cases: opening, listing, reading. Every act on a case is answered with the case as it is then.

use actix_web::http::StatusCode;
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use serde::Deserialize;
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use super::answer::{One, Page, page, repeated};
use super::body::{Json, NoQuery};
use super::extract::{Caller, accept_language};
use super::idempotency::IdempotencyKey;
use super::paging;
use super::problem::Problem;
use crate::cases::{self, CaseLineView, CaseView, Context, Done, NewCase};
use crate::kernel::{Actor, Error, Result};

/// A case to be opened.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewCase)]
pub struct NewCaseBody {
    /// The id of the service.
    #[schema(max_length = 100)]
    pub service: String,
    /// The form as it is filled in so far; whole where it is submitted.
    #[serde(default)]
    pub form: Option<Value>,
    /// Submits it at once: there is a submitted case afterwards, or none.
    #[serde(default)]
    pub submit: bool,
    /// The language in which the applicant is written to, BCP 47.
    #[serde(default)]
    pub language: Option<String>,
    /// Who the case is for, where staff file it at the counter: a person as forms state one.
    #[serde(default)]
    pub on_behalf_of: Option<Value>,
}

/// Opens a case.
///
/// A draft, or with `submit` a submitted case in one act.
#[utoipa::path(
    operation_id = "open_case", tag = "cases", security(("bearer" = [])),
    params(("Idempotency-Key" = String, Header, description = "By which a repeat of this request is known.")),
    request_body(content = NewCaseBody,
                 example = json!({"service": "residence-certificate", "submit": true, "language": "bn"})),
    responses(
        (status = 201, description = "The case, and its address in `Location`.", body = CaseView),
        (status = 204, description = "It is opened; the caller may not see it."),
    )
)]
#[post("/v1/cases")]
pub async fn open_case(
    caller: Caller,
    ctx: web::Data<Context>,
    request: HttpRequest,
    _: NoQuery,
    key: IdempotencyKey,
    body: Json<NewCaseBody>,
) -> Result<HttpResponse, Problem> {
    let key = key.required()?.of(&request, &caller, body.hash);
    let NewCaseBody { service, form, submit, language, on_behalf_of } = body.value;
    let new = NewCase { service, form, submit, language, on_behalf_of, key };
    let done = repeated(cases::start(&ctx, &caller, new).await, Done::again)?;
    Ok(after(&ctx, &caller, done, &request, StatusCode::CREATED).await?)
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CaseFilter {
    /// `draft`, `open` or `closed`.
    status: Option<String>,
    /// Where to go on, from `Link`.
    cursor: Option<String>,
    /// Rows of a page: 1 to 200, or 50.
    limit: Option<u32>,
}

/// Lists the caller's own cases.
///
/// The newest first; those of the organisation where the caller acts for one.
#[utoipa::path(
    operation_id = "list_cases", tag = "cases", security(("bearer" = [])), params(CaseFilter),
    responses((status = 200, description = "A page.", body = Page<CaseLineView>))
)]
#[get("/v1/cases")]
pub async fn list_cases(
    caller: Caller,
    ctx: web::Data<Context>,
    request: HttpRequest,
    filter: web::Query<CaseFilter>,
) -> Result<HttpResponse, Problem> {
    let limit = paging::limit(filter.limit)?;
    let status = filter.status.as_deref();
    if status.is_some_and(|status| !["draft", "open", "closed"].contains(&status)) {
        return Err(Error::invalid("/status", "unknown").into());
    }
    let before: Option<Uuid> = paging::decode(filter.cursor.as_deref())?;
    let accept = accept_language(&request);
    let rows = cases::list_cases(&ctx, &caller, status, before, i64::from(limit) + 1, accept).await?;
    Ok(page(&request, rows, limit, |row| row.id)?)
}

/// Reads a case.
///
/// Its state, its deadlines, and what this caller may do next.
#[utoipa::path(
    operation_id = "read_case", tag = "cases", security(("bearer" = [])),
    params(("id" = String, Path, description = "Its id or its reference.", example = "LM-26-7K3F-9QXD-M")),
    responses(
        (status = 200, description = "The case.", body = CaseView),
        (status = 304, description = "The caller has it already."),
    )
)]
#[get("/v1/cases/{id}")]
pub async fn read_case(
    caller: Caller,
    ctx: web::Data<Context>,
    request: HttpRequest,
    id: web::Path<String>,
    _: NoQuery,
) -> Result<HttpResponse, Problem> {
    let id = cases::resolve(&ctx, &caller, &id).await?;
    let shown = cases::show(&ctx, &caller, id, accept_language(&request)).await?;
    Ok(One::new(&shown.view, shown.seq)?.language(&shown.language).to(&request))
}

/// The case after an act on it. The act is done whatever the policy says of the read: who may not see the case
/// afterwards is told that much.
///
/// # Errors
/// Those of the read, but no refusal.
pub async fn after(
    ctx: &Context,
    actor: &Actor,
    done: Done,
    request: &HttpRequest,
    status: StatusCode,
) -> Result<HttpResponse> {
    let id = done.case;
    // The outcome of one's own act is a purpose, where the case has no more open task of the actor. A repeat of the act is
    // a read like any other.
    let purpose = actor.purpose.clone().or_else(|| done.after.is_some().then(|| "own_act".to_owned()));
    let actor = Actor { purpose, ..actor.clone() };
    match cases::show_after(ctx, &actor, done, accept_language(request)).await {
        Ok(shown) => {
            let one = One::new(&shown.view, shown.seq)?.language(&shown.language);
            let one = if status == StatusCode::CREATED { one.at(&format!("/v1/cases/{id}")) } else { one };
            Ok(one.after(status))
        }
        Err(Error::NotFound | Error::Forbidden(_) | Error::PreconditionRequired(_)) => {
            Ok(HttpResponse::NoContent().finish())
        }
        Err(error) => Err(error),
    }
}

//! The catalogue: what is on offer, and what it asks for. Public, the same for everybody but for the language.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use actix_web::http::header;
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, get, web};
use serde::Deserialize;
use utoipa::IntoParams;

use super::answer::{self, One, Page, page};
use super::body::NoQuery;
use super::extract::accept_language;
use super::paging;
use super::problem::Problem;
use crate::cases::offer::{self, Edition, Filter, ServiceLine, ServiceView};
use crate::cases::{Context, Shown};
use crate::kernel::{Error, Fault, Result};

/// Characters of a search at most.
const SEARCH_MAX: usize = 200;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ServiceFilter {
    /// Whom it is for, such as `G2C` or `G2B`.
    kind: Option<String>,
    /// The authority that offers it.
    authority: Option<String>,
    /// An event in a life that it belongs to.
    life_event: Option<String>,
    /// Words in its title or description, in the language of the answer.
    q: Option<String>,
    /// Where to go on, from `Link`.
    cursor: Option<String>,
    /// Rows of a page: 1 to 200, or 50.
    limit: Option<u32>,
}

/// Lists services.
///
/// What is on offer today.
#[utoipa::path(
    operation_id = "list_services", tag = "catalogue", security(()), params(ServiceFilter),
    responses((status = 200, description = "A page, ordered by id.", body = Page<ServiceLine>))
)]
#[get("/v1/services")]
pub async fn list_services(
    ctx: web::Data<Context>,
    request: HttpRequest,
    filter: web::Query<ServiceFilter>,
) -> Result<HttpResponse, Problem> {
    let ServiceFilter { kind, authority, life_event, q, cursor, limit } = filter.into_inner();
    let limit = paging::limit(limit)?;
    let after: Option<String> = paging::decode(cursor.as_deref())?;
    if q.as_ref().is_some_and(|q| q.chars().count() > SEARCH_MAX) {
        return Err(Error::Invalid(vec![Fault::new("/q", "max_length").with("limit", SEARCH_MAX)]).into());
    }
    let filter = Filter { kind, authority, life_event, q };
    let lines = offer::list(&ctx, &filter, accept_language(&request)).into_iter();
    let rest = lines.filter(|line| after.as_ref().is_none_or(|after| line.id > *after));
    let rows: Vec<ServiceLine> = rest.take(usize::try_from(limit).unwrap_or(usize::MAX).saturating_add(1)).collect();
    let mut answer = page(&request, rows, limit, |row| row.id.clone())?;
    answer.headers_mut().insert(header::CACHE_CONTROL, super::answer::PUBLIC);
    answer.headers_mut().insert(header::VARY, super::answer::BY_LANGUAGE);
    Ok(answer)
}

/// Reads a service.
///
/// Its form, documents, fees, deadlines and steps, in the caller's language.
#[utoipa::path(
    operation_id = "read_service", tag = "catalogue", security(()),
    params(("id" = String, Path, description = "The service.", example = "land-mutation")),
    responses(
        (status = 200, description = "The service.", body = ServiceView),
        (status = 304, description = "The caller has it already."),
    )
)]
#[get("/v1/services/{id}")]
pub async fn read_service(
    ctx: web::Data<Context>,
    request: HttpRequest,
    entries: web::Data<Entries>,
    id: web::Path<String>,
    _: NoQuery,
) -> Result<HttpResponse, Problem> {
    let accept = accept_language(&request);
    let edition = offer::edition(&ctx, &id, accept)?;
    let (body, tag) = match entries.get(&edition) {
        Some(kept) => kept,
        None => {
            let Shown { view, seq, .. } = offer::show(&ctx, &id, accept)?;
            let body = Bytes::from(serde_json::to_vec(&view).map_err(Error::from)?);
            let tag = answer::tag(&body, seq);
            entries.keep(edition.clone(), (body.clone(), tag.clone()));
            (body, tag)
        }
    };
    Ok(One::kept(body, answer::JSON, tag).language(&edition.2).public().to(&request))
}

/// Entries kept at most: more than any administration has services and languages.
const ENTRIES_MAX: usize = 2_000;

/// Entries as they were written; each is made once for each language and day.
#[derive(Default)]
pub struct Entries(Mutex<HashMap<Edition, (Bytes, String)>>);

impl Entries {
    fn get(&self, edition: &Edition) -> Option<(Bytes, String)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(edition).cloned()
    }

    fn keep(&self, edition: Edition, entry: (Bytes, String)) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // Those of yesterday go when there are many.
        if kept.len() >= ENTRIES_MAX {
            kept.clear();
        }
        kept.insert(edition, entry);
    }
}

//! Answers: one resource with its entity tag, a page of a list, and the outcome of an act. Promises that an entity tag
//! changes whenever what is shown does, and that a repeated act is answered as it was, under today's policy.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue, TryIntoHeaderPair};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;
use uuid::Uuid;

use super::paging;
use super::preconditions::{etag, if_none_match};
use crate::kernel::{Error, Result};

/// Bytes of a hash by which two representations of one state are told apart.
const VARIANT: usize = 8;
/// What anyone may keep for a minute.
pub const PUBLIC: HeaderValue = HeaderValue::from_static("public, max-age=60");
pub const BY_LANGUAGE: HeaderValue = HeaderValue::from_static("Accept-Language");

/// A page of a list. The next one stands in the header `Link`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    pub items: Vec<T>,
}

/// One resource on its way out.
pub struct One {
    body: Bytes,
    tag: String,
    head: HttpResponseBuilder,
}

impl One {
    /// `seq`: the number of its state.
    ///
    /// # Errors
    /// Where it cannot be written as JSON.
    pub fn new(view: &impl Serialize, seq: u32) -> Result<Self> {
        Ok(Self::of(serde_json::to_vec(view)?, JSON, seq))
    }

    /// What is written already, of this media type.
    #[must_use]
    pub fn of(body: Vec<u8>, media_type: &'static str, seq: u32) -> Self {
        let tag = tag(&body, seq);
        Self::kept(body.into(), media_type, tag)
    }

    /// What was written before, with the tag that it got then.
    #[must_use]
    pub fn kept(body: Bytes, media_type: &'static str, tag: String) -> Self {
        let mut head = HttpResponse::Ok();
        head.content_type(media_type);
        Self { body, tag, head }
    }

    /// The language that was served.
    #[must_use]
    pub fn language(mut self, tag: &str) -> Self {
        if !tag.is_empty() {
            self.head.insert_header((header::CONTENT_LANGUAGE, tag));
        }
        self
    }

    /// Knows no person: anyone may keep it for a minute.
    #[must_use]
    pub fn public(mut self) -> Self {
        self.head.insert_header((header::CACHE_CONTROL, PUBLIC)).insert_header((header::VARY, BY_LANGUAGE));
        self
    }

    /// Another header.
    #[must_use]
    pub fn with(mut self, header: impl TryIntoHeaderPair) -> Self {
        self.head.insert_header(header);
        self
    }

    #[must_use]
    pub fn at(mut self, location: &str) -> Self {
        self.head.insert_header((header::LOCATION, location));
        self
    }

    /// The answer to a read; without a body where the caller has it already.
    #[must_use]
    pub fn to(mut self, request: &HttpRequest) -> HttpResponse {
        let known = if_none_match(request, &self.tag);
        self.head.insert_header((header::ETAG, self.tag));
        if known {
            return self.head.status(StatusCode::NOT_MODIFIED).finish();
        }
        self.head.body(self.body)
    }

    /// The answer to an act.
    #[must_use]
    pub fn after(mut self, status: StatusCode) -> HttpResponse {
        self.head.insert_header((header::ETAG, self.tag)).status(status).body(self.body)
    }
}

/// The tag of these bytes as the showing of a state.
#[must_use]
pub fn tag(body: &[u8], seq: u32) -> String {
    let hash = Sha256::digest(body);
    let variant: String = hash.iter().take(VARIANT).map(|byte| format!("{byte:02x}")).collect();
    etag(seq, &variant)
}

pub const JSON: &str = "application/json";

/// A page of at most `limit` of these rows, of which there is one more than that where a next page is to be had.
/// `after` gives the place of a row.
///
/// # Errors
/// Where a row or its place cannot be written as JSON.
pub fn page<T: Serialize, C: Serialize>(
    request: &HttpRequest,
    mut items: Vec<T>,
    limit: u32,
    after: impl Fn(&T) -> C,
) -> Result<HttpResponse> {
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let more = items.len() > limit;
    items.truncate(limit);
    written(request, items, more, after)
}

fn written<T: Serialize, C: Serialize>(
    request: &HttpRequest,
    items: Vec<T>,
    more: bool,
    after: impl Fn(&T) -> C,
) -> Result<HttpResponse> {
    let mut head = HttpResponse::Ok();
    if let Some(last) = items.last().filter(|_| more)
        && let Some(link) = paging::next_link(request, &paging::encode(&after(last))?)
    {
        head.insert_header(link);
    }
    Ok(head.content_type(JSON).body(serde_json::to_vec(&Page { items })?))
}

/// A page of which nobody looked whether another follows: a full one says so, and the last may be empty.
///
/// # Errors
/// As [`page`].
pub fn page_of_unknown<T: Serialize, C: Serialize>(
    request: &HttpRequest,
    items: Vec<T>,
    limit: u32,
    after: impl Fn(&T) -> C,
) -> Result<HttpResponse> {
    let full = items.len() >= usize::try_from(limit).unwrap_or(usize::MAX);
    written(request, items, full, after)
}

/// A list that is whole.
///
/// # Errors
/// Where a row cannot be written as JSON.
pub fn whole<T: Serialize>(items: Vec<T>) -> Result<HttpResponse> {
    Ok(HttpResponse::Ok().content_type(JSON).body(serde_json::to_vec(&Page { items })?))
}

/// What an act came to, also where the same request has done it before: then `again` finds it by what it made.
///
/// # Errors
/// Those of the act.
pub fn repeated<T>(done: Result<T>, again: impl FnOnce(Uuid) -> T) -> Result<T> {
    match done {
        Err(Error::Replayed(replay)) => Ok(again(replay.resource)),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use actix_web::test::TestRequest;
    use serde_json::{Value, json};

    use super::*;
    use crate::kernel::Replay;

    fn of<'a>(answer: &'a HttpResponse, name: &str) -> &'a str {
        answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    #[test]
    fn what_the_caller_has_is_not_sent_again() {
        let one = || One::new(&json!({"a": 1}), 7).expect("JSON").language("bn");
        let first = one().to(&TestRequest::get().to_http_request());
        assert_eq!((first.status().as_u16(), of(&first, "content-language")), (200, "bn"));
        let tag = of(&first, "etag").to_owned();
        assert!(tag.starts_with("\"7-"), "{tag}");
        let known = || TestRequest::get().insert_header(("if-none-match", tag.clone())).to_http_request();
        assert_eq!(one().to(&known()).status().as_u16(), 304);
        // The same state, shown otherwise.
        assert_eq!(One::new(&json!({"a": 2}), 7).expect("JSON").to(&known()).status().as_u16(), 200);
        assert_eq!(one().after(StatusCode::CREATED).status().as_u16(), 201);
    }

    #[actix_web::test]
    async fn a_page_tells_of_the_next_one_where_there_is_one() {
        let request = TestRequest::get().uri("/v1/cases?limit=2").to_http_request();
        let last = page(&request, vec![1, 2], 2, |row| *row).expect("a page");
        assert_eq!(of(&last, "link"), "");
        let more = page(&request, vec![1, 2, 3], 2, |row| *row).expect("a page");
        let link = of(&more, "link").to_owned();
        let cursor = link.split("cursor=").nth(1).and_then(|rest| rest.split('>').next());
        assert_eq!(paging::decode::<u32>(cursor).expect("a cursor"), Some(2));
        let body = to_bytes(more.into_body()).await.expect("a body");
        assert_eq!(serde_json::from_slice::<Value>(&body).expect("JSON"), json!({"items": [1, 2]}));
    }

    #[test]
    fn a_repeat_is_no_error() {
        let id = Uuid::from_u128(7);
        let replayed = Err(Error::Replayed(Replay { resource: id }));
        assert_eq!(repeated(replayed, |found| found).expect("again"), id);
        assert!(repeated::<Uuid>(Err(Error::Stale), |found| found).is_err());
    }
}

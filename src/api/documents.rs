//! Files of a case. The body of an upload is the file itself, streamed; a download is an attachment.

use std::rc::Rc;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, Charset, ContentDisposition, DispositionParam, DispositionType, ExtendedValue};
use actix_web::{HttpRequest, HttpResponse, get, post, web};
use jiff::civil::Date;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use utoipa::IntoParams;
use uuid::Uuid;

use super::answer::{One, Page, whole};
use super::body::NoQuery;
use super::bounds::Bounds;
use super::extract::Caller;
use super::idempotency::IdempotencyKey;
use super::limits::time;
use super::preconditions::if_none_match;
use super::problem::Problem;
use crate::cases::{self, DocumentView, NewDocument};
use crate::kernel::{DocumentId, Error, Result};

type Ctx = web::Data<cases::Context>;

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UploadQuery {
    /// Its name in the definition of the service.
    #[param(example = "deed")]
    kind: String,
    /// Which one of the party it is about, from 0.
    #[serde(default)]
    #[param(required = false)]
    of: u32,
    /// The day on which it was issued.
    issued: Option<Date>,
    /// Its name, where `Content-Disposition` has none.
    file_name: Option<String>,
}

/// Adds a document to a case.
///
/// The body is the file. What it is, is judged by its content; `Content-Type` and the ending of its name must agree.
#[utoipa::path(
    operation_id = "add_document", tag = "documents", security(("bearer" = [])),
    params(
        ("id" = String, Path, description = "Id or reference of the case."),
        UploadQuery,
        ("Idempotency-Key" = String, Header, description = "By which a repeat of this request is known."),
        ("Content-Disposition" = Option<String>, Header, description = "The name of the file.",
         example = "attachment; filename=\"deed.pdf\""),
    ),
    request_body(content = Vec<u8>, content_type = "application/octet-stream", description = "The file.",
                 example = "%PDF-1.7"),
    responses((status = 201, description = "The document, and its address in `Location`.", body = DocumentView))
)]
#[post("/v1/cases/{id}/documents")]
pub async fn add_document(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    id: web::Path<String>,
    query: web::Query<UploadQuery>,
    key: IdempotencyKey,
    file: web::Payload,
) -> Result<HttpResponse, Problem> {
    if request.headers().get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding != "identity") {
        return Err(Error::UnsupportedType("Content-Encoding".into()).into());
    }
    let key = key.required()?.of(&request, &caller, described(&request));
    let UploadQuery { kind, of, issued, file_name } = query.into_inner();
    let file_name = match file_name {
        Some(name) => name,
        None => name_of(&request)?.ok_or_else(|| Error::invalid("/file_name", "required"))?,
    };
    // From here on it is the sender who takes the time.
    if let Some(bounds) = request.app_data::<Rc<Bounds>>() {
        time::may_take(&request, bounds.upload());
    }
    let declared = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let new = NewDocument { kind, of, issued, file_name, declared: declared.map(str::to_owned) };
    let id = cases::resolve(&ctx, &caller, &id).await?;
    let view = match cases::add_document(&ctx, &caller, id, new, file, key).await {
        // The content is not read: it is let go again.
        Err(Error::Replayed(replay)) => cases::open_document(&ctx, &caller, DocumentId(replay.resource)).await?.0,
        other => other?,
    };
    Ok(One::new(&view, 1)?.at(&format!("/v1/documents/{}", view.id)).after(StatusCode::CREATED))
}

/// What is known of an upload before it is read: a repeat must not have to be taken in whole to be known.
fn described(request: &HttpRequest) -> [u8; 32] {
    let mut hash = Sha256::new();
    let headers = [header::CONTENT_TYPE, header::CONTENT_DISPOSITION, header::CONTENT_LENGTH];
    let values = headers.iter().map(|name| request.headers().get(name).map_or(&b""[..], |value| value.as_bytes()));
    for part in std::iter::once(request.query_string().as_bytes()).chain(values) {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize().into()
}

/// The name in `Content-Disposition`: that in any script (RFC 8187) before the plain one.
fn name_of(request: &HttpRequest) -> Result<Option<String>> {
    let Some(value) = request.headers().get(header::CONTENT_DISPOSITION) else { return Ok(None) };
    let read = ContentDisposition::from_raw(value);
    let given = read.map_err(|_| Error::Malformed("Content-Disposition cannot be read".into()))?;
    if let Some(ExtendedValue { charset, value, .. }) = given.get_filename_ext() {
        let name = String::from_utf8(value.clone()).ok().filter(|_| charset.to_string().eq_ignore_ascii_case("utf-8"));
        return name.map(Some).ok_or_else(|| Error::Malformed("filename* must be in UTF-8".into()));
    }
    Ok(given.get_filename().map(str::to_owned))
}

/// Lists the documents of a case.
#[utoipa::path(
    operation_id = "list_documents", tag = "documents", security(("bearer" = [])),
    params(("id" = String, Path, description = "Id or reference of the case.")),
    responses((status = 200, description = "All of them.", body = Page<DocumentView>))
)]
#[get("/v1/cases/{id}/documents")]
pub async fn list_documents(
    caller: Caller,
    ctx: Ctx,
    id: web::Path<String>,
    _: NoQuery,
) -> Result<HttpResponse, Problem> {
    let id = cases::resolve(&ctx, &caller, &id).await?;
    Ok(whole(cases::list_documents(&ctx, &caller, id).await?)?)
}

/// Reads a document.
///
/// The file itself, as an attachment.
#[utoipa::path(
    operation_id = "read_document", tag = "documents", security(("bearer" = [])),
    params(("id" = Uuid, Path, description = "The document.")),
    responses(
        (status = 200, description = "The file.", body = Vec<u8>, content_type = "application/octet-stream"),
        (status = 304, description = "The caller has it already."),
    )
)]
#[get("/v1/documents/{id}")]
pub async fn read_document(
    caller: Caller,
    ctx: Ctx,
    request: HttpRequest,
    id: web::Path<Uuid>,
    _: NoQuery,
) -> Result<HttpResponse, Problem> {
    let (view, content) = cases::open_document(&ctx, &caller, DocumentId(id.into_inner())).await?;
    let tag = format!("\"{}\"", view.sha256);
    let mut head = HttpResponse::Ok();
    head.insert_header((header::ETAG, tag.as_str()));
    if if_none_match(&request, &tag) {
        return Ok(head.status(StatusCode::NOT_MODIFIED).finish());
    }
    head.content_type(view.media_type).insert_header(attachment(&view.file_name));
    head.no_chunking(u64::try_from(view.size).unwrap_or_default());
    Ok(head.streaming(content))
}

/// What makes a browser keep a file instead of showing it.
#[must_use]
pub fn attachment(file_name: &str) -> ContentDisposition {
    let plain: String = file_name.chars().map(|c| if c.is_ascii_graphic() || c == ' ' { c } else { '_' }).collect();
    let mut parameters = vec![DispositionParam::Filename(plain)];
    if !file_name.is_ascii() {
        let value = file_name.as_bytes().to_vec();
        let name = ExtendedValue { charset: Charset::Ext("UTF-8".to_owned()), language_tag: None, value };
        parameters.push(DispositionParam::FilenameExt(name));
    }
    ContentDisposition { disposition: DispositionType::Attachment, parameters }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_file_has_the_name_that_its_sender_gave_it() {
        let name =
            |text: &str| name_of(&TestRequest::post().insert_header(("content-disposition", text)).to_http_request());
        assert_eq!(name("attachment; filename=\"deed.pdf\"").expect("read").as_deref(), Some("deed.pdf"));
        assert_eq!(name("attachment; filename=\"দলিল.pdf\"").expect("read").as_deref(), Some("দলিল.pdf"));
        let both = "attachment; filename=\"x.pdf\"; filename*=UTF-8''caf%C3%A9.pdf";
        assert_eq!(name(both).expect("read").as_deref(), Some("café.pdf"));
        assert_eq!(name("attachment").expect("read"), None);
        assert!(name("attachment; filename=\"deed").is_err());
        assert!(name("attachment; filename*=iso-8859-1''caf%E9").is_err());
    }

    #[test]
    fn a_name_in_any_script_is_given_twice() {
        assert_eq!(attachment("deed (1).pdf").to_string(), "attachment; filename=\"deed (1).pdf\"");
        let both = attachment("é.pdf").to_string();
        assert_eq!(both, "attachment; filename=\"_.pdf\"; filename*=UTF-8''%C3%A9.pdf");
    }

    #[test]
    fn uploads_that_are_described_alike_are_taken_for_one() {
        let hash = |uri: &str, length: &str| {
            described(&TestRequest::post().uri(uri).insert_header(("content-length", length)).to_http_request())
        };
        assert_eq!(hash("/a?kind=deed", "7"), hash("/a?kind=deed", "7"));
        assert_ne!(hash("/a?kind=deed", "7"), hash("/a?kind=deed", "8"));
        assert_ne!(hash("/a?kind=deed", "7"), hash("/a?kind=map", "7"));
    }
}

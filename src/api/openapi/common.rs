//! What every operation has by the conventions of the API, so that no operation has to say it: problem documents, the
//! headers that any caller may send.

use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{Operation, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::response::ResponseBuilder;
use utoipa::openapi::schema::{ObjectBuilder, Schema, Type};
use utoipa::openapi::{OpenApi, Ref, RefOr, Required};

use crate::api::problem::MEDIA_TYPE;

/// What an operation does.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Does {
    Read,
    /// Writes over what was there: a repeat changes nothing.
    Save,
    Act,
}

/// Adds it to all operations.
pub fn complete(document: &mut OpenApi) {
    for (path, item) in &mut document.paths.paths {
        let own = path.starts_with("/v1/");
        let all = [
            (&mut item.get, Does::Read),
            (&mut item.put, Does::Save),
            (&mut item.patch, Does::Save),
            (&mut item.post, Does::Act),
            (&mut item.delete, Does::Act),
        ];
        for (operation, does) in all {
            let Some(operation) = operation else { continue };
            problems(operation, own);
            if own {
                // Time that was moved twice is only later.
                let does = if path.starts_with("/v1/dev/") { Does::Save } else { does };
                headers(operation, does);
            }
        }
    }
}

/// Whether the operation is for everybody.
fn is_public(operation: &Operation) -> bool {
    let asked = serde_json::to_value(&operation.security).unwrap_or_default();
    asked.as_array().is_some_and(|ways| ways.iter().any(|way| way.as_object().is_some_and(serde_json::Map::is_empty)))
}

fn problems(operation: &mut Operation, own: bool) {
    let mut add = |status: &str, words: &str| {
        let content = ContentBuilder::new().schema(Some(Ref::from_schema_name("Problem"))).build();
        let response = ResponseBuilder::new().description(words).content(MEDIA_TYPE, content).build();
        let all = &mut operation.responses.responses;
        all.entry(status.to_owned()).or_insert_with(|| RefOr::T(response));
    };
    add("4XX", "What is wrong with the request, or why it is refused.");
    if own {
        add("5XX", "The server cannot answer now.");
    }
}

fn headers(operation: &mut Operation, does: Does) {
    offer(operation, "Accept-Language", "The languages that the caller wishes for.");
    if operation.responses.responses.contains_key("304") {
        offer(operation, "If-None-Match", "The `ETag` that the caller has.");
    }
    if is_public(operation) {
        return;
    }
    offer(operation, "X-Acting-For", "The organisation that the caller signs for.");
    match does {
        Does::Read => offer(operation, "X-Purpose", "Why it is read, where no task of the caller says so."),
        Does::Act => offer(operation, "Idempotency-Key", "By which a repeat of this request is known."),
        Does::Save => {}
    }
}

/// A header that may be sent, unless the operation says more of it.
fn offer(operation: &mut Operation, name: &str, words: &str) {
    let all = operation.parameters.get_or_insert_default();
    let is_it = |known: &RefOr<Parameter>| match known {
        RefOr::T(known) => known.name.eq_ignore_ascii_case(name),
        RefOr::Ref(_) => false,
    };
    if !all.iter().any(is_it) {
        all.push(RefOr::T(header(name, words)));
    }
}

fn header(name: &str, words: &str) -> Parameter {
    let text = Schema::Object(ObjectBuilder::new().schema_type(Type::String).build());
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(words))
        .schema(Some(RefOr::T(text)))
        .build()
}

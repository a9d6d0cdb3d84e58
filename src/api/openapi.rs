//! The OpenAPI document: what all resources share. Operations are described where they are written; [`document`] writes
//! the whole the same way every time, so that the file in `openapi/` can be compared byte for byte.

mod common;

use utoipa::openapi::OpenApi as OpenApiDocument;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::{Modify, OpenApi};
use utoipa_actix_web::AppExt;

use super::problem::{Document, FaultView};
use crate::kernel::Result;

/// Name of the security scheme of signed-in operations: `security(("bearer" = []))`.
pub const BEARER: &str = "bearer";

/// The document without operations.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Guichet",
        description = "Services of a public administration: applications, tasks, payments, certificates. \
                       Errors are problem documents (RFC 9457); lists go on by the cursor in `Link`; \
                       texts follow `Accept-Language`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    components(schemas(Document, FaultView)),
    modifiers(&Security),
    tags(
        (name = "catalogue", description = "Services and what they ask for"),
        (name = "cases", description = "From a draft to its end"),
        (name = "documents", description = "Files of a case"),
        (name = "tasks", description = "What waits for officers and parties"),
        (name = "money", description = "Fees and payments"),
        (name = "registers", description = "What is public of registers"),
        (name = "certificates", description = "Papers and their verification"),
        (name = "messages", description = "The message box of a person"),
        (name = "development", description = "Only with the development issuer"),
        (name = "operation", description = "For those who run the server"),
    )
)]
pub struct Base;

struct Security;

impl Modify for Security {
    fn modify(&self, document: &mut OpenApiDocument) {
        let mut bearer = Http::new(HttpAuthScheme::Bearer);
        bearer.bearer_format = Some("JWT".to_owned());
        bearer.description = Some("A token of the configured issuer.".to_owned());
        let components = document.components.get_or_insert_with(Default::default);
        components.add_security_scheme(BEARER, SecurityScheme::Http(bearer));
    }
}

/// The description of all operations that are served, with what they have in common.
#[must_use]
pub fn description() -> OpenApiDocument {
    let app = actix_web::App::new().into_utoipa_app().openapi(Base::openapi()).configure(super::operations);
    let (_, mut description) = app.split_for_parts();
    common::complete(&mut description);
    description
}

/// The document as it is served, and kept in `openapi/openapi.json`.
///
/// # Errors
/// Where it cannot be written as JSON.
pub fn document() -> Result<String> {
    write(&description())
}

/// With sorted names, indented, ending with a line break.
///
/// # Errors
/// Where it cannot be written as JSON.
pub fn write(description: &OpenApiDocument) -> Result<String> {
    // Through a value, whose objects are sorted by name whatever order the types have.
    let value = serde_json::to_value(description)?;
    Ok(format!("{:#}\n", sorted(value)))
}

/// The same value with its members sorted; as deep as the document's types, which are ours.
fn sorted(value: serde_json::Value) -> serde_json::Value {
    use serde_json::Value;
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.into_iter().map(|(name, member)| (name, sorted(member))).collect();
            members.sort_by(|a, b| a.0.cmp(&b.0));
            Value::Object(members.into_iter().collect())
        }
        Value::Array(items) => Value::Array(items.into_iter().map(sorted).collect()),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn what_all_resources_share_is_there() {
        let text = document().expect("a document");
        assert_eq!(text, document().expect("a document"));
        let value: Value = serde_json::from_str(&text).expect("JSON");
        assert!(value["openapi"].as_str().is_some_and(|version| version.starts_with("3.1")));
        assert_eq!(value["components"]["securitySchemes"][BEARER]["scheme"], "bearer");
        for schema in ["Problem", "Fault"] {
            assert_eq!(value["components"]["schemas"][schema]["type"], "object", "{schema}");
        }
        assert!(text.ends_with("}\n"));
    }
}

//! The API's reference for people, `/docs`, and for programs, `/openapi.json`. Works without the internet: every file of
//! the page comes out of this program.

use actix_web::dev::{Service, ServiceResponse};
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, get, web};
use utoipa_swagger_ui::{Config, SwaggerUi};

/// The page runs its own scripts and asks this server; nothing else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                      font-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

/// The document as it is served.
struct Description(web::Bytes);

/// Reads the OpenAPI document.
#[utoipa::path(
    operation_id = "read_openapi", tag = "operation", security(()),
    responses((status = 200, description = "OpenAPI 3.1.", body = serde_json::Value))
)]
#[get("/openapi.json")]
pub async fn read_openapi(description: web::Data<Description>) -> HttpResponse {
    HttpResponse::Ok().content_type("application/json").body(description.0.clone())
}

/// Leads to the reference of the API.
///
/// A page for people.
#[utoipa::path(
    operation_id = "see_docs", tag = "operation", security(()),
    responses((status = 308, description = "The page is at `/docs/`."))
)]
#[get("/docs")]
pub async fn see_docs() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header((header::LOCATION, "/docs/")).finish()
}

/// Adds the pages, with the document as `openapi::document` wrote it.
pub fn configure(document: String) -> impl FnOnce(&mut web::ServiceConfig) {
    let description = web::Data::new(Description(document.into()));
    move |app| {
        app.app_data(description);
        // The default of the page sends every document to a validator on the internet.
        let config = Config::new(["/openapi.json"]).validator_url("none").display_operation_id(true);
        let page = web::scope("").wrap_fn(|request, service| {
            let answer = service.call(request);
            async move {
                let mut answer: ServiceResponse<_> = answer.await?;
                let policy = (HeaderName::from_static("content-security-policy"), HeaderValue::from_static(POLICY));
                answer.headers_mut().insert(policy.0, policy.1);
                Ok(answer)
            }
        });
        app.service(page.service(SwaggerUi::new("/docs/{_:.*}").config(config)));
    }
}

#[cfg(test)]
mod tests {
    use actix_web::{App, test};

    use super::*;

    #[actix_web::test]
    async fn the_page_and_its_files_come_from_here() {
        let app =
            test::init_service(App::new().service(read_openapi).service(see_docs).configure(configure("{}\n".into())))
                .await;
        let get = async |uri: &str| {
            let answer = test::call_service(&app, test::TestRequest::get().uri(uri).to_request()).await;
            (answer.status().as_u16(), String::from_utf8_lossy(&test::read_body(answer).await).into_owned())
        };
        assert_eq!(get("/openapi.json").await, (200, "{}\n".into()));
        assert_eq!(get("/docs").await.0, 308);
        let (status, page) = get("/docs/").await;
        assert_eq!(status, 200);
        assert!(!page.contains("https://") && !page.contains("src=\"//"), "nothing from elsewhere: {page}");
        for file in ["swagger-ui.css", "swagger-ui-bundle.js", "swagger-ui-standalone-preset.js"] {
            assert!(page.contains(file));
            assert_eq!(get(&format!("/docs/{file}")).await.0, 200, "{file}");
        }
        let (_, start) = get("/docs/swagger-initializer.js").await;
        assert!(start.contains("/openapi.json") && start.contains("none"), "{start}");
    }
}

use actix_web::middleware::from_fn;
use actix_web::{App, get, post, test};
use serde::Deserialize;
use serde_json::Value;
use utoipa::OpenApi;

use super::*;
use crate::api::body::Json;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Filter {
    #[expect(dead_code, reason = "only its shape matters")]
    limit: u32,
}

#[utoipa::path(responses((status = 200)))]
#[get("/v1/things/{id}")]
async fn read(id: web::Path<u32>) -> Result<String, Problem> {
    match id.into_inner() {
        1 => Ok("one".to_owned()),
        2 => Err(Error::internal("a secret of ours").into()),
        _ => Err(Error::NotFound.into()),
    }
}

#[utoipa::path(responses((status = 200)))]
#[post("/v1/things")]
async fn make(_: Json<Value>) -> &'static str {
    "made"
}

#[utoipa::path(responses((status = 200)))]
#[get("/v1/things")]
async fn list(_: web::Query<Filter>) -> &'static str {
    "listed"
}

#[derive(OpenApi)]
#[openapi(paths(read, make, list))]
struct Things;

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Value,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

async fn ask(request: test::TestRequest) -> Answer {
    let app = App::new().wrap(from_fn(around)).configure(configure(Routes::new(&Things::openapi())));
    let app = test::init_service(app.service(read).service(make).service(list)).await;
    let answer = test::call_service(&app, request.to_request()).await;
    let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
    let body = test::read_body(answer).await;
    Answer { status, headers, body: serde_json::from_slice(&body).unwrap_or(Value::Null) }
}

fn get_at(uri: &str) -> test::TestRequest {
    test::TestRequest::get().uri(uri)
}

#[actix_web::test]
async fn every_error_is_a_problem_document() {
    let post = || test::TestRequest::post().uri("/v1/things").insert_header(("content-type", "application/json"));
    let cases = [
        (get_at("/v1/things/3"), 404, "not_found"),
        (get_at("/v1/things/x"), 404, "not_found"),
        (get_at("/nowhere"), 404, "not_found"),
        (get_at("/v1/things/1/../../etc"), 404, "not_found"),
        (get_at("/v1/things/2"), 500, "internal"),
        (test::TestRequest::delete().uri("/v1/things"), 405, "method_not_allowed"),
        (test::TestRequest::put().uri("/v1/things/1"), 405, "method_not_allowed"),
        (get_at("/v1/things"), 422, "invalid"),
        (get_at("/v1/things?limit=1&x=2"), 422, "invalid"),
        (get_at("/v1/things?limit=x"), 400, "malformed"),
        (post().set_payload("{"), 400, "malformed"),
        (post().set_payload("[".repeat(50_000)), 400, "malformed"),
        (post().set_payload(vec![b' '; BODY_MAX + 1]), 413, "too_large"),
        (test::TestRequest::post().uri("/v1/things").set_payload("{}"), 415, "unsupported_type"),
    ];
    for (request, status, code) in cases {
        let answer = ask(request.insert_header(("x-request-id", "r-7"))).await;
        assert_eq!((answer.status, answer.body["code"].as_str()), (status, Some(code)));
        assert_eq!(answer.header("content-type"), problem::MEDIA_TYPE);
        assert_eq!((Some(answer.header("x-request-id")), answer.body["instance"].as_str()), (Some("r-7"), Some("r-7")));
        assert!(!answer.body.to_string().contains("secret"), "{}", answer.body);
    }
    let refused = ask(test::TestRequest::delete().uri("/v1/things")).await;
    assert_eq!(refused.header("allow"), "GET, POST");
    let filter = ask(get_at("/v1/things?limit=1&x=2")).await;
    assert_eq!(
        (&filter.body["errors"][0]["pointer"], &filter.body["errors"][0]["code"]),
        (&"/x".into(), &"not_expected".into())
    );
}

#[actix_web::test]
async fn errors_are_told_in_the_language_of_the_client() {
    let answer = ask(get_at("/nowhere").insert_header(("accept-language", "bn-BD,bn;q=0.9,en;q=0.5"))).await;
    assert_eq!(answer.header("content-language"), "bn");
    assert_eq!(answer.body["title"], "পাওয়া যায়নি");
}

#[actix_web::test]
async fn every_answer_has_an_id_and_the_headers_of_caution() {
    let own = ask(get_at("/v1/things/1")).await;
    assert_eq!(own.status, 200);
    for name in
        ["x-content-type-options", "x-frame-options", "referrer-policy", "cache-control", "content-security-policy"]
    {
        assert!(own.headers.contains_key(name), "{name}");
    }
    assert_eq!(own.header("x-request-id").len(), 36);
    for bad in ["a b", "<script>", &"a".repeat(65), ""] {
        let answer = ask(get_at("/v1/things/1").insert_header(("x-request-id", bad))).await;
        assert_eq!(answer.header("x-request-id").len(), 36, "{bad}");
    }
}

#[actix_web::test]
async fn figures_go_by_route_and_not_by_path() {
    let figures = health::figures().expect("figures");
    ask(get_at("/v1/things/1?limit=12345")).await;
    ask(get_at("/somebody/98765")).await;
    let page = figures.render();
    assert!(page.contains("route=\"/v1/things/{id}\"") && page.contains("route=\"unmatched\""), "{page}");
    assert!(!page.contains("12345") && !page.contains("98765"), "{page}");
    assert!(page.contains("http_request_duration_seconds_bucket"), "{page}");
}

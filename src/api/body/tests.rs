use actix_web::test::TestRequest;

use super::*;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Body {
    name: String,
}

async fn json(request: TestRequest) -> Result<Json<Body>> {
    let (request, mut payload) = request.to_http_parts();
    Json::from_request(&request, &mut payload).await.map_err(|problem| problem.0)
}

#[actix_web::test]
async fn a_body_is_read_within_its_limits() {
    let post = || TestRequest::post().insert_header(("content-type", "application/json; charset=utf-8"));
    let body = json(post().set_payload(r#"{"name": "a"}"#)).await.expect("a body");
    assert_eq!(body.value.name, "a");
    assert_eq!(body.hash, <[u8; 32]>::from(Sha256::digest(r#"{"name": "a"}"#)));

    let large = format!(r#"{{"name": "{}"}}"#, "a".repeat(BODY_MAX));
    assert!(matches!(json(post().set_payload(large)).await, Err(Error::TooLarge(_))));
    let announced = post().insert_header(("content-length", "99999999999"));
    assert!(matches!(json(announced).await, Err(Error::TooLarge(_))));
    let packed = post().insert_header(("content-encoding", "gzip")).set_payload("{}");
    assert!(matches!(json(packed).await, Err(Error::UnsupportedType(_))));
    let text = TestRequest::post().insert_header(("content-type", "text/plain")).set_payload("{}");
    assert!(matches!(json(text).await, Err(Error::UnsupportedType(_))));
    assert!(matches!(json(TestRequest::post().set_payload("{}")).await, Err(Error::UnsupportedType(_))));
    assert!(matches!(json(post()).await, Err(Error::Malformed(_))));
    assert!(matches!(json(post().set_payload(r#"{"name": "a", "b": 1}"#)).await, Err(Error::Invalid(_))));
}

#[actix_web::test]
async fn a_body_may_be_left_out_where_it_says_nothing() {
    let read = async |request: TestRequest| {
        let (request, mut payload) = request.to_http_parts();
        OptionalJson::<Nothing>::from_request(&request, &mut payload).await.map_err(|problem| problem.0)
    };
    let post = || TestRequest::post().insert_header(("content-type", "application/json"));
    assert!(read(TestRequest::post()).await.is_ok() && read(post().set_payload("{}")).await.is_ok());
    assert!(matches!(read(post().set_payload(r#"{"a": 1}"#)).await, Err(Error::Invalid(_))));
    assert!(matches!(read(TestRequest::post().set_payload("{}")).await, Err(Error::UnsupportedType(_))));
}

#[actix_web::test]
async fn a_query_is_refused_where_none_belongs() {
    let read = async |uri: &str| {
        let (request, mut payload) = TestRequest::get().uri(uri).to_http_parts();
        NoQuery::from_request(&request, &mut payload).await.map_err(|problem| problem.0)
    };
    assert!(read("/a").await.is_ok() && read("/a?").await.is_ok());
    let Err(Error::Invalid(faults)) = read("/a?b=1&c/d").await else { panic!("taken") };
    let pointers: Vec<_> = faults.iter().map(|fault| fault.pointer.as_str()).collect();
    assert_eq!(pointers, ["/b", "/c~1d"]);
}

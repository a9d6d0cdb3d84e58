use actix_web::test::TestRequest;
use serde::Deserialize;

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
    let announced = post().insert_header(("content-length", "99999999999")).set_payload("{}");
    assert!(matches!(json(announced).await, Err(Error::TooLarge(_))));
    let packed = post().insert_header(("content-encoding", "gzip")).set_payload("{}");
    assert!(matches!(json(packed).await, Err(Error::UnsupportedType(_))));
    let text = TestRequest::post().insert_header(("content-type", "text/plain")).set_payload("{}");
    assert!(matches!(json(text).await, Err(Error::UnsupportedType(_))));
    assert!(matches!(json(TestRequest::post().set_payload("{}")).await, Err(Error::UnsupportedType(_))));
    assert!(matches!(json(post()).await, Err(Error::Malformed(_))));
    assert!(matches!(json(post().set_payload(r#"{"name": "a", "b": 1}"#)).await, Err(Error::Invalid(_))));
}

fn headers(pairs: &[(&str, &str)]) -> HeaderMap {
    let mut request = TestRequest::get();
    for pair in pairs {
        request = request.append_header(*pair);
    }
    request.to_http_request().headers().clone()
}

#[test]
fn a_token_is_given_once_and_as_bearer() {
    assert_eq!(bearer(&headers(&[])).expect("none"), None);
    assert_eq!(bearer(&headers(&[("authorization", "bearer  abc ")])).expect("one"), Some("abc"));
    for bad in [&[("authorization", "Basic abc")][..], &[("authorization", "Bearer")], &[("authorization", "Bearer ")]] {
        assert!(matches!(bearer(&headers(bad)), Err(Error::Unauthenticated("token_scheme"))));
    }
    let twice = [("authorization", "Bearer a"), ("authorization", "Bearer b")];
    assert!(matches!(bearer(&headers(&twice)), Err(Error::Unauthenticated("token_scheme"))));
}

#[test]
fn a_purpose_is_a_short_line_in_any_script() {
    assert_eq!(purpose(&headers(&[("x-purpose", " অভিযোগ ৭ ")])).expect("one").as_deref(), Some("অভিযোগ ৭"));
    assert_eq!(purpose(&headers(&[("x-purpose", "  ")])).expect("none"), None);
    assert!(purpose(&headers(&[("x-purpose", &"অ".repeat(200))])).is_ok());
    assert!(purpose(&headers(&[("x-purpose", &"a".repeat(201))])).is_err());
    assert!(acting_for(&headers(&[("x-acting-for", "acme")])).is_err());
}

#[test]
fn the_caller_says_which_state_it_knows() {
    let parse = |text: &str| IfMatch::parse(&headers(&[("if-match", text)])).expect("read");
    assert_eq!(IfMatch::parse(&headers(&[])).expect("read"), IfMatch::Absent);
    assert_eq!(parse("*"), IfMatch::Any);
    assert_eq!(parse("\"7\""), IfMatch::States(vec![7]));
    assert_eq!(parse("\"7-bn\", \"8\""), IfMatch::States(vec![7, 8]));
    assert_eq!(parse("W/\"7\", 7, \"x\""), IfMatch::States(vec![]));
    assert!(matches!(parse("W/\"7\"").check(7), Err(Error::Stale)));
    assert!(parse(&etag(7, "bn")).check(7).is_ok());
    assert!(IfMatch::Absent.check(7).is_ok());
    assert!(matches!(IfMatch::Absent.required(), Err(Error::PreconditionRequired("If-Match"))));
}

#[test]
fn what_the_caller_has_is_not_sent_again() {
    let has = |text: &str| if_none_match(&TestRequest::get().insert_header(("if-none-match", text)).to_http_request(), "\"7-bn\"");
    assert!(has("\"7-bn\"") && has("W/\"7-bn\"") && has("\"6\", \"7-bn\"") && has("*"));
    assert!(!has("\"7\"") && !has("7-bn"));
    assert!(!if_none_match(&TestRequest::get().to_http_request(), "\"7\""));
}

#[actix_web::test]
async fn without_a_token_one_is_anonymous_or_refused() {
    let (request, mut payload) = TestRequest::get().to_http_parts();
    let someone = MaybeCaller::from_request(&request, &mut payload).await.expect("somebody");
    assert_eq!((someone.person, someone.is_staff()), (None, false));
    let refused = Caller::from_request(&request, &mut payload).await.expect_err("refused");
    assert!(matches!(refused.0, Error::Unauthenticated("token_missing")));
}

use super::*;
use actix_web::test::TestRequest;

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
    for bad in [&[("authorization", "Basic abc")][..], &[("authorization", "Bearer")], &[("authorization", "Bearer ")]]
    {
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

#[actix_web::test]
async fn without_a_token_one_is_anonymous_or_refused() {
    let (request, mut payload) = TestRequest::get().to_http_parts();
    let someone = MaybeCaller::from_request(&request, &mut payload).await.expect("somebody");
    assert_eq!((someone.person, someone.is_staff()), (None, false));
    let refused = Caller::from_request(&request, &mut payload).await.expect_err("refused");
    assert!(matches!(refused.0, Error::Unauthenticated("token_missing")));
}

use actix_web::body::to_bytes;
use serde_json::Value;

use super::*;

async fn answer(error: &Error, language: Language) -> (HttpResponse<()>, Value) {
    let (head, body) = respond(error, "r-1", language).into_parts();
    let body = to_bytes(body).await.expect("a body");
    (head, serde_json::from_slice(&body).expect("JSON"))
}

fn header_of<'a, B>(answer: &'a HttpResponse<B>, name: &str) -> &'a str {
    answer.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn all() -> Vec<(Error, u16)> {
    vec![
        (Error::NotFound, 404),
        (Error::Unauthenticated("token_missing"), 401),
        (Error::Forbidden("no_mandate"), 403),
        (Error::Malformed("line 1".into()), 400),
        (Error::invalid("/a", "required"), 422),
        (Error::Conflict("four_eyes".into()), 409),
        (Error::Stale, 412),
        (Error::PreconditionRequired("X-Purpose"), 428),
        (Error::KeyRequired, 400),
        (Error::KeyReused, 422),
        (Error::TooLarge(7), 413),
        (Error::UnsupportedType("text/plain".into()), 415),
        (Error::TooMany(7), 429),
        (Error::TooSlow, 408),
        (Error::Unavailable("cases_pkey".into()), 503),
        (Error::internal("SELECT secret FROM cases"), 500),
    ]
}

#[actix_web::test]
async fn every_error_has_its_status_and_its_words_in_both_languages() {
    for (error, status) in all() {
        for language in [Language::English, Language::Bangla] {
            let (head, body) = answer(&error, language).await;
            assert_eq!((head.status().as_u16(), body["status"].as_u64()), (status, Some(u64::from(status))));
            assert_eq!(header_of(&head, "content-type"), MEDIA_TYPE);
            assert_eq!(header_of(&head, "content-language"), language.tag());
            assert_eq!(body["instance"], "r-1");
            for member in ["title", "detail", "type", "code"] {
                assert!(body[member].as_str().is_some_and(|text| !text.is_empty()), "{error:?} {member}");
            }
        }
    }
}

#[actix_web::test]
async fn what_is_internal_is_not_told() {
    for (error, _) in all() {
        let text = answer(&error, Language::English).await.1.to_string();
        assert!(!text.contains("SELECT") && !text.contains("pkey"), "{text}");
    }
}

#[actix_web::test]
async fn the_headers_that_go_with_a_status_are_there() {
    let (head, _) = answer(&Error::Unauthenticated("token_missing"), Language::English).await;
    assert_eq!(header_of(&head, "www-authenticate"), "Bearer");
    let (head, _) = answer(&Error::Unauthenticated("token_expired"), Language::English).await;
    assert_eq!(header_of(&head, "www-authenticate"), "Bearer error=\"invalid_token\"");
    let (head, _) = answer(&Error::TooMany(7), Language::English).await;
    assert_eq!(header_of(&head, "retry-after"), "7");
    assert!(
        answer(&Error::Unavailable(String::new()), Language::English).await.0.headers().contains_key("retry-after")
    );
    assert_eq!(header_of(&method_not_allowed("GET, POST", "r", Language::English), "allow"), "GET, POST");
}

#[actix_web::test]
async fn a_conflict_says_why() {
    let (_, body) = answer(&Error::Conflict("four_eyes".into()), Language::English).await;
    assert_eq!((body["code"].as_str(), body["type"].as_str()), (Some("four_eyes"), Some("/problems/four_eyes")));
    assert!(body["detail"].as_str().is_some_and(|detail| detail.contains("another person")));
    let (_, body) = answer(&Error::Conflict("a_new_code".into()), Language::English).await;
    assert!(body["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
}

#[actix_web::test]
async fn faults_are_listed_each_with_its_place_and_words() {
    let faults = vec![Fault::new("/a/0", "required"), Fault::new("/b", "minimum").with("limit", 3)];
    let (_, body) = answer(&Error::Invalid(faults), Language::English).await;
    assert_eq!(body["errors"][0]["pointer"], "/a/0");
    assert_eq!(body["errors"][1]["code"], "minimum");
    assert!(body["errors"][1]["message"].as_str().is_some_and(|text| text.contains('3')));
}

#[actix_web::test]
async fn a_sentence_is_no_code() {
    let (_, document) = answer(&Error::Unauthenticated("the signature is wrong"), Language::English).await;
    assert_eq!(document["type"], "/problems/unauthenticated");
}

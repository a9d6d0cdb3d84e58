//! The catalogue: filters, languages, entity tags.

use crate::support::TestApp;

fn ids(answer: &crate::support::Answer) -> Vec<String> {
    let items = answer.json["items"].as_array().expect("a page");
    items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()).collect()
}

#[actix_web::test]
async fn services_are_found_by_kind_authority_life_event_and_words() {
    let app = TestApp::new().await;
    let find = async |query: &str| ids(&app.request("GET", &format!("/v1/services{query}")).send().await.expect(200));
    assert_eq!(
        find("").await,
        [
            "business-registration",
            "deed-registration",
            "land-mutation",
            "residence-certificate",
            "tax-registration",
            "trade-licence"
        ]
    );
    assert_eq!(find("?kind=G2B").await, ["business-registration", "tax-registration", "trade-licence"]);
    assert_eq!(find("?authority=land-administration").await, ["land-mutation"]);
    assert_eq!(find("?life_event=moving").await, ["residence-certificate"]);
    assert_eq!(find("?q=TRADE").await, ["trade-licence"]);
    assert_eq!(find("?kind=G2C&authority=municipality").await, ["residence-certificate"]);
    assert!(find("?q=zeppelin").await.is_empty() && find("?kind=G2G").await.is_empty());
    let long = app.request("GET", &format!("/v1/services?q={}", "a".repeat(201))).send().await;
    assert_eq!((long.status, long.faults()), (422, vec![("/q".into(), "max_length".into())]));
}

#[actix_web::test]
async fn the_list_goes_on_by_its_link() {
    let app = TestApp::new().await;
    let first = app.request("GET", "/v1/services?limit=3&kind=G2C").send().await.expect(200);
    assert_eq!((ids(&first).len(), first.header("link")), (3, ""));
    let mut path = "/v1/services?limit=1".to_owned();
    let mut seen = Vec::new();
    for _ in 0..10 {
        let page = app.request("GET", &path).send().await.expect(200);
        seen.extend(ids(&page));
        let link = page.header("link").to_owned();
        let Some(next) = link.strip_prefix('<').and_then(|rest| rest.split_once(">; rel=\"next\"")) else { break };
        path = next.0.to_owned();
    }
    assert_eq!(
        seen,
        [
            "business-registration",
            "deed-registration",
            "land-mutation",
            "residence-certificate",
            "tax-registration",
            "trade-licence"
        ]
    );
}

#[actix_web::test]
async fn a_service_is_told_in_the_language_of_the_caller() {
    let app = TestApp::new().await;
    let read = async |language: &str| {
        let request = app.request("GET", "/v1/services/trade-licence").header("accept-language", language);
        let answer = request.send().await.expect(200);
        (answer.header("content-language").to_owned(), answer.json)
    };
    let (english, bangla) = (read("en").await, read("bn-BD, en;q=0.3").await);
    assert_eq!((english.0.as_str(), bangla.0.as_str()), ("en", "bn"));
    assert_ne!(english.1["title"], bangla.1["title"]);
    // What the service does not speak falls back to its first language.
    assert_eq!(read("fr, *;q=0.1").await.0, "en");
    let view = &english.1;
    assert!(view["form"]["properties"]["employees"].is_object(), "{view}");
    assert!(view["documents"].as_array().is_some_and(|d| d.len() == 3));
    assert!(view["fees"][0]["items"].as_array().is_some_and(|i| i.len() == 5));
    assert!(view["deadline"].is_string() && view["legal_basis"]["act"].is_string());
    assert_eq!(app.request("GET", "/v1/services/zeppelin").send().await.status, 404);
}

#[actix_web::test]
async fn what_the_caller_has_is_not_sent_again() {
    let app = TestApp::new().await;
    let first =
        app.request("GET", "/v1/services/land-mutation").header("accept-language", "en").send().await.expect(200);
    let tag = first.header("etag").to_owned();
    assert!(tag.starts_with('"') && first.header("cache-control").starts_with("public"), "{tag}");
    let again = async |language: &str| {
        let request = app.request("GET", "/v1/services/land-mutation").header("accept-language", language);
        request.header("if-none-match", &tag).send().await
    };
    let same = again("en").await;
    assert_eq!((same.status, same.bytes.len(), same.header("etag")), (304, 0, tag.as_str()));
    assert_eq!(again("bn").await.status, 200);
}

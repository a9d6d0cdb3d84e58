//! What must not get in: each time a clear 4xx problem document, and nothing half done.

use jiff::SignedDuration;
use serde_json::json;

use crate::support::residence::NEWCOMER;
use crate::support::{Answer, TestApp};

#[track_caller]
fn is_problem(answer: &Answer, status: u16, what: &str) {
    assert_eq!(answer.status, status, "{what}: {}", String::from_utf8_lossy(&answer.bytes));
    assert_eq!(answer.header("content-type"), "application/problem+json", "{what}");
    assert_eq!(answer.json["status"], status, "{what}");
    assert_eq!(answer.json["instance"], answer.header("x-request-id"), "{what}");
    let text = String::from_utf8_lossy(&answer.bytes).to_lowercase();
    for leak in ["select ", "insert ", "panicked", "src/", "diesel", "idempotency_keys"] {
        assert!(!text.contains(leak), "{what}: {text}");
    }
}

#[actix_web::test]
async fn what_cannot_be_read_is_refused_whole() {
    let app = TestApp::new().await;
    let before = app.rows().await;
    let utf16: Vec<u8> = "{\"service\": \"residence-certificate\"}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let nested =
        format!("{{\"service\": \"residence-certificate\", \"form\": {}{}}}", "[".repeat(10_000), "]".repeat(10_000));
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        ("nothing", b"".to_vec()),
        ("half", b"{\"service\": ".to_vec()),
        ("more than one", b"{\"service\": \"residence-certificate\"} {}".to_vec()),
        ("a comment", b"{\"service\": \"residence-certificate\" /* x */}".to_vec()),
        ("no UTF-8", b"{\"service\": \"residence-\xff\xfe\"}".to_vec()),
        ("UTF-16", utf16),
        ("a lone surrogate", b"{\"service\": \"\\ud800\"}".to_vec()),
        ("too deep", nested.into_bytes()),
        ("said twice", b"{\"service\": \"residence-certificate\", \"service\": \"trade-licence\"}".to_vec()),
    ];
    for (what, body) in bodies {
        let answer = app.by("rahim", "POST", "/v1/cases").body("application/json", body).send().await;
        is_problem(&answer, 400, what);
    }
    assert_eq!(app.rows().await, before);
}

#[actix_web::test]
async fn what_has_another_shape_is_told_with_its_place() {
    let app = TestApp::new().await;
    let before = app.rows().await;
    for (body, pointer, code) in [
        (json!({"service": "residence-certificate", "extra": 1}), "/extra", "not_expected"),
        (json!({"service": 7}), "/service", "type"),
        (json!({"submit": true}), "/service", "required"),
        (json!({"service": "nothing"}), "/service", "unknown"),
        (json!({"service": "residence-certificate", "submit": "yes"}), "/submit", "type"),
        (json!({"service": "residence certificate"}), "/service", "unknown"),
    ] {
        let answer = app.post("rahim", "/v1/cases", &body).await;
        is_problem(&answer, 422, &body.to_string());
        assert_eq!(answer.faults(), [(pointer.to_owned(), code.to_owned())], "{body}");
    }
    assert_eq!(app.rows().await, before);
}

#[actix_web::test]
async fn a_nul_in_what_is_stated_is_refused_and_does_not_break_the_server() {
    let app = TestApp::new().await;
    let case = app.residence(NEWCOMER).await;
    app.until("the notices", async || (app.count("SELECT count(*) FROM jobs").await == 0).then_some(())).await;
    let before = app.rows().await;
    for (path, body) in [
        (case.path("/messages"), json!({"body": "a\u{0}b"})),
        ("/v1/cases".to_owned(), json!({"service": "residence-certificate", "language": "e\u{0}n"})),
        ("/v1/cases".to_owned(), json!({"service": "land-mutation", "form": {"dag": "1\u{0}"}})),
        ("/v1/cases".to_owned(), json!({"service": "land-mutation", "form": {"d\u{0}": "1"}})),
    ] {
        is_problem(&app.post(NEWCOMER, &path, &body).await, 400, &body.to_string());
    }
    for (path, status) in [
        ("/v1/cases/a%00b", 404),
        ("/v1/services/a%00b", 404),
        ("/v1/certificates/a%00b", 404),
        ("/v1/services?q=%00", 200),
        ("/v1/tasks?service=%00", 422),
        ("/v1/tasks?step=a%00", 422),
        ("/v1/cases?status=%00", 422),
    ] {
        assert_eq!(app.get(NEWCOMER, path).await.status, status, "{path}");
    }
    assert_eq!(app.rows().await, before);
}

#[actix_web::test]
async fn a_body_has_a_size_and_a_type() {
    let app = TestApp::new().await;
    let before = app.rows().await;
    let large = format!("{{\"service\": \"residence-certificate\", \"form\": {{\"a\": \"{}\"}}}}", "a".repeat(1 << 20));
    let answer = app.by("rahim", "POST", "/v1/cases").body("application/json", large.into_bytes()).send().await;
    is_problem(&answer, 413, "over one mebibyte");
    let good = json!({"service": "residence-certificate"}).to_string().into_bytes();
    for media_type in
        ["text/plain", "application/x-www-form-urlencoded", "application/xml", "multipart/form-data; boundary=a"]
    {
        let answer = app.by("rahim", "POST", "/v1/cases").body(media_type, good.clone()).send().await;
        is_problem(&answer, 415, media_type);
    }
    let packed = app.by("rahim", "POST", "/v1/cases").header("content-encoding", "gzip").body("application/json", good);
    is_problem(&packed.send().await, 415, "gzip");
    assert_eq!(app.rows().await, before);
}

#[actix_web::test]
async fn a_token_must_be_ours_and_in_its_time() {
    let app = TestApp::new().await;
    let stranger = std::env::temp_dir().join(format!("guichet-other-keys-{}", std::process::id()));
    let others = guichet::access::Keys::open(&stranger).expect("keys are made");
    std::fs::remove_dir_all(&stranger).expect("removed");
    let hour = SignedDuration::from_hours(1);
    let expired = app.keys.development_token("rahim", SignedDuration::from_secs(-120)).expect("a token");
    let foreign = others.development_token("rahim", hour).expect("a token");
    let good = app.token("rahim");
    let (head, signature) = good.rsplit_once('.').expect("a token");
    let unsigned = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJyYWhpbSJ9.";
    for (what, header, code) in [
        ("none", String::new(), "token_missing"),
        ("expired", format!("Bearer {expired}"), "token_expired"),
        ("of another key", format!("Bearer {foreign}"), "token_key"),
        ("changed", format!("Bearer {}.{}", head.replace('e', "f"), signature), ""),
        ("cut off", format!("Bearer {head}"), ""),
        ("unsigned", format!("Bearer {unsigned}"), ""),
        ("another scheme", "Basic cmFoaW06cmFoaW0=".to_owned(), "token_scheme"),
        ("too long", format!("Bearer {}", "a".repeat(8_193)), "token_too_long"),
    ] {
        let request = app.request("GET", "/v1/cases");
        let request = if header.is_empty() { request } else { request.header("authorization", &header) };
        let answer = request.send().await;
        is_problem(&answer, 401, what);
        assert!(answer.header("www-authenticate").starts_with("Bearer"), "{what}");
        assert!(code.is_empty() || answer.json["code"] == code, "{what} {}", answer.json);
    }
}

#[actix_web::test]
async fn somebody_elses_case_is_not_even_there() {
    let app = TestApp::new().await;
    let case = app.residence(NEWCOMER).await;
    let nowhere = guichet::kernel::CaseId::make();
    for rest in ["", "/form", "/documents", "/events", "/decisions", "/messages", "/fees"] {
        let theirs = app.get("rahim", &case.path(rest)).await;
        let nothing = app.get("rahim", &format!("/v1/cases/{nowhere}{rest}")).await;
        is_problem(&theirs, 404, rest);
        // The two cannot be told apart.
        let same = |answer: &Answer| ["type", "title", "detail", "code"].map(|name| answer.json[name].clone());
        assert_eq!(same(&theirs), same(&nothing), "{rest}");
        assert_eq!(app.get("rahim", &format!("/v1/cases/{}{rest}", case.reference)).await.status, 404, "{rest}");
    }
}

#[actix_web::test]
async fn headers_have_their_bounds() {
    let app = TestApp::new().await;
    for (name, value, status) in [
        ("x-purpose", "a".repeat(201), 400),
        ("x-acting-for", "nobody".to_owned(), 400),
        ("x-acting-for", guichet::kernel::random::uuid().to_string(), 403),
    ] {
        is_problem(&app.by("rahim", "GET", "/v1/cases").header(name, &value).send().await, status, name);
    }
    let long = app.by("rahim", "GET", "/v1/cases").header("accept-language", &"bn,".repeat(1_000)).send().await;
    long.expect(200);
}

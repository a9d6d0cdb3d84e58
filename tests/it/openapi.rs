//! The OpenAPI document: it is the one that is kept, it says of every operation what the conventions ask for, and it
//! holds exactly the operations that are served.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use actix_web::http::Method;
use actix_web::middleware::from_fn;
use actix_web::{App, test as call};
use guichet::api::{self, limits};
use serde_json::{Map, Value};
use utoipa_actix_web::service_config::ServiceConfig;

/// Operations for everybody, and why no token is asked for.
const PUBLIC: &[(&str, &str)] = &[
    ("health", "for the machine that watches"),
    ("list_notices", "the board is for everybody"),
    ("list_public_cases", "what the service makes public of its cases"),
    ("list_services", "the catalogue is the same for everybody"),
    ("metrics", "for the machine that watches"),
    ("read_keys", "public keys"),
    ("read_openapi", "the reference"),
    ("read_record", "what the register makes public"),
    ("read_service", "the catalogue is the same for everybody"),
    ("read_statistics", "how many cases there are"),
    ("readiness", "for the machine that watches"),
    ("see_docs", "the reference"),
    ("settle_payment", "the provider signs its body"),
    ("take_sms_receipt", "the gateway signs its body"),
    ("verify_certificate", "who holds the paper holds the code"),
];
const METHODS: [&str; 7] = ["get", "put", "post", "delete", "patch", "head", "options"];
const ID: &str = "0199aa50-2c1e-7c3a-8a0e-0f6f3c1d2b4a";

fn document() -> Value {
    serde_json::from_str(&api::document().expect("a document")).expect("JSON")
}

struct Operation {
    path: String,
    method: String,
    says: Value,
}

impl Operation {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

fn operations(document: &Value) -> Vec<Operation> {
    let mut found = Vec::new();
    for (path, item) in document["paths"].as_object().expect("paths") {
        for (method, says) in item.as_object().expect("methods") {
            assert!(METHODS.contains(&method.as_str()), "{path} has {method}");
            found.push(Operation { path: path.clone(), method: method.clone(), says: says.clone() });
        }
    }
    assert!(found.len() > 30, "the operations were not found");
    found
}

#[test]
fn the_document_is_the_one_that_is_kept() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("openapi/openapi.json");
    let now = api::document().expect("a document");
    if std::env::var_os("GUICHET_BLESS").is_some() {
        std::fs::write(&path, &now).expect("the document can be kept");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == now, "openapi/openapi.json is not of today: run the tests once with GUICHET_BLESS=1");
}

#[test]
fn every_operation_says_what_it_is() {
    let mut ids = BTreeSet::new();
    for operation in operations(&document()) {
        let name = operation.name();
        let text = |member: &str| operation.says[member].as_str().unwrap_or_default();
        assert!(!text("summary").is_empty(), "{name} has no summary");
        assert!(!text("operationId").is_empty(), "{name} has no id");
        assert!(ids.insert(text("operationId").to_owned()), "{name} has the id of another");
        let tags = operation.says["tags"].as_array().map_or(0, Vec::len);
        assert_eq!(tags, 1, "{name} belongs to one part of the reference");
    }
}

#[test]
fn every_operation_says_who_may_ask() {
    let mut open = Vec::new();
    for operation in operations(&document()) {
        let ways = operation.says["security"].as_array().cloned().unwrap_or_default();
        assert_eq!(ways.len(), 1, "{} says who may ask", operation.name());
        let way = ways[0].as_object().expect("a way");
        if way.is_empty() {
            open.push(operation.says["operationId"].as_str().expect("an id").to_owned());
        } else {
            assert!(way.contains_key("bearer"), "{}", operation.name());
        }
    }
    open.sort();
    let known: Vec<&str> = PUBLIC.iter().map(|(id, _)| *id).collect();
    assert_eq!(open, known, "what is for everybody is listed here with its reason");
}

#[test]
fn every_body_has_an_example_and_every_refusal_is_a_problem() {
    for operation in operations(&document()) {
        let name = operation.name();
        if let Some(body) = operation.says["requestBody"]["content"].as_object() {
            for (kind, content) in body {
                let given = content.get("example").is_some_and(|example| !example.is_null());
                assert!(given, "{name} has no example of {kind}");
            }
        }
        let responses: &Map<String, Value> = operation.says["responses"].as_object().expect("responses");
        assert!(responses.keys().any(|status| status.starts_with(['2', '3'])), "{name} never succeeds");
        let problem = &responses["4XX"]["content"]["application/problem+json"]["schema"]["$ref"];
        assert_eq!(problem, "#/components/schemas/Problem", "{name}");
    }
}

/// Every example of a JSON body has no member that its schema does not know, and each that it requires.
#[test]
fn examples_are_of_their_schemas() {
    let document = document();
    for operation in operations(&document) {
        let content = &operation.says["requestBody"]["content"]["application/json"];
        let Some(example) = content["example"].as_object() else { continue };
        let refs = [&content["schema"], &content["schema"]["oneOf"][1], &content["schema"]["anyOf"][1]];
        let Some(reference) = refs.iter().find_map(|schema| schema["$ref"].as_str()) else { continue };
        let schema = document.pointer(reference.trim_start_matches('#')).expect("a schema of the document");
        for member in example.keys() {
            assert!(schema["properties"].get(member).is_some(), "{}: {member}", operation.name());
        }
        for member in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            assert!(example.contains_key(member), "{}: {member} is missing", operation.name());
        }
    }
}

#[test]
fn every_reference_leads_somewhere() {
    fn walk(value: &Value, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                found.extend(members.get("$ref").and_then(Value::as_str).map(str::to_owned));
                members.values().for_each(|member| walk(member, found));
            }
            Value::Array(items) => items.iter().for_each(|item| walk(item, found)),
            _ => {}
        }
    }
    let document = document();
    let mut found = BTreeSet::new();
    walk(&document, &mut found);
    assert!(found.len() > 10, "the references were not found");
    for reference in found {
        assert!(document.pointer(reference.trim_start_matches('#')).is_some(), "{reference}");
    }
}

#[actix_web::test]
async fn exactly_the_documented_methods_are_served() {
    let description = api::description();
    let routes = limits::Routes::new(&description);
    let app = App::new().wrap(from_fn(limits::around)).configure(limits::configure(routes));
    let app = call::init_service(app.configure(|app| api::operations(&mut ServiceConfig::new(app)))).await;
    let mut methods: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for operation in operations(&document()) {
        methods.entry(operation.path).or_default().push(operation.method.to_uppercase());
    }
    for (path, known) in methods {
        let address: String = path.split('{').map(|part| part.split_once('}').map_or(part, |(_, rest)| rest)).fold(
            String::new(),
            |address, part| if address.is_empty() { part.to_owned() } else { format!("{address}{ID}{part}") },
        );
        for method in METHODS.map(str::to_uppercase) {
            let request = call::TestRequest::default().uri(&address);
            let request = request.method(Method::from_bytes(method.as_bytes()).expect("a method"));
            let answer = call::call_service(&app, request.to_request()).await;
            let (served, status) = (answer.request().match_pattern(), answer.status().as_u16());
            if known.contains(&method) {
                assert_eq!(served.as_deref(), Some(path.as_str()), "{method} {path} is not served");
                continue;
            }
            assert_eq!(status, 405, "{method} {path}");
            let allow = answer.headers().get("allow").and_then(|value| value.to_str().ok()).unwrap_or_default();
            let allowed: BTreeSet<&str> = allow.split(", ").collect();
            assert_eq!(allowed, known.iter().map(String::as_str).collect(), "{method} {path}");
        }
    }
}

/// Routes as they stand in the source: `#[get("/v1/…")]`.
#[test]
fn every_route_of_the_source_is_documented() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/api");
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("the room") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|ending| ending != "rs") {
            continue;
        }
        let source = std::fs::read_to_string(&path).expect("a source");
        for method in METHODS {
            let begins = format!("#[{method}(\"");
            let routes = source.lines().filter_map(|line| line.strip_prefix(&begins)?.strip_suffix("\")]"));
            found.extend(routes.map(|route| (route.to_owned(), method.to_owned())));
        }
    }
    let documented: BTreeSet<_> = operations(&document()).into_iter().map(|o| (o.path, o.method)).collect();
    assert_eq!(found, documented);
}

//! Cases and their forms: states, entity tags, preconditions, paging, languages.

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::boundary;
use crate::support::mutation::{Mutation, Point};
use crate::support::residence::{CLERK, NEWCOMER, RESIDENT};

#[actix_web::test]
async fn a_case_is_found_by_its_id_and_by_its_reference() {
    let app = TestApp::new().await;
    let made = app.by(NEWCOMER, "POST", "/v1/cases").json(&json!({"service": "residence-certificate", "submit": true}));
    let made = made.send().await.expect(201);
    let (id, reference) =
        (made.json["id"].as_str().expect("an id"), made.json["reference"].as_str().expect("a reference"));
    assert_eq!(made.header("location"), format!("/v1/cases/{id}"));
    let spoken = reference.to_lowercase().replace('-', "");
    for name in [id, reference, &reference.to_lowercase(), &spoken] {
        let read = app.get(NEWCOMER, &format!("/v1/cases/{name}")).await;
        assert_eq!((read.status, &read.json["id"]), (200, &made.json["id"]), "{name}");
    }
    // One wrong character is noticed, by the check character or because nothing is there.
    let mut wrong = reference.to_owned();
    let last = wrong.pop().expect("a character");
    wrong.push(if last == '0' { '1' } else { '0' });
    assert_eq!(app.get(NEWCOMER, &format!("/v1/cases/{wrong}")).await.status, 404);
}

#[actix_web::test]
async fn what_the_caller_has_is_not_sent_again_until_it_changes() {
    let app = TestApp::new().await;
    let (case, task) = app.clerks_task().await;
    let first = app.get(NEWCOMER, &case.path("")).await.expect(200);
    let tag = first.header("etag").to_owned();
    let again = async || app.by(NEWCOMER, "GET", &case.path("")).header("if-none-match", &tag).send().await;
    let same = again().await;
    assert_eq!((same.status, same.bytes.len()), (304, 0));
    app.by(CLERK, "POST", &format!("/v1/tasks/{task}/claim")).send().await.expect(200);
    let changed = again().await.expect(200);
    assert_ne!(changed.header("etag"), tag);
    // Shown to somebody else it is another representation.
    assert_ne!(app.get(CLERK, &case.path("")).await.expect(200).header("etag"), changed.header("etag"));
}

#[actix_web::test]
async fn a_form_is_saved_over_the_state_that_the_caller_knows() {
    let app = TestApp::new().await;
    let case = app.draft("rahim", "land-mutation").await;
    let path = case.path("/form");
    let tag = app.get("rahim", &path).await.expect(200).header("etag").to_owned();
    let save = async |tag: Option<&str>, form: Value| {
        let request = app.by("rahim", "PUT", &path).json(&form);
        match tag {
            Some(tag) => request.header("if-match", tag).send().await,
            None => request.send().await,
        }
    };
    let without = save(None, json!({"dag": "1"})).await;
    assert_eq!((without.status, &without.json["code"]), (428, &json!("precondition_required")));
    let saved = save(Some(&tag), json!({"dag": "1"})).await.expect(200);
    let newer = saved.header("etag").to_owned();
    assert_ne!(newer, tag);
    // Two windows: the older one does not overwrite.
    assert_eq!(save(Some(&tag), json!({"dag": "2"})).await.status, 412);
    assert_eq!(save(Some("\"nonsense\""), json!({"dag": "2"})).await.status, 412);
    assert_eq!(app.get("rahim", &path).await.json["form"], json!({"dag": "1"}));
    save(Some(&newer), json!({"dag": "3"})).await.expect(200);
    save(Some("*"), json!({"dag": "4"})).await.expect(200);
    let read = app.get("rahim", &path).await.expect(200);
    assert_eq!((&read.json["form"], &read.json["draft"]), (&json!({"dag": "4"}), &json!(true)));
    assert_eq!(save(Some("*"), json!([1])).await.status, 422);
}

#[actix_web::test]
async fn what_a_save_answered_is_the_tag_of_what_is_read() {
    let app = TestApp::new().await;
    let case = app.draft("rahim", "land-mutation").await;
    let saved =
        app.by("rahim", "PUT", &case.path("/form")).header("if-match", "*").json(&json!({"dag": "1"})).send().await;
    let tag = saved.expect(200).header("etag").to_owned();
    assert_eq!(app.get("rahim", &case.path("/form")).await.expect(200).header("etag"), tag);
}

#[actix_web::test]
async fn a_case_is_withdrawn_in_the_state_that_the_caller_knows() {
    let app = TestApp::new().await;
    let (case, task) = app.clerks_task().await;
    let path = case.path("/withdrawal");
    assert_eq!(app.post(NEWCOMER, &path, &json!({})).await.status, 428);
    let tag = app.get(NEWCOMER, &case.path("")).await.expect(200).header("etag").to_owned();
    app.by(CLERK, "POST", &format!("/v1/tasks/{task}/claim")).send().await.expect(200);
    let withdraw = async |tag: &str| app.by(NEWCOMER, "POST", &path).header("if-match", tag).send().await;
    assert_eq!(withdraw(&tag).await.status, 412);
    let tag = app.get(NEWCOMER, &case.path("")).await.expect(200).header("etag").to_owned();
    let done = withdraw(&tag).await.expect(200);
    assert_eq!((&done.json["status"], &done.json["end"]["id"]), (&json!("closed"), &json!("withdrawn")));
    assert_eq!(withdraw("*").await.status, 409);
}

#[actix_web::test]
async fn a_list_goes_on_where_it_ended_and_its_bounds_hold() {
    let app = TestApp::new().await;
    let mut made = Vec::new();
    for _ in 0..5 {
        made.push(app.draft(RESIDENT, "residence-certificate").await.id);
    }
    app.draft(NEWCOMER, "residence-certificate").await;
    let mut path = "/v1/cases?limit=2&status=draft".to_owned();
    let (mut seen, mut pages) = (Vec::new(), Vec::new());
    loop {
        let page = app.get(RESIDENT, &path).await.expect(200);
        let items = page.json["items"].as_array().expect("items").clone();
        pages.push(items.len());
        seen.extend(items.iter().map(|item| item["id"].as_str().expect("an id").to_owned()));
        let link = page.header("link").to_owned();
        let Some((next, _)) = link.strip_prefix('<').and_then(|rest| rest.split_once(">; rel=\"next\"")) else { break };
        assert!(next.contains("status=draft") && next.contains("limit=2"), "{next}");
        path = next.to_owned();
    }
    made.reverse();
    assert_eq!((seen, pages), (made, vec![2, 2, 1]));
    assert!(app.get(RESIDENT, "/v1/cases?status=closed").await.json["items"].as_array().is_some_and(Vec::is_empty));
    for (query, pointer, code) in [
        ("limit=0", "/limit", "minimum"),
        ("limit=201", "/limit", "maximum"),
        ("cursor=e30", "/cursor", "cursor"),
        ("cursor=%00", "/cursor", "cursor"),
        ("status=lost", "/status", "unknown"),
    ] {
        for list in ["/v1/cases", "/v1/tasks", "/v1/me/messages"] {
            if query.starts_with("status") && list != "/v1/cases" {
                continue;
            }
            let answer = app.get(RESIDENT, &format!("{list}?{query}")).await;
            assert_eq!((answer.status, answer.faults()), (422, vec![(pointer.into(), code.into())]), "{list}?{query}");
        }
    }
    app.get(RESIDENT, "/v1/cases?limit=200").await.expect(200);
}

#[actix_web::test]
async fn a_tampered_cursor_shows_nobody_elses_cases() {
    let app = TestApp::new().await;
    let others = app.draft(NEWCOMER, "residence-certificate").await;
    app.draft(RESIDENT, "residence-certificate").await;
    let cursor = guichet::api::paging::encode(&"ffffffff-ffff-7fff-bfff-ffffffffffff").expect("a cursor");
    let page = app.get(RESIDENT, &format!("/v1/cases?cursor={cursor}")).await.expect(200);
    let items = page.json["items"].as_array().expect("items");
    assert_eq!(items.len(), 1);
    assert_ne!(items[0]["id"], others.id.as_str());
}

#[actix_web::test]
async fn a_list_holds_nothing_personal() {
    let app = TestApp::new().await;
    let case = app.residence(NEWCOMER).await;
    for (who, path) in [(NEWCOMER, "/v1/cases"), (CLERK, "/v1/tasks")] {
        let page = app.get(who, path).await.expect(200);
        let text = String::from_utf8(page.bytes).expect("text");
        assert!(text.contains(&case.reference) && !text.contains("Tarek"), "{text}");
    }
}

#[actix_web::test]
async fn a_case_is_told_in_the_language_of_the_caller() {
    let app = TestApp::new().await;
    let case = app.residence(NEWCOMER).await;
    let read = async |language: &str| {
        app.by(NEWCOMER, "GET", &case.path("")).header("accept-language", language).send().await.expect(200)
    };
    let (english, bangla) = (read("en").await, read("bn").await);
    assert_eq!((english.header("content-language"), bangla.header("content-language")), ("en", "bn"));
    assert_ne!(english.json["service"]["title"], bangla.json["service"]["title"]);
    assert_ne!(english.json["office"]["title"], bangla.json["office"]["title"]);
    assert_ne!(english.header("etag"), bangla.header("etag"));
}

#[actix_web::test]
async fn a_case_says_what_this_caller_may_do_next() {
    let app = TestApp::new().await;
    let (case, _) = app.clerks_task().await;
    let actions = async |who: &str| {
        let view = app.get(who, &case.path("")).await.expect(200).json;
        let list = view["actions"].as_array().expect("actions").clone();
        list.iter().map(|a| a["action"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(actions(NEWCOMER).await, ["withdraw", "write_message"]);
    assert_eq!(actions(CLERK).await, ["claim", "assign", "recuse", "write_message"]);
}

#[actix_web::test]
async fn events_and_decisions_are_told_in_order() {
    let app = TestApp::new().await;
    let case = app.residence(RESIDENT).await;
    let all = app.get(RESIDENT, &case.path("/events")).await.expect(200).json;
    let all = all["items"].as_array().expect("items").clone();
    let seqs: Vec<u64> = all.iter().map(|e| e["seq"].as_u64().expect("a number")).collect();
    assert_eq!(seqs, (1..=all.len() as u64).collect::<Vec<_>>());
    let page = app.get(RESIDENT, &case.path("/events?limit=1")).await.expect(200);
    assert!(page.header("link").contains("rel=\"next\""));
    let decisions = app.get(RESIDENT, &case.path("/decisions")).await.expect(200).json;
    assert_eq!(decisions["items"][0]["decision"], "favourable");
    assert_eq!(decisions["items"].as_array().map(Vec::len), Some(1));
}

#[actix_web::test]
async fn of_what_is_being_filled_in_the_newest_is_kept_and_of_what_is_handed_in_all() {
    let app = TestApp::new().await;
    let case = Mutation::of_rahim(&app).to(Point::CourtPaid).await;
    let revisions = async || app.count(&format!("SELECT count(*) FROM case_data WHERE case_id = '{}'", case.id)).await;
    let drafts = format!(
        "SELECT count(*) FROM case_data WHERE case_id = '{}' AND convert_from(bytes, 'UTF8')::jsonb ? 'draft'",
        case.id
    );
    let before = revisions().await;
    for dag in 0..20 {
        case.save(&json!({"dag": dag.to_string()})).await.expect(200);
    }
    assert_eq!(revisions().await, before + 1, "twenty drafts are one");
    case.save_form().await.expect(200);
    case.upload_papers().await;
    case.hand_in().await.expect(200);
    assert_eq!(app.count(&drafts).await, 0, "what was never handed in is no history");
    let form = app.get("rahim", &case.path("/form")).await.expect(200).json;
    assert_eq!((&form["draft"], &form["form"]["dag"]), (&json!(false), &case.form["dag"]));

    // A draft that is nothing else.
    let draft = app.draft("karim", "land-mutation").await;
    for dag in ["1", "2", "3"] {
        let put = app.by("karim", "PUT", &draft.path("/form")).header("if-match", "*").json(&json!({"dag": dag}));
        put.send().await.expect(200);
    }
    assert_eq!(app.count(&format!("SELECT count(*) FROM case_data WHERE case_id = '{}'", draft.id)).await, 1);
    assert_eq!(app.get("karim", &draft.path("/form")).await.expect(200).json["form"], json!({"dag": "3"}));
}

#[actix_web::test]
async fn what_is_submitted_in_one_call_is_no_draft() {
    let folder = boundary::folder("", "");
    let app = boundary::app(&folder, &[]).await;
    let path = boundary::filed(&app).await;
    let form = app.get(boundary::OWNER, &format!("{path}/form")).await.expect(200).json;
    assert_eq!((&form["draft"], &form["form"]), (&json!(false), &boundary::form()));
}

#[actix_web::test]
async fn a_form_is_an_object() {
    let app = TestApp::new().await;
    for form in [json!([1]), json!("x"), json!(1)] {
        let body = json!({"service": "land-mutation", "form": form});
        let refused = app.post("rahim", "/v1/cases", &body).await.expect(422);
        assert_eq!(refused.faults(), [("/form".to_owned(), "type".to_owned())], "{body}");
    }
    assert_eq!(app.count("SELECT count(*) FROM cases").await, 0);
}

#[actix_web::test]
async fn who_tries_references_leaves_a_trace() {
    let app = TestApp::new().await;
    let case = app.residence(RESIDENT).await;
    let mut other = case.reference.clone();
    other.replace_range(6..7, if &other[6..7] == "0" { "1" } else { "0" });
    for path in [format!("/v1/cases/{other}"), "/v1/cases/nonsense/form".to_owned()] {
        app.get(NEWCOMER, &path).await.expect(404);
    }
    let tries = "SELECT count(*) FROM audit_entries e JOIN identities i ON i.person = e.actor \
                 WHERE e.action = 'case.find' AND e.outcome = 'refused: not_found' AND i.subject = 'tarek'";
    assert_eq!(app.count(tries).await, 2);
}

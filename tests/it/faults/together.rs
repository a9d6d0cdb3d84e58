//! Acts that are ready at the same time share a statement: each is still written, or not, for itself.

use futures_util::future::join_all;
use serde_json::json;

use crate::support::residence::{CLERK, NEWCOMER, RESIDENT};
use crate::support::{Answer, TestApp};

const MANY: usize = 16;

/// The first of a table's rows takes its time, so that what comes meanwhile gathers. A sequence counts what is rolled
/// back too. What is in Bengali fails.
const SLOW: &str = "CREATE SEQUENCE taken; GRANT USAGE ON taken TO guichet_server;
    CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF nextval('taken') = 1 THEN PERFORM pg_sleep(0.5); END IF;
        IF NEW.language = 'bn' THEN RAISE EXCEPTION 'not this one'; END IF; RETURN NEW; END $$;
    CREATE TRIGGER slow BEFORE INSERT OR UPDATE ON cases FOR EACH ROW EXECUTE FUNCTION slow()";

/// With too few connections to part, all threads share one place for acts.
async fn app() -> TestApp {
    TestApp::with(&[("GUICHET_DATABASE_POOL", "5")]).await
}

#[actix_web::test]
async fn one_that_cannot_be_written_takes_no_other_with_it() {
    let app = app().await;
    let settled = json!({"service": "residence-certificate", "submit": true, "language": "en"});
    let before = app.by(RESIDENT, "POST", "/v1/cases").header("idempotency-key", "known").json(&settled).send().await;
    let before = before.expect(201).json["id"].clone();
    app.execute(SLOW).await;
    let file = async |n: usize| {
        // Among them: one that the database refuses, one that was done already, two twins.
        let language = if n == 3 { "bn" } else { "en" };
        let key = match n {
            5 => "known".to_owned(),
            7 | 8 => "twin".to_owned(),
            _ => format!("key-{n}"),
        };
        let body = json!({"service": "residence-certificate", "submit": true, "language": language});
        app.by(RESIDENT, "POST", "/v1/cases").header("idempotency-key", &key).json(&body).send().await
    };
    let answers = join_all((0..MANY).map(file)).await;
    for (n, answer) in answers.iter().enumerate() {
        let expected = if n == 3 { 500 } else { 201 };
        assert_eq!(answer.status, expected, "{n}: {}", answer.json);
    }
    assert_eq!(answers[5].json["id"], before, "what was done already is not done again");
    assert_eq!(answers[7].json["id"], answers[8].json["id"], "twins are one");
    let cases = i64::try_from(MANY).expect("few") + 1 - 3;
    assert_eq!(app.count("SELECT count(*) FROM cases").await, cases);
    for (table, each) in [("idempotency_keys", cases), ("case_data", cases), ("case_parties", cases)] {
        assert_eq!(app.count(&format!("SELECT count(*) FROM {table}")).await, each, "{table}");
    }
    let submitted = "SELECT count(*) FROM audit_entries WHERE action = 'case.submit' AND outcome = 'done'";
    assert_eq!(app.count(submitted).await, cases);
    let gaps = "SELECT count(*) FROM cases c WHERE seq <> (SELECT count(*) FROM case_events e WHERE e.case_id = c.id)";
    assert_eq!(app.count(gaps).await, 0, "each has the events of its flow");
}

#[actix_web::test]
async fn those_that_can_be_are_written_by_one_commit() {
    let app = app().await;
    app.execute(SLOW).await;
    join_all((0..MANY).map(|_| app.residence(NEWCOMER))).await;
    let commits = "SELECT count(DISTINCT xmin::text) FROM cases";
    let made = app.count(commits).await;
    assert!((1..=4).contains(&made), "{made} commits for {MANY} cases");
    let page = app.get(CLERK, "/v1/tasks?limit=200").await.expect(200).json;
    let tasks = page["items"].as_array().expect("a page").clone();
    assert_eq!(tasks.len(), MANY);
    app.execute("ALTER SEQUENCE taken RESTART").await;
    let claims = tasks.iter().map(|task| {
        let path = format!("/v1/tasks/{}/claim", task["id"].as_str().expect("an id"));
        claim(&app, path)
    });
    for answer in join_all(claims).await {
        answer.expect(200);
    }
    let changed = app.count(commits).await;
    assert!((1..=4).contains(&changed), "{changed} commits for {MANY} claims");
}

#[actix_web::test]
async fn two_acts_on_one_case_are_one_after_the_other() {
    let app = app().await;
    let (case, task) = app.clerks_task().await;
    app.execute(SLOW).await;
    let path = format!("/v1/tasks/{task}/claim");
    // Another case holds the place, so that both claims of this one gather behind it.
    let (other, _) = app.clerks_task().await;
    let other_task = app.task_of(CLERK, &other).await;
    app.execute("ALTER SEQUENCE taken RESTART").await;
    let other_path = format!("/v1/tasks/{other_task}/claim");
    let seven = async {
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        join_all((0..7).map(|_| claim(&app, path.clone()))).await
    };
    let (held, answers) = tokio::join!(claim(&app, other_path), seven);
    held.expect(200);
    for answer in &answers {
        assert!([200, 409].contains(&answer.status), "{}", answer.json);
    }
    let claimed = format!("SELECT count(*) FROM case_events WHERE case_id = '{}' AND kind = 'claimed'", case.id);
    assert_eq!(app.count(&claimed).await, 1);
}

async fn claim(app: &TestApp, path: String) -> Answer {
    app.by(CLERK, "POST", &path).send().await
}

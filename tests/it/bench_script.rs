//! The script that the bench gives `pgbench` writes what the operation wrote: as many rows, into the same tables.

#[path = "../../benches/throughput/script.rs"]
mod script;

use std::collections::BTreeMap;

use script::{CAPTURE, CAPTURED, Numbers, SCHEMA, Schema, Written, counts, new_case, pgbench, statements, written};
use serde_json::json;
use tokio_postgres::{Client, NoTls};

use crate::support::TestApp;
use crate::support::mutation::{Mutation, Point};

async fn connect(url: &str) -> Client {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.expect("the database answers");
    tokio::spawn(connection);
    client
}

async fn schema(client: &Client) -> Schema {
    Schema::of(&client.query(SCHEMA, &[]).await.expect("the schema"))
}

async fn captured(client: &Client) -> Vec<Written> {
    let row = client.query_one(CAPTURED, &[]).await.expect("what was captured");
    client.batch_execute("TRUNCATE captured").await.expect("forgotten");
    written(row.get("rows"))
}

/// Plays the statements as `pgbench` would, with these numbers.
async fn play(client: &Client, statements: &[String], u: u64) {
    for statement in statements {
        let statement = statement.replace("(:u)", &format!("({u})"));
        client.batch_execute(&statement).await.unwrap_or_else(|e| panic!("{statement}: {e:?}"));
    }
}

#[actix_web::test]
async fn the_reference_of_a_submission_writes_as_many_rows() {
    let app = TestApp::new().await;
    let client = connect(&app.database_url).await;
    client.batch_execute(CAPTURE).await.expect("triggers");
    let body = json!({"service": "land-mutation", "submit": true});
    let case = app.post("rahim", "/v1/cases", &body).await.expect(201);
    let rows = captured(&client).await;
    let expected = counts(&rows);
    assert!(expected.len() >= 8, "an act of many tables: {expected:?}");
    let id = case.json["id"].as_str().expect("an id");
    let statements = statements(&rows, &schema(&client).await, &Numbers { case: (id, &new_case()), known: &[] });
    // One statement a table, between the two ends.
    assert_eq!(statements.len(), expected.len() + 2);
    for u in [7, 8] {
        play(&client, &statements, u).await;
        assert_eq!(counts(&captured(&client).await), expected);
    }
    let script = pgbench(&statements, 5, 1);
    assert!(script.contains("\\set u 5 + :n * 64 + :client_id") && script.ends_with("COMMIT;\n"));
}

#[actix_web::test]
async fn the_reference_of_a_completion_changes_and_writes_as_many_rows() {
    let app = TestApp::new().await;
    let client = connect(&app.database_url).await;
    let case = Mutation::of_rahim(&app).to(Point::NoticePaid).await;
    let other = Mutation::of_rahim(&app).to(Point::NoticePaid).await;
    client.batch_execute(CAPTURE).await.expect("triggers");
    case.act("mita", "admit", &json!({"outcome": "complete"})).await.expect(200);
    let rows = captured(&client).await;
    let expected = counts(&rows);
    assert!(expected.keys().any(|(table, changed)| table == "cases" && *changed), "the case is changed: {expected:?}");
    let task = rows.iter().find(|r| r.table == "tasks" && r.was.is_some()).expect("a task is changed");
    let instead = other.view().await["steps"][0]["task"].as_str().expect("a task").to_owned();
    let known = [(task.now["id"].as_str().expect("an id").to_owned(), format!("'{instead}'::uuid"))];
    let numbers = Numbers { case: (&case.id, &format!("'{}'::uuid", other.id)), known: &known };
    let statements = statements(&rows, &schema(&client).await, &numbers);
    client.batch_execute("TRUNCATE captured").await.expect("forgotten");
    play(&client, &statements, 9).await;
    let again: BTreeMap<_, _> = counts(&captured(&client).await);
    assert_eq!(again, expected);
}

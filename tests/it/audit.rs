//! The audit log on a real database: what is recorded is there when the call returns, and stays as it is.

use diesel::QueryableByName;
use diesel::sql_types::{Bigint, Binary};
use futures_util::future::join_all;
use futures_util::stream::{FuturesUnordered, StreamExt};
use guichet::audit::{self, Entry, Recorder, Sealed};
use guichet::kernel::clock::machine_now;
use guichet::kernel::{Actor, CaseId, Error, PersonId};
use guichet::postgres::{Database, sql};

use crate::support::database;

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = Bigint)]
    count: i64,
}

async fn count(db: &Database, text: &'static str) -> i64 {
    let row: Option<Count> = db.single().await.expect("a connection").row(sql(text)).await.expect("a row");
    row.map_or(-1, |row| row.count)
}

fn entry(subjects: usize) -> Sealed {
    let subjects = (0..subjects).map(|_| PersonId::make()).collect();
    let entry = Entry { case: Some(CaseId::make()), subjects, ..Entry::done("case.read") };
    audit::seal(&Actor::system("r-1"), entry, machine_now())
}

#[actix_web::test]
async fn an_entry_is_three_kinds_of_rows_and_its_commitment_holds() {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Binary)]
        commitment: Vec<u8>,
        #[diesel(sql_type = Binary)]
        salt: Vec<u8>,
        #[diesel(sql_type = Binary)]
        bytes: Vec<u8>,
    }
    let db = database();
    let entries = [entry(0), entry(1), entry(3)];
    db.transaction(async |tx| audit::append(tx, &entries).await).await.expect("appended");
    assert_eq!(count(&db, "SELECT count(*) AS count FROM audit_entries").await, 3);
    assert_eq!(count(&db, "SELECT count(*) AS count FROM audit_subjects").await, 4);
    let text = "SELECT commitment, salt, bytes FROM audit_entries JOIN audit_payloads ON entry = id";
    let rows: Vec<Row> = db.single().await.expect("a connection").rows(sql(text)).await.expect("rows");
    assert_eq!(rows.len(), 3);
    for row in rows {
        let salt = row.salt.try_into().expect("32 bytes");
        assert_eq!(audit::commitment(&salt, &row.bytes).to_vec(), row.commitment);
    }
}

#[actix_web::test]
async fn the_server_can_neither_change_nor_erase_the_log() {
    let db = database();
    db.transaction(async |tx| audit::append(tx, &[entry(1)]).await).await.expect("appended");
    for attempt in [
        "UPDATE audit_entries SET action = 'other'",
        "DELETE FROM audit_entries",
        "TRUNCATE audit_entries",
        "UPDATE audit_payloads SET bytes = ''",
        "DELETE FROM audit_payloads",
        "DELETE FROM audit_subjects",
    ] {
        let refused = db.single().await.expect("a connection").execute(sql(attempt)).await;
        assert!(matches!(refused, Err(Error::Internal(_))), "{attempt}: {refused:?}");
    }
    assert_eq!(count(&db, "SELECT count(*) AS count FROM audit_payloads").await, 1);
}

#[actix_web::test]
async fn readers_share_commits_and_each_entry_is_there_when_its_call_returns() {
    let db = database();
    let (recorder, work) = Recorder::start(db.clone());
    let work = actix_web::rt::spawn(work);
    let readers = (0..200).map(|_| {
        let (recorder, db) = (recorder.clone(), db.clone());
        async move {
            let entry = entry(2);
            let id = entry.id;
            recorder.record(entry).await.expect("recorded");
            let found = sql("SELECT count(*) AS count FROM audit_subjects WHERE entry = $1").uuid(id.0);
            let row: Option<Count> = db.single().await.expect("a connection").row(found).await.expect("a row");
            assert_eq!(row.map(|r| r.count), Some(2));
        }
    });
    join_all(readers).await;
    assert_eq!(count(&db, "SELECT count(*) AS count FROM audit_entries").await, 200);
    let commits = count(&db, "SELECT count(DISTINCT xmin::text) AS count FROM audit_entries").await;
    assert!(commits < 100, "{commits} commits");
    drop(recorder);
    work.await.expect("the work ends with the last recorder");
}

#[actix_web::test]
async fn a_database_that_is_away_fails_everybody_who_waits() {
    let db = Database::new("postgres://nobody@127.0.0.1:1/none?sslmode=disable", 2).expect("a pool");
    let (recorder, work) = Recorder::start(db);
    actix_web::rt::spawn(work);
    let outcomes = join_all((0..3).map(|_| recorder.record(entry(1)))).await;
    assert!(outcomes.iter().all(|o| matches!(o, Err(Error::Unavailable(_)))), "{outcomes:?}");
}

#[actix_web::test]
async fn who_comes_when_too_many_wait_is_told_at_once() {
    let db = Database::new("postgres://nobody@127.0.0.1:1/none?sslmode=disable", 2).expect("a pool");
    let (recorder, work) = Recorder::start(db);
    let mut waiting: FuturesUnordered<_> = (0..4_096).map(|_| recorder.record(entry(0))).collect();
    // Each is handed in when it is first polled; the set polls some at a time.
    for _ in 0..1_000 {
        assert!(futures_util::poll!(waiting.next()).is_pending());
    }
    assert!(matches!(recorder.record(entry(0)).await, Err(Error::Unavailable(_))));
    drop(work);
    assert!(matches!(waiting.next().await, Some(Err(Error::Unavailable(_)))));
}

//! The queue on a real database: nothing is lost, nothing is in two hands, and what keeps failing is parked.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::time::Duration;

use diesel::QueryableByName;
use diesel::sql_types::Bigint;
use diesel_async::SimpleAsyncConnection;
use futures_util::future::join_all;
use guichet::kernel::clock::machine_now;
use guichet::kernel::{CaseId, Error, Result};
use guichet::postgres::{Database, sql};
use guichet::queue::{self, ATTEMPTS, Claimed, Fate, Job, Next, Worker};
use jiff::SignedDuration;
use serde_json::json;

use crate::support::{database, database_url};

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = Bigint)]
    count: i64,
}

const LEASE: Duration = Duration::from_secs(60);

fn job(kind: &'static str, key: &str) -> Job {
    Job { kind, key: key.to_owned(), case: None, lane: String::new(), payload: json!({"key": key}), after: None }
}

async fn enqueue(db: &Database, jobs: &[Job]) -> usize {
    db.transaction(async |tx| queue::enqueue(tx, jobs).await).await.expect("queued")
}

async fn claim(db: &Database, lease: Duration) -> Vec<Claimed> {
    queue::claim(db, &["mail"], 10, lease).await.expect("claimed")
}

/// As if the wait were over.
async fn hurry(db: &Database) {
    db.single().await.expect("a connection").execute(sql("UPDATE jobs SET run_at = now()")).await.expect("done");
}

async fn parked(db: &Database) -> i64 {
    queue::depth(db).await.expect("depths").iter().map(|d| d.parked).sum()
}

#[actix_web::test]
async fn two_claimers_never_hold_the_same_job() {
    let db = database();
    let jobs: Vec<_> = (0..200).map(|n| job("mail", &n.to_string())).collect();
    assert_eq!(enqueue(&db, &jobs).await, 200);
    let claimers = (0..8).map(|_| async {
        let mut mine = Vec::new();
        loop {
            let claimed = queue::claim(&db, &["mail"], 7, LEASE).await.expect("claimed");
            if claimed.is_empty() {
                return mine;
            }
            mine.extend(claimed.into_iter().map(|job| job.id));
        }
    });
    let all: Vec<i64> = join_all(claimers).await.into_iter().flatten().collect();
    assert_eq!(all.len(), 200);
    assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 200);
}

#[actix_web::test]
async fn what_a_dead_worker_held_comes_back_and_its_late_failure_changes_nothing() {
    let db = database();
    enqueue(&db, &[job("mail", "1")]).await;
    let first = claim(&db, Duration::ZERO).await.remove(0);
    let second = claim(&db, LEASE).await.remove(0);
    assert_eq!((first.id, first.attempts, second.attempts), (second.id, 1, 2));
    assert_eq!(second.payload, json!({"key": "1"}));
    assert!(claim(&db, LEASE).await.is_empty());
    assert_eq!(queue::failed(&db, first.id, "late", first.attempts).await.expect("answered"), Fate::Lost);
    queue::done(&db, &[second.id]).await.expect("done");
    assert!(queue::depth(&db).await.expect("depths").is_empty());
}

#[actix_web::test]
async fn a_failed_job_waits_longer_each_time_and_is_parked_after_the_last_attempt() {
    #[derive(QueryableByName)]
    struct Wait {
        #[diesel(sql_type = Bigint)]
        seconds: i64,
    }
    let db = database();
    enqueue(&db, &[job("mail", "1")]).await;
    let mut last = SignedDuration::ZERO;
    for attempt in 1..ATTEMPTS {
        let job = claim(&db, LEASE).await.remove(0);
        assert_eq!(job.attempts, attempt);
        let fate = queue::failed(&db, job.id, "no\0 answer", attempt).await.expect("answered");
        let Fate::Again(wait) = fate else { panic!("{fate:?}") };
        // Longer each time, until the bound.
        assert!(wait > last || wait >= SignedDuration::from_mins(90), "{wait} after {last}");
        last = wait;
        assert!(claim(&db, LEASE).await.is_empty());
        let text = "SELECT round(extract(epoch FROM run_at - now()))::bigint AS seconds FROM jobs";
        let row: Option<Wait> = db.single().await.expect("a connection").row(sql(text)).await.expect("a row");
        assert!(row.is_some_and(|r| (r.seconds - wait.as_secs()).abs() <= 30), "it does not wait that long");
        hurry(&db).await;
    }
    let job = claim(&db, LEASE).await.remove(0);
    assert_eq!(queue::failed(&db, job.id, "no answer", job.attempts).await.expect("answered"), Fate::Parked);
    hurry(&db).await;
    assert!(claim(&db, LEASE).await.is_empty());
    assert_eq!(parked(&db).await, 1);
}

#[actix_web::test]
async fn a_job_that_kills_its_workers_is_parked_too() {
    let db = database();
    enqueue(&db, &[job("mail", "1")]).await;
    for _ in 0..ATTEMPTS {
        assert_eq!(claim(&db, Duration::ZERO).await.len(), 1);
    }
    assert_eq!(parked(&db).await, 0);
    assert!(claim(&db, LEASE).await.is_empty());
    assert_eq!(parked(&db).await, 1);
}

#[actix_web::test]
async fn what_is_queued_twice_is_one_job_and_what_is_rolled_back_none() {
    let db = database();
    assert_eq!(enqueue(&db, &[job("mail", "1"), job("refund", "1")]).await, 2);
    assert_eq!(enqueue(&db, &[job("mail", "1"), job("mail", "2")]).await, 1);
    let undone: Result<()> = db
        .transaction(async |tx| {
            queue::enqueue(tx, &[job("mail", "3")]).await?;
            Err(Error::Stale)
        })
        .await;
    assert!(undone.is_err());
    assert_eq!(claim(&db, LEASE).await.len(), 2);
}

/// Jobs of one case, two lanes, in this order: a1 b1 a2 b2.
fn lanes(case: CaseId) -> Vec<Job> {
    let one = |(lane, key): (&str, &str)| Job { case: Some(case), lane: lane.into(), ..job("mail", key) };
    [("a", "a1"), ("b", "b1"), ("a", "a2"), ("b", "b2")].into_iter().map(one).collect()
}

fn keys(claimed: &[Claimed]) -> Vec<&str> {
    claimed.iter().map(|job| job.key.as_str()).collect()
}

#[actix_web::test]
async fn a_claim_takes_a_few_of_each_kind_however_many_wait() {
    let db = database();
    let jobs: Vec<_> = (0..40).map(|n| job(if n % 2 == 0 { "mail" } else { "other" }, &n.to_string())).collect();
    enqueue(&db, &jobs).await;
    let claimed = queue::claim(&db, &["mail", "other"], 100, LEASE).await.expect("claimed");
    let mails = claimed.iter().filter(|job| job.kind == "mail").count();
    assert_eq!((claimed.len(), mails), (32, 16));
}

/// Rows of jobs that this connection has looked at.
async fn looked_at(db: &Database) -> i64 {
    let mut single = db.single().await.expect("a connection");
    let flush = sql("SELECT count(*) AS count FROM pg_stat_force_next_flush()");
    single.row::<Count>(flush).await.expect("flushed");
    let read = sql("SELECT (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint AS count
        FROM pg_stat_user_tables WHERE relname = 'jobs'");
    single.row::<Count>(read).await.expect("counted").expect("a table").count
}

/// Also by a plan that was made while nothing waited, and PostgreSQL knew that.
#[actix_web::test]
async fn a_claim_looks_at_a_few_jobs_however_many_wait() {
    let url = database_url();
    let mut owner = guichet::postgres::connect(&url).await.expect("the database answers");
    owner.batch_execute("VACUUM ANALYZE jobs").await.expect("done");
    let db = Database::new(&url, 1).expect("a pool");
    for _ in 0..8 {
        assert!(claim(&db, LEASE).await.is_empty());
    }
    let jobs = |n| (0..10).map(move |m| Job { case: Some(CaseId::make()), ..job("mail", &format!("{n} {m}")) });
    enqueue(&db, &(0..300).flat_map(jobs).collect::<Vec<_>>()).await;
    let before = looked_at(&db).await;
    assert_eq!(claim(&db, LEASE).await.len(), 10);
    let looked = looked_at(&db).await - before;
    assert!(looked < 200, "{looked} rows for ten jobs");
}

#[actix_web::test]
async fn jobs_of_one_lane_go_one_after_the_other() {
    let db = database();
    enqueue(&db, &lanes(CaseId::make())).await;
    let first = claim(&db, LEASE).await;
    assert_eq!(keys(&first), ["a1", "b1"]);
    assert!(claim(&db, LEASE).await.is_empty(), "whoever comes second waits for the first");
    queue::done(&db, &[first[1].id]).await.expect("done");
    assert_eq!(keys(&claim(&db, LEASE).await), ["b2"]);
    // Another kind, another case, or no case at all does not wait.
    let other = Job { case: Some(CaseId::make()), lane: "a".into(), ..job("mail", "other") };
    enqueue(&db, &[other, job("mail", "none"), job("mail", "none too")]).await;
    assert_eq!(keys(&claim(&db, LEASE).await), ["other", "none", "none too"]);
}

#[actix_web::test]
async fn what_goes_behind_a_job_that_failed_waits_with_it_and_is_not_stopped_for_ever() {
    let db = database();
    let case = CaseId::make();
    enqueue(&db, &lanes(case)).await;
    let first = claim(&db, LEASE).await.remove(0);
    let fate = queue::failed(&db, first.id, "no answer", first.attempts).await.expect("answered");
    assert!(matches!(fate, Fate::Again(_)));
    // Also what is queued meanwhile: nothing of the lane is looked at before its time.
    enqueue(&db, &[Job { case: Some(case), lane: "a".into(), ..job("mail", "a3") }]).await;
    let due = sql("SELECT count(*) AS count FROM jobs WHERE lane = 'a' AND run_at <= now()");
    let due: Option<Count> = db.single().await.expect("a connection").row(due).await.expect("a count");
    assert_eq!(due.map(|due| due.count), Some(0));
    hurry(&db).await;
    assert_eq!(keys(&claim(&db, Duration::ZERO).await), ["a1", "b1"]);
    let parked = sql("UPDATE jobs SET attempts = $1 WHERE key = 'a1'").int(ATTEMPTS);
    db.single().await.expect("a connection").execute(parked).await.expect("done");
    assert_eq!(queue::failed(&db, first.id, "no answer", ATTEMPTS).await.expect("answered"), Fate::Parked);
    hurry(&db).await;
    assert_eq!(keys(&claim(&db, LEASE).await), ["b1", "a2"]);
}

#[actix_web::test]
async fn what_waits_behind_a_job_that_failed_is_due_once_that_is_done() {
    let db = database();
    let case = CaseId::make();
    let one = |key| Job { case: Some(case), lane: "a".into(), ..job("mail", key) };
    enqueue(&db, &[one("a1"), one("a2")]).await;
    let first = claim(&db, LEASE).await.remove(0);
    queue::failed(&db, first.id, "no answer", first.attempts).await.expect("answered");
    hurry(&db).await;
    let again = claim(&db, LEASE).await;
    assert_eq!(keys(&again), ["a1"]);
    // Queued while the first is in somebody's hands: behind it, and no longer.
    enqueue(&db, &[one("a3")]).await;
    queue::done(&db, &[again[0].id]).await.expect("done");
    let second = claim(&db, LEASE).await;
    assert_eq!(keys(&second), ["a2"]);
    queue::done(&db, &[second[0].id]).await.expect("done");
    assert_eq!(keys(&claim(&db, LEASE).await), ["a3"]);
}

#[actix_web::test]
async fn a_job_for_later_waits() {
    let db = database();
    let after = machine_now().checked_add(SignedDuration::from_hours(1)).expect("in an hour");
    enqueue(&db, &[Job { after: Some(after), ..job("mail", "1") }]).await;
    assert!(claim(&db, LEASE).await.is_empty());
    hurry(&db).await;
    assert_eq!(claim(&db, LEASE).await.len(), 1);
}

#[actix_web::test]
async fn a_job_whose_time_has_not_come_goes_back_as_if_untried() {
    let db = database();
    let case = CaseId::make();
    let one = |key| Job { case: Some(case), lane: "a".into(), ..job("mail", key) };
    enqueue(&db, &[one("a1"), one("a2")]).await;
    let done = RefCell::new(Vec::new());
    let early = std::cell::Cell::new(true);
    let handler = async |job: Claimed| {
        if early.get() {
            return Ok(Next::Later { wait: SignedDuration::from_hours(9), why: "too early" });
        }
        done.borrow_mut().push((job.key, job.attempts));
        Ok(Next::Done)
    };
    let worker = Worker::of(&["mail"]);
    assert_eq!(worker.turn(&db, &handler).await.expect("a turn"), 1);
    // What goes behind it waits with it, also what is queued meanwhile.
    enqueue(&db, &[one("a3")]).await;
    let waits = sql("SELECT count(*) AS count FROM jobs WHERE attempts = 0 AND run_at > now() + interval '8 hours'");
    let waits: Option<Count> = db.single().await.expect("a connection").row(waits).await.expect("a count");
    assert_eq!(waits.map(|waits| waits.count), Some(3));
    assert_eq!(worker.turn(&db, &handler).await.expect("a turn"), 0);
    early.set(false);
    queue::hurry(&mut db.single().await.expect("a connection")).await.expect("done");
    while worker.turn(&db, &handler).await.expect("a turn") > 0 {}
    assert_eq!(*done.borrow(), [("a1".to_owned(), 1), ("a2".to_owned(), 1), ("a3".to_owned(), 1)]);
    // Whose lease has ended puts nothing back.
    enqueue(&db, &[one("a4")]).await;
    let lost = claim(&db, Duration::ZERO).await.remove(0);
    claim(&db, LEASE).await;
    let wait = SignedDuration::from_hours(1);
    assert!(!queue::postpone(&db, lost.id, "too early", lost.attempts, wait).await.expect("answered"));
}

#[actix_web::test]
async fn one_bad_job_does_not_take_the_others_with_it() {
    let db = database();
    enqueue(&db, &[job("mail", "good"), job("mail", "bad"), job("mail", "panic")]).await;
    let performed = RefCell::new(Vec::new());
    let handler = async |job: Claimed| {
        match job.key.as_str() {
            "bad" => return Err(Error::Unavailable("no server".into())),
            "panic" => panic!("a defect"),
            _ => performed.borrow_mut().push(job.key),
        }
        Ok(())
    };
    assert_eq!(Worker::of(&["mail"]).turn(&db, &handler).await.expect("a turn"), 3);
    assert_eq!(*performed.borrow(), ["good"]);
    let depths = queue::depth(&db).await.expect("depths");
    assert_eq!((depths[0].waiting, depths[0].parked), (2, 0));
}

#[actix_web::test]
async fn a_worker_ends_when_it_is_told_to() {
    let db = database();
    enqueue(&db, &[job("mail", "1")]).await;
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let handler = async |_: Claimed| {
        stop.send_replace(true);
        Ok(())
    };
    Worker::of(&["mail"]).run(&db, stopped, handler).await;
    assert!(queue::depth(&db).await.expect("depths").is_empty());
}

#[actix_web::test]
async fn a_job_that_hangs_leaves_those_behind_it_their_time() {
    let db = database();
    enqueue(&db, &[job("mail", "hangs"), job("mail", "follows")]).await;
    let performed = RefCell::new(Vec::new());
    let handler = async |job: Claimed| {
        if job.key == "hangs" {
            std::future::pending::<()>().await;
        }
        // As long as a word with another system takes.
        tokio::time::sleep(Duration::from_millis(50)).await;
        performed.borrow_mut().push((job.key, job.attempts));
        Ok(())
    };
    let worker = Worker { lease: Duration::from_secs(2), ..Worker::of(&["mail"]) };
    assert_eq!(worker.turn(&db, &handler).await.expect("a turn"), 2);
    assert_eq!(*performed.borrow(), [("follows".to_owned(), 1)]);
    let depths = queue::depth(&db).await.expect("depths");
    assert_eq!((depths[0].waiting, depths[0].parked), (1, 0), "only what hung is tried again");
}

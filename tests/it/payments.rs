//! Payments on a real database, with the sandbox provider over HTTP: an outcome counts once, and a fee never hangs.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use actix_web::web::{Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, web};
use guichet::kernel::clock::machine_now;
use guichet::kernel::money::{Currency, Money};
use guichet::kernel::outbound::Outbound;
use guichet::kernel::{CaseId, DemandId, Error, PaymentId, Result};
use guichet::payments::{
    self, Callback, Direction, HEADER, Outcome, Payer, PaymentView, PushProvider, REFUND, RefundOrder, Reporter,
    Settled, State, sandbox,
};
use guichet::postgres::{Database, sql};
use guichet::queue;
use jiff::Timestamp;
use serde_json::json;

use crate::support::database;

const SECRET: &[u8] = b"between the two of us";

fn taka(amount: i64) -> Money {
    Money::new(amount.into(), Currency::parse("BDT").expect("a code")).expect("an amount")
}

/// A case with a fee that is due.
async fn demand(db: &Database, amount: i64) -> DemandId {
    let (person, case, demand) = (guichet::kernel::PersonId::make(), CaseId::make(), DemandId::make());
    let mut single = db.single().await.expect("a connection");
    let text = "WITH p AS (INSERT INTO persons (id, names) VALUES ($1, '[{\"full\": \"A\"}]') RETURNING id),
        c AS (INSERT INTO cases (id, reference, service, version, authority, office, status, language, started_by, flow, created_at)
            SELECT $2, $3, 's', '1', 'a', 'o', 'open', 'en', id, '{}', now() FROM p RETURNING id)
        INSERT INTO demands (id, case_id, token, authority, fee, amount, currency, items, state, demanded_at)
        SELECT $4, id, 3, 'a', 'opening', $5, 'BDT', '[]', 'due', now() FROM c";
    let statement = sql(text)
        .uuid(person.0)
        .uuid(case.0)
        .text(case.to_string())
        .uuid(demand.0)
        .decimal(rust_decimal::Decimal::from(amount));
    single.execute(statement).await.expect("a demand");
    demand
}

async fn set_demand(db: &Database, demand: DemandId, state: &str) {
    let statement = sql("UPDATE demands SET state = $1 WHERE id = $2").text(state).uuid(demand.0);
    db.single().await.expect("a connection").execute(statement).await.expect("set");
}

fn provider(url: &str, public: &str) -> PushProvider {
    PushProvider::new(Outbound::new().expect("a client"), "sandbox", url, SECRET.to_vec(), public)
}

/// Nobody listens there.
fn nowhere() -> PushProvider {
    provider("http://127.0.0.1:1", "http://127.0.0.1:1")
}

async fn open(db: &Database, demand: DemandId) -> Result<PaymentId> {
    let payer = Payer::new(None, None)?;
    Ok(db.transaction(async |tx| payments::open(tx, &nowhere(), demand, &payer).await).await?.payment)
}

fn callback(payment: PaymentId, outcome: Outcome, amount: Money) -> Callback {
    let at = machine_now();
    Callback { event_id: "e-1".into(), payment, reference: format!("SB-{payment}"), outcome, amount, at }
}

/// What a callback does in the product: the outcome and, where it pays, the fee, in one transaction.
async fn told(db: &Database, callback: &Callback) -> Result<Settled> {
    let settled = db
        .transaction(async |tx| {
            let settled = payments::receive(tx, "sandbox", callback, by()).await?;
            if settled.pays {
                tx.execute(sql("UPDATE demands SET state = 'paid' WHERE id = $1").uuid(settled.demand.0)).await?;
            }
            Ok(settled)
        })
        .await?;
    Ok(settled)
}

fn by() -> Reporter<'static> {
    Reporter { request: "test", at: machine_now() }
}

/// Both phases of a payment.
async fn pay(
    db: &Database,
    provider: &PushProvider,
    demand: DemandId,
    payer: &Payer,
    description: &str,
) -> Result<PaymentView> {
    let opened = db.transaction(async |tx| payments::open(tx, provider, demand, payer).await).await?;
    payments::ask(db, provider, &opened, payer, description, by()).await
}

async fn case_of(db: &Database, demand: DemandId) -> CaseId {
    #[derive(diesel::QueryableByName)]
    struct Of {
        #[diesel(sql_type = diesel::sql_types::Uuid)]
        case_id: uuid::Uuid,
    }
    let statement = sql("SELECT case_id FROM demands WHERE id = $1").uuid(demand.0);
    let row: Option<Of> = db.single().await.expect("a connection").row(statement).await.expect("a row");
    CaseId(row.expect("a demand").case_id)
}

/// The entries of the log about a case: action and state.
async fn log_of(db: &Database, case: CaseId) -> Vec<String> {
    #[derive(diesel::QueryableByName)]
    struct Line {
        #[diesel(sql_type = diesel::sql_types::Text)]
        line: String,
    }
    let text =
        "SELECT e.action || coalesce(' ' || (convert_from(p.bytes, 'UTF8')::jsonb #>> '{details,state}'), '') AS line
        FROM audit_entries e JOIN audit_payloads p ON p.entry = e.id JOIN audit_subjects s ON s.entry = e.id
        WHERE e.case_id = $1 ORDER BY e.id";
    let rows: Vec<Line> =
        db.single().await.expect("a connection").rows(sql(text).uuid(case.0)).await.expect("the log is read");
    rows.into_iter().map(|row| row.line).collect()
}

async fn of(db: &Database, demand: DemandId) -> Vec<PaymentView> {
    payments::of_demands(&mut db.single().await.expect("a connection"), &[demand]).await.expect("payments")
}

#[actix_web::test]
async fn a_fee_waits_for_one_payment_at_a_time() {
    let db = database();
    let demand = demand(&db, 20).await;
    let payment = open(&db, demand).await.expect("opened");
    let second = open(&db, demand).await;
    assert!(matches!(&second, Err(Error::Conflict(code)) if code == "payment_under_way"), "{second:?}");
    told(&db, &callback(payment, Outcome::Succeeded, taka(20))).await.expect("told");
    let third = open(&db, demand).await;
    assert!(matches!(&third, Err(Error::Conflict(code)) if code == "already_paid"), "{third:?}");
    set_demand(&db, demand, "void").await;
    assert!(matches!(open(&db, demand).await, Err(Error::Conflict(code)) if code == "not_due"));
    assert!(matches!(open(&db, DemandId::make()).await, Err(Error::NotFound)));
}

#[actix_web::test]
async fn what_is_told_twice_counts_once() {
    let db = database();
    let demand = demand(&db, 20).await;
    let callback = callback(open(&db, demand).await.expect("opened"), Outcome::Succeeded, taka(20));
    let first = told(&db, &callback).await.expect("told");
    assert_eq!((first.first, first.pays, first.token, first.demand), (true, true, 3, demand));
    let again = told(&db, &callback).await.expect("told");
    assert_eq!((again.first, again.pays, again.state), (false, false, State::Succeeded));
    let contradiction = Callback { outcome: Outcome::Cancelled, ..callback };
    assert_eq!(told(&db, &contradiction).await.expect("told").state, State::Succeeded);
    assert_eq!(of(&db, demand).await.len(), 1);
    assert!(queue::depth(&db).await.expect("depths").is_empty());
}

#[actix_web::test]
async fn another_amount_does_not_pay_the_fee() {
    let db = database();
    let demand = demand(&db, 20).await;
    let payment = open(&db, demand).await.expect("opened");
    let other = told(&db, &callback(payment, Outcome::Succeeded, taka(19))).await.expect("told");
    assert_eq!((other.state, other.pays, other.first), (State::Failed, false, true));
    open(&db, demand).await.expect("payable again");
    assert_eq!(log_of(&db, case_of(&db, demand).await).await, ["payment.end failed"]);
}

#[actix_web::test]
async fn a_callback_is_about_a_payment_of_its_provider() {
    let db = database();
    let demand = demand(&db, 20).await;
    let payment = open(&db, demand).await.expect("opened");
    let unknown = told(&db, &callback(PaymentId::make(), Outcome::Succeeded, taka(20))).await;
    assert!(matches!(unknown, Err(Error::NotFound)));
    let right = callback(payment, Outcome::Succeeded, taka(20));
    let other = db.transaction(async |tx| payments::receive(tx, "another", &right, by()).await).await;
    assert!(matches!(other, Err(Error::NotFound)));
    told(&db, &right).await.expect("told");
    let renumbered = told(&db, &Callback { reference: "SB-2".into(), ..right }).await;
    assert!(matches!(renumbered, Err(Error::Conflict(_))));
}

#[actix_web::test]
async fn without_a_callback_the_fee_is_payable_again_and_money_that_comes_late_is_not_lost() {
    let db = database();
    let demand = demand(&db, 20).await;
    let slow = open(&db, demand).await.expect("opened");
    assert!(payments::expire_stale(&db, Duration::from_secs(900), by()).await.expect("asked").is_empty());
    assert_eq!(payments::expire_stale(&db, Duration::ZERO, by()).await.expect("expired"), [demand]);
    assert_eq!(of(&db, demand).await[0].state, State::TimedOut);
    let quick = open(&db, demand).await.expect("payable again");
    assert!(told(&db, &callback(slow, Outcome::Succeeded, taka(20))).await.expect("told").pays);
    // Both succeed in the end: nobody owes the second.
    let surplus = told(&db, &callback(quick, Outcome::Succeeded, taka(20))).await.expect("told");
    assert_eq!((surplus.first, surplus.pays), (true, false));
    let jobs = queue::claim(&db, &[REFUND], 10, Duration::from_secs(60)).await.expect("claimed");
    assert_eq!(jobs.len(), 1);
    assert_eq!(jobs[0].payload["payment"], json!(quick));
    let log = log_of(&db, case_of(&db, demand).await).await;
    assert_eq!(log, ["payment.end timed_out", "payment.end succeeded", "payment.end succeeded", "refund.order"]);
}

#[actix_web::test]
async fn a_provider_that_is_away_leaves_the_fee_payable() {
    let db = database();
    let demand = demand(&db, 20).await;
    let payer = Payer::new(None, Some("01711000000")).expect("a payer");
    for _ in 0..2 {
        let refused = pay(&db, &nowhere(), demand, &payer, "LM-26").await;
        assert!(matches!(refused, Err(Error::Unavailable(_))), "{refused:?}");
    }
    assert!(of(&db, demand).await.iter().all(|p| p.state == State::Failed && p.ended_at.is_some()));
}

/// The product's side of callbacks: refuses the first few, keeps what the others came to.
struct Desk {
    db: Database,
    refuse: Mutex<u32>,
    settled: Mutex<Vec<Settled>>,
}

async fn callbacks(desk: Data<Desk>, request: HttpRequest, body: Bytes) -> HttpResponse {
    let refused = {
        let mut left = desk.refuse.lock().expect("a lock");
        let refused = *left > 0;
        *left = left.saturating_sub(1);
        refused
    };
    if refused {
        return HttpResponse::ServiceUnavailable().finish();
    }
    let header = request.headers().get(HEADER).and_then(|h| h.to_str().ok()).unwrap_or_default();
    let Ok(callback) = Callback::verified(SECRET, header, &body) else {
        return HttpResponse::Unauthorized().finish();
    };
    match told(&desk.db, &callback).await {
        Ok(settled) => desk.settled.lock().expect("a lock").push(settled),
        Err(_) => return HttpResponse::InternalServerError().finish(),
    }
    HttpResponse::NoContent().finish()
}

struct Town {
    db: Database,
    desk: Arc<Desk>,
    provider: PushProvider,
    url: String,
}

async fn town(refuse: u32) -> Town {
    let db = database();
    let desk = Arc::new(Desk { db: db.clone(), refuse: Mutex::new(refuse), settled: Mutex::default() });
    let data = Data::from(desk.clone());
    let route = "/v1/payments/callbacks/sandbox";
    let server = HttpServer::new(move || App::new().app_data(data.clone()).route(route, web::post().to(callbacks)));
    let server = server.workers(1).disable_signals().bind("127.0.0.1:0").expect("a port");
    let public = format!("http://{}", server.addrs()[0]);
    actix_web::rt::spawn(server.run());
    let settings = sandbox::Settings { secret: SECRET.to_vec(), delay: Duration::from_millis(5) };
    let listen = "127.0.0.1:0".parse().expect("an address");
    let sandbox = sandbox::server(listen, settings, Outbound::new().expect("a client")).expect("a sandbox");
    let url = format!("http://{}", sandbox.address);
    actix_web::rt::spawn(sandbox.server);
    Town { db, desk, provider: provider(&url, &public), url }
}

impl Town {
    async fn pay(&self, demand: DemandId, phone: &str) -> PaymentView {
        let payer = Payer::new(None, Some(phone)).expect("a payer");
        let view = pay(&self.db, &self.provider, demand, &payer, "LM-26-7K3F").await.expect("acknowledged");
        assert!(view.reference.is_some());
        view
    }

    /// Waits for that many callbacks.
    async fn settled(&self, count: usize) -> Vec<Settled> {
        for _ in 0..1_000 {
            let settled = self.desk.settled.lock().expect("a lock").clone();
            if settled.len() >= count {
                return settled;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{count} callbacks did not come");
    }
}

#[actix_web::test]
async fn the_sandbox_plays_every_payer() {
    let town = town(0).await;
    let demand = demand(&town.db, 20).await;
    town.pay(demand, "01711000001").await;
    assert_eq!(town.settled(1).await[0].state, State::Cancelled);
    town.pay(demand, "01711000002").await;
    assert_eq!(town.settled(2).await[1].state, State::TimedOut);
    town.pay(demand, "01711000004").await;
    payments::expire_stale(&town.db, Duration::ZERO, by()).await.expect("expired");
    town.pay(demand, "+880 1711-000003").await;
    let settled = town.settled(4).await;
    let last: Vec<_> = settled[2..].iter().map(|s| (s.state, s.first, s.pays)).collect();
    assert_eq!(last, [(State::Succeeded, true, true), (State::Succeeded, false, false)]);
    let states: Vec<_> = of(&town.db, demand).await.iter().map(|p| p.state).collect();
    assert_eq!(states, [State::Cancelled, State::TimedOut, State::TimedOut, State::Succeeded]);
    let ends = ["cancelled", "timed_out", "timed_out", "succeeded"].map(|state| format!("payment.end {state}"));
    assert_eq!(log_of(&town.db, case_of(&town.db, demand).await).await, ends);
}

#[actix_web::test]
async fn the_sandbox_tells_again_what_was_not_taken() {
    let town = town(2).await;
    let demand = demand(&town.db, 50).await;
    town.pay(demand, "01711000009").await;
    assert!(town.settled(1).await[0].pays);
}

#[actix_web::test]
async fn money_goes_back_once_and_never_more_than_was_paid() {
    let town = town(0).await;
    let demand = demand(&town.db, 50).await;
    let case = case_of(&town.db, demand).await;
    let order = |amount| RefundOrder { id: PaymentId::make(), demand, payment: None, amount };
    let early = serde_json::to_value(order(None)).expect("JSON");
    assert!(matches!(
        payments::refund(&town.db, &town.provider, Some(case), &early, by()).await,
        Err(Error::Conflict(_))
    ));
    town.pay(demand, "01711000009").await;
    town.settled(1).await;

    let some = serde_json::to_value(order(Some(taka(20)))).expect("JSON");
    let first = payments::refund(&town.db, &town.provider, Some(case), &some, by()).await.expect("refunded");
    assert_eq!((first.state, first.direction, first.amount), (State::Succeeded, Direction::Back, taka(20)));
    let again = payments::refund(&town.db, &town.provider, Some(case), &some, by()).await.expect("known");
    assert_eq!(again, first);
    let much = serde_json::to_value(order(Some(taka(31)))).expect("JSON");
    assert!(matches!(
        payments::refund(&town.db, &town.provider, Some(case), &much, by()).await,
        Err(Error::Conflict(_))
    ));

    // A provider that is away: the refund is written, and the next attempt finishes it.
    let rest = serde_json::to_value(order(None)).expect("JSON");
    assert!(matches!(
        payments::refund(&town.db, &nowhere(), Some(case), &rest, by()).await,
        Err(Error::Unavailable(_))
    ));
    let other = serde_json::to_value(order(Some(taka(1)))).expect("JSON");
    assert!(matches!(
        payments::refund(&town.db, &town.provider, Some(case), &other, by()).await,
        Err(Error::Conflict(_))
    ));
    let done = payments::refund(&town.db, &town.provider, Some(case), &rest, by()).await.expect("refunded");
    assert_eq!((done.state, done.amount), (State::Succeeded, taka(30)));
    let sent = log_of(&town.db, case).await.iter().filter(|line| *line == "refund.send").count();
    assert_eq!(sent, 2, "each once");
}

#[actix_web::test]
async fn the_sandbox_takes_signed_requests_only() {
    let town = town(0).await;
    let outbound = Outbound::new().expect("a client");
    let body =
        json!({"id": PaymentId::make(), "amount": taka(5), "payer": {}, "description": "", "callback": town.url});
    let body = serde_json::to_vec(&body).expect("JSON");
    let url = format!("{}/payments", town.url);
    let now = machine_now().as_second();
    let old = Timestamp::from_second(now - 301).expect("an instant").as_second();
    for (header, status) in [
        (payments::sign(b"another secret", now, &body), 401),
        (payments::sign(SECRET, old, &body), 401),
        (payments::sign(SECRET, now, b"another body"), 401),
        (payments::sign(SECRET, now, &body), 202),
    ] {
        let answer =
            outbound.post(&url, "application/json", &[(HEADER, &header)], body.clone()).await.expect("an answer");
        assert_eq!(answer.status, status);
    }
    let signed = payments::sign(SECRET, now, b"{}");
    let answer =
        outbound.post(&url, "application/json", &[(HEADER, &signed)], b"{}".to_vec()).await.expect("an answer");
    assert_eq!(answer.status, 400);
}

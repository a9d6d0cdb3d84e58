//! Server and database are killed at random moments, under load, and started again. Afterwards everything that was
//! acknowledged is there, whole, and nothing else is half there.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Instant;

use futures_util::future::join_all;
use guichet::kernel::random;

use super::book::{Book, Kind};
use super::buyer::Buyer;
use super::client::Client;
use super::server::{Plan, Server};
use super::till::{SECRET, Till};
use super::world::{Dice, Folder, Owner, Postgres, until};
use super::{checker, letters};
use crate::support::smtp::SmtpServer;

/// Kills of the server and of the database in a test run; `GUICHET_SOAK_KILLS` asks for another number in all, in the
/// same proportion.
const SERVER: usize = 25;
const DATABASE: usize = 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Blow {
    Server,
    /// While it starts.
    Start,
    Postmaster,
    Backend,
    /// The machine, so to speak.
    Both,
}

/// The blows of a run, in the order in which they fall.
fn blows(dice: &mut Dice) -> Vec<Blow> {
    let soak = std::env::var("GUICHET_SOAK_KILLS").ok().and_then(|n| n.parse::<usize>().ok());
    let (server, database) = match soak {
        None => (SERVER, DATABASE),
        Some(all) => {
            let database = all * DATABASE / (SERVER + DATABASE);
            (all - database, database)
        }
    };
    let mut all: Vec<Blow> = (0..server).map(|n| if n % 5 == 4 { Blow::Start } else { Blow::Server }).collect();
    all.extend((0..database).map(|n| match n % 5 {
        3 => Blow::Backend,
        4 => Blow::Both,
        _ => Blow::Postmaster,
    }));
    for last in (1..all.len()).rev() {
        all.swap(last, usize::try_from(dice.below(last as u64 + 1)).unwrap_or(0));
    }
    all
}

/// Everything that runs.
struct World {
    postgres: Postgres,
    plan: Plan,
    client: Client,
    server: Server,
    /// How often each was killed.
    servers: usize,
    databases: usize,
}

impl World {
    async fn up(&mut self) {
        self.server = self.plan.up(&self.client).await;
    }

    async fn strike(&mut self, blow: Blow, dice: &mut Dice) {
        match blow {
            Blow::Server => {
                self.server.kill();
                self.servers += 1;
                self.up().await;
            }
            Blow::Start => {
                self.server.kill();
                self.server = self.plan.start();
                tokio::time::sleep(dice.moment(5, 600)).await;
                self.server.kill();
                self.servers += 2;
                self.up().await;
            }
            Blow::Postmaster => {
                self.postgres.kill();
                self.databases += 1;
                tokio::time::sleep(dice.moment(1, 500)).await;
                self.postgres.start_again().await;
            }
            Blow::Backend => {
                until("somebody is served", async || self.postgres.kill_backend(dice).then_some(())).await;
                self.databases += 1;
            }
            Blow::Both => {
                self.postgres.kill();
                self.server.kill();
                self.servers += 1;
                self.databases += 1;
                // Whichever comes back first: a server that finds no database ends, and is started again.
                self.server = self.plan.start();
                self.postgres.start_again().await;
                if !self.server.ready(&self.client, &self.plan.url()).await {
                    self.up().await;
                }
            }
        }
        let alive = self.server.ready(&self.client, &self.plan.url()).await;
        assert!(alive, "the server survives what befalls its database: {blow:?}");
    }
}

fn crowd(client: &Client, book: &Rc<Book>, stop: &Rc<Cell<bool>>) -> Vec<Buyer> {
    let people = [
        ("rahim", "Rahim Uddin", "4710000101"),
        ("nasrin", "Nasrin Akter", "4710000104"),
        ("jamal", "Jamal Hossain", "4710000105"),
        ("sumon", "Sumon Das", "4710000107"),
        ("salma", "Salma Begum", "4710000103"),
        ("tarek", "Tarek Mia", "4710000109"),
    ];
    let (book, stop) = (book.clone(), stop.clone());
    let buyer = |(who, name, number)| {
        let client = client.clone();
        Buyer { client, book: book.clone(), stop: stop.clone(), who, name, number }
    };
    people.into_iter().map(buyer).collect()
}

#[actix_web::test]
async fn what_was_acknowledged_survives_every_kill() {
    let seed = std::env::var("GUICHET_SOAK_SEED").ok().and_then(|n| n.parse().ok());
    let seed: u64 = seed.unwrap_or_else(|| u64::from_be_bytes(random::bytes()));
    println!("kills: GUICHET_SOAK_SEED={seed}");
    let begun = Instant::now();
    let mut dice = Dice::new(seed);
    let folder = Folder::new("kills");
    let data = folder.0.join("data");
    let postgres = Postgres::start(&folder.0.join("pg"), &[]);
    let (post, till) = (SmtpServer::start(&SmtpServer::python(), None), Till::open());
    let plan = Plan::new(&data, &postgres.url).mail(post.port).with("GUICHET_DATABASE_POOL", 12);
    let plan = plan.with("GUICHET_PAYMENT_URL", &till.url).with("GUICHET_PAYMENT_SECRET", SECRET);
    let client = Client::new(&plan.url());
    let server = plan.up(&client).await;
    let client = client.knows(&data);
    let (book, stop) = (Rc::new(Book::default()), Rc::new(Cell::new(false)));
    let mut load = Vec::new();
    for buyer in crowd(&client, &book, &stop) {
        load.push(match buyer.who {
            "salma" | "tarek" => tokio::task::spawn_local(buyer.residences()),
            _ => tokio::task::spawn_local(buyer.mutations()),
        });
    }
    let mut world = World { postgres, plan, client, server, servers: 0, databases: 0 };
    for blow in blows(&mut dice) {
        tokio::time::sleep(dice.moment(100, 900)).await;
        world.strike(blow, &mut dice).await;
        assert!(load.iter().all(|task| !task.is_finished()), "a client gave up after {blow:?}");
    }
    stop.set(true);
    for done in join_all(load).await {
        done.expect("every client is told in the end");
    }
    settle(&mut world, &till).await;
    report(&world, &book, &till, &post, &data, begun).await;
}

/// Lets everything come to rest that follows from what was done.
async fn settle(world: &mut World, till: &Till) {
    until("the outcomes of payments are told", async || (till.waiting() == 0).then_some(())).await;
    let owner = world.postgres.owner();
    // What killed servers held comes back when their leases end; that others wait for it is shown elsewhere.
    world.server.kill();
    world.servers += 1;
    owner.execute("UPDATE jobs SET run_at = now() WHERE parked_at IS NULL").await;
    world.up().await;
    // After many kills there is much to be sent, one letter after the other: as long as it gets less, it is waited for.
    let mut left = i64::MAX;
    while left > 0 {
        let less = async || Some(owner.count("SELECT count(*) FROM jobs").await).filter(|now| *now < left);
        left = until("the queue gets shorter", less).await;
    }
}

async fn report(world: &World, book: &Book, till: &Till, post: &SmtpServer, data: &std::path::Path, begun: Instant) {
    let owner = world.postgres.owner();
    let kills = world.servers + world.databases;
    let tally = &world.client.tally;
    println!(
        "kills: {} of the server, {} of PostgreSQL in {} s; {} requests, {} unanswered, {} told to come back, {} settled by a repeat",
        world.servers,
        world.databases,
        begun.elapsed().as_secs(),
        tally.requests.get(),
        tally.unanswered.get(),
        tally.away.get(),
        tally.settled.get(),
    );
    let acts: Vec<String> = Kind::ALL.iter().map(|kind| format!("{} {kind:?}", book.count(*kind))).collect();
    println!(
        "acknowledged: {}, {} reads, {} outcomes of payments",
        acts.join(", "),
        book.reads().len(),
        till.told().len()
    );
    let mut found = checker::faults(&owner).await;
    found.extend(checker::missing(&owner, book).await);
    found.extend(checker::lost_contents(&owner, data).await);
    found.extend(checker::untold(&owner, data).await);
    found.extend(unpaid(&owner, till).await);
    found.extend(till.faults());
    let mail = letters::compare(&owner, &post.arrived()).await;
    println!(
        "found: {} cases, {} events, {} entries of the log; {} faults; {mail:?}",
        owner.count("SELECT count(*) FROM cases").await,
        owner.count("SELECT count(*) FROM case_events").await,
        owner.count("SELECT count(*) FROM audit_entries").await,
        found.len(),
    );
    assert!(found.is_empty(), "{found:#?}");
    assert_eq!((mail.lost, mail.strange, mail.disordered), (0, 0, 0), "{mail:?}");
    assert!(mail.doubled <= kills, "{mail:?} after {kills} kills");
    assert!(book.count(Kind::Completion) > 0 && book.count(Kind::Payment) > 0, "there was a load");
}

/// Payments whose outcome was taken and that are not paid.
async fn unpaid(owner: &Owner, till: &Till) -> Vec<String> {
    let paid = "SELECT id::text AS word FROM payments WHERE direction = 'in' AND state = 'succeeded'";
    let paid: std::collections::BTreeSet<String> = owner.words(paid).await.into_iter().collect();
    let told = till.told().into_iter().map(|id| id.to_string());
    told.filter(|id| !paid.contains(id)).map(|id| format!("the payment {id} was taken and is not there")).collect()
}

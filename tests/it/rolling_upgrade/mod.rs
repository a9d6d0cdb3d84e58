//! Two versions of the server on one database, while a column of a real table gets another name: `tasks.holder`, which
//! every claim reads and writes, becomes `held_by`, by expand, move and contract, as `docs/upgrades.md` describes it.
//!
//! The migrations stand in `migrations/` beside this file and go through the product's own mechanism. The old version
//! of the server is the program as it is built. There is no program yet that knows the new name, so the same one stands
//! for it, looking through a schema that comes first on its search path and holds one view of `tasks`, in which
//! `held_by` goes by the name of `holder`: whatever it reads, inserts, updates and locks there, PostgreSQL does to
//! `held_by`, and to no `holder`. That this is so is shown at the end, when `holder` is gone and it goes on. What this
//! does not show is a newer version's own code; it shows that the schema serves both, at every moment in between.

use std::cell::{Cell, RefCell};
use std::path::{Path, PathBuf};

use guichet::postgres::migrate_from;
use serde_json::json;

use crate::support::mutation::{Mutation, Point};
use crate::support::process::{Scratch, Server, refused};
use crate::support::residence::{CLERK, NEWCOMER};
use crate::support::{Client, database_url, settings};

/// Tasks that somebody holds before all begins, and holds through to the end.
const HELD: usize = 20;
/// Rounds of work that a phase has at least.
const ROUNDS: usize = 3;

/// What the newer version sees.
const NEWER: &str = "CREATE SCHEMA newer;
    GRANT USAGE ON SCHEMA newer TO guichet_server;
    CREATE VIEW newer.__diesel_schema_migrations AS SELECT * FROM public.__diesel_schema_migrations;
    DO $$ DECLARE others text;
    BEGIN
        SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) INTO others
            FROM information_schema.columns
            WHERE table_schema = 'public' AND table_name = 'tasks' AND column_name NOT IN ('holder', 'held_by');
        EXECUTE format('CREATE VIEW newer.tasks AS SELECT %s, held_by AS holder FROM public.tasks', others);
    END $$;
    GRANT SELECT, INSERT, UPDATE, DELETE ON newer.tasks TO guichet_server";

/// The migrations of the product, and from one phase to the next those of the test.
struct Migrations {
    scratch: Scratch,
    url: String,
}

impl Migrations {
    fn new(url: &str) -> Self {
        let all = Self { scratch: Scratch::new("upgrade"), url: url.to_owned() };
        std::fs::create_dir(all.scratch.path("migrations")).expect("a folder");
        all.add(&Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations"));
        all
    }

    fn add(&self, folder: &Path) {
        for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
            let to = self.scratch.path("migrations").join(entry.file_name());
            std::fs::create_dir(&to).expect("a folder");
            for file in std::fs::read_dir(entry.path()).expect("a folder").flatten() {
                std::fs::copy(file.path(), to.join(file.file_name())).expect("copied");
            }
        }
    }

    async fn run(&self, phase: &str) {
        let own: PathBuf = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/rolling_upgrade/migrations");
        self.add(&own.join(phase));
        let done = migrate_from(&self.url, &self.scratch.path("migrations")).await;
        done.unwrap_or_else(|e| panic!("{phase}: {e:?}"));
    }
}

/// Clerk's work, through two servers at once.
#[derive(Default)]
struct Work {
    done: RefCell<Vec<String>>,
    rounds: Cell<usize>,
    over: Cell<bool>,
}

impl Work {
    /// Work goes on while something else happens, and a little longer.
    async fn beside<R>(&self, one: &Client, other: &Client, what: impl Future<Output = R>) -> R {
        self.over.set(false);
        self.rounds.set(0);
        let something = async {
            let done = what.await;
            self.over.set(true);
            done
        };
        let (result, (), ()) = tokio::join!(something, self.go_on(one, other), self.go_on(other, one));
        result
    }

    async fn go_on(&self, one: &Client, other: &Client) {
        while !self.over.get() || self.rounds.get() < ROUNDS {
            let id = round(one, other).await;
            self.done.borrow_mut().push(id);
            self.rounds.set(self.rounds.get() + 1);
        }
    }
}

/// A case from its beginning to its end: each server sees what the other did the moment before.
async fn round(one: &Client, other: &Client) -> String {
    let case = one.residence(NEWCOMER).await;
    let task = other.task_of(CLERK, &case).await;
    let claim = format!("/v1/tasks/{task}/claim");
    let finish = format!("/v1/tasks/{task}/completion");
    let confirm = json!({"outcome": "confirm"});
    other.post(CLERK, &finish, &confirm).await.expect(403);
    one.by(CLERK, "POST", &claim).send().await.expect(200);
    let queue = other.get(CLERK, "/v1/tasks?mine=true&limit=200").await.expect(200).json;
    let found = queue["items"].as_array().expect("a page").iter().any(|t| t["id"] == task.as_str());
    assert!(found, "{task} is not in {queue}");
    other.by(CLERK, "DELETE", &claim).send().await.expect(200);
    one.post(CLERK, &finish, &confirm).await.expect(403);
    other.by(CLERK, "POST", &claim).send().await.expect(200);
    one.post(CLERK, &finish, &confirm).await.expect(200);
    let seen = other.get(NEWCOMER, &case.path("")).await.expect(200).json;
    assert_eq!(seen["status"], "closed", "{seen}");
    case.id
}

/// A server that has to have gone on without a fault.
#[track_caller]
fn undisturbed(server: &Server) {
    let log = server.log();
    let fault = log.lines().find(|line| line.contains("\"level\":\"ERROR\""));
    assert_eq!(fault, None);
}

#[actix_web::test]
async fn a_column_gets_another_name_while_two_versions_work_on_it() {
    let (url, data) = (database_url(), settings(&[]).data);
    let newer_url = format!("{url}&options=-c%20search_path%3Dnewer%2Cpublic");
    let (older_settings, newer_settings) = ([("DATABASE_URL", url.as_str())], [("DATABASE_URL", newer_url.as_str())]);
    let migrations = Migrations::new(&url);
    let work = Work::default();
    let first = Server::start(&data, &older_settings).await;
    let second = Server::start(&data, &older_settings).await;

    // Before: tasks in somebody's hands, and a case that takes part in all of it.
    let mut held = Vec::new();
    for _ in 0..HELD {
        let (case, task) = first.claimed_task().await;
        held.push((case.id, task));
    }
    let mutation = Mutation::of_rahim(&first).to(Point::CourtPaid).await.id;

    // Expand: the servers that run do not notice, and one that starts again says so and goes on.
    work.beside(&first, &second, migrations.run("expand")).await;
    undisturbed(&second);
    second.stop();
    let second = Server::start(&data, &older_settings).await;
    let said = second.log();
    assert!(said.contains("goes on beside it") && said.contains("20990101000001"), "{said}");
    let case = Mutation::of_rahim(&second).resumed(&mutation);
    work.beside(&first, &second, case.go(Point::CourtPaid, Point::NoticePaid)).await;
    let unmoved = "SELECT count(*) FROM tasks WHERE held_by IS DISTINCT FROM holder";
    assert_eq!(first.count(unmoved).await, i64::try_from(HELD).expect("a number"), "only what nobody touched");

    // Move: in batches, under work.
    work.beside(&first, &second, migrations.run("move")).await;
    assert_eq!(first.count(unmoved).await, 0);

    // The newer version comes, beside the older one; each sees at once what the other does.
    first.execute(NEWER).await;
    let newer = Server::start(&data, &newer_settings).await;
    let case = Mutation::of_rahim(&newer).resumed(&mutation);
    work.beside(&first, &newer, case.go(Point::NoticePaid, Point::Reported)).await;
    let case = Mutation::of_rahim(&second).resumed(&mutation);
    work.beside(&second, &newer, case.go(Point::Reported, Point::Surveyed)).await;
    assert_eq!(first.count(unmoved).await, 0);

    // The older one goes; then, and only then, contract.
    undisturbed(&first);
    undisturbed(&second);
    first.stop();
    second.stop();
    let third = Server::start(&data, &newer_settings).await;
    work.beside(&newer, &third, migrations.run("contract")).await;
    let said = refused(&data, &older_settings);
    assert!(said.contains("has removed from this database") && said.contains("20990103000001contract"), "{said}");
    let case = Mutation::of_rahim(&third).resumed(&mutation);
    work.beside(&newer, &third, case.go(Point::Surveyed, Point::Issued)).await;

    nothing_is_lost(&newer, &work.done.take(), &held).await;
    assert_eq!(case.view().await["end"]["id"], "issued");
    undisturbed(&newer);
    undisturbed(&third);
}

/// What was acknowledged through whichever server is there, and what was held is still in the same hands.
async fn nothing_is_lost(server: &Client, done: &[String], held: &[(String, String)]) {
    println!("{} cases went through two servers", done.len());
    let closed = format!(
        "SELECT count(*) FROM cases WHERE status = 'closed' AND ending IS NOT NULL AND id IN ('{}')",
        done.join("', '")
    );
    assert_eq!(server.count(&closed).await, i64::try_from(done.len()).expect("a number"));
    for (case, task) in held {
        let finish = format!("/v1/tasks/{task}/completion");
        server.post(CLERK, &finish, &json!({"outcome": "confirm"})).await.expect(200);
        assert_eq!(server.get(NEWCOMER, &format!("/v1/cases/{case}")).await.expect(200).json["status"], "closed");
    }
}

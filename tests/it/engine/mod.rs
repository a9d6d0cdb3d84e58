//! The engine through its public face, without server or database: every definition in `services/` under random use,
//! the decider's rules one by one, the legal clock, the checker and the schema for editors.

mod alarms;
mod asked;
mod bench;
mod branches;
mod checker;
mod children;
mod clock;
mod decider;
mod disclosed;
mod explain;
mod explore;
mod findings;
mod heard;
mod invariants;
mod joint;
mod land;
mod lateness;
mod laws;
mod limits;
mod meetings;
mod moves;
mod mutants;
mod play;
mod raised;
mod refunds;
mod routes;
mod scene;
mod schema;
mod tables;
mod ties;
mod versions;
mod votes;
mod waits;
mod ways;

use std::path::Path;

use guichet::engine::definition::Files;

/// Every definition file of the checkout, by its path under `services/`.
fn files() -> Files {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("services");
    guichet::catalogue::folder::read(&folder).expect("the definitions can be read")
}

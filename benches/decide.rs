//! How long one decision takes, on one thread: the scenarios of every service, played again and again. `cargo bench`.

use std::path::Path;
use std::time::Instant;

use guichet::catalogue::folder;
use guichet::engine::check::services;
use guichet::engine::definition::{Country, compile};
use guichet::engine::scenario::run_all;

const ROUNDS: u32 = 50;

fn main() {
    let files = folder::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("services")).expect("the services are read");
    let country = Country::read(&files).expect("the country is in order");
    for service in services(&files) {
        let mut definition = compile(&service, &files, &country).expect("the definition is in order");
        let started = Instant::now();
        let mut scenarios = 0;
        for _ in 0..ROUNDS {
            scenarios += run_all(&mut definition, &files).expect("the scenarios come out as written");
        }
        let micros = started.elapsed().as_micros() / u128::try_from(scenarios.max(1)).unwrap_or(1);
        println!("{service}: {micros} µs a scenario, its reading included");
    }
}

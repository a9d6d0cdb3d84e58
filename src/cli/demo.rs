//! `guichet demo`: plays what citizens and officers do, over HTTP, against the server that runs. Promises that every
//! answer is compared with what it should be: the first that differs ends the play and its exit status. It may be played
//! again and again against one database: nothing is sold out, nothing is left half done.

mod certificate;
mod client;
mod land;
mod licence;
mod office;
mod papers;
mod remedies;
mod sellers;
mod stage;

use std::process::ExitCode;

use client::{Client, Failure, Result};
use stage::Stage;

use crate::access::Keys;
use crate::kernel::settings::Settings;

/// Who plays.
const PEOPLE: [&str; 12] =
    ["rahim", "karim", "mita", "bashir", "sohel", "kamal", "anwar", "mahbub", "rina", "tania", "gias", "nila"];

/// Plays everything; success where all was as it should be.
pub async fn run(settings: &Settings) -> ExitCode {
    match play(settings).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure::Away(why)) => {
            let url = &settings.public_url;
            eprintln!("guichet: the server at {url} is not reached ({why}).");
            eprintln!("  Start it in another shell with `make run`, or with `cargo run --release -- serve`;");
            eprintln!("  where it has another address, set GUICHET_PUBLIC_URL for this command too.");
            ExitCode::FAILURE
        }
        Err(Failure::Unready(why)) => {
            eprintln!("guichet: the demo cannot be played: {why}");
            ExitCode::FAILURE
        }
        Err(failure) => {
            eprintln!("guichet: the demo differs from what it should be.\n  {failure}");
            ExitCode::FAILURE
        }
    }
}

async fn play(settings: &Settings) -> Result<()> {
    let client = Client::new(&settings.public_url)?;
    // First of all whether somebody is there: without a server no keys are to be made in an empty folder.
    client.get(None, "/v1/services").await?;
    let mut stage = Stage::open(client, settings, &Keys::open(&settings.data)?, &PEOPLE)?;
    let sellers = sellers::read(&settings.services)?;

    stage.title("A plot is sold: from the first fee to the khatian");
    let khatian = land::sale(&stage, &sellers).await?;
    stage.title("The seller holds too little: rejected with reasons");
    let rejected = land::rejection(&stage, &sellers).await?;
    stage.title("Land is inherited: a claim is heard first");
    let inherited = remedies::inheritance(&stage, &sellers).await?;
    stage.title("Papers are missing: rejected, and the same case again");
    let reopened = remedies::reopened(&stage, &sellers).await?;
    stage.title("The seller appeals: the register is put right");
    let corrected = remedies::corrected(&stage, &sellers).await?;
    stage.title("Time passes: the form does not come");
    let lapsed = land::lapse(&stage).await?;
    stage.title("An organisation asks for a licence to trade");
    let licence = licence::granted(&mut stage).await?;

    let url = &settings.public_url;
    println!("\nAll was as it should be.");
    println!("  mutation        {}  issued", khatian.reference);
    println!("  mutation        {rejected}  rejected");
    println!("  mutation        {inherited}  inherited");
    println!("  mutation        {reopened}  reopened");
    println!("  mutation        {corrected}  set aside on appeal");
    println!("  mutation        {lapsed}  lapsed");
    println!("  trade licence   {}  licensed", licence.reference);
    println!("  the khatian     {url}/v1/certificates/{}", khatian.code);
    println!("  the licence     {url}/v1/certificates/{}", licence.code);
    Ok(())
}

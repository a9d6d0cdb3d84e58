//! `guichet check`: every fault of a folder of definitions, one a line; where there is none, a procedure as it is read or drawn.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use jiff::SignedDuration;

use crate::catalogue;
use crate::engine::definition::{Country, Files, compile};
use crate::engine::{check, diagram, explain};
use crate::kernel::Clock;
use crate::kernel::clock::machine_now;

/// What is printed of definitions that are in order.
#[derive(Debug, Default)]
pub struct Shown {
    pub explain: bool,
    pub diagram: bool,
    /// Cases are not walked through.
    pub quick: bool,
    /// Of this service alone.
    pub service: Option<String>,
    /// In this language alone.
    pub language: Option<String>,
}

pub fn run(folder: &Path, shown: &Shown) -> ExitCode {
    let files = match catalogue::folder::read(folder) {
        Ok(files) => files,
        Err(error) => {
            eprintln!("guichet: {}", super::sentence(&error));
            return ExitCode::FAILURE;
        }
    };
    match catalogue::check(&files, Clock::default().now()) {
        Ok(checked) => {
            let is_shown = shown.explain || shown.diagram;
            for done in &checked {
                let line = format!("{}: in order, {} scenarios come out as written", done.service, done.scenarios);
                // What is shown is for a file or a pager.
                if is_shown {
                    eprintln!("{line}")
                } else {
                    println!("{line}")
                }
                if let Some(warning) = &done.warning {
                    eprintln!("guichet: warning: {warning}");
                }
            }
            if checked.is_empty() {
                eprintln!("guichet: there is no service in {}", folder.display());
                return ExitCode::FAILURE;
            }
            let services = checked.iter().map(|done| done.service.as_str());
            if is_shown {
                show(&files, services, shown)
            } else if shown.quick {
                ExitCode::SUCCESS
            } else {
                explore(folder, &files, &services.collect::<Vec<_>>())
            }
        }
        Err(findings) => {
            for finding in &findings {
                println!("{}/{finding}", folder.display());
            }
            eprintln!("guichet: {} faults", findings.len());
            ExitCode::FAILURE
        }
    }
}

/// How long all services are explored together.
const EXPLORED_FOR: SignedDuration = SignedDuration::from_secs(60);

/// Walks the ways that cases can take; what one service leaves of its time the next ones have.
fn explore(folder: &Path, files: &Files, services: &[&str]) -> ExitCode {
    let Ok(country) = Country::read(files) else { return ExitCode::FAILURE };
    let begun = machine_now();
    let spent = || machine_now().duration_since(begun);
    let mut faults = 0;
    for (at, id) in services.iter().enumerate() {
        let left = i32::try_from(services.len() - at).unwrap_or(1);
        let until = spent() + (EXPLORED_FOR - spent()).max(SignedDuration::ZERO) / left;
        match check::explore(id, files, &country, &mut |_| spent() < until) {
            Ok(found) if found.states == 0 => println!("{id}: not explored, it has no scenario of its own"),
            Ok(found) if found.capped => {
                println!("{id}: explored in part, {} states and nothing amiss in them; there are more", found.states)
            }
            Ok(found) => println!("{id}: explored, {} states and nothing amiss", found.states),
            Err(findings) => {
                findings.iter().for_each(|finding| println!("{}/{finding}", folder.display()));
                faults += findings.len();
            }
        }
    }
    if faults > 0 {
        eprintln!("guichet: {faults} faults");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// Prints a text; false where nobody reads on.
fn put(text: &str) -> bool {
    std::io::stdout().lock().write_all(text.as_bytes()).is_ok()
}

/// Prints the services that are wanted, in the languages that are wanted.
fn show<'s>(files: &Files, services: impl Iterator<Item = &'s str>, shown: &Shown) -> ExitCode {
    let mut printed = 0;
    for id in services.filter(|id| shown.service.as_deref().is_none_or(|wanted| wanted == *id)) {
        // Both were found in order a moment ago.
        let Ok(country) = Country::read(files) else { continue };
        let Ok(def) = compile(id, files, &country) else { continue };
        let wanted = |language: &&String| shown.language.as_ref().is_none_or(|only| only == *language);
        for language in def.languages.iter().filter(wanted).filter(|_| shown.explain) {
            if !put(&format!("{}\n", explain::markdown(&def, &country, language))) {
                return ExitCode::SUCCESS;
            }
            printed += 1;
        }
        if let Some(language) = def.languages.iter().find(wanted).filter(|_| shown.diagram) {
            if !put(&format!("```mermaid\n{}```\n\n", diagram::mermaid(&def, language))) {
                return ExitCode::SUCCESS;
            }
            printed += 1;
        }
    }
    if printed == 0 {
        eprintln!("guichet: there is no such service in that language");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

//! `guichet check`: every fault of a folder of definitions, one a line; where there is none, a procedure as it is read or drawn.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;

use crate::catalogue;
use crate::engine::definition::{Country, Files, compile};
use crate::engine::{diagram, explain};
use crate::kernel::Clock;

/// What is printed of definitions that are in order.
#[derive(Debug, Default)]
pub struct Shown {
    pub explain: bool,
    pub diagram: bool,
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
            if is_shown { show(&files, services, shown) } else { ExitCode::SUCCESS }
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

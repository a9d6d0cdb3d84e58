//! `guichet check`: every fault of a folder of definitions, one a line.

use std::path::Path;
use std::process::ExitCode;

use crate::catalogue;
use crate::kernel::Clock;

pub fn run(folder: &Path) -> ExitCode {
    let files = match catalogue::folder::read(folder) {
        Ok(files) => files,
        Err(error) => {
            eprintln!("guichet: {}", super::sentence(&error));
            return ExitCode::FAILURE;
        }
    };
    match catalogue::check(&files, Clock::default().now()) {
        Ok(checked) => {
            for done in &checked {
                println!("{}: in order, {} scenarios come out as written", done.service, done.scenarios);
                if let Some(warning) = &done.warning {
                    eprintln!("guichet: warning: {warning}");
                }
            }
            if checked.is_empty() {
                eprintln!("guichet: there is no service in {}", folder.display());
                return ExitCode::FAILURE;
            }
            ExitCode::SUCCESS
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

//! Front door for operators: serve, migrate, backup, restore, check, migrate-cases, demo, token. Thin, over the same use cases as the API.

pub mod args;
mod backup;
mod check;
mod demo;
mod descriptors;
mod serve;
mod token;

use std::process::ExitCode;

use args::Command;

use crate::kernel::roots;
use crate::kernel::settings::Settings;

pub use serve::{Running, context, start, start_at};

/// Runs a command; its exit status says whether it went well.
pub async fn run(command: Command) -> ExitCode {
    let settings = match settings() {
        Ok(settings) => settings,
        Err(sentence) => return fail(&sentence),
    };
    let done = match command {
        Command::Check { folder, explain, diagram, quick, service, language } => {
            let shown = check::Shown { explain, diagram, quick, service, language };
            return check::run(&folder.unwrap_or(settings.services), &shown);
        }
        Command::Serve => serve::run(settings).await,
        Command::Migrate => serve::migrate(&settings).await,
        Command::Backup { folder } => backup::backup(&settings, &folder).await,
        Command::Restore { folder } => backup::restore(&settings, &folder).await,
        Command::MigrateCases { service, to, dry_run } => serve::migrate_cases(settings, &service, &to, dry_run).await,
        Command::Token { name } => token::run(&settings, &name),
        Command::Demo => return demo::run(&settings).await,
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&sentence(&error)),
    }
}

/// An error with what caused it, for the terminal of an operator.
pub(crate) fn sentence(error: &crate::kernel::Error) -> String {
    match error {
        crate::kernel::Error::Internal(source) => source.to_string(),
        other => other.to_string(),
    }
}

fn settings() -> Result<Settings, String> {
    let settings = Settings::read(&|name| std::env::var(name).ok()).map_err(|fault| fault.to_string())?;
    for name in Settings::unknown(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok())) {
        eprintln!("guichet: {name} is no setting of this version; see guichet --help");
    }
    if let Some(file) = &settings.ca_file {
        roots::trust(file).map_err(|error| sentence(&error))?;
    }
    Ok(settings)
}

fn fail(sentence: &str) -> ExitCode {
    eprintln!("guichet: {sentence}");
    ExitCode::FAILURE
}

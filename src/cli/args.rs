//! The command line: which sub-command, and nothing more. Settings come from the environment.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::kernel::settings::table;

/// The back end on which a public administration delivers its services.
#[derive(Debug, Parser)]
#[command(name = "guichet", version, after_help = table::help(), arg_required_else_help = false)]
pub struct Args {
    /// Without one the server starts.
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Clone, PartialEq, Eq, Subcommand)]
pub enum Command {
    /// Starts the server (the default).
    Serve,
    /// Brings the database up to this version and ends.
    Migrate,
    /// Copies database, documents and, encrypted, the keys into a folder; beside a running server or without one.
    Backup {
        /// A new or empty folder.
        folder: PathBuf,
    },
    /// Brings a backup back, into an empty database and a new `GUICHET_DATA`.
    Restore {
        /// The folder of the backup.
        folder: PathBuf,
    },
    /// Checks service definitions; exit status 1 where there is a fault.
    Check {
        /// The folder; default `GUICHET_SERVICES`.
        folder: Option<PathBuf>,
        /// Prints each procedure as it is read: Markdown, in every language.
        #[arg(long)]
        explain: bool,
        /// Prints each procedure as it is drawn: Mermaid, in its first language.
        #[arg(long)]
        diagram: bool,
        /// Leaves out the walk through all that cases can do, which takes up to a minute.
        #[arg(long)]
        quick: bool,
        /// Of this service alone.
        #[arg(long)]
        service: Option<String>,
        /// In this language alone.
        #[arg(long)]
        language: Option<String>,
    },
    /// Takes running cases of a service over to another version, those that fit.
    MigrateCases {
        /// The service.
        service: String,
        /// The version that they go on under.
        #[arg(long)]
        to: String,
        /// Only says which fit, which do not, and why.
        #[arg(long)]
        dry_run: bool,
    },
    /// Plays the demo against the server at `GUICHET_PUBLIC_URL`.
    Demo,
    /// Prints a token of the development issuer for somebody of the demo.
    Token {
        /// A name of the demo, such as rahim.
        name: String,
    },
}

impl Args {
    /// The command; without one, `serve`.
    #[must_use]
    pub fn command(self) -> Command {
        self.command.unwrap_or(Command::Serve)
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;
    use crate::kernel::settings::SETTINGS;

    fn command(words: &[&str]) -> Option<Command> {
        Args::try_parse_from([&["guichet"], words].concat()).ok().map(Args::command)
    }

    #[test]
    fn serving_is_the_default() {
        <Args as CommandFactory>::command().debug_assert();
        assert_eq!(command(&[]), Some(Command::Serve));
        assert_eq!(command(&["serve"]), Some(Command::Serve));
        let check = |folder: Option<&str>, explain| Command::Check {
            folder: folder.map(PathBuf::from),
            explain,
            diagram: false,
            quick: false,
            service: None,
            language: None,
        };
        assert_eq!(command(&["check"]), Some(check(None, false)));
        assert_eq!(command(&["check", "services", "--explain"]), Some(check(Some("services"), true)));
        assert_eq!(command(&["token", "rahim"]), Some(Command::Token { name: "rahim".into() }));
        assert_eq!(command(&["token"]), None);
        assert_eq!(command(&["backup", "copy"]), Some(Command::Backup { folder: "copy".into() }));
        assert_eq!(command(&["restore", "copy"]), Some(Command::Restore { folder: "copy".into() }));
        assert_eq!(command(&["restore"]), None);
        let moves = |dry_run| Command::MigrateCases { service: "land-mutation".into(), to: "2027.1".into(), dry_run };
        assert_eq!(command(&["migrate-cases", "land-mutation", "--to", "2027.1"]), Some(moves(false)));
        assert_eq!(command(&["migrate-cases", "land-mutation", "--to", "2027.1", "--dry-run"]), Some(moves(true)));
        assert_eq!(command(&["migrate-cases", "land-mutation"]), None);
        assert_eq!(command(&["sing"]), None);
    }

    #[test]
    fn the_help_shows_every_setting() {
        let help = <Args as CommandFactory>::command().render_help().to_string();
        for setting in SETTINGS {
            assert!(help.contains(setting.name) && help.contains(setting.default), "{}", setting.name);
        }
    }
}

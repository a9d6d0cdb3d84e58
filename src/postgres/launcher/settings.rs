//! What the server is started with: the settings that make it ours, and those that a caller may change.

use std::path::Path;

use super::{error::LaunchError, folder::PORT};

/// Our defaults. One server of a developer or a small office; sizes are PostgreSQL's units.
const DEFAULTS: [(&str, &str); 9] = [
    ("max_connections", "100"),
    ("shared_buffers", "256MB"),
    ("idle_in_transaction_session_timeout", "60s"),
    ("timezone", "UTC"),
    ("log_timezone", "UTC"),
    ("log_checkpoints", "off"),
    // Statements and the DETAIL of an error carry what people stated; neither belongs in a log.
    ("log_min_error_statement", "panic"),
    ("log_error_verbosity", "terse"),
    ("log_parameter_max_length_on_error", "0"),
];

/// What no caller changes: nothing that was confirmed may be lost, nobody else may connect, and we must find it.
const FIXED: [(&str, &str); 4] =
    [("fsync", "on"), ("full_page_writes", "on"), ("listen_addresses", ""), ("unix_socket_permissions", "0700")];

/// Further settings that would lead the server away from its folder.
const ELSEWHERE: [&str; 8] = [
    "port",
    "unix_socket_directories",
    "cluster_name",
    "data_directory",
    "config_file",
    "hba_file",
    "ident_file",
    "external_pid_file",
];

/// Refuses what is fixed and what is no setting at all.
pub(super) fn check(wanted: &[(String, String)]) -> Result<(), LaunchError> {
    for (name, _) in wanted {
        let spelt = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_.".contains(c);
        if name.is_empty() || !name.chars().all(spelt) {
            return Err(LaunchError::Setting(name.clone()));
        }
        let fixed = FIXED.iter().map(|(name, _)| name).chain(&ELSEWHERE);
        if fixed.into_iter().any(|fixed| fixed == name) {
            return Err(LaunchError::FixedSetting(name.clone()));
        }
    }
    Ok(())
}

/// The values of `-c`. PostgreSQL takes the last word on each.
pub(super) fn arguments(app: &str, sockets: &Path, wanted: &[(String, String)]) -> Vec<String> {
    let own = [
        ("port", PORT.to_string()),
        // Chosen so that it needs no quoting.
        ("unix_socket_directories", sockets.display().to_string()),
        ("cluster_name", app.to_owned()),
    ];
    let defaults = DEFAULTS.iter().map(|(name, value)| format!("{name}={value}"));
    let wanted = wanted.iter().map(|(name, value)| format!("{name}={value}"));
    let fixed = FIXED.iter().map(|(name, value)| format!("{name}={value}"));
    let own = own.iter().map(|(name, value)| format!("{name}={value}"));
    defaults.chain(wanted).chain(fixed).chain(own).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(name: &str) -> Vec<(String, String)> {
        vec![(name.to_owned(), "off".to_owned())]
    }

    #[test]
    fn durability_and_privacy_are_not_for_the_caller() {
        for name in ["fsync", "full_page_writes", "listen_addresses", "port"] {
            let answer = check(&setting(name));
            assert!(matches!(answer, Err(LaunchError::FixedSetting(_))), "{name}");
        }
        // PostgreSQL would read the capital letters as the same setting.
        for name in ["", "Fsync", "a b", "fsync=off -c x"] {
            let answer = check(&setting(name));
            assert!(matches!(answer, Err(LaunchError::Setting(_))), "{name}");
        }
        assert!(check(&setting("synchronous_commit")).is_ok());
    }

    #[test]
    fn a_caller_overrides_a_default() {
        let wanted = vec![("shared_buffers".to_owned(), "16MB".to_owned())];
        let all = arguments("guichet", Path::new("/srv"), &wanted);
        let last = all.iter().rfind(|word| word.starts_with("shared_buffers="));
        assert_eq!(last.map(String::as_str), Some("shared_buffers=16MB"));
    }
}

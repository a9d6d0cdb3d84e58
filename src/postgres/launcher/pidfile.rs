//! `postmaster.pid`, as PostgreSQL's `src/include/utils/pidfile.h` lays it out: what a running server says of itself.

use std::path::PathBuf;

/// The lines we read; a server that is just starting has not written all of them yet.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PidFile {
    /// Line 1.
    pub pid: i32,
    /// Line 4.
    pub port: Option<u16>,
    /// Line 5; empty where the server has no Unix socket.
    pub socket_folder: Option<PathBuf>,
    /// Line 8 says `ready`; before it there is `starting`, after it `stopping`.
    pub ready: bool,
}

impl PidFile {
    /// `None` where the file does not even name a process.
    pub fn parse(text: &str) -> Option<Self> {
        let lines: Vec<&str> = text.lines().take(8).map(str::trim).collect();
        let line = |number: usize| lines.get(number - 1).copied().unwrap_or_default();
        let pid: i32 = line(1).parse().ok()?;
        Some(Self {
            // A server in single-user mode writes its pid negated.
            pid: pid.checked_abs().filter(|pid| *pid > 0)?,
            port: line(4).parse().ok(),
            socket_folder: Some(line(5)).filter(|folder| !folder.is_empty()).map(PathBuf::from),
            ready: line(8) == "ready",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const READY: &str = "4711\n/srv/data\n1762000000\n5432\n/srv\n\n   1234   5\nready   \n";

    #[test]
    fn a_ready_server_tells_where_it_listens() {
        let found = PidFile::parse(READY).expect("a whole file");
        assert_eq!((found.pid, found.port, found.ready), (4711, Some(5432), true));
        assert_eq!(found.socket_folder, Some(PathBuf::from("/srv")));
    }

    #[test]
    fn a_server_that_starts_or_stops_is_not_ready() {
        for word in ["starting", "stopping", "standby", ""] {
            let found = PidFile::parse(&READY.replace("ready", word)).expect("a whole file");
            assert!(!found.ready, "{word}");
        }
        assert!(PidFile::parse("4711\n/srv/data\n").is_some_and(|found| !found.ready));
    }

    #[test]
    fn a_file_without_a_process_is_nothing() {
        for text in ["", "\n", "0\n", "abc\n", "-2147483648\n", "99999999999\n"] {
            assert_eq!(PidFile::parse(text), None, "{text:?}");
        }
    }
}

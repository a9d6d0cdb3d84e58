//! Files and sockets that the process may have open at a time: many systems start a process with a thousand.

/// Beside the connections of clients: the database, documents, other systems.
const OTHERS: u64 = 1_024;

/// Asks the system for as many as the server's connections need; what it does not grant is told in the log, since the
/// server then has fewer connections than its operator believes.
pub(super) fn raise(connections: usize) {
    let wanted = connections as u64 + OTHERS;
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the kernel writes into a struct of ours, and reads it.
    let granted = unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) != 0 || limit.rlim_cur >= wanted {
            return;
        }
        limit.rlim_cur = wanted.min(limit.rlim_max);
        libc::setrlimit(libc::RLIMIT_NOFILE, &raw const limit) == 0
    };
    if !granted || limit.rlim_cur < wanted {
        tracing::warn!(
            wanted,
            limit = limit.rlim_max,
            "the system does not grant the files that GUICHET_CONNECTIONS needs"
        );
    }
}

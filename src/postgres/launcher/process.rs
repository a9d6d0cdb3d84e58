//! Children that cannot outlive us: how they are tied to this process, waited for and ended.

use std::{
    fs::File,
    io,
    os::{fd::AsRawFd, unix::process::CommandExt},
    process::{Child, Command, ExitStatus},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

/// How often a child or a file is looked at while we wait for it.
pub(super) const PAUSE: Duration = Duration::from_millis(5);

/// How a child is asked to end, more and more firmly, and how long each request is given: a fast shutdown, an
/// immediate one (the next start recovers from the log), the kernel.
const FIRMNESS: [(i32, Duration); 3] = [
    (libc::SIGINT, Duration::from_secs(30)),
    (libc::SIGQUIT, Duration::from_secs(10)),
    (libc::SIGKILL, Duration::from_secs(5)),
];

/// Makes the child receive `signal` when the thread that spawns it ends, and lets it and its descendants hold `lock`
/// for as long as any of them lives.
pub(super) fn tie(command: &mut Command, signal: i32, lock: &File) -> io::Result<()> {
    // Ours is closed in the child by exec, as it should be in every other child; this copy stays open.
    let lock = lock.try_clone()?;
    let parent = std::process::id();
    // In a group of its own, so that the Ctrl-C meant for us does not reach it before we have finished with it.
    command.process_group(0);
    let prepare = move || {
        // SAFETY: fcntl is async-signal-safe, and the closure keeps the descriptor open.
        if unsafe { libc::fcntl(lock.as_raw_fd(), libc::F_SETFD, 0) } == -1 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: both are plain system calls without memory of ours. Who changes a uid loses the death signal, so
        // this must come after; the standard library runs the closure last.
        #[cfg(target_os = "linux")]
        unsafe {
            if libc::prctl(libc::PR_SET_PDEATHSIG, signal) == -1 {
                return Err(io::Error::last_os_error());
            }
            if i64::from(libc::getppid()) != i64::from(parent) {
                // We died between fork and prctl: nobody is left to send the signal.
                return Err(io::Error::from_raw_os_error(libc::ESRCH));
            }
        }
        Ok(())
    };
    // SAFETY: the closure makes system calls only; it neither allocates nor takes a lock.
    unsafe { command.pre_exec(prepare) };
    Ok(())
}

/// A child together with the thread that spawned it. The death signal is bound to that thread, not to the process, so
/// it stays until the child is dropped here.
#[derive(Debug)]
pub(super) struct Kept {
    child: Child,
    /// Dropping it lets the thread go.
    _release: mpsc::Sender<()>,
}

impl Kept {
    pub fn spawn(mut command: Command) -> io::Result<Self> {
        let (release, held) = mpsc::channel::<()>();
        let (tell, told) = mpsc::sync_channel(1);
        thread::Builder::new().name("postgres-keeper".to_owned()).spawn(move || {
            if tell.send(command.spawn()).is_ok() {
                // Nothing is ever sent: this returns when the other end is dropped.
                let _ = held.recv();
            }
        })?;
        let child = told.recv().map_err(|_| io::Error::other("the thread that spawns it has ended"))??;
        Ok(Self { child, _release: release })
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Its status, once it has ended.
    pub fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Asks it to end and waits, at most 45 s in all.
    pub fn end(mut self) {
        for (signal, patience) in FIRMNESS {
            if !matches!(self.child.try_wait(), Ok(None)) {
                return;
            }
            let Ok(pid) = i32::try_from(self.child.id()) else {
                return;
            };
            // SAFETY: a plain system call; the child has not been waited for, so its pid is still its own.
            unsafe { libc::kill(pid, signal) };
            if !matches!(wait(&mut self.child, patience), Ok(None)) {
                return;
            }
        }
    }
}

/// Waits at most `patience`; `None` when the child is still there.
pub(super) fn wait(child: &mut Child, patience: Duration) -> io::Result<Option<ExitStatus>> {
    let start = Instant::now();
    loop {
        let status = child.try_wait()?;
        if status.is_some() || start.elapsed() >= patience {
            return Ok(status);
        }
        thread::sleep(PAUSE);
    }
}

/// Whether any process has this pid, ours or not.
pub(super) fn is_alive(pid: i32) -> bool {
    // SAFETY: signal 0 is sent to nobody, it only asks.
    let answer = unsafe { libc::kill(pid, 0) };
    answer == 0 || io::Error::last_os_error().raw_os_error() == Some(libc::EPERM)
}

/// Ends a child that there is no reason to be polite to.
pub(super) fn abandon(child: &mut Child) {
    // Either it has ended already, or nothing more can be done.
    let _ = child.kill();
    let _ = child.wait();
}

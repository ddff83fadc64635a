use std::time::{Duration, Instant};

use crate::{
    ProcessIdentity, Usage,
    census::{self, strike},
};

/// How the leader of a group ended, as the kernel says it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Ending {
    pub(crate) code: Option<i32>,
    pub(crate) signal: Option<i32>,
    pub(crate) usage: Usage,
}

/// A started process that leads its own group and is this process's child. Until it is
/// reaped its number, and so its group's, belongs to nobody else: signals to the group
/// cannot hit a stranger.
///
/// Dropped, it is killed with its group, and leaves no zombie; with notice, not before that
/// is over.
#[derive(Debug)]
pub(crate) struct Leader {
    pid: i32,
    reaped: bool,
    /// How long it may go on when it is dropped; none: it is killed.
    notice: Option<Duration>,
}

impl Leader {
    pub(crate) fn new(pid: i32) -> Self {
        Self {
            pid,
            reaped: false,
            notice: None,
        }
    }

    /// Lets it go on for so long when it is dropped.
    pub(crate) fn with_notice(mut self, notice: Option<Duration>) -> Self {
        self.notice = notice;
        self
    }

    /// Sends a signal to the whole group.
    pub(crate) fn signal(&self, signal: i32) {
        if !self.reaped {
            // SAFETY: plain system call; the group's number is held by the unreaped leader.
            unsafe { libc::kill(-self.pid, signal) };
        }
    }

    /// Sends a signal to those that left the group, for example with `setsid`.
    pub(crate) fn signal_strays(&self, identity: &ProcessIdentity, signal: i32) {
        for member in census::members(identity) {
            if member.group != self.pid {
                // One that is gone, or another user's by now, cannot be helped.
                let _ = strike(member, signal);
            }
        }
    }

    /// Whether it has ended; it stays unreaped.
    pub(crate) fn has_ended(&self) -> bool {
        if self.reaped {
            return true;
        }
        // SAFETY: all zeroes is a valid `siginfo_t`, which `waitid` fills in.
        let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
        let Ok(id) = libc::id_t::try_from(self.pid) else {
            return true;
        };
        let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
        // SAFETY: `info` is valid for writing.
        let answer = unsafe { libc::waitid(libc::P_PID, id, &mut info, options) };
        if answer != 0 {
            // Somebody else reaped it (ECHILD): it has ended. Otherwise it is not known yet.
            return std::io::Error::last_os_error().raw_os_error() == Some(libc::ECHILD);
        }
        info.si_signo == libc::SIGCHLD
    }

    /// Takes the leader's end from the kernel, if there is one. Afterwards the group
    /// cannot be signalled any more.
    pub(crate) fn reap(&mut self) -> Option<Ending> {
        if self.reaped {
            return Some(Ending::default());
        }
        let mut status = 0;
        // SAFETY: all zeroes is a valid `rusage`.
        let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
        // SAFETY: both pointers are valid for writing.
        let answer = unsafe { libc::wait4(self.pid, &mut status, libc::WNOHANG, &mut usage) };
        if answer == 0 {
            return None;
        }
        self.reaped = true;
        if answer < 0 {
            return Some(Ending::default());
        }
        Some(Ending {
            code: libc::WIFEXITED(status).then(|| libc::WEXITSTATUS(status)),
            signal: libc::WIFSIGNALED(status).then(|| libc::WTERMSIG(status)),
            usage: Usage {
                user: duration(usage.ru_utime),
                system: duration(usage.ru_stime),
                peak_memory: peak_memory(usage.ru_maxrss),
            },
        })
    }
}

impl Drop for Leader {
    fn drop(&mut self) {
        if self.notice.is_none() {
            self.signal(libc::SIGKILL);
        }
        if self.reap().is_none() {
            // It takes a moment to die. Waiting here would hold up every other process,
            // and for ever if it hangs in the kernel; so somebody else waits.
            let pid = self.pid;
            let notice = self.notice;
            let waiter = move || {
                if let Some(notice) = notice {
                    give_notice(pid, notice);
                }
                // SAFETY: a null status is allowed; the child is reaped by nobody else.
                while unsafe { libc::waitpid(pid, std::ptr::null_mut(), 0) } < 0
                    && std::io::Error::last_os_error().kind() == std::io::ErrorKind::Interrupted
                {
                }
            };
            let _ = std::thread::Builder::new()
                .name("reaper".to_owned())
                .stack_size(64 * 1024)
                .spawn(waiter);
        }
    }
}

/// Waits so long for the end of this child, which nobody else reaps, then kills its group.
fn give_notice(pid: i32, notice: Duration) {
    let mut leader = Leader::new(pid);
    let end = Instant::now() + notice;
    while !leader.has_ended() && Instant::now() < end {
        std::thread::sleep(Duration::from_millis(5));
    }
    // Its number, and so the group's, is still its own.
    leader.signal(libc::SIGKILL);
    // Somebody else does.
    leader.reaped = true;
}

fn duration(time: libc::timeval) -> Duration {
    Duration::new(
        u64::try_from(time.tv_sec).unwrap_or(0),
        u32::try_from(time.tv_usec).unwrap_or(0) * 1000,
    )
}

fn peak_memory(reported: libc::c_long) -> u64 {
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    u64::try_from(reported).unwrap_or(0) * unit
}

use std::{
    io,
    time::{Duration, Instant},
};

use crate::{
    ProcessIdentity,
    census::{self, Member},
};

/// For one that comes to its end by itself.
const LET_FINISH: Duration = Duration::from_secs(30);

/// What [`sweep`] found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Swept {
    /// Nothing was left.
    Clean,
    /// So many processes were killed.
    Killed(usize),
    /// This system does not tell which process is which; nothing was touched.
    Unknown,
}

/// Kills what is left of a process that an earlier `cm` started and did not see end:
/// the process itself, its group, and whatever it started that still carries its mark,
/// wherever that went. A process that only has the same number is never touched.
///
/// It blocks until they are gone, for half a minute at most, so that the next attempt
/// does not meet the last one. Also useful after a turn, against servers that an agent
/// left running.
///
/// # Errors
/// When a process that belongs to it is still alive afterwards, or must not be killed
/// by this user.
pub fn sweep(identity: &ProcessIdentity) -> io::Result<Swept> {
    if identity.started == 0 {
        return Ok(Swept::Unknown);
    }
    sweep_all(|| census::members(identity))
}

/// As [`sweep`], for what was started and not yet known when `cm` ended: kills every
/// process whose environment has this variable with this value, which must be one that
/// nothing else has, such as an idempotency key.
///
/// # Errors
/// As for [`sweep`].
pub fn sweep_carriers(name: &str, value: &str) -> io::Result<Swept> {
    let variable = format!("{name}={value}");
    sweep_all(|| census::carriers(&variable))
}

/// The living processes whose environment has this variable, and what it says there.
/// Never this process or one that it runs under; none where the system does not tell.
pub fn bearers(name: &str) -> Vec<(u32, String)> {
    let found = census::bearers(name).into_iter();
    let mut found: Vec<_> = found
        .map(|(member, value)| (member.pid.unsigned_abs(), value))
        .collect();
    found.sort();
    found
}

fn sweep_all(look: impl Fn() -> Vec<Member>) -> io::Result<Swept> {
    if !cfg!(target_os = "linux") {
        return Ok(Swept::Unknown);
    }
    let mut killed = 0;
    let mut last = 0;
    // A process may have started another between the look and the blow.
    for _ in 0..8 {
        let members = look();
        if members.is_empty() {
            return Ok(if killed == 0 {
                Swept::Clean
            } else {
                Swept::Killed(killed)
            });
        }
        for member in members {
            last = member.pid;
            killed += usize::from(end(member)?);
        }
    }
    Err(io::Error::other(format!(
        "process {last} or one that it started is still alive after it was killed"
    )))
}

/// Kills this process and waits for its end, unless it is gone already. One that comes to
/// its end by itself is waited for first.
#[cfg(target_os = "linux")]
fn end(member: Member) -> io::Result<bool> {
    use rustix::{
        event::{PollFd, PollFlags, Timespec, poll},
        io::Errno,
    };

    let patience = Timespec {
        tv_sec: 2,
        tv_nsec: 0,
    };
    if member.finishes {
        let Some(handle) = census::hold(member)? else {
            return Ok(false);
        };
        let end = Instant::now() + LET_FINISH;
        while Instant::now() < end {
            let mut fds = [PollFd::new(&handle, PollFlags::IN)];
            match poll(&mut fds, Some(&patience)) {
                Ok(0) | Err(Errno::INTR) => {}
                Ok(_) => return Ok(true),
                Err(error) => return Err(error.into()),
            }
        }
    }
    let Some(handle) = census::strike(member, libc::SIGKILL)? else {
        return Ok(false);
    };
    let mut fds = [PollFd::new(&handle, PollFlags::IN)];
    match poll(&mut fds, Some(&patience)) {
        Ok(_) | Err(Errno::INTR) => Ok(true),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(target_os = "linux"))]
fn end(_member: Member) -> io::Result<bool> {
    Ok(false)
}

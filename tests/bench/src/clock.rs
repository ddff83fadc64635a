use std::{
    io,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// What one run of a program took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Taken {
    pub(crate) wall: Duration,
    /// Memory of the largest process in it, in bytes.
    pub(crate) peak: u64,
}

/// Runs a program to its end, its output thrown away.
pub(crate) fn once(command: &mut Command, code: i32) -> io::Result<Taken> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let began = Instant::now();
    let child = command.spawn()?;
    let mut status = 0;
    // SAFETY: `rusage` is plain data, for which all zeroes is a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    let pid = child.id() as libc::pid_t;
    // SAFETY: the pointers are to live locals, and the child has not been waited for.
    let waited = unsafe { libc::wait4(pid, &mut status, 0, &mut usage) };
    let wall = began.elapsed();
    if waited != pid {
        return Err(io::Error::last_os_error());
    }
    if !libc::WIFEXITED(status) || libc::WEXITSTATUS(status) != code {
        return Err(io::Error::other(format!(
            "{command:?} ended with status {status}, not with {code}"
        )));
    }
    Ok(Taken {
        wall,
        peak: usage.ru_maxrss as u64 * 1024,
    })
}

/// The median of some times.
pub(crate) fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

/// Two programs in turn, so that both meet the same machine: the median of each.
pub(crate) fn pair(
    rounds: usize,
    mut ours: impl FnMut() -> io::Result<Duration>,
    mut floor: impl FnMut() -> io::Result<Duration>,
) -> io::Result<(Duration, Duration)> {
    let (mut a, mut b) = (Vec::new(), Vec::new());
    // The first round warms the caches and is not counted.
    for round in 0..=rounds {
        let (x, y) = (ours()?, floor()?);
        if round > 0 {
            a.push(x);
            b.push(y);
        }
    }
    Ok((median(a), median(b)))
}

//! The one place where a process starts.

use std::{
    ffi::{OsStr, OsString},
    io,
    os::fd::OwnedFd,
    path::Path,
};

#[cfg(target_os = "linux")]
mod linux;
// Compiled everywhere, so that it cannot rot where it is not used.
#[cfg_attr(target_os = "linux", allow(dead_code))]
mod portable;
#[cfg(test)]
mod tests;

#[cfg(target_os = "linux")]
pub(crate) use linux::spawn;
#[cfg(not(target_os = "linux"))]
pub(crate) use portable::spawn;

/// What to start, with everything settled.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Plan<'a> {
    /// The file.
    pub(crate) program: &'a Path,
    /// What it is told that it is called.
    pub(crate) name: &'a str,
    pub(crate) arguments: &'a [String],
    pub(crate) environment: &'a [(OsString, OsString)],
    pub(crate) directory: &'a Path,
    /// Whether it gets a pipe to read from; `/dev/null` otherwise.
    pub(crate) stdin: bool,
    /// Whether it goes on when `cm` dies, as it comes to its end by itself.
    pub(crate) finishes: bool,
}

/// A child process with our ends of its pipes. It leads its own group.
#[derive(Debug)]
pub(crate) struct Spawned {
    pub(crate) pid: i32,
    /// Readable once the process has ended.
    pub(crate) handle: Option<OwnedFd>,
    pub(crate) stdin: Option<OwnedFd>,
    pub(crate) stdout: OwnedFd,
    pub(crate) stderr: OwnedFd,
}

/// What cannot be passed to a program, in words.
pub(crate) fn unrepresentable(plan: &Plan<'_>) -> Option<String> {
    let has_nul = |text: &OsStr| text.as_encoded_bytes().contains(&0);
    if has_nul(plan.program.as_os_str()) {
        return Some("its name holds a NUL byte".to_owned());
    }
    if has_nul(plan.directory.as_os_str()) {
        return Some("its directory's name holds a NUL byte".to_owned());
    }
    if let Some(at) = plan.arguments.iter().position(|it| has_nul(it.as_ref())) {
        return Some(format!(
            "argument {} holds a NUL byte; send such a text through standard input",
            at + 1
        ));
    }
    plan.environment.iter().find_map(|(name, value)| {
        let bytes = name.as_encoded_bytes();
        if bytes.is_empty() || bytes.contains(&b'=') || bytes.contains(&0) {
            return Some(format!("`{}` cannot name a variable", name.display()));
        }
        has_nul(value).then(|| format!("the variable {} holds a NUL byte", name.display()))
    })
}

/// Bytes of arguments and environment together, and of the longest one, as the system
/// counts them.
pub(crate) fn sizes(plan: &Plan<'_>) -> (usize, usize) {
    let arguments = plan.arguments.iter().map(|it| it.len() + 1);
    let variables = plan
        .environment
        .iter()
        .map(|(name, value)| name.len() + value.len() + 2);
    arguments
        .chain(variables)
        .fold((plan.name.len() + 1, 0), |(total, longest), length| {
            (total + length, longest.max(length))
        })
}

/// A file that is being written to cannot be started. Often it is not: another thread's
/// child, between its start and its program, still holds a file that was closed here. So
/// it is worth some milliseconds.
pub(crate) fn patiently<T>(mut start: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let mut pause = std::time::Duration::from_millis(1);
    for _ in 0..5 {
        match start() {
            Err(error) if error.raw_os_error() == Some(libc::ETXTBSY) => {
                std::thread::sleep(pause);
                pause *= 2;
            }
            answer => return answer,
        }
    }
    start()
}

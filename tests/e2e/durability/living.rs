//! Which programs are alive, as the kernel tells: a second witness beside the journal.

use std::{
    fs,
    time::{Duration, Instant},
};

/// Field `number` of `/proc/PID/stat`, counted from 1 as its manual does.
fn stat(pid: u64, number: usize) -> Option<String> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name in the second field may hold anything; it ends at the last parenthesis.
    let (_, rest) = text.rsplit_once(") ")?;
    rest.split_whitespace()
        .nth(number.checked_sub(3)?)
        .map(str::to_owned)
}

/// Whether the program with this number, started at this tick, still runs.
pub(crate) fn is_alive(pid: u64, started: u64) -> bool {
    // What is dead and not yet reaped runs no more; its parent may be slow to ask.
    let dead = |state: String| matches!(state.as_str(), "Z" | "X");
    !stat(pid, 3).is_none_or(dead) && stat(pid, 22).and_then(|at| at.parse().ok()) == Some(started)
}

/// The programs alive whose environment has this line, such as `CM_RUN=k3f9xy`. `cm`
/// itself has none of them: it gives them to what it starts.
pub(crate) fn with_variable(line: &str) -> Vec<u64> {
    let entries = fs::read_dir("/proc").expect("a Linux").flatten();
    let numbers = entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    let carries = |pid: &u64| {
        let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        let found = environment
            .split(|byte| *byte == 0)
            .any(|it| it == line.as_bytes());
        found && stat(*pid, 3).is_some_and(|state| !matches!(state.as_str(), "Z" | "X"))
    };
    numbers.filter(carries).collect()
}

/// Waits until this holds. False when it does not come to hold.
pub(crate) fn eventually(limit: Duration, holds: impl Fn() -> bool) -> bool {
    let began = Instant::now();
    while !holds() {
        if began.elapsed() > limit {
            return false;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    true
}

/// Everything that the run started is gone.
#[track_caller]
pub(crate) fn assert_gone(run: &str) {
    let line = format!("CM_RUN={run}");
    let gone = eventually(Duration::from_secs(10), || with_variable(&line).is_empty());
    let left = with_variable(&line);
    let name = |pid: &u64| {
        fs::read_to_string(format!("/proc/{pid}/cmdline"))
            .unwrap_or_default()
            .replace('\0', " ")
    };
    assert!(
        gone,
        "programs of run {run} are alive: {:?}",
        left.iter().map(name).collect::<Vec<_>>()
    );
}

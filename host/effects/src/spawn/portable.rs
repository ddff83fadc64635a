//! Starting a process with what every Unix has: its own group, but no parent-death signal.

use std::{
    io,
    os::unix::process::CommandExt as _,
    process::{Command, Stdio},
};

use super::{Plan, Spawned};

/// Starts it.
pub(crate) fn spawn(plan: &Plan<'_>) -> io::Result<Spawned> {
    let stdin = if plan.stdin {
        Stdio::piped()
    } else {
        Stdio::null()
    };
    // The standard library empties the child's signal mask and restores SIGPIPE.
    let mut child = Command::new(plan.program)
        .arg0(plan.name)
        .args(plan.arguments)
        .env_clear()
        .envs(plan.environment.iter().map(|(name, value)| (name, value)))
        .current_dir(plan.directory)
        .stdin(stdin)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0)
        .spawn()?;
    let missing = || io::Error::other("a pipe was not made");
    Ok(Spawned {
        pid: i32::try_from(child.id()).map_err(io::Error::other)?,
        handle: None,
        stdin: child.stdin.take().map(Into::into),
        stdout: child.stdout.take().ok_or_else(missing)?.into(),
        stderr: child.stderr.take().ok_or_else(missing)?.into(),
    })
}

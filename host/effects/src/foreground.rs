use std::{path::Path, process::Command};

use crate::{LaunchError, program};

/// Starts a program at the person's terminal and waits for its end: it has their
/// environment, their keyboard and their screen, with `set` set beside. What ends it from
/// the keyboard does not end this process. Gives its exit code; none when a signal ended
/// it.
///
/// # Errors
/// When it could not be started.
pub fn foreground(
    name: &str,
    arguments: &[String],
    set: &[(String, String)],
) -> Result<Option<i32>, LaunchError> {
    let path = std::env::var_os("PATH");
    let here = std::env::current_dir().unwrap_or_else(|_| Path::new("/").to_owned());
    let program = program::locate(name, path.as_deref(), &here)?;
    let mut command = Command::new(&program);
    command
        .args(arguments)
        .envs(set.iter().map(|(name, value)| (name, value)));
    let child = command.spawn();
    let failed = |error| LaunchError::from_system(name, program.clone(), error);
    let mut child = child.map_err(failed)?;
    // Only now: what is ignored here would be ignored there too.
    let _deaf = Deaf::new();
    let status = child.wait().map_err(failed)?;
    Ok(status.code())
}

/// As long as it lives, this process ignores what the keyboard ends programs with.
struct Deaf([(i32, libc::sighandler_t); 2]);

impl Deaf {
    fn new() -> Self {
        Self([libc::SIGINT, libc::SIGQUIT].map(|signal| {
            // SAFETY: ignoring is a valid disposition, and no handler runs by it.
            let before = unsafe { libc::signal(signal, libc::SIG_IGN) };
            (signal, before)
        }))
    }
}

impl Drop for Deaf {
    fn drop(&mut self) {
        for (signal, before) in self.0 {
            if before != libc::SIG_ERR {
                // SAFETY: it is the disposition that was there before.
                unsafe { libc::signal(signal, before) };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn its_code_comes_back_and_its_environment_is_set() {
        let run = |script: &str| {
            let arguments = ["-c".to_owned(), script.to_owned()];
            foreground("/bin/sh", &arguments, &[("CM_GIVEN".into(), "a b".into())])
        };
        assert_eq!(run("test \"$CM_GIVEN\" = 'a b'").unwrap(), Some(0));
        assert_eq!(run("exit 7").unwrap(), Some(7));
        assert_eq!(run("kill -TERM $$").unwrap(), None);
        let missing = foreground("no-such-program-here", &[], &[]);
        assert!(matches!(missing, Err(LaunchError::NotInstalled { .. })));
    }
}

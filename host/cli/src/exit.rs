use std::process::ExitCode;

/// How `cm` ends. These numbers are a promise; `cm help run` lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// It was done.
    Done = 0,
    /// It failed.
    Failed = 1,
    /// It was not understood; clap says 2 as well.
    Usage = 2,
    /// Somebody cancelled the run.
    Cancelled = 3,
    /// The run waits for a person.
    Waiting = 4,
    /// It was interrupted; the run can be resumed.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}

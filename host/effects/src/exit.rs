use std::time::Duration;

use crate::Recorded;

/// What a process did next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output {
    /// It printed this; never empty, at most 64 KiB.
    Stdout(Vec<u8>),
    /// It complained.
    Stderr(Vec<u8>),
    /// It is gone and all its output was delivered.
    Exited(Exit),
}

/// How a process ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exit {
    /// Its exit code; none when a signal ended it, or when it could not be seen to end.
    pub code: Option<i32>,
    /// The signal that ended it.
    pub signal: Option<i32>,
    /// Why it ended.
    pub ended_by: EndedBy,
    /// What it cost the machine.
    pub usage: Usage,
    /// What was written down of its output.
    pub recorded: Option<Recorded>,
}

impl Exit {
    /// Whether it ended by itself with code 0.
    pub fn success(&self) -> bool {
        self.ended_by == EndedBy::Itself && self.code == Some(0)
    }
}

/// Why a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndedBy {
    /// Of its own accord, or by a signal that did not come from here.
    Itself,
    /// It took longer than `Limits::wall`.
    Timeout,
    /// It printed nothing for longer than `Limits::idle`.
    Idle,
    /// It printed more than `Limits::output_bytes`.
    Flood,
    /// It was told to.
    Stopped,
}

/// What a process, and the children it waited for, cost the machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Processor time in the program.
    pub user: Duration,
    /// Processor time in the kernel on its behalf.
    pub system: Duration,
    /// Memory of the largest process, in bytes. The kernel counts from before the
    /// program was loaded, so this is never less than `cm` itself had.
    pub peak_memory: u64,
}

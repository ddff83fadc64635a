//! How long things may take when nobody said how long.

use std::time::Duration;

/// For one turn of an agent.
pub const TURN_TIME: Duration = Duration::from_secs(2 * 60 * 60);
/// For an agent's program that prints nothing.
pub const TURN_IDLE: Duration = Duration::from_secs(30 * 60);
/// Between two looks whether a silent program waits for an answer from here.
pub(crate) const EXCUSE: Duration = Duration::from_secs(60);
/// For a command.
pub const COMMAND_TIME: Duration = Duration::from_secs(60 * 60);
/// For a program to end by itself once it was told to.
pub(crate) const GRACE: Duration = Duration::from_secs(5);
/// For a program that has given its final answer, to leave.
pub const AFTER_ANSWER: Duration = Duration::from_secs(30);
/// For a program that was asked in its own words to stop, before it is made to.
pub(crate) const LAST_WORD: Duration = Duration::from_secs(3);
/// Between two looks for messages from other processes.
pub(crate) const LOOK: Duration = Duration::from_millis(100);
/// How long what nobody waits for may stay in memory before it is appended.
pub(crate) const LAZY: Duration = Duration::from_millis(15);

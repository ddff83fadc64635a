//! What a program printed, as it came: the raw material from which an adapter's turn can
//! be decoded again, in the very pieces in which it was read.
//!
//! A recording is a file of entries. Each is one line of JSON that says what follows,
//! `len` bytes, and a newline that does not count:
//!
//! ```text
//! {"format":"cm-recording","version":1,"unix_ms":1767225600000,"len":0}
//!
//! {"t_ms":12,"channel":"stdout","len":6}
//! hello
//!
//! {"t_ms":40,"channel":"exit","len":0,"code":0}
//!
//! ```
//!
//! The first tells the format. `t_ms` counts from there. The last has the channel `exit`
//! and how the program ended; `dropped` in it is the number of bytes that found no room.
//! A file without it is of a `cm` that crashed, and good up to there.
//!
//! Where a turn asked a service instead of a program, there are other channels: how each
//! answer began, the pieces of its body and its end, and what the host's tools answered.
//! The last entry then has the channel `end`. Secrets are in none of them.

mod recorder;
mod replay;

pub use recorder::{Recorded, Recorder, Recording};
pub use replay::{Entry, Replay, What};

/// Where output came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
    /// A service begins to answer: JSON with `status` and `headers`.
    Response,
    /// A piece of the answer's body.
    Body,
    /// The answer is complete; no bytes.
    Responded,
    /// The service could not be reached, or stopped in the middle: the failure as JSON.
    Unreachable,
    /// What a tool of the host answered, as JSON.
    Performed,
}

impl Channel {
    const ALL: [Self; 7] = [
        Self::Stdout,
        Self::Stderr,
        Self::Response,
        Self::Body,
        Self::Responded,
        Self::Unreachable,
        Self::Performed,
    ];

    /// Its name in a file.
    fn name(self) -> &'static str {
        match self {
            Self::Stdout => "stdout",
            Self::Stderr => "stderr",
            Self::Response => "response",
            Self::Body => "body",
            Self::Responded => "responded",
            Self::Unreachable => "unreachable",
            Self::Performed => "performed",
        }
    }

    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.name() == name)
    }
}

/// The line before the bytes, in a file.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
struct Header {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    format: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    version: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    unix_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    t_ms: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    channel: Option<String>,
    len: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signal: Option<i32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    dropped: Option<u64>,
}

impl Header {
    const FORMAT: &'static str = "cm-recording";
    const VERSION: u32 = 1;

    fn of_length(len: usize) -> Self {
        Self {
            format: None,
            version: None,
            unix_ms: None,
            t_ms: None,
            channel: None,
            len,
            code: None,
            signal: None,
            dropped: None,
        }
    }
}

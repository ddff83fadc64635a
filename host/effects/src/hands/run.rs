//! Running a command line.

use std::{ffi::OsString, time::Duration};

use serde::Deserialize;

use super::{Deed, Hands, Refusal, given};
use crate::{Capture, EndedBy, Exit, Launch, Limits, Output, Process, ProcessIdentity, Stdin};

/// How long a command may take, unless something else is said.
const USUAL: u64 = 120;
/// And whatever is said.
const MOST: u64 = 30 * 60;
/// Bytes that are kept of the beginning and of the end of what it prints.
const KEPT: (usize, usize) = (16 * 1024, 48 * 1024);
/// How long it has to end by itself once it was told to.
const GRACE: Duration = Duration::from_secs(2);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Run {
    command: String,
    seconds: Option<u64>,
}

/// A command at work. Dropped, it is killed with all that it has started.
#[derive(Debug)]
pub struct Running {
    process: Process,
    capture: Capture,
    seconds: u64,
}

impl Hands {
    /// Starts what a call of `run` says, with this environment. As with
    /// [`Process::start`], on a thread that lives as long as `cm`.
    ///
    /// # Errors
    /// What the model is told instead.
    pub fn start(
        &self,
        arguments: &str,
        environment: Vec<(OsString, OsString)>,
    ) -> Result<Running, Deed> {
        let refused = |refusal: Refusal| Deed::from(Err::<String, _>(refusal));
        self.may_change("run").map_err(refused)?;
        let run: Run = given("run", arguments).map_err(refused)?;
        let seconds = run.seconds.unwrap_or(USUAL).clamp(1, MOST);
        let launch = Launch {
            program: "sh".into(),
            arguments: vec!["-c".into(), run.command],
            environment,
            directory: self.directory.clone(),
            stdin: Stdin::Null,
            limits: Limits {
                wall: Some(Duration::from_secs(seconds)),
                grace: GRACE,
                ..Limits::default()
            },
            recording: None,
        };
        let process =
            Process::start(launch).map_err(|error| refused(Refusal::failed(error.to_string())))?;
        Ok(Running {
            process,
            capture: Capture::new(KEPT.0, KEPT.1),
            seconds,
        })
    }
}

impl Running {
    /// By what it can be told from others, also after `cm` has crashed.
    pub fn identity(&self) -> &ProcessIdentity {
        self.process.identity()
    }

    /// Waits for its end.
    pub async fn finish(mut self) -> Deed {
        loop {
            match self.process.next().await {
                Output::Stdout(bytes) | Output::Stderr(bytes) => self.capture.push(&bytes),
                Output::Exited(exit) => return self.told(&exit),
            }
        }
    }

    fn told(self, exit: &Exit) -> Deed {
        let seconds = self.seconds;
        let end = match (exit.ended_by, exit.code, exit.signal) {
            (EndedBy::Timeout, ..) => {
                format!("stopped after {seconds} s; set `seconds` to allow more")
            }
            (EndedBy::Flood, ..) => "stopped: it printed too much".to_owned(),
            (EndedBy::Stopped | EndedBy::Idle, ..) => "stopped".to_owned(),
            (EndedBy::Itself, Some(code), _) => format!("exit code {code}"),
            (EndedBy::Itself, None, signal) => {
                format!("ended by signal {}", signal.unwrap_or_default())
            }
        };
        let mut output = self.capture.text();
        if !output.is_empty() {
            output.push('\n');
        }
        output.push_str(&format!("[{end}]"));
        Deed {
            ok: exit.ended_by == EndedBy::Itself && exit.code == Some(0),
            denied: false,
            output,
        }
    }
}

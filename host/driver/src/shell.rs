//! Commands for the shell.

use std::path::Path;

use cm_effects::{
    Capture, EndedBy, Exit, Launch, Limits, Output, Process, Recorded, Recording, Scratch, Stdin,
};
use cm_orchestrator::{Attempt, Input};
use cm_types::{CommandWork, Error, Reply};
use tokio::sync::watch;

use crate::{
    Stop,
    attempt::{Done, identity, no_scratch, stopped},
    failure,
    floor::Floor,
    patience::GRACE,
    times::Times,
    tools::Deciding,
};

/// A line for the shell.
pub(crate) struct Line<'line> {
    pub(crate) line: &'line str,
    pub(crate) directory: &'line Path,
    /// Beside what every program sees.
    pub(crate) environment: Vec<(String, String)>,
    /// How long it may take.
    pub(crate) times: Times,
    /// Where its output is written down.
    pub(crate) recording: Option<Recording>,
}

impl Floor {
    pub(crate) async fn command(
        &self,
        attempt: &Attempt,
        work: &CommandWork,
        mut stop: watch::Receiver<Stop>,
    ) -> Done {
        let mut recorded = None;
        let result = self
            .run_shell(attempt, work, &mut stop, &mut recorded)
            .await;
        Done { result, recorded }
    }

    async fn run_shell(
        &self,
        attempt: &Attempt,
        work: &CommandWork,
        stop: &mut watch::Receiver<Stop>,
        recorded: &mut Option<Recorded>,
    ) -> Result<Reply, Error> {
        let granted = self.grant(attempt, None, &work.grants, Deciding::Agent)?;
        let environment = granted.environment();
        let result = self
            .run_granted(attempt, work, environment, stop, recorded)
            .await;
        granted.close(result)
    }

    async fn run_granted(
        &self,
        attempt: &Attempt,
        work: &CommandWork,
        environment: Vec<(String, String)>,
        stop: &mut watch::Receiver<Stop>,
        recorded: &mut Option<Recorded>,
    ) -> Result<Reply, Error> {
        let workspace = self.enter(attempt)?;
        self.look_around(attempt, &workspace.directory).await;
        let times = Times::of_command(&attempt.policy);
        let mut set = self.variables(attempt);
        set.extend(workspace.environment);
        set.extend(work.environment.iter().cloned());
        set.extend(environment);
        let line = Line {
            line: &work.line,
            directory: &workspace.directory,
            environment: set,
            times,
            recording: Some(self.recording(attempt)),
        };
        let (capture, exit) = self.shell(attempt, line, stop).await?;
        match capture.is_whole() {
            // The reply has all of it.
            true => drop(
                exit.recorded
                    .as_ref()
                    .map(|recorded| std::fs::remove_file(&recorded.path)),
            ),
            false => recorded.clone_from(&exit.recorded),
        }
        if let Some(error) = times.judge(&self.ledger, attempt, &work.line, &exit) {
            return Err(error);
        }
        // A shell says 128 and the signal's number for a command that a signal ended.
        let code = exit.code.or(exit.signal.map(|signal| 128 + signal));
        Ok(Reply {
            text: capture.text(),
            code,
            ..Reply::default()
        })
    }

    /// Runs a line in a shell, to its end.
    pub(crate) async fn shell(
        &self,
        attempt: &Attempt,
        line: Line<'_>,
        stop: &mut watch::Receiver<Stop>,
    ) -> Result<(Capture, Exit), Error> {
        let scratch = Scratch::new().map_err(|error| no_scratch(&error))?;
        let launch = Launch {
            program: "sh".into(),
            arguments: vec!["-c".into(), line.line.to_owned()],
            environment: cm_effects::environment::filtered(
                &[],
                &line.environment,
                line.directory,
                scratch.path(),
            ),
            directory: line.directory.to_owned(),
            stdin: Stdin::Null,
            limits: Limits {
                wall: Some(line.times.total),
                idle: line.times.idle,
                grace: GRACE,
                ..Limits::default()
            },
            recording: line.recording,
        };
        let mut process = Process::start(launch).map_err(|error| failure::launch(&error, None))?;
        let task = attempt.task;
        self.ledger.input(Input::Spawned {
            task,
            process: identity(&process),
        });
        let mut capture = Capture::default();
        loop {
            tokio::select! {
                output = process.next() => match output {
                    Output::Stdout(bytes) | Output::Stderr(bytes) => capture.push(&bytes),
                    Output::Exited(exit) => return Ok((capture, exit)),
                },
                stop = stopped(stop) => match stop {
                    Stop::Now => process.kill(EndedBy::Stopped).await,
                    _ => process.stop(EndedBy::Stopped).await,
                },
            }
        }
    }
}

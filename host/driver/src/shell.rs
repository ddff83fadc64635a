//! Commands for the shell.

use cm_effects::{EndedBy, Launch, Limits, Output, Process, Recorded, Scratch, Stdin};
use cm_orchestrator::{Attempt, Input};
use cm_types::{CommandWork, Error, Reply};
use tokio::sync::watch;

use crate::{
    Stop,
    attempt::{Done, identity, no_scratch, stopped, time},
    capture::Capture,
    failure,
    floor::Floor,
    patience::{COMMAND_TIME, GRACE},
    tools::Deciding,
};

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
        let scratch = Scratch::new().map_err(|error| no_scratch(&error))?;
        let mut set = self.variables(attempt);
        set.extend(work.environment.iter().cloned());
        set.extend(environment);
        let launch = Launch {
            program: "sh".into(),
            arguments: vec!["-c".into(), work.line.clone()],
            environment: cm_effects::environment::filtered(
                &[],
                &set,
                &self.directory,
                scratch.path(),
            ),
            directory: self.directory.clone(),
            stdin: Stdin::Null,
            limits: Limits {
                wall: Some(time(attempt, COMMAND_TIME)),
                grace: GRACE,
                ..Limits::default()
            },
            recording: Some(self.recording(attempt)),
        };
        let mut process = Process::start(launch).map_err(|error| failure::launch(&error, None))?;
        let task = attempt.task;
        self.ledger.input(Input::Spawned {
            task,
            process: identity(&process),
        });
        let mut capture = Capture::default();
        let exit = loop {
            tokio::select! {
                output = process.next() => match output {
                    Output::Stdout(bytes) | Output::Stderr(bytes) => capture.push(&bytes),
                    Output::Exited(exit) => break exit,
                },
                stop = stopped(stop) => match stop {
                    Stop::Now => process.kill(EndedBy::Stopped).await,
                    _ => process.stop(EndedBy::Stopped).await,
                },
            }
        };
        match capture.is_whole() {
            // The reply has all of it.
            true => drop(
                exit.recorded
                    .as_ref()
                    .map(|recorded| std::fs::remove_file(&recorded.path)),
            ),
            false => recorded.clone_from(&exit.recorded),
        }
        if let Some(error) = failure::ended_by(&work.line, exit.ended_by) {
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
}

//! The program of a turn: how it is started, heard and ended.

use cm_effects::{EndedBy, Exit, Launch, Limits, Lines, Process, Stdin};
use cm_orchestrator::{Attempt, Input};
use cm_types::{Command, Error, Failure, Framing, Input as Heard, Work};
use tokio::time::Instant;

use super::{Stage, files};
use crate::{
    Stop,
    attempt::identity,
    failure,
    patience::{GRACE, LAST_WORD},
};

impl Stage<'_> {
    pub(super) async fn spawn(&mut self, command: Command) -> Result<(), Error> {
        let floor = self.floor;
        let program = &command.program;
        floor
            .catalog
            .may_start(self.engine, program, named(self.attempt))?;
        self.times = self
            .times
            .of_program(&self.attempt.policy, &command.options);
        let mut set = floor.variables(self.attempt);
        set.extend(self.workspace.environment.iter().cloned());
        let home = self.engine.variables_of_home();
        set.extend(home.map_err(|error| no_home(&error))?);
        set.extend(command.environment);
        set.extend(self.environment.iter().cloned());
        files::check(&command.collect)?;
        files::leave(self.scratch.path(), &command.files)?;
        self.collect = command.collect;
        let stdin = match (&command.stdin, command.interactive) {
            (Some(text), false) => Stdin::Text(text.clone()),
            (None, false) => Stdin::Null,
            (_, true) => Stdin::Open,
        };
        let first = command.stdin.filter(|_| command.interactive);
        let environment = cm_effects::environment::filtered(
            &self.engine.allowed,
            &set,
            &self.workspace.directory,
            self.scratch.path(),
        );
        floor.look_at(self.engine, &command.program, &environment);
        let launch = Launch {
            program: command.program.clone(),
            arguments: command.arguments,
            environment,
            directory: self.workspace.directory.clone(),
            stdin,
            limits: Limits {
                wall: Some(self.times.total),
                grace: GRACE,
                ..Limits::default()
            },
            recording: Some(floor.recording(self.attempt)),
        };
        let install = self
            .engine
            .info
            .programs
            .iter()
            .find(|program| program.name == command.program);
        let install = install.map(|program| program.install.as_str());
        let mut process =
            Process::start(launch).map_err(|error| failure::launch(&error, install))?;
        if let Some(text) = first {
            // A program that does not read shows in its exit, not here.
            let _ = process.write(text.as_bytes()).await;
        }
        let task = self.attempt.task;
        floor.ledger.input(Input::Spawned {
            task,
            process: identity(&process),
        });
        self.lines = (command.framing == Framing::Lines).then(Lines::default);
        self.process = Some(process);
        self.started = true;
        Ok(())
    }

    pub(super) async fn stdout(&mut self, bytes: Vec<u8>) -> Result<(), Error> {
        match &mut self.lines {
            None => self.hear(Heard::Stdout(bytes)).await,
            Some(lines) => {
                for line in lines.push(&bytes) {
                    self.hear(Heard::Line(line)).await?;
                }
                Ok(())
            }
        }
    }

    pub(super) async fn exited(&mut self, exit: Exit) -> Result<Exit, Error> {
        if let Some(line) = self.lines.as_mut().and_then(Lines::finish) {
            self.hear(Heard::Line(line)).await?;
        }
        for name in std::mem::take(&mut self.collect) {
            if let Some(content) = files::collect(self.scratch.path(), &name) {
                self.hear(Heard::File(name, content)).await?;
            }
        }
        self.hear(Heard::Exited(exit.code)).await?;
        self.process = None;
        Ok(exit)
    }

    /// Ends the turn from here; gives how its program has ended, when it already has.
    pub(crate) async fn end(&mut self, stop: Stop) -> Result<Option<Exit>, Error> {
        if self.process.is_none() {
            self.leave_off(Some(Error::Cancelled)).await?;
            return Ok(None);
        }
        self.spoke = false;
        self.hear(Heard::Cancelled).await?;
        // Told to stop in its own words, it may leave in order: that keeps its session.
        let deadline = Instant::now() + LAST_WORD;
        while self.spoke && stop != Stop::Now && self.process.is_some() {
            match tokio::time::timeout_at(deadline, self.next()).await {
                Ok(Some(happening)) => {
                    if let Some(exit) = self.take(happening).await? {
                        return Ok(Some(exit));
                    }
                }
                Ok(None) | Err(_) => break,
            }
        }
        if let Some(process) = &mut self.process {
            match stop {
                Stop::Now => process.kill(EndedBy::Stopped).await,
                _ => process.stop(EndedBy::Stopped).await,
            }
        }
        Ok(None)
    }

    /// Stops what is at work, for this reason.
    pub(crate) async fn stop(&mut self, why: EndedBy) -> Result<(), Error> {
        match &mut self.process {
            Some(process) => process.stop(why).await,
            None => {
                let clock = self.times.ended_by(why);
                let error = failure::ended_by(&self.engine.info.name, why, clock);
                self.leave_off(error).await?;
            }
        }
        Ok(())
    }
}

fn no_home(error: &std::io::Error) -> Error {
    let message = format!("the engine's own home cannot be made: {error}");
    Error::Unavailable(Failure::new("no-home", message))
}

/// The program that a workflow names for a turn.
fn named(attempt: &Attempt) -> Option<&str> {
    let Work::Turn(work) = &attempt.work else {
        return None;
    };
    let mut options = work.options.iter();
    options.find_map(|(name, value)| (name == "program").then_some(value.as_str()))
}

use std::collections::VecDeque;

use cm_effects::{EndedBy, Exit, Launch, Limits, Lines, Output, Process, Scratch, Stdin};
use cm_orchestrator::{Attempt, Input};
use cm_runtime::Turn;
use cm_types::{Action, Command, Error, Finish, Framing, Input as Heard, Reply, TurnEvent};

use crate::{
    Engine, Stop,
    attempt::{identity, time},
    failure,
    floor::Floor,
    patience::{AFTER_DONE, GRACE, TURN_IDLE, TURN_TIME},
};

/// A turn on its way: the adapter, and the program it asked for.
pub(crate) struct Stage<'floor> {
    floor: &'floor Floor,
    attempt: &'floor Attempt,
    engine: &'floor Engine,
    scratch: &'floor Scratch,
    /// By which the program reaches what it was granted.
    environment: Vec<(String, String)>,
    turn: Turn,
    process: Option<Process>,
    /// Set when the adapter wants lines.
    lines: Option<Lines>,
    session: Option<String>,
    /// When the account takes more again: milliseconds since 1970.
    limit_ms: Option<u64>,
    finish: Option<Finish>,
    /// The adapter has heard all it wanted to hear.
    done: bool,
}

impl<'floor> Stage<'floor> {
    pub(crate) fn new(
        floor: &'floor Floor,
        attempt: &'floor Attempt,
        engine: &'floor Engine,
        scratch: &'floor Scratch,
        environment: Vec<(String, String)>,
        turn: Turn,
    ) -> Self {
        Self {
            floor,
            attempt,
            engine,
            scratch,
            environment,
            turn,
            process: None,
            lines: None,
            session: None,
            limit_ms: None,
            finish: None,
            done: false,
        }
    }

    /// The program, while there is one.
    pub(crate) fn process(&mut self) -> Option<&mut Process> {
        self.process.as_mut()
    }

    /// Whether the adapter has heard all it wanted to hear.
    pub(crate) fn is_done(&self) -> bool {
        self.done
    }

    /// Tells the adapter what happened and does what it wants.
    pub(crate) async fn hear(&mut self, input: Heard) -> Result<(), Error> {
        let actions = self.turn.next(input).map_err(failure::adapter)?;
        let mut actions = VecDeque::from(actions);
        while let Some(action) = actions.pop_front() {
            match action {
                Action::Spawn(command) if self.process.is_none() => self.spawn(command)?,
                Action::Spawn(_) => {
                    return Err(failure::misbehaved("started a second program in one turn"));
                }
                Action::Emit(TurnEvent::Finish(finish)) => self.finish = Some(finish),
                Action::Emit(event) => self.tell(event),
                Action::Write(bytes) => {
                    if let Some(process) = &mut self.process {
                        // A program that does not read shows in its exit, not here.
                        let _ = process.write(&bytes).await;
                    }
                }
                Action::CloseStdin => {
                    if let Some(process) = &mut self.process {
                        process.close_stdin().await;
                    }
                }
                Action::Done => self.done = true,
                Action::Other(_) => {}
            }
        }
        Ok(())
    }

    fn tell(&mut self, mut event: TurnEvent) {
        match &mut event {
            TurnEvent::Session(session) => self.session = Some(session.clone()),
            TurnEvent::Limit(limit) => {
                // Adapters have no clock: they say how long, and the moment is made here.
                let wait = limit
                    .options
                    .iter()
                    .find(|(name, _)| name == "retry-after-ms");
                let wait = wait.and_then(|(_, ms)| ms.parse::<u64>().ok());
                let until = wait.map(|ms| cm_effects::timer::now_ms().saturating_add(ms) as f64);
                limit.until_ms = limit.until_ms.or(until);
                self.limit_ms = limit.until_ms.map(|ms| ms as u64);
            }
            _ => {}
        }
        let task = self.attempt.task;
        self.floor.ledger.input(Input::Turn { task, event });
    }

    fn spawn(&mut self, command: Command) -> Result<(), Error> {
        let floor = self.floor;
        let may = self.engine.package.may_start(&command.program);
        may.map_err(|error| Error::from(&error))?;
        let mut set = floor.variables(self.attempt);
        set.extend(command.environment);
        set.extend(self.environment.iter().cloned());
        let stdin = match (command.stdin, command.interactive) {
            (Some(text), false) => Stdin::Text(text),
            (None, false) => Stdin::Null,
            (_, true) => Stdin::Open,
        };
        let launch = Launch {
            program: command.program.clone(),
            arguments: command.arguments,
            environment: cm_effects::environment::filtered(
                &self.engine.allowed,
                &set,
                &floor.directory,
                self.scratch.path(),
            ),
            directory: floor.directory.clone(),
            stdin,
            limits: Limits {
                wall: Some(time(self.attempt, TURN_TIME)),
                idle: Some(TURN_IDLE),
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
        let process = Process::start(launch).map_err(|error| failure::launch(&error, install))?;
        let task = self.attempt.task;
        floor.ledger.input(Input::Spawned {
            task,
            process: identity(&process),
        });
        self.lines = (command.framing == Framing::Lines).then(Lines::default);
        self.process = Some(process);
        Ok(())
    }

    pub(crate) async fn stdout(&mut self, bytes: Vec<u8>) -> Result<(), Error> {
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

    pub(crate) async fn exited(&mut self, exit: Exit) -> Result<Exit, Error> {
        if let Some(line) = self.lines.as_mut().and_then(Lines::finish) {
            self.hear(Heard::Line(line)).await?;
        }
        self.hear(Heard::Exited(exit.code)).await?;
        self.process = None;
        Ok(exit)
    }

    pub(crate) async fn end(&mut self, stop: Stop) -> Result<(), Error> {
        self.hear(Heard::Cancelled).await?;
        if let Some(process) = &mut self.process {
            match stop {
                Stop::Now => process.kill(EndedBy::Stopped).await,
                _ => process.stop(EndedBy::Stopped).await,
            }
        }
        Ok(())
    }

    /// The program has said all it has to say. Some then hang: they get a while to
    /// leave by themselves, and their exit code counts if they do.
    pub(crate) async fn leave(&mut self) -> Result<Option<Exit>, Error> {
        let deadline = tokio::time::Instant::now() + AFTER_DONE;
        while let Some(process) = &mut self.process {
            match tokio::time::timeout_at(deadline, process.next()).await {
                Ok(Output::Exited(exit)) => return self.exited(exit).await.map(Some),
                Ok(Output::Stdout(bytes)) => self.stdout(bytes).await?,
                Ok(Output::Stderr(bytes)) => self.hear(Heard::Stderr(bytes)).await?,
                Err(_) => {
                    process.stop(EndedBy::Stopped).await;
                    let exit = process.finish().await;
                    return self.exited(exit).await.map(Some);
                }
            }
        }
        Ok(None)
    }

    /// Whether it succeeded is not the adapter's word alone.
    pub(crate) fn result(self, exit: Option<Exit>) -> Result<Reply, Error> {
        let engine = &self.engine.info.name;
        if let Some(error) = exit
            .as_ref()
            .and_then(|exit| failure::ended_by(engine, exit.ended_by))
            && !(self.done && error == Error::Cancelled)
        {
            return Err(error);
        }
        let finish = self
            .finish
            .ok_or_else(|| failure::misbehaved("ended a turn without saying how"))?;
        let code = exit.and_then(|exit| exit.code);
        if !finish.ok {
            return Err(failure::turn(engine, &finish, self.limit_ms));
        }
        if code != Some(0) && !self.done {
            return Err(failure::misbehaved(
                "called a turn a success although the program failed",
            ));
        }
        Ok(Reply {
            text: finish.text,
            session: self.session,
            options: finish.options,
            ..Reply::default()
        })
    }
}

use std::collections::VecDeque;

use cm_effects::{EndedBy, Exit, Launch, Limits, Lines, Process, Scratch, Stdin};
use cm_orchestrator::{Attempt, Clock, Input, Then};
use cm_runtime::Turn;
use cm_types::{
    Action, Command, Error, Finish, Framing, Input as Heard, Permission, Reply, TurnEvent,
};

use crate::{
    Engine, Stop,
    attempt::identity,
    failure,
    floor::Floor,
    patience::GRACE,
    times::{self, Times},
    workspace::Workspace,
};

/// A turn on its way: the adapter, and the program it asked for.
pub(crate) struct Stage<'floor> {
    floor: &'floor Floor,
    attempt: &'floor Attempt,
    engine: &'floor Engine,
    scratch: &'floor Scratch,
    workspace: Workspace,
    /// By which the program reaches what it was granted.
    environment: Vec<(String, String)>,
    turn: Turn,
    process: Option<Process>,
    /// Set when the adapter wants lines.
    lines: Option<Lines>,
    session: Option<String>,
    /// What the agent said last.
    said: String,
    /// What it asks to be allowed, and nobody was asked yet.
    wishes: Vec<Permission>,
    times: Times,
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
        workspace: Workspace,
        environment: Vec<(String, String)>,
        turn: Turn,
    ) -> Self {
        Self {
            floor,
            attempt,
            engine,
            scratch,
            workspace,
            environment,
            turn,
            process: None,
            lines: None,
            session: None,
            said: String::new(),
            wishes: Vec::new(),
            times: Times::of_turn(&attempt.policy),
            limit_ms: None,
            finish: None,
            done: false,
        }
    }

    /// The program, while there is one.
    pub(crate) fn process(&mut self) -> Option<&mut Process> {
        self.process.as_mut()
    }

    /// How long it may take.
    pub(crate) fn times(&self) -> Times {
        self.times
    }

    /// What the agent asks to be allowed, since the last time.
    pub(crate) fn wishes(&mut self) -> Vec<Permission> {
        std::mem::take(&mut self.wishes)
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
                Action::Spawn(command) if self.process.is_none() => {
                    self.spawn(command).await?;
                }
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
            TurnEvent::Text(said) => said.clone_into(&mut self.said),
            TurnEvent::Ask(permission) => self.wishes.push(permission.clone()),
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

    async fn spawn(&mut self, command: Command) -> Result<(), Error> {
        let floor = self.floor;
        let may = self.engine.package.may_start(&command.program);
        may.map_err(|error| Error::from(&error))?;
        let mut set = floor.variables(self.attempt);
        set.extend(self.workspace.environment.iter().cloned());
        set.extend(command.environment);
        set.extend(self.environment.iter().cloned());
        let stdin = match (&command.stdin, command.interactive) {
            (Some(text), false) => Stdin::Text(text.clone()),
            (None, false) => Stdin::Null,
            (_, true) => Stdin::Open,
        };
        let first = command.stdin.filter(|_| command.interactive);
        let launch = Launch {
            program: command.program.clone(),
            arguments: command.arguments,
            environment: cm_effects::environment::filtered(
                &self.engine.allowed,
                &set,
                &self.workspace.directory,
                self.scratch.path(),
            ),
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

    /// Stops the program, for this reason.
    pub(crate) async fn stop(&mut self, why: EndedBy) {
        if let Some(process) = &mut self.process {
            process.stop(why).await;
        }
    }

    /// Whether it succeeded is not the adapter's word alone.
    pub(crate) fn result(self, exit: Option<Exit>) -> Result<Reply, Error> {
        let engine = &self.engine.info.name;
        let ended_by = exit.as_ref().map_or(EndedBy::Itself, |exit| exit.ended_by);
        let clock = self.times.ended_by(ended_by);
        let error = failure::ended_by(engine, ended_by, clock);
        // Who has given the final answer and does not leave has succeeded all the same.
        if let Some(error) = error.filter(|_| !self.done || ended_by == EndedBy::Flood) {
            if let Some((Clock::Total, time)) = clock {
                let task = self.attempt.task;
                times::tell(&self.floor.ledger, task, Clock::Total, time, Then::Stopped);
            }
            return Err(error);
        }
        let finish = self
            .finish
            .ok_or_else(|| failure::misbehaved("ended a turn without saying how"))?;
        let code = exit.and_then(|exit| exit.code);
        if !finish.ok || finish.failure.is_some() {
            let error = failure::turn(engine, &finish, self.limit_ms);
            return Err(failure::with_last_words(error, &self.said));
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

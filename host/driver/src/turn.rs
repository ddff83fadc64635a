//! Turns of agents.

use std::{collections::VecDeque, time::Duration};

use cm_effects::{EndedBy, Exit, Launch, Limits, Lines, Output, Process, Recorded, Scratch, Stdin};
use cm_orchestrator::{Attempt, Input};
use cm_runtime::Turn;
use cm_types::{
    Action, Command, Digest, Error, Failure, Finish, Framing, Input as Heard, Permissions, Reply,
    TurnEvent, TurnRequest, TurnWork,
};
use tokio::sync::watch;

use crate::{
    Engine, Stop,
    dispatch::{Done, Floor},
    failure,
    patience::{AFTER_DONE, GRACE, TURN_IDLE, TURN_TIME},
    shell::no_scratch,
};

/// A turn on its way: the adapter, and the program it asked for.
struct Stage<'floor> {
    floor: &'floor Floor,
    attempt: &'floor Attempt,
    engine: &'floor Engine,
    scratch: &'floor Scratch,
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

impl Floor {
    pub(crate) async fn turn(
        &self,
        attempt: &Attempt,
        work: &TurnWork,
        mut stop: watch::Receiver<Stop>,
    ) -> Done {
        let mut recorded = None;
        let result = self.run_turn(attempt, work, &mut stop, &mut recorded).await;
        Done { result, recorded }
    }

    async fn run_turn(
        &self,
        attempt: &Attempt,
        work: &TurnWork,
        stop: &mut watch::Receiver<Stop>,
        recorded: &mut Option<Recorded>,
    ) -> Result<Reply, Error> {
        let name = work.engine.as_deref().unwrap_or_default();
        if let Some(failure) = self.catalog.no_engine(name) {
            return Err(Error::Missing(failure));
        }
        let engine = self
            .catalog
            .engine(name)
            .map_err(|error| Error::Other(Failure::new("broken-engine", error.to_string())))?;
        let scratch = Scratch::new().map_err(|error| no_scratch(&error))?;
        let request = self.request(attempt, work, &scratch)?;
        let turn = engine
            .adapter
            .turn(request)
            .map_err(|fault| failure::guest(&fault))?;
        let mut stage = Stage {
            floor: self,
            attempt,
            engine: &engine,
            scratch: &scratch,
            turn,
            process: None,
            lines: None,
            session: None,
            limit_ms: None,
            finish: None,
            done: false,
        };
        stage.hear(Heard::Begin).await?;
        let mut exit = None;
        while let Some(process) = &mut stage.process {
            let output = tokio::select! {
                output = process.next() => output,
                stop = stopped(stop) => {
                    stage.end(stop).await?;
                    continue;
                }
            };
            match output {
                Output::Stdout(bytes) => stage.stdout(bytes).await?,
                Output::Stderr(bytes) => stage.hear(Heard::Stderr(bytes)).await?,
                Output::Exited(left) => exit = Some(stage.exited(left).await?),
            }
            if stage.done {
                exit = stage.leave().await?.or(exit);
            }
        }
        *recorded = exit.as_ref().and_then(|exit| exit.recorded.clone());
        stage.result(exit)
    }

    fn request(
        &self,
        attempt: &Attempt,
        work: &TurnWork,
        scratch: &Scratch,
    ) -> Result<TurnRequest, Error> {
        let mut options = vec![
            ("agent".to_owned(), work.agent.clone()),
            ("occurrence".to_owned(), attempt.occurrence.to_string()),
        ];
        if cm_effects::is_root() {
            options.push(("root".to_owned(), "true".to_owned()));
        }
        let script = self
            .ledger
            .look(|run| run.start.as_ref()?.settings.get("script").cloned());
        options.extend(script.map(|script| ("script".to_owned(), script)));
        let previous = work
            .session
            .as_deref()
            .and_then(|session| self.previous(session));
        options.extend(previous.map(|previous| ("previous".to_owned(), previous)));
        options.extend(work.options.iter().cloned());
        Ok(TurnRequest {
            prompt: work.prompt.clone(),
            model: work.model.clone(),
            effort: work.effort.clone(),
            session: work.session.clone(),
            new_session: uuid(&attempt.idempotency, attempt.attempt),
            permissions: permissions(work.permissions.as_deref())?,
            mcp_servers: Vec::new(),
            directory: self.directory.display().to_string(),
            scratch: scratch.path().display().to_string(),
            instructions: work.instructions.clone(),
            schema: work.schema.clone(),
            options,
        })
    }

    /// What the adapter gave out at the end of this conversation's last turn.
    fn previous(&self, session: &str) -> Option<String> {
        self.ledger.look(|run| {
            let replies = run
                .tasks
                .iter()
                .filter_map(|task| task.result()?.as_ref().ok());
            let mut replies = replies.rev();
            let last = replies.find(|reply| reply.session.as_deref() == Some(session))?;
            let options: serde_json::Map<_, _> = last
                .options
                .iter()
                .map(|(name, value)| (name.clone(), value.clone().into()))
                .collect();
            Some(serde_json::Value::Object(options).to_string())
        })
    }
}

impl Stage<'_> {
    /// Tells the adapter what happened and does what it wants.
    async fn hear(&mut self, input: Heard) -> Result<(), Error> {
        let actions = self.turn.next(input).map_err(failure::adapter)?;
        let mut actions = VecDeque::from(actions);
        while let Some(action) = actions.pop_front() {
            match action {
                Action::Spawn(command) if self.process.is_none() => self.spawn(command)?,
                Action::Spawn(_) => return Err(misbehaved("started a second program in one turn")),
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
        if !self.engine.programs.contains(&command.program) {
            return Err(undeclared(self.engine, &command.program));
        }
        let mut set = floor.variables(self.attempt);
        set.extend(command.environment);
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

    async fn stdout(&mut self, bytes: Vec<u8>) -> Result<(), Error> {
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

    async fn exited(&mut self, exit: Exit) -> Result<Exit, Error> {
        if let Some(line) = self.lines.as_mut().and_then(Lines::finish) {
            self.hear(Heard::Line(line)).await?;
        }
        self.hear(Heard::Exited(exit.code)).await?;
        self.process = None;
        Ok(exit)
    }

    async fn end(&mut self, stop: Stop) -> Result<(), Error> {
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
    async fn leave(&mut self) -> Result<Option<Exit>, Error> {
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
    fn result(self, exit: Option<Exit>) -> Result<Reply, Error> {
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
            .ok_or_else(|| misbehaved("ended a turn without saying how"))?;
        let code = exit.and_then(|exit| exit.code);
        if !finish.ok {
            return Err(failure::turn(engine, &finish, self.limit_ms));
        }
        if code != Some(0) && !self.done {
            return Err(misbehaved(
                "called a turn a success although the program failed",
            ));
        }
        Ok(Reply {
            text: finish.text,
            session: self.session,
            code: None,
            options: finish.options,
        })
    }
}

fn undeclared(engine: &Engine, program: &str) -> Error {
    let package = &engine.identity.package;
    let message = format!(
        "the engine `{}` wants to start `{program}`, which its package `{package}` does not declare",
        engine.info.id
    );
    let grant = format!("in the package's cm.toml: [capabilities] programs = [\"{program}\"]");
    Error::Denied(Failure::new("undeclared-program", message).with_details(grant))
}

fn misbehaved(what: &str) -> Error {
    Error::Other(Failure::new(
        "bad-adapter",
        format!("the engine's adapter {what}"),
    ))
}

/// Resolves when the task is to stop, and again when it is to stop faster.
pub(crate) async fn stopped(stop: &mut watch::Receiver<Stop>) -> Stop {
    loop {
        if stop.changed().await.is_err() {
            // Nobody can stop it any more.
            std::future::pending::<()>().await;
        }
        let now = *stop.borrow_and_update();
        if now > Stop::No {
            return now;
        }
    }
}

/// How long one attempt may take.
pub(crate) fn time(attempt: &Attempt, usual: Duration) -> Duration {
    attempt
        .policy
        .timeout_ms
        .map_or(usual, |ms| Duration::from_millis(ms.into()))
}

pub(crate) fn identity(process: &Process) -> cm_orchestrator::Process {
    let identity = process.identity();
    cm_orchestrator::Process {
        pid: identity.pid,
        started: identity.started,
        mark: identity.mark.clone(),
    }
}

fn permissions(name: Option<&str>) -> Result<Permissions, Error> {
    match name {
        None | Some("workspace-write") => Ok(Permissions::WorkspaceWrite),
        Some("read-only") => Ok(Permissions::ReadOnly),
        Some("full") => Ok(Permissions::Full),
        Some(other) => {
            let message = format!(
                "`{other}` is no permission; expected `read-only`, `workspace-write` or `full`"
            );
            Err(Error::Invalid(Failure::new("bad-permissions", message)))
        }
    }
}

/// A version 4 UUID that is the same for the same attempt and no other: an engine
/// refuses a conversation's name that it has seen before.
fn uuid(idempotency: &str, attempt: u32) -> String {
    let hex = Digest::of(format!("{idempotency} {attempt}").as_bytes()).hex();
    format!(
        "{}-{}-4{}-a{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[13..16],
        &hex[17..20],
        &hex[20..32]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uuid_has_its_form() {
        let uuid = uuid("key", 1);
        let parts: Vec<_> = uuid.split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert_ne!(uuid, super::uuid("key", 2));
    }
}

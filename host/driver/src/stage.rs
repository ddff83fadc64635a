use std::collections::VecDeque;

use cm_effects::{
    EndedBy, Exit, Lines, Output, Process, Recorded, Scratch,
    http::{Answer, Client, Exchange},
};
use cm_orchestrator::{Attempt, Clock, Input, Then};
use cm_runtime::Turn;
use cm_types::{Action, Error, Finish, Input as Heard, Permission, Reply, ToolResult, TurnEvent};
use tokio::time::Instant;

mod asking;
mod deeds;
mod files;
mod program;
mod tape;
#[cfg(test)]
mod tests;

pub(crate) use deeds::Deeds;
use tape::Tape;

use crate::{
    Engine, failure,
    floor::Floor,
    times::{self, Times},
    workspace::Workspace,
};

/// What a turn waits for.
pub(crate) enum Happening {
    /// Its program did something.
    Program(Output),
    /// The service it has asked answers.
    Service(Answer),
    /// A tool is done.
    Performed(ToolResult),
    /// It has taken too long.
    TimeUp,
}

/// Who plays: the adapter, and the host's tools for a model that has no others.
pub(crate) struct Cast {
    pub(crate) turn: Turn,
    pub(crate) deeds: Deeds,
}

/// A turn on its way: the adapter, and what it asked for: a program, or a service and the
/// host's tools.
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
    /// Whether there was a program in this turn.
    started: bool,
    /// Set when the adapter wants lines.
    lines: Option<Lines>,
    /// Files that the program may leave.
    collect: Vec<String>,
    client: Client,
    exchange: Option<Exchange>,
    /// What is told to no guest.
    secrets: Vec<String>,
    deeds: Deeds,
    tape: Tape,
    /// For a turn without a program; a program has its own.
    deadline: Instant,
    /// Why the turn was ended from here, when there was no program to end.
    ended: Option<Error>,
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
    /// The adapter has said something to the program.
    spoke: bool,
}

impl<'floor> Stage<'floor> {
    pub(crate) fn new(
        floor: &'floor Floor,
        attempt: &'floor Attempt,
        engine: &'floor Engine,
        scratch: &'floor Scratch,
        workspace: Workspace,
        environment: Vec<(String, String)>,
        Cast { turn, deeds }: Cast,
    ) -> Self {
        let times = Times::of_turn(&attempt.policy);
        Self {
            floor,
            attempt,
            engine,
            scratch,
            workspace,
            environment,
            turn,
            process: None,
            started: false,
            lines: None,
            collect: Vec::new(),
            client: Client::new(),
            exchange: None,
            secrets: Vec::new(),
            deeds,
            tape: Tape::default(),
            deadline: Instant::now() + times.total,
            ended: None,
            session: None,
            said: String::new(),
            wishes: Vec::new(),
            times,
            limit_ms: None,
            finish: None,
            done: false,
            spoke: false,
        }
    }

    /// What happens next; none when there is nothing left to wait for. May be dropped and
    /// called again without losing anything.
    pub(crate) async fn next(&mut self) -> Option<Happening> {
        let asks = self.exchange.is_some() || !self.deeds.is_empty();
        if self.process.is_none() && (self.finish.is_some() || self.ended.is_some() || !asks) {
            return None;
        }
        let (process, exchange) = (&mut self.process, &mut self.exchange);
        let alone = process.is_none();
        Some(tokio::select! {
            output = async {
                match process {
                    Some(process) => process.next().await,
                    None => std::future::pending().await,
                }
            } => Happening::Program(output),
            answer = async {
                match exchange {
                    Some(exchange) => exchange.next().await,
                    None => std::future::pending().await,
                }
            } => Happening::Service(answer),
            result = self.deeds.next() => Happening::Performed(result),
            () = tokio::time::sleep_until(self.deadline), if alone => Happening::TimeUp,
        })
    }

    /// Tells the adapter what happened; gives how its program has ended, when it has.
    pub(crate) async fn take(&mut self, happening: Happening) -> Result<Option<Exit>, Error> {
        match happening {
            Happening::Program(Output::Stdout(bytes)) => self.stdout(bytes).await?,
            Happening::Program(Output::Stderr(bytes)) => self.hear(Heard::Stderr(bytes)).await?,
            Happening::Program(Output::Exited(exit)) => return self.exited(exit).await.map(Some),
            Happening::Service(answer) => self.answered(answer).await?,
            Happening::Performed(result) => self.performed(result).await?,
            Happening::TimeUp => {
                self.stop(EndedBy::Timeout).await?;
            }
        }
        Ok(None)
    }

    /// Whether its program waits for somebody: that time is not its own.
    pub(crate) fn excuse(&mut self, waits: bool) {
        if let Some(process) = &mut self.process {
            process.excuse(waits);
        }
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
                Action::Spawn(command) if !self.started => self.spawn(command).await?,
                Action::Spawn(_) => {
                    return Err(failure::misbehaved("started a second program in one turn"));
                }
                Action::Emit(TurnEvent::Finish(finish)) => self.finish = Some(finish),
                Action::Emit(event) => self.tell(event),
                Action::Write(bytes) => {
                    self.spoke = true;
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
                // Who was told that the turn is over is too late.
                Action::Request(_) | Action::Perform(_) if self.ended.is_some() => {}
                Action::Request(request) => self.ask(request)?,
                Action::Perform(call) => self.perform(call)?,
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

    /// Ends a turn that has no program.
    async fn leave_off(&mut self, why: Option<Error>) -> Result<(), Error> {
        self.exchange = None;
        self.deeds.clear();
        if self.ended.is_none() && self.finish.is_none() {
            self.ended = why;
            self.hear(Heard::Cancelled).await?;
        }
        Ok(())
    }

    /// What was written down of the turn.
    pub(crate) fn recorded(&mut self, exit: Option<&Exit>) -> Option<Recorded> {
        let printed = exit.and_then(|exit| exit.recorded.clone());
        printed.or_else(|| self.tape.end())
    }

    /// Whether it succeeded is not the adapter's word alone.
    pub(crate) fn result(self, exit: Option<Exit>) -> Result<Reply, Error> {
        let engine = &self.engine.info.name;
        if let (Some(session), Some(finish)) = (&self.session, &self.finish) {
            self.floor.keep_unfinished(session, finish);
        }
        if let Some(error) = self.ended {
            return Err(error);
        }
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
        if self.started && code != Some(0) && !self.done {
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

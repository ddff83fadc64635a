//! Turns of runs that are over, as they were recorded: what an adapter was asked and told
//! then, and what it made of it.

use std::{
    collections::HashMap,
    io::{self, Cursor},
};

use cm_effects::recording::{Channel, Replay, What};
use cm_orchestrator::{Event, Record};
use cm_types::{Digest, HttpResponse, Input, Options, Reply, TurnEvent, TurnWork, Work};

use crate::AskedFor;

/// A turn that was recorded.
#[derive(Clone, Debug)]
pub struct PastTurn {
    /// The step that it is of.
    pub step: String,
    /// The engine that it was for.
    pub engine: String,
    /// What was asked.
    pub asked: AskedFor,
    /// Everything that the adapter was told after `begin`.
    pub inputs: Vec<Input>,
    /// Bytes that were not kept: what is decoded again ends before them.
    pub dropped: u64,
    /// What the adapter of that day made of it.
    pub events: Vec<TurnEvent>,
    /// How it ended; none: it was tried again, or nobody knows.
    pub result: Option<Result<String, String>>,
}

/// Reads a run for its recorded turns, event by event.
#[derive(Debug, Default)]
pub struct Past {
    engine: Option<String>,
    usual: String,
    open: HashMap<u32, Open>,
    /// What the last turn of each conversation gave out, to be told to the next.
    sessions: HashMap<String, Options>,
    turns: Vec<PastTurn>,
    /// Which of the turns is the last of a task.
    last: HashMap<u32, usize>,
}

#[derive(Debug)]
struct Open {
    step: String,
    work: TurnWork,
    /// What the turn before it in the conversation gave out.
    previous: Option<Options>,
    events: Vec<TurnEvent>,
    result: Option<Result<String, String>>,
}

impl Past {
    /// Adds the next event of the run; `blob` gives what is in the blob store.
    ///
    /// # Errors
    /// When a recording cannot be read.
    pub fn add(
        &mut self,
        record: &Record,
        blob: impl Fn(&Digest) -> io::Result<Vec<u8>>,
    ) -> io::Result<()> {
        match &record.event {
            Event::Started(start) => {
                self.engine.clone_from(&start.engine);
                self.usual.clone_from(&start.default_engine);
            }
            Event::Requested {
                task, place, work, ..
            } => {
                if let Work::Turn(work) = &**work {
                    let session = work.session.as_ref();
                    let open = Open {
                        step: place.step.clone(),
                        work: work.clone(),
                        previous: session.and_then(|it| self.sessions.get(it)).cloned(),
                        events: Vec::new(),
                        result: None,
                    };
                    self.open.insert(*task, open);
                }
            }
            Event::Attempted { task, .. } => {
                self.last.remove(task);
                if let Some(open) = self.open.get_mut(task) {
                    open.events.clear();
                }
            }
            Event::Turn { task, event } => {
                if let Some(open) = self.open.get_mut(task) {
                    open.events.push(event.clone());
                }
            }
            Event::Recorded {
                task,
                text,
                blob: kept,
                ..
            } => {
                let bytes = match (text, kept) {
                    (Some(text), _) => text.clone().into_bytes(),
                    (None, Some(digest)) => blob(digest)?,
                    (None, None) => return Ok(()),
                };
                self.recorded(*task, bytes)?;
            }
            Event::Finished { task, result, .. } => {
                if let Ok(reply) = result {
                    self.replied(reply);
                }
                let result = Some(match result {
                    Ok(reply) => Ok(reply.text.clone()),
                    Err(error) => Err(error.to_string()),
                });
                // The recording may be put away before or after that.
                if let Some(turn) = self.last.get(task).and_then(|at| self.turns.get_mut(*at)) {
                    turn.result = result;
                } else if let Some(open) = self.open.get_mut(task) {
                    open.result = result;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// The turns, in the order in which they were recorded.
    pub fn turns(self) -> Vec<PastTurn> {
        self.turns
    }

    fn replied(&mut self, reply: &Reply) {
        if let Some(session) = &reply.session {
            self.sessions.insert(session.clone(), reply.options.clone());
        }
    }

    fn recorded(&mut self, task: u32, bytes: Vec<u8>) -> io::Result<()> {
        let Some(open) = self.open.get_mut(&task) else {
            return Ok(());
        };
        let (mut inputs, mut dropped) = (Vec::new(), 0);
        for entry in Replay::new(Cursor::new(bytes))? {
            match entry?.what {
                What::Output(channel, bytes) => inputs.extend(input(channel, bytes)),
                What::Exited {
                    code, dropped: not, ..
                } => {
                    dropped = not;
                    inputs.push(Input::Exited(code));
                }
                What::Ended { dropped: not } => dropped = not,
            }
        }
        let mut asked = asked(&open.work);
        if let Some(previous) = &open.previous {
            let previous = previous.iter().cloned();
            let previous: serde_json::Map<String, serde_json::Value> =
                previous.map(|(name, value)| (name, value.into())).collect();
            let previous = serde_json::Value::Object(previous).to_string();
            asked.options.insert("previous".into(), previous);
        }
        let usual = || {
            open.work
                .engine
                .clone()
                .unwrap_or_else(|| self.usual.clone())
        };
        let engine = self.engine.clone().unwrap_or_else(usual);
        asked.options.insert("engine".into(), engine.clone());
        self.last.insert(task, self.turns.len());
        self.turns.push(PastTurn {
            step: open.step.clone(),
            engine,
            asked,
            inputs,
            dropped,
            events: std::mem::take(&mut open.events),
            result: open.result.take(),
        });
        Ok(())
    }
}

fn asked(work: &TurnWork) -> AskedFor {
    AskedFor {
        prompt: Some(work.prompt.clone()),
        model: work.model.clone(),
        effort: work.effort.clone(),
        session: work.session.clone(),
        permissions: work.permissions.clone(),
        instructions: work.instructions.clone(),
        schema: work.schema.clone(),
        options: work.options.iter().cloned().collect(),
        ..AskedFor::default()
    }
}

fn input(channel: Channel, bytes: Vec<u8>) -> Option<Input> {
    let json = || serde_json::from_slice::<serde_json::Value>(&bytes).ok();
    Some(match channel {
        Channel::Stdout => Input::Stdout(bytes),
        Channel::Stderr => Input::Stderr(bytes),
        Channel::Body => Input::Body(bytes),
        Channel::Responded => Input::Responded,
        Channel::Response => {
            let value = json()?;
            let headers = value.get("headers")?.clone();
            Input::Response(HttpResponse {
                status: value.get("status")?.as_u64()?.try_into().ok()?,
                headers: serde_json::from_value(headers).ok()?,
            })
        }
        Channel::Unreachable => Input::Unreachable(serde_json::from_slice(&bytes).ok()?),
        Channel::Performed => Input::Performed(serde_json::from_slice(&bytes).ok()?),
    })
}

use cm_types::{
    Controller, Digest, Error, Extension, Mode, Outline, Placement, Policy, Reply, TurnEvent, Work,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Process, RunEnd, RunStart, TaskKey, outcome};

/// A fact of a run. Once appended it never changes; new kinds may come, old ones stay.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "kind")]
pub enum Event {
    /// The run exists. Always the first event, and only there.
    Started(Box<RunStart>),
    /// Somebody goes on with the run.
    Resumed {
        /// The version of `cm` that does.
        host: String,
        /// The workflow's package as it is now; it may have been edited.
        workflow: Digest,
        /// Its steps as they are now.
        outline: Outline,
    },
    /// The workflow wants this done.
    Requested {
        /// Its number in this run, from 0.
        task: u32,
        /// The task in which it was asked for: a Wasm step. None: the workflow itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<u32>,
        /// What it is, by content.
        key: TaskKey,
        /// How many turns the same agent was asked for before, in the same scope.
        #[serde(default)]
        occurrence: u32,
        /// Where it stands.
        place: Placement,
        /// What is to be done.
        work: Box<Work>,
        /// Its limits.
        #[serde(default)]
        policy: Policy,
    },
    /// The work is sent out.
    Attempted {
        /// The task.
        task: u32,
        /// From 1. The idempotency key stays the same for all attempts.
        attempt: u32,
    },
    /// A program was started for it.
    Spawned {
        /// The task.
        task: u32,
        /// The program.
        process: Process,
    },
    /// The agent did something.
    Turn {
        /// The task.
        task: u32,
        /// What it did.
        event: TurnEvent,
    },
    /// The raw bytes of an attempt are kept.
    Recorded {
        /// The task.
        task: u32,
        /// Its size in bytes.
        bytes: u64,
        /// The recording itself, when it is small.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        text: Option<String>,
        /// Where it is in the blob store, when it is not.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        blob: Option<Digest>,
    },
    /// It failed and will be tried again.
    Retrying {
        /// The task.
        task: u32,
        /// Why it failed.
        error: Error,
        /// When: milliseconds since 1970 (UTC).
        until_ms: u64,
    },
    /// It is over.
    Finished {
        /// The task.
        task: u32,
        /// What it gave.
        #[serde(with = "outcome")]
        #[schemars(with = "outcome::Outcome")]
        result: Result<Reply, Error>,
        /// For questions: who answered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<String>,
        /// For questions: the digest of what was shown to whoever answered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        shown: Option<Digest>,
    },
    /// A question goes to somebody else than before.
    Assigned {
        /// The question's task.
        task: u32,
        /// To whom.
        to: Answerer,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        why: Option<String>,
    },
    /// Work was stopped on the way and will be sent out again, in the conversation that
    /// it had begun where it can.
    Held {
        /// The task.
        task: u32,
        /// What a person says to the agent when it goes on.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        say: Option<String>,
    },
    /// The workflow names who answers in the person's place.
    Entrusted {
        /// Who.
        controller: Controller,
        /// How often it may talk to the agent of one step before a person is asked.
        turns: u32,
    },
    /// Somebody else drives from here on.
    Switched {
        /// Who drives.
        mode: Mode,
        /// Who wanted it.
        by: String,
    },
    /// Nothing new is sent out until somebody continues.
    Paused {
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
        /// Who wanted it.
        by: String,
    },
    /// The run goes on after a pause.
    Continued {
        /// Who wanted it.
        by: String,
    },
    /// A person has something to say to the agent of a step, as soon as its turn is over.
    Steered {
        /// The step.
        step: String,
        /// What.
        text: String,
        /// Who.
        by: String,
    },
    /// From here on values of this key must meet a schema.
    Declared {
        /// The key of the shared state.
        key: String,
        /// A JSON Schema.
        schema: String,
    },
    /// Its result is dropped: it will run again when it is asked for again.
    Reopened {
        /// The task.
        task: u32,
    },
    /// The shared state changed.
    Written {
        /// In which task; none: the workflow itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<u32>,
        /// The how-manieth write of its scope, from 0.
        ordinal: u32,
        /// The value's name.
        key: String,
        /// Its new value.
        value: String,
    },
    /// A text was kept as a file.
    Saved {
        /// In which task; none: the workflow itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<u32>,
        /// The how-manieth save of its scope, from 0.
        ordinal: u32,
        /// The step it belongs to.
        step: String,
        /// The file's name.
        name: String,
        /// The text.
        content: String,
    },
    /// The guest was told something that could have been otherwise.
    Observed {
        /// In which task; none: the workflow itself.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        scope: Option<u32>,
        /// What it asked: `now`, `random`, `state KEY`, `artifact STEP/NAME`, or
        /// `swap VERSION KEY DIGEST` for one that was refused.
        what: String,
        /// The how-manieth time it asked this, from 0.
        ordinal: u32,
        /// What it was told; none: that there is nothing.
        value: Option<String>,
        /// Of a value of the shared state: its version.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        version: Option<u32>,
    },
    /// A step begins, ends, or is passed over.
    Marked {
        /// The how-manieth mark of the workflow, from 0.
        ordinal: u32,
        /// The step.
        place: Placement,
        /// `started`, `done`, `failed`, `skipped`.
        state: String,
        /// Why.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        note: Option<String>,
    },
    /// A line for the log.
    Noted {
        /// The task it came from; none: the workflow or the host.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        task: Option<u32>,
        /// What.
        item: Extension,
    },
    /// The run was stopped so that it can go on later.
    Interrupted {
        /// Why.
        reason: String,
    },
    /// The run is over.
    Ended {
        /// How.
        end: RunEnd,
    },
}

impl Event {
    /// The name of its kind, as it is written.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Started(_) => "started",
            Self::Resumed { .. } => "resumed",
            Self::Requested { .. } => "requested",
            Self::Attempted { .. } => "attempted",
            Self::Spawned { .. } => "spawned",
            Self::Turn { .. } => "turn",
            Self::Recorded { .. } => "recorded",
            Self::Retrying { .. } => "retrying",
            Self::Finished { .. } => "finished",
            Self::Assigned { .. } => "assigned",
            Self::Held { .. } => "held",
            Self::Entrusted { .. } => "entrusted",
            Self::Switched { .. } => "switched",
            Self::Paused { .. } => "paused",
            Self::Continued { .. } => "continued",
            Self::Steered { .. } => "steered",
            Self::Declared { .. } => "declared",
            Self::Reopened { .. } => "reopened",
            Self::Written { .. } => "written",
            Self::Saved { .. } => "saved",
            Self::Observed { .. } => "observed",
            Self::Marked { .. } => "marked",
            Self::Noted { .. } => "noted",
            Self::Interrupted { .. } => "interrupted",
            Self::Ended { .. } => "ended",
        }
    }
}

/// Who is to answer a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Answerer {
    /// A person.
    Person,
    /// The run's controller.
    Controller,
}

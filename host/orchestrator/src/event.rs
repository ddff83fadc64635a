use std::collections::BTreeMap;

use cm_types::{Digest, Error, Extension, Outline, Placement, Policy, Reply, TurnEvent, Work};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::TaskKey;

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
        /// What it asked: `now`, `random`, `state KEY`, `artifact STEP/NAME`.
        what: String,
        /// The how-manieth time it asked this, from 0.
        ordinal: u32,
        /// What it was told; none: that there is nothing.
        value: Option<String>,
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

/// What a run was started with.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct RunStart {
    /// The version of `cm` that started it.
    pub host: String,
    /// What the person named: a package or a path.
    pub workflow: String,
    /// The package's name and version.
    pub package: String,
    /// Its digest.
    pub digest: Option<Digest>,
    /// The file in it that was run.
    pub entry: String,
    /// The directory that the run works in.
    pub directory: String,
    /// Its steps.
    pub outline: Option<Outline>,
    /// Takes the place of every engine that the workflow names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// For agents that name none.
    pub default_engine: String,
    /// Takes the place of every model that the workflow names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Whether questions are answered with their defaults.
    #[serde(default)]
    pub yes: bool,
    /// How many programs may run at once; 0 counts as 1.
    pub parallel: u32,
    /// Named values for the guest.
    pub settings: BTreeMap<String, String>,
}

/// A program that was started, precisely enough to find it again and nothing else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Process {
    /// Its process id, which is also its group's.
    pub pid: u32,
    /// The operating system's start time of it, in the system's own unit; 0 when unknown.
    pub started: u64,
    /// A random word in its environment, by which it and its children are known again.
    #[serde(default)]
    pub mark: String,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", tag = "how")]
pub enum RunEnd {
    /// The workflow returned.
    Done {
        /// What it returned.
        output: String,
    },
    /// The workflow failed.
    Failed {
        /// Why.
        error: Error,
    },
    /// Somebody cancelled it.
    Cancelled {
        /// Who.
        by: String,
    },
}

/// `Result<Reply, Error>` as `{"ok": …}` or `{"err": …}`.
mod outcome {
    use cm_types::{Error, Reply};
    use schemars::JsonSchema;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize, JsonSchema)]
    #[serde(rename_all = "kebab-case")]
    pub(crate) enum Outcome {
        Ok(Reply),
        Err(Error),
    }

    pub(crate) fn serialize<S: Serializer>(
        result: &Result<Reply, Error>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        match result.clone() {
            Ok(reply) => Outcome::Ok(reply),
            Err(error) => Outcome::Err(error),
        }
        .serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Result<Reply, Error>, D::Error> {
        Ok(match Outcome::deserialize(deserializer)? {
            Outcome::Ok(reply) => Ok(reply),
            Outcome::Err(error) => Err(error),
        })
    }
}

use std::collections::{BTreeMap, HashMap};

use cm_types::{Budget, Controller, Mode, Outline, Placement};

use crate::{Limit, Permit, Pin, RunEnd, RunStart, Spending, Task, TaskKey, shelf::Shelf};

/// What the events of a run add up to. Only [`Run::apply`] changes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// What it was started with; none before the first event.
    pub start: Option<RunStart>,
    /// The workflow's steps, as they were when it was last started or resumed.
    pub outline: Outline,
    /// The versions that it uses, by what they are used as and the names that they are
    /// asked for by.
    pub pins: BTreeMap<(String, String), Pin>,
    /// Its tasks, by their number.
    pub tasks: Vec<Task>,
    /// The shared state.
    pub state: BTreeMap<String, Entry>,
    /// The JSON Schemas that values must meet, by key.
    pub schemas: BTreeMap<String, String>,
    /// Texts that were kept.
    pub artifacts: BTreeMap<(String, String), Artifact>,
    /// Where the workflow said it was, in order.
    pub marks: Vec<(Placement, String, Option<String>)>,
    /// Who drives.
    pub mode: Mode,
    /// Who answers in the person's place, and how often it may talk to the agent of one
    /// step before a person is asked.
    pub controller: Option<(Controller, u32)>,
    /// The conversation of a controller that is an agent.
    pub controller_session: Option<String>,
    /// Nothing is sent out until somebody continues.
    pub paused: Option<Pause>,
    /// What it may use; raised by persons.
    pub budget: Budget,
    /// What it has used.
    pub spending: Spending,
    /// Accounts that take no more until a time, which may be past.
    pub limits: Vec<Limit>,
    /// What agents may do without asking again.
    pub permits: Vec<Permit>,
    /// What persons have to say to agents when their turns are over.
    pub steered: Vec<Steer>,
    /// How it ended, if it did.
    pub end: Option<RunEnd>,
    /// Why it was stopped, if it was.
    pub interrupted: Option<String>,
    /// How often somebody went on with it.
    pub resumed: u32,
    /// When it began: milliseconds since 1970.
    pub started_ms: u64,
    /// When something last happened.
    pub updated_ms: u64,
    /// How many events there are.
    pub events: u64,
    pub(crate) by_key: HashMap<(Option<u32>, TaskKey), u32>,
    pub(crate) observed: HashMap<(Option<u32>, String, u32), Told>,
    pub(crate) written: Shelf,
    pub(crate) saved: Shelf,
    /// How often the controller has talked to the agent of a step, since anything else
    /// was decided there.
    pub(crate) replies: BTreeMap<String, u32>,
    pub(crate) finished: u64,
    /// Somebody was told how much of the budget is used.
    pub(crate) warned: bool,
}

/// A value of the shared state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The value.
    pub value: String,
    /// From 1; one more with each write.
    pub version: u32,
    /// The task whose guest or agent wrote it; none: the workflow itself.
    pub scope: Option<u32>,
    /// When it was written: milliseconds since 1970.
    pub at_ms: u64,
}

/// A text that a workflow kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// The text.
    pub content: String,
    /// When it was kept: milliseconds since 1970.
    pub at_ms: u64,
}

/// Why nothing is sent out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pause {
    /// Why.
    pub reason: Option<String>,
    /// Who wanted it; empty: it was started so; [`BUDGET`](crate::BUDGET): it may use no
    /// more.
    pub by: String,
    /// Since when: milliseconds since 1970.
    pub at_ms: u64,
}

/// What a person has to say to an agent when its turn is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Steer {
    /// The step.
    pub step: String,
    /// What.
    pub text: String,
    /// Who.
    pub by: String,
}

/// What a guest was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) value: Option<String>,
    pub(crate) version: Option<u32>,
}

impl Run {
    /// A task by its number.
    pub fn task(&self, id: u32) -> Option<&Task> {
        self.tasks.get(id as usize)
    }

    /// Of these tasks, the position of the one that was over first.
    pub fn first_finished(&self, tasks: &[u32]) -> Option<usize> {
        let order = |id: &u32| match self.task(*id)?.state {
            crate::TaskState::Finished { order, .. } => Some(order),
            _ => None,
        };
        let finished = tasks.iter().enumerate();
        let finished = finished.filter_map(|(position, id)| Some((order(id)?, position)));
        finished.min().map(|(_, position)| position)
    }

    pub(crate) fn find(&self, scope: Option<u32>, key: &TaskKey) -> Option<u32> {
        self.by_key.get(&(scope, key.clone())).copied()
    }

    pub(crate) fn observed(&self, scope: Option<u32>, what: &str, ordinal: u32) -> Option<&Told> {
        self.observed.get(&(scope, what.to_owned(), ordinal))
    }
}

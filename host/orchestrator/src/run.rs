use std::collections::{BTreeMap, HashMap};

use cm_types::{Outline, Placement, TurnEvent, Work};

use crate::{Event, Process, RunEnd, RunStart, Status, Task, TaskKey, TaskState};

/// What the events of a run add up to. Only [`Run::apply`] changes it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Run {
    /// What it was started with; none before the first event.
    pub start: Option<RunStart>,
    /// The workflow's steps, as they were when it was last started or resumed.
    pub outline: Outline,
    /// Its tasks, by their number.
    pub tasks: Vec<Task>,
    /// The shared state.
    pub state: BTreeMap<String, String>,
    /// Texts that were kept.
    pub artifacts: BTreeMap<(String, String), Artifact>,
    /// Where the workflow said it was, in order.
    pub marks: Vec<(Placement, String, Option<String>)>,
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
    by_key: HashMap<(Option<u32>, TaskKey), u32>,
    observed: HashMap<(Option<u32>, String, u32), Option<String>>,
    written: HashMap<(Option<u32>, u32), (String, String)>,
    saved: HashMap<(Option<u32>, u32), (String, String)>,
    finished: u64,
}

/// A text that a workflow kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// The text.
    pub content: String,
    /// When it was kept: milliseconds since 1970.
    pub at_ms: u64,
}

impl Run {
    /// The run that these events make.
    pub fn replay<'a>(events: impl IntoIterator<Item = (u64, &'a Event)>) -> Self {
        let mut run = Self::default();
        for (at_ms, event) in events {
            run.apply(at_ms, event);
        }
        run
    }

    /// Adds one fact. Never fails: what does not fit (a task that does not exist) is
    /// passed over, so that a newer journal can still be looked at.
    pub fn apply(&mut self, at_ms: u64, event: &Event) {
        self.events += 1;
        self.updated_ms = at_ms;
        match event {
            Event::Started(start) => {
                self.outline = start.outline.clone().unwrap_or_default();
                self.start = Some((**start).clone());
                self.started_ms = at_ms;
            }
            Event::Resumed { outline, .. } => self.resume(outline),
            Event::Requested { .. } => self.request(at_ms, event),
            Event::Attempted { task, .. } => {
                self.with(*task, |task| attempt(task, at_ms));
            }
            Event::Spawned { task, process } => {
                self.with(*task, |task| task.process = Some(process.clone()));
            }
            Event::Turn { task, event } => self.with(*task, |task| match event {
                TurnEvent::Usage(usage) => task.usage.add(usage),
                TurnEvent::Call(_) => task.calls = task.calls.saturating_add(1),
                _ => {}
            }),
            Event::Retrying { task, until_ms, .. } => self.with(*task, |task| {
                task.process = None;
                task.state = TaskState::Waiting {
                    until_ms: *until_ms,
                };
            }),
            Event::Finished { task, result, .. } => {
                let order = self.finished;
                self.finished += 1;
                self.with(*task, |task| {
                    task.process = None;
                    task.finished_ms = Some(at_ms);
                    task.state = TaskState::Finished {
                        order,
                        result: result.clone(),
                    };
                });
            }
            Event::Reopened { task } => self.with(*task, |task| task.state = TaskState::Queued),
            Event::Written {
                scope,
                ordinal,
                key,
                value,
            } => {
                let entry = (key.clone(), value.clone());
                self.written.insert((*scope, *ordinal), entry);
                self.state.insert(key.clone(), value.clone());
            }
            Event::Saved {
                scope,
                ordinal,
                step,
                name,
                content,
            } => {
                let path = format!("{step}/{name}");
                self.saved
                    .insert((*scope, *ordinal), (path, content.clone()));
                let content = content.clone();
                let artifact = Artifact { content, at_ms };
                self.artifacts
                    .insert((step.clone(), name.clone()), artifact);
            }
            Event::Observed {
                scope,
                what,
                ordinal,
                value,
            } => {
                let asked = (*scope, what.clone(), *ordinal);
                self.observed.insert(asked, value.clone());
            }
            Event::Marked {
                ordinal,
                place,
                state,
                note,
            } => {
                self.marks.truncate(*ordinal as usize);
                self.marks
                    .push((place.clone(), state.clone(), note.clone()));
            }
            Event::Interrupted { reason } => self.interrupted = Some(reason.clone()),
            Event::Ended { end } => self.end = Some(end.clone()),
            Event::Recorded { .. } | Event::Noted { .. } => {}
        }
    }

    /// How far it is, as the journal has it. A run whose process was lost still says
    /// `Running`: only who knows whether somebody drives it can tell.
    pub fn status(&self) -> Status {
        match &self.end {
            Some(RunEnd::Done { .. }) => return Status::Done,
            Some(RunEnd::Failed { .. }) => return Status::Failed,
            Some(RunEnd::Cancelled { .. }) => return Status::Cancelled,
            None => {}
        }
        if self.interrupted.is_some() {
            return Status::Interrupted;
        }
        let any =
            |wanted: fn(&TaskState) -> bool| self.tasks.iter().any(|task| wanted(&task.state));
        if any(|state| matches!(state, TaskState::Running)) {
            Status::Running
        } else if any(|state| matches!(state, TaskState::Asking)) {
            Status::Asking
        } else if any(|state| matches!(state, TaskState::Waiting { .. })) {
            Status::Waiting
        } else {
            Status::Running
        }
    }

    /// A task by its number.
    pub fn task(&self, id: u32) -> Option<&Task> {
        self.tasks.get(id as usize)
    }

    /// Programs that may still be there, for a driver that takes the run over.
    pub fn processes(&self) -> impl Iterator<Item = &Process> {
        self.tasks.iter().filter_map(|task| task.process.as_ref())
    }

    /// Of these tasks, the position of the one that was over first.
    pub fn first_finished(&self, tasks: &[u32]) -> Option<usize> {
        let order = |id: &u32| match self.task(*id)?.state {
            TaskState::Finished { order, .. } => Some(order),
            _ => None,
        };
        let finished = tasks.iter().enumerate();
        let finished = finished.filter_map(|(position, id)| Some((order(id)?, position)));
        finished.min().map(|(_, position)| position)
    }

    pub(crate) fn find(&self, scope: Option<u32>, key: &TaskKey) -> Option<u32> {
        self.by_key.get(&(scope, key.clone())).copied()
    }

    pub(crate) fn observed(
        &self,
        scope: Option<u32>,
        what: &str,
        ordinal: u32,
    ) -> Option<&Option<String>> {
        self.observed.get(&(scope, what.to_owned(), ordinal))
    }

    pub(crate) fn written(&self, scope: Option<u32>, ordinal: u32) -> Option<(&str, &str)> {
        pair(self.written.get(&(scope, ordinal)))
    }

    pub(crate) fn saved(&self, scope: Option<u32>, ordinal: u32) -> Option<(&str, &str)> {
        pair(self.saved.get(&(scope, ordinal)))
    }

    fn request(&mut self, at_ms: u64, event: &Event) {
        let Event::Requested {
            task,
            scope,
            key,
            occurrence,
            place,
            work,
            policy,
        } = event
        else {
            return;
        };
        self.by_key.insert((*scope, key.clone()), *task);
        let task = Task {
            id: *task,
            scope: *scope,
            key: key.clone(),
            occurrence: *occurrence,
            place: place.clone(),
            work: (**work).clone(),
            policy: policy.clone(),
            state: TaskState::Queued,
            attempts: 0,
            tries: 0,
            usage: cm_types::Usage::default(),
            calls: 0,
            process: None,
            requested_ms: at_ms,
            attempted_ms: None,
            finished_ms: None,
        };
        self.tasks.push(task);
    }

    fn resume(&mut self, outline: &Outline) {
        self.outline = outline.clone();
        self.end = None;
        self.interrupted = None;
        self.resumed += 1;
        for task in &mut self.tasks {
            task.tries = 0;
            task.process = None;
            if matches!(task.state, TaskState::Running | TaskState::Asking) {
                task.state = TaskState::Queued;
            }
        }
    }

    fn with(&mut self, task: u32, change: impl FnOnce(&mut Task)) {
        if let Some(task) = self.tasks.get_mut(task as usize) {
            change(task);
        }
    }
}

fn attempt(task: &mut Task, at_ms: u64) {
    task.attempts = task.attempts.saturating_add(1);
    task.tries = task.tries.saturating_add(1);
    task.attempted_ms = Some(at_ms);
    task.state = match &task.work {
        Work::Question(_) => TaskState::Asking,
        Work::Timer(timer) => TaskState::Waiting {
            until_ms: at_ms.saturating_add(timer.milliseconds.into()),
        },
        Work::Turn(_) | Work::Command(_) | Work::Step(_) => TaskState::Running,
    };
}

fn pair(entry: Option<&(String, String)>) -> Option<(&str, &str)> {
    entry.map(|(first, second)| (first.as_str(), second.as_str()))
}

impl Run {
    /// The tasks whose results made the run fail: those that gave an error, and the
    /// last one of each step that is marked as failed.
    pub fn failed_tasks(&self) -> Vec<u32> {
        let mut last_mark = HashMap::new();
        for (place, state, _) in &self.marks {
            last_mark.insert(place.step.as_str(), state.as_str());
        }
        let mut last_task = HashMap::new();
        for task in &self.tasks {
            last_task.insert((task.scope, task.place.step.as_str()), task.id);
        }
        let failed = |task: &&Task| match task.result() {
            None => false,
            Some(Err(_)) => true,
            Some(Ok(_)) => {
                let step = task.place.step.as_str();
                task.scope.is_none()
                    && last_mark.get(step) == Some(&"failed")
                    && last_task.get(&(None, step)) == Some(&task.id)
            }
        };
        self.tasks
            .iter()
            .filter(failed)
            .map(|task| task.id)
            .collect()
    }
}

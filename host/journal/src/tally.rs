use std::collections::{BTreeMap, HashMap};

use cm_orchestrator::{Answerer, Event, RunEnd, Status};
use cm_types::{TurnEvent, Work};

/// What a list shows of a run, kept with every append. It says the same as the fold
/// over all events, and needs only the tasks that something goes on with.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    /// Set by the end or an interruption.
    pub(crate) stopped: Option<Status>,
    /// Nothing new is sent out.
    pub(crate) paused: bool,
    /// Tasks at work, by their number.
    pub(crate) open: BTreeMap<u32, Status>,
    /// How many tasks were asked for.
    pub(crate) tasks: u32,
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
    pub(crate) cost_usd: Option<f64>,
}

/// What the status of a task is while it is at work: `Running`, except for questions
/// and timers, which alone are kept here.
pub(crate) type Kinds = HashMap<u32, Status>;

impl Tally {
    pub(crate) fn status(&self) -> Status {
        if let Some(status) = self.stopped {
            return status;
        }
        let any = |wanted| self.open.values().any(|status| *status == wanted);
        if any(Status::Running) {
            Status::Running
        } else if self.paused {
            Status::Paused
        } else if self.open.is_empty() {
            Status::Running
        } else if any(Status::Asking) {
            Status::Asking
        } else {
            Status::Waiting
        }
    }

    /// Adds an event that was not counted yet. `kinds` knows all tasks of the run.
    pub(crate) fn add(&mut self, event: &Event, kinds: &mut Kinds) {
        match event {
            Event::Requested { work, .. } => {
                if let Some(status) = kind(work) {
                    kinds.insert(self.tasks, status);
                }
                self.tasks = self.tasks.saturating_add(1);
            }
            Event::Attempted { task, .. } => {
                let status = kinds.get(task).copied().unwrap_or(Status::Running);
                self.set(*task, status);
            }
            Event::Retrying { task, .. } => self.set(*task, Status::Waiting),
            Event::Finished { task, .. } | Event::Reopened { task } | Event::Held { task, .. } => {
                self.open.remove(task);
            }
            Event::Assigned { task, to, .. } => {
                let status = match to {
                    Answerer::Person => Status::Asking,
                    Answerer::Controller => Status::Running,
                };
                self.set(*task, status);
            }
            Event::Started(start) => self.paused = start.paused,
            Event::Paused { .. } => self.paused = true,
            Event::Continued { .. } => self.paused = false,
            Event::Turn {
                task,
                event: TurnEvent::Usage(usage),
            } if *task < self.tasks => {
                self.input_tokens = self.input_tokens.saturating_add(usage.input.into());
                self.output_tokens = self.output_tokens.saturating_add(usage.output.into());
                if let Some(cost) = usage.cost_usd.filter(|cost| cost.is_finite()) {
                    self.cost_usd = Some(self.cost_usd.unwrap_or(0.0) + cost);
                }
            }
            Event::Resumed { .. } => {
                self.stopped = None;
                self.paused = false;
                self.open.retain(|_, status| *status == Status::Waiting);
            }
            // A run that has ended stays so, whatever is said of it.
            Event::Interrupted { .. } => {
                self.stopped.get_or_insert(Status::Interrupted);
            }
            Event::Ended { end } => {
                self.stopped = Some(match end {
                    RunEnd::Done { .. } => Status::Done,
                    RunEnd::Failed { .. } => Status::Failed,
                    RunEnd::Cancelled { .. } => Status::Cancelled,
                });
            }
            Event::Spawned { .. }
            | Event::Turn { .. }
            | Event::Recorded { .. }
            | Event::Written { .. }
            | Event::Saved { .. }
            | Event::Observed { .. }
            | Event::Marked { .. }
            | Event::Entrusted { .. }
            | Event::Switched { .. }
            | Event::Steered { .. }
            | Event::Declared { .. }
            | Event::Noted { .. } => {}
        }
    }

    fn set(&mut self, task: u32, status: Status) {
        if task < self.tasks {
            self.open.insert(task, status);
        }
    }
}

/// None: `Running` while it is at work.
pub(crate) fn kind(work: &Work) -> Option<Status> {
    match work {
        Work::Question(_) => Some(Status::Asking),
        Work::Timer(_) => Some(Status::Waiting),
        Work::Turn(_) | Work::Command(_) | Work::Step(_) | Work::Talk(_) => None,
    }
}

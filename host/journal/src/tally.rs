use std::collections::{BTreeMap, HashMap};

use cm_orchestrator::{Answerer, Event, RunEnd, Status};
use cm_types::{TurnEvent, Work};

use crate::Ask;

/// What a list shows of a run, kept with every append. It says the same as the fold
/// over all events, and needs only the tasks that something goes on with.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tally {
    /// Set by the end or an interruption.
    pub(crate) stopped: Option<Status>,
    /// Nothing new is sent out.
    pub(crate) paused: Option<Ask>,
    /// Tasks at work, by their number.
    pub(crate) open: BTreeMap<u32, Status>,
    /// Those of them that wait for a person.
    pub(crate) asks: BTreeMap<u32, Ask>,
    /// What waits for a person is no longer what is on disk.
    pub(crate) moved: bool,
    /// How many tasks were asked for.
    pub(crate) tasks: u32,
    pub(crate) input_tokens: u64,
    pub(crate) output_tokens: u64,
    pub(crate) cost_usd: Option<f64>,
}

/// What tasks are: questions and timers alone are kept here.
pub(crate) type Kinds = HashMap<u32, Kind>;

/// A task that is no program.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind {
    /// Time.
    Timer,
    /// A question, as it is when a person is asked.
    Question(Box<Ask>),
}

impl Kind {
    /// None: the task is at work like any other.
    pub(crate) fn of(task: u32, step: &str, work: &Work, at_ms: u64) -> Option<Self> {
        match work {
            Work::Question(question) => {
                let ask = Ask::question(task, step, question, at_ms);
                Some(Self::Question(Box::new(ask)))
            }
            Work::Timer(_) => Some(Self::Timer),
            Work::Turn(_)
            | Work::Command(_)
            | Work::Step(_)
            | Work::Branch(_)
            | Work::Merge(_)
            | Work::Proof(_)
            | Work::Talk(_) => None,
        }
    }
}

/// Keeps why a person is asked, as far as an event says something about it.
pub(crate) fn note(event: &Event, kinds: &mut Kinds) {
    let given = |kind: Option<&mut Kind>, why: Option<&str>| {
        if let Some(Kind::Question(ask)) = kind {
            **ask = std::mem::take(&mut **ask).given(why);
        }
    };
    match event {
        Event::Assigned { task, to, why } => {
            let why = why.as_deref().filter(|_| *to == Answerer::Person);
            given(kinds.get_mut(task), why);
        }
        Event::Reopened { task } => given(kinds.get_mut(task), None),
        Event::Switched { .. } => kinds.values_mut().for_each(|kind| given(Some(kind), None)),
        _ => {}
    }
}

impl Tally {
    pub(crate) fn status(&self) -> Status {
        if let Some(status) = self.stopped {
            return status;
        }
        let any = |wanted| self.open.values().any(|status| *status == wanted);
        if any(Status::Running) {
            Status::Running
        } else if self.paused.is_some() {
            Status::Paused
        } else if self.open.is_empty() {
            Status::Running
        } else if any(Status::Asking) {
            Status::Asking
        } else {
            Status::Waiting
        }
    }

    /// What waits for a person, as JSON.
    pub(crate) fn asks(&self) -> String {
        let over = self.stopped.is_some_and(Status::is_over);
        let asks = self.asks.values().chain(&self.paused);
        let asks: Vec<_> = asks.filter(|_| !over).collect();
        // Nothing in it can fail to be written.
        serde_json::to_string(&asks).unwrap_or_else(|_| "[]".into())
    }

    /// Takes up again what [`Tally::asks`] gave.
    pub(crate) fn take_up(&mut self, asks: Vec<Ask>) {
        for ask in asks {
            match ask.task {
                Some(task) => {
                    self.asks.insert(task, ask);
                }
                None => self.paused = Some(ask),
            }
        }
    }

    /// Adds an event that was not counted yet. `kinds` knows all tasks of the run.
    pub(crate) fn add(&mut self, at_ms: u64, event: &Event, kinds: &mut Kinds) {
        note(event, kinds);
        match event {
            Event::Requested { work, place, .. } => {
                if let Some(kind) = Kind::of(self.tasks, &place.step, work, at_ms) {
                    kinds.insert(self.tasks, kind);
                }
                self.tasks = self.tasks.saturating_add(1);
            }
            Event::Attempted { task, .. } => {
                let status = match kinds.get(task) {
                    Some(Kind::Question(_)) => Status::Asking,
                    Some(Kind::Timer) => Status::Waiting,
                    None => Status::Running,
                };
                self.set(*task, status, kinds);
            }
            Event::Retrying { task, .. } | Event::Postponed { task, .. } => {
                self.set(*task, Status::Waiting, kinds);
            }
            Event::Finished { task, .. }
            | Event::Reused { task, .. }
            | Event::Reopened { task }
            | Event::Held { task, .. } => {
                self.open.remove(task);
                self.moved |= self.asks.remove(task).is_some();
            }
            Event::Assigned { task, to, .. } => {
                let status = match to {
                    Answerer::Person => Status::Asking,
                    Answerer::Controller => Status::Running,
                };
                self.set(*task, status, kinds);
            }
            Event::Started(start) => {
                self.pause(start.paused.then(|| Ask::paused(None, None, at_ms)));
            }
            Event::Paused { reason, by } => {
                let by = Some(by.as_str()).filter(|by| !by.is_empty());
                self.pause(Some(Ask::paused(reason.as_deref(), by, at_ms)));
            }
            Event::Continued { .. } => self.pause(None),
            Event::Switched { .. } => {
                // Who was to answer an open question is decided anew.
                self.moved |= !self.asks.is_empty();
                self.asks.values_mut().for_each(|ask| ask.why = None);
            }
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
                self.pause(None);
                self.open.retain(|_, status| *status == Status::Waiting);
                self.asks.clear();
                self.moved = true;
            }
            // A run that has ended stays so, whatever is said of it.
            Event::Interrupted { .. } => {
                self.stopped.get_or_insert(Status::Interrupted);
            }
            Event::Ended { end } => {
                self.moved = true;
                self.stopped = Some(match end {
                    RunEnd::Done { .. } => Status::Done,
                    RunEnd::Failed { .. } => Status::Failed,
                    RunEnd::Cancelled { .. } => Status::Cancelled,
                });
            }
            Event::Spawned { .. }
            | Event::Turn { .. }
            | Event::Late { .. }
            | Event::Told { .. }
            | Event::Recorded { .. }
            | Event::Limited { .. }
            | Event::Pinned { .. }
            | Event::Unpinned { .. }
            | Event::Warned { .. }
            | Event::Raised { .. }
            | Event::Written { .. }
            | Event::Saved { .. }
            | Event::Observed { .. }
            | Event::Marked { .. }
            | Event::Entrusted { .. }
            | Event::Steered { .. }
            | Event::Declared { .. }
            | Event::Noted { .. } => {}
        }
    }

    fn set(&mut self, task: u32, status: Status, kinds: &Kinds) {
        if task >= self.tasks {
            return;
        }
        self.open.insert(task, status);
        match kinds.get(&task) {
            Some(Kind::Question(ask)) if status == Status::Asking => {
                self.asks.insert(task, (**ask).clone());
                self.moved = true;
            }
            _ => self.moved |= self.asks.remove(&task).is_some(),
        }
    }

    fn pause(&mut self, pause: Option<Ask>) {
        self.moved |= self.paused != pause;
        self.paused = pause;
    }
}

use std::collections::{HashMap, HashSet};

use cm_types::{Budget, Usage, Work};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Limit, Run, Status, StepState, StepSummary, Task};

/// A run at a glance: the steps of its workflow and what became of them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// How far the run is.
    pub status: Status,
    /// The workflow's name for people.
    pub name: String,
    /// Its steps, in the order they are written.
    pub steps: Vec<StepSummary>,
    /// For what it waits, when it waits for a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<Waiting>,
    /// Tokens and money of all tasks and all attempts.
    pub usage: Usage,
    /// What it may use.
    #[serde(default, skip_serializing_if = "Budget::is_none")]
    pub budget: Budget,
    /// How long programs were at work, in milliseconds.
    #[serde(default)]
    pub worked_ms: u64,
    /// How many pieces of work are over.
    pub finished: u32,
    /// How often a piece of work was sent out.
    pub attempts: u32,
    /// When it began: milliseconds since 1970 (UTC).
    pub started_ms: u64,
    /// When something last happened: milliseconds since 1970 (UTC).
    pub updated_ms: u64,
}

/// Nothing goes on until a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Waiting {
    /// When the first work goes on: milliseconds since 1970 (UTC).
    pub until_ms: u64,
    /// The engine whose account takes no more until then, with its model if it is only that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub engine: Option<String>,
    /// Why, if an account takes no more until then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

impl Summary {
    /// The summary of a run.
    pub fn of(run: &Run) -> Self {
        let mut table = Table::of(run);
        let mut usage = Usage::default();
        let (mut finished, mut attempts) = (0, 0);
        for task in &run.tasks {
            table.add(run, task);
            usage.add(&task.usage);
            if StepSummary::counts(task) {
                finished += u32::from(task.result().is_some());
                attempts += StepSummary::attempts(task);
            }
        }
        let mut steps = table.in_order();
        steps.iter_mut().for_each(StepSummary::remark);
        if matches!(run.status(), Status::Cancelled | Status::Interrupted) {
            steps.iter_mut().for_each(StepSummary::stop);
        }
        Self {
            status: run.status(),
            name: run.outline.name.clone(),
            steps,
            waiting: Waiting::of(run),
            usage,
            budget: run.budget.clone(),
            worked_ms: run.spending.used.ms,
            finished,
            attempts,
            started_ms: run.started_ms,
            updated_ms: run.updated_ms,
        }
    }
}

impl Waiting {
    fn of(run: &Run) -> Option<Self> {
        if run.status() != Status::Waiting {
            return None;
        }
        let (until_ms, limit) = run.waits_until()?;
        Some(Self {
            until_ms,
            engine: limit.map(Limit::name),
            why: limit.map(|limit| limit.why.clone()),
        })
    }
}

/// The steps of a run while they are counted.
struct Table {
    steps: Vec<StepSummary>,
    index: HashMap<String, usize>,
    /// How many of them the workflow has.
    planned: usize,
    /// Of these somebody says how far they are.
    told: HashSet<usize>,
}

impl Table {
    fn of(run: &Run) -> Self {
        let mut table = Self {
            steps: Vec::new(),
            index: HashMap::new(),
            planned: run.outline.steps.len(),
            told: (0..run.outline.steps.len()).collect(),
        };
        for step in &run.outline.steps {
            table.index.insert(step.id.clone(), table.steps.len());
            table.steps.push(StepSummary::planned(step));
        }
        for (place, state, note) in &run.marks {
            let position = table.at(&place.step, || StepSummary {
                kind: "step".to_owned(),
                label: place.step.clone(),
                parent: place.parent.clone(),
                ..StepSummary::new()
            });
            table.told.insert(position);
            if let Some(step) = table.steps.get_mut(position) {
                step.state = StepState::of_mark(state);
                step.note.clone_from(note);
            }
        }
        table
    }

    fn at(&mut self, id: &str, new: impl FnOnce() -> StepSummary) -> usize {
        if let Some(position) = self.index.get(id) {
            return *position;
        }
        self.index.insert(id.to_owned(), self.steps.len());
        self.steps.push(StepSummary {
            id: id.to_owned(),
            ..new()
        });
        self.steps.len() - 1
    }

    fn add(&mut self, run: &Run, task: &Task) {
        let place = &task.place;
        let outer = task.scope.and_then(|scope| run.task(scope));
        let is_helper = outer.is_some_and(Task::takes_a_place);
        let position = self.at(&place.step, || StepSummary {
            kind: match &task.work {
                Work::Turn(_) if is_helper => "agent",
                Work::Talk(_) => "controller",
                work => work.kind(),
            }
            .to_owned(),
            label: match &place.label {
                Some(label) => label.clone(),
                // An agent that another one started: `STEP/AGENT`.
                None if is_helper => {
                    let name = place.step.rsplit('/').next();
                    name.unwrap_or(&place.step).to_owned()
                }
                None => place.step.clone(),
            },
            parent: place.parent.clone(),
            ..StepSummary::new()
        });
        let told = self.told.contains(&position);
        if let Some(step) = self.steps.get_mut(position) {
            step.add(task);
            let at_work = matches!(
                step.state,
                StepState::Running | StepState::Asking | StepState::Judging | StepState::Waiting
            );
            if let (false, Some(result)) = (told || at_work, task.result()) {
                step.state = match result {
                    Ok(_) => StepState::Done,
                    Err(_) => StepState::Failed,
                };
            }
        }
        self.charge(run, task);
    }

    /// What it cost that the controller decided in the person's place.
    fn charge(&mut self, run: &Run, task: &Task) {
        let idle = task.calls == 0 && task.usage == Usage::default();
        if idle || task.question().is_none() {
            return;
        }
        let name = run.controller.as_ref().map(|(it, _)| it.name());
        let position = self.at("controller", || StepSummary {
            kind: "controller".to_owned(),
            label: name.unwrap_or("controller").to_owned(),
            state: StepState::Done,
            ..StepSummary::new()
        });
        if let Some(step) = self.steps.get_mut(position) {
            step.usage.add(&task.usage);
            step.calls = step.calls.saturating_add(task.calls);
        }
    }

    /// As they are written; what came of its own, behind the step it came from.
    fn in_order(self) -> Vec<StepSummary> {
        let mut extra = self.steps;
        let mut steps: Vec<StepSummary> = extra.drain(..self.planned.min(extra.len())).collect();
        for step in extra {
            let parent = step.parent.as_ref();
            let is_near = |other: &StepSummary| {
                Some(&other.id) == parent || parent.is_some() && other.parent.as_ref() == parent
            };
            match steps.iter().rposition(is_near) {
                Some(position) => steps.insert(position + 1, step),
                None => steps.push(step),
            }
        }
        steps
    }
}

//! Accounts that take no more for a while.

use cm_types::{Controller, Digest, Error, Failure, TurnWork, Work};

use crate::{
    Command, Event, MAX_LIMIT_MS, Run, TaskState,
    core::Turn,
    retry::{is_limit, told_ms, waits_at_limits},
    wait_ms,
};

/// An account that takes no more until a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limit {
    /// The engine.
    pub engine: String,
    /// Only this model of it; none: all.
    pub model: Option<String>,
    /// When it takes more again: milliseconds since 1970 (UTC).
    pub until_ms: u64,
    /// What the engine said.
    pub why: String,
}

impl Limit {
    /// The engine, and the model if it is only that.
    pub fn name(&self) -> String {
        match &self.model {
            Some(model) => format!("{} {model}", self.engine),
            None => self.engine.clone(),
        }
    }
}

impl Run {
    /// The limit that this work would run into at this time.
    pub fn limit_of(&self, work: &Work, now_ms: u64) -> Option<&Limit> {
        let Work::Turn(turn) = work else { return None };
        self.limit_of_turn(turn, now_ms)
    }

    pub(crate) fn limit_of_turn(&self, turn: &TurnWork, now_ms: u64) -> Option<&Limit> {
        let engine = turn.engine.as_deref()?;
        let holds = |limit: &&Limit| {
            limit.engine == engine
                && (limit.model.is_none() || limit.model == turn.model)
                && limit.until_ms > now_ms
        };
        self.limits
            .iter()
            .filter(holds)
            .max_by_key(|limit| limit.until_ms)
    }

    pub(crate) fn limit(&mut self, limit: Limit) {
        let same = |other: &&mut Limit| other.engine == limit.engine && other.model == limit.model;
        match self.limits.iter_mut().find(same) {
            Some(known) => *known = limit,
            None => self.limits.push(limit),
        }
    }
}

impl Turn<'_> {
    /// Work has failed: when it is tried again, if it is, or what it failed with.
    pub(crate) fn after(&mut self, id: u32, error: Error) -> Result<u64, Error> {
        let Some(task) = self.task(id) else {
            return Err(error);
        };
        let key = task.key.idempotency(&self.core.id);
        let dice = Digest::of(format!("{key} {}", task.attempts).as_bytes());
        let dice = u64::from_str_radix(&dice.hex().chars().take(15).collect::<String>(), 16);
        let wait = wait_ms(&error, task.tries, &task.policy, dice.unwrap_or_default());
        if let Some(failure) = error.failure().filter(|failure| is_limit(failure)) {
            let failure = failure.clone();
            self.reached(id, &failure, wait);
        }
        match wait {
            Some(wait) => Ok(self.now_ms.saturating_add(wait)),
            None => Err(too_long(error)),
        }
    }

    /// A task, or the controller about it, ran into a limit: what else goes to the same
    /// account waits, too.
    pub(crate) fn reached(&mut self, id: u32, failure: &Failure, wait: Option<u64>) {
        let Some((engine, model, scope)) = self.task(id).and_then(|task| {
            let turn = match (&task.work, &self.core.run.controller) {
                (Work::Turn(turn), _) => turn,
                (Work::Question(_) | Work::Talk(_), Some((Controller::Agent(turn), _))) => turn,
                _ => return None,
            };
            let scope = task.limit.as_ref().map(|limit| limit.scope.clone());
            Some((turn.engine.clone()?, turn.model.clone(), scope))
        }) else {
            return;
        };
        let model = match (scope.as_deref().unwrap_or_default(), model) {
            ("account" | "", _) => None,
            ("model", Some(model)) => Some(model),
            // The service is busy, or nobody knows which model it was: others may come
            // through.
            _ => return,
        };
        let Some(wait) = wait.or(told_ms(failure)).filter(|it| *it <= MAX_LIMIT_MS) else {
            return;
        };
        let limit = Limit {
            engine,
            model,
            until_ms: self.now_ms.saturating_add(wait),
            why: failure.message.clone(),
        };
        self.append_limit(limit, Some(id));
    }

    /// Work of another run was told of a limit.
    pub(crate) fn limited(&mut self, limit: Limit) {
        if limit.until_ms.saturating_sub(self.now_ms) <= MAX_LIMIT_MS {
            self.append_limit(limit, None);
        }
    }

    fn append_limit(&mut self, limit: Limit, task: Option<u32>) {
        let known = self.core.run.limits.iter().any(|known| {
            known.engine == limit.engine
                && known.model == limit.model
                && known.until_ms >= limit.until_ms
        });
        if known || limit.until_ms <= self.now_ms {
            return;
        }
        self.append(Event::Limited {
            engine: limit.engine,
            model: limit.model,
            until_ms: limit.until_ms,
            why: limit.why,
            task,
        });
    }

    /// Whether a queued task would only run into a limit. Then it waits until that is
    /// over, or fails at once where it is not to wait.
    pub(crate) fn is_held_back(&mut self, id: u32) -> bool {
        let Some(task) = self.task(id) else {
            return false;
        };
        let Some(limit) = self.core.run.limit_of(&task.work, self.now_ms).cloned() else {
            return false;
        };
        let until_ms = limit.until_ms;
        if waits_at_limits(&task.policy) {
            self.append(Event::Postponed {
                task: id,
                until_ms,
                why: Some(limit.why),
            });
            let at_ms = until_ms;
            self.command(Command::Wake { task: id, at_ms });
        } else {
            let wait = until_ms.saturating_sub(self.now_ms);
            let failure = Failure {
                retry_after_ms: Some(u32::try_from(wait).unwrap_or(u32::MAX)),
                ..Failure::new("usage-limit", limit.why).retryable()
            };
            self.finish(id, Err(Error::Exhausted(failure)));
        }
        true
    }
}

/// A limit that nobody can be expected to wait for says so.
pub(crate) fn too_long(error: Error) -> Error {
    let failure = match error {
        Error::Exhausted(failure) if is_limit(&failure) => failure,
        error => return error,
    };
    let days = told_ms(&failure).filter(|told| *told > MAX_LIMIT_MS);
    Error::Exhausted(match days.map(|told| told / 86_400_000) {
        Some(days) => Failure {
            message: format!(
                "{}; that is {days} days or more from now, too long to wait: take another engine (`--engine`), or resume the run when the account takes more",
                failure.message
            ),
            ..failure
        },
        None => failure,
    })
}

impl Run {
    /// Until when the work waits that goes on first, and for which account if that is known.
    pub fn waits_until(&self) -> Option<(u64, Option<&Limit>)> {
        let waiting = self.tasks.iter().filter_map(|task| match task.state {
            TaskState::Waiting { until_ms } => {
                let just_before = until_ms.saturating_sub(1);
                let limit = match &task.work {
                    Work::Talk(_) => self.controller_limit(just_before),
                    work => self.limit_of(work, just_before),
                };
                Some((until_ms, limit))
            }
            _ => None,
        });
        let deciding = self.waits_for_controller();
        let deciding = deciding.map(|limit| (limit.until_ms, Some(limit)));
        waiting
            .chain(deciding)
            .min_by_key(|(until_ms, _)| *until_ms)
    }
}

use std::collections::BTreeMap;

use cm_types::{TurnEvent, Usage, Work};

use crate::{Event, Run};

/// What a run has used, and what its turns use at most.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Spending {
    /// Of all attempts of all tasks. Its time is that in which a program was at work, up
    /// to the last event.
    pub used: Amount,
    /// What is at work, with what its attempt has used so far.
    at_work: BTreeMap<u32, Bill>,
    /// The most that one turn has used, by agent.
    most: BTreeMap<String, Amount>,
    /// The most that one turn of any agent has used.
    most_of_any: Option<Amount>,
}

/// Tokens, money and time.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Amount {
    /// Input and output.
    pub tokens: u64,
    /// US dollars.
    pub usd: f64,
    /// Milliseconds.
    pub ms: u64,
}

/// An attempt at work.
#[derive(Clone, Debug, PartialEq)]
struct Bill {
    /// None: it is no turn.
    agent: Option<String>,
    from_ms: u64,
    used: Amount,
}

impl Amount {
    fn add(&mut self, usage: &Usage) {
        self.tokens = self.tokens.saturating_add(usage.tokens());
        let money = usage.cost_usd.filter(|it| it.is_finite() && *it > 0.0);
        self.usd += money.unwrap_or(0.0);
    }

    fn at_least(&mut self, other: Self) {
        self.tokens = self.tokens.max(other.tokens);
        self.usd = self.usd.max(other.usd);
        self.ms = self.ms.max(other.ms);
    }

    fn less(self, other: Self) -> Self {
        Self {
            tokens: self.tokens.saturating_sub(other.tokens),
            usd: (self.usd - other.usd).max(0.0),
            ms: self.ms.saturating_sub(other.ms),
        }
    }

    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            tokens: self.tokens.saturating_add(other.tokens),
            usd: self.usd + other.usd,
            ms: self.ms.saturating_add(other.ms),
        }
    }
}

impl Spending {
    /// What one turn of this agent is expected to use at most: as much as one of its own,
    /// or else of any, has used in this run; `unknown` before the first.
    pub fn estimate(&self, agent: &str, unknown: Amount) -> Amount {
        let known = self.most.get(agent).copied().or(self.most_of_any);
        known.unwrap_or(unknown)
    }

    /// What the turns at work are still expected to use. Time is not added up: they are at
    /// work at the same time.
    pub(crate) fn reserved(&self, unknown: Amount) -> Amount {
        let turns = self.at_work.values();
        let open = turns.filter_map(|bill| {
            let agent = bill.agent.as_deref()?;
            Some(self.estimate(agent, unknown).less(bill.used))
        });
        let sum = open.fold(Amount::default(), Amount::plus);
        Amount { ms: 0, ..sum }
    }

    fn end(&mut self, task: u32, at_ms: u64) {
        let Some(bill) = self.at_work.remove(&task) else {
            return;
        };
        let Some(agent) = bill.agent else { return };
        let mut used = bill.used;
        used.ms = at_ms.saturating_sub(bill.from_ms);
        self.most.entry(agent).or_default().at_least(used);
        self.most_of_any.get_or_insert_default().at_least(used);
    }
}

impl Run {
    /// What it has used up to this time.
    pub fn used(&self, now_ms: u64) -> Amount {
        let mut used = self.spending.used;
        if !self.spending.at_work.is_empty() {
            used.ms = used
                .ms
                .saturating_add(now_ms.saturating_sub(self.updated_ms));
        }
        used
    }

    /// Counts what an event means for it. Called before the event is applied.
    pub(crate) fn spend(&mut self, at_ms: u64, event: &Event) {
        // Nobody was at work between a crash and the next start.
        let absent = matches!(event, Event::Resumed { .. });
        if !absent {
            self.spending.used = self.used(at_ms);
        }
        match event {
            Event::Attempted { task, .. } => {
                let Some(known) = self.task(*task).filter(|task| task.takes_a_place()) else {
                    return;
                };
                let agent = match &known.work {
                    Work::Turn(turn) => Some(turn.agent.clone()),
                    _ => None,
                };
                let bill = Bill {
                    agent,
                    from_ms: at_ms,
                    used: Amount::default(),
                };
                self.spending.end(*task, at_ms);
                self.spending.at_work.insert(*task, bill);
            }
            Event::Turn {
                task,
                event: TurnEvent::Usage(usage),
            } if self.task(*task).is_some() => {
                self.spending.used.add(usage);
                if let Some(bill) = self.spending.at_work.get_mut(task) {
                    bill.used.add(usage);
                }
            }
            Event::Retrying { task, .. }
            | Event::Postponed { task, .. }
            | Event::Finished { task, .. }
            | Event::Held { task, .. }
            | Event::Reopened { task } => self.spending.end(*task, at_ms),
            Event::Resumed { .. } | Event::Interrupted { .. } | Event::Ended { .. } => {
                let last_ms = if absent { self.updated_ms } else { at_ms };
                let left: Vec<u32> = self.spending.at_work.keys().copied().collect();
                for task in left {
                    self.spending.end(task, last_ms);
                }
            }
            _ => {}
        }
    }
}

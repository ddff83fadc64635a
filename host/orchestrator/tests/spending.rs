//! Classes, budgets, limits of usage and crashes, all at once, by chance: no class is ever
//! over its places, no budget is overdrawn by more than the guesses were wrong, what is
//! finished stays so, and everything ends.

use std::collections::{BTreeMap, BTreeSet};

use cm_orchestrator::{Event, Input, RunStart, TaskState};
use cm_types::{Budget, Error, Failure, Policy, Reply, Work};

use crate::{
    clerk::{Clerk, prompt},
    dice::Dice,
    program::command,
    simulation::for_seeds,
};

const CLASSES: [&str; 3] = ["agents", "commands", "builds"];

/// A clerk, and what the test knows better than the core.
struct Scene {
    clerk: Clerk,
    dice: Dice,
    places: BTreeMap<String, u32>,
    /// What each turn that was begun was expected to use at most, and has used.
    turns: BTreeMap<(u32, u32), (u64, u64)>,
    most: BTreeMap<String, u64>,
    most_of_any: Option<u64>,
    finished: BTreeSet<u32>,
    seen: usize,
}

impl Scene {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let mut places = BTreeMap::new();
        for class in CLASSES {
            if dice.chance(70) {
                places.insert(class.to_owned(), 1 + dice.below(3) as u32);
            }
        }
        let clerk = Clerk::new(RunStart {
            classes: places.clone(),
            budget: Budget {
                tokens: dice.chance(80).then(|| 1_000.0 + dice.below(60_000) as f64),
                ..Budget::default()
            },
            ..RunStart::default()
        });
        Self {
            clerk,
            dice,
            places,
            turns: BTreeMap::new(),
            most: BTreeMap::new(),
            most_of_any: None,
            finished: BTreeSet::new(),
            seen: 0,
        }
    }

    /// Everything that the workflow wants at once, again after a crash.
    fn ask(&mut self, wanted: &[(Work, Policy)]) {
        for (work, policy) in wanted {
            self.clerk.request(None, work.clone(), policy.clone());
            self.check();
        }
    }

    fn agent(&self, task: u32) -> Option<String> {
        match &self.clerk.core.run().tasks[task as usize].work {
            Work::Turn(turn) => Some(turn.agent.clone()),
            _ => None,
        }
    }

    fn guess(&self, agent: &str) -> u64 {
        let cap = self.clerk.core.run().budget.tokens.unwrap_or(f64::MAX);
        let known = self.most.get(agent).copied().or(self.most_of_any);
        known.unwrap_or((cap as u64).min(50_000))
    }

    /// What must be true after every input.
    fn check(&mut self) {
        let events: Vec<Event> = self.clerk.journal[self.seen..]
            .iter()
            .map(|(_, event)| event.clone())
            .collect();
        self.seen = self.clerk.journal.len();
        for event in events {
            match event {
                Event::Attempted { task, attempt } => {
                    assert!(!self.finished.contains(&task), "finished work runs again");
                    if let Some(agent) = self.agent(task) {
                        let guess = self.guess(&agent);
                        self.turns.insert((task, attempt), (guess, 0));
                    }
                }
                Event::Finished { task, .. } => {
                    assert!(self.finished.insert(task), "it is over twice");
                }
                _ => {}
            }
        }
        let run = self.clerk.core.run();
        let mut taken: BTreeMap<&str, u32> = BTreeMap::new();
        for task in self.clerk.at_work.keys() {
            *taken.entry(run.tasks[*task as usize].class()).or_default() += 1;
        }
        for (class, places) in &self.places {
            let taken = taken.get(class.as_str()).copied().unwrap_or(0);
            assert!(taken <= *places, "{class}: {taken} of {places}");
        }
        assert!(self.clerk.at_work.len() <= 8, "too many in all");
        if let Some(cap) = run.budget.tokens {
            let wrong: u64 = self
                .turns
                .values()
                .map(|(guess, used)| used.saturating_sub(*guess))
                .sum();
            let used = run.spending.used.tokens;
            assert!(
                used <= cap as u64 + wrong,
                "{used} of {cap}, {wrong} of it by mistake"
            );
        }
    }

    /// A program does something, or ends.
    fn work_on(&mut self) {
        let at = self.dice.below(self.clerk.at_work.len());
        let (task, attempt) = self
            .clerk
            .at_work
            .iter()
            .nth(at)
            .map(|(task, n)| (*task, *n))
            .expect("one");
        self.clerk.now += 1 + self.dice.roll() % 5_000;
        let agent = self.agent(task);
        if agent.is_some() && self.dice.chance(50) {
            let tokens = 1 + self.dice.below(9_000) as u32;
            self.turns.get_mut(&(task, attempt)).expect("begun").1 += u64::from(tokens);
            self.clerk.uses(task, tokens);
            return;
        }
        if let Some(agent) = agent {
            self.learn(task, attempt, agent);
            if self.dice.chance(8) {
                let after_ms = self.dice.below(3_600_000) as u32;
                return self.clerk.limit(task, "account", after_ms);
            }
            if self.dice.chance(8) && self.clerk.core.run().tasks[task as usize].tries < 3 {
                let busy = Failure::new("overloaded", "busy").retryable();
                return self.clerk.ends(task, Err(Error::Unavailable(busy)));
            }
        }
        self.clerk.ends(task, Ok(Reply::default()));
    }

    fn learn(&mut self, task: u32, attempt: u32, agent: String) {
        let used = self.turns[&(task, attempt)].1;
        let most = self.most.entry(agent).or_default();
        *most = used.max(*most);
        self.most_of_any = Some(used.max(self.most_of_any.unwrap_or(0)));
    }

    fn crash(&mut self) {
        for (task, attempt) in self.clerk.at_work.clone() {
            if let Some(agent) = self.agent(task) {
                self.learn(task, attempt, agent);
            }
        }
        self.clerk.crash();
    }

    /// How often somebody had to raise the budget until all was done.
    fn play(mut self, wanted: &[(Work, Policy)]) -> u32 {
        let mut raised = 0;
        self.ask(wanted);
        for _ in 0..20_000 {
            if self.finished.len() == wanted.len() {
                return raised;
            }
            if self.dice.chance(3) {
                self.crash();
                self.ask(wanted);
            } else if !self.clerk.at_work.is_empty() && self.dice.chance(80) {
                self.work_on();
            } else if !self.clerk.wakes.is_empty() {
                self.clerk.wake();
            } else if !self.clerk.at_work.is_empty() {
                self.work_on();
            } else {
                let run = self.clerk.core.run();
                assert!(
                    run.paused.is_some(),
                    "nothing happens any more: {:?}",
                    open(run)
                );
                raised += 1;
                let budget = Budget {
                    tokens: Some(1.0 + self.dice.below(100_000) as f64),
                    ..Budget::default()
                };
                let by = "me".into();
                let refused = self.clerk.input(Input::Raise { budget, by }).refused;
                assert_eq!(refused, None);
            }
            self.check();
        }
        panic!(
            "it does not come to an end: {:?}",
            open(self.clerk.core.run())
        );
    }
}

fn open(run: &cm_orchestrator::Run) -> Vec<(u32, &TaskState)> {
    let open = run.tasks.iter().filter(|task| task.result().is_none());
    open.map(|task| (task.id, &task.state)).collect()
}

fn wanted(dice: &mut Dice) -> Vec<(Work, Policy)> {
    let some = 1 + dice.below(25);
    let one = |n| {
        let class = dice.chance(20).then(|| CLASSES[dice.below(3)].to_owned());
        let work = match dice.chance(70) {
            true => {
                let agent = format!("agent {}", dice.below(3));
                prompt(&agent, ["claude", "codex"][dice.below(2)], &format!("{n}"))
            }
            false => command(&format!("{n}")),
        };
        let policy = Policy {
            attempts: 4,
            class,
            ..Policy::default()
        };
        (work, policy)
    };
    (0..some).map(one).collect()
}

#[test]
fn whatever_happens_the_limits_hold_and_everything_ends() {
    for_seeds(2_000, |seed| {
        let mut dice = Dice(seed ^ 0xb0d9e7);
        let wanted = wanted(&mut dice);
        Scene::new(seed).play(&wanted);
    });
}

/// Else the test above would show nothing.
#[test]
fn budgets_are_used_up_in_many_of_these() {
    let raised: u32 = (0..200)
        .map(|seed| {
            let wanted = wanted(&mut Dice(seed ^ 0xb0d9e7));
            Scene::new(seed).play(&wanted)
        })
        .sum();
    assert!(raised > 100, "{raised}");
}

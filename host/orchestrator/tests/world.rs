use std::collections::{BTreeMap, HashMap, HashSet};

use cm_orchestrator::{
    Attempt, Command, Core, Decided, Event, Input, Judgement, Offers, Run, RunEnd, RunStart,
};
use cm_types::{
    Controller, Decision, Digest, Error, Failure, Outline, QuestionKind, Reply, TurnWork, Work,
};

use crate::{
    dice::Dice,
    program::{Halt, Program},
};

pub(crate) const PLACES: u32 = 3;

/// A disk, programs, people and a clock, all of them simulated, around a real core.
pub(crate) struct World {
    pub(crate) core: Core,
    pub(crate) now: u64,
    pub(crate) dice: Dice,
    /// What is on disk.
    pub(crate) disk: Vec<(u64, Event)>,
    /// What was appended and would be lost in a crash, with what waits for it.
    pub(crate) buffer: Vec<(u64, Event)>,
    pub(crate) held: Vec<Command>,
    pub(crate) at_work: BTreeMap<u32, Attempt>,
    /// Of these the end was wanted; it comes.
    pub(crate) stopping: HashSet<u32>,
    pub(crate) asked: BTreeMap<u32, Attempt>,
    /// What is with the controller, and whether it was stopped.
    pub(crate) judged: Option<(Judgement, bool)>,
    pub(crate) wakes: Vec<(u64, u32)>,
    /// What agents have asked for themselves.
    pub(crate) helpers: BTreeMap<u32, Vec<u32>>,
    /// People and controllers do what they like.
    pub(crate) driven: bool,
    /// How often each piece of work was begun, by its idempotency key.
    pub(crate) begun: HashMap<String, u32>,
    /// What is on disk as finished, by its idempotency key.
    finished: HashSet<String>,
    pub(crate) failures: HashMap<String, u32>,
    /// What another run has finished.
    pub(crate) offers: Option<Offers>,
    pub(crate) crashes: u32,
    clocks: Vec<String>,
    clock: usize,
    places: u32,
    pub(crate) trace: Vec<String>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        Self::started(
            seed,
            RunStart {
                default_engine: "engine0".into(),
                parallel: PLACES,
                ..RunStart::default()
            },
        )
    }

    pub(crate) fn started(seed: u64, start: RunStart) -> Self {
        let places = start.parallel;
        let mut world = Self {
            core: Core::new("run", Run::default()),
            now: 1_000,
            dice: Dice(seed),
            disk: Vec::new(),
            buffer: Vec::new(),
            held: Vec::new(),
            at_work: BTreeMap::new(),
            stopping: HashSet::new(),
            asked: BTreeMap::new(),
            judged: None,
            helpers: BTreeMap::new(),
            driven: false,
            wakes: Vec::new(),
            begun: HashMap::new(),
            finished: HashSet::new(),
            failures: HashMap::new(),
            offers: None,
            crashes: 0,
            clocks: Vec::new(),
            clock: 0,
            places,
            trace: Vec::new(),
        };
        world.input(Input::Start(Box::new(start)));
        world.flush();
        world
    }

    pub(crate) fn input(&mut self, input: Input) -> Decided {
        let decision = self.core.decide(self.now, input);
        self.buffer.extend(
            decision
                .events
                .iter()
                .map(|event| (self.now, event.clone())),
        );
        self.held.extend(decision.commands.iter().cloned());
        decision
    }

    /// Everything that was appended reaches the disk; then, and only then, what
    /// waited for it is done.
    pub(crate) fn flush(&mut self) {
        let events = std::mem::take(&mut self.buffer);
        for (_, event) in &events {
            match event {
                Event::Reopened { task } => {
                    let key = &self.core.run().tasks[*task as usize].key;
                    let key = key.idempotency("run");
                    *self.failures.entry(key.clone()).or_default() += 1;
                    self.finished.remove(&key);
                }
                Event::Held { task, .. } => {
                    let key = &self.core.run().tasks[*task as usize].key;
                    *self.failures.entry(key.idempotency("run")).or_default() += 1;
                }
                _ => {}
            }
        }
        for command in std::mem::take(&mut self.held) {
            match command {
                Command::Perform(attempt) => self.begin(*attempt),
                Command::Ask(attempt) => {
                    let before = self.asked.insert(attempt.task, *attempt);
                    assert!(before.is_none(), "asked twice");
                }
                Command::Withdraw { task } => {
                    assert!(self.asked.remove(&task).is_some(), "nobody was asked");
                }
                Command::Judge(judgement) => {
                    assert!(
                        self.judged.is_none(),
                        "two things at once to the controller"
                    );
                    self.judged = Some((*judgement, false));
                }
                Command::Wake { task, at_ms } => self.wakes.push((at_ms, task)),
                Command::Stop { task } => match &mut self.judged {
                    Some((judgement, stopped)) if judgement.attempt.task == task => {
                        *stopped = true;
                    }
                    // It may have ended of itself meanwhile.
                    _ if self.at_work.contains_key(&task) => {
                        self.stopping.insert(task);
                    }
                    _ => {}
                },
            }
        }
        self.count_places();
        // What is stopped in the same breath as it is begun is begun all the same.
        for event in events.iter().map(|(_, event)| event) {
            if let Event::Finished { task, .. } = event {
                let key = &self.core.run().tasks[*task as usize].key;
                self.finished.insert(key.idempotency("run"));
            }
        }
        self.disk.extend(events);
    }

    fn begin(&mut self, attempt: Attempt) {
        let key = &attempt.idempotency;
        assert!(
            !self.finished.contains(key),
            "a finished step runs again: {attempt:?}"
        );
        let begun = self.begun.entry(attempt.idempotency.clone()).or_default();
        *begun += 1;
        let failures = self
            .failures
            .get(&attempt.idempotency)
            .copied()
            .unwrap_or(0);
        assert!(
            *begun <= 1 + failures + self.crashes,
            "more often than there was a reason for"
        );
        assert!(
            self.at_work.insert(attempt.task, attempt).is_none(),
            "twice at once"
        );
    }

    fn count_places(&self) {
        // Who waits for an agent that it started itself has lent it its place. What is
        // on its way out does nothing any more.
        let works = |id: &&u32| !self.stopping.contains(*id);
        let waits = |id: &u32| {
            let scope = |other: &u32| self.core.run().tasks[*other as usize].scope;
            let mut working = self.at_work.keys().filter(works);
            working.any(|other| scope(other) == Some(*id))
        };
        let places = self.at_work.iter().filter(|(id, attempt)| {
            works(id) && matches!(attempt.work, Work::Turn(_) | Work::Command(_))
        });
        let places = places.filter(|(id, _)| !waits(id));
        let tasks = &self.core.run().tasks;
        assert!(
            places.count() <= self.places as usize,
            "too many at once, of {}: {:?}",
            self.places,
            self.at_work
                .keys()
                .map(|id| (id, tasks[*id as usize].scope, self.stopping.contains(id)))
                .collect::<Vec<_>>()
        );
    }

    /// One thing happens. `faults` is how likely a crash or a failure is, in percent.
    fn happen(&mut self, faults: u64) {
        if self.dice.chance(faults / 4) {
            self.crash();
        } else if !self.buffer.is_empty() || !self.held.is_empty() {
            self.flush();
        } else if !self.at_work.is_empty() && self.dice.chance(70) {
            let at = self.dice.below(self.at_work.len());
            let task = *self.at_work.keys().nth(at).expect("one");
            let attempt = self.at_work.remove(&task).expect("it");
            let failed = self.dice.chance(faults);
            if failed {
                *self
                    .failures
                    .entry(attempt.idempotency.clone())
                    .or_default() += 1;
            }
            let tries = self.core.run().tasks[task as usize].tries;
            let result = if failed && tries < 3 {
                Err(hiccup())
            } else {
                Ok(outcome(&attempt))
            };
            self.now += 1 + self.dice.roll() % 500;
            self.input(Input::Ended {
                task,
                result: result.clone(),
            });
            if self.dice.chance(10) {
                // A driver that says it twice, or too late, does no harm.
                self.input(Input::Ended { task, result });
            }
        } else if !self.asked.is_empty() {
            let (task, attempt) = self.asked.first_key_value().expect("one");
            let task = *task;
            let decision = outcome(attempt).decision.expect("a decision");
            self.now += 1;
            let shown = self.core.run().shown(task);
            self.input(Input::Answer {
                task,
                decision,
                by: "me".into(),
                shown,
            });
        } else if let Some(first) = self.wakes.iter().copied().min() {
            self.wakes.retain(|wake| *wake != first);
            self.now = self.now.max(first.0);
            self.input(Input::Woke { task: first.1 });
        } else if let Some((task, _)) = self.at_work.first_key_value() {
            let task = *task;
            let attempt = self.at_work.remove(&task).expect("it");
            self.input(Input::Ended {
                task,
                result: Ok(outcome(&attempt)),
            });
        } else {
            panic!("nothing can happen any more, and the workflow is not over");
        }
    }

    /// The process is killed: what was not on disk is gone, and so is what was at work.
    pub(crate) fn crash(&mut self) {
        self.crashes += 1;
        if self.buffer.is_empty() {
            let again = Run::replay(self.disk.iter().map(|(at, event)| (*at, event)));
            assert_eq!(&again, self.core.run(), "the journal is the run");
        }
        self.buffer.clear();
        self.held.clear();
        self.at_work.clear();
        self.stopping.clear();
        self.asked.clear();
        self.judged = None;
        self.helpers.clear();
        self.wakes.clear();
        self.now += 10;
        let run = Run::replay(self.disk.iter().map(|(at, event)| (*at, event)));
        self.core = Core::new("run", run);
        self.input(Input::Resume {
            host: "test".into(),
            workflow: Digest::of(b"workflow"),
            outline: Outline::default(),
        });
        self.offer();
    }

    /// Says what another run has finished, as a driver does before the workflow begins.
    pub(crate) fn offer(&mut self) {
        if let Some(offers) = self.offers.clone() {
            self.input(Input::Offer(Box::new(offers)));
        }
    }

    /// Runs the program to its end; gives what it returned.
    pub(crate) fn run(&mut self, program: &Program, faults: u64) -> String {
        for _ in 0..200_000 {
            self.input(Input::Pass { scope: None });
            self.clock = 0;
            if self.driven {
                self.input(Input::Entrust {
                    controller: Controller::Agent(Box::<TurnWork>::default()),
                    turns: 2,
                });
            }
            let result = program.run(self, "");
            if let Err(Halt::Stopped) = &result {
                let error = Error::Other(Failure::new("stopped", "somebody stopped it"));
                self.trace.push("stop".into());
                self.input(Input::Returned { result: Err(error) });
                self.flush();
                self.crash();
                continue;
            }
            if let Ok(output) = result {
                self.input(Input::Returned {
                    result: Ok(output.clone()),
                });
                self.flush();
                let again = Run::replay(self.disk.iter().map(|(at, event)| (*at, event)));
                assert_eq!(&again, self.core.run(), "the journal is the run");
                assert_eq!(
                    again.end,
                    Some(RunEnd::Done {
                        output: output.clone()
                    })
                );
                return output;
            }
            if self.driven {
                self.drive(faults);
            } else {
                self.happen(faults);
            }
            self.trace
                .push(format!("{} {}", self.now, self.core.run().events));
        }
        panic!("the workflow does not come to an end");
    }

    /// The same question at the same place has the same answer, unless it was lost
    /// before it was on disk.
    pub(crate) fn clock_was_told(&mut self, value: Option<&str>) {
        let value = value.expect("a time").to_owned();
        let on_disk = self
            .disk
            .iter()
            .filter(|(_, event)| matches!(event, Event::Observed { what, .. } if what == "now"));
        let on_disk = on_disk.count();
        if self.clock < on_disk && self.clock < self.clocks.len() {
            assert_eq!(self.clocks[self.clock], value, "the time changed");
        }
        self.clocks.truncate(self.clock);
        self.clocks.push(value);
        self.clock += 1;
    }
}

/// What this work gives: the same for every attempt, different for other work.
pub(crate) fn outcome(attempt: &Attempt) -> Reply {
    let digest = Digest::of(format!("{:?} {}", attempt.work, attempt.idempotency).as_bytes());
    let yes = digest.hex().as_bytes()[0].is_multiple_of(2);
    if let Work::Question(question) = &attempt.work {
        let decision = match question.kind {
            QuestionKind::Question if yes => Decision::Reply("yes".into()),
            QuestionKind::Question => Decision::Reply("no".into()),
            QuestionKind::Approval | QuestionKind::Permission if yes => Decision::Approve,
            QuestionKind::Approval | QuestionKind::Permission => Decision::Reject("not yet".into()),
            QuestionKind::Turn | QuestionKind::Checkpoint => Decision::Next,
        };
        return Reply {
            decision: Some(decision),
            ..Reply::default()
        };
    }
    let text = match &attempt.work {
        Work::Command(_) => format!("exit {}", digest.hex().as_bytes()[0] % 3),
        _ => digest.short(),
    };
    Reply {
        text,
        ..Reply::default()
    }
}

pub(crate) fn hiccup() -> Error {
    Error::Unavailable(Failure::new("overloaded", "busy").retryable())
}

//! Everybody does what they like, at any moment: persons steer, switch, pause, skip and
//! stop, controllers decide or do not, agents start others and write to the shared state,
//! and the process is killed. Every run still comes to its end by the rules.

use cm_orchestrator::{Input, RunStart, TaskState};
use cm_types::{Decision, Error, Mode, Placement, Policy, QuestionKind, Reply, TurnEvent, Work};

use crate::{
    dice::Dice,
    program::{Program, turn},
    world::{World, hiccup, outcome},
};

const MODES: [Mode; 4] = [
    Mode::Manual,
    Mode::Continuous,
    Mode::Hybrid,
    Mode::Autonomous,
];

/// So often persons do something that nobody asked for.
const WHIMS: u32 = 25;

impl World {
    /// One thing happens.
    pub(crate) fn drive(&mut self, faults: u64) {
        if self.dice.chance(faults / 6) {
            return self.crash();
        }
        let whims = self.trace.iter().filter(|line| line.starts_with("whim"));
        if whims.count() < WHIMS as usize && self.dice.chance(12) {
            return self.whim();
        }
        let waits = !self.buffer.is_empty() || !self.held.is_empty();
        if waits && self.dice.chance(80) {
            self.flush();
            return self.check();
        }
        self.now += 1 + self.dice.roll() % 200;
        let judged = self.judged.is_some();
        let choices = [
            !self.at_work.is_empty(),
            !self.asked.is_empty(),
            judged,
            !self.wakes.is_empty(),
        ];
        let possible: Vec<usize> = (0..4).filter(|at| choices[*at]).collect();
        if possible.is_empty() {
            if waits {
                return self.flush();
            }
            assert!(
                self.core.run().paused.is_some(),
                "nothing can happen any more, and the workflow is not over"
            );
            self.input(Input::Continue { by: "me".into() });
            return;
        }
        match possible[self.dice.below(possible.len())] {
            0 => self.work_on(faults),
            1 => self.be_asked(),
            2 => self.judge(),
            _ => {
                let first = self.wakes.iter().copied().min().expect("one");
                self.wakes.retain(|wake| *wake != first);
                self.now = self.now.max(first.0);
                self.input(Input::Woke { task: first.1 });
            }
        }
    }

    /// What must be true whenever all that was decided is on disk and done.
    fn check(&self) {
        if !self.buffer.is_empty() || !self.held.is_empty() {
            return;
        }
        let run = self.core.run();
        for task in &run.tasks {
            let at_work = self.at_work.contains_key(&task.id);
            match task.state {
                TaskState::Running => assert!(at_work, "nobody works at {task:?}"),
                TaskState::Asking => {
                    assert!(
                        self.asked.contains_key(&task.id),
                        "nobody is asked {task:?}"
                    );
                }
                TaskState::Judging => {
                    assert!(self.judged.is_some(), "the controller idles: {task:?}");
                }
                _ => assert!(!self.asked.contains_key(&task.id), "asked in vain {task:?}"),
            }
            let Some(question) = task.question().filter(|_| task.is_open()) else {
                continue;
            };
            if task.state == TaskState::Judging {
                assert_eq!(run.mode, Mode::Autonomous, "who judges there?");
            }
            if question.kind == QuestionKind::Turn {
                let asks = match run.mode {
                    Mode::Manual => true,
                    Mode::Continuous => false,
                    Mode::Hybrid | Mode::Autonomous => question.interactive,
                };
                assert!(asks, "a gate is open and nobody is to be asked: {task:?}");
            }
        }
    }

    /// A program does something, or ends.
    fn work_on(&mut self, faults: u64) {
        let at = self.dice.below(self.at_work.len());
        let task = *self.at_work.keys().nth(at).expect("one");
        let attempt = self.at_work[&task].clone();
        let stopping = self.stopping.contains(&task);
        if matches!(attempt.work, Work::Turn(_)) && !stopping {
            if self.dice.chance(40) {
                let event = TurnEvent::Session(format!("session of {task}"));
                self.input(Input::Turn { task, event });
            }
            if self.dice.chance(20) {
                let (scope, key) = (Some(task), format!("k{}", self.dice.below(3)));
                let value = format!("agent {task} {}", self.dice.below(9));
                let version = self.dice.below(3) as u32;
                let input = match self.dice.chance(50) {
                    true => Input::Write { scope, key, value },
                    false => Input::Swap {
                        scope,
                        key,
                        version,
                        value,
                    },
                };
                self.input(input);
            }
            if !self.helped(task, attempt.place.step.matches('/').count()) {
                return;
            }
        }
        self.at_work.remove(&task);
        self.helpers.remove(&task);
        self.stopping.remove(&task);
        let tries = self.core.run().tasks[task as usize].tries;
        let result = if stopping && self.dice.chance(70) {
            Err(Error::Cancelled)
        } else if tries < 3 && self.dice.chance(faults / 2) {
            *self
                .failures
                .entry(attempt.idempotency.clone())
                .or_default() += 1;
            Err(hiccup())
        } else {
            Ok(Reply {
                decision: None,
                ..outcome(&attempt)
            })
        };
        self.input(Input::Ended { task, result });
    }

    /// Whether all the agents are done that this one has started; some start others.
    fn helped(&mut self, task: u32, depth: usize) -> bool {
        if !self.helpers.contains_key(&task) {
            let mut mine = Vec::new();
            let own = self.core.run().tasks[task as usize].key.content.hex();
            let many = match own.as_bytes()[0] {
                b'0'..=b'5' if depth < 2 => 2,
                _ => 0,
            };
            for at in 0..many {
                let step = &self.core.run().tasks[task as usize].place.step;
                let place = Placement {
                    step: format!("{step}/helper"),
                    parent: Some(step.clone()),
                    label: None,
                };
                let decided = self.input(Input::Request {
                    scope: Some(task),
                    place,
                    work: turn("helper", &format!("help {at}"), 0),
                    policy: Policy::default(),
                });
                // Refused when the agent has been stopped and does not know it yet.
                mine.extend(decided.task);
            }
            self.helpers.insert(task, mine);
        }
        let tasks = &self.core.run().tasks;
        let done = |id: &u32| tasks[*id as usize].result().is_some();
        self.helpers[&task].iter().all(done)
    }

    fn be_asked(&mut self) {
        let at = self.dice.below(self.asked.len());
        let task = *self.asked.keys().nth(at).expect("one");
        let decision = self.decision(task);
        let shown = self.core.run().shown(task);
        self.input(Input::Answer {
            task,
            decision,
            by: "me".into(),
            shown,
        });
    }

    /// Most of the time something that is possible.
    fn decision(&mut self, task: u32) -> Decision {
        let kind = self.core.run().tasks[task as usize]
            .question()
            .map(|q| q.kind);
        let word = format!("word {}", self.dice.below(1000));
        match (kind, self.dice.below(12)) {
            (_, 0) => Decision::Skip,
            (_, 1) if self.stops() < 3 => Decision::Stop("enough".into()),
            (_, 2) => Decision::Back("s1".into()),
            (Some(QuestionKind::Turn), 3..=6) => Decision::Reply(word),
            (Some(QuestionKind::Approval), 3..=7) => Decision::Approve,
            (Some(QuestionKind::Approval), _) => Decision::Revise(word),
            (Some(QuestionKind::Question), _) => Decision::Reply("yes".into()),
            _ => Decision::Next,
        }
    }

    /// How often the run was stopped.
    fn stops(&self) -> usize {
        let stops = self.trace.iter().filter(|line| line.starts_with("stop"));
        stops.count()
    }

    fn judge(&mut self) {
        let (judgement, stopped) = self.judged.take().expect("one");
        let task = judgement.attempt.task;
        if self.dice.chance(50) {
            let event = TurnEvent::Session("the controller's".into());
            self.input(Input::Turn { task, event });
        }
        if matches!(judgement.attempt.work, Work::Talk(_)) {
            let result = match stopped {
                true => Err(Error::Cancelled),
                false => Ok(Reply::default()),
            };
            self.input(Input::Ended { task, result });
            return;
        }
        let before = self.core.run().tasks[task as usize].state.clone();
        let result = match self.dice.below(10) {
            0 => Err(hiccup()),
            1 => Ok(Decision::Ask("too much for me".into())),
            2 => Ok(Decision::Approve),
            _ => Ok(self.decision(task)),
        };
        self.input(Input::Judged { task, result });
        if stopped {
            let after = &self.core.run().tasks[task as usize].state;
            assert_eq!(&before, after, "what was stopped does not count");
        }
    }

    /// A person does something that nobody asked for.
    fn whim(&mut self) {
        let by = || "me".to_owned();
        let input = match self.dice.below(14) {
            0..=2 => Input::Switch {
                mode: MODES[self.dice.below(4)],
                by: by(),
            },
            3 | 4 => Input::Pause {
                reason: None,
                now: self.dice.chance(50),
                by: by(),
            },
            5 => Input::Continue { by: by() },
            6 => Input::Talk {
                text: format!("hello {}", self.dice.below(2)),
                by: by(),
            },
            7 => {
                self.input(Input::Interrupt {
                    reason: "Ctrl-C".into(),
                });
                self.flush();
                self.trace.push("whim interrupt".into());
                return self.crash();
            }
            at => {
                let decision = match at {
                    8..=10 => Decision::Reply(format!("steer {}", self.dice.below(1000))),
                    11 => Decision::Skip,
                    12 => Decision::Next,
                    _ if self.stops() < 3 => Decision::Stop("enough".into()),
                    _ => Decision::Back("s1".into()),
                };
                let active = self.core.run().active_steps();
                let step = match active.is_empty() {
                    true => None,
                    false => Some(active[self.dice.0 as usize % active.len()].to_owned()),
                };
                Input::Direct {
                    step,
                    decision,
                    now: self.dice.chance(50),
                    by: by(),
                }
            }
        };
        self.trace.push(format!("whim {input:?}"));
        self.input(input);
    }
}

/// A random workflow with everybody in it; gives what happened.
fn simulate(seed: u64) -> Vec<String> {
    let mut dice = Dice(seed);
    let program = Program::random(&mut dice, 3);
    let faults = dice.roll() % 60;
    let mut world = World::started(
        seed,
        RunStart {
            default_engine: "engine0".into(),
            parallel: 1 + dice.below(3) as u32,
            mode: MODES[dice.below(4)],
            paused: dice.chance(10),
            yes: dice.chance(10),
            ..RunStart::default()
        },
    );
    world.driven = true;
    world.run(&program, faults);
    world.trace
}

#[test]
fn whatever_people_and_controllers_do_the_run_comes_to_its_end() {
    crate::simulation::for_seeds(2_000, |seed| {
        let trace = simulate(seed);
        if seed % 100 == 0 {
            assert_eq!(trace, simulate(seed), "the same seed, another run");
        }
    });
}

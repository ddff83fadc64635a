use std::collections::BTreeMap;

use cm_orchestrator::{Command, Core, Decided, Event, Input, Run, RunStart, TaskState};
use cm_types::{
    Digest, Error, Failure, Outline, Placement, Policy, RateLimit, Reply, TurnEvent, TurnWork,
    Usage, Work,
};

/// A core with a clock, its journal, and what it has sent out.
pub(crate) struct Clerk {
    pub(crate) core: Core,
    pub(crate) journal: Vec<(u64, Event)>,
    pub(crate) now: u64,
    /// At work, with how often it was sent out.
    pub(crate) at_work: BTreeMap<u32, u32>,
    pub(crate) wakes: Vec<(u64, u32)>,
}

impl Clerk {
    pub(crate) fn new(start: RunStart) -> Self {
        let mut clerk = Self {
            core: Core::new("r", Run::default()),
            journal: Vec::new(),
            now: 1_000,
            at_work: BTreeMap::new(),
            wakes: Vec::new(),
        };
        clerk.input(Input::Start(Box::new(RunStart {
            parallel: start.parallel.max(8),
            default_engine: "a".into(),
            ..start
        })));
        clerk
    }

    pub(crate) fn input(&mut self, input: Input) -> Decided {
        let decided = self.core.decide(self.now, input);
        let events = decided.events.iter();
        self.journal
            .extend(events.map(|event| (self.now, event.clone())));
        for command in &decided.commands {
            match command {
                Command::Perform(attempt) => {
                    self.at_work.insert(attempt.task, attempt.attempt);
                }
                Command::Wake { task, at_ms } => self.wakes.push((*at_ms, *task)),
                _ => {}
            }
        }
        decided
    }

    pub(crate) fn request(&mut self, scope: Option<u32>, work: Work, policy: Policy) -> u32 {
        let place = Placement {
            step: "s".into(),
            parent: None,
            label: None,
        };
        let input = Input::Request {
            scope,
            place,
            work,
            policy,
        };
        self.input(input).task.expect("a task")
    }

    pub(crate) fn ask(&mut self, agent: &str, engine: &str, policy: Policy) -> u32 {
        self.request(None, prompt(agent, engine, ""), policy)
    }

    pub(crate) fn uses(&mut self, task: u32, tokens: u32) {
        let event = TurnEvent::Usage(Usage {
            input: tokens,
            cost_usd: Some(f64::from(tokens) / 1024.0),
            ..Usage::default()
        });
        self.input(Input::Turn { task, event });
    }

    pub(crate) fn end(&mut self, task: u32) {
        self.ends(task, Ok(Reply::default()));
    }

    pub(crate) fn ends(&mut self, task: u32, result: Result<Reply, Error>) {
        assert!(self.at_work.remove(&task).is_some(), "{task} is at work");
        self.input(Input::Ended { task, result });
    }

    /// The engine says that the account takes no more.
    pub(crate) fn limit(&mut self, task: u32, scope: &str, after_ms: u32) {
        let event = TurnEvent::Limit(RateLimit {
            until_ms: None,
            scope: scope.into(),
            message: "limit".into(),
            options: Vec::new(),
        });
        self.input(Input::Turn { task, event });
        self.ends(task, Err(limited(after_ms)));
    }

    /// The next moment that was asked for comes.
    pub(crate) fn wake(&mut self) {
        let first = self.wakes.iter().copied().min().expect("a moment");
        self.wakes.retain(|wake| *wake != first);
        self.now = self.now.max(first.0);
        self.input(Input::Woke { task: first.1 });
    }

    /// The process is killed, and somebody resumes the run. What was asked for is not yet
    /// asked for again.
    pub(crate) fn crash(&mut self) {
        let run = Run::replay(self.journal.iter().map(|(at, event)| (*at, event)));
        assert_eq!(&run, self.core.run(), "the journal is the run");
        self.core = Core::new("r", run);
        self.at_work.clear();
        self.wakes.clear();
        self.input(Input::Resume {
            host: "t".into(),
            workflow: Digest::of(b"w"),
            outline: Outline::default(),
        });
        self.input(Input::Pass { scope: None });
    }

    pub(crate) fn state(&self, task: u32) -> &TaskState {
        &self.core.run().tasks[task as usize].state
    }

    pub(crate) fn at_work(&self) -> Vec<u32> {
        self.at_work.keys().copied().collect()
    }

    pub(crate) fn count(&self, kind: &str) -> usize {
        let events = self.journal.iter();
        events.filter(|(_, event)| event.kind() == kind).count()
    }
}

pub(crate) fn prompt(agent: &str, engine: &str, text: &str) -> Work {
    Work::Turn(TurnWork {
        agent: agent.into(),
        engine: Some(engine.into()),
        prompt: text.into(),
        ..TurnWork::default()
    })
}

pub(crate) fn limited(after_ms: u32) -> Error {
    Error::Exhausted(Failure {
        retry_after_ms: Some(after_ms),
        ..Failure::new("usage-limit", "limit").retryable()
    })
}

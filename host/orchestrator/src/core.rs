use std::collections::{BTreeSet, HashMap, VecDeque};

use cm_types::Failure;

use crate::{
    Command, Event, Input, Limit, Offers, Run, RunEnd, Task, controller::AtController, pass::Pass,
    rest::Rest,
};

/// How many tasks one run may have. A guest that asks for more is in a loop.
pub const MAX_TASKS: usize = 100_000;

/// Decides what happens next. A deterministic function of the run's events and of the
/// inputs since the driver took it over.
#[derive(Debug)]
pub struct Core {
    pub(crate) id: String,
    pub(crate) run: Run,
    pub(crate) passes: HashMap<Option<u32>, Pass>,
    /// Tasks that a guest wants and that have not been sent out yet.
    pub(crate) queue: VecDeque<u32>,
    /// Tasks that a guest asked for since the driver took the run over.
    pub(crate) wanted: Vec<bool>,
    /// Sent out, and not over: a place is free, and the task may be sent out again, only
    /// when its end has come.
    pub(crate) at_work: BTreeSet<u32>,
    /// What waits for the controller.
    pub(crate) line: VecDeque<u32>,
    /// What is with the controller.
    pub(crate) at_controller: Option<AtController>,
    /// Until when it is left alone.
    pub(crate) rest: Rest,
    /// What another run has finished, as long as it can be used here.
    pub(crate) offers: Option<Offers>,
    /// The run was cancelled or let go: nothing starts or finishes any more.
    pub(crate) closed: bool,
}

/// What follows from an input.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Decided {
    /// To be appended to the journal, in this order. The core's own [`Run`] has them
    /// already.
    pub events: Vec<Event>,
    /// To be performed once the events are on disk.
    pub commands: Vec<Command>,
    /// For `Request`: the task.
    pub task: Option<u32>,
    /// For `Observe`: what the guest is told. For `Write` and `Swap`: the new version.
    pub value: Option<String>,
    /// For `Observe`, `Write` and `Swap` of a value of the shared state: its version.
    pub version: Option<u32>,
    /// Why the input was refused.
    pub refused: Option<Failure>,
}

impl Core {
    /// A core for the run with this id, as its journal has it.
    pub fn new(id: impl Into<String>, run: Run) -> Self {
        let wanted = vec![false; run.tasks.len()];
        Self {
            id: id.into(),
            run,
            passes: HashMap::new(),
            queue: VecDeque::new(),
            wanted,
            at_work: BTreeSet::new(),
            line: VecDeque::new(),
            at_controller: None,
            rest: Rest::default(),
            offers: None,
            closed: false,
        }
    }

    /// The run as it is now.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// Takes an input. `now_ms` is the time that the events will carry: milliseconds
    /// since 1970 (UTC).
    pub fn decide(&mut self, now_ms: u64, input: Input) -> Decided {
        let mut turn = Turn {
            core: self,
            now_ms,
            decision: Decided::default(),
        };
        if !turn.core.closed {
            // Nothing can be sent out because of what a program says while it is at work,
            // and of this there is much.
            let said = matches!(
                input,
                Input::Turn { .. } | Input::Recorded { .. } | Input::Spawned { .. }
            );
            turn.take(input);
            turn.warn();
            if !said {
                turn.send_out();
            }
        }
        turn.decision
    }
}

/// One input on its way through the core.
pub(crate) struct Turn<'core> {
    pub(crate) core: &'core mut Core,
    pub(crate) now_ms: u64,
    pub(crate) decision: Decided,
}

impl Turn<'_> {
    fn take(&mut self, input: Input) {
        match input {
            Input::Start(start) => {
                if self.core.run.start.is_none() {
                    self.append(Event::Started(start));
                }
            }
            Input::Resume {
                host,
                workflow,
                outline,
            } => self.resume(host, workflow, outline),
            Input::Pin(pin) => self.pin(*pin),
            Input::Unpin { by } => self.unpin(by),
            Input::Offer(offers) => self.offer(*offers),
            Input::Pass { scope } => {
                // Of agents and commands the core knows itself when they begin.
                if !self.is_live(scope) {
                    self.core.passes.insert(scope, Pass::default());
                }
            }
            Input::Request {
                scope,
                place,
                work,
                policy,
            } => self.request(scope, place, work, policy),
            Input::Cancel { task } => self.cancel(task),
            Input::Write { scope, key, value } => self.write(scope, key, value),
            Input::Save {
                scope,
                step,
                name,
                content,
            } => self.save(scope, step, name, content),
            Input::Observe { scope, what, value } => self.observe(scope, what, value),
            Input::Mark { place, state, note } => self.mark(place, state, note),
            Input::Note { task, item } => self.append(Event::Noted { task, item }),
            Input::Spawned { task, process } => self.append(Event::Spawned { task, process }),
            Input::Turn { task, event } => self.append(Event::Turn { task, event }),
            Input::Recorded {
                task,
                bytes,
                text,
                blob,
            } => {
                self.append(Event::Recorded {
                    task,
                    bytes,
                    text,
                    blob,
                });
            }
            Input::Late { task, late } => self.append(Event::Late { task, late }),
            Input::Silent { task, ms, resumes } => self.silent(task, ms, resumes),
            Input::Told { task, granted, why } => self.told(task, granted, why),
            Input::Ended { task, result } => self.ended(task, result),
            Input::Answer {
                task,
                decision,
                by,
                shown,
            } => self.answer(task, decision, by, shown),
            Input::Judged { task, result } => self.judged(task, result),
            Input::Direct {
                step,
                decision,
                now,
                by,
            } => self.direct(step, decision, now, by),
            Input::Switch { mode, by } => self.switch(mode, by),
            Input::Pause { reason, now, by } => self.pause(reason, now, by),
            Input::Continue { by } => self.go_on(by),
            Input::Raise { budget, by } => self.raise(&budget, by),
            Input::Limit {
                engine,
                model,
                until_ms,
                why,
            } => self.limited(Limit {
                engine,
                model,
                until_ms,
                why,
            }),
            Input::Talk { text, by } => self.talk(text, by),
            Input::Entrust { controller, turns } => self.entrust(controller, turns),
            Input::Swap {
                scope,
                key,
                version,
                value,
            } => self.swap(scope, key, version, value),
            Input::Declare { key, schema } => self.declare(key, schema),
            Input::Woke { task } => self.woke(task),
            Input::Returned { result } => self.close(match result {
                Ok(output) => Event::Ended {
                    end: RunEnd::Done { output },
                },
                Err(error) => Event::Ended {
                    end: RunEnd::Failed { error },
                },
            }),
            Input::CancelRun { by } => self.close(Event::Ended {
                end: RunEnd::Cancelled { by },
            }),
            Input::Interrupt { reason } => self.close(Event::Interrupted { reason }),
        }
    }

    pub(crate) fn append(&mut self, event: Event) {
        self.core.run.apply(self.now_ms, &event);
        self.decision.events.push(event);
    }

    pub(crate) fn command(&mut self, command: Command) {
        self.decision.commands.push(command);
    }

    pub(crate) fn refuse(&mut self, failure: Failure) {
        self.decision.refused = Some(failure);
    }

    pub(crate) fn pass(&mut self, scope: Option<u32>) -> &mut Pass {
        self.core.passes.entry(scope).or_default()
    }

    pub(crate) fn pass_goes_on(&self, scope: Option<u32>) -> bool {
        self.core
            .passes
            .get(&scope)
            .is_some_and(|pass| pass.goes_on)
    }

    pub(crate) fn task(&self, id: u32) -> Option<&Task> {
        self.core.run.task(id)
    }
}

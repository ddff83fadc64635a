use std::sync::Arc;

use cm_orchestrator::{Attempt, Command, Input};
use cm_types::{Error, Failure, Reply, Work};
use tokio::{sync::watch, task::JoinSet};

use crate::{
    Stop,
    attempt::{Done, stopped},
    failure,
    floor::Floor,
    guest,
    person::{Asked, Person, Word},
};

/// A task that is at work, until this is dropped, however that comes about.
struct AtWork<'floor> {
    floor: &'floor Floor,
    task: u32,
}

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.floor.left(self.task);
    }
}

impl Floor {
    /// Begins what the core wants done, and gives back at once.
    pub(crate) fn perform(
        self: &Arc<Self>,
        commands: Vec<Command>,
        at_work: &mut JoinSet<()>,
        person: &mut Option<Box<dyn Person>>,
    ) {
        for command in commands {
            match command {
                Command::Perform(attempt) => {
                    let stop = self.stop_of(attempt.task);
                    let floor = Arc::clone(self);
                    at_work.spawn(async move { floor.work(*attempt, stop).await });
                }
                Command::Ask(attempt) => self.ask(*attempt, person),
                Command::Wake { task, at_ms } => {
                    let ledger = Arc::clone(&self.ledger);
                    at_work.spawn(async move {
                        cm_effects::timer::until(at_ms).await;
                        ledger.input(Input::Woke { task });
                    });
                }
                Command::Stop { task } => self.stop(Some(task), Stop::Gently),
            }
        }
    }

    async fn work(self: Arc<Self>, attempt: Attempt, stop: watch::Receiver<Stop>) {
        let task = attempt.task;
        let _at_work = AtWork { floor: &self, task };
        let done = match &attempt.work {
            Work::Turn(turn) => self.turn(&attempt, turn, stop).await,
            Work::Command(command) => self.command(&attempt, command, stop).await,
            Work::Step(step) => self.step(&attempt, step, stop).await,
            Work::Question(_) | Work::Timer(_) => {
                let message = "a question or a timer is no work for a program";
                Done::nothing(Error::Invalid(Failure::new("not-work", message)))
            }
        };
        // The count goes up before the workflow hears of the result and may return.
        let keeping = self.keeping();
        self.ledger.input(Input::Ended {
            task,
            result: done.result,
        });
        self.keep(task, done.recorded).await;
        drop(keeping);
    }

    fn ask(&self, attempt: Attempt, person: &mut Option<Box<dyn Person>>) {
        let Work::Question(question) = attempt.work else {
            return;
        };
        let Some(person) = person else { return };
        let asked = Asked {
            task: attempt.task,
            step: attempt.place.step,
            question,
        };
        let ledger = Arc::clone(&self.ledger);
        person.ask(
            asked,
            Box::new(move |word| {
                if let Word::Answer { text, by } = word {
                    ledger.input(Input::Answer {
                        task: attempt.task,
                        text,
                        by,
                    });
                }
            }),
        );
    }

    async fn step(
        &self,
        attempt: &Attempt,
        work: &cm_types::StepWork,
        mut stop: watch::Receiver<Stop>,
    ) -> Done {
        let (guest, package, name) = match self.catalog.step(&work.name) {
            Ok(found) => found,
            Err(error) => {
                return Done::nothing(Error::Missing(Failure::new(
                    "unknown-step",
                    error.to_string(),
                )));
            }
        };
        let scope = Some(attempt.task);
        self.ledger.input(Input::Pass { scope });
        let context = guest::Guest {
            ledger: Arc::clone(&self.ledger),
            scope,
            bundle: Arc::new(crate::PackageBundle::new(package)),
        };
        let result = tokio::select! {
            result = guest.run(Arc::new(context), &name, &work.input) => match result {
                Ok(Ok(text)) => Ok(Reply { text, ..Reply::default() }),
                Ok(Err(error)) => Err(error),
                Err(fault) => Err(failure::guest(&fault)),
            },
            () = async { stopped(&mut stop).await; } => Err(Error::Cancelled),
        };
        Done {
            result,
            recorded: None,
        }
    }
}

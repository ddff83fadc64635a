use std::{sync::Arc, time::Duration};

use cm_effects::EndedBy;
use cm_orchestrator::{Attempt, Clock, Command, Input, Then};
use cm_registry::Kind;
use cm_types::{Error, Failure, Reply, Work};
use tokio::{sync::watch, task::JoinSet};

use crate::{
    DriveError, Stop,
    asking::Asking,
    attempt::{Done, stopped},
    failure,
    floor::Floor,
    guest,
    stops::Ready,
    times,
};

impl Floor {
    /// Begins what the core wants done, and gives back at once.
    pub(crate) fn perform(
        self: &Arc<Self>,
        commands: Vec<Command>,
        at_work: &mut JoinSet<()>,
        asking: &mut Asking,
    ) {
        for command in commands {
            let floor = Arc::clone(self);
            match command {
                Command::Perform(attempt) => {
                    let ready = self.stops.ready(attempt.task);
                    at_work.spawn(async move { floor.work(*attempt, ready).await });
                }
                Command::Judge(judgement) => {
                    let ready = self.stops.ready(judgement.attempt.task);
                    at_work.spawn(async move { floor.judge(*judgement, ready).await });
                }
                Command::Ask(attempt) => asking.ask(&self.ledger, attempt.task, None),
                Command::Withdraw { task } => asking.withdraw(task),
                Command::Wake { task, at_ms } => {
                    at_work.spawn(async move {
                        cm_effects::timer::until(at_ms).await;
                        floor.ledger.input(Input::Woke { task });
                    });
                }
                Command::Stop { task } => self.stops.stop(Some(task), Stop::Gently),
            }
        }
    }

    async fn work(self: Arc<Self>, attempt: Attempt, ready: Ready) {
        let task = attempt.task;
        let _at_work = self.stops.begin(&ready);
        let stop = ready.stop.clone();
        let done = match &attempt.work {
            Work::Turn(turn) => self.turn(&attempt, turn, stop).await,
            Work::Command(command) => self.command(&attempt, command, stop).await,
            Work::Step(step) => self.step(&attempt, step, stop).await,
            Work::Branch(branch) => self.branch(&attempt, branch, stop).await,
            Work::Merge(merge) => self.merge(&attempt, merge, stop).await,
            Work::Proof(proof) => self.prove(&attempt, proof, stop).await,
            Work::Question(_) | Work::Timer(_) | Work::Talk(_) => {
                let message = "a question, a timer or a talk is no work for a program";
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

    async fn step(
        self: &Arc<Self>,
        attempt: &Attempt,
        work: &cm_types::StepWork,
        mut stop: watch::Receiver<Stop>,
    ) -> Done {
        let missing = |error: DriveError| {
            Done::nothing(Error::Missing(Failure::new(
                "unknown-step",
                error.to_string(),
            )))
        };
        let (guest, package, name) = match self.catalog.step(&work.name) {
            Ok(found) => found,
            Err(error) => return missing(error),
        };
        if let Some((component, _)) = cm_registry::split_step(&work.name)
            && let Err(error) = self.pin(Kind::Step, component).await
        {
            return missing(error);
        }
        let scope = Some(attempt.task);
        self.ledger.input(Input::Pass { scope });
        let context = guest::Guest {
            floor: Arc::clone(self),
            scope,
            bundle: Arc::new(crate::PackageBundle::new(package)),
        };
        let total = attempt.policy.timeout_ms.map(times::milliseconds);
        let result = tokio::select! {
            result = guest.run(Arc::new(context), &name, &work.input) => match result {
                Ok(Ok(text)) => Ok(Reply { text, ..Reply::default() }),
                Ok(Err(error)) => Err(error),
                Err(fault) => Err(failure::guest(&fault)),
            },
            () = async { stopped(&mut stop).await; } => Err(Error::Cancelled),
            () = over(total) => {
                let time = total.unwrap_or_default();
                times::tell(&self.ledger, attempt.task, Clock::Total, time, Then::Stopped);
                let clock = Some((Clock::Total, time));
                let error = failure::ended_by(&work.name, EndedBy::Timeout, clock);
                Err(error.unwrap_or(Error::Cancelled))
            }
        };
        Done {
            result,
            recorded: None,
        }
    }
}

/// The time that is given; never, when none is.
async fn over(time: Option<Duration>) {
    match time {
        Some(time) => tokio::time::sleep(time).await,
        None => std::future::pending().await,
    }
}

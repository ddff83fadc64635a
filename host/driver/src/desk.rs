use std::{
    collections::VecDeque,
    sync::{Arc, atomic::Ordering},
};

use cm_journal::{JournalError, Message};
use cm_orchestrator::{Event, Input, Limit, Record, Status, Task};
use cm_types::Error;
use tokio::{sync::mpsc::UnboundedReceiver, task::JoinSet};

use crate::{
    Control, DriveError, Ending, Observer, Stop,
    asking::Asking,
    bell::Belfry,
    failure,
    floor::{Floor, RUN},
    ledger::{Batch, Ledger},
    limits::Limits,
    patience::{LAZY, LOOK},
};

/// Where a run is brought on: what is decided goes to disk, what is on disk is done.
pub(crate) struct Desk<'observer> {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) floor: Arc<Floor>,
    /// Appended, and not yet known to be on disk.
    pub(crate) batches: VecDeque<Batch>,
    pub(crate) at_work: JoinSet<()>,
    pub(crate) asking: Asking,
    /// What the person says without being asked; none when they have left.
    pub(crate) voice: Option<UnboundedReceiver<Message>>,
    pub(crate) belfry: Belfry,
    /// What accounts take no more, as all runs know it.
    pub(crate) limits: Limits,
    pub(crate) observer: &'observer mut dyn Observer,
}

/// Why the work at the desk ended.
pub(crate) enum Left {
    /// The workflow returned or failed, or somebody cancelled or stopped the run.
    Over,
    /// Only a person can bring it on.
    Parked,
    /// The journal takes no more.
    Broken(DriveError),
}

impl Desk<'_> {
    pub(crate) async fn work(
        &mut self,
        workflow: impl Future<Output = Result<Result<String, Error>, cm_runtime::RuntimeError>>,
        control: &Control,
    ) -> Left {
        tokio::pin!(workflow);
        let mut control = control.watch();
        let mut look = tokio::time::interval(LOOK);
        look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut lazy = tokio::time::interval(LAZY);
        lazy.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut running = true;
        let mut returned = None;
        loop {
            // In this order: the workflow says all that it has to say before it is
            // written down, so that one step costs one sync of the disk.
            tokio::select! {
                biased;
                result = &mut workflow, if running => {
                    running = false;
                    returned = Some(match result {
                        Ok(result) => result,
                        Err(fault) => Err(failure::guest(&fault)),
                    });
                }
                () = self.ledger.urgent() => self.append(),
                settled = front(&mut self.batches), if !self.batches.is_empty() => {
                    if let Err(error) = settled {
                        return Left::Broken(error.into());
                    }
                    self.settle();
                    if self.is_over() && self.batches.is_empty() {
                        return Left::Over;
                    }
                }
                _ = control.changed() => {
                    if *control.borrow_and_update() > Stop::No {
                        self.ledger.input(Input::Interrupt { reason: "stopped by the person".into() });
                    }
                }
                Some(_) = self.at_work.join_next(), if !self.at_work.is_empty() => {}
                (task, why) = self.asking.refused() => {
                    self.asking.ask(&self.ledger, task, Some(why));
                }
                told = self.belfry.told(), if !self.belfry.is_idle() => {
                    if let Err(why) = told {
                        self.ledger.untold(&why);
                    }
                }
                message = said(&mut self.voice) => match message {
                    Some(message) => self.ledger.hear(message),
                    None => self.left_alone(),
                },
                _ = lazy.tick() => self.append(),
                _ = look.tick() => {
                    if let Err(error) = self.messages() {
                        return Left::Broken(error);
                    }
                    self.ledger.hold(&mut self.limits);
                    if self.batches.is_empty() && self.only_a_person_helps() {
                        return Left::Parked;
                    }
                }
            }
            // The end is the last event: what is being kept is kept before it, and what was
            // stopped has left. Nobody goes on with a run that is over and finds it then.
            if !self.floor.is_keeping()
                && !self.floor.stops.is_stopping()
                && let Some(result) = returned.take()
            {
                self.ledger.input(Input::Returned { result });
            }
        }
    }

    /// Other runs hear of a limit that this one ran into.
    fn tell(&self, record: &Record) {
        let Event::Limited {
            engine,
            model,
            until_ms,
            why,
            task: Some(_),
        } = &record.event
        else {
            return;
        };
        let told = self.limits.tell(&Limit {
            engine: engine.clone(),
            model: model.clone(),
            until_ms: *until_ms,
            why: why.clone(),
        });
        if let Err(error) = told {
            let why = format!("other runs do not hear of this limit: {error}");
            self.ledger.warn(why);
        }
    }

    fn append(&mut self) {
        self.batches.extend(self.ledger.append());
    }

    /// The first batch is on disk: shows and performs it.
    fn settle(&mut self) {
        if let Some(batch) = self.batches.pop_front() {
            for record in &batch.records {
                self.observer.see(record);
                self.belfry.see(&self.ledger, record);
                self.tell(record);
            }
            if let Some(last) = batch.last() {
                self.ledger.settled(last);
            }
            self.floor
                .perform(batch.commands, &mut self.at_work, &mut self.asking);
        }
    }

    /// Whoever could say something at this terminal has left.
    fn left_alone(&mut self) {
        self.voice = None;
        let attended = self.asking.is_attended();
        self.floor.attended.store(attended, Ordering::Relaxed);
    }

    /// Takes what other processes have to say.
    fn messages(&mut self) -> Result<(), DriveError> {
        let ledger = Arc::clone(&self.ledger);
        let journal = ledger.journal();
        if !journal.changed()? {
            return Ok(());
        }
        let messages = journal.take_messages(ledger.run())?;
        if messages.is_empty() {
            return Ok(());
        }
        let mut heard = Vec::new();
        for (id, message) in messages {
            heard.push(id);
            ledger.hear(message);
        }
        // What came of them is on its way to the disk before they are gone from it.
        self.append();
        Ok(journal.ack(heard)?)
    }

    /// A step may have put a program aside that is neither in its group nor holds its
    /// pipes: it lives as long as the run, for the steps that come after.
    async fn leave_nothing_running(&self) {
        let run = self.ledger.run().to_owned();
        let sweep = move || cm_effects::sweep_carriers(RUN, &run);
        // What cannot be ended is listed by `cm gc`, which tries again.
        let _ = tokio::task::spawn_blocking(sweep).await;
    }

    fn is_over(&self) -> bool {
        self.ledger
            .look(|run| run.end.is_some() || run.interrupted.is_some())
    }

    /// Nothing goes on until a person speaks, and there is none here.
    fn only_a_person_helps(&self) -> bool {
        let attended = self.asking.is_attended() || self.voice.is_some();
        let status = || self.ledger.look(|run| run.status());
        // A question whose time ends brings the run on by itself.
        let timed = || {
            self.ledger
                .look(|run| run.open_questions().any(Task::is_timed))
        };
        !attended
            && self.floor.stops.is_idle()
            && matches!(status(), Status::Asking | Status::Paused)
            && !timed()
    }

    /// Stops what is still at work, and waits until all of it is on disk.
    pub(crate) async fn close(
        mut self,
        left: Left,
        control: &Control,
    ) -> Result<Ending, DriveError> {
        let urgency = match left {
            Left::Broken(_) => Stop::Now,
            _ => (*control.watch().borrow()).max(Stop::Gently),
        };
        self.floor.stops.stop(None, urgency);
        let mut control = control.watch();
        let mut timers = tokio::time::interval(LOOK);
        while !self.floor.stops.is_idle() {
            tokio::select! {
                _ = control.changed() => {
                    let urgency = *control.borrow_and_update();
                    self.floor.stops.stop(None, urgency);
                }
                Some(_) = self.at_work.join_next() => {}
                _ = timers.tick() => {}
            }
        }
        self.at_work.abort_all();
        if self.is_over() {
            self.leave_nothing_running().await;
        }
        if let Left::Broken(error) = left {
            return Err(error);
        }
        // A run that waits for a person leaves only when they have been told.
        while !self.belfry.is_idle() {
            tokio::select! {
                _ = control.changed() => self.belfry.hush(),
                told = self.belfry.told() => {
                    if let Err(why) = told {
                        self.ledger.untold(&why);
                    }
                }
            }
        }
        self.append();
        while !self.batches.is_empty() {
            front(&mut self.batches).await?;
            if let Some(batch) = self.batches.pop_front() {
                batch
                    .records
                    .iter()
                    .for_each(|record| self.observer.see(record));
            }
        }
        self.ledger.journal().flush()?;
        Ok(match (self.ledger.look(|run| run.end.clone()), left) {
            (Some(end), _) => Ending::Over(end),
            (None, Left::Parked) => Ending::Asking,
            (None, _) => Ending::Interrupted,
        })
    }
}

/// Waits until the first batch is on disk. May be dropped and called again.
async fn front(batches: &mut VecDeque<Batch>) -> Result<(), JournalError> {
    match batches.front_mut() {
        Some(batch) => batch.durable().await,
        None => Ok(()),
    }
}

/// What the person says next; none when they have left. May be dropped and called again.
async fn said(voice: &mut Option<UnboundedReceiver<Message>>) -> Option<Message> {
    match voice {
        Some(voice) => voice.recv().await,
        None => std::future::pending().await,
    }
}

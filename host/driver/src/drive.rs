use std::{collections::VecDeque, path::PathBuf, sync::Arc};

use cm_effects::ProcessIdentity;
use cm_journal::{Journal, JournalError, Lease, Message};
use cm_orchestrator::{Core, Input, Record, Run, RunEnd, RunStart, Status, TaskState};
use cm_registry::Package;
use cm_types::{Error, Findings, Outline};
use tokio::task::JoinSet;

use crate::{
    Catalog, Control, DriveError, PackageBundle, Person, Stop,
    dispatch::{Floor, IDEMPOTENCY_KEY},
    failure,
    guest::Guest,
    ledger::{Batch, Ledger},
    patience::{LAZY, LOOK},
};

/// Sees every event of the run, in order, once it is on disk.
pub trait Observer: Send {
    /// Something happened.
    fn see(&mut self, record: &Record);
}

/// Everything that a run needs.
pub struct Drive {
    /// Where it is written down.
    pub journal: Journal,
    /// Held as long as this process drives the run.
    pub lease: Lease,
    /// The run's id.
    pub id: String,
    /// What its journal has so far.
    pub state: Run,
    /// Engines, steps and workflows.
    pub catalog: Arc<Catalog>,
    /// The package that is run.
    pub package: Package,
    /// The file in it.
    pub entry: String,
    /// The directory that is worked in.
    pub directory: PathBuf,
    /// A directory of the run's own.
    pub scratch: PathBuf,
    /// The run has just been made; nothing is resumed.
    pub fresh: bool,
    /// What the check of the workflow found.
    pub outline: Outline,
    /// The version of `cm`.
    pub host: String,
    /// Who can be asked; none: a run that needs an answer is put aside.
    pub person: Option<Box<dyn Person>>,
}

/// How far a run came.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// It is over.
    Over(RunEnd),
    /// It waits for a person, and there is nobody to ask.
    Asking,
    /// It was let go.
    Interrupted,
}

impl Drive {
    /// What the workflow would run, and what is wrong with it. Nothing is started.
    ///
    /// # Errors
    /// When its component cannot be loaded or misbehaves.
    pub fn check(
        catalog: &Catalog,
        package: &Package,
        entry: &str,
    ) -> Result<Findings, DriveError> {
        let guest = catalog.workflow(package)?;
        let bundle = Arc::new(PackageBundle::new(package.clone()));
        Ok(guest.check(bundle, entry)?)
    }

    /// Enters a new run into the journal, and takes it.
    ///
    /// # Errors
    /// When there is a run with this id, or the journal cannot be written.
    pub fn begin(
        journal: &Journal,
        id: &str,
        start: RunStart,
    ) -> Result<(Run, Lease), JournalError> {
        let now_ms = cm_effects::timer::now_ms();
        let mut core = Core::new(id, Run::default());
        let decision = core.decide(now_ms, Input::Start(Box::new(start)));
        let lease = journal.create_run(id, now_ms, decision.events)?;
        Ok((core.run().clone(), lease))
    }

    /// Runs it until it is over, waits for a person, or is let go. Must be called on the
    /// thread that lives as long as the process, in a `current_thread` runtime:
    /// programs die with the thread that started them.
    ///
    /// # Errors
    /// When it cannot go on; what happened until then is in the journal.
    pub async fn run(
        self,
        control: &Control,
        observer: &mut dyn Observer,
    ) -> Result<Ending, DriveError> {
        let _lease = self.lease;
        end_leftovers(&self.id, &self.state)?;
        let guest = self.catalog.workflow(&self.package)?;
        let digest = self.package.digest()?;
        let ledger = Arc::new(Ledger::new(self.id, self.journal, self.state));
        if self.fresh {
            for record in ledger.journal().events(ledger.run(), 0)? {
                observer.see(&record);
            }
        } else {
            ledger.input(Input::Resume {
                host: self.host,
                workflow: digest,
                outline: self.outline,
            });
        }
        ledger.input(Input::Pass { scope: None });
        let context = Guest {
            ledger: Arc::clone(&ledger),
            scope: None,
            bundle: Arc::new(PackageBundle::new(self.package)),
        };
        let floor = Floor::new(
            Arc::clone(&ledger),
            self.catalog,
            self.directory,
            self.scratch,
        );
        let workflow = guest.run(Arc::new(context), &self.entry);
        let mut desk = Desk {
            ledger,
            floor: Arc::new(floor),
            batches: VecDeque::new(),
            at_work: JoinSet::new(),
            person: self.person,
            observer,
        };
        let outcome = desk.work(workflow, control).await;
        desk.close(outcome, control).await
    }
}

/// Ends what a `cm` that was lost left running of this run, so that the next attempt does
/// not meet the last one.
///
/// # Errors
/// When something is still there afterwards.
pub fn end_leftovers(id: &str, run: &Run) -> Result<(), DriveError> {
    let failed = |which, source| DriveError::Leftover { which, source };
    for process in run.processes() {
        let identity = ProcessIdentity {
            pid: process.pid,
            started: process.started,
            mark: process.mark.clone(),
        };
        cm_effects::sweep(&identity)
            .map_err(|error| failed(format!("process {}", process.pid), error))?;
    }
    // A program is at work before the journal has its number: the disk takes a while. It
    // is known by what it was given.
    let at_work = run
        .tasks
        .iter()
        .filter(|task| task.state == TaskState::Running);
    for task in at_work.filter(|task| task.takes_a_place() && task.process.is_none()) {
        let swept = cm_effects::sweep_carriers(IDEMPOTENCY_KEY, &task.key.idempotency(id));
        swept.map_err(|error| failed(format!("of the step `{}`", task.place.step), error))?;
    }
    Ok(())
}

struct Desk<'observer> {
    ledger: Arc<Ledger>,
    floor: Arc<Floor>,
    /// Appended, and not yet known to be on disk.
    batches: VecDeque<Batch>,
    at_work: JoinSet<()>,
    person: Option<Box<dyn Person>>,
    observer: &'observer mut dyn Observer,
}

/// Why the work at the desk ended.
enum Left {
    /// The workflow returned or failed, or somebody cancelled or stopped the run.
    Over,
    /// Only a person can bring it on.
    Parked,
    /// The journal takes no more.
    Broken(DriveError),
}

impl Desk<'_> {
    async fn work(
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
                _ = lazy.tick() => self.append(),
                _ = look.tick() => {
                    if let Err(error) = self.messages() {
                        return Left::Broken(error);
                    }
                    if self.person.is_none() && self.batches.is_empty() && self.only_a_person_helps() {
                        return Left::Parked;
                    }
                }
            }
            // The end is the last event: what is being kept is kept before it.
            if !self.floor.is_keeping()
                && let Some(result) = returned.take()
            {
                self.ledger.input(Input::Returned { result });
            }
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
            }
            self.floor
                .perform(batch.commands, &mut self.at_work, &mut self.person);
        }
    }

    /// Takes what other processes have to say.
    fn messages(&self) -> Result<(), DriveError> {
        let journal = self.ledger.journal();
        if !journal.changed()? {
            return Ok(());
        }
        let run = self.ledger.run().to_owned();
        let messages = journal.take_messages(&run)?;
        let mut heard = Vec::new();
        for (id, message) in messages {
            heard.push(id);
            match message {
                Message::Cancel { by } => self.ledger.input(Input::CancelRun { by }),
                Message::Interrupt { reason } => self.ledger.input(Input::Interrupt { reason }),
                Message::Answer { task, text, by } => {
                    self.ledger.input(Input::Answer { task, text, by })
                }
                // A newer `cm` may say what this one does not know.
                _ => continue,
            };
        }
        Ok(journal.ack(heard)?)
    }

    fn is_over(&self) -> bool {
        self.ledger
            .look(|run| run.end.is_some() || run.interrupted.is_some())
    }

    fn only_a_person_helps(&self) -> bool {
        self.ledger.look(|run| run.status() == Status::Asking)
    }

    /// Stops what is still at work, and waits until all of it is on disk.
    async fn close(mut self, left: Left, control: &Control) -> Result<Ending, DriveError> {
        let urgency = match left {
            Left::Broken(_) => Stop::Now,
            _ => (*control.watch().borrow()).max(Stop::Gently),
        };
        self.floor.stop(None, urgency);
        let mut control = control.watch();
        let mut timers = tokio::time::interval(LOOK);
        while !self.floor.is_idle() {
            tokio::select! {
                _ = control.changed() => {
                    let urgency = *control.borrow_and_update();
                    self.floor.stop(None, urgency);
                }
                Some(_) = self.at_work.join_next() => {}
                _ = timers.tick() => {}
            }
        }
        self.at_work.abort_all();
        if let Left::Broken(error) = left {
            return Err(error);
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

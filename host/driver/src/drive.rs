use std::{
    collections::VecDeque,
    path::PathBuf,
    sync::{Arc, atomic::Ordering},
};

use cm_effects::ProcessIdentity;
use cm_journal::{Ask, Journal, JournalError, Lease, Message};
use cm_orchestrator::{Core, Input, Run, RunStart};
use cm_registry::Package;
use cm_types::{Findings, Outline};
use tokio::{sync::mpsc::UnboundedReceiver, task::JoinSet};

use crate::{
    Catalog, Control, DriveError, Ending, Observer, PackageBundle, Person,
    asking::Asking,
    bell::{Belfry, Bell},
    desk::Desk,
    floor::{Floor, IDEMPOTENCY_KEY},
    guest::Guest,
    ledger::Ledger,
    limits::Limits,
    offering, pinning,
};

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
    /// What the person at this terminal says without being asked; as long as it is open,
    /// there is somebody who can bring the run on.
    pub voice: Option<UnboundedReceiver<Message>>,
    /// Who is told that a person is waited for.
    pub bell: Option<Box<dyn Bell>>,
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
        let belfry = Belfry::new(self.bell, &Ask::all(&self.state));
        let ledger = Arc::new(Ledger::new(self.id, self.journal, self.state));
        let outline = self.outline.clone();
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
        pinning::begin(&ledger, &self.catalog, &self.package, &outline)?;
        let mut limits = Limits::of(self.catalog.registry().home());
        ledger.hold(&mut limits);
        offering::offer(&ledger, &self.directory).await?;
        ledger.input(Input::Pass { scope: None });
        let floor = Arc::new(Floor::new(
            Arc::clone(&ledger),
            self.catalog,
            self.directory,
            self.scratch,
        ));
        let attended = self.person.is_some() || self.voice.is_some();
        floor.attended.store(attended, Ordering::Relaxed);
        let context = Guest {
            floor: Arc::clone(&floor),
            scope: None,
            bundle: Arc::new(PackageBundle::new(self.package)),
        };
        let workflow = guest.run(Arc::new(context), &self.entry);
        let mut desk = Desk {
            ledger,
            floor,
            batches: VecDeque::new(),
            at_work: JoinSet::new(),
            asking: Asking::new(self.person),
            voice: self.voice,
            belfry,
            limits,
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
    // A program is at work before the journal has its number: the disk takes a while, and
    // the number that it has may be that of the turn before, in the same attempt. It is
    // known by what it was given.
    for task in run.tasks.iter().filter(|task| task.may_have_a_program()) {
        let swept = cm_effects::sweep_carriers(IDEMPOTENCY_KEY, &task.key.idempotency(id));
        swept.map_err(|error| failed(format!("of the step `{}`", task.place.step), error))?;
    }
    Ok(())
}

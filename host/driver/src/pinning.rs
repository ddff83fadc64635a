//! What a run uses is written down before it is used.

use cm_orchestrator::{Input, Pin};
use cm_registry::{Kind, Package};
use cm_types::{Controller, Outline};

use crate::{Catalog, DriveError, floor::Floor, ledger::Ledger};

/// Writes down what is known to be used before anything is: the workflow's package, what
/// runs it, and the engines that its steps name.
///
/// # Errors
/// When the workflow's package or what runs it cannot be read.
pub(crate) fn begin(
    ledger: &Ledger,
    catalog: &Catalog,
    package: &Package,
    outline: &Outline,
) -> Result<(), DriveError> {
    for pin in catalog.pin_workflow(package)? {
        enter(ledger, pin);
    }
    let agents = outline.steps.iter().filter(|step| step.kind == "agent");
    let mut engines = ledger.look(|run| {
        let start = run.start.as_ref();
        let instead = start.and_then(|start| start.engine.as_deref());
        let usual = start.map(|start| start.default_engine.as_str());
        let engines = agents.filter_map(|step| instead.or(step.engine.as_deref()).or(usual));
        engines.map(str::to_owned).collect::<Vec<_>>()
    });
    engines.sort_unstable();
    engines.dedup();
    for engine in engines {
        // One that is not there is missed by the step that wants it.
        if let Ok(pin) = catalog.pin(Kind::Engine, &engine) {
            enter(ledger, pin);
        }
    }
    Ok(())
}

fn enter(ledger: &Ledger, pin: Pin) {
    ledger.input(Input::Pin(Box::new(pin)));
}

impl Floor {
    /// Writes down what is used under this name, and waits until that is on disk. What is
    /// written down already is not looked at again.
    pub(crate) async fn pin(&self, kind: Kind, name: &str) -> Result<(), DriveError> {
        if let Some(pin) = self.unpinned(kind, name)? {
            self.ledger.secure(Input::Pin(Box::new(pin))).await;
        }
        Ok(())
    }

    /// The same for who answers in the person's place, without waiting: it is asked later.
    pub(crate) fn pin_controller(&self, controller: &Controller) -> Result<(), DriveError> {
        let pin = match controller {
            Controller::Agent(turn) => self.unpinned(Kind::Engine, &self.engine_of(turn))?,
            Controller::Component { name, .. } => self.unpinned(Kind::Controller, name)?,
        };
        if let Some(pin) = pin {
            enter(&self.ledger, pin);
        }
        Ok(())
    }

    fn unpinned(&self, kind: Kind, name: &str) -> Result<Option<Pin>, DriveError> {
        let known = self
            .ledger
            .look(|run| run.pin(&kind.to_string(), name).is_some());
        match known {
            true => Ok(None),
            false => self.catalog.pin(kind, name).map(Some),
        }
    }
}

//! The same versions for as long as a run lasts, whatever is installed meanwhile.

use std::collections::BTreeMap;

use cm_orchestrator::{Pin, PinnedComponent};
use cm_registry::{Kind, Package, Source};

use super::{Catalog, DECLARATIVE, workflow_of};
use crate::{DriveError, Gone};

/// What a workflow's own package is used as.
const PACKAGE: &str = "package";

impl Catalog {
    /// For a run that has used these before.
    #[must_use]
    pub fn pinned(mut self, pins: BTreeMap<(String, String), Pin>) -> Self {
        self.pins = pins;
        self
    }

    /// That all is here which the run has used before.
    ///
    /// # Errors
    /// When something is not: what it is.
    pub fn has_all(&self) -> Result<(), DriveError> {
        let mut pins = self.pins.values();
        pins.try_for_each(|pin| match self.moves(pin) {
            true => Ok(()),
            false => self.exactly(pin).map(drop),
        })
    }

    /// What is used under this name from here on.
    ///
    /// # Errors
    /// When there is no such component, or it cannot be read.
    pub fn pin(&self, kind: Kind, name: &str) -> Result<Pin, DriveError> {
        let (package, entry) = self.locate(kind, name)?;
        self.pin_to(kind, name, &package, &entry.name)
    }

    /// The workflow's package itself, and the component that runs it.
    ///
    /// # Errors
    /// When they cannot be read.
    pub fn pin_workflow(&self, package: &Package) -> Result<[Pin; 2], DriveError> {
        let component = match workflow_of(package) {
            Some(entry) => self.pin_to(Kind::Workflow, &entry.name, package, &entry.name)?,
            None => self.pin(Kind::Workflow, DECLARATIVE)?,
        };
        let own = Pin {
            role: PACKAGE.to_owned(),
            name: "workflow".to_owned(),
            package: package.name().to_owned(),
            version: package.version().to_string(),
            digest: package.digest()?,
            component: None,
        };
        Ok([own, component])
    }

    /// The package with this pin, to the byte.
    ///
    /// # Errors
    /// When it is not here, or cannot be read.
    pub(super) fn exactly(&self, pin: &Pin) -> Result<Package, DriveError> {
        let found = self
            .registry
            .exactly(&pin.package, &pin.version, pin.digest)?;
        found.ok_or_else(|| self.gone(pin))
    }

    pub(super) fn gone(&self, pin: &Pin) -> DriveError {
        DriveError::from(Box::new(Gone {
            pin: pin.clone(),
            have: self.registry.versions(&pin.package),
            first_party: self.registry.is_first_party(&pin.package),
        }))
    }

    /// What the run has used before under this name.
    pub(super) fn pin_of(&self, kind: Kind, name: &str) -> Option<&Pin> {
        let pin = self.pins.get(&(kind.to_string(), name.to_owned()))?;
        (!self.moves(pin)).then_some(pin)
    }

    /// Whether it is in a directory that somebody works in: such a package is used as it
    /// is now.
    fn moves(&self, pin: &Pin) -> bool {
        let worked_in = |own: &&Package| matches!(own.source(), Source::Directory(_));
        let own = self.own.as_ref().filter(worked_in);
        own.is_some_and(|own| own.name() == pin.package) || pin.role == PACKAGE
    }

    fn pin_to(
        &self,
        kind: Kind,
        name: &str,
        package: &Package,
        component: &str,
    ) -> Result<Pin, DriveError> {
        let digest = package.component(kind, component)?.digest;
        let contract = match kind {
            Kind::Engine => cm_runtime::Kind::Engine,
            Kind::Step => cm_runtime::Kind::Steps,
            Kind::Controller => cm_runtime::Kind::Controller,
            Kind::Workflow => cm_runtime::Kind::Workflow,
        };
        Ok(Pin {
            role: kind.to_string(),
            name: name.to_owned(),
            package: package.name().to_owned(),
            version: package.version().to_string(),
            digest: package.digest()?,
            component: Some(PinnedComponent {
                name: component.to_owned(),
                digest,
                contract: contract.interface().to_owned(),
            }),
        })
    }
}

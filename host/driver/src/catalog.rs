use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, PoisonError},
};

use cm_orchestrator::Pin;
use cm_registry::{Capabilities, ComponentEntry, Kind, Package, Registry};
use cm_runtime::{Component, ControllerGuest, Identity, Runtime, StepGuest, WorkflowGuest};
use cm_types::{Error, Failure};

use crate::{DriveError, EngineHome, preset};

mod engine;
mod pinned;

pub use engine::Engine;

/// The component that runs workflows which are files, not components.
const DECLARATIVE: &str = "declarative";

/// What can be run on this machine: engines, steps, controllers and workflows by their names,
/// loaded when they are first asked for and once only.
pub struct Catalog {
    registry: Registry,
    runtime: Runtime,
    own: Option<Package>,
    /// What the run has used before, by what it was used as and its name.
    pins: BTreeMap<(String, String), Pin>,
    engines: Mutex<HashMap<String, Arc<Engine>>>,
}

impl Catalog {
    /// A catalog over these packages. `own` is the package that is run; what it has
    /// comes before what is installed.
    pub fn new(registry: Registry, runtime: Runtime, own: Option<Package>) -> Self {
        let engines = Mutex::default();
        let own = own.map(|package| registry.governed(package));
        Self {
            registry,
            runtime,
            own,
            pins: BTreeMap::new(),
            engines,
        }
    }

    /// The packages.
    pub fn registry(&self) -> &Registry {
        &self.registry
    }

    /// What the runtime has to tell, for example that nothing can be cached.
    pub fn runtime(&self) -> &Runtime {
        &self.runtime
    }

    /// The engine with this name.
    ///
    /// # Errors
    /// When there is none, or its component cannot be loaded.
    pub fn engine(&self, name: &str) -> Result<Arc<Engine>, DriveError> {
        let mut engines = self.engines.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(engine) = engines.get(name) {
            return Ok(Arc::clone(engine));
        }
        let (package, entry) = self.locate(Kind::Engine, name)?;
        let component = self.open(&package, Kind::Engine, &entry.name)?;
        let adapter = component.engine()?;
        let info = preset::named(adapter.describe()?, &entry.name);
        let identity = component.identity().clone();
        let mut allowed = package.effective();
        let components = &package.manifest().components;
        let shared = components.iter().filter(|it| it.path == entry.path).count() > 1;
        if shared {
            // Each engine of a component sees what it needs itself.
            allowed = allowed.intersect(&Capabilities {
                environment: info.environment.clone(),
                ..Capabilities::default()
            });
        }
        let allowed = allowed.environment;
        let home = EngineHome::of(self.registry.home(), &entry.name)?;
        let engine = Arc::new(Engine {
            name: name.to_owned(),
            info,
            adapter,
            identity,
            package,
            allowed,
            home,
        });
        engines.insert(name.to_owned(), Arc::clone(&engine));
        Ok(engine)
    }

    /// That this engine may start a program in a turn for which `named` was asked for. A
    /// package that says `*` gets no more by it than what the workflow names, and what the
    /// workflow's own package may start.
    ///
    /// # Errors
    /// When it may not, with what would allow it.
    pub(crate) fn may_start(
        &self,
        engine: &Engine,
        program: &str,
        named: Option<&str>,
    ) -> Result<(), Error> {
        let may = engine.package.may_start(program);
        may.map_err(|error| Error::from(&error))?;
        if !engine.is_told(program) {
            return Ok(());
        }
        if named != Some(program) {
            let message = format!(
                "the engine `{}` wanted to start `{program}`, which the workflow does not name; it is named with the option `program`",
                engine.info.id
            );
            return Err(Error::Denied(Failure::new("program-not-named", message)));
        }
        let own = self.own.as_ref();
        let may = own.map_or(Ok(()), |package| package.may_start(program));
        may.map_err(|error| Error::from(&error))
    }

    /// The component that runs this package's workflows: its own, or the one for files.
    ///
    /// # Errors
    /// When it cannot be loaded.
    pub fn workflow(&self, package: &Package) -> Result<WorkflowGuest, DriveError> {
        let component = match workflow_of(package) {
            Some(entry) => self.open(package, Kind::Workflow, &entry.name)?,
            None => self.load(Kind::Workflow, DECLARATIVE)?,
        };
        Ok(component.workflow()?)
    }

    /// The component with this step, and the package it is in. `name` is
    /// `COMPONENT/STEP` or `PACKAGE:COMPONENT/STEP`; the step's own name is given back.
    ///
    /// # Errors
    /// When there is none, or it cannot be loaded.
    pub fn step(&self, name: &str) -> Result<(StepGuest, Package, String), DriveError> {
        let (component, step) =
            cm_registry::split_step(name).ok_or_else(|| DriveError::Unknown {
                kind: "step",
                name: name.to_owned(),
                known: "steps are named `COMPONENT/STEP` or `PACKAGE:COMPONENT/STEP`".into(),
            })?;
        let (package, entry) = self.locate(Kind::Step, component)?;
        let guest = self.open(&package, Kind::Step, &entry.name)?.steps()?;
        Ok((guest, package, step.to_owned()))
    }

    /// The component with this controller: `COMPONENT` or `PACKAGE:COMPONENT`.
    ///
    /// # Errors
    /// When there is none, or it cannot be loaded.
    pub fn controller(&self, name: &str) -> Result<ControllerGuest, DriveError> {
        Ok(self.load(Kind::Controller, name)?.controller()?)
    }

    /// The names of the engines there are, sorted.
    ///
    /// # Errors
    /// When a package that is part of `cm` cannot be read.
    pub fn engine_names(&self) -> Result<Vec<String>, DriveError> {
        let own = self
            .own
            .iter()
            .flat_map(|package| &package.manifest().components);
        let own = own
            .filter(|entry| entry.kind == Kind::Engine)
            .map(|entry| entry.name.clone());
        let mut names: Vec<_> = self
            .registry
            .engines()?
            .into_iter()
            .map(|offer| offer.entry.name)
            .collect();
        names.extend(own);
        names.sort();
        names.dedup();
        Ok(names)
    }

    /// Why a name is no engine, for a workflow that names it.
    pub fn no_engine(&self, name: &str) -> Option<Failure> {
        if self.pin_of(Kind::Engine, name).is_some() {
            return None;
        }
        let known = self.engine_names().unwrap_or_default();
        (!known.iter().any(|engine| engine == name)).then(|| {
            let message = format!(
                "there is no engine `{name}`; known are: {}",
                known.join(", ")
            );
            Failure::new("unknown-engine", message)
        })
    }

    fn load(&self, kind: Kind, name: &str) -> Result<Component, DriveError> {
        let (package, entry) = self.locate(kind, name)?;
        self.open(&package, kind, &entry.name)
    }

    /// The component that a name means: for a run that has used it before, the same.
    fn locate(&self, kind: Kind, name: &str) -> Result<(Package, ComponentEntry), DriveError> {
        let Some(pin) = self.pin_of(kind, name) else {
            return Ok(self.registry.component(kind, name, self.own.as_ref())?);
        };
        let package = self.exactly(pin)?;
        let component = pin.component.as_ref().map(|component| &component.name);
        let component = component.map_or(name, String::as_str);
        match package.manifest().component(kind, component).cloned() {
            Some(entry) => Ok((package, entry)),
            None => Err(self.gone(pin)),
        }
    }

    fn open(&self, package: &Package, kind: Kind, name: &str) -> Result<Component, DriveError> {
        let component = package.component(kind, name)?;
        let identity = Identity {
            package: package.name().to_owned(),
            version: package.version().to_string(),
            component: name.to_owned(),
        };
        let bytes = component.bytes;
        Ok(self
            .runtime
            .load(identity, component.digest, || Ok(bytes))?)
    }
}

/// The component of its own that runs the package's workflows.
fn workflow_of(package: &Package) -> Option<&ComponentEntry> {
    let mut components = package.manifest().components.iter();
    components.find(|entry| entry.kind == Kind::Workflow)
}

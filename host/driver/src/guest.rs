use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hasher as _},
    sync::Arc,
};

use cm_orchestrator::{Input, Run};
use cm_runtime::{Bundle, Pending, RunContext};
use cm_types::{Controller, Error, Extension, Failure, Placement, Policy, Reply, Work};

use crate::{PackageBundle, floor::Floor, kept};

mod project;
mod state;

/// The run, as one of its guests sees it: the workflow, or a step with a task's scope.
pub(crate) struct Guest {
    pub(crate) floor: Arc<Floor>,
    pub(crate) scope: Option<u32>,
    pub(crate) bundle: Arc<PackageBundle>,
}

impl Guest {
    fn observe(&self, what: String, value: Option<String>) -> (Option<String>, Option<u32>) {
        let scope = self.scope;
        let input = Input::Observe { scope, what, value };
        let decided = self.floor.ledger.input(input);
        (decided.value, decided.version)
    }

    /// Whether there is somebody who can be entrusted.
    fn is_there(&self, controller: &Controller) -> Result<(), Error> {
        match controller {
            Controller::Agent(turn) => {
                let engine = self.floor.engine_of(turn);
                match self.floor.catalog.no_engine(&engine) {
                    Some(failure) => Err(Error::Missing(failure)),
                    None => Ok(()),
                }
            }
            Controller::Component { name, .. } => match self.floor.catalog.controller(name) {
                Ok(_) => Ok(()),
                Err(error) => {
                    let failure = Failure::new("unknown-controller", error.to_string());
                    Err(Error::Missing(failure))
                }
            },
        }
    }
}

impl RunContext for Guest {
    fn id(&self) -> String {
        self.floor.ledger.run().to_owned()
    }

    fn bundle(&self) -> Arc<dyn Bundle> {
        self.bundle.clone()
    }

    fn setting(&self, name: &str) -> Option<String> {
        self.floor.setting(name)
    }

    fn start(&self, place: Placement, work: Work, policy: Policy) -> Result<u32, Error> {
        let starts = match &work {
            Work::Command(_) => true,
            Work::Branch(branch) => !(branch.setup.is_empty() && branch.teardown.is_empty()),
            _ => false,
        };
        if starts {
            self.bundle
                .package()
                .may_start("sh")
                .map_err(|error| Error::from(&error))?;
        }
        let scope = self.scope;
        let decision = self.floor.ledger.input(Input::Request {
            scope,
            place,
            work,
            policy,
        });
        match (decision.task, decision.refused) {
            (Some(task), _) => Ok(task),
            (None, Some(failure)) => Err(Error::Exhausted(failure)),
            // The run is being let go.
            (None, None) => Err(Error::Cancelled),
        }
    }

    fn wait(&self, task: u32) -> Pending<'_, Result<Reply, Error>> {
        let ledger = &self.floor.ledger;
        Box::pin(ledger.until(move |run| run.task(task)?.result().cloned()))
    }

    fn next(&self, tasks: Vec<u32>) -> Pending<'_, usize> {
        Box::pin(async move {
            let ledger = &self.floor.ledger;
            ledger.until(|run: &Run| run.first_finished(&tasks)).await
        })
    }

    fn cancel(&self, task: u32) {
        self.floor.ledger.input(Input::Cancel { task });
    }

    fn entrust(&self, controller: Controller, turns: u32) -> Result<(), Error> {
        if self.scope.is_some() {
            let message = "only the workflow itself says who answers in the person's place";
            return Err(Error::Denied(Failure::new("not-the-workflow", message)));
        }
        self.is_there(&controller)?;
        self.floor
            .pin_controller(&controller)
            .map_err(|error| Error::Other(Failure::new("broken-controller", error.to_string())))?;
        let input = Input::Entrust { controller, turns };
        match self.floor.ledger.input(input).refused {
            Some(failure) => Err(Error::Invalid(failure)),
            None => Ok(()),
        }
    }

    fn read(&self, key: &str) -> Option<(String, u32)> {
        let (value, version) = self.observe(format!("state {key}"), None);
        // Journals from before there were versions have none.
        value.map(|value| (value, version.unwrap_or(1)))
    }

    fn write(&self, key: String, value: String) -> Result<u32, Error> {
        self.set(key, value)
    }

    fn swap(&self, key: String, version: u32, value: String) -> Result<u32, Error> {
        self.set_if(key, version, value)
    }

    fn declare(&self, key: String, schema: String) -> Result<(), Error> {
        self.give_schema(key, schema)
    }

    fn file(&self, path: &str) -> Result<String, Error> {
        self.project_file(path)
    }

    fn files(&self, pattern: &str) -> Result<Vec<String>, Error> {
        self.project_files(pattern)
    }

    fn conform(&self, schema: &str, text: &str) -> Result<Vec<String>, Error> {
        self.problems(schema, text)
    }

    fn save(&self, step: &str, name: &str, content: String) -> Result<(), Error> {
        kept::artifact(step, name, &content)?;
        let (step, name) = (step.to_owned(), name.to_owned());
        let scope = self.scope;
        self.floor.ledger.input(Input::Save {
            scope,
            step,
            name,
            content,
        });
        Ok(())
    }

    fn artifact(&self, step: &str, name: &str) -> Option<String> {
        self.observe(format!("artifact {step}/{name}"), None).0
    }

    fn mark(&self, place: Placement, state: String, note: Option<String>) {
        // What a step's guest marks would stand among the workflow's own.
        if self.scope.is_none() {
            let input = Input::Mark { place, state, note };
            self.floor.ledger.input(input);
        }
    }

    fn note(&self, item: Extension) {
        let task = self.scope;
        self.floor.ledger.input(Input::Note { task, item });
    }

    fn now(&self) -> f64 {
        let now = cm_effects::timer::now_ms().to_string();
        let (told, _) = self.observe("now".into(), Some(now));
        told.and_then(|text| text.parse().ok()).unwrap_or_default()
    }

    fn random(&self) -> u32 {
        // Seeded by the system, anew for each one.
        let random = (RandomState::new().build_hasher().finish() >> 32).to_string();
        let (told, _) = self.observe("random".into(), Some(random));
        told.and_then(|text| text.parse().ok()).unwrap_or_default()
    }
}

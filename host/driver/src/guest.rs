use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher as _, Hasher as _},
    sync::Arc,
};

use cm_orchestrator::{Input, Run};
use cm_runtime::{Bundle, Pending, RunContext};
use cm_types::{Error, Extension, Failure, Placement, Policy, Reply, Work};

use crate::{PackageBundle, ledger::Ledger};

/// The longest name of a value or a file, in bytes.
const MAX_NAME: usize = 512;
/// The largest value or kept text, in bytes.
const MAX_TEXT: usize = 4 * 1024 * 1024;

/// The run, as one of its guests sees it: the workflow, or a step with a task's scope.
pub(crate) struct Guest {
    pub(crate) ledger: Arc<Ledger>,
    pub(crate) scope: Option<u32>,
    pub(crate) bundle: Arc<PackageBundle>,
}

impl Guest {
    /// A package gets what it declares; a directory without a manifest is the person's
    /// own, and may do what they may.
    fn may_start_a_shell(&self) -> Result<(), Error> {
        let package = self.bundle.package();
        if package.declares_program("sh") {
            return Ok(());
        }
        let message = format!(
            "the package `{}` wants to run a command and does not declare that it does",
            package.name()
        );
        let grant = "in its cm.toml: [capabilities] programs = [\"sh\"]";
        Err(Error::Denied(
            Failure::new("undeclared-program", message).with_details(grant),
        ))
    }

    fn observe(&self, what: String, value: Option<String>) -> Option<String> {
        let scope = self.scope;
        self.ledger
            .input(Input::Observe { scope, what, value })
            .value
    }
}

impl RunContext for Guest {
    fn id(&self) -> String {
        self.ledger.run().to_owned()
    }

    fn bundle(&self) -> Arc<dyn Bundle> {
        self.bundle.clone()
    }

    fn setting(&self, name: &str) -> Option<String> {
        self.ledger
            .look(|run| run.start.as_ref()?.settings.get(name).cloned())
    }

    fn start(&self, place: Placement, work: Work, policy: Policy) -> Result<u32, Error> {
        if let Work::Command(_) = &work {
            self.may_start_a_shell()?;
        }
        let scope = self.scope;
        let decision = self.ledger.input(Input::Request {
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
        Box::pin(
            self.ledger
                .until(move |run| run.task(task)?.result().cloned()),
        )
    }

    fn next(&self, tasks: Vec<u32>) -> Pending<'_, usize> {
        Box::pin(async move {
            self.ledger
                .until(|run: &Run| run.first_finished(&tasks))
                .await
        })
    }

    fn cancel(&self, task: u32) {
        self.ledger.input(Input::Cancel { task });
    }

    fn read(&self, key: &str) -> Option<String> {
        self.observe(format!("state {key}"), None)
    }

    fn write(&self, key: String, value: String) -> Result<(), Error> {
        within("a value of the shared state", &key, &value)?;
        let scope = self.scope;
        self.ledger.input(Input::Write { scope, key, value });
        Ok(())
    }

    fn save(&self, step: &str, name: &str, content: String) -> Result<(), Error> {
        within("an artifact", name, &content)?;
        for part in [step, name] {
            if !is_file_name(part) {
                let message = format!(
                    "`{step}/{name}` cannot name an artifact: use letters, digits, `.`, `-` and `_`"
                );
                return Err(Error::Invalid(Failure::new("bad-name", message)));
            }
        }
        let (step, name) = (step.to_owned(), name.to_owned());
        let scope = self.scope;
        self.ledger.input(Input::Save {
            scope,
            step,
            name,
            content,
        });
        Ok(())
    }

    fn artifact(&self, step: &str, name: &str) -> Option<String> {
        self.observe(format!("artifact {step}/{name}"), None)
    }

    fn mark(&self, place: Placement, state: String, note: Option<String>) {
        // What a step's guest marks would stand among the workflow's own.
        if self.scope.is_none() {
            self.ledger.input(Input::Mark { place, state, note });
        }
    }

    fn note(&self, item: Extension) {
        let task = self.scope;
        self.ledger.input(Input::Note { task, item });
    }

    fn now(&self) -> f64 {
        let now = cm_effects::timer::now_ms().to_string();
        let told = self.observe("now".into(), Some(now));
        told.and_then(|text| text.parse().ok()).unwrap_or_default()
    }

    fn random(&self) -> u32 {
        // Seeded by the system, anew for each one.
        let random = (RandomState::new().build_hasher().finish() >> 32).to_string();
        let told = self.observe("random".into(), Some(random));
        told.and_then(|text| text.parse().ok()).unwrap_or_default()
    }
}

fn within(what: &str, name: &str, text: &str) -> Result<(), Error> {
    let too = |which: &str, size: usize, most: usize| {
        let message = format!("the {which} of {what} is {size} bytes; at most {most} are kept");
        Err(Error::Exhausted(Failure::new("too-large", message)))
    };
    if name.len() > MAX_NAME {
        return too("name", name.len(), MAX_NAME);
    }
    if text.len() > MAX_TEXT {
        return too("text", text.len(), MAX_TEXT);
    }
    Ok(())
}

fn is_file_name(name: &str) -> bool {
    let fine = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    !name.is_empty() && name.chars().all(fine) && name.chars().any(|c| c != '.')
}

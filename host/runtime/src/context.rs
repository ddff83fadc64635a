use std::{future::Future, pin::Pin, sync::Arc};

use cm_types::{Controller, Error, Extension, Placement, Policy, Reply, Work};

/// A future that a guest waits for.
pub type Pending<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// The files of an installed package, for its own guests.
pub trait Bundle: Send + Sync + 'static {
    /// Relative paths with `/` that begin with `prefix`, sorted.
    fn paths(&self, prefix: &str) -> Vec<String>;

    /// A text file of the package.
    ///
    /// # Errors
    /// `Missing`, `Invalid` (not UTF-8, or a path that leads out of the package) or
    /// `Exhausted` (too large).
    fn read(&self, path: &str) -> Result<String, Error>;
}

/// What a running workflow or step may ask for: the host's side of `cm:flow/run`.
///
/// Whoever implements it journals each answer, so that a guest that is run again
/// from the start is given the same ones.
pub trait RunContext: Send + Sync + 'static {
    /// The run's id.
    fn id(&self) -> String;
    /// The files of the guest's package.
    fn bundle(&self) -> Arc<dyn Bundle>;
    /// What the run was started with.
    fn setting(&self, name: &str) -> Option<String>;

    /// Asks for work; gives the number of the task in this run.
    ///
    /// # Errors
    /// `Invalid` when it cannot be work (an unknown engine, a bad step name) and
    /// `Exhausted` when the run may not have more tasks.
    fn start(&self, place: Placement, work: Work, policy: Policy) -> Result<u32, Error>;
    /// The task's result, as soon as there is one.
    fn wait(&self, task: u32) -> Pending<'_, Result<Reply, Error>>;
    /// The position of the task that was over first, as soon as one is.
    fn next(&self, tasks: Vec<u32>) -> Pending<'_, usize>;
    /// Asks for the task's end.
    fn cancel(&self, task: u32);

    /// Names who answers in the person's place.
    ///
    /// # Errors
    /// `Denied` when it is not the workflow that asks, `Missing` when there is no such
    /// controller.
    fn entrust(&self, controller: Controller, turns: u32) -> Result<(), Error>;

    /// A value of the shared state, and its version.
    fn read(&self, key: &str) -> Option<(String, u32)>;
    /// Sets a value of the shared state; gives its version.
    ///
    /// # Errors
    /// `Exhausted` when the key or the value is too large, `Invalid` when the value does
    /// not meet the key's schema.
    fn write(&self, key: String, value: String) -> Result<u32, Error>;
    /// Sets a value that still has this version; gives its new one.
    ///
    /// # Errors
    /// As `write`; `Other` with the code `conflict` when it has another version.
    fn swap(&self, key: String, version: u32, value: String) -> Result<u32, Error>;
    /// Gives the values of a key a JSON Schema.
    ///
    /// # Errors
    /// `Invalid` when it is none.
    fn declare(&self, key: String, schema: String) -> Result<(), Error>;

    /// A text file of the project.
    ///
    /// # Errors
    /// `Denied`, `Missing`, `Invalid` or `Exhausted`.
    fn file(&self, path: &str) -> Result<String, Error>;
    /// Files of the project that match a pattern, sorted.
    ///
    /// # Errors
    /// `Denied`, `Invalid` or `Exhausted`.
    fn files(&self, pattern: &str) -> Result<Vec<String>, Error>;
    /// Why a text is not JSON that meets this schema.
    ///
    /// # Errors
    /// `Invalid` when the schema is none.
    fn conform(&self, schema: &str, text: &str) -> Result<Vec<String>, Error>;

    /// Keeps a text as a file, `STEP/NAME`.
    ///
    /// # Errors
    /// `Invalid` when the name is no file name, `Exhausted` when it is too large.
    fn save(&self, step: &str, name: &str, content: String) -> Result<(), Error>;
    /// A text that was saved before.
    fn artifact(&self, step: &str, name: &str) -> Option<String>;
    /// Says that a step begins, ends or is passed over.
    fn mark(&self, place: Placement, state: String, note: Option<String>);
    /// A line for the run's log.
    fn note(&self, item: Extension);
    /// Milliseconds since 1970 (UTC), journalled.
    fn now(&self) -> f64;
    /// A random number, journalled.
    fn random(&self) -> u32;
}

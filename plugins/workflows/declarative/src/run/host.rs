use cm_sdk::workflow::{Command, Error, Placement, Policy, Question, Reply, Turn};

/// What the interpreter asks of the run it is in: the part of the contract's
/// `context` that it needs, so that tests can play the host.
pub trait Host {
    /// Work that was asked for.
    type Task;

    /// The run's id.
    fn id(&self) -> String;
    /// What the run was started with.
    fn setting(&self, name: &str) -> Option<String>;

    /// Starts an agent's turn.
    fn agent(&self, place: &Placement, turn: &Turn, policy: &Policy) -> Result<Self::Task, Error>;
    /// Starts a command.
    fn command(
        &self,
        place: &Placement,
        command: &Command,
        policy: &Policy,
    ) -> Result<Self::Task, Error>;
    /// Asks a person.
    fn ask(
        &self,
        place: &Placement,
        question: &Question,
        policy: &Policy,
    ) -> Result<Self::Task, Error>;
    /// Runs a step of a component.
    fn step(
        &self,
        place: &Placement,
        name: &str,
        input: &str,
        policy: &Policy,
    ) -> Result<Self::Task, Error>;

    /// Blocks until the task is over.
    fn wait(&self, task: &Self::Task) -> Result<Reply, Error>;
    /// Blocks until one of the tasks is over and says which, by its position.
    fn next(&self, tasks: &[&Self::Task]) -> usize;

    /// Shared state.
    fn read(&self, key: &str) -> Option<String>;
    /// Shared state.
    fn write(&self, key: &str, value: &str) -> Result<(), Error>;
    /// Keeps a text.
    fn save(&self, step: &str, name: &str, content: &str) -> Result<(), Error>;
    /// A text that was kept.
    fn artifact(&self, step: &str, name: &str) -> Option<String>;

    /// Says where a step stands, for those who watch.
    fn mark(&self, place: &Placement, state: &str, note: Option<&str>);
}

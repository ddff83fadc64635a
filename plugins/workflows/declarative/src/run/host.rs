use cm_sdk::workflow::{
    Branching, Command, ControllerChoice, Entry, Error, Merging, Placement, Policy, Proof,
    Question, Reply, Turn,
};

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

    /// Makes a copy of the project to work in.
    fn branch(
        &self,
        place: &Placement,
        branching: &Branching,
        policy: &Policy,
    ) -> Result<Self::Task, Error>;
    /// Brings a copy back.
    fn merge(
        &self,
        place: &Placement,
        merging: &Merging,
        policy: &Policy,
    ) -> Result<Self::Task, Error>;
    /// Looks whether what must be there is there.
    fn prove(&self, place: &Placement, proof: &Proof, policy: &Policy)
    -> Result<Self::Task, Error>;

    /// The task's id, to ask about its reply.
    fn task_id(&self, task: &Self::Task) -> String;
    /// Asks for the task's end.
    fn cancel(&self, task: &Self::Task);
    /// Blocks until the task is over.
    fn wait(&self, task: &Self::Task) -> Result<Reply, Error>;
    /// Blocks until one of the tasks is over and says which, by its position.
    fn next(&self, tasks: &[&Self::Task]) -> usize;

    /// Names who answers in the person's place.
    fn entrust(&self, controller: &ControllerChoice, turns: u32) -> Result<(), Error>;

    /// Shared state.
    fn read(&self, key: &str) -> Option<Entry>;
    /// Shared state.
    fn write(&self, key: &str, value: &str) -> Result<u32, Error>;
    /// Gives the values of a key a schema.
    fn declare(&self, key: &str, schema: &str) -> Result<(), Error>;
    /// A file of the project.
    fn file(&self, path: &str) -> Result<String, Error>;
    /// Files of the project that match a pattern.
    fn files(&self, pattern: &str) -> Result<Vec<String>, Error>;
    /// Why a text is not JSON that meets a schema.
    fn conform(&self, schema: &str, text: &str) -> Result<Vec<String>, Error>;
    /// Keeps a text.
    fn save(&self, step: &str, name: &str, content: &str) -> Result<(), Error>;
    /// A text that was kept.
    fn artifact(&self, step: &str, name: &str) -> Option<String>;

    /// Says where a step stands, for those who watch.
    fn mark(&self, place: &Placement, state: &str, note: Option<&str>);
}

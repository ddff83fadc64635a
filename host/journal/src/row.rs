use cm_orchestrator::Status;
use serde::Serialize;

/// A run, as it stands in a list. Kept up to date with every append.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RunRow {
    /// Its id.
    pub id: String,
    /// What the person named: a package or a path.
    pub workflow: String,
    /// The package's name and version.
    pub package: String,
    /// The workflow's name for people.
    pub name: String,
    /// The directory that it works in.
    pub directory: String,
    /// How far it is, as the journal has it. A run that was left without `driver` says
    /// `Running` still.
    pub status: Status,
    /// The process that drives it now; 0 when there is one and it did not say which.
    pub driver: Option<u32>,
    /// When it began: milliseconds since 1970 (UTC).
    pub started_ms: u64,
    /// When something last happened: milliseconds since 1970 (UTC).
    pub updated_ms: u64,
    /// How many events it has.
    pub last_seq: u64,
    /// How many pieces of work it asked for.
    pub tasks: u32,
    /// Tokens sent to models.
    pub input_tokens: u64,
    /// Tokens that models wrote.
    pub output_tokens: u64,
    /// US dollars, if an engine said.
    pub cost_usd: Option<f64>,
}

impl RunRow {
    /// All tokens, in and out.
    pub fn tokens(&self) -> u64 {
        self.input_tokens.saturating_add(self.output_tokens)
    }
}

/// What a prefix of an id stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// Exactly one run.
    One(String),
    /// No run.
    None,
    /// Several runs, the latest first.
    Many(Vec<String>),
}

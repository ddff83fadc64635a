use serde::{Deserialize, Serialize};

use crate::{
    Extension, Failure, HttpRequest, HttpResponse, Options, ToolCall, ToolResult, TurnEvent,
};

/// What an engine adapter is and needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineInfo {
    /// The name used in workflows, for example `claude`.
    pub id: String,
    /// The name for people, for example `Claude Code`.
    pub name: String,
    /// The programs it needs on the PATH.
    pub programs: Vec<Program>,
    /// Models that are known to work; others may be named too.
    pub models: Vec<String>,
    /// What it can do: `resume`, `fork`, `usage`, `cost`, `effort`, `schema`,
    /// `permissions`, `ask`, `tools`, `mcp`, `directories`, `max-turns`.
    pub features: Vec<String>,
    /// Commands that tell about an installed program.
    pub probes: Vec<Probe>,
    /// Versions of the program that the adapter was tested with.
    pub tested: Vec<String>,
    /// Names of environment variables the program may see beside the common ones;
    /// a trailing `*` stands for any ending.
    pub environment: Vec<String>,
    /// Named values without a field of their own.
    pub options: Options,
}

/// A program that an engine needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Program {
    /// Its name on the PATH.
    pub name: String,
    /// How to get it, as a command to copy or a sentence.
    pub install: String,
}

/// A command that tells about an installed program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Probe {
    /// What it answers: `version` or `account`; or `login`, which signs a person in.
    pub purpose: String,
    /// The program's name on the PATH.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
}

/// What a probe printed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Of the probe.
    pub purpose: String,
    /// Its exit code; none when the program could not be started.
    pub code: Option<i32>,
    /// What it printed.
    pub stdout: String,
    /// What it complained about.
    pub stderr: String,
}

/// What the probes mean.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Whether the program is there.
    pub installed: bool,
    /// The version it says it has.
    pub version: Option<String>,
    /// None when it cannot be told without spending something.
    pub signed_in: Option<bool>,
    /// What to do about it; none when all is well.
    pub remedy: Option<String>,
    /// Named values without a field of their own.
    pub options: Options,
}

/// How far an agent may go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Permissions {
    /// Look, do not touch.
    ReadOnly,
    /// Change files in the working directory and run commands there.
    #[default]
    WorkspaceWrite,
    /// Anything the person who started it may do.
    Full,
}

/// A server of the Model Context Protocol that the agent may use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct McpServer {
    /// Its name.
    pub name: String,
    /// The program to start.
    pub command: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Its environment.
    pub environment: Vec<(String, String)>,
    /// Only these of its tools may be used. Empty: all.
    pub only: Vec<String>,
    /// None of these may be used.
    pub exclude: Vec<String>,
}

/// One turn: a prompt and everything that matters for its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnRequest {
    /// What is asked of the agent.
    pub prompt: String,
    /// None: the program's own choice.
    pub model: Option<String>,
    /// Reasoning effort: `low`, `medium`, `high`, or a word the engine knows.
    pub effort: Option<String>,
    /// A conversation to go on with.
    pub session: Option<String>,
    /// The conversation is left as it is, and goes on in a copy.
    #[serde(default)]
    pub fork: bool,
    /// A UUID for a new conversation, for engines that take one.
    pub new_session: String,
    /// How far the agent may go.
    pub permissions: Permissions,
    /// Only these tools may be used, in the engine's own words. Empty: those that the
    /// permissions allow.
    #[serde(default)]
    pub tools: Vec<String>,
    /// Servers the agent may use.
    pub mcp_servers: Vec<McpServer>,
    /// Absolute path of the directory to work in.
    pub directory: String,
    /// Absolute paths of other directories that the agent may use like it.
    #[serde(default)]
    pub directories: Vec<String>,
    /// Absolute path of an empty directory for this turn alone.
    pub scratch: String,
    /// Rules that stand beside the prompt.
    pub instructions: Option<String>,
    /// A JSON Schema that the final answer must meet.
    pub schema: Option<String>,
    /// How often the model may be asked in this turn.
    #[serde(default)]
    pub max_turns: Option<u32>,
    /// Named values without a field of their own.
    pub options: Options,
}

/// How the host cuts the program's standard output for the adapter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// As it comes.
    Bytes,
    /// In lines of checked UTF-8 without their ends.
    Lines,
}

/// A program to start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The program's name on the PATH, or a path.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
    /// Added to the filtered environment.
    pub environment: Vec<(String, String)>,
    /// Written to standard input, which is then closed unless `interactive`.
    pub stdin: Option<String>,
    /// Standard input stays open for `Action::Write`.
    pub interactive: bool,
    /// How the adapter wants its output.
    pub framing: Framing,
    /// Files that are there in the scratch directory when the program starts.
    pub files: Vec<(String, String)>,
    /// Files that the program may leave there.
    pub collect: Vec<String>,
    /// Named values without a field of their own.
    pub options: Options,
}

/// What happened, for the adapter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Input {
    /// The first input of every turn.
    Begin,
    /// A piece of standard output.
    Stdout(Vec<u8>),
    /// A line of standard output.
    Line(String),
    /// A piece of standard error.
    Stderr(Vec<u8>),
    /// A file that the program has left in the scratch directory: its name and what is
    /// in it.
    File(String, Vec<u8>),
    /// The program is gone; none when a signal ended it.
    Exited(Option<i32>),
    /// The permission with this id was given.
    Granted(String),
    /// The permission with this id was refused.
    Denied(String),
    /// The service begins to answer.
    Response(HttpResponse),
    /// A piece of the answer's body.
    Body(Vec<u8>),
    /// The answer is complete.
    Responded,
    /// The service could not be reached, or stopped in the middle of its answer.
    Unreachable(Failure),
    /// A tool of the host has done its work, or was refused it.
    Performed(ToolResult),
    /// The host ends the turn.
    Cancelled,
    /// To be ignored when unknown.
    Other(Extension),
}

/// What the adapter wants done.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Start this program.
    Spawn(Command),
    /// Bytes for its standard input.
    Write(Vec<u8>),
    /// Close its standard input.
    CloseStdin,
    /// Ask a service over HTTP.
    Request(HttpRequest),
    /// Do something in the working directory, for a model without a program around it.
    Perform(ToolCall),
    /// Tell what the agent did.
    Emit(TurnEvent),
    /// The program has said all it has to say.
    Done,
    /// To be ignored when unknown.
    Other(Extension),
}

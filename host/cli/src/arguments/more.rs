use clap::{Args, Subcommand};

use super::Where;

/// Watch a workflow fix a failing test in a small project
///
/// Makes a project in a temporary directory, runs the first-party workflow `fix-tests`
/// on it, kills it half way, and resumes it. Needs no login: the engine is `scripted`
/// unless another one is named.
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cm demo\n  cm demo --engine claude")]
pub(crate) struct Demo {
    /// Use a real engine
    #[arg(long, short, value_name = "ENGINE", default_value = "scripted")]
    pub(crate) engine: String,
    /// Use this model for every agent
    #[arg(long, short, value_name = "MODEL")]
    pub(crate) model: Option<String>,
}

/// Print the JSON Schema of an output or a file
#[derive(Args, Debug)]
pub(crate) struct Schema {
    /// What
    #[arg(value_enum)]
    pub(crate) what: SchemaOf,
}

#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum SchemaOf {
    /// The events of `cm run --json` and `cm logs --json`
    Events,
    /// `cm run --plan --json`
    Plan,
    /// `cm runs --json`
    Runs,
    /// `cm inbox --json`
    Inbox,
    /// `cm show --json`
    Show,
    /// `cm diff --json`
    Diff,
    /// `cm artifacts --json`
    Artifacts,
    /// `cm state --json`
    State,
    /// `cm gc --json`
    Gc,
    /// `cm engines --json`
    Engines,
    /// `cm list --json`
    List,
    /// `cm info --json`
    Info,
    /// `cm search --json`
    Search,
    /// `cm outdated --json`
    Outdated,
    /// `cm tree --json`
    Tree,
    /// `cm why --json`
    Why,
    /// `cm registry list --json`
    Registries,
    /// `cm trust list --json`
    Trust,
    /// `cm audit --json`
    Audit,
    /// `cm verify --json`
    Verify,
    /// `cm check --json`
    Check,
    /// `cm conform --json`
    Conform,
    /// `cm redecode --json`
    Redecode,
    /// An engine's conformance.json
    Cases,
    /// `cm build --json`
    Build,
    /// `cm keys list --json`
    Keys,
    /// A package's cm.toml
    Package,
    /// workflow.yaml
    Workflow,
    /// The front matter of agents/*.md
    Agent,
}

/// Print completions for a shell
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm completions bash > ~/.local/share/bash-completion/completions/cm\n  cm completions zsh > ~/.zfunc/_cm\n  cm completions fish > ~/.config/fish/completions/cm.fish"
)]
pub(crate) struct Completions {
    /// The shell
    pub(crate) shell: clap_complete::Shell,
}

/// Give an agent or a command the tools that its step grants it
///
/// Without more words it joins its standard input and output with the run that has
/// started it, as a server of the Model Context Protocol: engines are set up to start it
/// so. The other forms are for `run:` steps, for scripts, and for people who want to see
/// what an agent sees.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples, in a `run:` step or a program that an agent starts:\n  cm mcp tools\n  cm mcp call write_state '{\"key\": \"coverage\", \"value\": \"81\"}'\n  cm mcp call get_artifact '{\"step\": \"planner\", \"name\": \"plan.md\"}'"
)]
pub(crate) struct Mcp {
    #[command(subcommand)]
    pub(crate) action: Option<McpAction>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum McpAction {
    /// List the tools that are granted here
    Tools,
    /// Use one of them, and print what it gives; ends with 1 when the tool refuses
    Call {
        /// The tool's name
        tool: String,
        /// Its arguments, as a JSON object
        #[arg(value_name = "JSON", default_value = "{}")]
        arguments: String,
    },
    /// List the further servers that steps may be granted: yours, and the project's
    Servers {
        #[command(flatten)]
        place: Where,
    },
    /// Allow a server of the project, as it is now
    Allow {
        /// Its name
        name: String,
        #[command(flatten)]
        place: Where,
    },
}

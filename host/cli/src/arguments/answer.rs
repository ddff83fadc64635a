//! Words to a run, from any terminal.

use clap::Args;

use super::Where;

/// Which run, and which step of it.
#[derive(Args, Debug)]
pub(crate) struct Target {
    /// The run: its id, the beginning of it, or `last`
    pub(crate) run: String,
    /// The step that is meant, when there are several
    #[arg(long, value_name = "STEP")]
    pub(crate) step: Option<String>,
    #[command(flatten)]
    pub(crate) place: Where,
}

/// Answer a question of a run, or say something to its agent
///
/// Answers what the run asks. When it asks nothing, the text is for the agent that is at
/// work: it is told as soon as its turn is over, or at once with --now. Neither uses up
/// the agent's next prompt.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm reply last ship\n  cm reply k3f9 \"use PostgreSQL\" --step database\n  cm reply last \"stop, that is the wrong file\" --now"
)]
pub(crate) struct Reply {
    /// The run: its id, the beginning of it, or `last`
    pub(crate) run: String,
    /// The answer
    #[arg(value_name = "TEXT")]
    pub(crate) answer: String,
    /// The step that is meant, when there are several
    #[arg(long, value_name = "STEP")]
    pub(crate) step: Option<String>,
    /// Stop what the agent does; it goes on in its conversation with this
    #[arg(long)]
    pub(crate) now: bool,
    #[command(flatten)]
    pub(crate) place: Where,
}

/// Go on: with an agent's next prompt, or with the next step
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cm next last\n  cm next k3f9 --step planner")]
pub(crate) struct Next {
    #[command(flatten)]
    pub(crate) target: Target,
}

/// Leave a step, and go on behind it
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cm skip last\n  cm skip k3f9 --step docs")]
pub(crate) struct Skip {
    #[command(flatten)]
    pub(crate) target: Target,
}

/// Go back to a step; it and what follows it runs again
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm back last planner\n  cm back k3f9 build --step tests    from the step `tests`, when several are at work"
)]
pub(crate) struct Back {
    /// The run: its id, the beginning of it, or `last`
    pub(crate) run: String,
    /// The step to go back to
    #[arg(value_name = "STEP")]
    pub(crate) to: String,
    /// The step that is left, when several are at work
    #[arg(long, value_name = "STEP")]
    pub(crate) step: Option<String>,
    #[command(flatten)]
    pub(crate) place: Where,
}

/// Say yes to what a run wants approved
///
/// Shows what is approved, with its digest, and asks. The approval is for exactly that:
/// when it has changed in the meantime, it is refused. Who approved, when, and the digest
/// are written down. What an agent asks to be allowed is allowed once, or with --for for
/// as often as the same step, or any step of the run, wants exactly the same.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm approve last\n  cm approve k3f9 --step release --yes\n  cm approve last --for run"
)]
pub(crate) struct Approve {
    #[command(flatten)]
    pub(crate) target: Target,
    /// How long an agent may do what it asks for: once, step or run
    #[arg(long = "for", value_name = "SPAN", value_parser = cm_types::Span::WORDS)]
    pub(crate) span: Option<String>,
    /// Do not ask once more
    #[arg(long, short)]
    pub(crate) yes: bool,
}

/// Say no to what a run wants approved
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cm reject last \"the tests are missing\"")]
pub(crate) struct Reject {
    /// The run: its id, the beginning of it, or `last`
    pub(crate) run: String,
    /// Why
    pub(crate) reason: String,
    /// The step that is meant, when there are several
    #[arg(long, value_name = "STEP")]
    pub(crate) step: Option<String>,
    #[command(flatten)]
    pub(crate) place: Where,
}

/// Want what is to be approved changed, and made again
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  cm revise last \"shorter, and without the table\"")]
pub(crate) struct Revise {
    /// The run: its id, the beginning of it, or `last`
    pub(crate) run: String,
    /// What to change
    #[arg(value_name = "TEXT")]
    pub(crate) text: String,
    /// The step that is meant, when there are several
    #[arg(long, value_name = "STEP")]
    pub(crate) step: Option<String>,
    #[command(flatten)]
    pub(crate) place: Where,
}

/// Send nothing new out until somebody says `cm resume`
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm pause last\n  cm pause last --now --reason \"the machine is needed\"\n\nAgents that are at work finish their turns, unless --now. Go on: cm resume RUN"
)]
pub(crate) struct Pause {
    /// The run: its id, the beginning of it, or `last`
    pub(crate) run: String,
    /// Stop the turns that go on; they go on in their conversations
    #[arg(long)]
    pub(crate) now: bool,
    /// Why
    #[arg(long, value_name = "TEXT")]
    pub(crate) reason: Option<String>,
    #[command(flatten)]
    pub(crate) place: Where,
}

/// Say who drives a run, or show it
///
/// manual: a person is asked after every turn of an agent. continuous: nobody is asked.
/// hybrid: a person, for agents that are interactive. autonomous: the workflow's
/// controller, for the same.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm mode last\n  cm mode last manual\n  cm mode k3f9 autonomous"
)]
pub(crate) struct Mode {
    /// The run: its id, the beginning of it, or `last`
    pub(crate) run: String,
    /// Who is to drive: manual, continuous, hybrid or autonomous
    #[arg(value_parser = cm_types::Mode::WORDS)]
    pub(crate) mode: Option<String>,
    #[command(flatten)]
    pub(crate) place: Where,
}

/// Talk to the agent that drives a run
///
/// Only when the workflow's controller is an agent. Without TEXT, on a terminal, it is a
/// conversation: an empty line ends it.
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  cm talk last \"spend no more than an hour on the tests\"\n  cm talk last"
)]
pub(crate) struct Talk {
    /// The run: its id, the beginning of it, or `last`
    pub(crate) run: String,
    /// What to say
    #[arg(value_name = "TEXT")]
    pub(crate) text: Option<String>,
    #[command(flatten)]
    pub(crate) place: Where,
}

//! What is known of one agent beyond the protocol.

/// An agent that speaks the protocol, with what it does differently.
#[derive(Debug)]
pub(crate) struct Preset {
    /// The engine's name, as workflows say it.
    pub(crate) engine: &'static str,
    /// The name for people.
    pub(crate) name: &'static str,
    /// What is started; empty when the request says it.
    pub(crate) program: &'static str,
    pub(crate) arguments: &'static [&'static str],
    pub(crate) install: &'static str,
    /// What to do when nobody is signed in.
    pub(crate) sign_in: &'static str,
    /// The arguments with which the program signs a person in; empty when it has none.
    pub(crate) login: &'static [&'static str],
    /// Versions with which this was seen to work; empty when it was made from the
    /// agent's documentation alone.
    pub(crate) tested: &'static [&'static str],
    pub(crate) models: &'static [&'static str],
    pub(crate) features: &'static [&'static str],
    /// Variables of the environment that it may see.
    pub(crate) environment: &'static [&'static str],
    /// How the model is named on its command line, when the protocol cannot name it.
    pub(crate) model_flag: Option<&'static str>,
    pub(crate) modes: Modes,
    pub(crate) naming: Naming,
    pub(crate) meaning: Meaning,
    /// It tells its own troubles as messages of the agent: `Info: …` and `Error: …`.
    pub(crate) speaks_for_itself: bool,
}

/// The modes of a session, by how far the agent may go. The first one that the agent
/// offers is used.
#[derive(Debug)]
pub(crate) struct Modes {
    /// It asks before it changes anything, or cannot.
    pub(crate) read_only: &'static [&'static str],
    pub(crate) workspace_write: &'static [&'static str],
    pub(crate) full: &'static [&'static str],
    /// What the agent may do is held back in another way than by a mode.
    pub(crate) elsewhere: bool,
}

/// Where the name of a tool is, when the agent does not say it in a field of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Naming {
    /// Nowhere: a tool is called by its kind.
    Kind,
    /// The first title of a call is the tool's name.
    Title,
    /// The id of a call begins with the tool's name and `__`.
    Id,
}

/// What the token counts in the answer to a prompt mean. The protocol does not fix it
/// yet, and every agent means something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// What this prompt used.
    Turn,
    /// What the session has used since it was made.
    Session,
    /// What this program has used since it was started.
    Process,
    /// What the last request to the model used.
    LastStep,
}

impl Preset {
    /// The preset of an engine; `PACKAGE:` may stand before its name.
    pub(crate) fn of(engine: &str) -> Option<&'static Self> {
        let name = engine.rsplit(':').next().unwrap_or(engine);
        crate::presets::ALL
            .iter()
            .find(|preset| preset.engine == name)
    }
}

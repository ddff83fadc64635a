use std::fmt;

/// Which value a placeholder stands for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    /// `{name}`: one of the step's inputs, or a setting of the run.
    Plain(String),
    /// `{input.name}`: one of the step's inputs.
    Input(String),
    /// `{state.key}`: shared state.
    State(String),
    /// `{step.output}`, or `{agent.output}`.
    Output(String),
    /// `{step.exit}`: the exit code of a command.
    Exit(String),
    /// `{step.artifact.name}`: a text that a step saved.
    Artifact(String, String),
    /// Dotted, and none of these.
    Unknown(String),
}

impl Name {
    /// Reads what stands between the braces.
    pub fn parse(text: &str) -> Self {
        let Some((first, rest)) = text.split_once('.') else {
            return Self::Plain(text.into());
        };
        match (first, rest) {
            ("input", name) => Self::Input(name.into()),
            ("state", key) => Self::State(key.into()),
            (step, "output") => Self::Output(step.into()),
            (step, "exit") => Self::Exit(step.into()),
            (step, rest) => match rest.strip_prefix("artifact.") {
                Some(name) => Self::Artifact(step.into(), name.into()),
                None => Self::Unknown(text.into()),
            },
        }
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(name) | Self::Unknown(name) => f.write_str(name),
            Self::Input(name) => write!(f, "input.{name}"),
            Self::State(key) => write!(f, "state.{key}"),
            Self::Output(step) => write!(f, "{step}.output"),
            Self::Exit(step) => write!(f, "{step}.exit"),
            Self::Artifact(step, name) => write!(f, "{step}.artifact.{name}"),
        }
    }
}

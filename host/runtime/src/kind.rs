use std::fmt;

/// What a component is used for, by what it exports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// An adapter to a program that runs an agent.
    Engine,
    /// Workflows.
    Workflow,
    /// Steps.
    Steps,
    /// A controller.
    Controller,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Engine, Self::Workflow, Self::Steps, Self::Controller];

    /// The interface that such a component exports, in the version this host speaks.
    pub fn interface(self) -> &'static str {
        match self {
            Self::Engine => "cm:engine/adapter@0.1.0",
            Self::Workflow => "cm:flow/workflow@0.1.0",
            Self::Steps => "cm:flow/step@0.1.0",
            Self::Controller => "cm:flow/controller@0.1.0",
        }
    }

    /// The interfaces that the host offers to such a component, beside the stub WASI.
    pub(crate) fn offers(self) -> &'static [&'static str] {
        match self {
            Self::Workflow | Self::Steps => &["cm:flow/run@0.1.0", "cm:flow/files@0.1.0"],
            Self::Engine | Self::Controller => &[],
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Engine => "an engine",
            Self::Workflow => "a workflow",
            Self::Steps => "a component with steps",
            Self::Controller => "a controller",
        })
    }
}

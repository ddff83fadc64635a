use cm_sdk::workflow::{
    Branching, Command, ControllerChoice, Merging, Placement, Policy, Proof, Question, Turn,
};

/// What the host was asked for.
#[derive(Clone, Debug, PartialEq)]
pub enum Call {
    Agent(Placement, Turn, Policy),
    Command(Placement, Command, Policy),
    Ask(Placement, Question, Policy),
    Step(Placement, String, String, Policy),
    Branch(Placement, Branching),
    Merge(Placement, Merging),
    Prove(Placement, Proof),
    Wait(String),
    Next(Vec<String>),
    Cancel(String),
    Mark(String, String, Option<String>),
    Entrust(ControllerChoice, u32),
    Declare(String, String),
    Write(String, String),
    Save(String, String, String),
}

impl Call {
    /// Where work was asked for, of any kind.
    pub fn place(&self) -> Option<&Placement> {
        match self {
            Call::Agent(place, ..)
            | Call::Command(place, ..)
            | Call::Ask(place, ..)
            | Call::Step(place, ..)
            | Call::Branch(place, ..)
            | Call::Merge(place, ..)
            | Call::Prove(place, ..) => Some(place),
            _ => None,
        }
    }

    /// The step whose own work was started, if it was: not a gate or a checkpoint.
    pub fn started(&self) -> Option<&str> {
        if self
            .question()
            .is_some_and(|question| matches!(question.kind.as_str(), "turn" | "checkpoint"))
        {
            return None;
        }
        if matches!(self, Call::Branch(..) | Call::Merge(..) | Call::Prove(..)) {
            return None;
        }
        self.place().map(|place| place.step.as_str())
    }

    pub fn question(&self) -> Option<&Question> {
        match self {
            Call::Ask(_, question, _) => Some(question),
            _ => None,
        }
    }
}

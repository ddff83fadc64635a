use cm_orchestrator::RunEnd;

/// How far a run came.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// It is over.
    Over(RunEnd),
    /// It waits for a person, and there is nobody to ask.
    Asking,
    /// It was let go.
    Interrupted,
}

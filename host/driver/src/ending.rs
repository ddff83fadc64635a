use cm_orchestrator::RunEnd;

/// How far a run came.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// It is over.
    Over(RunEnd),
    /// Only a person can bring it on, with an answer or because it is paused, and there is
    /// nobody here.
    Asking,
    /// It was let go.
    Interrupted,
}

use cm_sdk::workflow::Error;

use crate::model::Step;

/// A place in the workflow to go on at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Spot<'r> {
    /// The position in the workflow's own list.
    pub(super) index: usize,
    /// The child of the group there that runs alone.
    pub(super) only: Option<&'r str>,
}

/// Leaving a step for another one.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Jump<'r> {
    /// Where to.
    pub(super) spot: Spot<'r>,
    /// For those who watch.
    pub(super) note: String,
    /// Somebody wanted it, in the middle of the step: nothing is written after it.
    pub(super) wanted: bool,
}

/// How a step came to its end.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum How<'r> {
    /// It did what it should.
    Done,
    /// It did not.
    Failed(Error),
    /// Somebody skipped it, for this reason.
    Left(String),
    /// The run goes on elsewhere.
    Jump(Jump<'r>),
    /// Somebody ended the run.
    Stopped(Error),
}

impl How<'_> {
    /// Whether nothing else may begin after it.
    pub(super) fn is_final(&self) -> bool {
        matches!(self, Self::Stopped(_) | Self::Failed(Error::Cancelled))
    }

    /// Whether what is to be written after the step is written.
    pub(super) fn settles(&self) -> bool {
        match self {
            Self::Done => true,
            Self::Jump(jump) => !jump.wanted,
            Self::Failed(error) => *error != Error::Cancelled,
            Self::Left(_) | Self::Stopped(_) => false,
        }
    }
}

/// The step `id`, or the group it is in.
pub(super) fn find<'r>(steps: &'r [Step], id: &str) -> Option<Spot<'r>> {
    let named = |step: &&Step| step.id == id && step.runs();
    steps.iter().enumerate().find_map(|(index, step)| {
        if named(&step) {
            return Some(Spot { index, only: None });
        }
        let child = step.children().iter().find(named)?;
        Some(Spot {
            index,
            only: Some(child.id.as_str()),
        })
    })
}

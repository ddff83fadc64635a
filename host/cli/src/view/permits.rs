//! What agents may do without asking again.

use cm_orchestrator::{Permit, Run};
use cm_types::Span;
use schemars::JsonSchema;
use serde::Serialize;

use super::text;

/// Something that was allowed for more than once.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct Allowed {
    /// The engine whose tool it is.
    engine: String,
    /// The tool.
    tool: String,
    /// With what: the engine's pattern, or exactly the arguments.
    what: String,
    /// For how long: `step` or `run`.
    span: Span,
    /// The step at which it was allowed.
    step: String,
    /// Who allowed it.
    by: String,
    /// When: milliseconds since 1970 (UTC).
    at_ms: u64,
}

impl Allowed {
    fn of(permit: &Permit) -> Self {
        let Permit {
            wish,
            span,
            step,
            by,
            at_ms,
        } = permit;
        Self {
            engine: wish.engine.clone(),
            tool: wish.tool.clone(),
            what: wish.what.clone(),
            span: *span,
            step: step.clone(),
            by: by.clone(),
            at_ms: *at_ms,
        }
    }

    /// All of a run.
    pub(crate) fn all(run: &Run) -> Vec<Self> {
        run.permits.iter().map(Self::of).collect()
    }

    /// The same for people.
    pub(crate) fn line(&self) -> String {
        let span = match self.span {
            Span::Step => format!("at {}", text::one_line(&self.step, 60)),
            Span::Run | Span::Once => "in this run".to_owned(),
        };
        format!(
            "allowed {span}: {} {}, by {}",
            text::one_line(&self.tool, 60),
            text::one_line(&self.what, 160),
            text::one_line(&self.by, 40)
        )
    }
}

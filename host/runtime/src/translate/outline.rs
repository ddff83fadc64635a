use cm_types::{Findings, Outline, OutlineStep, Problem};

use crate::bindings::workflows::exports::cm::flow::workflow;

impl From<workflow::Findings> for Findings {
    fn from(findings: workflow::Findings) -> Self {
        Self {
            outline: findings.outline.map(Into::into),
            problems: findings.problems.into_iter().map(Into::into).collect(),
        }
    }
}

impl From<workflow::Outline> for Outline {
    fn from(outline: workflow::Outline) -> Self {
        let step = |step: workflow::OutlineStep| OutlineStep {
            id: step.id,
            kind: step.kind,
            label: step.label,
            parent: step.parent,
            engine: step.engine,
            options: step.options,
        };
        Self {
            name: outline.name,
            description: outline.description,
            steps: outline.steps.into_iter().map(step).collect(),
            options: outline.options,
        }
    }
}

impl From<workflow::Problem> for Problem {
    fn from(problem: workflow::Problem) -> Self {
        Self {
            fatal: problem.fatal,
            message: problem.message,
            path: problem.path,
            line: problem.line,
            column: problem.column,
            help: problem.help,
        }
    }
}

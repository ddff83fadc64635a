use cm_types::{Alternative, Budget, Choice, Findings, Outline, OutlineStep, Problem, Selector};

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
            needs: step.needs,
            agents: step.agents,
            when: step.when.into(),
            options: step.options,
        };
        Self {
            name: outline.name,
            description: outline.description,
            mode: outline.mode,
            autonomous: outline.autonomous,
            controller: outline.controller,
            specification: outline.specification,
            choices: outline.choices.into_iter().map(Into::into).collect(),
            steps: outline.steps.into_iter().map(step).collect(),
            budget: outline.budget.into(),
            classes: outline
                .classes
                .into_iter()
                .map(|it| (it.name, it.places))
                .collect(),
            options: outline.options,
        }
    }
}

impl From<workflow::Budget> for Budget {
    fn from(budget: workflow::Budget) -> Self {
        Self {
            tokens: budget.tokens,
            usd: budget.usd,
            minutes: budget.minutes,
            warn: budget.warn,
        }
    }
}

impl From<workflow::Selector> for Selector {
    fn from(when: workflow::Selector) -> Self {
        Self {
            tracks: when.tracks,
            conditions: when.conditions,
            conditions_any: when.conditions_any,
        }
    }
}

impl From<workflow::Choice> for Choice {
    fn from(choice: workflow::Choice) -> Self {
        let alternative = |it: workflow::Alternative| Alternative {
            id: it.id,
            label: it.label,
            description: it.description,
        };
        Self {
            kind: choice.kind,
            question: choice.question,
            many: choice.many,
            alternatives: choice.alternatives.into_iter().map(alternative).collect(),
            when: choice.when.into(),
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

use cm_types::{CommandWork, Placement, Policy, QuestionWork, Reply, TurnWork};

use crate::bindings::workflows::cm::flow::run;

impl From<run::Placement> for Placement {
    fn from(place: run::Placement) -> Self {
        Self {
            step: place.step,
            parent: place.parent,
            label: place.label,
        }
    }
}

impl From<run::Policy> for Policy {
    fn from(policy: run::Policy) -> Self {
        Self {
            timeout_ms: policy.timeout_ms,
            attempts: policy.attempts,
            options: policy.options,
        }
    }
}

impl From<run::Turn> for TurnWork {
    fn from(turn: run::Turn) -> Self {
        Self {
            agent: turn.agent,
            engine: turn.engine,
            model: turn.model,
            effort: turn.effort,
            instructions: turn.instructions,
            prompt: turn.prompt,
            session: turn.session,
            permissions: turn.permissions,
            schema: turn.schema,
            options: turn.options,
        }
    }
}

impl From<run::Command> for CommandWork {
    fn from(command: run::Command) -> Self {
        Self {
            line: command.line,
            environment: command.environment,
            options: command.options,
        }
    }
}

impl From<run::Question> for QuestionWork {
    fn from(question: run::Question) -> Self {
        Self {
            prompt: question.prompt,
            choices: question.choices,
            default: question.default,
            details: question.details,
            options: question.options,
        }
    }
}

impl From<Reply> for run::Reply {
    fn from(reply: Reply) -> Self {
        Self {
            text: reply.text,
            session: reply.session,
            code: reply.code,
            options: reply.options,
        }
    }
}

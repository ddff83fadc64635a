use cm_types::{
    BranchWork, CommandWork, Controller, MergeWork, Placement, Policy, ProofWork, QuestionKind,
    QuestionWork, Reply, TurnWork,
};

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
            idle_ms: policy.idle_ms,
            attempts: policy.attempts,
            backoff_ms: policy.backoff_ms,
            retry: policy.retry,
            at_limit: policy.at_limit,
            class: policy.class,
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
            workspace: turn.workspace,
            grants: turn.grants.into(),
            options: turn.options,
        }
    }
}

impl From<run::Command> for CommandWork {
    fn from(command: run::Command) -> Self {
        Self {
            line: command.line,
            environment: command.environment,
            workspace: command.workspace,
            grants: command.grants.into(),
            options: command.options,
        }
    }
}

impl From<run::Branching> for BranchWork {
    fn from(branch: run::Branching) -> Self {
        Self {
            name: branch.name,
            include: branch.include,
            setup: branch.setup,
            ports: branch.ports,
            teardown: branch.teardown,
            options: branch.options,
        }
    }
}

impl From<run::Merging> for MergeWork {
    fn from(merge: run::Merging) -> Self {
        Self {
            from: merge.from,
            message: merge.message,
            options: merge.options,
        }
    }
}

impl From<run::Proof> for ProofWork {
    fn from(proof: run::Proof) -> Self {
        Self {
            files: proof.files,
            schemas: proof.schemas,
            changed_since: proof.changed_since.and_then(|task| task.parse().ok()),
            workspace: proof.workspace,
            options: proof.options,
        }
    }
}

impl From<run::Question> for QuestionWork {
    fn from(question: run::Question) -> Self {
        // A kind that this version does not know is asked as what every version knows.
        let kind = match question.kind.as_str() {
            "turn" => QuestionKind::Turn,
            "approval" => QuestionKind::Approval,
            "checkpoint" => QuestionKind::Checkpoint,
            _ => QuestionKind::Question,
        };
        Self {
            kind,
            speaker: question.speaker,
            about: question.about.and_then(|task| task.parse().ok()),
            prompt: question.prompt,
            choices: question.choices,
            default: question.default,
            details: question.details,
            interactive: question.interactive,
            personal: question.personal,
            options: question.options,
        }
    }
}

impl From<run::ControllerChoice> for Controller {
    fn from(choice: run::ControllerChoice) -> Self {
        match choice {
            run::ControllerChoice::Agent(turn) => Self::Agent(Box::new(turn.into())),
            run::ControllerChoice::Component((name, config)) => Self::Component { name, config },
        }
    }
}

impl From<Reply> for run::Reply {
    fn from(reply: Reply) -> Self {
        Self {
            text: reply.text,
            session: reply.session,
            code: reply.code,
            decision: reply.decision.map(Into::into),
            directives: reply.directives.into_iter().map(Into::into).collect(),
            options: reply.options,
        }
    }
}

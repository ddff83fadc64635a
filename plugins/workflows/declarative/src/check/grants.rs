//! Whether what is granted can be used.

use crate::model::{Action, Directives, Package, Step};
use crate::problem::{Position, Problems};

/// What a step was granted, and the files that say so.
struct Granted<'m> {
    tools: &'m [String],
    tools_at: Position,
    tools_in: Option<&'m str>,
    agents: &'m [(String, Position)],
    agents_in: Option<&'m str>,
    directives: Option<&'m Directives>,
}

pub(super) fn check(package: &Package, step: &Step, problems: &mut Problems) {
    let Some(granted) = granted(package, step) else {
        return;
    };
    let has = |tool: &str| granted.tools.iter().any(|known| known == tool);
    let mut within = |path: Option<&str>, report: &dyn Fn(&mut Problems)| {
        let entry = path.map(|path| problems.enter(path));
        report(problems);
        if let Some(entry) = entry {
            problems.enter(&entry);
        }
    };
    let silent = granted
        .directives
        .is_none_or(|directives| *directives == Directives::default());
    if has("give_directive") && silent {
        within(granted.tools_in, &|problems| {
            problems.error(
                granted.tools_at,
                format!(
                    "the step `{}` may give directives, but none is allowed",
                    step.id
                ),
                "write `directives: [checkpoint, pause, error]`, or remove the tool",
            );
        });
    }
    if has("run_agents") && granted.agents.is_empty() {
        within(granted.tools_in, &|problems| {
            problems.warning(
                granted.tools_at,
                format!("the step `{}` may start agents, but none is named", step.id),
                "write `agents: [NAME]`",
            );
        });
    }
    if let Some((_, at)) = granted.agents.first()
        && !has("run_agents")
    {
        within(granted.agents_in, &|problems| {
            problems.warning(
                *at,
                format!(
                    "the step `{}` has no tool to start these agents with",
                    step.id
                ),
                "write `tools: [agents]`",
            );
        });
    }
}

fn granted<'m>(package: &'m Package, step: &'m Step) -> Option<Granted<'m>> {
    match &step.action {
        Action::Run(command) => Some(Granted {
            tools: &command.tools,
            tools_at: step.at,
            tools_in: None,
            agents: &command.agents,
            agents_in: None,
            directives: Some(&command.directives),
        }),
        Action::Agent(agent) => {
            let file = package.agents.get(&agent.name);
            let path = file.map(|file| file.path.as_str());
            let own = &agent.behaviour;
            let other = file.map(|file| &file.behaviour);
            let tools = own.tools.as_deref();
            let agents = own.agents.as_deref();
            Some(Granted {
                tools_at: match tools {
                    Some(_) => own.tools_at,
                    None => other.map(|other| other.tools_at).unwrap_or_default(),
                },
                tools_in: path.filter(|_| tools.is_none()),
                agents_in: path.filter(|_| agents.is_none()),
                tools: tools
                    .or_else(|| other?.tools.as_deref())
                    .unwrap_or_default(),
                agents: agents
                    .or_else(|| other?.agents.as_deref())
                    .unwrap_or_default(),
                directives: own
                    .directives
                    .as_ref()
                    .or_else(|| other?.directives.as_ref()),
            })
        }
        _ => None,
    }
}

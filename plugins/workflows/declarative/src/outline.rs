//! A workflow as it is shown before it runs.

use cm_sdk::workflow::{self, Alternative, Budget, Outline, OutlineStep};

use crate::model::{Action, AgentStep, Behaviour, Choice, Package, Question, Selector, Step, Who};

/// The steps of a package, each group before its children.
pub fn of(package: &Package) -> Outline {
    let workflow = &package.workflow;
    let mut steps = Vec::new();
    let mut separators = 0;
    for step in &workflow.steps {
        if let Action::Separator(label) = &step.action {
            separators += 1;
            steps.push(separator(separators, label));
        }
        // A step that could not be understood has no id, and was reported.
        if step.id.is_empty() {
            continue;
        }
        steps.push(outline(package, step, None));
        steps.extend(
            step.children()
                .iter()
                .filter(|child| !child.id.is_empty())
                .map(|child| outline(package, child, Some(&step.id))),
        );
    }
    let controller = workflow.drive.controller.as_ref();
    let asked = workflow.ask_project_name.then_some("ask");
    let classes = workflow.classes.iter().map(|class| workflow::Class {
        name: class.name.clone(),
        places: class.places,
    });
    Outline {
        name: workflow.name.clone(),
        description: workflow.description.clone(),
        mode: workflow.drive.mode.clone(),
        autonomous: workflow.drive.autonomous.clone(),
        controller: controller.map(|controller| match &controller.who {
            Who::Agent(name) | Who::Component(name, _) => name.clone(),
        }),
        specification: workflow.specification.clone(),
        choices: workflow.choices.iter().map(question).collect(),
        steps,
        budget: Budget {
            tokens: workflow.budget.tokens,
            usd: workflow.budget.usd,
            minutes: workflow.budget.minutes,
            warn: workflow.budget.warn,
        },
        classes: classes.collect(),
        options: asked
            .map(|word| ("project-name".into(), word.into()))
            .into_iter()
            .collect(),
    }
}

fn separator(number: u32, label: &str) -> OutlineStep {
    OutlineStep {
        id: format!("separator-{number}"),
        kind: "separator".into(),
        label: label.into(),
        parent: None,
        engine: None,
        needs: Vec::new(),
        agents: None,
        when: selector(&Selector::default()),
        options: Vec::new(),
    }
}

fn question(question: &Question) -> workflow::Choice {
    let alternatives = question.options.iter().map(|option| Alternative {
        id: option.id.clone(),
        label: option.label.clone(),
        description: option.description.clone(),
    });
    workflow::Choice {
        kind: if question.tracks {
            "track"
        } else {
            "condition"
        }
        .into(),
        question: question.question.clone(),
        many: question.many,
        alternatives: alternatives.collect(),
        when: selector(&question.when),
    }
}

fn selector(selector: &Selector) -> workflow::Selector {
    let ids = |list: &[(String, _)]| list.iter().map(|(id, _)| id.clone()).collect();
    workflow::Selector {
        tracks: ids(&selector.tracks),
        conditions: ids(&selector.conditions),
        conditions_any: ids(&selector.conditions_any),
    }
}

fn outline(package: &Package, step: &Step, parent: Option<&str>) -> OutlineStep {
    let (kind, label) = match &step.action {
        Action::Agent(agent) => {
            let title = package
                .agents
                .get(&agent.name)
                .and_then(|agent| agent.title.clone());
            ("agent", title.unwrap_or_else(|| step.id.clone()))
        }
        Action::Run(command) => ("run", command.line.shown()),
        Action::Ask(question) => ("ask", question.prompt.shown()),
        Action::Approve(question) => ("approve", question.prompt.shown()),
        Action::Component { name, .. } => ("step", name.clone()),
        Action::Parallel(_) => ("parallel", step.id.clone()),
        Action::Separator(label) => ("separator", label.clone()),
    };
    let first = label
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    let choice = step.agent().map(|agent| resolved(package, agent));
    let choice = choice.unwrap_or_default();
    let mut options: Vec<(String, String)> = choice
        .model
        .map(|model| ("model".into(), model))
        .into_iter()
        .collect();
    options.extend(more(package, step));
    OutlineStep {
        id: step.id.clone(),
        kind: kind.into(),
        label: step.label.clone().unwrap_or_else(|| first.into()),
        parent: parent.map(Into::into),
        engine: choice.engine,
        needs: step
            .needs
            .iter()
            .flatten()
            .map(|(id, _)| id.clone())
            .collect(),
        agents: agents(package, step),
        when: selector(&step.when),
        options,
    }
}

/// Who runs a step.
fn resolved(package: &Package, agent: &AgentStep) -> Choice {
    let mut choices = vec![&agent.choice];
    choices.extend(package.agents.get(&agent.name).map(|agent| &agent.choice));
    choices.push(&package.workflow.defaults);
    Choice::resolve(&choices)
}

/// How many agents a step comes to. Of one that may start agents itself, that is not
/// known.
fn agents(package: &Package, step: &Step) -> Option<u32> {
    match &step.action {
        Action::Agent(agent) => {
            let file = package.agents.get(&agent.name);
            let general = file.and_then(|file| file.behaviour.agents.as_ref());
            let named = agent.behaviour.agents.as_ref().or(general);
            named.is_none_or(Vec::is_empty).then_some(1)
        }
        Action::Run(command) => command.agents.is_empty().then_some(0),
        Action::Component { .. } => None,
        _ => Some(0),
    }
}

/// How many prompts follow the first one, and whom the step may start.
fn more(package: &Package, step: &Step) -> Vec<(String, String)> {
    let nothing = Behaviour::default();
    let (chain, agents) = match &step.action {
        Action::Agent(agent) => {
            let file = package.agents.get(&agent.name);
            let general = file.map_or(&nothing, |file| &file.behaviour);
            let agents = agent.behaviour.agents.as_ref().or(general.agents.as_ref());
            (
                file.map_or(0, |file| file.chain.len()),
                agents.map(Vec::as_slice).unwrap_or_default(),
            )
        }
        Action::Run(command) => (0, command.agents.as_slice()),
        _ => (0, &[][..]),
    };
    let mut options = Vec::new();
    if let Action::Agent(agent) = &step.action {
        let names = resolved(package, agent).fallbacks;
        let names: Vec<_> = names.into_iter().map(|next| next.engine).collect();
        if !names.is_empty() {
            options.push(("fallbacks".into(), names.join(",")));
        }
    }
    if let Some((class, _)) = &step.class {
        options.push(("class".into(), class.clone()));
    }
    if step.workspace.is_some() {
        options.push(("workspace".into(), "own".into()));
    }
    let commands = commands(step);
    if !commands.is_empty() {
        options.push(("commands".into(), commands.join(",")));
    }
    if chain > 0 {
        options.push(("chain".into(), chain.to_string()));
    }
    let names: Vec<_> = agents.iter().map(|(name, _)| name.as_str()).collect();
    if !names.is_empty() {
        options.push(("agents".into(), names.join(",")));
    }
    options
}

/// The keys under which a step has commands, beside its own.
fn commands(step: &Step) -> Vec<&'static str> {
    let workspace = step.workspace.as_ref();
    let produces = step.produces.as_ref();
    let keys = [
        ("setup", workspace.is_some_and(|it| !it.setup.is_empty())),
        (
            "teardown",
            workspace.is_some_and(|it| !it.teardown.is_empty()),
        ),
        ("checks", !step.checks.is_empty()),
        ("produces", produces.is_some_and(|it| it.run.is_some())),
    ];
    let keys = keys.into_iter().filter(|(_, is_there)| *is_there);
    keys.map(|(key, _)| key).collect()
}

//! A workflow as it is shown before it runs.

use cm_sdk::workflow::{Outline, OutlineStep};

use crate::model::{Action, Choice, Package, Step};

/// The steps of a package, each group before its children.
pub fn of(package: &Package) -> Outline {
    let mut steps = Vec::new();
    // A step that could not be understood has no id, and was reported.
    for step in package
        .workflow
        .steps
        .iter()
        .filter(|step| !step.id.is_empty())
    {
        steps.push(outline(package, step, None));
        steps.extend(
            step.children()
                .iter()
                .filter(|child| !child.id.is_empty())
                .map(|child| outline(package, child, Some(&step.id))),
        );
    }
    Outline {
        name: package.workflow.name.clone(),
        description: package.workflow.description.clone(),
        steps,
        options: Vec::new(),
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
        Action::Run(line) => ("run", line.shown()),
        Action::Ask(question) => ("ask", question.prompt.shown()),
        Action::Component { name, .. } => ("step", name.clone()),
        Action::Parallel(_) => ("parallel", step.id.clone()),
    };
    let first = label
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .unwrap_or_default();
    let choice = step.agent().map(|agent| {
        let mut choices = vec![&agent.choice];
        choices.extend(package.agents.get(&agent.name).map(|agent| &agent.choice));
        choices.push(&package.workflow.defaults);
        Choice::resolve(&choices)
    });
    let choice = choice.unwrap_or_default();
    OutlineStep {
        id: step.id.clone(),
        kind: kind.into(),
        label: step.label.clone().unwrap_or_else(|| first.into()),
        parent: parent.map(Into::into),
        engine: choice.engine,
        options: choice
            .model
            .map(|model| ("model".into(), model))
            .into_iter()
            .collect(),
    }
}

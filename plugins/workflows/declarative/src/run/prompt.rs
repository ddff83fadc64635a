//! What agents are asked.

use cm_sdk::workflow::{Error, message, other};

use super::host::Host;
use super::render::Values;
use crate::model::{Agent, AgentStep};
use crate::problem::Position;
use crate::read::Files;
use crate::template::{Source, Template};

/// The first prompt of a step: what the agent's file includes, what is asked, and the
/// project's files that are shown with it. Who started the run may have put something in
/// the place of what is asked; it is filled in like that.
pub(super) fn of_step<H: Host + Files>(
    values: &Values<'_, H>,
    id: &str,
    step: &AgentStep,
    agent: Option<&Agent>,
) -> Result<String, Error> {
    let instead = values.host.setting(&format!("prompt:{id}")).map(|text| {
        let source = Source::new(&text, Position::default());
        Template::new(&text, &source)
    });
    let mut text = match (agent, instead.as_ref().or(step.prompt.as_ref())) {
        (Some(agent), None) => of_agent(values, agent)?,
        (agent, Some(prompt)) => with_includes(values, agent, prompt)?,
        (None, None) => String::new(),
    };
    for path in &step.files {
        let path = values.text(path)?;
        let path = path.trim();
        let content = values.host.file(path).map_err(|error| {
            other(
                "no-file",
                format!(
                    "the file `{path}`, which is to be shown with the prompt, cannot be read: {}",
                    message(&error)
                ),
            )
        })?;
        text.truncate(text.trim_end().len());
        text.push_str(&format!(
            "\n\n=== File: {path} ===\n{}\n",
            content.trim_end()
        ));
    }
    Ok(text)
}

/// The prompt of an agent's own file.
pub(super) fn of_agent<H: Host + Files>(
    values: &Values<'_, H>,
    agent: &Agent,
) -> Result<String, Error> {
    with_includes(values, Some(agent), &agent.prompt)
}

fn with_includes<H: Host + Files>(
    values: &Values<'_, H>,
    agent: Option<&Agent>,
    prompt: &Template,
) -> Result<String, Error> {
    let mut text = String::new();
    for include in agent.iter().flat_map(|agent| &agent.include) {
        text.push_str(values.text(include)?.trim());
        text.push_str("\n\n");
    }
    text.push_str(&values.text(prompt)?);
    Ok(text)
}

/// The prompt of a new conversation that stands for the one which an engine did not
/// keep.
pub(super) fn anew(first: &str, answer: &str, now: &str) -> String {
    format!(
        "# What you were asked first\n\n{}\n\n# What you answered last\n\n{}\n\n# What is asked of you now\n\n{now}",
        first.trim_end(),
        answer.trim_end()
    )
}

/// The last lines of an answer, if only so many are wanted.
pub(super) fn tail(answer: &str, lines: Option<u32>) -> &str {
    let Some(lines) = lines else {
        return answer;
    };
    let wanted = usize::try_from(lines).unwrap_or(usize::MAX);
    let text = answer.trim_end();
    let starts = text.match_indices('\n').map(|(at, _)| at + 1).rev();
    match starts.take(wanted).last() {
        _ if wanted == 0 => "",
        Some(start) if text.matches('\n').count() >= wanted => text.get(start..).unwrap_or(text),
        _ => text,
    }
}

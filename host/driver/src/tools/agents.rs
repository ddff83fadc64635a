//! Agents that an agent starts.

use cm_mcp::Tool;
use cm_orchestrator::Task;
use cm_types::{Error, Grants, Helper, Placement, Reply, TurnWork, Work};
use coordination::Call;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Tools;
use crate::workspace;

pub(super) fn run(helpers: &[Helper]) -> Tool {
    let names: Vec<_> = helpers.iter().map(|helper| helper.name.as_str()).collect();
    let description = format!(
        "Runs other agents and answers what each said. `a 'do this' & b 'do that'` runs both at once, `a && b` one after the other, `a[input:notes.md;plan.md,tail:50] 'do it'` hands over files and answers the last 50 lines only. You may run: {}.",
        names.join(", ")
    );
    super::tool(
        "run_agents",
        &description,
        json!({ "script": { "type": "string" } }),
        &["script"],
    )
}

pub(super) fn list() -> Tool {
    super::tool(
        "list_agents",
        "Lists the agents that you may run: [{name, description, engine, model}].",
        json!({}),
        &[],
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Run {
    script: String,
}

impl Tools {
    pub(super) fn list_agents(&self) -> Value {
        let helpers = self.grants.helpers.iter().map(|helper| {
            json!({
                "name": helper.name,
                "description": helper.description,
                "engine": helper.engine,
                "model": helper.model,
            })
        });
        helpers.collect()
    }

    pub(super) async fn run_agents(&self, Run { script }: Run) -> Result<Value, String> {
        let script = coordination::parse(&script).map_err(|error| error.to_string())?;
        // All of it is looked at before any of it is begun.
        let mut groups = Vec::new();
        for group in &script.groups {
            let works: Result<Vec<_>, String> = group
                .iter()
                .map(|call| Ok((call, self.helper_turn(call)?)))
                .collect();
            groups.push(works?);
        }
        let mut told = Vec::new();
        let mut failed = false;
        for group in groups {
            if failed {
                told.extend(group.iter().map(|(call, _)| {
                    json!({ "agent": call.agent, "status": "not-run", "error": "an agent before it failed" })
                }));
                continue;
            }
            let mut at_work = Vec::new();
            for (call, turn) in group {
                let place = Placement {
                    step: format!("{}/{}", self.caller.step, call.agent),
                    parent: Some(self.caller.step.clone()),
                    label: Some(call.agent.clone()),
                };
                at_work.push((call, self.request(place, Work::Turn(turn))));
            }
            for (call, task) in at_work {
                let result = match task {
                    Ok(task) => self.result(task).await.map(|result| (task, result)),
                    Err(error) => Err(error),
                };
                failed |= !matches!(result, Ok((_, Ok(_))));
                told.push(self.outcome(call, result));
            }
        }
        Ok(json!({ "ok": !failed, "agents": told }))
    }

    /// The turn that a call means.
    fn helper_turn(&self, call: &Call) -> Result<TurnWork, String> {
        let helpers = &self.grants.helpers;
        let Some(helper) = helpers.iter().find(|helper| helper.name == call.agent) else {
            let known: Vec<_> = helpers.iter().map(|helper| helper.name.as_str()).collect();
            let known = match known.as_slice() {
                [] => "it may run none".to_owned(),
                some => format!("it may run: {}", some.join(", ")),
            };
            return Err(format!(
                "step `{}` may not run the agent `{}`; {known}. More are granted with `agents:` at the step or in its agent's file",
                self.caller.step, call.agent
            ));
        };
        Ok(TurnWork {
            agent: helper.name.clone(),
            engine: helper.engine.clone(),
            model: helper.model.clone(),
            effort: helper.effort.clone(),
            permissions: helper.permissions.clone(),
            prompt: self.prompt(helper, call)?,
            workspace: self.workspace(),
            grants: Grants {
                tools: tools_of(helper),
                ..Grants::default()
            },
            ..TurnWork::default()
        })
    }

    /// Where whoever calls it works: there it works too.
    fn workspace(&self) -> Option<String> {
        let task = self.caller.task;
        let named = |work: &Work| workspace::named(work).map(str::to_owned);
        self.ledger.look(|run| named(&run.task(task)?.work))
    }

    /// What a helper is told: its own prompt, the files, and what is asked of it.
    fn prompt(&self, helper: &Helper, call: &Call) -> Result<String, String> {
        let mut parts = Vec::new();
        if !helper.prompt.trim().is_empty() {
            parts.push(helper.prompt.trim_end().to_owned());
        }
        for path in &call.inputs {
            let text = self.project.read(path).map_err(|error| error.to_string())?;
            parts.push(format!("=== File: {path} ===\n{}", text.trim_end()));
        }
        match &call.prompt {
            Some(prompt) if parts.is_empty() => parts.push(prompt.clone()),
            Some(prompt) => parts.push(format!("=== Request ===\n{prompt}")),
            None => {}
        }
        if parts.is_empty() {
            let agent = &call.agent;
            return Err(format!(
                "nothing is asked of `{agent}`, which has no prompt of its own; say what: {agent} 'what to do'"
            ));
        }
        Ok(parts.join("\n\n"))
    }

    fn outcome(&self, call: &Call, result: Result<(u32, Result<Reply, Error>), String>) -> Value {
        let agent = &call.agent;
        let (task, result) = match result {
            Ok(outcome) => outcome,
            Err(error) => return json!({ "agent": agent, "status": "failed", "error": error }),
        };
        let mut told = match result {
            Ok(reply) => {
                json!({ "agent": agent, "status": "done", "output": tail(&reply.text, call.tail) })
            }
            Err(Error::Cancelled) => {
                json!({ "agent": agent, "status": "stopped", "error": "it was stopped" })
            }
            Err(error) => json!({ "agent": agent, "status": "failed", "error": error.to_string() }),
        };
        let known = self.ledger.look(|run| run.task(task).map(figures));
        if let Some((took, tokens, cost)) = known {
            told["took_ms"] = took.into();
            told["tokens"] = tokens.into();
            told["cost_usd"] = cost.into();
        }
        told
    }
}

/// The tools of an agent that another one starts: those of its file, but none to start
/// others with. Who may be started is said where a person reads it, at a step.
fn tools_of(helper: &Helper) -> Vec<String> {
    let starts = |tool: &&String| matches!(tool.as_str(), "run_agents" | "list_agents");
    let tools = helper.tools.iter().filter(|tool| !starts(tool));
    tools.cloned().collect()
}

/// How long a task took, and what it used.
fn figures(task: &Task) -> (Option<u64>, u64, Option<f64>) {
    let took = task
        .finished_ms
        .zip(task.attempted_ms)
        .map(|(to, from)| to.saturating_sub(from));
    (took, task.usage.tokens(), task.usage.cost_usd)
}

/// The last lines of a text.
fn tail(text: &str, lines: Option<u32>) -> &str {
    let Some(lines) = lines else { return text };
    if lines == 0 {
        return "";
    }
    let text = text.trim_end_matches('\n');
    let start = text
        .rmatch_indices('\n')
        .nth(lines as usize - 1)
        .map_or(0, |(at, _)| at + 1);
    text.get(start..).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::tail;

    #[test]
    fn the_last_lines() {
        assert_eq!(tail("a\nb\nc\n", None), "a\nb\nc\n");
        assert_eq!(tail("a\nb\nc\n", Some(2)), "b\nc");
        assert_eq!(tail("a\nb\nc", Some(3)), "a\nb\nc");
        assert_eq!(tail("a\nb", Some(9)), "a\nb");
        assert_eq!(tail("a\nb", Some(0)), "");
        assert_eq!(tail("", Some(1)), "");
    }
}

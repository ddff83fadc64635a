//! A question for the person.

use cm_mcp::Tool;
use cm_types::{Decision, Placement, QuestionWork, Work};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Tools;

pub(super) fn tool() -> Tool {
    super::tool(
        "ask_person",
        "Asks the person who started the run, and waits for the answer: {answer, by}. Ask only what you cannot find out yourself.",
        json!({
            "question": { "type": "string" },
            "choices": {
                "type": "array",
                "items": { "type": "string" },
                "description": "If given, the answer is one of these.",
            },
        }),
        &["question"],
    )
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ask {
    question: String,
    #[serde(default)]
    choices: Vec<String>,
}

impl Tools {
    pub(super) async fn ask_person(&self, arguments: Ask) -> Result<Value, String> {
        if arguments.question.trim().is_empty() {
            return Err("the question is empty".into());
        }
        let work = Work::Question(QuestionWork {
            speaker: self.caller.agent.clone(),
            prompt: arguments.question,
            choices: arguments.choices,
            ..QuestionWork::default()
        });
        let place = Placement {
            step: self.caller.step.clone(),
            parent: None,
            label: None,
        };
        let task = self.request(place, work)?;
        let reply = self.result(task).await?;
        match reply.map_err(|error| format!("the question was not answered: {error}"))? {
            reply if matches!(reply.decision, None | Some(Decision::Reply(_))) => {
                let by = reply.options.iter().find(|(name, _)| name == "by");
                Ok(json!({ "answer": reply.text, "by": by.map(|(_, by)| by) }))
            }
            reply => {
                let word = reply.decision.as_ref().map_or("", Decision::word);
                Err(format!(
                    "the question was not answered; instead it was decided: {word} {}",
                    reply.text
                ))
            }
        }
    }
}

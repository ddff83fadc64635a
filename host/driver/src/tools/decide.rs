//! A decision, as a tool.

use cm_mcp::Tool;
use cm_types::Decision;
use serde::Deserialize;
use serde_json::{Value, json};

use super::Tools;
use crate::question::{self, Question};

/// What may be decided with the tool.
#[derive(Clone, Debug)]
pub(crate) enum Deciding {
    /// An agent judges somebody's work: approve, reject or revise.
    Agent,
    /// The controller answers this question.
    Controller(Question),
}

impl Deciding {
    pub(super) fn tool(&self) -> Tool {
        let what = match self {
            Self::Agent => "Says what you think of the work that you were asked to judge.",
            Self::Controller(_) => {
                "Decides the question that you were asked. It counts instead of your final answer."
            }
        };
        let (name, about) = match self {
            Self::Agent => ("reason", "Why, or what is to be changed."),
            Self::Controller(_) => ("text", "The reply, the reason, the change, or the step."),
        };
        let text = json!({ "type": "string", "description": about });
        let mut properties = json!({ "decision": { "type": "string", "enum": self.words() } });
        properties[name] = text;
        super::tool("decide", what, properties, &["decision"])
    }

    fn words(&self) -> Vec<&'static str> {
        match self {
            Self::Agent => vec!["approve", "reject", "revise"],
            Self::Controller(question) => question.words(),
        }
    }

    fn check(&self, said: &Decide) -> Result<Decision, String> {
        let text = said.text.as_deref().unwrap_or_default();
        match self {
            Self::Controller(question) => question.decision(&said.decision, text),
            Self::Agent => {
                let words = self.words();
                if !words.contains(&said.decision.as_str()) {
                    let possible = words.join(", ");
                    return Err(format!("`{}` is none of: {possible}", said.decision));
                }
                question::decision(&said.decision, text)
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Decide {
    decision: String,
    #[serde(default, alias = "reason")]
    text: Option<String>,
}

impl Tools {
    pub(super) async fn decide(&self, arguments: Decide) -> Result<Value, String> {
        let decision = self.deciding.check(&arguments)?;
        let body = serde_json::to_value(&decision).map_err(|error| error.to_string())?;
        let answer = json!({ "decided": decision.word() });
        self.say("decision", &body, |said| said.decision = Some(decision))
            .await;
        Ok(answer)
    }
}

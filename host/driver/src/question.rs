use cm_orchestrator::Run;
use cm_types::{Decision, QuestionKind};
use serde_json::json;

/// What may be decided on an open question.
#[derive(Clone, Debug)]
pub(crate) struct Question {
    kind: QuestionKind,
    choices: Vec<String>,
    /// The steps that there are to go back to; empty when nobody knows.
    steps: Vec<String>,
}

impl Question {
    /// The question of this task.
    pub(crate) fn of(run: &Run, task: u32) -> Self {
        let question = run.task(task).and_then(|task| task.question());
        let steps = run.outline.steps.iter();
        Self {
            kind: question.map_or(QuestionKind::default(), |question| question.kind),
            choices: question.map_or(Vec::new(), |question| question.choices.clone()),
            steps: steps.map(|step| step.id.clone()).collect(),
        }
    }

    /// The decisions that a person may take.
    pub(crate) fn for_persons(&self) -> Vec<&'static str> {
        let mut words = match self.kind {
            QuestionKind::Question => vec!["reply"],
            QuestionKind::Turn => vec!["next", "reply"],
            QuestionKind::Approval => vec!["approve", "reject", "revise"],
            QuestionKind::Checkpoint => vec!["next"],
            QuestionKind::Permission => vec!["approve", "reject"],
        };
        words.extend(["skip", "back", "stop"]);
        words
    }

    /// The decisions that a controller may take.
    pub(crate) fn words(&self) -> Vec<&'static str> {
        let mut words = self.for_persons();
        words.push("ask");
        words
    }

    /// What a controller decided, in its own words.
    ///
    /// # Errors
    /// Why that cannot be decided here.
    pub(crate) fn decision(&self, word: &str, text: &str) -> Result<Decision, String> {
        let words = self.words();
        if !words.contains(&word) {
            return Err(format!("`{word}` is none of: {}", words.join(", ")));
        }
        let decision = decision(word, text)?;
        match &decision {
            Decision::Reply(text)
                if self.kind == QuestionKind::Question
                    && !self.choices.is_empty()
                    && !self.choices.contains(text) =>
            {
                let choices = self.choices.join(", ");
                Err(format!("`text` must be exactly one of: {choices}"))
            }
            Decision::Back(step) if !self.steps.is_empty() && !self.steps.contains(step) => {
                let steps = self.steps.join(", ");
                Err(format!(
                    "there is no step `{step}` to go back to; there are: {steps}"
                ))
            }
            _ => Ok(decision),
        }
    }

    /// What the answer looks like, for engines that hold their agents to a JSON Schema.
    pub(crate) fn schema(&self) -> String {
        json!({
            "type": "object",
            "properties": {
                "decision": { "type": "string", "enum": self.words() },
                "text": { "type": "string" },
            },
            "required": ["decision", "text"],
            "additionalProperties": false,
        })
        .to_string()
    }
}

/// A decision from its word and what was said with it.
///
/// # Errors
/// When there is no such word, or it needs a text.
pub(crate) fn decision(word: &str, text: &str) -> Result<Decision, String> {
    let said = text.trim();
    let needed = |what: &str| match said {
        "" => Err(format!("`{word}` needs a `text`: {what}")),
        said => Ok(said.to_owned()),
    };
    Ok(match word {
        "next" => Decision::Next,
        "reply" => Decision::Reply(needed("what is said")?),
        "skip" => Decision::Skip,
        "back" => Decision::Back(needed("the step to go back to")?),
        "stop" => Decision::Stop(said.to_owned()),
        "approve" => Decision::Approve,
        "reject" => Decision::Reject(said.to_owned()),
        "revise" => Decision::Revise(needed("what is to be changed")?),
        "ask" => Decision::Ask(needed("what the person is asked, and why")?),
        other => return Err(format!("`{other}` is no decision")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question(kind: QuestionKind) -> Question {
        Question {
            kind,
            choices: vec!["ship".into(), "wait".into()],
            steps: vec!["plan".into(), "build".into()],
        }
    }

    #[test]
    fn each_kind_has_its_decisions() {
        let turn = question(QuestionKind::Turn);
        assert_eq!(turn.decision("next", ""), Ok(Decision::Next));
        assert_eq!(turn.decision("reply", "x"), Ok(Decision::Reply("x".into())));
        assert!(
            turn.decision("approve", "")
                .unwrap_err()
                .contains("next, reply")
        );
        let approval = question(QuestionKind::Approval);
        assert_eq!(approval.decision("approve", ""), Ok(Decision::Approve));
        assert!(approval.decision("next", "").is_err());
        assert!(
            question(QuestionKind::Checkpoint)
                .decision("reply", "x")
                .is_err()
        );
        for kind in [
            QuestionKind::Turn,
            QuestionKind::Approval,
            QuestionKind::Checkpoint,
        ] {
            assert_eq!(question(kind).decision("skip", ""), Ok(Decision::Skip));
            let ask = question(kind).decision("ask", "who pays?");
            assert_eq!(ask, Ok(Decision::Ask("who pays?".into())));
        }
        assert!(!turn.for_persons().contains(&"ask"));
    }

    #[test]
    fn what_is_said_must_fit() {
        let question = question(QuestionKind::Question);
        assert_eq!(
            question.decision("reply", "ship"),
            Ok(Decision::Reply("ship".into()))
        );
        assert!(
            question
                .decision("reply", "maybe")
                .unwrap_err()
                .contains("ship, wait")
        );
        assert!(
            question
                .decision("back", "nowhere")
                .unwrap_err()
                .contains("plan, build")
        );
        assert_eq!(
            question.decision("back", "plan"),
            Ok(Decision::Back("plan".into()))
        );
        assert!(
            question
                .decision("reply", " ")
                .unwrap_err()
                .contains("`text`")
        );
        assert!(question.decision("revise", "").is_err());
    }
}

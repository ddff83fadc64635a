//! What came of a piece of work, beside what came of another one.

use std::time::Duration;

use cm_orchestrator::{Run, Task};
use cm_types::{Error, QuestionKind, Reply, Work};
use schemars::JsonSchema;
use serde::Serialize;
use similar::TextDiff;

/// A finer diff than can be found in this time is not worth waiting for.
const PATIENCE: Duration = Duration::from_millis(500);

/// What came of a piece of work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub(crate) struct Outcome {
    /// The agent's answer, the command's output, the person's words, or an error.
    text: String,
    /// The command's exit code.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<i32>,
    /// What was decided, in a word.
    #[serde(skip_serializing_if = "Option::is_none")]
    decision: Option<String>,
    /// Whether `text` is an error.
    failed: bool,
}

impl Outcome {
    fn new(result: &Result<Reply, Error>) -> Self {
        match result {
            Ok(reply) => Self {
                text: reply.text.clone(),
                code: reply.code,
                decision: reply.decision.as_ref().map(|it| it.word().to_owned()),
                failed: false,
            },
            Err(error) => Self {
                text: error.to_string(),
                code: None,
                decision: None,
                failed: true,
            },
        }
    }

    /// All of it, in lines.
    fn lines(&self) -> String {
        let mut lines = match (self.failed, self.text.as_str()) {
            (true, text) => format!("error: {text}\n"),
            (false, text) => text.to_owned(),
        };
        if !lines.is_empty() && !lines.ends_with('\n') {
            lines.push('\n');
        }
        if let Some(decision) = &self.decision {
            lines.push_str(&format!("decision: {decision}\n"));
        }
        if let Some(code) = self.code.filter(|code| *code != 0) {
            lines.push_str(&format!("exit code: {code}\n"));
        }
        lines
    }
}

/// What came of a step's work, in the order in which it was asked for.
pub(crate) fn outcomes(run: &Run, step: &str) -> Vec<Outcome> {
    let tasks = run.tasks.iter();
    let own = tasks.filter(|task| task.place.step == step && says_something(task));
    let results = own.filter_map(Task::result);
    results.map(Outcome::new).collect()
}

/// What comes between two turns says only how it goes on.
fn says_something(task: &Task) -> bool {
    match &task.work {
        Work::Question(question) => !matches!(
            question.kind,
            QuestionKind::Turn | QuestionKind::Checkpoint | QuestionKind::Permission
        ),
        Work::Timer(_) | Work::Talk(_) | Work::Branch(_) => false,
        _ => true,
    }
}

/// From the one to the other.
pub(crate) fn difference(left: Option<&Outcome>, right: Option<&Outcome>) -> String {
    let lines = |outcome: Option<&Outcome>| outcome.map(Outcome::lines).unwrap_or_default();
    let (left, right) = (lines(left), lines(right));
    let mut config = TextDiff::configure();
    config.timeout(PATIENCE);
    let diff = config.diff_lines(left.as_str(), right.as_str());
    diff.unified_diff().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> Outcome {
        Outcome::new(&Ok(Reply {
            text: text.to_owned(),
            ..Reply::default()
        }))
    }

    #[test]
    fn what_is_only_in_one_is_all_new_or_all_gone() {
        let text = said("one\ntwo");
        assert_eq!(
            difference(None, Some(&text)),
            "@@ -0,0 +1,2 @@\n+one\n+two\n"
        );
        assert_eq!(
            difference(Some(&text), None),
            "@@ -1,2 +0,0 @@\n-one\n-two\n"
        );
    }

    #[test]
    fn a_change_is_shown_with_what_stands_around_it() {
        let (one, other) = (said("a\nb\nc\n"), said("a\nB\nc\n"));
        let diff = difference(Some(&one), Some(&other));
        assert_eq!(diff, "@@ -1,3 +1,3 @@\n a\n-b\n+B\n c\n");
    }

    #[test]
    fn another_exit_code_is_a_difference() {
        let (one, mut other) = (said("out\n"), said("out\n"));
        other.code = Some(2);
        assert_ne!(one, other);
        assert!(difference(Some(&one), Some(&other)).contains("+exit code: 2"));
    }
}

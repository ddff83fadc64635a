//! What an agent asks to be allowed while its turn goes on.

use std::sync::atomic::Ordering;

use cm_orchestrator::{ARGUMENTS, Attempt, Input, PATTERN, TOOL, TaskState, option};
use cm_types::{
    Decision, Error, Extension, Permission, Placement, Policy, QuestionKind, QuestionWork, Reply,
    Work,
};

use crate::floor::Floor;

/// Why nothing is allowed where nobody can be asked.
const NOBODY: &str = "nobody is there to be asked; run it in a terminal, give the agent more with `permissions:`, or let it wait with `ask-timeout:`";
/// Why a controller is allowed nothing.
const JUDGE: &str = "a controller decides, and is not allowed more than it was given";
/// So much of what it would do stands in a question's first line.
const SHORT: usize = 200;

/// The wishes of one attempt that have no answer yet.
pub(crate) struct Wishes<'floor> {
    floor: &'floor Floor,
    attempt: &'floor Attempt,
    agent: String,
    /// The engine's id of each, and the question's task.
    open: Vec<(String, u32)>,
}

impl<'floor> Wishes<'floor> {
    pub(crate) fn new(floor: &'floor Floor, attempt: &'floor Attempt, agent: &str) -> Self {
        Self {
            floor,
            attempt,
            agent: agent.to_owned(),
            open: Vec::new(),
        }
    }

    /// Whether the agent waits for an answer.
    pub(crate) fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Asks whoever is to be asked. Gives the engine's id of it back when that cannot be:
    /// then it is denied.
    pub(crate) fn ask(&mut self, permission: Permission) -> Option<String> {
        let ledger = &self.floor.ledger;
        let task = self.attempt.task;
        let id = permission.id.clone();
        let is_turn = |work: &Work| matches!(work, Work::Turn(_));
        if !ledger.look(|run| run.task(task).is_some_and(|task| is_turn(&task.work))) {
            self.refuse(&permission, JUDGE);
            return Some(id);
        }
        let waits_ms = option(&self.attempt.policy, "ask-ms");
        let asked = ledger.input(Input::Request {
            scope: Some(task),
            place: Placement {
                step: self.attempt.place.step.clone(),
                parent: self.attempt.place.parent.clone(),
                label: None,
            },
            work: Work::Question(question(&self.agent, permission.clone())),
            policy: Policy {
                timeout_ms: waits_ms,
                ..Policy::default()
            },
        });
        let Some(question) = asked.task else {
            let why = asked.refused.map(|failure| failure.message);
            self.refuse(&permission, why.as_deref().unwrap_or("the run is stopping"));
            return Some(id);
        };
        self.open.push((id, question));
        let attended = self.floor.attended.load(Ordering::Relaxed);
        let waits = |state: &TaskState| *state == TaskState::Asking;
        let asks = || ledger.look(|run| run.task(question).is_some_and(|it| waits(&it.state)));
        if !attended && waits_ms.is_none() && asks() {
            ledger.input(Input::Answer {
                task: question,
                decision: Decision::Reject(NOBODY.to_owned()),
                by: "cm".to_owned(),
                shown: None,
            });
        }
        None
    }

    /// The next wish that has its answer: the engine's id, the question's task, and why
    /// not if it was refused. May be dropped and called again.
    pub(crate) async fn answered(&mut self) -> (String, u32, Result<(), String>) {
        if self.open.is_empty() {
            return std::future::pending().await;
        }
        let open = &self.open;
        let first = self.floor.ledger.until(|run| {
            let mut open = open.iter().enumerate();
            open.find_map(|(position, (_, task))| {
                let result = run.task(*task)?.result()?;
                Some((position, judged(result)))
            })
        });
        let (position, granted) = first.await;
        let (id, task) = self.open.swap_remove(position);
        (id, task, granted)
    }

    /// Writes down what the program is told, before it is.
    pub(crate) async fn tell(&self, task: u32, granted: &Result<(), String>) {
        let told = Input::Told {
            task,
            granted: granted.is_ok(),
            why: granted.as_ref().err().cloned(),
        };
        self.floor.ledger.secure(told).await;
    }

    fn refuse(&self, permission: &Permission, why: &str) {
        let message = format!(
            "step `{}`: `{}` was not allowed to use {}: {why}",
            self.attempt.place.step, self.agent, permission.tool
        );
        self.floor.ledger.input(Input::Note {
            task: Some(self.attempt.task),
            item: Extension {
                kind: "warning".to_owned(),
                body: message,
            },
        });
    }
}

/// Whether it was granted; else why not. Only a yes is a yes.
fn judged(result: &Result<Reply, Error>) -> Result<(), String> {
    let reply = result.as_ref().map_err(|error| match error {
        Error::Cancelled => "the question was withdrawn".to_owned(),
        error => error.to_string(),
    })?;
    let by = reply.options.iter().find(|(name, _)| name == "by");
    let by = by.map_or("somebody", |(_, by)| by.as_str());
    match &reply.decision {
        Some(decision) if decision.approved_for().is_some() => Ok(()),
        Some(Decision::Reject(why)) if why.is_empty() => Err(format!("{by} said no")),
        Some(Decision::Reject(why)) => Err(format!("{by} said no: {why}")),
        Some(decision) => Err(format!("{by} decided: {}", decision.word())),
        None => Err("nothing was decided".to_owned()),
    }
}

fn question(agent: &str, permission: Permission) -> QuestionWork {
    let given = |name: &str| {
        let mut options = permission.options.iter();
        let (_, value) = options.find(|(known, _)| known == name)?;
        Some(value.clone()).filter(|value| !value.is_empty())
    };
    let arguments: Option<serde_json::Value> = serde_json::from_str(&permission.arguments).ok();
    let plain = match &arguments {
        Some(value) => value.to_string(),
        None => permission.arguments.clone(),
    };
    let (by, what) = match given(PATTERN) {
        Some(pattern) => (PATTERN, pattern),
        None => (ARGUMENTS, plain.clone()),
    };
    let mut short: String = what.chars().take(SHORT).collect();
    if short.len() < what.len() {
        short.push('…');
    }
    let whole = arguments.and_then(|value| serde_json::to_string_pretty(&value).ok());
    let same = match by {
        PATTERN => format!("the pattern `{what}`"),
        _ => "exactly these arguments".to_owned(),
    };
    let details = format!(
        "{} {}\n\n`--for step` and `--for run` hold for {} with {same}.",
        permission.tool,
        whole.unwrap_or(plain),
        permission.tool,
    );
    QuestionWork {
        kind: QuestionKind::Permission,
        speaker: Some(agent.to_owned()),
        prompt: format!("May `{agent}` use {}: {short}", permission.tool),
        details: Some(details),
        options: vec![
            (TOOL.to_owned(), permission.tool.clone()),
            (by.to_owned(), what),
        ],
        ..QuestionWork::default()
    }
}

#[cfg(test)]
mod tests {
    use cm_types::Span;

    use super::*;

    fn permission(arguments: &str, pattern: Option<&str>) -> Permission {
        Permission {
            id: "1".into(),
            tool: "Bash".into(),
            arguments: arguments.into(),
            options: pattern
                .map(|pattern| (PATTERN.to_owned(), pattern.to_owned()))
                .into_iter()
                .collect(),
        }
    }

    #[test]
    fn the_same_arguments_are_the_same_however_they_are_written() {
        let of = |text: &str| question("a", permission(text, None)).options;
        assert_eq!(of(r#"{"a":1, "b": 2}"#), of(r#"{"b":2,"a":1}"#));
        assert_ne!(of(r#"{"a":1}"#), of(r#"{"a":2}"#));
        let by_pattern = question("a", permission("{}", Some("git *"))).options;
        assert_eq!(by_pattern[1], (PATTERN.to_owned(), "git *".to_owned()));
        assert_eq!(of("no JSON")[1].1, "no JSON");
    }

    #[test]
    fn only_a_yes_is_a_yes() {
        let judge = |decision: Decision| {
            judged(&Ok(Reply {
                decision: Some(decision),
                ..Reply::default()
            }))
        };
        for span in [Span::Once, Span::Step, Span::Run] {
            assert_eq!(judge(Decision::approve_for(span)), Ok(()));
        }
        for decision in [
            Decision::Reply("yes".into()),
            Decision::Next,
            Decision::Skip,
            Decision::Reject(String::new()),
            Decision::Revise("approve".into()),
        ] {
            assert!(judge(decision.clone()).is_err(), "{decision:?}");
        }
        assert!(judged(&Ok(Reply::default())).is_err());
        assert!(judged(&Err(Error::Cancelled)).is_err());
    }
}

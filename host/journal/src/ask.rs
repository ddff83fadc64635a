use cm_orchestrator::{Answerer, Run, Task, TaskState};
use cm_types::{QuestionKind, QuestionWork};
use serde::{Deserialize, Serialize};

/// So many characters of a text stand in a list.
const CHARACTERS: usize = 300;
/// So many choices stand in a list.
const CHOICES: usize = 50;

/// Something that waits for a person, as it stands in a list: what others say is cut to
/// one line of 300 characters, without control characters. All of it is in the run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ask {
    /// The question's task; none: the run itself waits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub task: Option<u32>,
    /// The step that asks; empty: the run itself.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub step: String,
    /// What is wanted.
    pub kind: AskKind,
    /// Who speaks: the agent's name, or who has paused the run; none: the workflow.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
    /// What is asked, or why the run is paused.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub prompt: String,
    /// What can be answered; empty: any text will do. At most 50.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// Since when: milliseconds since 1970 (UTC).
    pub since_ms: u64,
    /// A person must answer, whatever the mode.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub personal: bool,
    /// Why it is a person who is asked, when it is not as the run's mode says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// What is wanted of a person.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum AskKind {
    /// A text, or one of the choices.
    #[default]
    Question,
    /// An agent has finished a turn; what now?
    Turn,
    /// Yes, no, or again with changes.
    Approval,
    /// Go on, or stop?
    Checkpoint,
    /// May the agent do what it asks to be allowed?
    Permission,
    /// The run was paused; it goes on when somebody says so.
    Paused,
}

impl AskKind {
    /// The word for people and for `--json`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Question => "question",
            Self::Turn => "turn",
            Self::Approval => "approval",
            Self::Checkpoint => "checkpoint",
            Self::Permission => "permission",
            Self::Paused => "paused",
        }
    }
}

impl From<QuestionKind> for AskKind {
    fn from(kind: QuestionKind) -> Self {
        match kind {
            QuestionKind::Question => Self::Question,
            QuestionKind::Turn => Self::Turn,
            QuestionKind::Approval => Self::Approval,
            QuestionKind::Checkpoint => Self::Checkpoint,
            QuestionKind::Permission => Self::Permission,
        }
    }
}

impl Ask {
    /// Everything in this run that waits for a person: the questions in their order, then
    /// the run itself when it is paused. Nothing of a run that is over.
    pub fn all(run: &Run) -> Vec<Self> {
        if run.end.is_some() {
            return Vec::new();
        }
        let open = run.tasks.iter().filter_map(Self::of);
        let paused = run.paused.as_ref().map(|pause| {
            let by = Some(pause.by.as_str()).filter(|by| !by.is_empty());
            Self::paused(pause.reason.as_deref(), by, pause.at_ms)
        });
        open.chain(paused).collect()
    }

    /// What this task wants of a person; none when it wants nothing now.
    pub fn of(task: &Task) -> Option<Self> {
        if task.state != TaskState::Asking {
            return None;
        }
        let ask = Self::question(
            task.id,
            &task.place.step,
            task.question()?,
            task.requested_ms,
        );
        Some(ask.given(task.assigned.as_ref().and_then(|(to, why)| {
            let why = why.as_deref();
            why.filter(|_| *to == Answerer::Person)
        })))
    }

    pub(crate) fn question(
        task: u32,
        step: &str,
        question: &QuestionWork,
        requested_ms: u64,
    ) -> Self {
        Self {
            task: Some(task),
            step: line(step),
            kind: question.kind.into(),
            speaker: question.speaker.as_deref().map(line),
            prompt: line(&question.prompt),
            choices: question
                .choices
                .iter()
                .take(CHOICES)
                .map(|choice| line(choice))
                .collect(),
            since_ms: requested_ms,
            personal: question.personal,
            why: None,
        }
    }

    /// The same, with why a person was asked.
    pub(crate) fn given(self, why: Option<&str>) -> Self {
        let why = why.map(line);
        Self { why, ..self }
    }

    pub(crate) fn paused(reason: Option<&str>, by: Option<&str>, since_ms: u64) -> Self {
        Self {
            kind: AskKind::Paused,
            speaker: by.map(line),
            prompt: reason.map(line).unwrap_or_default(),
            since_ms,
            ..Self::default()
        }
    }
}

/// One line of so many characters: blanks for the ends of lines, nothing for other
/// characters that move a cursor or change the direction of what follows.
fn line(text: &str) -> String {
    let fit = text.chars().filter_map(|c| match c {
        '\n' | '\r' | '\t' => Some(' '),
        c if c.is_control() => None,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => None,
        c => Some(c),
    });
    fit.take(CHARACTERS).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_one_short_line() {
        assert_eq!(
            line("a\u{1b}[31m\nb\u{202e}\u{7}\tc"),
            "a[31m b c",
            "nothing of it moves a cursor"
        );
        assert_eq!(line(&"é".repeat(5000)).chars().count(), CHARACTERS);
        let many = QuestionWork {
            choices: vec!["x".repeat(400); 400],
            ..QuestionWork::default()
        };
        let ask = Ask::question(0, "s", &many, 0);
        assert_eq!(ask.choices.len(), CHOICES);
        assert!(ask.choices.iter().all(|it| it.len() == CHARACTERS));
    }

    #[test]
    fn it_reads_back_as_it_was_written() {
        let question = QuestionWork {
            prompt: "Ship?".into(),
            speaker: Some("lead".into()),
            choices: vec!["yes".into()],
            personal: true,
            ..QuestionWork::default()
        };
        for ask in [
            Ask::question(7, "ship", &question, 5).given(Some("because")),
            Ask::paused(None, None, 0),
        ] {
            let text = serde_json::to_string(&ask).unwrap();
            assert_eq!(serde_json::from_str::<Ask>(&text).unwrap(), ask, "{text}");
        }
    }
}

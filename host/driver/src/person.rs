use cm_types::{Decision, Digest, QuestionKind, QuestionWork};

/// A question on its way to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The task that waits for it.
    pub task: u32,
    /// The step that asks.
    pub step: String,
    /// What it asks.
    pub question: QuestionWork,
    /// What the reply that it is about says.
    pub said: Option<String>,
    /// What the agent says of its own work: JSON.
    pub proposal: Option<String>,
    /// The words of the decisions that are possible.
    pub possible: Vec<&'static str>,
    /// The digest of what is shown, to be told with the answer.
    pub shown: Option<Digest>,
    /// Why it is a person who is asked, when it is not as the run's mode says.
    pub why: Option<String>,
    /// Why the last answer was refused, when this is asked again.
    pub refused: Option<String>,
}

impl Asked {
    /// What kind of answer is wanted.
    pub fn kind(&self) -> QuestionKind {
        self.question.kind
    }

    /// Who speaks: an agent's name; none: the workflow.
    pub fn speaker(&self) -> Option<&str> {
        self.question.speaker.as_deref()
    }
}

/// What a person says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// The answer.
    Answer {
        /// What was decided; to a plain question it is a reply.
        decision: Decision,
        /// Who decided.
        by: String,
    },
    /// Nothing: the question stays open.
    Later,
}

/// Somebody who can be asked while the run goes on.
pub trait Person: Send + 'static {
    /// Shows the question. `answer` is called at most once, from any thread, when the
    /// person has spoken; until then the rest of the run goes on. An answer that is
    /// refused is asked for again, with the reason.
    fn ask(&mut self, asked: Asked, answer: Box<dyn FnOnce(Word) + Send>);

    /// The question of this task needs no answer any more: it has one, or somebody else
    /// was asked. What is still said to it is refused.
    fn withdraw(&mut self, task: u32);
}

use cm_types::QuestionWork;

/// A question on its way to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The task that waits for it.
    pub task: u32,
    /// The step that asks.
    pub step: String,
    /// What it asks.
    pub question: QuestionWork,
}

/// What a person says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// The answer.
    Answer {
        /// What was said.
        text: String,
        /// Who said it.
        by: String,
    },
    /// Nothing: the question stays open.
    Later,
}

/// Somebody who can be asked while the run goes on.
pub trait Person: Send + 'static {
    /// Shows the question. `answer` is called once, from any thread, when the person
    /// has spoken; until then the rest of the run goes on.
    fn ask(&mut self, asked: Asked, answer: Box<dyn FnOnce(Word) + Send>);
}

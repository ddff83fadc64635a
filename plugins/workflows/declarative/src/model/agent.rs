use super::{Behaviour, Choice, Retry, Selector};
use crate::template::Template;

/// An `agents/NAME.md`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Agent {
    /// Its file.
    pub path: String,
    /// The name for people, if it is not the file's.
    pub title: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// Who runs it.
    pub choice: Choice,
    /// For one attempt, in milliseconds.
    pub timeout: Option<u32>,
    /// How long there may be no sign of life, in milliseconds.
    pub idle_timeout: Option<u32>,
    /// How often to try.
    pub retry: Option<Retry>,
    /// How it behaves, as far as its file says.
    pub behaviour: Behaviour,
    /// What is put before its prompt: texts of the package's files.
    pub include: Vec<Template>,
    /// The files that those texts are from.
    pub included: Vec<String>,
    /// What is asked of it.
    pub prompt: Template,
    /// What is asked of it then, in the same conversation.
    pub chain: Vec<Chained>,
}

/// A chained prompt: `agents/NAME/NN-name.md`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Chained {
    /// Its file.
    pub path: String,
    /// The name for people.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// When it takes part.
    pub when: Selector,
    /// What is asked.
    pub prompt: Template,
}

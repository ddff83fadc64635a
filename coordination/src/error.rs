//! What can be wrong with a script.

use thiserror::Error;

/// What is wrong with a script, and where.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("line {line}, column {column} of the script: {fault}")]
pub struct ScriptError {
    /// The place in the text, in bytes.
    pub at: usize,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1, in characters.
    pub column: usize,
    /// What is wrong there.
    pub fault: Fault,
}

impl ScriptError {
    pub(crate) fn new(text: &str, at: usize, fault: Fault) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let in_line = before.get(line_start..).unwrap_or_default();
        Self {
            at,
            line: before.matches('\n').count() + 1,
            column: in_line.chars().count() + 1,
            fault,
        }
    }
}

/// What is wrong, what was expected instead, and a way out.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Fault {
    /// No agent where one has to stand.
    #[error(
        "the name of an agent is expected here, not {found}; write for example \
         `planner 'what to do' & tester`"
    )]
    NoAgent {
        /// What is there.
        found: String,
    },
    /// A name goes on in a way that names do not.
    #[error(
        "{found} cannot follow the agent's name `{agent}`: a space, `[`, a quote, `&`, `&&` or \
         the end is expected; a name has only letters from a to z, digits, `-` and `_`"
    )]
    BadName {
        /// The name so far.
        agent: String,
        /// What follows it.
        found: String,
    },
    /// `agent [tail:5]`.
    #[error(
        "options stand directly after the agent's name, without a space: `{agent}[...]`; if this \
         is the prompt, put it in quotes"
    )]
    DetachedOptions {
        /// Whose options they would be.
        agent: String,
    },
    /// A quoted text that does not end.
    #[error(
        "the text that begins here with {quote} does not end: put {quote} behind it, and \\{quote} \
         for each {quote} inside"
    )]
    OpenQuote {
        /// The quote it begins with.
        quote: char,
    },
    /// Something after a prompt that is complete.
    #[error(
        "`&`, `&&` or the end is expected after a prompt in quotes, not {found}; put the whole \
         prompt in one pair of quotes, with a backslash before each quote inside"
    )]
    AfterPrompt {
        /// What is there.
        found: String,
    },
    /// A prompt without quotes directly behind the options.
    #[error("a space, a quote, `&`, `&&` or the end is expected after the options, not {found}")]
    AfterOptions {
        /// What is there.
        found: String,
    },
    /// An option that does not exist.
    #[error(
        "there is no option `{name}`; the options are `input:FILE;FILE`, `tail:LINES` and \
         `prompt:\"TEXT\"`"
    )]
    UnknownOption {
        /// What was written.
        name: String,
    },
    /// No option where one has to stand.
    #[error(
        "an option is expected here, not {found}; the options are `input:FILE;FILE`, `tail:LINES` \
         and `prompt:\"TEXT\"`, with commas between them"
    )]
    NoOption {
        /// What is there.
        found: String,
    },
    /// An option without a value.
    #[error("`:` and a value are expected after the option `{name}`, not {found}")]
    NoValue {
        /// The option.
        name: &'static str,
        /// What is there.
        found: String,
    },
    /// The same option again, or a prompt in both places.
    #[error("`{name}` is given a second time for the agent `{agent}`; {way}")]
    Twice {
        /// The option.
        name: &'static str,
        /// Whose option.
        agent: String,
        /// What to write instead.
        way: &'static str,
    },
    /// Not a number of lines.
    #[error("`tail` is a number of lines, from 1 to 4294967295, and not `{value}`")]
    BadTail {
        /// What was written.
        value: String,
    },
    /// Something after a value that is complete.
    #[error(
        "{expected} is expected here, not {found}; a value that holds commas, `;`, brackets or `&` \
         stands in quotes"
    )]
    AfterValue {
        /// What may follow.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// A list of options that does not end.
    #[error("the options that begin here do not end: put `]` behind the last one")]
    OpenOptions,
}

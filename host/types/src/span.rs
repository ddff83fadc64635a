use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{Decision, Extension};

/// The kind of the decision by which a permission is given for more than once.
const APPROVE_FOR: &str = "approve-for";

/// For how long an agent may do what it asked for.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum Span {
    /// This one time.
    #[default]
    Once,
    /// As often as the same step wants exactly the same.
    Step,
    /// As often as any step of the run wants exactly the same.
    Run,
}

impl Span {
    /// The words by which it is said.
    pub const WORDS: [&'static str; 3] = ["once", "step", "run"];

    /// The word for people and in the journal.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Step => "step",
            Self::Run => "run",
        }
    }

    /// What a word means; nothing but the three words means anything.
    pub fn of(word: &str) -> Option<Self> {
        [Self::Once, Self::Step, Self::Run]
            .into_iter()
            .find(|span| span.as_str() == word)
    }

    /// The same in a sentence: `may …`.
    pub fn described(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Step => "for this step",
            Self::Run => "for this run",
        }
    }
}

impl Decision {
    /// A yes that holds so long.
    pub fn approve_for(span: Span) -> Self {
        match span {
            Span::Once => Self::Approve,
            Span::Step | Span::Run => Self::Other(Extension {
                kind: APPROVE_FOR.to_owned(),
                body: span.as_str().to_owned(),
            }),
        }
    }

    /// For how long it says yes; none: it is no yes.
    pub fn approved_for(&self) -> Option<Span> {
        match self {
            Self::Approve => Some(Span::Once),
            Self::Other(item) if item.kind == APPROVE_FOR => Span::of(&item.body),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_yes_comes_back_as_it_was_written() {
        for span in [Span::Once, Span::Step, Span::Run] {
            let decision = Decision::approve_for(span);
            let text = serde_json::to_string(&decision).expect("plain data");
            let read: Decision = serde_json::from_str(&text).expect("a decision");
            assert_eq!(read.approved_for(), Some(span), "{text}");
            assert_eq!(Span::of(span.as_str()), Some(span));
        }
    }

    #[test]
    fn nothing_else_is_a_yes() {
        for word in ["yes", "Run", "run ", "approve", ""] {
            assert_eq!(Span::of(word), None, "{word}");
            let other = Decision::Other(Extension {
                kind: APPROVE_FOR.to_owned(),
                body: word.to_owned(),
            });
            assert_eq!(other.approved_for(), None, "{word}");
            assert_eq!(Decision::Reply(word.to_owned()).approved_for(), None);
        }
        assert_eq!(Decision::Next.approved_for(), None);
    }
}

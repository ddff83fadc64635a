//! Which turn of the script a request gets.

use crate::conversation::Conversation;
use crate::pattern::{self, Captures};
use crate::script::{Rule, Script, Turn, When};

/// The turn that a request gets.
pub(crate) struct Choice {
    pub(crate) rule: String,
    pub(crate) turn: Turn,
    pub(crate) captures: Captures,
}

impl Script {
    pub(crate) fn choose(&self, talk: &Conversation, path: &str) -> Choice {
        for (number, rule) in self.rules.iter().enumerate() {
            if let Some(captures) = rule.when.fits(talk, path) {
                let rule_name = match rule.name.as_str() {
                    "" => format!("rule {number}"),
                    name => name.to_owned(),
                };
                let turn = rule.turn(talk.round());
                return Choice {
                    rule: rule_name,
                    turn,
                    captures,
                };
            }
        }
        let (rule, turn) = match (talk.tools.is_empty(), &self.otherwise) {
            (true, _) => ("side call", said("Scripted title")),
            (false, Some(turn)) => ("otherwise", turn.clone()),
            (false, None) => (
                "otherwise",
                said("The script has no answer to this prompt."),
            ),
        };
        Choice {
            rule: rule.to_owned(),
            turn,
            captures: Captures::new(),
        }
    }
}

impl Rule {
    /// Past the last turn an engine that goes on asking hears the last words again.
    fn turn(&self, round: usize) -> Turn {
        let quiet = |turn: &&Turn| turn.tool.is_none() && turn.tools.is_empty();
        let due = self
            .turns
            .get(round)
            .or_else(|| self.turns.iter().rev().find(quiet));
        due.cloned().unwrap_or_else(|| said("Done."))
    }
}

impl When {
    fn fits(&self, talk: &Conversation, path: &str) -> Option<Captures> {
        if self.has_tools.unwrap_or(true) == talk.tools.is_empty() {
            return None;
        }
        let mut captures = Captures::new();
        for (wanted, text) in [
            (&self.path_contains, path),
            (&self.model, &talk.model),
            (&self.prompt_contains, talk.prompt()),
            (&self.system_contains, &talk.system),
        ] {
            if let Some(wanted) = wanted {
                captures.extend(pattern::find(wanted, text)?);
            }
        }
        Some(captures)
    }
}

fn said(text: &str) -> Turn {
    Turn {
        text: text.to_owned(),
        ..Turn::default()
    }
}
